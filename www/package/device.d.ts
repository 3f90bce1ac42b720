/** What a device says of itself in a session, and what a session wants of the device. */
import type { Account, NotificationOptions, UiMode } from "./accounts.js";
import type { ClientAlert, UiCommand } from "./commands.js";
import type { Dialect } from "./dm2.js";
import type { ChangedBy } from "./nodes.js";
import type { Data, DmVersion, Encoding, Format, Limits, Received } from "./types.js";

export interface ClientConfig {
  account: Account;
  url: string;
  version: DmVersion | "2.0";
  /** How messages of DM 1.x are written, where it must be said. */
  encoding?: Encoding;
  /** The spelling of DM 2.0. Default: draft. */
  dialect?: Dialect;
  /** Origins that RespURI, and in DM 2.0 every command but EXEC and SHOW, may name beside the server's own, https only. */
  origins?: string[];
  /** User interactions that the host can show; others are answered 406. Default: none. */
  interactions?: UiCommand["type"][];
  /** Add creates missing parents. Default: false. */
  implicitAdd?: boolean;
  /**
   * Package 1 of DM 1.3, and of DM 2.0 in the draft dialect, tells what of the tree has changed since the last session with this server, as far
   * as `account.state.treeRevision` says when that was. Default: false.
   */
  treeAlerts?: boolean;
  /** Octets; announced to the server. */
  maxMsgSize?: number;
  /** Octets of the largest object that is taken; announced to the server. Without it 16 MiB are taken. */
  maxObjSize?: number;
  /** What the device says of its management objects in DM 2.0. */
  objects?: {
    /** Which objects notifications in the draft dialect mean: their identifiers by the index that stands for them. */
    index?: Record<number, string>;
    /**
     * The identifiers of the objects that the server was granted, where the host knows them; otherwise the accounts in the tree say it, and where
     * there are none of DM 2.0 it was granted all.
     */
    granted?: string[];
    /**
     * What tells the change validators of this tree from those of one before it: another number, up to 4294967295, whenever the tree begins anew.
     * Without it there are none, and all data is always sent.
     */
    epoch?: number;
    /** Package 1 always lists the objects that the device has, not only where a notification asks for it. Default: false. */
    alwaysListed?: boolean;
  };
  limits?: Partial<Limits>;
}
/**
 * Why the session starts, and what the device raises with it. A `notification` is verified here, as by {@link verifyNotification}: one that is to
 * be ignored is `auth`, with the reason in the message, and nobody is to be told. `sessionId` and `uiMode` are of one that the host has verified itself;
 * in the approved dialect of DM 2.0 it is the notification's number. `requested` are objects by their identifiers: package 1 of DM 1.3, and of
 * DM 2.0 in the draft dialect, holds those that the server may read; where a `notification` of DM 2.0 is given, that alone says what is wanted. That a device was bootstrapped DM 2.0 alone has a way to tell.
 */
export type Trigger =
  | { by: "user" | "bootstrap"; alerts?: ClientAlert[] }
  | { by: "server"; notification: Uint8Array; policy?: NotificationOptions; requested?: string[]; alerts?: ClientAlert[] }
  | { by: "server"; sessionId: number; uiMode?: UiMode; requested?: string[]; alerts?: ClientAlert[] };
/** Where there is a `ticket`, execution waits for {@link DmClientSession.complete}. */
export type ClientEvent =
  | { type: "interaction"; ticket: number; command: UiCommand }
  /** What a node of the host stands for is to be started. With `reportTo` (DM 2.0) the outcome is told there, in a session of its own. */
  | { type: "exec"; ticket: number; uri: string; data?: Data; format?: string; mime?: string; correlator?: string; reportTo?: string }
  /**
   * Data are to be fetched or sent; DM 2.0. No redirection to another origin is to be followed, and credentials go to those origins alone that they
   * are for.
   */
  | { type: "http"; ticket: number; method: "GET" | "PUT" | "POST"; url: string; headers: Record<string, string>; body?: Uint8Array<ArrayBuffer> }
  /** The user is to be shown a page; DM 2.0. Execution waits for whether it could be opened, not for the user. */
  | { type: "show"; ticket: number; url: string }
  /** The value of a node of the host is wanted. */
  | { type: "read"; ticket: number; uri: string }
  /** A node of the host is to take a value. */
  | { type: "write"; ticket: number; uri: string; data?: Data; format?: string; mime?: string }
  /** A node of the host is to take back the value that it had before an Atomic, or a HGET, that has failed; the last write comes first. */
  | { type: "undo"; ticket: number; uri: string; data?: Data; format?: string; mime?: string }
  /**
   * A chunk of a large object has come, and its command is executed behind the last; or the server has answered the message with a chunk that
   * was sent, and has not refused it. Octets so far and all together, base64 counted as text; `uri` is empty where an alert names no place.
   */
  | { type: "progress"; direction: "sent" | "received"; uri: string; bytes: number; total: number }
  | { type: "changed"; uri: string; by: ChangedBy }
  /** What the server makes of an alert; `alert` is the number that `raise` gave. */
  | { type: "answered"; alert: number; code: number }
  /** The server has an alert, and will not say what it makes of it: in the approved dialect of DM 2.0 it never does. */
  | { type: "delivered"; alert: number }
  /** The session ends and the server has not said what it makes of an alert, which may not even have been sent. */
  | { type: "unanswered"; alert: number }
  /** The server has accepted the device's credentials. */
  | { type: "authenticated" }
  /** The server has refused the device's credentials. In DM 2.0 it wants some, by HTTP: the next `send` gives the same package, once. */
  | { type: "unauthenticated" }
  /** The session is over. */
  | { type: "finished" }
  | { type: "aborted"; by: "server" | "device"; reason?: string };
/**
 * What became of a ticket. Of an interaction: 200 yes or shown, 304 no, 214 cancelled, 408 timed out, which means the default response where
 * there is one, 416 what cannot be shown, 500 failed; `data` is what the user typed or chose. Of a read: the value, or 400 to 599. Of anything else: 200 to 299, such as 202 for
 * what goes on, or 400 to 599. Neither is 401 or 407, which ask for credentials. Of a page: 200, 403, 500, or 501 where there is no browser.
 *
 * Of HTTP: the response, whatever its status, or why there is none. A body that is larger than is taken counts as `tooLarge`.
 */
export type Outcome =
  | { status: number; data?: string[] }
  | { value: Data; format?: Format; mime?: string }
  | { response: Received & { status: number } }
  | { failed: "network" | "timeout" | "tooLarge" };
