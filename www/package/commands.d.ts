/** What a server asks of a device, and what a device tells of its own accord. */
import type { Data, Format } from "./types.js";

/** How an interaction is shown. All of it is a hint; what an interaction has no use for is passed over. */
export interface UiOptions {
  /** Seconds that it is shown at least: 1 or more. */
  minDisplay?: number;
  /** Seconds to wait for the user: 1 or more. Behind them the outcome is 408, for which `default` counts where it is there. */
  maxDisplay?: number;
  /** What is offered: `1` for yes or `0` for no, a text, the number of a choice from 1 on, several of these such as `2-3`. */
  default?: string;
  /** Characters of the longest text: 1 or more. */
  maxLength?: number;
  /** What may be typed: letters and digits (the default), a number, a date DDMMYYYY, a time hhmmss, a telephone number, an IP address. */
  inputType?: "A" | "N" | "D" | "T" | "P" | "I";
  /** Whether typing is shown (the default) or, as of a password, is not. */
  echo?: "T" | "P";
}
export type UiCommand =
  | { type: "display" | "confirm" | "input"; text: string; options?: UiOptions }
  | { type: "choose"; text: string; choices: string[]; multiple?: boolean; options?: UiOptions };
/**
 * What the device speaks decides what it can be sent; the rest is told as `unsupported`. Nodes are named as the device names them: by a URI such as
 * `./DevInfo/DevId`, in DM 2.0 by a ClientURI such as `urn:oma:mo:oma-dm-devinfo:1.2//DevID`. A device of DM 2.0 can be sent `get`, `delete`, `exec`
 * without data, sequences of these, and what is said to be of DM 2.0.
 */
export type NewCommand =
  | { type: "get" | "delete"; uri: string | string[] }
  | { type: "add" | "replace"; items: { uri: string; data?: Data; format?: Format; mime?: string }[] }
  | { type: "copy"; from: string; to: string }
  /**
   * `correlator` comes back with the alert that tells the outcome, where that takes its time (status 202); DM 2.0 has no place for it. With `reportTo`, in DM 2.0, a device tells
   * the server there, in a session of its own: the one of the session, or one of which the device has an account in its tree.
   */
  | { type: "exec"; uri: string; data?: Data; format?: Format; mime?: string; correlator?: string; reportTo?: string }
  /** An atomic holds add, copy, delete, replace and interactions; a sequence everything but atomics. */
  | { type: "atomic" | "sequence"; commands: NewCommand[] }
  | UiCommand
  | Dm2NewCommand;
/** What is of DM 2.0 alone. */
export type Dm2NewCommand =
  /** The device fetches data, and stores it at `to` or where it likes; `created` of the status says where. */
  | { type: "hget"; from: string; to?: string }
  /** The device sends the data of these ClientURIs with PUT or POST. */
  | { type: "hput" | "hpost"; from: string | string[]; to: string }
  /** The user is shown a page; the device goes on with the session elsewhere. */
  | { type: "show" | "cont"; url: string }
  /** Where the device fetches the data of an object when it needs it. */
  | { type: "default"; url: string; moid: string }
  /** The device sends the data of a ClientURI whenever it has changed; and no longer. */
  | { type: "sub"; url: string; uri: string }
  | { type: "unsub"; uri: string };

/** What a device tells of its own accord: 1224 is a Client Event, 1226 a Generic Alert, which there is none of in DM 1.1. */
export interface ClientAlert {
  code: 1224 | 1226;
  /**
   * `urn:oma:at:` with enabler, version and event (`urn:oma:at:dcmo:1.0:operationcomplete`), `Reversed-Domain-Name:` and a name, or
   * `Content-Type:` and a media type. Types in use differ, so any is taken.
   */
  alertType: string;
  /** Default: that of the data, which must be in it. */
  format?: Format;
  mark?: "fatal" | "critical" | "minor" | "warning" | "informational" | "harmless" | "indeterminate";
  /** The nodes that it comes from, and is for. */
  source?: string;
  target?: string;
  /** That of the Exec whose outcome it tells. */
  correlator?: string;
  data: Data;
}
