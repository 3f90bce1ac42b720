/**
 * Builds the console into www/dist/console: one script, the page with its styles, and the engine beside them.
 *
 *     node www/tools/console.js
 */
import { cp, mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { argv } from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const SOURCE = fileURLToPath(new URL("../console/", import.meta.url));
const TARGET = fileURLToPath(new URL("../dist/console/", import.meta.url));
const PACKAGE = fileURLToPath(new URL("../../pkg/", import.meta.url));
const COPIED = ["index.html", "console.css", "icon.svg"];

/**
 * @param {{ target?: string, packageFolder?: string }} [options] the folder to fill, and the built npm package
 * @returns {Promise<void>}
 */
export async function buildConsole({ target = TARGET, packageFolder = PACKAGE } = {}) {
  const { exports } = JSON.parse(await readFile(join(packageFolder, "package.json"), "utf8"));
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  await build({
    entryPoints: [join(SOURCE, "main.ts")],
    outfile: join(target, "console.js"),
    bundle: true,
    format: "esm",
    target: "es2022",
    conditions: ["browser", "production"],
    minify: true,
    legalComments: "linked",
    logLevel: "warning",
    plugins: [
      {
        name: "package",
        setup({ onResolve }) {
          onResolve({ filter: /^omadm$/ }, () => ({ path: join(packageFolder, exports["."].browser) }));
          onResolve({ filter: /^omadm\/objects$/ }, () => ({ path: join(packageFolder, exports["./objects"].default) }));
        },
      },
    ],
  });
  for (const name of COPIED) await cp(join(SOURCE, name), join(target, name));
  // Its loader looks for the module beside itself.
  const wasm = exports["./omadm.wasm"].default;
  await cp(join(packageFolder, wasm), join(target, wasm));
}

if (argv[1] !== undefined && import.meta.url === pathToFileURL(argv[1]).href) await buildConsole();
