/**
 * Section 11.1 of the specification, made ready: the server starts a session, asks the user, and replaces the WAP connectivity context.
 * Only the setting is arranged here; both engines write every message.
 */
import { confirmedReplace } from "./admin.js";
import { connectivityDocument } from "./connectivity.js";
import type { Desk } from "./desk.js";
import { CNN } from "./device-tree.js";
import { anySessionId } from "./settings.js";
import type { Settings } from "./settings.js";
import type { SimulatedDevice } from "./simulated-device.js";

export async function prepare(device: SimulatedDevice, settings: Settings, desk: Desk): Promise<void> {
  device.reset(settings);
  await desk.register(settings);
  await desk.queue(settings.deviceId, [confirmedReplace(settings.question, CNN, connectivityDocument(settings.accessPoint))]);
  device.start(settings, { by: "server", sessionId: anySessionId() });
}
