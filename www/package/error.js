/** @import { ErrorCode, Limits } from "./types.js" */

/**
 * What an error says beside its message.
 * @typedef {object} Detail
 * @property {ErrorCode} code
 * @property {"input" | "peer" | "caller" | "snapshot" | "host"} fault
 * @property {keyof Limits} [limit]
 * @property {string} [expected]
 * @property {number} [status]
 * @property {number} [http]
 * @property {number} [offset]
 * @property {string} [path]
 * @property {unknown} [cause]
 */

/** @type {(keyof Detail)[]} */
const WHERE_KNOWN = ["limit", "expected", "status", "http", "offset", "path"];

/** The only error that is thrown. Its properties are defined, so that no setter of Object.prototype is in the way. */
export class DmError extends Error {
  /** @readonly @type {"DmError"} */
  name = "DmError";
  /** @readonly @type {ErrorCode} */
  code = "arg";
  /** @readonly @type {Detail["fault"]} */
  fault = "caller";
  /** @readonly @type {keyof Limits | undefined} */
  limit;
  /** @readonly @type {string | undefined} */
  expected;
  /** @readonly @type {number | undefined} */
  status;
  /** @readonly @type {number | undefined} */
  http;
  /** @readonly @type {number | undefined} */
  offset;
  /** @readonly @type {string | undefined} */
  path;

  /**
   * @param {string} [message]
   * @param {Partial<Detail>} [detail]
   */
  constructor(message, detail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    Object.defineProperty(this, "name", { value: "DmError", enumerable: false, writable: false });
    this.code = detail.code ?? "arg";
    this.fault = detail.fault ?? "caller";
    this.limit = detail.limit;
    this.expected = detail.expected;
    this.status = detail.status;
    this.http = detail.http;
    this.offset = detail.offset;
    this.path = detail.path;
    for (const name of WHERE_KNOWN) {
      if (detail[name] === undefined) Reflect.deleteProperty(this, name);
    }
  }
}

/**
 * The caller broke the contract.
 * @param {"arg" | "state" | "disposed" | "busy"} code
 * @param {string} message
 * @param {unknown} [cause]
 */
export function misuse(code, message, cause) {
  return new DmError(message, { code, fault: "caller", http: 500, cause });
}

/**
 * The platform failed us.
 * @param {"state" | "poisoned"} code
 * @param {string} message
 * @param {unknown} [cause]
 */
export function failure(code, message, cause) {
  return new DmError(message, { code, fault: "host", status: 500, http: 503, cause });
}

/**
 * What a call threw. The module wraps whatever code of the caller's threw inside it, so that a plain object is always its own.
 * @param {unknown} thrown
 */
export function translate(thrown) {
  if (thrown instanceof Error) return misuse("arg", "the call could not be made", thrown);
  const detail = /** @type {Detail & { message: string }} */ (thrown);
  return new DmError(detail.message, detail);
}
