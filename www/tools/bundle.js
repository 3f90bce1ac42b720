/** Bundles the Worker as the platform loads it: one script and the module that it imports. */
import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const PACKAGE = fileURLToPath(new URL("../../pkg/", import.meta.url));
export const ENTRY = fileURLToPath(new URL("../worker/index.ts", import.meta.url));

/**
 * @typedef {{ type: "ESModule" | "CompiledWasm", path: string, contents: string | Uint8Array<ArrayBuffer> }} Module
 * @param {string} [entry]
 * @param {string} [packageFolder] the built npm package
 * @returns {Promise<Module[]>}
 */
export async function bundleWorker(entry = ENTRY, packageFolder = PACKAGE) {
  /** @type {Map<string, string>} */
  const wasm = new Map();
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: "esm",
    target: "es2022",
    conditions: ["workerd"],
    external: ["cloudflare:*"],
    write: false,
    logLevel: "error",
    plugins: [
      {
        name: "package",
        setup({ onResolve }) {
          onResolve({ filter: /^omadm(\/codec)?$/ }, async ({ path }) => ({ path: await entryOf(packageFolder, path.replace("omadm", ".")) }));
          onResolve({ filter: /\.wasm$/ }, ({ path, resolveDir }) => {
            const file = join(resolveDir, path);
            const name = relative(packageFolder, file).replaceAll(/[^\w.]/g, "_");
            wasm.set(name, file);
            return { path: `./${name}`, external: true };
          });
        },
      },
    ],
  });
  const [script] = outputFiles;
  if (script === undefined) throw new Error("the bundle is empty");
  return [
    { type: "ESModule", path: "worker.js", contents: script.text },
    ...(await Promise.all(
      [...wasm].map(async ([path, file]) => ({ type: /** @type {const} */ ("CompiledWasm"), path, contents: new Uint8Array(await readFile(file)) })),
    )),
  ];
}

/**
 * The file that the package exports to workerd.
 * @param {string} folder
 * @param {string} entry
 */
async function entryOf(folder, entry) {
  const { exports } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const target = exports[entry].workerd;
  return join(folder, typeof target === "string" ? target : target.default);
}
