/** The objects that can be plugged into the simulated device, and what is chosen for them; they themselves come with the package. */
import { OBJECTS, objectsNamed } from "omadm/objects";
import type { DeviceObject, ObjectOptions } from "omadm/objects";

export type ObjectName = (typeof OBJECTS)[number];

/** What is chosen for one object. */
export interface Choice {
  isOn: boolean;
  /** What comes of its operations, by their names; left out: it succeeds. */
  results: Readonly<Record<string, string>>;
  /** Messages that each operation takes longer. */
  patience: string;
}
export interface Plugged {
  fumo: Choice & { keepsData: boolean; version: string };
  scomo: Choice;
  windows: Choice & { leaves: boolean };
}

const NONE: Choice = { isOn: false, results: {}, patience: "0" };
export const UNPLUGGED: Readonly<Plugged> = { fumo: { ...NONE, keepsData: false, version: "2.0.0" }, scomo: NONE, windows: { ...NONE, leaves: false } };

export const TITLES: Readonly<Record<ObjectName, string>> = { fumo: "Firmware (FUMO)", scomo: "Software (SCOMO)", windows: "Like Windows" };

export const OPERATIONS: Readonly<Record<ObjectName, readonly string[]>> = {
  fumo: ["Download", "Update", "DownloadAndUpdate"],
  scomo: ["Download", "DownloadInstall", "DownloadInstallInactive", "Install", "InstallInactive", "Activate", "Deactivate", "Remove"],
  windows: ["Reboot", "Wipe", "Unenroll"],
};

/** What an operation can come to; the first is success. */
export const RESULTS: Readonly<Record<ObjectName, Readonly<Record<string, string>>>> = {
  fumo: {
    200: "success",
    400: "client error",
    401: "cancelled by the user",
    402: "package corrupt",
    403: "package of another device",
    404: "package not valid",
    405: "package not acceptable",
    406: "download not authenticated",
    407: "download timed out",
    408: "not implemented",
    409: "undefined error",
    410: "update failed",
    411: "bad address",
    500: "download server failed",
    501: "no memory to download",
    502: "no memory to update",
    503: "network failed",
  },
  scomo: {
    1200: "success",
    1400: "client error",
    1401: "cancelled by the user",
    1402: "download failed",
    1403: "download not authenticated",
    1404: "no memory to download",
    1405: "installation failed",
    1406: "no memory to install",
    1407: "package not valid",
    1408: "removal failed",
    1409: "activation failed",
    1410: "deactivation failed",
    1411: "not implemented",
    1412: "undefined error",
    1413: "environment not supported",
    1500: "download server failed",
    1501: "no download server",
  },
  windows: { 200: "done", 202: "goes on", 401: "not for this server", 405: "not allowed", 500: "failed" },
};

/** The Generic Alerts of an object: a server has to know them. */
export const ALERT_TYPES: Readonly<Record<ObjectName, readonly string[]>> = {
  fumo: ["download", "update", "downloadandupdate"].map((name) => `org.openmobilealliance.dm.firmwareupdate.${name}`),
  scomo: ["urn:oma:at:scomo:1.0:OperationComplete"],
  windows: ["com.microsoft:mdm.unenrollment.userrequest"],
};

export function namesOf(plugged: Plugged): ObjectName[] {
  return OBJECTS.filter((name) => plugged[name].isOn);
}

export function objectsOf(plugged: Plugged): DeviceObject[] {
  const { fumo, scomo, windows } = plugged;
  const options: ObjectOptions = {
    fumo: { results: codesIn(fumo), patience: Number(fumo.patience), keepsData: fumo.keepsData, version: fumo.version },
    scomo: { results: codesIn(scomo), patience: Number(scomo.patience) },
    windows: { results: codesIn(windows), leaves: windows.leaves },
  };
  return objectsNamed(namesOf(plugged), options);
}

/** The same objects with what is chosen now; what goes on in them goes on. */
export function objectsAgain(plugged: Plugged, earlier: readonly DeviceObject[]): DeviceObject[] {
  const objects = objectsOf(plugged);
  for (const object of objects) {
    const before = earlier.find(({ name }) => name === object.name);
    if (before !== undefined) object.restore(before.save());
  }
  return objects;
}

/** What a State of FUMO or a Status of SCOMO means, where the node is one. */
export function stateWords(uri: string, data: unknown): string | undefined {
  const known = STATES.find(([place]) => place.test(uri))?.[1];
  return known?.[Number(data)];
}

const STATES: readonly (readonly [RegExp, Readonly<Record<number, string>>])[] = [
  [
    /^\.\/FwUpdate\/Firmware\/State$/,
    {
      10: "idle",
      20: "download failed",
      30: "downloading",
      40: "downloaded",
      50: "ready to update",
      60: "updating",
      70: "update failed, package kept",
      80: "update failed",
      90: "updated, package kept",
      100: "updated",
    },
  ],
  [/^\.\/SCOMO\/Software\/Download\/[^/]+\/Status$/, { 10: "idle", 20: "download failed", 30: "downloading", 40: "downloaded", 50: "installing", 60: "installation failed" }],
  [/^\.\/SCOMO\/Software\/Inventory\/Delivered\/[^/]+\/Status$/, { 10: "idle", 20: "removal failed", 30: "removing", 40: "installing", 50: "installation failed" }],
  [/^\.\/SCOMO\/Software\/Inventory\/Delivered\/[^/]+\/State$/, { 10: "delivered", 20: "installed" }],
  [
    /^\.\/SCOMO\/Software\/Inventory\/Deployed\/[^/]+\/Status$/,
    { 10: "idle", 20: "removal failed", 30: "removing", 40: "activation failed", 50: "activating", 60: "deactivation failed", 70: "deactivating" },
  ],
  [/^\.\/SCOMO\/Software\/Inventory\/Deployed\/[^/]+\/State$/, { 10: "inactive", 20: "active" }],
];

function codesIn({ results }: Choice): Record<string, number> {
  return Object.fromEntries(Object.entries(results).map(([name, code]) => [name, Number(code)]));
}
