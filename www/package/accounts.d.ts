/** Accounts, sessions at rest, and the notifications (Package#0) by which a server asks the device of one for a session. */
import type { Env, Received } from "./types.js";

/**
 * `hmac` signs every message, in the header `x-syncml-hmac`: hand the headers of a message on. `sha256` is asked only of devices that speak
 * DM 1.3, unless it is all that the account allows.
 */
export type AuthScheme = "basic" | "md5" | "hmac" | "sha256";
export interface Credential {
  user: string;
  /**
   * The password, or what a server may store instead: B64(MD5(user:password)) for `md5` and `hmac`, B64(SHA-256(user:password)) for `sha256`.
   * Either is enough to check `basic`, and none to use it.
   */
  secret: { password: string | Uint8Array } | { md5: string; sha256?: string } | { sha256: string };
  /** What this party may use; the first is the one asked for. */
  schemes: AuthScheme[];
}
/**
 * The relation of one device with one server. `client` proves the device, `server` proves the server; `"transport"`: the host has
 * made sure of it.
 */
export interface Account {
  deviceId: string;
  serverId: string;
  client: Credential | "transport";
  server: Credential | "transport";
  /**
   * What proves the notifications of DM 2.0: in the draft form password and nonce, in the approved form what is hashed before and behind the
   * notification. Those of DM 1.x are proven by the server's credentials.
   */
  notification?: { secret: Uint8Array; authData?: Uint8Array };
  state?: AccountState;
}
/** What changes with every session: the host stores it in the same transaction as the session. */
export interface AccountState {
  clientNonce?: Uint8Array;
  serverNonce?: Uint8Array;
  /** The nonce that the server has as far as is known, until it has answered the message with `serverNonce`: for its notifications. The device only. */
  triggerNonce?: Uint8Array;
  /** The nonce of the last challenge, until the server has proved itself: for its notifications, if its answer was lost. The device only. */
  challengeNonce?: Uint8Array;
  /** The last notification to the device was to resynchronize nonces: its first message may use the nonce that was for that. */
  resync?: boolean;
  /** The revision of the device's tree that the server knows of; set by sessions with `treeAlerts`. */
  treeRevision?: number;
  /** The last 32 notifications: at the device those that counted, at the server those that were sent and whose session has not come. */
  triggers?: number[];
  /** The furthest number of a notification: the next is behind it. The server only. */
  triggerNumber?: number;
  /** What stands for the last 32 notifications that counted and have neither number nor time. The device only. */
  triggerDigests?: number[];
  /** The time of the newest notification that says one, in seconds since 1970. */
  triggerTime?: number;
  /** When a notification last counted under the nonce of four zero octets, in milliseconds since 1970. The device only. */
  resyncTime?: number;
}
/**
 * A session at rest. Parts never change once written: write new ids, drop absent ones, in one transaction. No password is inside; the token of
 * RespURI is, so keep it as you keep session cookies. Where an earlier state is restored, drop parts written behind it: their ids come again.
 * The nonces in `account` belong to `state`, which is not restored with others: keep copies elsewhere.
 */
export interface Saved {
  state: Uint8Array;
  account: AccountState;
  parts: { id: string; bytes: Uint8Array }[];
}
/** `save(stored)`: `parts` are those alone that are not stored yet, `gone` the ids of stored ones to drop. To restore hand in all parts that are in the store then. */
export type SavedSince = Saved & { gone: string[] };

/**
 * Which layout a notification has: that of DM 1.1 to 1.2.1, which clients of DM 1.3 take too, that of DM 2.0 as first proposed, or that of DM 2.0
 * as approved. The octets do not tell the last two apart: which it is belongs to the account.
 */
export type NotificationForm = "1.2" | "2.0-draft" | "2.0";
/** 0 the device decides, 1 in the background, 2 the user is told, 3 the user is asked before the session begins. */
export type UiMode = 0 | 1 | 2 | 3;
/** What a notification says. `reserved` are bits that nobody sets; they are there only where they were found. */
export type Notification = { serverId: string; reserved?: number } & (
  | {
      form: "1.2";
      /** Ten times that of DM: 10 to 13. All of DM 1.1 to 1.2.1 write 11. */
      version: number;
      uiMode: UiMode;
      /** 0 the user wants the session, 1 the server. */
      initiator: 0 | 1;
      /** 1 to 65535: SessionID in upper-case hexadecimal. */
      sessionId: number;
      vendor?: Uint8Array;
    }
  | {
      form: "2.0-draft";
      uiMode: UiMode;
      initiator: 0 | 1;
      sessionId: number;
      /** Behind the name of the server, by ascending numbers: 2 Targeted-MO to 7 Requested-MO-CV, 8 REQ-MOS. */
      options: { number: number; value: Uint8Array }[];
    }
  | {
      form: "2.0";
      /** Preferred types of connection: 0 any, 1 cellular, 2 wireless LAN, 3 wired. */
      connection?: number[];
      id?: number;
      /** Whole seconds since 1970. */
      timestamp?: number;
      /** It has eight octets where four would do. */
      longTimestamp?: true;
      requestMos?: true;
      /** What is not known here, by ascending numbers from 7. */
      options?: { number: number; value: Uint8Array }[];
    }
);
/** A notification to be made: what is left out is of the account, usual (version 11, initiator 1, UI mode 0), or a new number. */
export type NewNotification = { serverId?: string } & (
  | { form: "1.2"; version?: number; uiMode?: UiMode; initiator?: 0 | 1; sessionId?: number; vendor?: Uint8Array }
  | { form: "2.0-draft"; uiMode?: UiMode; initiator?: 0 | 1; sessionId?: number; options?: { number: number; value: Uint8Array }[] }
  | { form: "2.0"; connection?: number[]; id?: number; timestamp?: number; longTimestamp?: boolean; requestMos?: boolean; options?: { number: number; value: Uint8Array }[] }
);
/** A notification as a document: its digest is not checked, and written as it stands. */
export interface NotificationDocument {
  type: "notification";
  notification: Notification;
  /** 16 octets, in form `2.0` 32; only the forms of DM 2.0 can be without. */
  digest?: Uint8Array;
}
/** What goes over HTTP or anything else that has media types. */
export interface NotificationBody {
  body: Uint8Array<ArrayBuffer>;
  contentType: string;
  headers: Record<string, string>;
}
export interface SignedNotification extends NotificationBody {
  notification: Notification;
  /** The account's, behind it. */
  state: AccountState;
}
export interface UnwrappedPush extends NotificationBody {
  transaction: number;
  sms?: { source: number };
}
/**
 * Makes a notification for an account, with the digest that proves the server. Store `state` before it is sent: the session that it asks for is
 * expected, and `started` will name it. With a `sessionId` that was used before it is the same notification, sent again. `resync`: under the
 * nonce of four zero octets, in form `1.2`, for a device that has lost its nonces; not every device takes it. The session that comes of it asks
 * by itself for something that the device answers, where you have no command for it: with its answer the device gives the next nonce.
 *
 * `auth` where the account keeps neither password nor MD5 hash of the server.
 */
export function encodeNotification(
  notification: NewNotification,
  account: Account,
  options?: { resync?: boolean },
  env?: Env,
): SignedNotification;

export interface NotificationOptions {
  /** Default: that of the session's protocol, `1.2`, `2.0-draft` or `2.0`; without a session `1.2`. */
  form?: NotificationForm;
  /** Whether one under the nonce of four zero octets counts. Whoever has seen one can send it again, so it is off by default. */
  resync?: boolean;
  /** Milliseconds from one such to the next: 86,400,000. */
  resyncInterval?: number;
  /** How far the time in form `2.0` may be off, in milliseconds: 86,400,000. */
  maxAge?: number;
}
/**
 * Whether a notification counts. Then store `state` and start the session with `sessionId`, or the form's own; `signed` is false only in the forms
 * of DM 2.0, for an account without `notification`. Else it is to be ignored, and nobody is to be told: it is no notification of the form or
 * version, its digest is wrong or missing, it is of another server, came before, is too old, or resynchronizes too soon after the last.
 */
export type Verdict =
  | { ok: true; notification: Notification; signed: boolean; resync?: true; state: AccountState }
  | { ok: false; reason: "malformed" | "version" | "digest" | "server" | "repeated" | "stale" | "resync" };
/** Constant-time, fails closed: bad octets are a reason, never an error. Throws for wrong arguments only. */
export function verifyNotification(body: Uint8Array, account: Account, options?: NotificationOptions, env?: Env): Verdict;

/** How far a notification is wrapped as WAP Push: with `sms` as user data of a short message, whose header says the ports. */
export interface PushOptions {
  /** What the sender knows the Push by: 0 to 255. Default: 1. */
  transaction?: number;
  /** `source` is the port that it comes from. Default: 0xC002. */
  sms?: { source?: number };
}
/**
 * A notification as connectionless WAP Push, for port 2948. A short message holds 140 octets; what is longer is for the host to cut.
 */
export function encodePush(message: Uint8Array | Received, options?: PushOptions): Uint8Array<ArrayBuffer>;
/** What is in a WAP Push: hand it to {@link decode}, and `body` to {@link verifyNotification}. `schema` for a Push of anything else. */
export function decodePush(octets: Uint8Array): UnwrappedPush;
