/**
 * @import { Account, Dm2Peek, DmDocument, DmError, Env, Encoding, Limits, NewNotification, NotificationOptions, Outline, Peek, PushOptions, Received, SignedNotification, UnwrappedPush, Verdict, WbxmlForm } from "./types.js"
 * @typedef {{ outline: Outline, document?: DmDocument, error?: DmError }} Inspection
 */
import { translate } from "./error.js";
import { loaded } from "./instance.js";

/**
 * @param {Uint8Array | Received} message
 * @returns {Peek | Dm2Peek}
 */
export function peek(message) {
  return loaded().run((raw) => raw.peek(message));
}

/**
 * @param {Uint8Array | Received} input
 * @param {Partial<Limits>} [limits]
 * @returns {DmDocument}
 */
export function decode(input, limits) {
  return loaded().run((raw) => raw.decode(input, limits));
}

/**
 * @param {Uint8Array | Received} input
 * @param {Partial<Limits>} [limits]
 * @returns {Inspection}
 */
export function inspect(input, limits) {
  /** @type {Inspection} */
  const seen = loaded().run((raw) => raw.inspect(input, limits));
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
  return loaded().run((raw) => raw.encode(document, options));
}

/**
 * @param {NewNotification} notification
 * @param {Account} account
 * @param {{ resync?: boolean }} [options]
 * @param {Env} [env]
 * @returns {SignedNotification}
 */
export function encodeNotification(notification, account, options, env) {
  return loaded().run((raw) => raw.encodeNotification(notification, account, options, env));
}

/**
 * @param {Uint8Array} body
 * @param {Account} account
 * @param {NotificationOptions} [options]
 * @param {Env} [env]
 * @returns {Verdict}
 */
export function verifyNotification(body, account, options, env) {
  return loaded().run((raw) => raw.verifyNotification(body, account, options, env));
}

/**
 * @param {Uint8Array | Received} message
 * @param {PushOptions} [options]
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function encodePush(message, options) {
  return loaded().run((raw) => raw.encodePush(message, options));
}

/**
 * @param {Uint8Array} octets
 * @returns {UnwrappedPush}
 */
export function decodePush(octets) {
  return loaded().run((raw) => raw.decodePush(octets));
}
