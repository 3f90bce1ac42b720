/** The examples of README.md: every block of code that begins with a comment naming a file. */
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const PACKAGE = fileURLToPath(new URL("../../pkg/", import.meta.url));
// Below www, so that the npm tools are found from there.
const DIST = fileURLToPath(new URL("../../www/dist/", import.meta.url));

/** @returns {Promise<Map<string, string>>} the code by its file's name */
export async function examples() {
  const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");
  const found = new Map();
  for (const [, code = "", name] of readme.matchAll(/^```js\n(\/\/ example: (\S+)\n[^]*?)^```$/gm)) found.set(name, code);
  return found;
}

/** A port of this machine that nobody uses. */
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  server.close();
  await once(server, "close");
  return port;
}

/**
 * A folder with all examples, in which `import "omadm"` finds the built package. It ends with the test.
 * @param {import("node:test").TestContext} t
 * @param {number} [port] takes the place of the one in the examples
 */
export async function folder(t, port = 8080) {
  await mkdir(DIST, { recursive: true });
  const own = await mkdtemp(join(DIST, "readme-"));
  t.after(() => rm(own, { recursive: true, force: true }));
  await mkdir(join(own, "node_modules"));
  await symlink(PACKAGE, join(own, "node_modules/omadm"));
  for (const [name, code] of await examples()) await writeFile(join(own, name), code.replaceAll(":8080", `:${port}`).replaceAll("(8080", `(${port}`));
  return own;
}
