/**
 * Section 11.1 of the specification, made ready: the server starts a session, asks the user, and replaces the WAP connectivity context.
 * Only the setting is arranged here; both engines write every message.
 */
import { Admin, confirmedReplace } from "./admin.js";
import { connectivityDocument } from "./connectivity.js";
import { CNN } from "./device-tree.js";
import type { Settings } from "./settings.js";
import type { SimulatedDevice } from "./simulated-device.js";

export async function prepare(device: SimulatedDevice, settings: Settings, fetch: typeof globalThis.fetch): Promise<void> {
  device.reset(settings);
  const admin = await Admin.connect(fetch);
  await admin.register(settings);
  await admin.queue(settings.deviceId, [confirmedReplace(settings.question, CNN, connectivityDocument(settings.accessPoint))]);
  device.start(settings, { by: "server", sessionId: anySessionId() });
}

/** From 1 to 65535: what a notification can carry. */
export function anySessionId(): number {
  const [drawn = 0] = crypto.getRandomValues(new Uint16Array(1));
  return Math.max(1, drawn);
}
