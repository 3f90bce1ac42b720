/** DM 2.0: its packages, and the data of management objects as it is fetched and sent. */

/**
 * A value of JSON. Whole numbers that a double cannot hold are `bigint`, never rounded; others are the nearest double, as `JSON.parse` reads them. An
 * object that was read has no prototype: any name may be in it.
 */
export type Json = null | boolean | number | bigint | string | Json[] | { [name: string]: Json };

/**
 * How DM 2.0 is spelt: as the change request proposed its packages, or as the specification of 2016 has them so far as it is public. What
 * one of them has no place for is an error with code `schema` where it is written, never left out.
 */
export type Dialect = "draft" | "approved";

/** A package. Its headers, and in the approved dialect `deviceId` and `acceptMo`, are those of the message that it came with. */
export interface Dm2Document {
  type: "dm2";
  dialect: Dialect;
  package: Dm2Package;
}
export type Dm2Package = Dm2Initiation | Dm2Request | Dm2Response;

/** What the draft dialect says of the session in every package, and the approved one in none. */
interface Dm2Session {
  /** 1 to 32 characters. */
  sessionId?: string;
  /** The number of the device's package, or of the one that is answered: from 1. */
  seq?: number;
}

/** Package 1: the device begins a session. */
export interface Dm2Initiation extends Dm2Session {
  kind: "initiation";
  /** In the approved dialect it is the header `OMADM-DevID`. */
  deviceId?: string;
  /** Why; always there in the draft dialect. */
  reason?: Dm2Reason;
  /** The objects that the device has. Left out: none. */
  supported?: SupportedMo[];
  /** What the notification asked for; in the draft dialect alone. Left out: none. */
  data?: MoItem[];
  alerts?: Dm2Alert[];
}
/** A notification asked for the session; the device wanted it; it has been bootstrapped; another number, in the draft dialect. */
export type Dm2Reason = { by: "server"; notificationId?: number } | { by: "client" } | { by: "bootstrap" } | { by: "other"; code: number };

/** Package 2: the server has something to be done. */
export interface Dm2Request extends Dm2Session {
  kind: "request";
  /** The formats that are taken where HPUT and HPOST send to, as in the header Accept. In the approved dialect it is the header `OMADM-Accept`. */
  acceptMo?: string;
  /** In this order; none is the same as `end` alone. */
  commands?: Dm2Command[];
  /** What became of the alerts of the package that is answered: status codes. In the draft dialect alone. */
  results?: number[];
}

/** Package 3: the device says what became of it. */
export interface Dm2Response extends Dm2Session {
  kind: "response";
  /** In the approved dialect it is the header `OMADM-DevID`. */
  deviceId?: string;
  /** One for each command in the approved dialect; in the draft one for each place that a command names, or one for each command. */
  results?: Dm2Result[];
  alerts?: Dm2Alert[];
}

/**
 * A command. `url`, `reportTo`, `from` of HGET and `to` of HPUT and HPOST are ServerURIs, absolute and with `http:` or `https:`; `uri`, `to` of
 * HGET and `from` of the others are ClientURIs. What is not known is `unknown` and has the result 501; what is no command is `malformed`,
 * with all that stood there, and has the result 400.
 */
export type Dm2Command =
  | { type: "hget"; from: string; to?: string }
  | { type: "hput" | "hpost"; from: string[]; to: string }
  | { type: "delete" | "get" | "unsub"; uri: string }
  | { type: "exec"; uri: string; reportTo?: string }
  | { type: "show" | "cont"; url: string }
  | { type: "end" }
  | { type: "default"; url: string; moid: string }
  | { type: "sub"; url: string; uri: string }
  | { type: "unknown"; name: string; arguments?: string[] }
  | { type: "malformed"; entry: Json };

/** A result: a status code, the data of GET, and where HGET stored its data where the device had to choose. */
export interface Dm2Result {
  code: number;
  objects?: MoItem[];
  created?: string[];
}

/** A management object that a device has. */
export interface SupportedMo {
  /** Its identifier. Only in the approved dialect may a device leave it out. */
  moid?: string;
  /** Where its description is. */
  ddf?: string;
  /** In the draft dialect what follows the identifier in a ClientURI, such as `/` or `/north/`; in the approved one the identifiers of the instances. */
  instances?: string[];
}

/**
 * Data of a management object: an object of children, or the value of a leaf; or in the draft dialect a status code instead, such as 304.
 *
 * `cv` is the change validator of the instance. `name` is what the node is called, of which the approved dialect makes a member around the
 * value: it is that of the node or, where all that leads there stands in the value, of the root of the instance. Left out, it is taken from the
 * ClientURI, which names all but the roots of instances.
 */
export type MoItem = { uri: string; cv?: string; ddf?: string } & ({ name?: string; value: Json } | { code: number });

/** An alert: 1226 for a Generic Alert, which is all that the approved dialect has, with one item that has a type and without a correlator. */
export interface Dm2Alert {
  code: number;
  correlator?: string;
  items?: Dm2AlertItem[];
}
export interface Dm2AlertItem {
  /** A URN, or a reversed domain name. */
  type?: string;
  /** The ClientURI of the node that it comes from. */
  source?: string;
  /** A further address. */
  target?: string;
  mark?: string;
  /** The format or media type of the data. */
  format?: string;
  /** In the approved dialect what is no object stands in `{"DM1x": ...}`. */
  data?: Json;
}

/** Data of management objects as HGET fetches it, and HPUT and HPOST send it. */
export interface MoDocument {
  type: "mo";
  dialect: Dialect;
  items: MoItem[];
}

/** For `DmTree.due`. */
export interface DueOptions {
  /** Milliseconds since 1970; left out, the platform's time. */
  now?: number;
  /** What tells the change validators of this tree from those of one before it; left out, data comes without. */
  epoch?: number;
  /** The objects that servers were granted, by ServerID; left out, the accounts in the tree say it. */
  granted?: Record<string, string[]>;
}
/** What is due. */
export interface Due {
  puts: DuePut[];
  /** When to ask again although nothing changes until then, in milliseconds since 1970. */
  next?: number;
}
/** Data that is to be sent by HTTP PUT, without credentials unless the host has some for that origin. */
export interface DuePut {
  server: string;
  /** The ClientURI of the subscription. */
  uri: string;
  url: string;
  contentType: string;
  body: Uint8Array<ArrayBuffer>;
}

/** What can be known of a package before anything is trusted. `source` is the device that it names. */
export interface Dm2Peek {
  protocol: 2;
  package: "initiation" | "request" | "response";
  dialect: Dialect;
  source: string;
  /** Empty in the approved dialect, in which a device has one session. */
  sessionId: string;
  /** PkgSeq; 0 in the approved dialect, which has none. */
  msgId: number;
}
