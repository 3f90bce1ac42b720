import { readFileSync } from "node:fs";
import { initSync, lastModule } from "./instance.js";

export * from "./api.js";

initSync(new WebAssembly.Module(readFileSync(new URL("./omadm_bg.wasm", import.meta.url))));

/**
 * The module is loaded already; makes a new instance when that has trapped.
 * @param {unknown} [module]
 */
export async function init(module = lastModule()) {
  initSync(module);
}
