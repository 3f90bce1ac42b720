/** What the simulated device is told before a session. Lives in memory only. */
import type { Account, AuthScheme, ClientConfig, Dialect, DmVersion, Encoding, NotificationForm, Trigger } from "omadm";
import { REPOSITORY } from "./repository.js";
import { ALERT_TYPES, UNPLUGGED } from "./plugged.js";
import type { ObjectName, Plugged } from "./plugged.js";

export interface Settings {
  deviceId: string;
  serverId: string;
  user: string;
  password: string;
  serverUser: string;
  serverPassword: string;
  /** How the device proves itself, and how the server does. */
  scheme: AuthScheme;
  serverScheme: AuthScheme | "transport";
  /** Octets of the largest message that each side takes; empty: any. */
  maxMsgSize: string;
  serverMaxMsgSize: string;
  /** Octets of the largest value that each side takes in chunks; empty: what the engine takes. */
  maxObjSize: string;
  serverMaxObjSize: string;
  version: DmVersion | "2.0";
  encoding: Encoding;
  /** Of DM 2.0, which has no encoding. */
  dialect: Dialect;
  /** Makes randomness and clock of the device the same each time; empty: the browser's. */
  seed: string;
  /** The objects that are plugged into it. */
  plugged: Plugged;
  initiatedBy: "user" | "server";
  /** What the user is to see of a session that a notification asks for. */
  uiMode: "0" | "1" | "2" | "3";
  /** Notifications are under the nonce of four zero octets, and taken so. */
  resync: boolean;
  /** Identifiers of the objects that a notification asks for, one a line. */
  requested: string;
  /** Package 1 tells what has changed in the tree. */
  treeAlerts: boolean;
  /** Add makes missing parents. */
  implicitAdd: boolean;
  /** Types of Generic Alert that the server handles, one a line, and what it says of those; empty: what the specification says. */
  alertTypes: string;
  alertStatus: "" | "200" | "202" | "406" | "500";
  /** The access point that section 11.1 puts into ./settings/wap_settings/CNN. */
  accessPoint: string;
  question: string;
  /** Where the example of DM 2.0 says that the unit is. */
  place: string;
  /** What section 11.2 tells the user, and the virus definitions that it puts into ./antivirus_data/defs. */
  announcement: string;
  definitions: string;
}

/** The type of alert that both sides know at first. */
export const ALERT_TYPE = "urn:oma:at:ext-marram:restart:1.0";

export const DEFAULTS: Readonly<Settings> = {
  deviceId: "IMEI:350917284066132",
  serverId: "omadm",
  user: "field-unit-7",
  password: "otter-lantern",
  serverUser: "dm-desk",
  serverPassword: "quiet-harbour",
  scheme: "basic",
  serverScheme: "basic",
  maxMsgSize: "",
  serverMaxMsgSize: "",
  maxObjSize: "",
  serverMaxObjSize: "",
  version: "1.3",
  encoding: "xml",
  dialect: "draft",
  seed: "",
  plugged: UNPLUGGED,
  initiatedBy: "user",
  uiMode: "2",
  resync: false,
  requested: "",
  treeAlerts: false,
  implicitAdd: false,
  alertTypes: ALERT_TYPE,
  alertStatus: "",
  accessPoint: "depot.example",
  place: "Depot",
  question: "Switch this device to the depot's access point?",
  announcement: "The virus definitions are brought up to date.",
  definitions: "Definitions of spring",
};

export function accountOf(settings: Settings): Account {
  const { deviceId, serverId, scheme, serverScheme } = settings;
  return {
    deviceId,
    serverId,
    client: { user: settings.user, secret: { password: settings.password }, schemes: [scheme] },
    server:
      serverScheme === "transport" ? serverScheme : { user: settings.serverUser, secret: { password: settings.serverPassword }, schemes: [serverScheme] },
  };
}

/** What the device is told. Throws for sizes that are none. `epoch` tells the validators of a tree from those of one before it. */
export function configOf(settings: Settings, url: string, epoch?: number): ClientConfig {
  const { version, encoding, dialect, treeAlerts, implicitAdd } = settings;
  if (version === "2.0") {
    const maxObjSize = sizeIn(settings.maxObjSize, "The largest document");
    const objects = { alwaysListed: true, ...(epoch !== undefined && { epoch }) };
    return { account: accountOf(settings), url, version, dialect, origins: [REPOSITORY], treeAlerts, objects, ...(maxObjSize !== undefined && { maxObjSize }) };
  }
  const maxMsgSize = sizeIn(settings.maxMsgSize, "MaxMsgSize");
  const maxObjSize = sizeIn(settings.maxObjSize, "MaxObjSize");
  const shared = { account: accountOf(settings), url, version, encoding, treeAlerts, implicitAdd };
  const sizes = { ...(maxMsgSize !== undefined && { maxMsgSize }), ...(maxObjSize !== undefined && { maxObjSize }) };
  return { ...shared, interactions: ["display", "confirm", "input", "choose"], ...sizes };
}

/** The form of the notifications that the device takes. */
export function formOf({ version, dialect }: Pick<Settings, "version" | "dialect">): NotificationForm {
  if (version !== "2.0") return "1.2";
  return dialect === "draft" ? "2.0-draft" : "2.0";
}

/** Why a session starts. */
export function triggerOf({ initiatedBy, requested }: Settings): Trigger {
  return initiatedBy === "user" ? { by: "user" } : { by: "server", sessionId: anySessionId(), requested: linesIn(requested) };
}

/** From 1 to 65535: what a notification can carry. */
export function anySessionId(): number {
  const [drawn = 0] = crypto.getRandomValues(new Uint16Array(1));
  return Math.max(1, drawn);
}

/** A number of octets, or undefined where there is none. */
export function sizeIn(text: string, name: "MaxMsgSize" | "MaxObjSize" | "The largest document"): number | undefined {
  if (text.trim() === "") return undefined;
  const size = Number(text);
  if (!Number.isInteger(size) || size < 1) throw new Error(`${name} is a whole number of octets, not “${text}”`);
  return size;
}

/** Plugs an object in or pulls it out; its alerts become known to the server that registers the device, or no longer. */
export function pluggedWith(settings: Settings, name: ObjectName, isOn: boolean): Settings {
  const others = linesIn(settings.alertTypes).filter((type) => !ALERT_TYPES[name].includes(type));
  const alertTypes = (isOn ? [...others, ...ALERT_TYPES[name]] : others).join("\n");
  return { ...settings, alertTypes, plugged: { ...settings.plugged, [name]: { ...settings.plugged[name], isOn } } };
}

/** What stands in each line, without the empty ones. */
export function linesIn(text: string): string[] {
  return text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
}
