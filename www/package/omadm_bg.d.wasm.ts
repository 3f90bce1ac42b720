/** The compiled module, where an import of a .wasm file gives one: in workerd, and with a bundler that is set up so. */
declare const module: WebAssembly.Module;
export default module;
