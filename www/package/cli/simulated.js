/** A device: a tree, the objects plugged into it, and one session after the other with a server. */
/** @import { Account, ClientAlert, ClientConfig, ClientEvent, Outcome, SyncMlDocument, SyncMlCommand, Trigger, Verdict } from "../types.js" */
/** @import { DeviceObject } from "../objects/objects.js" */
/** @import { Plan } from "./plan.js" */
/** @import { State } from "./state.js" */
/** @import { Counts } from "./tally.js" */
/** @import { Record } from "./record.js" */
import { DmClientSession, DmError, decode, verifyNotification } from "../node.js";
import { answerOf, objectsNamed, workOf } from "../objects/objects.js";
import { UsageError, words } from "./fault.js";
import { Random } from "./random.js";
import { answerNode, answerUser, own } from "./script.js";
import { count, noCounts } from "./tally.js";
import { TransportError, demandMessage } from "./transport.js";
import { treeAgain, treeOf } from "./tree.js";

/**
 * @typedef {object} Report how a session ended
 * @property {string} deviceId
 * @property {"finished" | "aborted" | "failed"} end
 * @property {string} [reason] why it is not as it was meant to be
 * @property {string} [detail] the same at length
 * @property {Counts} counts
 * @property {number} milliseconds
 *
 * @typedef {Extract<ClientEvent, { ticket: number }>} Ticket
 * @typedef {{ type: "message", direction: "sent" | "received", octets: number, http?: number, milliseconds?: number, headers: Headers, body: Uint8Array, document?: SyncMlDocument }} MessageTold
 * @typedef {MessageTold
 *   | { type: "notified", verdict: Verdict }
 *   | { type: "session", deviceId: string, number: number }
 *   | { type: "asked", event: Ticket, outcome: Outcome }
 *   | { type: "raised", alert: ClientAlert }
 *   | { type: "withheld", alert: ClientAlert }
 *   | { type: "event", event: ClientEvent, alert?: ClientAlert }
 *   | ({ type: "over" } & Report)} Told
 */

/** Sessions in a row at most, where each leaves an outcome to be told in the next. */
const FOLLOWING = 10;
/** Milliseconds that a farewell may take when somebody wants to stop. */
const FAREWELL = 2_000;

export class SimulatedDevice {
  #plan;
  #tell;
  #record;
  #random;
  #transport;
  #account;
  /** @type {Trigger} of the first session */
  #trigger;
  /** @type {DeviceObject[]} */
  #objects;
  #runs;
  #number = 0;
  /** @type {ClientAlert[]} that wait for a session */
  #due;
  /** What a script's Exec has begun. @type {{ alert: ClientAlert, messages: number }[]} */
  #later = [];
  /** What a session has told in vain. @type {WeakSet<ClientAlert>} */
  #unheard = new WeakSet();

  /**
   * @param {Plan} plan
   * @param {string} deviceId
   * @param {object} [with_]
   * @param {State} [with_.state] of earlier runs
   * @param {(told: Told) => void} [with_.tell] what happens
   * @param {Record} [with_.record]
   */
  constructor(plan, deviceId, { state, tell = () => {}, record } = {}) {
    this.#plan = plan;
    this.#trigger = plan.trigger;
    this.deviceId = deviceId;
    this.#tell = tell;
    this.#record = record;
    this.#runs = state?.runs ?? 0;
    this.#random = new Random(plan.seed, deviceId, this.#runs);
    this.#transport = plan.transport;
    this.#objects = pluggedIn(plan);
    const known = state?.objects ?? {};
    for (const object of this.#objects) if (known[object.name] !== undefined) restored(object, known[object.name]);
    this.tree = state === undefined ? treeOf(plan.tree, this.#objects) : treeAgain(state.tree, this.#objects.filter(({ name }) => known[name] === undefined));
    this.#due = state?.alerts ?? [];
    this.#account = /** @type {Account} */ ({ ...plan.account, deviceId, ...(state !== undefined && { state: state.account }) });
    this.#furnish();
    if (state === undefined) this.#due = [...plan.script.alerts];
  }

  /** Whether there is something to tell that no session has told yet. */
  get waits() {
    return this.#due.length > 0 || this.#later.length > 0 || this.#objects.some(({ isBusy }) => isBusy);
  }

  /**
   * Looks at the notification, where there is one: the first session is the one that it asks for. Where it is to be ignored, nothing has changed.
   * @returns {Verdict | undefined}
   */
  wake() {
    const trigger = this.#trigger;
    if (!("notification" in trigger)) return undefined;
    const verdict = verifyNotification(trigger.notification, this.#account, trigger.policy, this.#random.env());
    if (verdict.ok && "sessionId" in verdict.notification) {
      this.#account = { ...this.#account, state: verdict.state };
      this.#trigger = { by: "server", sessionId: verdict.notification.sessionId };
    }
    this.#tell({ type: "notified", verdict });
    return verdict;
  }

  /** What the script answers for is the host's. */
  #furnish() {
    const { tree } = this;
    const { script, version } = this.#plan;
    for (const [uri, value] of [["./DevInfo/DevId", this.deviceId], ["./DevInfo/DmV", version]]) {
      if (tree.get(/** @type {string} */ (uri))?.data !== value) tree.set(/** @type {string} */ (uri), /** @type {string} */ (value));
    }
    for (const uri of Object.keys({ ...script.exec, ...script.read, ...script.write })) {
      const node = tree.get(uri);
      if (node?.host) continue;
      try {
        if (node?.format === "node") tree.set(uri, null, { format: "node", host: true });
        else tree.set(uri, node?.data ?? "", { host: true });
      } catch (error) {
        throw new UsageError(`--script: ${uri}: ${words(error)}`);
      }
    }
  }

  /**
   * Holds sessions until one fails: as many as are wanted, else one, and another while there is an outcome to tell.
   * @param {number | undefined} wanted
   * @param {AbortSignal} signal somebody wants to stop
   */
  async *sessions(wanted, signal) {
    for (let number = 1; number <= (wanted ?? FOLLOWING); number += 1) {
      const report = await this.hold(signal);
      yield report;
      if (report.reason !== undefined || signal.aborted) return;
      // Whatever goes on comes to its end before the next.
      this.rest();
      if (wanted === undefined && !this.waits) return;
    }
  }

  /**
   * Holds one session.
   * @param {AbortSignal} [signal] somebody wants to stop
   * @returns {Promise<Report>}
   */
  async hold(signal) {
    this.#number += 1;
    this.#tell({ type: "session", deviceId: this.deviceId, number: this.#number });
    const talk = new Talk(this.#begin());
    const begun = performance.now();
    /** @type {Pick<Report, "end" | "reason" | "detail">} */
    let end;
    try {
      await this.#converse(talk, signal);
      end = talk.verdict();
    } catch (error) {
      end = signal?.aborted ? { end: "aborted", reason: "interrupted" } : failureOf(error, this.#record !== undefined);
      await this.#leave(talk, signal, error);
      if (error instanceof UsageError) throw error;
    } finally {
      this.#keep(talk);
    }
    /** @type {Report} */
    const report = { deviceId: this.deviceId, ...end, counts: talk.counts, milliseconds: performance.now() - begun };
    this.#tell({ type: "over", ...report });
    return report;
  }

  #begin() {
    const { url, version, encoding, maxMsgSize, maxObjSize, implicitAdd, treeAlerts, script } = this.#plan;
    /** @type {ClientConfig} */
    const config = {
      account: this.#account,
      url,
      version,
      encoding,
      interactions: script.shows,
      implicitAdd,
      treeAlerts,
      ...(maxMsgSize !== undefined && { maxMsgSize }),
      ...(maxObjSize !== undefined && { maxObjSize }),
    };
    /** @type {Trigger} */
    const trigger = this.#number === 1 ? this.#trigger : { by: "user" };
    return new DmClientSession(config, trigger, this.#random.env());
  }

  /** @param {Talk} talk @param {AbortSignal | undefined} signal */
  async #converse(talk, signal) {
    const { session } = talk;
    for (const object of this.#objects) for (const alert of object.opening?.() ?? []) this.#raise(talk, alert);
    const { abortAfter } = this.#plan.script;
    if (abortAfter === 0) this.#abort(talk);
    for (let out = this.#send(talk); out !== undefined; out = this.#send(talk)) {
      const reply = await this.#post(talk, out, signal);
      demandMessage(out.url, reply, talk.received === 1 && !out.done);
      if (out.done) continue;
      // Time passes while a message is under way.
      this.#pass();
      const open = session.receive(this.tree, { body: reply.body, headers: reply.headers, status: reply.status }, this.#random.env());
      this.#take(talk, open);
      if (abortAfter !== undefined && talk.received >= abortAfter) this.#abort(talk);
    }
  }

  /** @param {Talk} talk */
  #send(talk) {
    if (!talk.isOver) for (const alert of this.#due.splice(0)) this.#raise(talk, alert);
    return talk.session.send(this.tree, this.#random.env());
  }

  /** @param {Talk} talk @param {ClientAlert} alert */
  #raise(talk, alert) {
    if (alert.code === 1226 && this.#plan.version === "1.1") {
      this.#tell({ type: "withheld", alert });
      return;
    }
    talk.alerts.set(talk.session.raise(alert), alert);
    this.#tell({ type: "raised", alert });
  }

  /** What goes on goes a step on, and what has ended is due to be told. */
  #pass() {
    this.#due.push(...workOf(this.#objects, this.tree));
    for (const one of this.#later) one.messages -= 1;
    this.#due.push(...this.#later.filter(({ messages }) => messages < 0).map(({ alert }) => alert));
    this.#later = this.#later.filter(({ messages }) => messages >= 0);
  }

  /**
   * @param {Talk} talk
   * @param {{ url: string, headers: { [name: string]: string }, body: Uint8Array<ArrayBuffer>, contentType: string }} out
   * @param {AbortSignal} [signal]
   */
  async #post(talk, out, signal) {
    const { counts } = talk;
    const headers = this.#transport.headers(out.headers);
    this.#record?.sent(out.url, headers, out.body);
    const sent = read(out.body);
    counts.messages += 1;
    counts.octetsSent += out.body.length;
    if (sent !== undefined) countStatuses(counts, sent);
    this.#tell({ type: "message", direction: "sent", octets: out.body.length, headers, body: out.body, ...(sent && { document: sent }) });
    const reply = await this.#transport.post(out.url, out, signal);
    this.#record?.received(reply.status, reply.headers, reply.body);
    const got = reply.status === 200 ? read(reply.body) : undefined;
    counts.octetsReceived += reply.body.length;
    counts.resent += reply.tries - 1;
    if (got !== undefined) countCommands(counts, got.message.commands);
    talk.received += 1;
    this.#tell({
      type: "message",
      direction: "received",
      octets: reply.body.length,
      http: reply.status,
      milliseconds: reply.milliseconds,
      headers: reply.headers,
      body: reply.body,
      ...(got && { document: got }),
    });
    return reply;
  }

  /** @param {Talk} talk @param {ClientEvent[]} open */
  #take(talk, open) {
    for (let event = open.shift(); event !== undefined; event = open.shift()) {
      const outcome = this.#answer(event);
      if (!("ticket" in event)) {
        this.#note(talk, event);
        continue;
      }
      this.#tell({ type: "asked", event, outcome });
      open.unshift(...this.#complete(talk, event, outcome));
    }
  }

  /** An answer that a script gives and a ticket cannot have is the script's mistake. @param {Talk} talk @param {Ticket} event @param {Outcome} outcome */
  #complete(talk, event, outcome) {
    try {
      return talk.session.complete(this.tree, event.ticket, outcome);
    } catch (error) {
      if (!(error instanceof DmError) || error.code !== "arg") throw error;
      const place = "uri" in event ? event.uri : "url" in event ? event.url : "";
      const what = event.type === "interaction" ? `the interaction ${JSON.stringify(event.command.text)}` : `${event.type} ${place}`;
      throw new UsageError(`--script: no answer to ${what}: ${error.message}`);
    }
  }

  /** @param {ClientEvent} event @returns {Outcome} */
  #answer(event) {
    const { script } = this.#plan;
    if (event.type === "interaction") return answerUser(script, event.command);
    // What the script says an object does not hear of: it would begin what is not to be.
    const outcome = answerNode(script, event) ?? answerOf(this.#objects, event, this.tree);
    if (event.type === "exec") {
      const { alert, after = 0 } = own(script.exec, event.uri) ?? {};
      const { correlator } = event;
      if (alert !== undefined) this.#later.push({ alert: { ...alert, ...(correlator !== undefined && { correlator }) }, messages: after });
    }
    if (outcome !== undefined) return outcome;
    if (event.type !== "read") return { status: 200 };
    const node = this.tree.get(event.uri);
    return node?.data === undefined ? { status: 404 } : { value: node.data, format: node.format, ...(node.type !== undefined && { mime: node.type }) };
  }

  /** @param {Talk} talk @param {ClientEvent} event */
  #note(talk, event) {
    const alert = "alert" in event ? talk.alerts.get(event.alert) : undefined;
    // What the server has said nothing of is told again in the next session; what every session begins with, it begins with.
    if (event.type === "unanswered" && alert !== undefined && !this.#isOpening(alert)) {
      this.#due.push(alert);
      if (this.#unheard.has(alert)) talk.unheard = alert;
      this.#unheard.add(alert);
    }
    talk.note(event);
    this.#tell({ type: "event", event, ...(alert && { alert }) });
  }

  /** @param {ClientAlert} alert */
  #isOpening(alert) {
    return this.#objects.some((object) => object.opening?.().some(({ alertType }) => alertType === alert.alertType));
  }

  /** As the script wants it. @param {Talk} talk */
  #abort(talk) {
    if (talk.isOver) return;
    talk.wasMeantToAbort = true;
    for (const event of talk.session.abort("the script says so")) this.#note(talk, event);
  }

  /** The session cannot go on: the server is told so where it is not its own fault. @param {Talk} talk @param {AbortSignal | undefined} signal @param {unknown} error */
  async #leave(talk, signal, error) {
    try {
      for (const event of talk.session.abort(signal?.aborted ? "interrupted" : undefined)) this.#note(talk, event);
      if (!(signal?.aborted || error instanceof UsageError) || talk.counts.messages === 0) return;
      const out = talk.session.send(this.tree, this.#random.env());
      if (out !== undefined) await this.#post(talk, out, AbortSignal.timeout(FAREWELL));
    } catch {
      // Whoever does not hear the farewell notices the silence.
    }
  }

  /** The nonces serve the next session, and its number. @param {Talk} talk */
  #keep(talk) {
    try {
      this.#account = { ...this.#account, state: talk.session.save().account };
    } catch {
      // What cannot be saved has given no nonces: the next session begins with a challenge.
    }
    talk.session.free();
  }

  /** All that goes on goes on to its end: so much time passes between two sessions. */
  rest() {
    for (let steps = 0; steps < 4_096 && (this.#later.length > 0 || this.#objects.some(({ isBusy }) => isBusy)); steps += 1) this.#pass();
  }

  /** @returns {State} */
  save() {
    return {
      deviceId: this.deviceId,
      runs: this.#runs + 1,
      account: this.#account.state ?? {},
      tree: this.tree.save(),
      alerts: [...this.#due, ...this.#later.map(({ alert }) => alert)],
      objects: Object.fromEntries(this.#objects.map((object) => [object.name, object.save()])),
    };
  }

  free() {
    this.tree.free();
  }
}

/** One session, and what is known of how it goes. */
class Talk {
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

/** @param {Plan} plan */
function pluggedIn({ objects, script }) {
  const stray = Object.keys(script.objects).find((name) => !objects.includes(name));
  if (stray !== undefined) throw new UsageError(`--script: objects.${stray} is for --objects ${stray}`);
  try {
    return objectsNamed(objects, script.objects);
  } catch (error) {
    throw new UsageError(`--script: objects.${words(error)}`);
  }
}

/** @param {DeviceObject} object @param {unknown} saved */
function restored(object, saved) {
  try {
    object.restore(saved);
  } catch (error) {
    throw new TypeError(`objects.${object.name}: ${words(error)}`);
  }
}

/** @param {unknown} error @param {boolean} isRecorded @returns {Pick<Report, "end" | "reason" | "detail">} */
function failureOf(error, isRecorded) {
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

/** @param {Uint8Array} body @returns {SyncMlDocument | undefined} */
function read(body) {
  if (body.length === 0) return undefined;
  try {
    const document = decode(body);
    return document.type === "syncml" ? document : undefined;
  } catch {
    return undefined;
  }
}

/** @param {Counts} counts @param {SyncMlDocument} document */
function countStatuses(counts, { message }) {
  for (const command of message.commands) if (command.type === "status" && command.cmd !== "SyncHdr") count(counts.statuses, command.code);
}

/** @param {Counts} counts @param {SyncMlCommand[]} commands */
function countCommands(counts, commands) {
  const open = [...commands];
  for (let command = open.pop(); command !== undefined; command = open.pop()) {
    if (command.type === "status" || command.type === "results" || command.type === "unknown") continue;
    count(counts.commands, command.type);
    if ("commands" in command) open.push(...command.commands);
  }
}
