/** What a device does, for people or for machines. */
/** @import { ClientAlert, ClientEvent, Dm2Document, Outcome, SyncMlCommand, SyncMlDocument, Verdict } from "../types.js" */
/** @import { MessageTold, Report, Ticket, Told } from "./simulated.js" */
import { encode } from "../node.js";
import { words } from "./fault.js";
import { toJson } from "./json.js";
import { believedWords, sessionOf } from "./notification.js";
import { httpLines, httpRecord, packageRecord, packageWords, readableJson, redactPackage, redactUrl } from "./packages.js";
import { HIDDEN, Redaction, redactAsked, redactHmac } from "./redact.js";

const HMAC = "x-syncml-hmac";
/** Characters of a value in one line. */
const MOST = 60;

/**
 * @typedef {object} Taste
 * @property {boolean} verbose
 * @property {boolean} showSecrets
 * @property {(line: string) => void} print
 */

/** One line of JSON for each thing that happens. @param {Taste} taste @returns {(told: Told) => void} */
export function jsonPrinter(taste) {
  const shown = shownBy(taste);
  return (told) => {
    const safe = shown(told);
    taste.print(toJson(safe.type === "message" ? messageRecord(safe, taste) : flat(safe, taste)));
  };
}

/** What happens, without secrets unless they are wanted. @param {Taste} taste @returns {(told: Told) => Told} */
function shownBy({ showSecrets }) {
  if (showSecrets) return (told) => told;
  const redaction = new Redaction();
  return (told) => {
    if (told.type === "asked") return { ...told, ...redactAsked(told) };
    if (told.type !== "message" || told.document === undefined) return told;
    const { document } = told;
    return { ...told, document: document.type === "dm2" ? redactPackage(document) : { ...document, message: redaction.message(document.message) } };
  };
}

/** @param {Exclude<Told, MessageTold>} told @param {Taste} taste */
function flat(told, taste) {
  if (told.type === "event") return { ...told.event, ...(told.alert && { raised: told.alert }) };
  if (told.type === "notified") return notifiedRecord(told.verdict);
  if (told.type === "put") return { type: "put", uri: told.put.uri, ...httpRecord(putAsked(told.put), told.put.outcome, taste) };
  if (told.type === "session" && told.url !== undefined) return { ...told, url: taste.showSecrets ? told.url : redactUrl(told.url) };
  if (told.type !== "asked") return told;
  if (told.event.type === "http") return { type: "http", ...httpRecord(told.event, told.outcome, taste) };
  if (told.event.type === "show") return { type: "show", url: taste.showSecrets ? told.event.url : redactUrl(told.event.url), outcome: told.outcome };
  const { ticket: _, ...event } = told.event;
  return { ...event, outcome: told.outcome };
}

/** @param {Verdict} verdict */
function notifiedRecord(verdict) {
  if (!verdict.ok) return { type: "notified", ...verdict };
  const { notification, resync = false } = verdict;
  return { type: "notified", ok: true, notification, ...("sessionId" in notification && { session: sessionOf(notification.sessionId) }), resync };
}

/** @param {MessageTold} told @param {Taste} taste */
function messageRecord({ type, direction, octets, http, milliseconds, document, headers, body }, { verbose, showSecrets }) {
  return {
    type,
    direction,
    octets,
    ...(http !== undefined && { http }),
    ...(milliseconds !== undefined && { milliseconds: Math.round(milliseconds * 10) / 10 }),
    ...(document && (document.type === "dm2" ? packageRecord(document) : { encoding: document.encoding, msgId: document.message.header.msgId, sessionId: document.message.header.sessionId, commands: summaryOf(document) })),
    ...(verbose && { headers: Object.fromEntries(shownHeaders(headers, showSecrets)), ...(document ? { message: document.type === "dm2" ? document.package : document.message } : { text: textOf(body) }) }),
  };
}

/** Lines for people. @param {Taste} taste @returns {(told: Told) => void} */
export function textPrinter(taste) {
  const shown = shownBy(taste);
  return (told) => {
    for (const line of linesOf(shown(told), taste)) taste.print(line);
  };
}

/** @param {Told} told @param {Taste} taste @returns {string[]} */
function linesOf(told, taste) {
  switch (told.type) {
    case "message":
      return messageLines(told, taste);
    case "notified":
      // Why it is ignored ends the command, and is said there.
      return told.verdict.ok ? [believedWords(told.verdict)] : [];
    case "session":
      if (told.url !== undefined) return [`session ${told.number} of ${told.deviceId}, with ${cut(taste.showSecrets ? told.url : redactUrl(told.url))}`];
      return [`session ${told.number} of ${told.deviceId}`];
    case "asked":
      if (told.event.type === "http") return httpLines(told.event, told.outcome, taste);
      if (told.event.type === "show") return [`   shows ${cut(taste.showSecrets ? told.event.url : redactUrl(told.event.url))}: ${outcomeWords(told.outcome)}`];
      return [`   ${ticketWords(told.event)}: ${outcomeWords(told.outcome)}`];
    case "put":
      return [`   ${cut(told.put.uri)} has changed:`, ...httpLines(putAsked(told.put), told.put.outcome, taste)];
    case "raised":
      return [`   raises ${alertWords(told.alert)}`];
    case "withheld":
      return [`   does not raise ${alertWords(told.alert)}: ${told.reason ?? "there is no Generic Alert in DM 1.1"}`];
    case "event":
      return told.wasBare ? ["   the server wants credentials"] : eventLines(told.event, told.alert);
    case "over":
      return [overWords(told)];
  }
}

/** @param {MessageTold} told @param {Taste} taste @returns {string[]} */
function messageLines({ direction, octets, http, milliseconds, document, headers, body }, { verbose, showSecrets }) {
  const arrow = direction === "sent" ? "->" : "<-";
  const told = [`${octets} octets`];
  if (document?.type === "dm2") told.unshift(...packageWords(document));
  else if (document !== undefined) told.unshift(`MsgID ${document.message.header.msgId}`, summaryOf(document));
  else if (http !== undefined && http !== 200) told.unshift(`HTTP ${http}`);
  if (milliseconds !== undefined) told.push(`${Math.round(milliseconds)} ms`);
  const lines = [`${arrow} ${told.filter((part) => part !== "").join(", ")}`];
  if (!verbose) return lines;
  for (const [name, value] of shownHeaders(headers, showSecrets)) lines.push(`   ${name}: ${value}`);
  if (document !== undefined) lines.push(...readable(document).map((line) => `   ${line}`));
  else if (body.length > 0) lines.push(`   ${textOf(body)}`);
  return lines;
}

/** A subscription's request. @param {import("./repository.js").Put} put */
const putAsked = ({ url, contentType, body }) => ({ method: "PUT", url, headers: { "content-type": contentType }, body });

/** The message as XML, whatever it was on the wire, and a package as JSON. @param {SyncMlDocument | Dm2Document} document */
function readable(document) {
  if (document.type === "dm2") return readableJson(document);
  try {
    return new TextDecoder().decode(encode(document, { encoding: "xml", indent: true }).body).trimEnd().split("\n");
  } catch (error) {
    return [`(cannot be shown as XML: ${words(error)})`];
  }
}

/** @param {Headers} headers @param {boolean} showSecrets @returns {[string, string][]} */
const shownHeaders = (headers, showSecrets) =>
  [...headers].map(([name, value]) => {
    if (showSecrets) return [name, value];
    if (name === HMAC) return [name, redactHmac(value)];
    return /auth|cookie|token|secret|key/i.test(name) ? [name, HIDDEN] : [name, value];
  });

/** The commands of a message by name, such as `Status 3, Get`. @param {SyncMlDocument} document */
function summaryOf({ message }) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const command of message.commands) {
    const name = nameOf(command);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([name, number]) => (number === 1 ? name : `${number} ${name}`)).join(" + ");
}

/** @param {SyncMlCommand} command */
function nameOf(command) {
  if (command.type === "unknown") return command.element.name;
  const name = command.type.charAt(0).toUpperCase() + command.type.slice(1);
  return command.type === "alert" && command.code !== undefined ? `${name} ${command.code}` : name;
}

/** @param {Exclude<Ticket, { type: "http" | "show" }>} event */
function ticketWords(event) {
  if (event.type === "interaction") return `${event.command.type} “${cut(event.command.text)}”`;
  const data = "data" in event ? dataWords(event.data) : "";
  const correlator = event.type === "exec" && event.correlator !== undefined ? ` (Correlator ${event.correlator})` : "";
  return `${event.type} ${event.uri}${data === "" ? "" : ` “${data}”`}${correlator}`;
}

/** @param {Outcome} outcome */
function outcomeWords(outcome) {
  if ("value" in outcome) return `“${dataWords(outcome.value)}”`;
  if ("response" in outcome) return `HTTP ${outcome.response.status}`;
  if ("failed" in outcome) return outcome.failed;
  return outcome.data === undefined ? String(outcome.status) : `${outcome.status} “${outcome.data.map(cut).join(", ")}”`;
}

/** @param {ClientAlert} alert */
const alertWords = ({ code, alertType, data }) => `Alert ${code} ${alertType} “${dataWords(data)}”`;

/** @param {ClientEvent} event @param {ClientAlert | undefined} alert @returns {string[]} */
function eventLines(event, alert) {
  switch (event.type) {
    case "changed":
      return [`   ${event.by} ${event.uri}`];
    case "progress":
      return [`   ${event.direction} of ${event.uri || "an alert"}: ${event.bytes} of ${event.total} octets`];
    case "answered":
      return [`   ${alert?.alertType ?? "an alert"} is answered ${event.code}`];
    case "delivered":
      return [`   ${alert?.alertType ?? "an alert"} is delivered`];
    case "unanswered":
      return [`   ${alert?.alertType ?? "an alert"} is not answered`];
    case "authenticated":
      return ["   the server accepts the credentials"];
    case "unauthenticated":
      return ["   the server does not accept the credentials"];
    default:
      return [];
  }
}

/** @param {Report} report */
export function overWords({ end, reason, detail, counts, milliseconds }) {
  const { messages, commands } = counts;
  const executed = Object.values(commands).reduce((sum, number) => sum + number, 0);
  const numbers = `${messages} ${messages === 1 ? "message" : "messages"}, ${executed} ${executed === 1 ? "command" : "commands"}, ${Math.round(milliseconds)} ms`;
  return `${end}${reason === undefined ? "" : `: ${detail ?? reason}`} (${numbers})`;
}

/** @param {import("../types.js").Data | undefined} data */
function dataWords(data) {
  if (data === undefined) return "";
  if (data instanceof Uint8Array) return `${data.length} octets`;
  return cut(typeof data === "string" ? data : data.markup);
}

/** What a server sends goes to a terminal. @param {string} text */
function cut(text) {
  const safe = text.replaceAll(/[\x00-\x1f\x7f-\x9f]+/g, " ");
  return safe.length > MOST ? `${safe.slice(0, MOST)}…` : safe;
}

/** @param {Uint8Array} body */
const textOf = (body) => cut(new TextDecoder().decode(body.subarray(0, 200)));
