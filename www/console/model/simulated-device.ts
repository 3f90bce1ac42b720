/**
 * A device in the page: a tree and one session at a time, driven one message at a time.
 *
 * Knows no DOM. The engine makes every message; this loop only carries bytes and writes down what passed.
 *
 *     idle ─ start ─▶ send ─ POST ─▶ receive ─▶ send … ─▶ over
 *                                       └─▶ interaction ─ answer ─▶ send
 */
import { DmClientSession, DmError, decode } from "omadm";
import type { AccountState, ChangedBy, ClientAlert, ClientEvent, DmTree, Outcome, Outgoing, SyncMlDocument, Trigger, UiCommand } from "omadm";
import { reasonOf } from "./admin.js";
import type { LoggedEvent } from "./admin.js";
import { leavesOf, newTree, treeOf } from "./device-tree.js";
import type { Leaf } from "./device-tree.js";
import type { ObjectEntry } from "./large-object.js";
import { problemOf, sentenceOf } from "./problem.js";
import { configOf } from "./settings.js";
import type { Settings } from "./settings.js";
import { uriOf } from "./summary.js";

export type Phase = "idle" | "send" | "receive" | "interaction" | "over";

export interface MessageEntry {
  kind: "message";
  id: number;
  /** Seen from the device. */
  direction: "out" | "in";
  /** As they were on the wire. */
  bytes: Uint8Array;
  /** The header `x-syncml-hmac`, where it was signed. */
  hmac?: string;
  /** Absent where the octets are no message. */
  document?: SyncMlDocument;
  /** Which chunk of a large object is in it. */
  chunk?: number;
}
export interface EventEntry {
  kind: "event";
  id: number;
  event: Exclude<ClientEvent, { ticket: number } | { type: "progress" }> | OwnEvent;
  /** Of what became of an alert. */
  alert?: ClientAlert;
}
/** What the engine need not tell, since it comes from here. */
type OwnEvent =
  | { type: "called"; call: HostCall }
  | { type: "asked"; command: UiCommand }
  | { type: "settled"; by: "user" | "host" | "reader"; outcome: Outcome; command?: UiCommand }
  | { type: "raised"; alert: ClientAlert };
/** What the server wrote down of the message before. */
export interface ServerEntry {
  kind: "server";
  id: number;
  event: Exclude<LoggedEvent, { type: "progress" }>;
}
export interface FailureEntry {
  kind: "failure";
  id: number;
  text: string;
}
export type Entry = MessageEntry | EventEntry | ServerEntry | FailureEntry | ObjectEntry;
/** What a server asks of a node that is the host's. */
export type HostCall = Extract<ClientEvent, { type: "exec" | "read" | "write" | "undo" }>;
type Unnumbered = Omit<ObjectEntry, "id"> | Omit<MessageEntry, "id"> | Omit<EventEntry, "id"> | Omit<ServerEntry, "id"> | Omit<FailureEntry, "id">;
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
  /** What the current session did, by URI. */
  changes = new Map<string, ChangedBy>();
  /** The leaves when the current session began. */
  before: ReadonlyMap<string, Leaf> = new Map();
  /** A message is under way. */
  busy = false;
  /** Alerts that the next session starts with. */
  waiting: ClientAlert[] = [];

  /** Those of the session, by the engine's numbers. */
  private raised = new Map<number, ClientAlert>();
  private hasBegun = false;

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
    this.tree = newTree(settings.deviceId);
  }

  /** A device as it leaves the factory: no session, no nonces, the tree as at first. */
  reset(settings: Settings): void {
    this.end();
    this.tree.free();
    this.tree = newTree(settings.deviceId);
    this.settings = settings;
    this.accountState = undefined;
    this.entries = [];
    this.changes = new Map();
    this.waiting = [];
    this.phase = "idle";
    this.changed();
  }

  /** A device whose tree is as descriptions or a serialised tree say; gives in words what that is. Throws for files that are neither. */
  load(settings: Settings, files: { name: string; bytes: Uint8Array }[]): string {
    const { tree, words } = treeOf(settings.deviceId, files);
    this.reset(settings);
    this.tree.free();
    this.tree = tree;
    this.changed();
    return words;
  }

  /** The server has the account anew: nonces of before are void. */
  forgetNonces(): void {
    const treeRevision = this.accountState?.treeRevision;
    this.accountState = treeRevision === undefined ? undefined : { treeRevision };
  }

  /** Opens a session; nothing is sent yet. */
  start(settings: Settings, trigger: Trigger, beforeSend?: () => Promise<void>): void {
    this.end();
    this.beforeSend = beforeSend;
    const other = settings.deviceId !== this.settings.deviceId;
    this.settings = settings;
    if (other) {
      this.accountState = undefined;
      this.tree.set("./DevInfo/DevId", settings.deviceId);
    }
    // What is as it was is no change of the tree.
    if (this.tree.get("./DevInfo/DmV")?.data !== settings.version) this.tree.set("./DevInfo/DmV", settings.version);
    this.entries = [];
    this.changes = new Map();
    this.before = leavesOf(this.tree);
    this.raised = new Map();
    this.hasBegun = false;
    try {
      const config = configOf(settings, this.url);
      if (this.accountState !== undefined) config.account.state = this.accountState;
      this.session = new DmClientSession(config, { ...trigger, alerts: this.waiting });
      this.phase = "send";
      for (const [number, alert] of this.waiting.entries()) this.noteRaised(number, alert);
      this.waiting = [];
    } catch (error) {
      this.phase = "over";
      this.note({ kind: "failure", text: sentenceOf(problemOf(error)) });
    }
    this.changed();
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

  private noteRaised(number: number, alert: ClientAlert): void {
    this.raised.set(number, alert);
    this.note({ kind: "event", event: { type: "raised", alert } });
  }

  /** Carries one message. False where it failed, or where there is none to carry. */
  async step(): Promise<boolean> {
    if (this.busy || this.session === undefined) return false;
    this.busy = true;
    this.changed();
    try {
      if (this.phase === "send") {
        await this.beforeSend?.();
        return await this.send(this.session);
      }
      if (this.phase === "receive") return this.receive(this.session);
      return false;
    } catch (error) {
      this.note({ kind: "failure", text: sentenceOf(problemOf(error)) });
      this.close();
      return false;
    } finally {
      this.busy = false;
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
    this.changed();
    return undefined;
  }

  /** The next message carries Alert 1223; a session that has sent none yet is over at once. */
  abort(reason: string): void {
    if (this.session === undefined) return;
    this.question = undefined;
    this.call = undefined;
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
    const message = this.note({ kind: "message", direction: "out", bytes: out.body, ...signed(out.headers[HMAC]), ...read(out.body) });
    this.changed();
    let response: Response;
    try {
      // The engine's octets live in an ordinary buffer: the cast only says so.
      const body = out.body as Uint8Array<ArrayBuffer>;
      response = await this.fetch(out.url, { method: "POST", headers: out.headers, body, cache: "no-store" });
    } catch {
      this.note({ kind: "failure", text: "No answer: the server cannot be reached. “Step” sends the message again." });
      return false;
    }
    if (!response.ok) {
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
      if (bytes.length > 0) this.note({ kind: "message", direction: "in", bytes, ...signed(response.headers.get(HMAC)), ...read(bytes) });
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
    const message = this.note({ kind: "message", direction: "in", bytes: reply.bytes, ...signed(reply.headers.get(HMAC)), ...read(reply.bytes) });
    const events = session.receive(this.tree, { body: reply.bytes, headers: reply.headers, status: reply.status });
    const received = events.find((event) => event.type === "progress" && event.direction === "received");
    if (received?.type === "progress") this.advance("in", message, received.bytes, received.total, received.uri);
    else this.breakOff("in");
    this.take(events);
    return this.phase === "send";
  }

  /** Without `mayPrepare` whoever calls asks for what goes out next. */
  private take(events: ClientEvent[], mayPrepare = true): void {
    this.phase = "send";
    for (const event of events) {
      if (event.type === "interaction") {
        this.question = { ticket: event.ticket, command: event.command };
        this.phase = "interaction";
        this.note({ kind: "event", event: { type: "asked", command: event.command } });
      } else if ("ticket" in event) {
        this.call = event;
        this.phase = "interaction";
        this.note({ kind: "event", event: { type: "called", call: event } });
      } else if (event.type !== "progress") {
        if (event.type === "changed") this.changes.set(event.uri, event.by);
        const alert = "alert" in event ? this.raised.get(event.alert) : undefined;
        this.note({ kind: "event", event, ...(alert !== undefined && { alert }) });
        if (mayPrepare && (event.type === "finished" || event.type === "aborted") && this.session !== undefined) this.prepare(this.session);
      }
    }
  }

  /** Asks the engine for what to send; where that is nothing, the session is over. */
  private prepare(session: DmClientSession): void {
    this.out = session.send(this.tree);
    if (this.out === undefined) this.close();
    else this.phase = "send";
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
    this.phase = "over";
  }

  private end(): void {
    this.session?.free();
    this.session = undefined;
    this.beforeSend = undefined;
    this.question = undefined;
    this.call = undefined;
    this.out = undefined;
    this.reply = undefined;
  }
}

/** What the messages say as well. */
const PASSED_OVER = ["status", "results", "repeated", "unauthenticated"];
/** HTTP statuses of the sender's fault that may be others the next time. */
const PASSING = [408, 425, 429];

const HMAC = "x-syncml-hmac";

/** What a device sends in chunks, by where it comes from; the last chunk is like any other item. */
function chunkIn(document: SyncMlDocument | undefined): string | undefined {
  const results = document?.message.commands.filter((command) => command.type === "results") ?? [];
  const items = results.flatMap((command) => command.items);
  const item = items.find(({ moreData }) => moreData);
  return item === undefined ? undefined : uriOf(item);
}

function signed(hmac: string | null | undefined): { hmac?: string } {
  return typeof hmac === "string" ? { hmac } : {};
}

function read(bytes: Uint8Array): { document?: SyncMlDocument } {
  try {
    const document = decode(bytes);
    return document.type === "syncml" ? { document } : {};
  } catch {
    return {};
  }
}
