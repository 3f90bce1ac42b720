/**
 * @import { DmDocument, DmError, Encoding, Outline, Peek, Received, WbxmlForm } from "./types.js"
 * @typedef {{ outline: Outline, document?: DmDocument, error?: DmError }} Inspection
 */
import { translate } from "./error.js";
import { loaded } from "./instance.js";
import { withoutMaps } from "./plain.js";

/**
 * @param {Uint8Array | Received} message
 * @returns {Peek}
 */
export function peek(message) {
  return loaded().run((raw) => raw.peek(message));
}

/**
 * @param {Uint8Array | Received} input
 * @returns {DmDocument}
 */
export function decode(input) {
  return withoutMaps(loaded().run((raw) => raw.decode(input)));
}

/**
 * @param {Uint8Array | Received} input
 * @returns {Inspection}
 */
export function inspect(input) {
  /** @type {Inspection} */
  const seen = withoutMaps(loaded().run((raw) => raw.inspect(input)));
  // Defined, so that no setter of Object.prototype is in the way.
  if (Object.hasOwn(seen, "error")) Object.defineProperty(seen, "error", { value: translate(seen.error) });
  return seen;
}

/**
 * @param {DmDocument} document
 * @param {{ encoding?: Encoding; indent?: boolean; wbxml?: Partial<WbxmlForm> }} [options]
 * @returns {{ body: Uint8Array<ArrayBuffer>; contentType: string; headers: Record<string, string> }}
 */
export function encode(document, options) {
  return withoutMaps(loaded().run((raw) => raw.encode(document, options)));
}
