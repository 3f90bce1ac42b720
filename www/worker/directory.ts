import { DurableObject } from "cloudflare:workers";
import type { Env } from "./env.ts";

/** Characters of a device identifier; the platform names no object with more. */
export const MAX_DEVICE_ID = 1_024;
/** Directories among which the devices are divided, so that none is asked about all. */
const SHARDS = 16;
/** Identifiers that one isolate remembers; an account is never taken away. */
const MAX_REMEMBERED = 10_000;
const remembered = new Set<string>();

/**
 * Knows which devices have an account. A message of any other device is answered without waking an object for it: each would
 * take a database, and whoever makes up identifiers would take all of them.
 */
export class Directory extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS device (id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID");
  }

  has(deviceId: string): boolean {
    return this.ctx.storage.sql.exec("SELECT 1 FROM device WHERE id = ?", deviceId).toArray().length > 0;
  }

  add(deviceId: string): void {
    this.ctx.storage.sql.exec("INSERT OR IGNORE INTO device (id) VALUES (?)", deviceId);
  }
}

export async function hasAccount(env: Env, deviceId: string): Promise<boolean> {
  if (remembered.has(deviceId)) return true;
  const known = await (await directoryOf(env, deviceId)).has(deviceId);
  if (known) remember(deviceId);
  return known;
}

/** To be called once the account is stored. */
export async function enrol(env: Env, deviceId: string): Promise<void> {
  await (await directoryOf(env, deviceId)).add(deviceId);
}

function remember(deviceId: string): void {
  if (remembered.size >= MAX_REMEMBERED) remembered.clear();
  remembered.add(deviceId);
}

async function directoryOf(env: Env, deviceId: string): Promise<DurableObjectStub<Directory>> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(deviceId)));
  return env.DIRECTORY.get(env.DIRECTORY.idFromName(String((hash[0] ?? 0) % SHARDS)));
}
