/** How much memory the module has. To be imported ahead of the package, which it imports with an eye on its instance. */

/** @type {WebAssembly.Memory | undefined} */
let memory;
const { Instance } = WebAssembly;
WebAssembly.Instance = class extends Instance {
  /** @param {WebAssembly.Module} module @param {WebAssembly.Imports} [imports] */
  constructor(module, imports) {
    super(module, imports);
    memory = /** @type {WebAssembly.Memory} */ (this.exports.memory);
  }
};
await import("./omadm.js");
WebAssembly.Instance = Instance;

/** Octets. It never shrinks: this is also the most that was ever in use. */
export function octets() {
  if (memory === undefined) throw new Error("the package was loaded before it could be measured");
  return memory.buffer.byteLength;
}
