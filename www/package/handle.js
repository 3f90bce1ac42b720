/** @import { Instance } from "./instance.js" */
/** @import { Raw } from "./omadm.js" */
import { misuse } from "./error.js";
import { loaded } from "./instance.js";

/**
 * The name of the method that `using` calls; known also where the platform does not have it yet.
 * @type {typeof Symbol.dispose}
 */
export const dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");

/**
 * What a handle holds: an object inside an instance, open to one call at a time. A handle that is forgotten instead of freed is freed
 * with its raw object by the glue's FinalizationRegistry.
 * @template {{ free(): void }} R
 */
export class Slot {
  /** @type {R | undefined} */
  #raw;
  /** @type {Instance} */
  #instance;
  #busy = false;

  /**
   * @param {Instance} instance
   * @param {R} raw
   */
  constructor(instance, raw) {
    this.#instance = instance;
    this.#raw = raw;
  }

  /**
   * Makes the object inside the current instance.
   * @template {{ free(): void }} R
   * @param {(raw: Raw) => R} make
   * @returns {Slot<R>}
   */
  static make(make) {
    const instance = loaded();
    return new Slot(instance, instance.run(make));
  }

  /**
   * Whether it is one of ours; asks nothing of the value.
   * @param {unknown} value
   * @returns {value is Slot<any>}
   */
  static is(value) {
    return typeof value === "object" && value !== null && #raw in value;
  }

  /**
   * @template T
   * @param {(raw: R) => unknown} call
   * @returns {T}
   */
  use(call) {
    const raw = this.#enter();
    try {
      return this.#instance.run(() => call(raw));
    } finally {
      this.#busy = false;
    }
  }

  /**
   * A call that needs the object of another handle too.
   * @template {{ free(): void }} S
   * @template T
   * @param {Slot<S>} other
   * @param {(raw: R, other: S) => unknown} call
   * @returns {T}
   */
  useWith(other, call) {
    const raw = this.#enter();
    try {
      const second = other.#enter();
      try {
        return this.#instance.run(() => call(raw, second));
      } finally {
        other.#busy = false;
      }
    } finally {
      this.#busy = false;
    }
  }

  /** Ends the object. Once is enough, twice does no harm. */
  free() {
    if (this.#busy) throw busy();
    const raw = this.#raw;
    this.#raw = undefined;
    raw?.free();
  }

  /** @returns {R} */
  #enter() {
    if (this.#raw === undefined) throw misuse("disposed", "the handle has been freed");
    this.#instance.demand();
    if (this.#busy) throw busy();
    this.#busy = true;
    return this.#raw;
  }
}

function busy() {
  return misuse("busy", "the handle is inside another call");
}

/**
 * @param {string} name
 */
export function notA(name) {
  return misuse("arg", `not a ${name}`);
}
