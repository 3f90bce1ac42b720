/** Messages without what must not be shown: credentials, nonces, and the secrets of DM accounts. */
/** @import { Chal, Cred, Item, Meta, RawElement, SyncMlCommand, SyncMlMessage } from "../types.js" */

export const HIDDEN = "********";

/** Nodes of a DM account, of DM 1.2 and 1.1, whose values are secrets. */
const SECRETS = /\/(?:AAuthSecret|AAuthData|ServerPW|ClientPW|ServerNonce|ClientNonce)$/;

/**
 * A copy of `message`.
 * @param {SyncMlMessage} message
 * @returns {SyncMlMessage}
 */
export function redact(message) {
  const { cred } = message.header;
  return {
    ...message,
    header: cred === undefined ? message.header : { ...message.header, cred: redactCred(cred) },
    commands: message.commands.map(redactCommand),
  };
}

/** @param {SyncMlCommand} command @returns {SyncMlCommand} */
function redactCommand(command) {
  const copy = { ...command };
  if (copy.type === "status") {
    if (copy.cred !== undefined) copy.cred = redactCred(copy.cred);
    if (copy.chal !== undefined) copy.chal = redactChal(copy.chal);
  }
  if ("meta" in copy && copy.meta !== undefined) copy.meta = redactMeta(copy.meta);
  const named = copy.type === "results" ? (copy.sourceRef ?? copy.targetRef) : undefined;
  if ("items" in copy) copy.items = copy.items.map((item) => redactItem(item, named));
  if ("commands" in copy) copy.commands = copy.commands.map(redactCommand);
  return copy;
}

/** @param {Cred} cred @returns {Cred} */
function redactCred(cred) {
  return { ...cred, data: HIDDEN, ...(cred.extra !== undefined && { extra: cred.extra.map(redactExtra) }) };
}

/** @param {Chal} chal @returns {Chal} */
function redactChal(chal) {
  return {
    ...chal,
    ...(chal.nextNonce !== undefined && { nextNonce: HIDDEN }),
    ...(chal.extra !== undefined && { extra: chal.extra.map(redactExtra) }),
  };
}

/** @param {Meta} meta @returns {Meta} */
function redactMeta(meta) {
  return meta.nextNonce === undefined ? meta : { ...meta, nextNonce: HIDDEN };
}

/** @param {Item} item @param {string | undefined} named @returns {Item} */
function redactItem(item, named) {
  const uri = item.target?.uri ?? item.source?.uri ?? named ?? "";
  return {
    ...item,
    ...(item.meta !== undefined && { meta: redactMeta(item.meta) }),
    ...(item.data !== undefined && hasSecret(uri, item) && { data: HIDDEN }),
  };
}

/** A serialised tree may hold an account whole. @param {string} uri @param {Item} item */
function hasSecret(uri, { data }) {
  if (SECRETS.test(uri)) return true;
  const text = typeof data === "object" && data !== null && "markup" in data ? data.markup : data;
  return typeof text === "string" && /<NodeName>\s*(?:AAuthSecret|AAuthData)\s*<|AAuthSecret=/.test(text);
}

/** What the model has no place for beside a secret may be one more. @param {RawElement} element @returns {RawElement} */
function redactExtra(element) {
  return {
    ...element,
    children: element.children.map((child) => (typeof child === "string" || child instanceof Uint8Array ? HIDDEN : redactExtra(child))),
  };
}

/** The header `x-syncml-hmac` without the digest in it. @param {string} header */
export function redactHmac(header) {
  return header.replaceAll(/(mac\s*=\s*)("[^"]*"|[^,\s]*)/gi, `$1${HIDDEN}`);
}
