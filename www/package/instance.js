/** @import { Raw } from "./omadm.js" */
import { instantiate } from "./omadm.js";
import { failure, misuse, translate } from "./error.js";

/** The module has been interrupted in the midst of something: nothing in it can be trusted any more. */
const POISONED = "the module has trapped: call initSync(module) or await init() for a new instance, and restore what was saved";

/** One instance of the module, and whether it has trapped. */
export class Instance {
  trapped = false;

  /** @param {WebAssembly.Module} module */
  constructor(module) {
    /** @readonly @type {Raw} */
    this.raw = instantiate(module, (exports) => this.#watch(exports));
  }

  /**
   * Calls into the module. Whatever goes wrong in there is a `DmError` out here.
   * @template T
   * @param {(raw: Raw) => unknown} call
   * @returns {T}
   */
  run(call) {
    this.demand();
    let result;
    try {
      result = call(this.raw);
    } catch (thrown) {
      throw this.trapped ? failure("poisoned", POISONED, thrown) : translate(thrown);
    }
    this.demand();
    return /** @type {T} */ (result);
  }

  /** Throws `poisoned` when the instance has trapped. */
  demand() {
    if (this.trapped) throw failure("poisoned", POISONED);
  }

  /**
   * The module returns its errors and the glue throws them: what is thrown through an export itself is a trap, an exhausted stack,
   * or an exception of an import that nothing inside could catch. Each leaves work half done behind.
   * @param {WebAssembly.Exports} exports
   */
  #watch(exports) {
    /** @type {Record<string, WebAssembly.ExportValue>} */
    const watched = Object.create(null);
    for (const [name, value] of Object.entries(exports)) {
      if (typeof value !== "function") {
        watched[name] = value;
      } else if (/^__wbg_\w+_free$/.test(name)) {
        watched[name] = this.#freeing(value);
      } else {
        watched[name] = this.#calling(value);
      }
    }
    return watched;
  }

  /** @param {Function} exported */
  #calling(exported) {
    return (/** @type {unknown[]} */ ...args) => {
      try {
        return exported(...args);
      } catch (thrown) {
        this.trapped = true;
        throw thrown;
      }
    };
  }

  /**
   * Also called for forgotten handles, by the garbage collector: it must neither touch an instance that has trapped nor throw.
   * @param {Function} exported
   */
  #freeing(exported) {
    return (/** @type {unknown[]} */ ...args) => {
      if (this.trapped) return;
      try {
        exported(...args);
      } catch {
        this.trapped = true;
      }
    };
  }
}

/** @type {Instance | undefined} */
let current;
/** @type {WebAssembly.Module | undefined} */
let compiled;

/** Whether calls can be made. */
export function isLoaded() {
  return current !== undefined && !current.trapped;
}

/** The module of the instance that was loaded last. */
export function lastModule() {
  return compiled;
}

/**
 * Loads the module from a compiled `WebAssembly.Module`. Idempotent, unless the instance has trapped: then there is a new one.
 * @param {unknown} module
 * @returns {void}
 */
export function initSync(module) {
  if (isLoaded()) return;
  try {
    WebAssembly.Module.exports(/** @type {WebAssembly.Module} */ (module));
  } catch (cause) {
    throw misuse("arg", "initSync needs a compiled WebAssembly.Module", cause);
  }
  const checked = /** @type {WebAssembly.Module} */ (module);
  try {
    current = new Instance(checked);
  } catch (cause) {
    throw misuse("arg", "not the module of this version of omadm", cause);
  }
  compiled = checked;
}

/**
 * The instance that calls go to.
 * @returns {Instance}
 */
export function loaded() {
  if (current === undefined) throw misuse("state", "the module is not loaded: await init() first");
  return current;
}
