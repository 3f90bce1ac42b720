import { failure, misuse } from "./error.js";
import { initSync, isLoaded, lastModule } from "./instance.js";

export * from "./api.js";

/** @type {Promise<void> | undefined} */
let loading;

/**
 * Loads the module, from beside this file or from what is given: a compiled module, its octets, a response, an address, or a promise of
 * one of these.
 * @param {unknown} [module]
 * @returns {Promise<void>}
 */
export async function init(module) {
  if (isLoaded()) return;
  loading ??= load(module ?? lastModule() ?? new URL("./omadm_bg.wasm", import.meta.url)).finally(() => {
    loading = undefined;
  });
  await loading;
}

/** @param {unknown} source */
async function load(source) {
  initSync(await compile(source));
}

/**
 * @param {unknown} source
 * @returns {Promise<unknown>}
 */
async function compile(source) {
  try {
    let given = await source;
    if (typeof given === "string" || given instanceof URL) given = await fetch(given);
    if (typeof Response === "function" && given instanceof Response) {
      if (!given.ok) throw new Error(`the server answered ${given.status}`);
      // Elsewhere the server does not know the media type, and compileStreaming would refuse the response.
      const streams = given.headers.get("content-type")?.toLowerCase() === "application/wasm";
      given = streams ? await WebAssembly.compileStreaming(given) : await given.arrayBuffer();
    }
    const octets = given instanceof ArrayBuffer || ArrayBuffer.isView(given);
    return octets ? await WebAssembly.compile(/** @type {BufferSource} */ (given)) : given;
  } catch (cause) {
    if (cause instanceof WebAssembly.CompileError) throw misuse("arg", "not a WebAssembly module", cause);
    throw failure("state", "the module could not be fetched", cause);
  }
}
