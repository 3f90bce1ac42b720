/**
 * A session of DM 2.0, made ready: the server starts a session, has the device fetch where its unit is, subscribes to that and has the unit
 * restarted; in a second step it has the device fetch the new place, which the device then sends to whoever subscribed. The repository is in the
 * page. Only that is arranged here; both engines write every package.
 */
import { encode } from "omadm";
import type { Dialect } from "omadm";
import type { Desk } from "./desk.js";
import { UNIT } from "./device-tree.js";
import type { Entry } from "./entries.js";
import { REPOSITORY } from "./repository.js";
import { anySessionId } from "./settings.js";
import type { Settings } from "./settings.js";
import type { SimulatedDevice } from "./simulated-device.js";

const PLACE = `${UNIT}//Place`;
/** Where the unit is at first, where it is then, and where whoever wants to know it listens. */
const FIRST = `${REPOSITORY}/unit/first`;
const NEXT = `${REPOSITORY}/unit/next`;
export const WATCHED = `${REPOSITORY}/unit/place`;

export async function prepare(device: SimulatedDevice, settings: Settings, desk: Desk): Promise<void> {
  const { dialect, deviceId, place } = settings;
  device.reset(settings);
  for (const [url, value] of [[FIRST, "Harbour"], [NEXT, place]] as const) device.repository.documents.set(url, documentOf(dialect, value));
  await desk.register(settings);
  await desk.queue(deviceId, [
    { type: "hget", from: FIRST, to: PLACE },
    { type: "sub", uri: PLACE, url: WATCHED },
    { type: "exec", uri: `${UNIT}//Restart` },
  ]);
  let isQueued = false;
  // The server's commands go out with its answer to what the device sends next: by then the second step must wait for it.
  const second = async (): Promise<void> => {
    if (isQueued || !isAsked(device.entries)) return;
    await desk.queue(deviceId, [
      { type: "hget", from: NEXT, to: PLACE },
      { type: "get", uri: PLACE },
    ]);
    isQueued = true;
  };
  device.start(settings, { by: "server", sessionId: anySessionId() }, second);
}

/** Whether the server has sent its first commands. */
function isAsked(entries: Entry[]): boolean {
  return entries.some((entry) => entry.kind === "message" && entry.document?.type === "dm2" && entry.document.package.kind === "request");
}

/** The place of the unit, as a repository has it. */
function documentOf(dialect: Dialect, value: string): { type: string; body: Uint8Array<ArrayBuffer> } {
  const { body, contentType } = encode({ type: "mo", dialect, items: [{ uri: PLACE, name: "Place", value }] });
  return { type: contentType, body: body.slice() };
}
