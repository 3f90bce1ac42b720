import compiled from "./omadm_bg.wasm";
import { initSync, lastModule } from "./instance.js";

export * from "./api.js";

initSync(compiled);

/**
 * The module is loaded already; makes a new instance when that has trapped.
 * @param {unknown} [module]
 */
export async function init(module = lastModule()) {
  initSync(module);
}
