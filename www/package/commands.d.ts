/** What a server asks of a device, and what a device tells of its own accord. */
import type { Data, Format } from "./types.js";

export interface UiOptions {
  minDisplay?: number;
  maxDisplay?: number;
  default?: string;
  maxLength?: number;
  inputType?: "A" | "N" | "D" | "T" | "P" | "I";
  echo?: "T" | "P";
}
export type UiCommand =
  | { type: "display" | "confirm" | "input"; text: string; options?: UiOptions }
  | { type: "choose"; text: string; choices: string[]; multiple?: boolean; options?: UiOptions };
export type NewCommand =
  | { type: "get" | "delete"; uri: string | string[] }
  | { type: "add" | "replace"; items: { uri: string; data?: Data; format?: Format; mime?: string }[] }
  | { type: "copy"; from: string; to: string }
  /** `correlator` comes back with the alert that tells the outcome, where that takes its time (status 202). */
  | { type: "exec"; uri: string; data?: Data; format?: Format; mime?: string; correlator?: string }
  /** An atomic holds add, copy, delete, replace and interactions; a sequence everything but atomics. */
  | { type: "atomic" | "sequence"; commands: NewCommand[] }
  | UiCommand;

/** What a device tells of its own accord: 1224 is a Client Event, 1226 a Generic Alert, which there is none of in DM 1.1. */
export interface ClientAlert {
  code: 1224 | 1226;
  /**
   * `urn:oma:at:` with enabler, version and event (`urn:oma:at:dcmo:1.0:operationcomplete`), `Reversed-Domain-Name:` and a name, or
   * `Content-Type:` and a media type. Only of a Generic Alert of DM 1.3 another one is refused.
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
