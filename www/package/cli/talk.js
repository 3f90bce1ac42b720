/** How one session goes: what came of it, and what it held. */
/** @import { ClientAlert, ClientEvent, Dm2Document, DmClientSession, SyncMlCommand, SyncMlDocument } from "../types.js" */
/** @import { Report } from "./simulated.js" */
/** @import { Counts } from "./tally.js" */
import { DmError, decode } from "../node.js";
import { words } from "./fault.js";
import { count, noCounts } from "./tally.js";
import { TransportError } from "./transport.js";

/** One session, and what is known of how it goes. */
export class Talk {
  /** @type {Map<number, ClientAlert>} by the engine's numbers */
  alerts = new Map();
  counts = noCounts();
  received = 0;
  isOver = false;
  wasMeantToAbort = false;
  /** What was told in vain, and not for the first time. @type {ClientAlert | undefined} */
  unheard;
  #isRefused = false;
  /** @type {ClientEvent | undefined} */
  #last;

  /** @param {DmClientSession} session */
  constructor(session) {
    this.session = session;
  }

  /** @param {ClientEvent} event */
  note(event) {
    if (event.type === "unauthenticated") this.#isRefused = true;
    if (event.type === "authenticated") this.#isRefused = false;
    if (event.type !== "finished" && event.type !== "aborted") return;
    this.isOver = true;
    this.#last = event;
  }

  /** @returns {Pick<Report, "end" | "reason">} */
  verdict() {
    const last = this.#last;
    if (last?.type === "finished" && this.unheard !== undefined) return { end: "failed", reason: `the server does not answer an alert, in two sessions: ${this.unheard.alertType}` };
    if (last?.type === "finished") return { end: "finished" };
    if (this.wasMeantToAbort) return { end: "aborted" };
    if (this.#isRefused) return { end: "failed", reason: "the server refuses the credentials of the device" };
    if (last?.type !== "aborted") return { end: "failed", reason: "the session did not end" };
    const why = last.reason === undefined ? "" : `: ${last.reason}`;
    return { end: "aborted", reason: last.by === "server" ? `aborted by the server${why}` : `aborted by the device${why}` };
  }
}

/** @param {unknown} error @param {boolean} isRecorded @returns {Pick<Report, "end" | "reason" | "detail">} */
export function failureOf(error, isRecorded) {
  if (error instanceof TransportError) return { end: "failed", reason: error.reason, detail: error.message };
  if (error instanceof DmError) {
    const at = [error.path, error.offset === undefined ? undefined : `octet ${error.offset}`, error.expected && `expected ${error.expected}`].filter(Boolean);
    const isOfServer = error.fault === "peer" || error.fault === "input";
    const reason = `${isOfServer ? "the server's message" : "the engine"}: ${error.message}`;
    const advice = isOfServer && !isRecorded ? "; --record DIR keeps it whole" : "";
    return { end: "failed", reason: `${reason.split(" at ")[0]} (${error.code})`, detail: `${at.length === 0 ? reason : `${reason} (${error.code}; ${at.join(", ")})`}${advice}` };
  }
  return { end: "failed", reason: words(error) };
}

/**
 * The message, if it is one of the protocol that is spoken.
 * @param {Uint8Array} body @param {Headers} headers @param {boolean} isDm2
 * @returns {SyncMlDocument | Dm2Document | undefined}
 */
export function messageOf(body, headers, isDm2) {
  if (body.length === 0) return undefined;
  try {
    const document = decode(isDm2 ? { body, headers } : body);
    return document.type === (isDm2 ? "dm2" : "syncml") ? /** @type {SyncMlDocument | Dm2Document} */ (document) : undefined;
  } catch {
    return undefined;
  }
}

/** What the device says. @param {Counts} counts @param {SyncMlDocument | Dm2Document} document */
export function countSaid(counts, document) {
  if (document.type === "dm2") {
    for (const { code } of (document.package.kind === "response" && document.package.results) || []) count(counts.statuses, code);
    return;
  }
  for (const command of document.message.commands) if (command.type === "status" && command.cmd !== "SyncHdr") count(counts.statuses, command.code);
}

/** What the server wants. @param {Counts} counts @param {SyncMlDocument | Dm2Document} document */
export function countWanted(counts, document) {
  if (document.type === "dm2") {
    for (const { type } of (document.package.kind === "request" && document.package.commands) || []) if (type !== "end") count(counts.commands, type);
    return;
  }
  /** @type {SyncMlCommand[]} */
  const open = [...document.message.commands];
  for (let command = open.pop(); command !== undefined; command = open.pop()) {
    if (command.type === "status" || command.type === "results" || command.type === "unknown") continue;
    count(counts.commands, command.type);
    if ("commands" in command) open.push(...command.commands);
  }
}
