/**
 * Assembles the npm package: `node www/tools/pack.js <output of wasm-pack> <its output for the codec alone> <package>`. The manifest is pkg.json with the version of Cargo.toml;
 * what it lists under "files" is exactly what the package holds.
 */
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { factory } from "./glue.js";
import { withoutNames } from "./size.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** The folder of the entry `omadm/codec`: the same files around a module of its own, but for these. */
const CODEC = "codec";
/** @type {Record<string, string>} */
const ELSEWHERE = { "codec/api.js": "codec-api.js" };
/** One class for both entries. @type {Record<string, string>} */
const WRITTEN = { "codec/error.js": 'export * from "../error.js";\n' };

/** The one version of the project. */
async function version() {
  const manifest = await readFile(join(root, "Cargo.toml"), "utf8");
  const found = /^\[package\]\n(?:(?!\[).*\n)*?version = "([^"]+)"/m.exec(manifest)?.[1];
  if (found === undefined) throw new Error("Cargo.toml names no version");
  return found;
}

/**
 * @param {string} built
 * @param {string} codec
 * @param {string} pkg
 */
async function pack(built, codec, pkg) {
  const { name, ...manifest } = JSON.parse(await readFile(join(root, "pkg.json"), "utf8"));
  if ("version" in manifest) throw new Error("pkg.json names a version: the one of Cargo.toml counts");
  await rm(pkg, { recursive: true, force: true });
  await mkdir(pkg, { recursive: true });
  for (const file of manifest.files) {
    const target = join(pkg, file);
    await mkdir(dirname(target), { recursive: true });
    const isOfCodec = dirname(file) === CODEC;
    const [folder, name] = isOfCodec ? [codec, basename(file)] : [built, file];
    if (name === "omadm.js") {
      await writeFile(target, factory(await readFile(join(folder, name), "utf8")));
    } else if (name === "omadm_bg.wasm") {
      await writeFile(target, withoutNames(await readFile(join(folder, name))));
    } else if (WRITTEN[file] !== undefined) {
      await writeFile(target, WRITTEN[file]);
    } else {
      const sources = [join(folder, name), join(root, "www/package", ELSEWHERE[file] ?? file), join(root, "www/package", name), join(root, file)];
      const source = sources.find((candidate) => existsSync(candidate));
      if (source === undefined) throw new Error(`pkg.json lists ${file}, which does not exist`);
      await copyFile(source, target);
    }
  }
  // Last, because its presence says that the package is complete.
  await writeFile(join(pkg, "package.json"), `${JSON.stringify({ name, version: await version(), ...manifest }, null, 2)}\n`);
}

const [built, codec, pkg] = process.argv.slice(2);
if (built === undefined || codec === undefined || pkg === undefined) {
  console.error("usage: node www/tools/pack.js <output of wasm-pack> <its output for the codec alone> <package>");
  process.exit(2);
}
await pack(built, codec, pkg).catch((/** @type {Error} */ error) => {
  console.error(`pack: ${error.message}`);
  process.exit(1);
});
