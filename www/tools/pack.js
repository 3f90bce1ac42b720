/**
 * Assembles the npm package: `node www/tools/pack.js <output of wasm-pack> <package>`. The manifest is pkg.json with the version of Cargo.toml;
 * what it lists under "files" is exactly what the package holds.
 */
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { factory } from "./glue.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** The one version of the project. */
async function version() {
  const manifest = await readFile(join(root, "Cargo.toml"), "utf8");
  const found = /^\[package\]\n(?:(?!\[).*\n)*?version = "([^"]+)"/m.exec(manifest)?.[1];
  if (found === undefined) throw new Error("Cargo.toml names no version");
  return found;
}

/**
 * @param {string} built
 * @param {string} pkg
 */
async function pack(built, pkg) {
  const { name, ...manifest } = JSON.parse(await readFile(join(root, "pkg.json"), "utf8"));
  if ("version" in manifest) throw new Error("pkg.json names a version: the one of Cargo.toml counts");
  await rm(pkg, { recursive: true, force: true });
  await mkdir(pkg, { recursive: true });
  for (const file of manifest.files) {
    const target = join(pkg, file);
    await mkdir(dirname(target), { recursive: true });
    if (file === "omadm.js") {
      await writeFile(target, factory(await readFile(join(built, file), "utf8")));
    } else {
      const sources = [join(built, file), join(root, "www/package", file), join(root, file)];
      const source = sources.find((candidate) => existsSync(candidate));
      if (source === undefined) throw new Error(`pkg.json lists ${file}, which does not exist`);
      await copyFile(source, target);
    }
  }
  // Last, because its presence says that the package is complete.
  await writeFile(join(pkg, "package.json"), `${JSON.stringify({ name, version: await version(), ...manifest }, null, 2)}\n`);
}

const [built, pkg] = process.argv.slice(2);
if (built === undefined || pkg === undefined) {
  console.error("usage: node www/tools/pack.js <output of wasm-pack> <package>");
  process.exit(2);
}
await pack(built, pkg).catch((/** @type {Error} */ error) => {
  console.error(`pack: ${error.message}`);
  process.exit(1);
});
