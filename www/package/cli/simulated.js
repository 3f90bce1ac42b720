/** A device: a tree, the objects plugged into it, and one session after the other with a server. */
/** @import { Account, ClientAlert, ClientConfig, ClientEvent, Dm2Document, Outcome, Outgoing, SyncMlDocument, Trigger, Verdict } from "../types.js" */
/** @import { DeviceObject } from "../objects/objects.js" */
/** @import { Plan } from "./plan.js" */
/** @import { State } from "./state.js" */
/** @import { Counts } from "./tally.js" */
/** @import { Record } from "./record.js" */
/** @import { Put } from "./repository.js" */
/** @import { Reply } from "./transport.js" */
import { DmClientSession, DmError, verifyNotification } from "../node.js";
import { answerOf, objectsNamed, workOf } from "../objects/objects.js";
import { UsageError, words } from "./fault.js";
import { Random } from "./random.js";
import { Reports, serverAt } from "./reports.js";
import { Repository } from "./repository.js";
import { answerNode, answerPage, answerUser, own } from "./script.js";
import { Talk, countSaid, countWanted, failureOf, messageOf } from "./talk.js";
import { TransportError, demandMessage } from "./transport.js";
import { INDEX, treeAgain, treeOf } from "./tree.js";

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
 * @typedef {{ type: "message", direction: "sent" | "received", octets: number, http?: number, milliseconds?: number, headers: Headers, body: Uint8Array, document?: SyncMlDocument | Dm2Document }} MessageTold
 * @typedef {MessageTold
 *   | { type: "notified", verdict: Verdict }
 *   | { type: "session", deviceId: string, number: number, url?: string }
 *   | { type: "asked", event: Ticket, outcome: Outcome }
 *   | { type: "raised", alert: ClientAlert }
 *   | { type: "withheld", alert: ClientAlert, reason?: string }
 *   | { type: "put", put: Put }
 *   | { type: "event", event: ClientEvent, alert?: ClientAlert, wasBare?: true }
 *   | ({ type: "over" } & Report)} Told
 */

/** Sessions in a row at most, where each leaves an outcome to be told in the next. */
const FOLLOWING = 10;
/** What tells an address of an Exec that was done at once. */
const DONE = "Reversed-Domain-Name:omadm.device.executed";
/** Milliseconds that a farewell may take when somebody wants to stop. */
const FAREWELL = 2_000;

export class SimulatedDevice {
  #plan;
  #tell;
  #record;
  #random;
  #transport;
  #repository;
  #account;
  /** The account as it was before the notification, which the session of DM 2.0 looks at itself. @type {Account | undefined} */
  #before;
  /** What tells this tree from those before it. */
  #epoch;
  /** The server wants credentials by HTTP. */
  #isAsked = false;
  /** @type {Trigger} of the first session */
  #trigger;
  /** @type {DeviceObject[]} */
  #objects;
  #runs;
  #number = 0;
  /** @type {ClientAlert[]} that wait for a session */
  #due;
  /** What other addresses are to hear of. */
  #reports;
  /** The one that this session is for. @type {string | undefined} */
  #reportTo;
  /** Which server it goes to, where that has an account of its own. @type {string | undefined} */
  #reportedTo;
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
    this.#repository = new Repository(plan.transport, plan.origins, record);
    this.#epoch = state?.epoch ?? (this.#isDm2 ? epochOf(this.#random) : undefined);
    this.#objects = pluggedIn(plan);
    const known = state?.objects ?? {};
    for (const object of this.#objects) if (known[object.name] !== undefined) restored(object, known[object.name]);
    this.tree = state === undefined ? treeOf(plan.tree, this.#objects, this.#isDm2) : treeAgain(state.tree, this.#objects.filter(({ name }) => known[name] === undefined));
    this.#due = state?.alerts ?? [];
    this.#reports = new Reports(state?.reports);
    this.#account = /** @type {Account} */ ({ ...plan.account, deviceId, ...(state !== undefined && { state: state.account }) });
    this.#furnish();
    if (state === undefined) this.#due = [...plan.script.alerts];
  }

  get #isDm2() {
    return this.#plan.version === "2.0";
  }

  /** Whether there is something to tell that no session has told yet. */
  get waits() {
    return this.#due.length > 0 || this.#reports.next !== undefined || this.#later.length > 0 || this.#objects.some(({ isBusy }) => isBusy);
  }

  /**
   * Looks at the notification, where there is one: the first session is the one that it asks for. Where it is to be ignored, nothing has changed.
   * @returns {Verdict | undefined}
   */
  wake() {
    const trigger = this.#trigger;
    if (!("notification" in trigger)) return undefined;
    const verdict = verifyNotification(trigger.notification, this.#account, trigger.policy, this.#random.env());
    if (verdict.ok && this.#isDm2) {
      this.#before = this.#account;
      this.#account = { ...this.#account, state: verdict.state };
    } else if (verdict.ok && "sessionId" in verdict.notification) {
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
    for (const [uri, value] of [[this.#isDm2 ? "./DevInfo/DevID" : "./DevInfo/DevId", this.deviceId], ["./DevInfo/DmV", version]]) {
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
    this.#reportedTo = undefined;
    this.#reportTo = this.#number === 1 ? undefined : this.#reportUrl();
    this.#tell({ type: "session", deviceId: this.deviceId, number: this.#number, ...(this.#reportTo !== undefined && { url: this.#reportTo }) });
    const talk = new Talk(this.#begin());
    const begun = performance.now();
    /** @type {Pick<Report, "end" | "reason" | "detail">} */
    let end;
    try {
      await this.#converse(talk, signal);
      end = talk.verdict();
      if (this.#isDm2 && end.reason === undefined) end = (await this.#publish(signal)) ?? end;
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

  /** Where the next session goes that tells an outcome. */
  #reportUrl() {
    for (let url = this.#reports.next; url !== undefined; url = this.#reports.next) {
      this.#reportedTo = this.#transport.isOwn(url) ? undefined : serverAt(this.tree, url);
      if (this.#transport.isOwn(url) || this.#reportedTo !== undefined) return url;
      for (const alert of this.#reports.claim(url)) this.#tell({ type: "withheld", alert, reason: `no account of a server at ${new URL(url).origin}` });
    }
    return undefined;
  }

  #begin() {
    const { url, version, dialect, origins, encoding, maxMsgSize, maxObjSize, implicitAdd, treeAlerts, script } = this.#plan;
    const { index = INDEX, alwaysListed } = script;
    /** @type {ClientConfig} */
    const config = {
      account: this.#reportedTo === undefined ? ((this.#number === 1 ? this.#before : undefined) ?? this.#account) : { ...this.#account, serverId: this.#reportedTo, state: {} },
      url: this.#reportTo ?? url,
      version,
      ...(this.#isDm2 ? { dialect, objects: { index, alwaysListed, ...(this.#epoch !== undefined && { epoch: this.#epoch }) } } : { encoding }),
      origins,
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
    if (this.#reportTo === undefined) for (const object of this.#objects) for (const alert of object.opening?.() ?? []) this.#raise(talk, alert);
    const { abortAfter } = this.#plan.script;
    if (abortAfter === 0) await this.#abort(talk, signal);
    for (let out = this.#send(talk); out !== undefined; out = this.#send(talk)) {
      let reply = await this.#post(talk, out, signal);
      if (reply.status === 401 && this.#isDm2 && !out.done) reply = await this.#prove(talk, out, reply, signal);
      demandMessage(out.url, reply, talk.received === 1 && !out.done, this.#isDm2);
      if (out.done) continue;
      // Time passes while a message is under way.
      this.#pass();
      const open = session.receive(this.tree, { body: reply.body, headers: reply.headers, status: reply.status }, this.#random.env());
      await this.#take(talk, open, signal);
      if (abortAfter !== undefined && talk.received >= abortAfter) await this.#abort(talk, signal);
    }
  }

  /** @param {Talk} talk */
  #send(talk) {
    const due = () => (this.#reportTo === undefined ? this.#due.splice(0) : this.#reports.claim(this.#reportTo));
    if (!talk.isOver) for (const alert of due()) this.#raise(talk, alert);
    return talk.session.send(this.tree, this.#random.env());
  }

  /** @param {Talk} talk @param {ClientAlert} alert */
  #raise(talk, alert) {
    if (alert.code === 1226 && this.#plan.version === "1.1") {
      this.#tell({ type: "withheld", alert });
      return;
    }
    try {
      talk.alerts.set(talk.session.raise(alert), alert);
    } catch (error) {
      // What this dialect has no place for.
      if (!this.#isDm2 || !(error instanceof DmError) || error.code !== "arg") throw error;
      this.#tell({ type: "withheld", alert, reason: error.message });
      return;
    }
    this.#tell({ type: "raised", alert });
  }

  /**
   * The server wants credentials: the same package again, with them, where the user has given some for it and the server takes Basic.
   * @param {Talk} talk @param {Outgoing & { url: string }} out @param {Reply} reply @param {AbortSignal | undefined} signal
   * @returns {Promise<Reply>}
   */
  async #prove(talk, out, reply, signal) {
    const { basic } = this.#plan;
    if (this.#isAsked && basic !== undefined && this.#transport.isOwn(out.url)) {
      throw new TransportError(`${out.url} refuses the credentials of the device`, "the server refuses the credentials of the device");
    }
    const takesBasic = /(?:^|,)\s*basic\b/i.test(reply.headers.get("www-authenticate") ?? "");
    if (basic === undefined || !takesBasic || !this.#transport.isOwn(out.url)) return reply;
    for (const event of talk.session.receive(this.tree, { body: reply.body, headers: reply.headers, status: 401 }, this.#random.env())) this.#tell({ type: "event", event, wasBare: true });
    this.#isAsked = true;
    const again = talk.session.send(this.tree, this.#random.env());
    if (again === undefined) return reply;
    const answer = await this.#post(talk, again, signal);
    return answer.status === 401 ? this.#prove(talk, again, answer, signal) : answer;
  }

  /** What proves the device by HTTP, once it has been asked for. @param {string} url @returns {{ [name: string]: string }} */
  #proof(url) {
    const { basic } = this.#plan;
    if (!this.#isAsked || basic === undefined || !this.#transport.isOwn(url)) return {};
    return { authorization: `Basic ${Buffer.from(`${basic.user}:${basic.password}`).toString("base64")}` };
  }

  /** What servers subscribed to goes out behind a session, when all that goes on has come to its end. @param {AbortSignal} [signal] @returns {Promise<Pick<Report, "end" | "reason"> | undefined>} */
  async #publish(signal) {
    this.rest();
    if (this.tree.subscriptions().length === 0) return undefined;
    const now = this.#random.env()?.now ?? Date.now();
    const lost = await this.#repository.publish(this.tree, { now, epoch: this.#epoch ?? 0 }, (put) => this.#tell({ type: "put", put }), signal);
    return lost[0] && { end: "failed", reason: `what a subscription wants does not arrive: ${lost[0].uri}` };
  }

  /** What goes on goes a step on, and what has ended is due to be told. */
  #pass() {
    for (const one of this.#later) one.messages -= 1;
    const ended = [...workOf(this.#objects, this.tree), ...this.#later.filter(({ messages }) => messages < 0).map(({ alert }) => alert)];
    this.#due.push(...ended.filter((alert) => !this.#reports.takes(alert)));
    this.#later = this.#later.filter(({ messages }) => messages >= 0);
  }

  /**
   * @param {Talk} talk
   * @param {{ url: string, headers: { [name: string]: string }, body: Uint8Array<ArrayBuffer>, contentType: string }} out
   * @param {AbortSignal} [signal]
   */
  async #post(talk, out, signal) {
    const { counts } = talk;
    const message = { ...out, headers: { ...out.headers, ...this.#proof(out.url) } };
    const headers = this.#transport.headers(out.url, message.headers);
    this.#record?.sent(out.url, headers, out.body);
    const sent = messageOf(out.body, headers, this.#isDm2);
    counts.messages += 1;
    counts.octetsSent += out.body.length;
    if (sent !== undefined) countSaid(counts, sent);
    this.#tell({ type: "message", direction: "sent", octets: out.body.length, headers, body: out.body, ...(sent && { document: sent }) });
    // Nothing would tell the server that package 3 came before.
    const isOnce = this.#isDm2 && this.#plan.dialect === "approved" && sent?.type === "dm2" && sent.package.kind === "response";
    const reply = await this.#transport.post(out.url, message, signal, { isOnce });
    this.#record?.received(reply.status, reply.headers, reply.body);
    const got = reply.status === 200 ? messageOf(reply.body, reply.headers, this.#isDm2) : undefined;
    counts.octetsReceived += reply.body.length;
    counts.resent += reply.tries - 1;
    if (got !== undefined) countWanted(counts, got);
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

  /** @param {Talk} talk @param {ClientEvent[]} open @param {AbortSignal | undefined} signal */
  async #take(talk, open, signal) {
    for (let event = open.shift(); event !== undefined; event = open.shift()) {
      const outcome = event.type === "http" ? await this.#repository.ask(event, signal) : this.#answer(event);
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
    if (event.type === "show") return answerPage(script, event.url);
    // What the script says an object does not hear of: it would begin what is not to be.
    const outcome = answerNode(script, event) ?? answerOf(this.#objects, event, this.tree);
    if (event.type === "exec") this.#begun(event, outcome);
    if (outcome !== undefined) return outcome;
    if (event.type !== "read") return { status: 200 };
    const node = this.tree.get(event.uri);
    return node?.data === undefined ? { status: 404 } : { value: node.data, format: node.format, ...(node.type !== undefined && { mime: node.type }) };
  }

  /** What an Exec has begun is told when it ends, and where it says. @param {Extract<Ticket, { type: "exec" }>} event @param {Outcome | undefined} outcome */
  #begun({ uri, correlator, reportTo }, outcome) {
    const { alert, after = 0 } = own(this.#plan.script.exec, uri) ?? {};
    const status = outcome !== undefined && "status" in outcome ? outcome.status : 200;
    const isReported = reportTo !== undefined && status < 300;
    if (isReported) this.#reports.expect(uri, reportTo);
    const told = alert && { ...alert, ...(correlator !== undefined && { correlator }), ...(isReported && { source: uri }) };
    if (told !== undefined) this.#later.push({ alert: told, messages: after });
    // Somebody waits for it, though it is done.
    else if (isReported && status !== 202) this.#later.push({ alert: { code: 1226, alertType: DONE, format: "int", source: uri, data: String(status) }, messages: 0 });
  }

  /** @param {Talk} talk @param {ClientEvent} event */
  #note(talk, event) {
    const alert = "alert" in event ? talk.alerts.get(event.alert) : undefined;
    // What the server has said nothing of is told again in the next session; what every session begins with, it begins with.
    if (event.type === "unanswered" && alert !== undefined && !this.#isOpening(alert)) {
      if (this.#reportTo === undefined) this.#due.push(alert);
      else this.#reports.add(this.#reportTo, alert);
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

  /** As the script wants it. @param {Talk} talk @param {AbortSignal | undefined} signal */
  async #abort(talk, signal) {
    if (talk.isOver) return;
    talk.wasMeantToAbort = true;
    await this.#take(talk, talk.session.abort("the script says so"), signal);
  }

  /** The session cannot go on: the server is told so where it is not its own fault. @param {Talk} talk @param {AbortSignal | undefined} signal @param {unknown} error */
  async #leave(talk, signal, error) {
    try {
      // What a node of the host is to take back is among it.
      await this.#take(talk, talk.session.abort(signal?.aborted ? "interrupted" : undefined), undefined);
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
      // Another server's are none of this account.
      if (this.#reportedTo === undefined) this.#account = { ...this.#account, state: talk.session.save().account };
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
    const reports = this.#reports.save();
    return {
      deviceId: this.deviceId,
      runs: this.#runs + 1,
      account: this.#account.state ?? {},
      tree: this.tree.save(),
      ...(this.#epoch !== undefined && { epoch: this.#epoch }),
      alerts: [...this.#due, ...this.#later.map(({ alert }) => alert)],
      ...(reports !== undefined && { reports }),
      objects: Object.fromEntries(this.#objects.map((object) => [object.name, object.save()])),
    };
  }

  free() {
    this.tree.free();
  }
}

/** A number that no other tree of this device has. @param {Random} random */
function epochOf(random) {
  const entropy = random.env()?.entropy ?? crypto.getRandomValues(new Uint8Array(4));
  return new DataView(entropy.buffer, entropy.byteOffset).getUint32(0);
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
