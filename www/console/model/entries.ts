/** What a session of the simulated device is told by: messages, events at both sides, failures. */
import type { ChangedBy, ClientAlert, ClientEvent, Dm2Document, Notification, Outcome, SyncMlDocument, UiCommand } from "omadm";
import type { LoggedEvent } from "./admin.js";
import type { Leaf } from "./device-tree.js";
import type { ObjectEntry } from "./large-object.js";
import type { Put } from "./publish.js";

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
  document?: SyncMlDocument | Dm2Document;
  /** Of DM 2.0: the headers that belong to the package. */
  headers?: [string, string][];
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
  /** Data is fetched or sent by HTTP. */
  | { type: "exchanged"; request: HttpCall; octets: number }
  /** What a subscription wants is sent. */
  | { type: "published"; put: Put }
  /** The server wants credentials, by HTTP. */
  | { type: "challenged" }
  | { type: "asked"; command: UiCommand }
  | { type: "settled"; by: "user" | "host" | "object" | "reader" | "network"; outcome: Outcome; command?: UiCommand }
  /** What an object has done in the tree. */
  | { type: "worked"; steps: Step[] }
  | { type: "raised" | "withheld" | "due"; alert: ClientAlert }
  | { type: "believed"; notification: Notification; octets: number }
  /** Whether the user lets the session begin that a notification asks for. */
  | { type: "consented"; ok: boolean };
/** A leaf holds what it holds there; otherwise it has gone or is an interior node. */
export interface Step {
  uri: string;
  by: ChangedBy;
  leaf?: Leaf;
}
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
/** What a server asks of a node that is the host's, or of its browser. */
export type HostCall = Extract<ClientEvent, { type: "exec" | "read" | "write" | "undo" | "show" }>;
/** What a server has the device fetch or send. */
export type HttpCall = Extract<ClientEvent, { type: "http" }>;
export type Unnumbered = Omit<ObjectEntry, "id"> | Omit<MessageEntry, "id"> | Omit<EventEntry, "id"> | Omit<ServerEntry, "id"> | Omit<FailureEntry, "id">;
