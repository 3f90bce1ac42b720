import type { AuthScheme } from "omadm";
import type { Device } from "./device.ts";
import type { Directory } from "./directory.ts";
import { Refusal } from "./refusal.ts";
import { isSchemes, SCHEMES } from "./schemes.ts";

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
  /** Schemes with commas between them: what devices without an account are asked for; left out: `md5`. Those of most accounts, so that nobody can tell which devices have one. */
  STRANGERS?: string;
  /** Seconds that a session may rest before it is given up; left out: 3600. */
  SESSION_IDLE?: string;
  /** `1`: a page on the loopback interface is told the token. For development only. */
  DEV_CONSOLE?: string;
}

/** The identity under which devices know this server, and what it asks of those that it does not know. */
export interface Server {
  serverId: string;
  url: string;
  strangers: AuthScheme[];
}

/** Milliseconds that a session may rest. */
export function idleOf({ SESSION_IDLE = "3600" }: Env): number {
  if (!/^[1-9][0-9]{0,6}$/.test(SESSION_IDLE)) throw new Refusal(500, "configuration", "SESSION_IDLE must be a whole number of seconds");
  return Number(SESSION_IDLE) * 1_000;
}

export function serverOf(env: Env, request: Request): Server {
  const strangers = (env.STRANGERS ?? "md5").split(",").map((scheme) => scheme.trim());
  if (!isSchemes(strangers)) throw new Refusal(500, "configuration", `STRANGERS must list some of: ${SCHEMES.join(", ")}`);
  return { serverId: env.SERVER_ID ?? "omadm", url: env.PUBLIC_URL ?? new URL("/dm", request.url).href, strangers };
}
