/** What workerd makes of an import of a .wasm file: for the type checker only, not shipped. */
declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}
