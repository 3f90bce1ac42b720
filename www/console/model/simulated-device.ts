/**
 * A device in the page: a tree and one session at a time, driven one message at a time.
 *
 * Knows no DOM. The engine makes every message; this loop only carries bytes and writes down what passed.
 *
 *     idle ─ start ─▶ send ─ POST ─▶ receive ─▶ send … ─▶ over
 *                                       └─▶ interaction ─ answer ─▶ send
 */
import { DmClientSession, DmError, verifyNotification } from "omadm";
import type { AccountState, ChangedBy, ClientAlert, ClientEvent, DmTree, Outcome, Outgoing, Trigger, UiCommand } from "omadm";
import { answerOf, workOf } from "omadm/objects";
import type { DeviceObject } from "omadm/objects";
import { reasonOf } from "./admin.js";
import type { LoggedEvent } from "./admin.js";
import { Chance } from "./chance.js";
import { leavesOf, newTree, treeOf } from "./device-tree.js";
import type { Leaf, TreeFile } from "./device-tree.js";
import type { Entry, HostCall, HttpCall, MessageEntry, Step, Unnumbered } from "./entries.js";
import { basic, exchange } from "./exchange.js";
import { chunkIn } from "./large-object.js";
import type { ObjectEntry } from "./large-object.js";
import { objectsAgain, objectsOf } from "./plugged.js";
import { problemOf, sentenceOf } from "./problem.js";
import type { Put } from "./publish.js";
import { publish } from "./publish.js";
import { Repository } from "./repository.js";
import { HMAC, read, signed } from "./seen.js";
import { configOf, formOf, linesIn } from "./settings.js";
import type { Settings } from "./settings.js";

/** In `fetch` data is to be fetched or sent by HTTP. */
export type Phase = "idle" | "send" | "receive" | "fetch" | "interaction" | "over";

/** Whoever tells what the server writes down. */
export interface Listener {
  begin(deviceId: string): Promise<void>;
  news(): Promise<LoggedEvent[]>;
}

export class SimulatedDevice {
  tree: DmTree;
  phase: Phase = "idle";
  entries: Entry[] = [];
  /** What the user is being asked. */
  question: { ticket: number; command: UiCommand } | undefined;
  /** What the host is being asked. */
  call: HostCall | undefined;
  /** What is to be fetched or sent next. */
  private request: HttpCall | undefined;
  /** What the current session did, by URI. */
  changes = new Map<string, ChangedBy>();
  /** The leaves when the current session began. */
  before: ReadonlyMap<string, Leaf> = new Map();
  /** Where it fetches data and sends it, beside the server. */
  readonly repository = new Repository();
  /** Alerts that the next session starts with. */
  waiting: ClientAlert[] = [];

  /** Those of the session, by the engine's numbers. */
  private raised = new Map<number, ClientAlert>();
  /** A message is under way, or what a subscription wants. */
  private isStepping = false;
  private isPublishing = false;
  private hasBegun = false;
  /** The server has asked for credentials by HTTP. */
  private isChallenged = false;
  /** What tells the validators of this tree from those of one before it. */
  private epoch = epochOf();
  private isEnding = false;

  /** What is plugged in, and of what the tree was made beside it. */
  private objects: DeviceObject[];
  private files: readonly TreeFile[] = [];
  /** Alerts of the objects that the session takes along, and all that they ever told. */
  private due: ClientAlert[] = [];
  private readonly told = new WeakSet<ClientAlert>();
  private chance: Chance;

  private session: DmClientSession | undefined;
  /** What whoever arranged the session does before each message of the device. */
  private beforeSend: (() => Promise<void>) | undefined;
  /** What goes to the server next, until it has arrived there. */
  private out: (Outgoing & { url: string }) | undefined;
  private reply: { bytes: Uint8Array; status: number; headers: Headers; url: string } | undefined;
  private accountState: AccountState | undefined;
  private lastId = 0;

  constructor(
    private settings: Settings,
    private readonly url: string,
    private readonly fetch: typeof globalThis.fetch,
    private readonly changed: () => void,
    private readonly listener: Listener,
  ) {
    this.objects = objectsOf(settings.plugged);
    this.tree = newTree(settings.deviceId, this.objects);
    this.chance = new Chance(settings.seed, settings.deviceId);
  }

  /** Something is on the wire. */
  get busy(): boolean {
    return this.isStepping || this.isPublishing;
  }

  /** A device as it leaves the factory: no session, no nonces, the tree as at first. */
  reset(settings: Settings): void {
    const objects = objectsOf(settings.plugged);
    this.renew(settings, objects, newTree(settings.deviceId, objects), []);
  }

  /** A device whose tree is as descriptions or a serialised tree say; gives in words what that is. Throws for files that are neither. */
  load(settings: Settings, files: readonly TreeFile[]): string {
    const objects = objectsOf(settings.plugged);
    const { tree, words } = treeOf(settings.deviceId, files, objects);
    this.renew(settings, objects, tree, files);
    return words;
  }

  /** A device with other objects is a new one, of the same files; gives in words what these are. */
  plug(settings: Settings): string {
    if (this.files.length > 0) return this.load(settings, this.files);
    this.reset(settings);
    return "";
  }

  private renew(settings: Settings, objects: DeviceObject[], tree: DmTree, files: readonly TreeFile[]): void {
    this.end();
    this.tree.free();
    this.tree = tree;
    this.epoch = Math.max(this.epoch + 1, epochOf());
    this.objects = objects;
    this.files = files;
    this.repository.documents.clear();
    this.settings = settings;
    this.chance = new Chance(settings.seed, settings.deviceId);
    this.accountState = undefined;
    this.entries = [];
    this.changes = new Map();
    this.waiting = [];
    this.due = [];
    this.phase = "idle";
    this.changed();
  }

  /** The server has the account anew: nonces of before are void. */
  forgetNonces(): void {
    const treeRevision = this.accountState?.treeRevision;
    this.accountState = treeRevision === undefined ? undefined : { treeRevision };
  }

  /** Opens a session; nothing is sent yet. With `state` the account's is that first. */
  start(settings: Settings, trigger: Trigger, beforeSend?: () => Promise<void>, state?: AccountState): void {
    this.end();
    this.beforeSend = beforeSend;
    const other = settings.deviceId !== this.settings.deviceId;
    this.settings = settings;
    if (other) {
      this.accountState = undefined;
      this.tree.set("./DevInfo/DevId", settings.deviceId);
    }
    if (state !== undefined) this.accountState = state;
    // What is as it was is no change of the tree.
    if (this.tree.get("./DevInfo/DmV")?.data !== settings.version) this.tree.set("./DevInfo/DmV", settings.version);
    this.entries = [];
    this.changes = new Map();
    this.before = leavesOf(this.tree);
    this.raised = new Map();
    this.hasBegun = false;
    this.isChallenged = false;
    this.isEnding = false;
    this.objects = objectsAgain(settings.plugged, this.objects);
    if (!this.chance.isOf(settings.seed, settings.deviceId)) this.chance = new Chance(settings.seed, settings.deviceId);
    try {
      const config = configOf(settings, this.url, this.epoch);
      if (this.accountState !== undefined) config.account.state = this.accountState;
      const all = [...this.objects.flatMap((object) => object.opening?.() ?? []), ...this.waiting];
      const alerts = all.filter((alert) => this.isCarried(alert) || (this.waiting.includes(alert) && !this.told.has(alert)));
      this.session = new DmClientSession(config, { ...trigger, alerts }, this.chance.env());
      this.phase = "send";
      for (const alert of all) {
        if (alerts.includes(alert)) this.noteRaised(alerts.indexOf(alert), alert);
        else this.note({ kind: "event", event: { type: "withheld", alert } });
      }
      this.waiting = [];
    } catch (error) {
      this.phase = "over";
      this.note({ kind: "failure", text: sentenceOf(problemOf(error)) });
    }
    this.changed();
  }

  /**
   * Opens the session that a notification asks for, unless that is to be ignored: then nothing has changed, and why comes back in words. Where the
   * notification says so, the user is asked before anything is sent.
   */
  wake(settings: Settings, body: Uint8Array, resync: boolean): string | undefined {
    const { account } = configOf(settings, this.url);
    const state = settings.deviceId === this.settings.deviceId ? this.accountState : undefined;
    const form = formOf(settings);
    const verdict = verifyNotification(body, { ...account, ...(state && { state }) }, { form, ...(form === "1.2" && { resync }) });
    if (!verdict.ok) return `The notification is ignored: ${verdict.reason}.`;
    const { notification } = verdict;
    const requested = linesIn(settings.requested);
    // One of DM 2.0 is verified by the session itself, which takes from it what it asks for.
    if (notification.form === "1.2") this.start(settings, { by: "server", sessionId: notification.sessionId, requested }, undefined, verdict.state);
    else this.start(settings, { by: "server", notification: body, policy: { form }, requested });
    const before: Entry[] = [
      { kind: "server", id: -1, event: { type: "notified", form: notification.form, ...(resync && { resync }) } },
      { kind: "event", id: 0, event: { type: "believed", notification, octets: body.length } },
    ];
    this.entries = [...before, ...this.entries];
    if ("uiMode" in notification && notification.uiMode === ASKED && this.session !== undefined) {
      this.question = { ticket: CONSENT, command: { type: "confirm", text: `${notification.serverId} asks for a management session. Shall it begin?` } };
      this.phase = "interaction";
    }
    this.changed();
    return undefined;
  }

  /** Takes an alert into the session that goes on, or keeps it for the next. Throws for one that no session of `settings` could carry. */
  raise(alert: ClientAlert, settings: Settings): void {
    if (this.session !== undefined) {
      this.noteRaised(this.session.raise(alert), alert);
    } else {
      const session = new DmClientSession(configOf({ ...settings, maxMsgSize: "", maxObjSize: "" }, this.url), { by: "user", alerts: [alert] });
      session.free();
      this.waiting = [...this.waiting, alert];
    }
    this.changed();
  }

  /** The value that is on its way in chunks. */
  get going(): ObjectEntry | undefined {
    return this.entries.find((entry): entry is ObjectEntry => entry.kind === "object" && entry.state === "going");
  }

  /** The server has been told to end the session. */
  toldToAbort(reason: string): void {
    this.note({ kind: "server", event: { type: "told", reason } });
    this.changed();
  }

  /** An alert that waits is not raised after all. */
  takeBack(alert: ClientAlert): void {
    this.waiting = this.waiting.filter((each) => each !== alert);
    this.changed();
  }

  /** DM 1.1 has no Generic Alert: what an object would tell by one stays untold. A person's is refused. */
  private isCarried({ code }: ClientAlert): boolean {
    return this.settings.version !== "1.1" || code !== 1226;
  }

  private noteRaised(number: number, alert: ClientAlert): void {
    this.raised.set(number, alert);
    this.note({ kind: "event", event: { type: "raised", alert } });
  }

  /** Carries one message. False where it failed, or where there is none to carry. */
  async step(): Promise<boolean> {
    const goesOn = await this.carry();
    await this.publish();
    return goesOn;
  }

  private async carry(): Promise<boolean> {
    if (this.busy || this.session === undefined) return false;
    this.isStepping = true;
    this.changed();
    try {
      if (this.phase === "send") {
        await this.beforeSend?.();
        return await this.send(this.session);
      }
      if (this.phase === "receive") return this.receive(this.session);
      if (this.phase === "fetch") return await this.exchange(this.session);
      return false;
    } catch (error) {
      this.note({ kind: "failure", text: sentenceOf(problemOf(error)) });
      this.close();
      return false;
    } finally {
      this.isStepping = false;
      this.changed();
    }
  }

  /** Steps until the session is over, fails or asks the user. */
  async run(): Promise<void> {
    while (await this.step());
  }

  /** The answer to `question` or to `call`. One that the engine does not take leaves it open, and comes back in words. */
  answer(outcome: Outcome): string | undefined {
    const { question, call, session } = this;
    const ticket = question?.ticket ?? call?.ticket;
    if (ticket === undefined || session === undefined) return undefined;
    if (ticket === CONSENT) {
      this.consent("status" in outcome && outcome.status === 200);
      return undefined;
    }
    try {
      const events = session.complete(this.tree, ticket, outcome);
      this.question = undefined;
      this.call = undefined;
      const by = question === undefined ? "host" : question.command.type === "display" ? "reader" : "user";
      this.note({ kind: "event", event: { type: "settled", by, outcome, ...(question !== undefined && { command: question.command }) } });
      this.take(events);
    } catch (error) {
      const words = sentenceOf(problemOf(error));
      if (error instanceof DmError && error.code === "arg") return words;
      this.note({ kind: "failure", text: words });
      this.close();
    }
    void this.publish();
    this.changed();
    return undefined;
  }

  /** The user lets the session begin, or there is none. */
  private consent(ok: boolean): void {
    this.question = undefined;
    this.note({ kind: "event", event: { type: "consented", ok } });
    this.phase = "send";
    if (!ok) this.close();
    this.changed();
  }

  /** The next message carries Alert 1223; a session that has sent none yet is over at once. */
  abort(reason: string): void {
    if (this.session === undefined) return;
    this.question = undefined;
    this.call = undefined;
    this.request = undefined;
    this.reply = undefined;
    this.beforeSend = undefined;
    this.take(this.session.abort(reason === "" ? undefined : reason), false);
    // What an Atomic has done at the host may have to be taken back first.
    if (this.question === undefined && this.call === undefined) this.prepare(this.session);
    this.changed();
  }

  private async send(session: DmClientSession): Promise<boolean> {
    if (this.out === undefined) this.prepare(session);
    const { out } = this;
    if (out === undefined) return false;
    if (!this.hasBegun) await this.listener.begin(this.settings.deviceId).catch(() => undefined);
    this.hasBegun = true;
    const message = this.note({ kind: "message", direction: "out", bytes: out.body, ...signed(out.headers[HMAC]), ...read(out.body, out.headers) });
    this.changed();
    let response: Response;
    try {
      // The engine's octets live in an ordinary buffer: the cast only says so.
      const body = out.body as Uint8Array<ArrayBuffer>;
      const headers = { ...out.headers, ...(this.isChallenged && { authorization: basic(this.settings) }) };
      response = await this.fetch(out.url, { method: "POST", headers, body, cache: "no-store", credentials: "omit" });
    } catch {
      // In DM 2.0 the engine says whether it may go out once more.
      if (this.isDm2) this.out = undefined;
      this.note({ kind: "failure", text: "No answer: the server cannot be reached. “Step” sends the message again." });
      return false;
    }
    if (this.isDm2 && response.status !== 401 && !response.ok) this.note({ kind: "failure", text: `The server answered ${await reasonOf(response.clone())}` });
    if (!response.ok && !this.isDm2) {
      const reason = await reasonOf(response);
      const isFinal = response.status < 500 && !PASSING.includes(response.status);
      this.note({ kind: "failure", text: isFinal ? `The server refused the message: ${reason}. The session is over.` : `The server answered ${reason}` });
      if (isFinal) this.close();
      return false;
    }
    this.out = undefined;
    // A server that keeps its thoughts to itself is as good.
    const news = await this.listener.news().catch(() => []);
    const received = news.find((event) => event.type === "progress" && event.direction === "received");
    if (received?.type === "progress") this.advance("out", message, received.bytes, received.total ?? received.bytes);
    else if (news.length > 0) this.breakOff("out");
    for (const event of news) if (event.type !== "progress" && !PASSED_OVER.includes(event.type)) this.note({ kind: "server", event });
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (out.done) {
      // Nobody waits for it, but it was on the wire.
      if (bytes.length > 0) this.note({ kind: "message", direction: "in", bytes, ...signed(response.headers.get(HMAC)), ...read(bytes, response.headers) });
      this.close();
      return false;
    }
    this.reply = { bytes, status: response.status, headers: response.headers, url: out.url };
    this.phase = "receive";
    return true;
  }

  private receive(session: DmClientSession): boolean {
    const { reply } = this;
    if (reply === undefined) return false;
    this.reply = undefined;
    this.pass();
    const seen = { bytes: reply.bytes, ...signed(reply.headers.get(HMAC)), ...read(reply.bytes, reply.headers) };
    const message = reply.bytes.length === 0 && this.isDm2 ? -1 : this.note({ kind: "message", direction: "in", ...seen });
    const events = session.receive(this.tree, { body: reply.bytes, headers: reply.headers, status: reply.status }, this.chance.env());
    const received = events.find((event) => event.type === "progress" && event.direction === "received");
    if (received?.type === "progress") this.advance("in", message, received.bytes, received.total, received.uri);
    else this.breakOff("in");
    this.take(events);
    return this.phase === "send" || this.phase === "fetch";
  }

  /** Fetches or sends what the server has asked for: the engine lets it name no other origin than its own. */
  private async exchange(session: DmClientSession): Promise<boolean> {
    const { request } = this;
    if (request === undefined) return false;
    this.request = undefined;
    const outcome = await exchange(this.fetch, this.repository, request);
    this.note({ kind: "event", event: { type: "settled", by: "network", outcome } });
    this.take(session.complete(this.tree, request.ticket, outcome));
    return this.phase !== "interaction";
  }

  private get isDm2(): boolean {
    return this.settings.version === "2.0";
  }

  /** Time passes: what goes on in the objects goes a step on. */
  private pass(): void {
    if (!this.objects.some(({ isBusy }) => isBusy)) return;
    const { result, steps } = this.watch(() => workOf(this.objects, this.tree));
    this.noteSteps(steps);
    for (const alert of result) this.told.add(alert);
    this.due.push(...result);
  }

  /** Between two sessions there is time for all that goes on. Its outcome is told in the next. */
  private rest(): void {
    for (let steps = 0; steps < MOST_STEPS && this.objects.some(({ isBusy }) => isBusy); steps += 1) this.pass();
    for (const alert of this.due) this.note({ kind: "event", event: { type: "due", alert } });
    this.waiting = [...this.waiting, ...this.due.splice(0)];
  }

  /** What the objects do in the tree meanwhile. */
  private watch<Result>(work: () => Result): { result: Result; steps: Step[] } {
    const from = this.tree.revision;
    const result = work();
    const last = new Map((this.tree.changes(from) ?? []).map(({ uri, by }) => [uri, by]));
    const steps = [...last].map(([uri, by]): Step => {
      const leaf = this.tree.get(uri);
      return { uri, by, ...(leaf?.data !== undefined && { leaf }) };
    });
    return { result, steps };
  }

  private noteSteps(steps: Step[]): void {
    if (steps.length === 0) return;
    for (const { uri, by } of steps) this.changes.set(uri, by);
    this.note({ kind: "event", event: { type: "worked", steps } });
  }

  /** Without `mayPrepare` whoever calls asks for what goes out next. */
  private take(events: ClientEvent[], mayPrepare = true): void {
    this.phase = "send";
    const open = [...events];
    for (let event = open.shift(); event !== undefined; event = open.shift()) {
      const known = event;
      const { result: outcome, steps } = this.watch(() => answerOf(this.objects, known, this.tree));
      if (event.type === "interaction") {
        this.question = { ticket: event.ticket, command: event.command };
        this.phase = "interaction";
        this.note({ kind: "event", event: { type: "asked", command: event.command } });
      } else if (event.type === "http") {
        this.request = event;
        this.phase = "fetch";
        this.note({ kind: "event", event: { type: "exchanged", request: event, octets: event.body?.length ?? 0 } });
      } else if (event.type === "unauthenticated" && this.isDm2 && !this.isChallenged) {
        this.isChallenged = true;
        this.note({ kind: "event", event: { type: "challenged" } });
      } else if ("ticket" in event) {
        this.note({ kind: "event", event: { type: "called", call: event } });
        if (outcome !== undefined && this.session !== undefined) {
          this.note({ kind: "event", event: { type: "settled", by: "object", outcome } });
          open.unshift(...this.session.complete(this.tree, event.ticket, outcome));
        } else {
          this.call = event;
          this.phase = "interaction";
        }
      } else if (event.type !== "progress") {
        if (event.type === "changed") this.changes.set(event.uri, event.by);
        const alert = "alert" in event ? this.raised.get(event.alert) : undefined;
        this.note({ kind: "event", event, ...(alert !== undefined && { alert }) });
        // What the server has said nothing of is told again.
        if (event.type === "unanswered" && alert !== undefined && this.told.has(alert)) this.due.push(alert);
        const isOver = event.type === "finished" || event.type === "aborted";
        if (isOver) this.isEnding = true;
        if (mayPrepare && isOver && this.session !== undefined) this.prepare(this.session);
      }
      this.noteSteps(steps);
    }
  }

  /** Asks the engine for what to send; where that is nothing, the session is over. */
  private prepare(session: DmClientSession): void {
    if (!this.isEnding) this.tell(session);
    this.out = session.send(this.tree, this.chance.env());
    if (this.out === undefined) this.close();
    else this.phase = "send";
  }

  /** What the objects have to tell goes out with the next message. */
  private tell(session: DmClientSession): void {
    for (const alert of this.due.splice(0)) {
      if (this.isCarried(alert)) this.noteRaised(session.raise(alert), alert);
      else this.note({ kind: "event", event: { type: "withheld", alert } });
    }
  }

  private note(entry: Unnumbered): number {
    this.lastId += 1;
    const { going } = this;
    if (entry.kind === "message" && going !== undefined) this.mend(going, { messages: [...going.messages, this.lastId] });
    this.entries = [...this.entries, { ...entry, id: this.lastId }];
    return this.lastId;
  }

  /** A chunk has passed in this message: it begins an object or goes on with the one that is under way. */
  private advance(direction: ObjectEntry["direction"], message: number, octets: number, total: number, named?: string): void {
    const carrier = this.entries.find((entry): entry is MessageEntry => entry.kind === "message" && entry.id === message);
    const uri = named ?? chunkIn(carrier?.document) ?? this.going?.uri ?? "";
    const state = octets < total ? "going" : "whole";
    const { going } = this;
    const goesOn = going?.direction === direction && going.total === total && going.octets < octets && going.uri === uri;
    if (going !== undefined && !goesOn) this.mend(going, { state: "broken" });
    if (goesOn) this.mend(going, { chunks: going.chunks + 1, octets, state });
    if (carrier !== undefined) this.mend(carrier, { chunk: goesOn ? going.chunks + 1 : 1 });
    if (!goesOn) this.note({ kind: "object", direction, uri, chunks: 1, octets, total, state, messages: [message] });
  }

  /** What should have come next has not. */
  private breakOff(direction: ObjectEntry["direction"]): void {
    const { going } = this;
    if (going?.direction === direction) this.mend(going, { state: "broken" });
  }

  private mend<Kind extends Entry>({ id }: Kind, change: Partial<Kind>): void {
    this.entries = this.entries.map((entry) => (entry.id === id ? { ...entry, ...change } : entry));
  }

  /** The session is over: its nonces serve the next one. */
  private close(): void {
    if (this.session !== undefined) {
      try {
        this.accountState = this.session.save().account;
      } catch {
        this.accountState = undefined;
      }
    }
    this.end();
    this.breakOff("in");
    this.breakOff("out");
    this.rest();
    this.phase = "over";
  }

  /** Sends what servers subscribed to and what has changed: behind a session, and behind what somebody does to the tree between two. */
  async publish(): Promise<void> {
    const { tree } = this;
    if (this.busy || this.session !== undefined || tree.subscriptions().length === 0) return;
    this.isPublishing = true;
    try {
      const moment = { now: this.chance.env()?.now ?? Date.now(), epoch: this.epoch };
      const tell = (put: Put): void => {
        this.note({ kind: "event", event: { type: "published", put } });
        this.changed();
      };
      await publish(tree, moment, (request) => exchange(this.fetch, this.repository, request), tell, () => this.tree !== tree);
    } finally {
      this.isPublishing = false;
      this.changed();
    }
  }

  private end(): void {
    this.session?.free();
    this.session = undefined;
    this.beforeSend = undefined;
    this.question = undefined;
    this.call = undefined;
    this.request = undefined;
    this.out = undefined;
    this.reply = undefined;
  }
}

/** Steps of an operation at most; no choice of patience makes it as long. */
const MOST_STEPS = 4_096;
/** What the messages say as well. */
const PASSED_OVER = ["status", "results", "repeated", "unauthenticated"];
/** HTTP statuses of the sender's fault that may be others the next time. */
const PASSING = [408, 425, 429];

/** The UI mode in which the user is asked first, and the ticket of that question, which no session gives. */
const ASKED = 3;
const CONSENT = -1;

/** Seconds since 1970. */
const epochOf = (): number => Math.floor(Date.now() / 1_000);
