/**
 * A device in the page: a tree and one session at a time, driven one message at a time.
 *
 * Knows no DOM. The engine makes every message; this loop only carries bytes and writes down what passed.
 *
 *     idle ─ start ─▶ send ─ POST ─▶ receive ─▶ send … ─▶ over
 *                                       └─▶ interaction ─ answer ─▶ send
 */
import { DmClientSession, DmError, decode } from "omadm";
import type { AccountState, ChangedBy, ClientEvent, DmTree, Outcome, Outgoing, SyncMlDocument, Trigger, UiCommand } from "omadm";
import { reasonOf } from "./admin.js";
import { leavesOf, newTree, treeOf } from "./device-tree.js";
import type { Leaf } from "./device-tree.js";
import { problemOf, sentenceOf } from "./problem.js";
import { accountOf } from "./settings.js";
import type { Settings } from "./settings.js";

export type Phase = "idle" | "send" | "receive" | "interaction" | "over";

export interface MessageEntry {
  kind: "message";
  id: number;
  /** Seen from the device. */
  direction: "out" | "in";
  /** As they were on the wire. */
  bytes: Uint8Array;
  /** Absent where the octets are no message. */
  document?: SyncMlDocument;
}
export interface EventEntry {
  kind: "event";
  id: number;
  event: Exclude<ClientEvent, { ticket: number }> | { type: "called"; call: HostCall } | { type: "asked"; command: UiCommand } | { type: "answered"; by: "user" | "host" | "reader"; outcome: Outcome };
}
export interface FailureEntry {
  kind: "failure";
  id: number;
  text: string;
}
export type Entry = MessageEntry | EventEntry | FailureEntry;
/** What a server asks of a node that is the host's. */
export type HostCall = Extract<ClientEvent, { type: "exec" | "read" | "write" | "undo" }>;
type Unnumbered = Omit<MessageEntry, "id"> | Omit<EventEntry, "id"> | Omit<FailureEntry, "id">;

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
    this.accountState = undefined;
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
    this.tree.set("./DevInfo/DmV", settings.version);
    this.entries = [];
    this.changes = new Map();
    this.before = leavesOf(this.tree);
    const account = accountOf(settings);
    if (this.accountState !== undefined) account.state = this.accountState;
    try {
      this.session = new DmClientSession(
        { account, url: this.url, version: settings.version, encoding: settings.encoding, interactions: ["display", "confirm", "input", "choose"] },
        trigger,
      );
      this.phase = "send";
    } catch (error) {
      this.phase = "over";
      this.note({ kind: "failure", text: sentenceOf(problemOf(error)) });
    }
    this.changed();
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
      this.note({ kind: "event", event: { type: "answered", by: question === undefined ? "host" : question.command.type === "display" ? "reader" : "user", outcome } });
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
  abort(): void {
    if (this.session === undefined) return;
    this.question = undefined;
    this.call = undefined;
    this.reply = undefined;
    this.beforeSend = undefined;
    this.session.abort(STOPPED);
    this.note({ kind: "event", event: { type: "aborted", by: "device", reason: STOPPED } });
    this.prepare(this.session);
    this.changed();
  }

  private async send(session: DmClientSession): Promise<boolean> {
    if (this.out === undefined) this.prepare(session);
    const { out } = this;
    if (out === undefined) return false;
    this.note({ kind: "message", direction: "out", bytes: out.body, ...read(out.body) });
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
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (out.done) {
      // Nobody waits for it, but it was on the wire.
      if (bytes.length > 0) this.note({ kind: "message", direction: "in", bytes, ...read(bytes) });
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
    this.note({ kind: "message", direction: "in", bytes: reply.bytes, ...read(reply.bytes) });
    this.take(session.receive(this.tree, { body: reply.bytes, headers: reply.headers, status: reply.status }));
    return this.phase === "send";
  }

  private take(events: ClientEvent[]): void {
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
      } else {
        if (event.type === "changed") this.changes.set(event.uri, event.by);
        this.note({ kind: "event", event });
        if ((event.type === "finished" || event.type === "aborted") && this.session !== undefined) this.prepare(this.session);
      }
    }
  }

  /** Asks the engine for what to send; where that is nothing, the session is over. */
  private prepare(session: DmClientSession): void {
    this.out = session.send(this.tree);
    if (this.out === undefined) this.close();
    else this.phase = "send";
  }

  private note(entry: Unnumbered): void {
    this.lastId += 1;
    this.entries = [...this.entries, { ...entry, id: this.lastId }];
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

const STOPPED = "stopped at the console";
/** HTTP statuses of the sender's fault that may be others the next time. */
const PASSING = [408, 425, 429];

function read(bytes: Uint8Array): { document?: SyncMlDocument } {
  try {
    const document = decode(bytes);
    return document.type === "syncml" ? { document } : {};
  } catch {
    return {};
  }
}
