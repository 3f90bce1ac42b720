import type { Device } from "./device.ts";
import type { Directory } from "./directory.ts";

/** What the Worker is bound to, as configured in wrangler.jsonc. */
export interface Env {
  DEVICE: DurableObjectNamespace<Device>;
  DIRECTORY: DurableObjectNamespace<Directory>;
  /** The files of the console. */
  ASSETS?: Fetcher;
  /** The bearer token of the API; without one the API refuses everybody. */
  ADMIN_TOKEN?: string;
  /** The address that devices call; left out: `/dm` at the origin that was called. */
  PUBLIC_URL?: string;
  /** ServerID of the accounts; left out: `omadm`. */
  SERVER_ID?: string;
  /** `1`: a page on the loopback interface is told the token. For development only. */
  DEV_CONSOLE?: string;
}

/** The identity under which devices know this server. */
export function serverOf(env: Env, request: Request): { serverId: string; url: string } {
  return { serverId: env.SERVER_ID ?? "omadm", url: env.PUBLIC_URL ?? new URL("/dm", request.url).href };
}
