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

/** @type {ReadonlySet<unknown>} */
const CODES = new Set(/** @type {ErrorCode[]} */ ([
  "syntax", "truncated", "trailing", "encoding", "char", "dtd", "entity", "ns", "schema", "token", "range", "version",
  "charset", "number", "limit", "state", "auth", "snapshot", "entropy", "arg", "disposed", "busy", "poisoned",
]));

/** @type {ReadonlySet<unknown>} */
const FAULTS = new Set(/** @type {Detail["fault"][]} */ (["input", "peer", "caller", "snapshot", "host"]));

/** The only error that is thrown. */
export class DmError extends Error {
  /** @readonly @type {"DmError"} */
  name = "DmError";

  /**
   * @param {string} [message]
   * @param {Partial<Detail>} [detail]
   */
  constructor(message, detail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    Object.defineProperty(this, "name", { value: "DmError", enumerable: false, writable: false });
    /** @readonly @type {ErrorCode} */
    this.code = detail.code ?? "arg";
    /** @readonly @type {Detail["fault"]} */
    this.fault = detail.fault ?? "caller";
    if (detail.limit !== undefined) {
      /** @readonly @type {keyof Limits | undefined} */
      this.limit = detail.limit;
    }
    if (detail.expected !== undefined) {
      /** @readonly @type {string | undefined} */
      this.expected = detail.expected;
    }
    if (detail.status !== undefined) {
      /** @readonly @type {number | undefined} */
      this.status = detail.status;
    }
    if (detail.http !== undefined) {
      /** @readonly @type {number | undefined} */
      this.http = detail.http;
    }
    if (detail.offset !== undefined) {
      /** @readonly @type {number | undefined} */
      this.offset = detail.offset;
    }
    if (detail.path !== undefined) {
      /** @readonly @type {string | undefined} */
      this.path = detail.path;
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
 * What the module threw: the plain object of its own errors, or whatever a getter of an argument threw while it was read.
 * @param {unknown} thrown
 */
export function translate(thrown) {
  const own = detailOf(thrown);
  return own ? new DmError(own.message, own) : misuse("arg", "reading an argument threw", thrown);
}

/**
 * @param {unknown} thrown
 * @returns {Detail & { message: string } | undefined}
 */
function detailOf(thrown) {
  try {
    if (typeof thrown !== "object" || thrown === null || Object.getPrototypeOf(thrown) !== Object.prototype) return undefined;
    const detail = /** @type {Detail & { message: string }} */ ({ ...thrown, cause: undefined });
    return CODES.has(detail.code) && FAULTS.has(detail.fault) && typeof detail.message === "string" ? detail : undefined;
  } catch {
    return undefined;
  }
}
