/** @import { DmDocument, Encoding, Peek, Received } from "./types.js" */
import { loaded } from "./instance.js";
import { withoutMaps } from "./plain.js";

/**
 * @param {Received} message
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
 * @param {DmDocument} document
 * @param {{ encoding?: Encoding; indent?: boolean }} [options]
 * @returns {{ body: Uint8Array<ArrayBuffer>; contentType: string; headers: Record<string, string> }}
 */
export function encode(document, options) {
  return withoutMaps(loaded().run((raw) => raw.encode(document, options)));
}
