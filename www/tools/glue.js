/** The object of ours that the module imports from, and where it is made. */
const BORDER = "const border = makeBorder();";
const MAKES_BORDER = 'import { border as makeBorder } from "./border.js";';

/** How the glue sets a property of an object on its way out. It would run a setter that someone has put on Object.prototype. */
const ASSIGNMENT = "arg0[arg1] = arg2";

/** Other ways, for which nothing stands in. What documents are made of is built by border.js. */
const ASSIGNMENTS = /\barg0\[arg1 >>> 0\] = arg2|\bReflect\.set\(/;

/** What stands in its place. */
const DEFINE = `function define(object, key, value) {
    Reflect.defineProperty(object, key, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
}`;

/**
 * Makes a factory of the glue that wasm-bindgen writes for `--target web`. That glue is one module instance for ever; after a trap there must be
 * a way to a new one, with glue of its own, so that handles and finalizers of the old one never reach into it. And whoever makes the
 * instance must see what comes through its exports, to know a trap from an error.
 *
 * Only the seams are touched; each must be there exactly once, so that another version of wasm-bindgen fails here and not at run time.
 * @param {string} glue
 * @returns {string}
 */
export function factory(glue) {
  const loader = "async function __wbg_load(";
  const exported = [...glue.matchAll(/^export (?:function|class) (\w+)/gm)].map((found) => found[1]);
  if (exported.length === 0) throw new Error("the glue exports nothing");
  let body = once(glue, "export { initSync, __wbg_init as default };", "");
  body = once(body, '/* @ts-self-types="./omadm.d.ts" */\n', "");
  body = once(body, "wasm = instance.exports;", "wasm = watch(instance.exports);");
  body = once(body, ASSIGNMENT, "define(arg0, arg1, arg2)");
  const assignment = ASSIGNMENTS.exec(body);
  if (assignment) throw new Error(`the glue sets a property that may have a setter: ${assignment[0]}`);
  once(body, "function __wbg_get_imports() {", "");
  once(body, "function __wbg_finalize_init(instance, module) {", "");
  once(body, loader, "");
  body = body.slice(0, body.indexOf(loader)).replaceAll(/^export (?=function |class )/gm, "");
  const alien = /^\s*(?:import|export)\b|\bimport\.meta\b/m.exec(body);
  if (alien) throw new Error(`the glue holds an import or export that has no place in a factory: ${alien[0].trim()}`);
  return [
    "// Made by the build from what wasm-bindgen wrote.",
    MAKES_BORDER,
    DEFINE,
    "export function instantiate(compiled, watch) {",
    BORDER,
    body.trim(),
    "__wbg_finalize_init(new WebAssembly.Instance(compiled, __wbg_get_imports()), compiled);",
    `return { ${exported.join(", ")} };`,
    "}",
    "",
  ].join("\n");
}

/**
 * @param {string} text
 * @param {string} seam
 * @param {string} replacement
 */
function once(text, seam, replacement) {
  const parts = text.split(seam);
  if (parts.length !== 2) throw new Error(`the glue holds ${parts.length - 1} times instead of once: ${seam.trim()}`);
  return parts.join(replacement);
}
