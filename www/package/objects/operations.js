/** @import { ClientAlert } from "../types.js" */

/**
 * An operation that was answered 202 and goes on: plain data, so that it outlives the process.
 * @typedef {object} Operation
 * @property {string} name what was executed, such as `Download`
 * @property {string} uri of the object or component that it is done to
 * @property {string} [correlator]
 * @property {number} at steps done
 * @property {number} result that it comes to
 */

/** The operations of an object that go on, in the order in which they began. */
export class Operations {
  /** @type {Operation[]} */
  #open = [];

  get isEmpty() {
    return this.#open.length === 0;
  }

  /** @param {Operation} operation */
  begin(operation) {
    this.#open.push(operation);
  }

  /** Whether something is being done to it. @param {string} uri */
  holds(uri) {
    return this.#open.some((operation) => operation.uri === uri);
  }

  /**
   * Takes each a step on. Those that come to their end give the alert that tells it.
   * @param {(operation: Operation) => ClientAlert | undefined} advance
   * @returns {ClientAlert[]}
   */
  step(advance) {
    /** @type {ClientAlert[]} */
    const alerts = [];
    this.#open = this.#open.filter((operation) => {
      const alert = advance(operation);
      operation.at += 1;
      if (alert !== undefined) alerts.push(alert);
      return alert === undefined;
    });
    return alerts;
  }

  /** @returns {Operation[]} */
  save() {
    return structuredClone(this.#open);
  }

  /** @param {unknown} saved */
  restore(saved) {
    if (!Array.isArray(saved) || !saved.every(isOperation)) throw new TypeError("not what save() gave");
    this.#open = structuredClone(saved);
  }
}

/** @param {unknown} value @returns {value is Operation} */
function isOperation(value) {
  if (typeof value !== "object" || value === null) return false;
  const { name, uri, at, result } = /** @type {Record<string, unknown>} */ (value);
  return typeof name === "string" && typeof uri === "string" && Number.isInteger(at) && Number.isInteger(result);
}

/**
 * The Generic Alert that tells how an operation ended.
 * @param {string} alertType
 * @param {Operation} operation
 * @param {boolean} isSuccess
 * @returns {ClientAlert}
 */
export function outcomeAlert(alertType, { uri, correlator, result }, isSuccess) {
  return {
    code: 1226,
    alertType,
    format: "int",
    mark: isSuccess ? "informational" : "warning",
    source: uri,
    ...(correlator !== undefined && { correlator }),
    data: String(result),
  };
}

/** Whether a device could fetch from there. @param {unknown} address */
export function isFetchable(address) {
  return typeof address === "string" && /^https?:\/\/[^\s/]+/i.test(address) && URL.canParse(address);
}
