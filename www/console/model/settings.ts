/** What the simulated device is told before a session. Lives in memory only. */
import type { Account, AuthScheme, DmVersion, Encoding } from "omadm";

export interface Settings {
  deviceId: string;
  serverId: string;
  user: string;
  password: string;
  serverUser: string;
  serverPassword: string;
  scheme: AuthScheme;
  version: DmVersion;
  encoding: Encoding;
  initiatedBy: "user" | "server";
  /** The access point that section 11.1 puts into ./settings/wap_settings/CNN. */
  accessPoint: string;
  question: string;
  /** What section 11.2 tells the user, and the virus definitions that it puts into ./antivirus_data/defs. */
  announcement: string;
  definitions: string;
}

export const DEFAULTS: Readonly<Settings> = {
  deviceId: "IMEI:350917284066132",
  serverId: "omadm",
  user: "field-unit-7",
  password: "otter-lantern",
  serverUser: "dm-desk",
  serverPassword: "quiet-harbour",
  scheme: "basic",
  version: "1.3",
  encoding: "xml",
  initiatedBy: "user",
  accessPoint: "depot.example",
  question: "Switch this device to the depot's access point?",
  announcement: "The virus definitions are brought up to date.",
  definitions: "Definitions of spring",
};

export function accountOf(settings: Settings): Account {
  const { deviceId, serverId, scheme } = settings;
  return {
    deviceId,
    serverId,
    client: { user: settings.user, secret: { password: settings.password }, schemes: [scheme] },
    server: { user: settings.serverUser, secret: { password: settings.serverPassword }, schemes: [scheme] },
  };
}
