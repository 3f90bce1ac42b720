/**
 * Section 11.2 of the specification, made ready: the server starts a session, tells the user, asks for the version of the virus definitions, and in
 * a second step replaces the definitions. Only that is arranged here; both engines write every message.
 */
import type { NewCommand } from "omadm";
import type { Desk } from "./desk.js";
import { DEFS, DEFS_TYPE, DEFS_VERSION } from "./device-tree.js";
import { base64Of, octetsOf } from "./octets.js";
import { anySessionId } from "./settings.js";
import type { Settings } from "./settings.js";
import type { Entry } from "./entries.js";
import type { SimulatedDevice } from "./simulated-device.js";

export async function prepare(device: SimulatedDevice, settings: Settings, desk: Desk): Promise<void> {
  device.reset(settings);
  await desk.register(settings);
  await desk.queue(settings.deviceId, [
    { type: "display", text: settings.announcement },
    { type: "get", uri: DEFS_VERSION },
  ]);
  let isQueued = false;
  // The server's commands go out with its answer to what the device sends next: by then the second step must wait for it.
  const second = async (): Promise<void> => {
    if (isQueued || !isAsked(device.entries)) return;
    await desk.queue(settings.deviceId, [update(settings.definitions)]);
    isQueued = true;
  };
  device.start(settings, { by: "server", sessionId: anySessionId() }, second);
}

/** Whether the server has asked for the version. */
function isAsked(entries: Entry[]): boolean {
  const commands = entries.flatMap((entry) => (entry.kind === "message" && entry.direction === "in" && entry.document?.type === "syncml" ? entry.document.message.commands : []));
  return commands.some(({ type }) => type === "get");
}

function update(definitions: string): NewCommand {
  // As text, as section 11.2 has it: so the node gets the same in either encoding.
  return { type: "replace", items: [{ uri: DEFS, data: base64Of(octetsOf(definitions)), format: "b64", mime: DEFS_TYPE }] };
}
