/** What a session tells the host of a server. */
import type { AuthScheme } from "./accounts.js";
import type { Dialect, Json, MoItem, SupportedMo } from "./dm2.js";
import type { DmVersion, Item, TndsNode } from "./types.js";

/** Which command of `push` an event speaks of: `child` is the path inside Atomic and Sequence, `item` counts from 0. */
export interface CommandRef {
  command: number;
  child?: number[];
  item?: number;
}
export type ServerEvent =
  /**
   * `notification` is the number of the one that asked for it, where the account remembers that or, in the approved dialect of DM 2.0, the device
   * says it; `devInfo` has names below `./DevInfo`, such as `Man`, of which DM 2.0 says none; `bootstrap`: the first session behind one, in DM 2.0.
   */
  | {
      type: "started";
      deviceId: string;
      version: DmVersion | "2.0";
      dialect?: Dialect;
      initiatedBy: "client" | "server";
      bootstrap?: true;
      notification?: number;
      devInfo: Record<string, string>;
    }
  | { type: "authenticated"; scheme: AuthScheme | "transport" }
  | { type: "unauthenticated"; retry: boolean }
  /** `data` is that of DM 2.0, of which `item` has what is no object and no array as text. */
  | { type: "alert"; id: number; code: number; item: Item; alertType?: string; correlator?: string; data?: Json }
  /** The objects that a device of DM 2.0 has. */
  | { type: "supported"; objects: SupportedMo[] }
  /** An object that the notification has asked for: `uri` is its root, `value` that node and what is below it. */
  | { type: "object"; uri: string; value: TndsNode[] }
  /** What the notification has asked for in DM 2.0: a ClientURI and its data, or a `code`: 304 where nothing has changed. */
  | ({ type: "data" } & MoItem)
  /** What others have changed since the last session with this server, as far as it may read it. */
  | { type: "treeChanged"; uris: string[] }
  | { type: "treeUnchanged" }
  /** `created`: where a device of DM 2.0 has stored what `hget` fetched. */
  | ({ type: "status"; code: number; uri?: string; data?: string[]; created?: string[] } & CommandRef)
  /** `objects`: in DM 2.0, where there are no `items`. */
  | ({ type: "results"; items: Item[]; objects?: MoItem[] } & CommandRef)
  /** A value that fits no message goes or comes in chunks: octets so far and all together, base64 counted as text. */
  | ({ type: "progress"; direction: "sent" | "received"; bytes: number; total?: number; uri?: undefined } & CommandRef)
  /** The same of what a device tells by itself, in an alert or of its DevInfo; `uri` is empty where an alert names no place. */
  | { type: "progress"; direction: "received"; bytes: number; total?: number; uri: string; command?: undefined; child?: undefined }
  /** The peer never said what became of it. */
  | ({ type: "unknown" } & CommandRef)
  /** The peer broke a rule that does not end the session. */
  | { type: "violation"; reason: string }
  /** A resent message: `respond` gives the stored reply, nothing was executed again. */
  | { type: "repeated" }
  | { type: "aborted"; by: "device" | "server"; reason?: string };
