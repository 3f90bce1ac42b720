/**
 * omadm: OMA Device Management, both sides, without I/O.
 *
 * Everything is synchronous: the host awaits between calls. Every function throws only {@link DmError}.
 * Plain data crosses the boundary; only the three classes are handles, to be ended with `free()`.
 */
import type { Account, AuthScheme, NotificationDocument, NotificationOptions, Saved, SavedSince, UiMode, Verdict } from "./accounts.js";
import type { ClientAlert, NewCommand } from "./commands.js";
import type { Ddf } from "./ddf.js";
import type { ClientConfig, ClientEvent, Outcome, Trigger } from "./device.js";
import type { Dm2Document, Dm2Peek, Due, DueOptions, MoDocument } from "./dm2.js";
import type { ServerEvent } from "./events.js";
import type { NodeOptions, TreeChange, TreeNode, TreeSource } from "./nodes.js";
export * from "./accounts.js";
export type * from "./commands.js";
export type * from "./ddf.js";
export type * from "./device.js";
export type * from "./dm2.js";
export type * from "./events.js";
export type * from "./nodes.js";
declare global {
  interface SymbolConstructor {
    readonly dispose: unique symbol;
  }
}

/** Loads the module. Idempotent; a no-op where it is loaded at import (Node, workerd). */
export function init(module?: unknown): Promise<void>;
/** Loads the module from a compiled `WebAssembly.Module`. Idempotent. */
export function initSync(module: unknown): void;

/** The kind of an error: a closed set. */
export type ErrorCode =
  | "syntax" | "truncated" | "trailing" | "encoding" | "char" | "dtd" | "entity" | "ns" | "schema" | "token" | "range" | "version"
  | "charset" | "number" | "limit" | "state" | "auth" | "snapshot" | "entropy" | "arg" | "disposed" | "busy" | "poisoned";

/** The only error that is thrown. Its message holds no secret. */
export class DmError extends Error {
  readonly name: "DmError";
  readonly code: ErrorCode;
  /** Whose fault it is. */
  readonly fault: "input" | "peer" | "caller" | "snapshot" | "host";
  /** The limit that is exceeded, with code `limit`. */
  readonly limit?: keyof Limits;
  /** What would have been right. */
  readonly expected?: string;
  /** The DM status that the peer would be sent for it. */
  readonly status?: number;
  /** The HTTP status with which a server answers. */
  readonly http?: number;
  /** Octets from the start of the input. */
  readonly offset?: number;
  /** Where in the message: `SyncBody/Replace[2]/Item/Meta`. */
  readonly path?: string;
}

/** Time in milliseconds since 1970 and at least 32 octets of randomness, new for every call. Left out: the platform's. */
export type Env = { now: number; entropy: Uint8Array };
/** Headers, whatever they came in: those of `fetch`, pairs, a Map, or a record such as `request.headers` of Node. Names count in either case. */
export type HeaderList =
  | Record<string, string | string[] | undefined>
  | Iterable<[string, string]>
  | { forEach(f: (value: string, name: string) => void): void };

/**
 * What came over the transport. Without `contentType` the header `content-type` counts, without that the octets. Of `headers` this and
 * `x-syncml-hmac` (the scheme `hmac`) count, and of DM 2.0 `accept`, `omadm-devid` and `omadm-accept`; the others are passed over, so hand in all that came.
 * `url` is the address that was called and carries the token of RespURI; `status` is the HTTP status of a reply; `peer` is an
 * identity that the transport has authenticated.
 */
export interface Received {
  body: Uint8Array;
  contentType?: string;
  headers?: HeaderList;
  url?: string;
  status?: number;
  peer?: string;
}
/**
 * What goes over the transport. `headers` are to be sent as they are: `content-type`, and `x-syncml-hmac` where the sender proves itself by the
 * scheme `hmac`, over exactly these octets. `done`: the session is over and no reply is expected.
 */
export interface Outgoing {
  body: Uint8Array<ArrayBuffer>;
  contentType: string;
  headers: Record<string, string>;
  done: boolean;
}

/** Bounds on what a peer can make us do. Octets, or counts. */
export interface Limits {
  /** Octets of one message: 1,048,576. */
  bytes: number;
  /** Nesting of elements: 32, at most 256. */
  depth: number;
  /** Items in one message: 10,000. A device in which more waits to be said takes no further commands: it aborts. */
  items: number;
  /** Attributes on one element: 16. */
  attributes: number;
  /** Namespace declarations on one element: 16. */
  namespaces: number;
  /** Octets of text in one message: 1,048,576. */
  textBytes: number;
  /** Octets of all large objects of a session: 67,108,864, which is also what those of all sessions in one instance of the module have; what is restored or raised counts, and is not refused. */
  objectBytes: number;
  /** Commands in one message: 1,000. A server aborts where more Statuses wait for a message with room. */
  commands: number;
  /** Nodes of one tree: 200,000. */
  nodes: number;
  /** Messages of one session: 1,000, and one more for each 128 octets of large objects that travel, up to `objectBytes`. */
  messages: number;
  /** Messages in succession that only ask for the next: 8. */
  emptyTurns: number;
  /** The smallest MaxMsgSize that a peer may ask for: 1,000 octets. */
  minMsgSize: number;
}

export type DmVersion = "1.1" | "1.2" | "1.3";
export type Encoding = "xml" | "wbxml";
export type Format = "b64" | "bin" | "bool" | "chr" | "int" | "node" | "null" | "xml" | "date" | "time" | "float";
/** Text, octets, or markup kept as it stood (a literal XML fragment inside Data). */
export type Data = string | Uint8Array | { markup: string };

// ------------------------------------------------------------------------------------------------------------------ codec

/** What can be known before anything is trusted. Cheap: stops at the header. */
export interface Peek {
  protocol: 1;
  encoding: Encoding;
  verDtd: string;
  verProto: string;
  sessionId: string;
  msgId: number;
  source: string;
  target: string;
  user?: string;
  credType?: string;
}
/** Of a package of DM 2.0 `source` is the device, too: hand in its headers, among which the approved dialect names it. */
export function peek(message: Uint8Array | Received): Peek | Dm2Peek;

/**
 * A document, by content type or, without one, by its octets. A MgmtTree whose nodes have DFProperties anywhere is a device description (DDF),
 * any other a serialised tree (TNDS); descriptions are read from XML only. A notification is told from all others by its octets, too. A JSON
 * object is a package of DM 2.0, an array is data of management objects.
 */
export type DmDocument = SyncMlDocument | TndsDocument | DdfDocument | NotificationDocument | Dm2Document | MoDocument;
export interface SyncMlDocument {
  type: "syncml";
  encoding: Encoding;
  /** Where it was read from WBXML. */
  wbxml?: WbxmlForm;
  message: SyncMlMessage;
}
export interface TndsDocument {
  type: "tnds";
  encoding: Encoding;
  /** Where it was read from WBXML. */
  wbxml?: WbxmlForm;
  /** The maker of the device. */
  man?: string;
  /** The model of the device. */
  mod?: string;
  /** Directly under MgmtTree; at least one. */
  nodes: TndsNode[];
}
export interface DdfDocument {
  type: "ddf";
  ddf: Ddf;
}
/** A node of a serialised tree, with the nodes inside it. */
export interface TndsNode {
  /** Empty: the last segment of what the command names. Missing: the recipient chooses. */
  name?: string;
  /** The parent of a node directly under MgmtTree. */
  path?: string;
  format?: Format;
  /** The media type of a leaf, or the identifier of a management object. */
  type?: string;
  data?: Data;
  acl?: string;
  title?: string;
  /** When the node changed last, such as `20260102T030405Z`. */
  tstamp?: string;
  /** How often the node has changed, modulo 65,536. */
  verNo?: number;
  children: TndsNode[];
}
/** What WBXML leaves open; messages differ in it that say the same. */
export interface WbxmlForm {
  /** The minor version of WBXML 1.x. */
  version: 1 | 2 | 3;
  /** The number assigned to the document type, or its formal public identifier. */
  publicId: number | string;
  /** Strings stand in a table at the start, beside the public identifier that may be there. */
  stringTable: boolean;
  /** The text of the public identifier lacks its terminating NUL, as encoders built on the reference toolkit write it. */
  unterminated?: true;
}
/** `limits` is for documents of the caller's own, such as descriptions of several megabytes: by default those of messages hold. */
export function decode(input: Uint8Array | Received, limits?: Partial<Limits>): DmDocument;
/**
 * Canonical and minimal, in the order of the DTD; `indent` is for people and for XML.
 *
 * Without `encoding` that of the document counts. `wbxml` changes members of the document's form or, where it has none, of the form for its
 * VerDTD: WBXML 1.2 without a string table. What WBXML has no place for, attributes and elements of foreign namespaces, is `schema`.
 * A description is `arg`: it is read, not written. Of a notification and of DM 2.0 only `indent` can be asked for; all of `headers` belong to the message.
 */
export function encode(
  document: DmDocument,
  options?: { encoding?: Encoding; indent?: boolean; wbxml?: Partial<WbxmlForm> },
): { body: Uint8Array<ArrayBuffer>; contentType: string; headers: Record<string, string> };

/**
 * A piece of an input, and the pieces inside it in their order. `start` and `end` are octets from the start of the input.
 *
 * The whole is `xml`, `wbxml`, `notification`, `json` or, where it is none of them, `octets`. Members of JSON go by their names, elements of an array by
 * `[1]`, `[2]` and so on. Elements go by their local names, attributes by `@name`, text beside other
 * content by `#text` and octets by `#octets`. The parts of the head of WBXML, and what stands in XML outside the root, have names that begin
 * with `#`, `?` and `!`. A document of WBXML inside `#octets` is a piece `#wbxml` in it; `end` is the offset behind the last octet.
 */
export interface Outline {
  name: string;
  start: number;
  end: number;
  /** The text, where there is nothing else inside; of octets at most the first 64, as hex. */
  text?: string;
  children: Outline[];
}
/**
 * Everything that could be read, of a truncated or broken capture too: either `document` or the `error` for which there is none.
 * Throws for a wrong argument only.
 */
export function inspect(input: Uint8Array | Received, limits?: Partial<Limits>): { outline: Outline; document?: DmDocument; error?: DmError };

export interface SyncMlMessage {
  header: {
    verDtd: string;
    verProto: string;
    sessionId: string;
    msgId: number;
    target: Location;
    source: Location;
    respUri?: string;
    noResp?: true;
    cred?: Cred;
    maxMsgSize?: number;
    maxObjSize?: number;
    /** What is in the namespace `syncml:metinf` stands in Meta. */
    extra?: RawElement[];
  };
  commands: SyncMlCommand[];
  final: boolean;
}
export interface Location {
  uri: string;
  name?: string;
  extra?: RawElement[];
}
export interface Cred {
  type: string;
  format?: string;
  data: string;
  /** What is in the namespace `syncml:metinf` stands in Meta. */
  extra?: RawElement[];
}
export interface Chal {
  type: string;
  format?: string;
  nextNonce?: string;
  /** What is in the namespace `syncml:metinf` stands in Meta. */
  extra?: RawElement[];
}
export interface Meta {
  format?: string;
  type?: string;
  size?: number;
  mark?: string;
  nextNonce?: string;
  maxMsgSize?: number;
  maxObjSize?: number;
  /** Text beside the elements, white space around it trimmed. */
  text?: string;
  extra?: RawElement[];
}
export interface Item {
  target?: Location;
  source?: Location;
  meta?: Meta;
  data?: Data;
  /** Attributes on Data, only where there is data; a name in a namespace is written `{namespace}name`. */
  attributes?: Record<string, string>;
  moreData?: true;
  extra?: RawElement[];
}
interface Command {
  /** Absent where the peer left it out; as it stood where it is no number. */
  cmdId?: string;
}
interface Request extends Command {
  noResp?: true;
  extra?: RawElement[];
}
interface Answer extends Command {
  noResp?: undefined;
  extra?: RawElement[];
}
export type SyncMlCommand =
  | (Request & { type: "add" | "replace" | "delete" | "copy" | "get"; meta?: Meta; items: Item[] })
  | (Request & { type: "exec"; correlator?: string; meta?: Meta; items: Item[] })
  | (Request & {
      type: "alert";
      code?: number;
      correlator?: string;
      items: Item[];
      /** Attributes on Data, only where there is a code; a name in a namespace is written `{namespace}name`. */
      attributes?: Record<string, string>;
    })
  | (Request & { type: "atomic" | "sequence"; meta?: Meta; commands: SyncMlCommand[] })
  | (Answer & {
      type: "status";
      msgRef?: string;
      cmdRef?: string;
      cmd: string;
      targetRefs: string[];
      sourceRefs: string[];
      code: number;
      cred?: Cred;
      chal?: Chal;
      items: Item[];
      /** Attributes on Data; a name in a namespace is written `{namespace}name`. */
      attributes?: Record<string, string>;
    })
  | (Answer & { type: "results"; msgRef?: string; cmdRef?: string; targetRef?: string; sourceRef?: string; meta?: Meta; items: Item[] })
  | (Command & { type: "unknown"; element: RawElement; noResp?: undefined; extra?: undefined });
/** What the model has no name for is kept whole. The name of an attribute in a namespace is written `{namespace}name`. */
export interface RawElement {
  ns: string;
  name: string;
  attributes?: Record<string, string>;
  children: (RawElement | string | Uint8Array)[];
}

// ----------------------------------------------------------------------------------------------------------------- server

export interface ServerConfig {
  serverId: string;
  /** The address that devices call; Target of their messages. */
  url: string;
  /** What ties later messages to the authenticated session: a token in RespURI, credentials on each message, or the transport. */
  binding: "respUri" | "perMessage" | "transport";
  /** What devices without an account are asked for, as if they had one: what most accounts allow. Default: `md5`. */
  strangers?: AuthScheme[];
  /** Types of Generic Alert that the host handles; others are answered 415. */
  alertTypes?: string[];
  /** The formats in which data is taken where `hput` and `hpost` send it, as in the header Accept; devices of DM 2.0 are told. */
  acceptMo?: string;
  /** Octets; announced to the device. */
  maxMsgSize?: number;
  /** Octets of the largest object that is taken in chunks; announced to the device. Without it 16 MiB are taken. */
  maxObjSize?: number;
  limits?: Partial<Limits>;
}
/**
 * One management session at the server: `receive`, then any of `push`, `cancel`, `answer`, `finish`, `abort`, then `respond`. The first message
 * decides whether it is one of DM 1.x or of DM 2.0; what is queued before waits for that.
 *
 * In DM 2.0 the transport proves the device: check its certificate or its credentials of HTTP, and hand in which device it is as `peer`; for an
 * account with the client `transport` no `peer` is needed. An error of `receive` has an `http`, the status to answer with and no body. A
 * device that is not let in (401, 403), and one whose package 3 cannot be read (400, which ends the session), are answered by `respond`. That a
 * session of DM 2.0 is idle the host sees: 300 seconds are usual.
 */
export class DmServerSession {
  constructor(config: ServerConfig);
  static restore(saved: Saved, config: ServerConfig): DmServerSession;
  receive(message: Received, account: Account | undefined, env?: Env): ServerEvent[];
  /** Queues a command; the number is the one by which events name it. */
  push(command: NewCommand): number;
  /** Takes back a command that has not been sent yet. */
  cancel(command: number): boolean;
  /**
   * The host's verdict on an alert, before `respond`; without one the engine answers by the rules of the specification. Of a
   * Generic Alert (1226) it is one of 200, 202, 401, 406, 407, 412, 415 and 500. With 401 and 407 goes a challenge.
   */
  answer(alert: number, status: number): void;
  /**
   * `status` is the HTTP status; `repeated` says that this is a stored reply; `tooLarge` names the commands that no message to this device
   * can hold and that cannot be cut (its MaxMsgSize), or with a value larger than it takes (its MaxObjSize), `unsupported` those that
   * have no words in the protocol of this device: they were not sent, or not to the end, and are no longer queued.
   */
  respond(env?: Env): Outgoing & { status: number; repeated: boolean; tooLarge?: number[]; unsupported?: number[] };
  /**
   * In DM 2.0 the reply that is due ends the session: what is queued goes out with END, and nobody hears what became of it. In DM 1.x, in which
   * a session ends when nothing is left to be said, it does nothing.
   */
  finish(): void;
  /**
   * The reply that is due, or the next one, carries Alert 1223, in DM 2.0 END, and ends the session. `reason` is for the host's own code: it is not sent. The
   * events are those of the abort, and none where the session is over.
   */
  abort(reason?: string): ServerEvent[];
  /** The session at rest; `state` while a reply is due. With the ids of the parts that are stored, without those parts. */
  save(stored: readonly string[]): SavedSince;
  save(): Saved;
  free(): void;
  [Symbol.dispose](): void;
}

// ----------------------------------------------------------------------------------------------------------------- client

/**
 * One management session at the device. The tree holds what package 1 of DM 1.x tells: DevId, Man, Mod, DmV and Lang below `./DevInfo`. In DM 2.0
 * package 1 tells none of it, and `./DevInfo` is an object where the host gives its node the type `urn:oma:mo:oma-dm-devinfo:1.2`.
 */
export class DmClientSession {
  constructor(config: ClientConfig, trigger: Trigger, env?: Env);
  static restore(saved: Saved, config: ClientConfig): DmClientSession;
  /** How much the user is to see of it, where it was made for a notification. */
  readonly uiMode: UiMode | undefined;
  /**
   * Takes a notification of this server that comes while the session is open: one session at a time. Where it counts, start its session once
   * this one is over, with `sessionId`, `uiMode` and the account's state that is saved then. This session's own, sent again, is `repeated`.
   * `arg` for another form than `1.2`.
   */
  notify(body: Uint8Array, options?: NotificationOptions, env?: Env): Verdict;
  /**
   * Queues an alert: it goes out with package 1 or with the next answers. The number is the one by which events name it; those of the trigger
   * count from 0. `state` when the session is over.
   */
  raise(alert: ClientAlert): number;
  /**
   * The next message, or undefined when the session is over. `state` while a ticket is open, `limit` where the value at `path` below `./DevInfo`
   * fits no message: then `abort`. While a message is out, gives the same octets again, to be resent; in the approved dialect of DM 2.0 only where
   * it cannot have come, since nothing tells a repeated package 3 from another. Call it after `aborted` too: a farewell may be due.
   */
  send(tree: DmTree, env?: Env): (Outgoing & { url: string }) | undefined;
  /** In DM 2.0 a reply that is no package for this session, or has another HTTP status than 200, ends it: `aborted` says why. */
  receive(tree: DmTree, message: Received, env?: Env): ClientEvent[];
  /** Execution goes on from where the ticket stopped it, and may raise the next. */
  complete(tree: DmTree, ticket: number, outcome: Outcome): ClientEvent[];
  /**
   * The next message carries Alert 1223 and ends the session; before the first message, in the approved dialect of DM 2.0 and behind its END the
   * session ends without one. `send` gives that
   * message once: it is not repeated. `reason` is for the host's own code: it is not sent. The events are those of the abort, such as the alerts
   * that stay without an answer, and none where the session is over.
   */
  abort(reason?: string): ClientEvent[];
  save(stored: readonly string[]): SavedSince;
  save(): Saved;
  free(): void;
  [Symbol.dispose](): void;
}
/**
 * The whole loop for hosts that just want it: send, fetch, receive, until done. `transport` gets the headers to send, and gives back those that
 * came, of which `x-syncml-hmac` is the server's proof by the scheme `hmac`. `handle` sees every event and answers those with a
 * ticket; without an answer an interaction counts as cancelled (214), a page as one without browser (501), a request as one that failed, and
 * anything else as failed (500). Either may abort the session: the open
 * ticket is void, the farewell goes out, and the events of `abort` are the host's own. An error of `transport` or `handle` reaches the caller as
 * it is, and the session can be continued, saved or aborted.
 */
export function runSession(
  session: DmClientSession,
  tree: DmTree,
  transport: (
    url: string,
    init: { method: "POST"; headers: Record<string, string>; body: Uint8Array<ArrayBuffer> },
  ) => Promise<{ status: number; headers: HeaderList; arrayBuffer(): Promise<ArrayBuffer> }>,
  handle: (event: ClientEvent) => Outcome | undefined | Promise<Outcome | undefined>,
): Promise<ClientEvent[]>;

/** A device's management tree. Outlives sessions; one tree serves many accounts, each seeing what its ServerID may (ACL). */
export class DmTree {
  /** All servers may add to the root and read everything, until access control lists say something else. */
  constructor(source?: TreeSource, limits?: Partial<Limits>);
  /** A tree as `save` gave it, and the deltas behind it, in order. Damaged, foreign, newer or missing ones are `snapshot`. */
  static restore(full: Uint8Array, deltas?: Uint8Array[], limits?: Partial<Limits>): DmTree;
  /** Grows with every change; all that an Atomic does is one change. */
  readonly revision: number;
  get(uri: string): TreeNode | undefined;
  /** Sets a leaf, or with `null` and format `node` an interior node; nodes above it are made. Rights and descriptions do not bind the host. */
  set(uri: string, data: Data | null, options?: NodeOptions): void;
  /**
   * Removes a node and what is below it; tells whether there was one. With instances of objects go their access control objects and the subscriptions
   * to them: to give a value anew, `set` it over what is there.
   */
  remove(uri: string): boolean;
  /** The URIs of all nodes at and below `uri`, parents first. */
  entries(uri?: string): string[];
  /** What has changed behind a revision, the oldest first; undefined where not all of it is known any more. */
  changes(since: number): TreeChange[] | undefined;
  /** The DM accounts (DM Account 1.2) in the tree as they are now, wherever they are kept. */
  accounts(): Account[];
  /** The URIs of the roots of all objects of an identifier, such as `urn:oma:mo:oma-dm-dmacc:1.0`; without a version those of all. */
  instances(moid: string): string[];
  /** Takes a server whose account is gone out of all access control lists, and forgets its subscriptions and default sources. */
  forgetServer(serverId: string): void;
  /** What servers of DM 2.0 subscribed to (SUB), in the order in which they did. It is saved with the tree. */
  subscriptions(): { server: string; uri: string; url: string }[];
  /**
   * What is to be sent by HTTP PUT now because it has changed. To be asked after changes of the tree, and at the time `next`. Changes within a second
   * are sent at once. Values of the host are those that the tree was given last with `set`.
   */
  due(options?: DueOptions): Due;
  /**
   * What came of a PUT: its HTTP status, none where there was no answer, and with 415 the header `OMADM-Accept`, for which another format may be
   * tried. What fails is due twice more, and then given up until the next change. Out comes when to ask what is due again, as `next` there: at once
   * where the tree has changed since this was sent; undefined where nothing is left until it changes.
   */
  told(serverId: string, uri: string, answer?: { status?: number; accept?: string; now?: number }): number | undefined;
  /** Where data of an object is to be fetched when the device needs it and has none (DEFAULT). The identifier counts with and without `urn:`. */
  defaultSource(moid: string): { server: string; url: string } | undefined;
  /** The tree whole. */
  save(): Uint8Array<ArrayBuffer>;
  /** What has changed behind a revision; undefined where not all of it is known any more: then save the whole. */
  save(since: number): Uint8Array<ArrayBuffer> | undefined;
  free(): void;
  [Symbol.dispose](): void;
}
