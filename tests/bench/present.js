/** Whether all is there that the bench compares with and runs on: better said at once than after minutes. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { target } from "./programs.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** @type {[path: string, remedy: string][]} */
const NEEDED = [
  ...["txml", "saxes", "fast-xml-parser", "playwright-core", "esbuild"].map((name) => /** @type {[string, string]} */ ([join(root, "www/node_modules", name, "package.json"), ".ci/setup npm"])),
  [process.env.CHROMIUM ?? "/usr/bin/chromium", ".ci/setup browser"],
  [join(root, "pkg/package.json"), "make build"],
  ...["release/examples/turn", "release/examples/codec", "bench/wbxml", "bench/inside.js", "bench/inside_bg.wasm"].map((path) => /** @type {[string, string]} */ ([join(target, path), ".ci/bench"])),
];

/** What is missing, and what puts it in place: a line for each. */
export const missing = () => NEEDED.filter(([path]) => !existsSync(path)).map(([path, remedy]) => `${path}: run ${remedy}`);
