/** Messages without what must not be shown: credentials, nonces, the secrets of accounts, and what a user types unseen. */
/** @import { Chal, Cred, Data, Item, Meta, Outcome, RawElement, SyncMlCommand, SyncMlMessage, UiCommand } from "../types.js" */
/** @import { Ticket } from "./simulated.js" */

export const HIDDEN = "********";

/** What holds a secret: nodes of DM accounts, of DM 1.2 and 1.1, and parameters of the provisioning that brings them. */
const NAMES = "AAuthSecret|AAuthData|ServerPW|ClientPW|ServerNonce|ClientNonce|AuthSecret|PXAuth-PW";
const IN_URI = new RegExp(`(?:^|/)(?:${NAMES})(?:\\?|$)`, "i");
/** A serialised tree, a provisioning document and a message as text may hold an account whole. */
const IN_TEXT = new RegExp(`<(?:[\\w.-]+:)?NodeName>\\s*(?:<!\\[CDATA\\[)?\\s*(?:${NAMES})\\s*[\\]<]|\\bname\\s*=\\s*["']\\s*(?:${NAMES})\\s*["']|\\b(?:${NAMES})=`, "i");
/** In octets it is not looked for: they are hidden whole. */
const BINARY = /^application\/vnd\.(?:syncml\.dmtnds|wap\.connectivity)[+-]wbxml\b/i;
/** The code of the alert that asks for a text, and its options of a password. */
const INPUT = 1102;
const UNSEEN = /(?:^|&)ET=P(?:&|$)/i;

/** The same of nodes in data of DM 2.0: the account there has its secrets below names of their own. */
const NAMES_OF_DM2 = "Secret|Password|ClientSecretKey|ClientPubKey|ServerPubKey";
const OF_DM2 = new RegExp(`^(?:${NAMES}|${NAMES_OF_DM2})$`, "i");
const IN_TREE = new RegExp(`<(?:[\\w.-]+:)?NodeName>\\s*(?:<!\\[CDATA\\[)?\\s*(?:${NAMES_OF_DM2})\\s*[\\]<]`, "i");

/** Whether a node of this name holds a secret, in DM 2.0. @param {string} name */
export const isSecretName = (name) => OF_DM2.test(name);

/** Whether a text has one in it: a serialised tree, or a provisioning document. @param {string} text */
export const hasSecretText = (text) => IN_TEXT.test(text) || IN_TREE.test(text);

/** Hides what must not be shown, in all messages of one device: what a device sends depends on what it was asked. */
export class Redaction {
  /** The commands that asked for what is typed unseen. @type {Set<string>} */
  #unseen = new Set();

  /**
   * A copy of `message`.
   * @param {SyncMlMessage} message
   * @returns {SyncMlMessage}
   */
  message(message) {
    const { cred, sessionId, msgId } = message.header;
    // Numbers of sessions come again.
    if (msgId === 1) this.#unseen.clear();
    return {
      ...message,
      header: cred === undefined ? message.header : { ...message.header, cred: redactCred(cred) },
      commands: message.commands.map((command) => this.#command(command, sessionId, String(msgId))),
    };
  }

  /** @param {SyncMlCommand} command @param {string} sessionId @param {string} msgId @returns {SyncMlCommand} */
  #command(command, sessionId, msgId) {
    const copy = { ...command };
    /** @type {Meta | undefined} */
    let meta;
    if ("meta" in copy && copy.meta !== undefined) {
      meta = copy.meta;
      copy.meta = redactMeta(copy.meta);
    }
    const named = copy.type === "results" ? (copy.sourceRef ?? copy.targetRef) : undefined;
    if ("items" in copy) copy.items = copy.items.map((item) => redactItem(item, named, meta));
    if (copy.type === "status") {
      if (copy.cred !== undefined) copy.cred = redactCred(copy.cred);
      if (copy.chal !== undefined) copy.chal = redactChal(copy.chal);
      if (this.#unseen.has([sessionId, copy.msgRef, copy.cmdRef].join("/"))) copy.items = copy.items.map(withoutData);
    }
    if (copy.type === "alert" && copy.code === INPUT && UNSEEN.test(textOf(copy.items[0]?.data))) {
      this.#unseen.add([sessionId, msgId, copy.cmdId].join("/"));
      copy.items = copy.items.map((item, at) => (at === 0 ? { ...item, data: textOf(item.data).replace(/(^|&)DR=[^&]*/i, `$1DR=${HIDDEN}`) } : item));
    }
    if ("commands" in copy) copy.commands = copy.commands.map((inner) => this.#command(inner, sessionId, msgId));
    return copy;
  }
}

/**
 * What a device was asked and said, without secrets.
 * @param {{ event: Ticket, outcome: Outcome }} asked
 * @returns {{ event: Ticket, outcome: Outcome }}
 */
export function redactAsked({ event, outcome }) {
  if (event.type === "interaction") {
    const { command } = event;
    if (command.type === "display" || command.options?.echo !== "P") return { event, outcome };
    return { event: { ...event, command: withoutDefault(command) }, outcome: "data" in outcome && outcome.data !== undefined ? { ...outcome, data: outcome.data.map(() => HIDDEN) } : outcome };
  }
  // What they say the printer knows to tell.
  if (event.type === "http" || event.type === "show") return { event, outcome };
  const data = "data" in event ? event.data : undefined;
  const meta = "mime" in event && event.mime !== undefined ? { type: event.mime } : undefined;
  const isSecret = data !== undefined && hasSecret(event.uri, data, meta);
  const isValueSecret = "value" in outcome && hasSecret(event.uri, outcome.value, outcome.mime === undefined ? undefined : { type: outcome.mime });
  return {
    event: isSecret ? /** @type {Ticket} */ ({ ...event, data: HIDDEN }) : event,
    outcome: isValueSecret ? { ...outcome, value: HIDDEN } : outcome,
  };
}

/** @param {UiCommand} command @returns {UiCommand} */
function withoutDefault(command) {
  return command.options?.default === undefined ? command : { ...command, options: { ...command.options, default: HIDDEN } };
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

/** @param {Item} item @param {string | undefined} named @param {Meta | undefined} around of the command @returns {Item} */
function redactItem(item, named, around) {
  const uri = item.target?.uri ?? item.source?.uri ?? named ?? "";
  const copy = { ...item, ...(item.meta !== undefined && { meta: redactMeta(item.meta) }) };
  return item.data !== undefined && hasSecret(uri, item.data, { ...around, ...item.meta }) ? withoutData(copy) : copy;
}

/** @param {Item} item @returns {Item} */
const withoutData = (item) => (item.data === undefined ? item : { ...item, data: HIDDEN });

/** The node's name. @param {string} uri */
const nameOf = (uri) => uri.replace(/\?.*$/, "").split("/").at(-1) ?? "";

/** @param {string} uri @param {Data} data @param {Meta | undefined} meta */
function hasSecret(uri, data, meta) {
  // The account of DM 2.0 stands in the same tree.
  if (IN_URI.test(uri) || isSecretName(nameOf(uri)) || BINARY.test(meta?.type?.trim() ?? "")) return true;
  const text = textOf(data);
  return hasSecretText(text) || (meta?.format === "b64" && hasSecretText(Buffer.from(text, "base64").toString()));
}

/** @param {Data | undefined} data */
function textOf(data) {
  if (data instanceof Uint8Array) return new TextDecoder().decode(data);
  return typeof data === "object" ? data.markup : (data ?? "");
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
