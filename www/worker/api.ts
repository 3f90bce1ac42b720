/**
 * The JSON API of whoever operates the devices, behind a bearer token:
 *
 *     PUT    /api/devices/{deviceId}/account         create or replace the account; {"maxMsgSize": ..., "maxObjSize": ...} among what is in it are
 *                                                    the octets of the largest message and of the largest value in chunks that the device may send,
 *                                                    {"notificationForm", "acceptMo"} are of DM 2.0, and {"barred": true} lets it in no more
 *     GET    /api/devices/{deviceId}                 state, sessions, queue, log; no secret
 *     POST   /api/devices/{deviceId}/abort           end the session that goes on with its next reply; {"reason": "..."} is for the log
 *     POST   /api/devices/{deviceId}/notification    make a notification that asks the device for a session, which is then expected; it is for the
 *                                                    host to send. {} is enough, the form being that of the account; {"form", "uiMode", "initiator", "sessionId", "requested", "resync", "wap"}
 *     POST   /api/devices/{deviceId}/commands        queue one command or an array of them, 8 MiB in all; what fits no message goes in chunks. Those that
 *                                                    the device's protocol has no words for are `refused` in its session
 *     GET    /api/devices/{deviceId}/commands/{id}   a command and what the device answered; `progress` while a value passes in chunks
 *     DELETE /api/devices/{deviceId}/commands/{id}   take back a command that has not been sent
 */
import { DmError, DmServerSession, type NewCommand } from "omadm";
import { parseAccount } from "./account.ts";
import { readBody } from "./body.ts";
import { MAX_QUEUED, MAX_WAITING } from "./commands.ts";
import { enrol, hasAccount, MAX_DEVICE_ID } from "./directory.ts";
import { type Env, serverOf } from "./env.ts";
import { fromJson } from "./json.ts";
import { Refusal, refusalOf, unavailable } from "./refusal.ts";

/**
 * Octets of commands: values of several megabytes, which reach the device in chunks. An isolate of 128 MB holds them some times over,
 * as JSON, as commands and in the engine.
 */
const MAX_COMMANDS = 8_388_608;
/** Characters of the reason for which a session is aborted. */
const MAX_REASON = 256;

export async function api(request: Request, env: Env): Promise<Response> {
  try {
    await authorize(request, env);
    return await route(request, env);
  } catch (error) {
    const { status, code, message, headers } = refusalOf(error);
    return json(status, JSON.stringify({ error: { code, message } }), headers);
  }
}

/** Takes as long for a wrong token as for the right one. */
async function authorize(request: Request, env: Env): Promise<void> {
  const given = /^Bearer +(\S+)$/i.exec(request.headers.get("authorization") ?? "")?.[1] ?? "";
  const [theirs, ours] = await Promise.all([digest(given), digest(env.ADMIN_TOKEN ?? "")]);
  if (!crypto.subtle.timingSafeEqual(theirs, ours) || given === "") {
    throw new Refusal(401, "token", "send the bearer token", { "www-authenticate": 'Bearer realm="omadm"' });
  }
}

const digest = (text: string): Promise<ArrayBuffer> => crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));

async function route(request: Request, env: Env): Promise<Response> {
  const [device, kind, number, ...rest] = segments(new URL(request.url).pathname);
  if (device === undefined || rest.length > 0) throw missing("address");
  if (device === "" || device.length > MAX_DEVICE_ID) throw new Refusal(400, "device", `a device identifier has 1 to ${MAX_DEVICE_ID} characters`);
  const object = env.DEVICE.get(env.DEVICE.idFromName(device));
  const { method } = request;
  if (kind !== "account" && !(await asked(hasAccount(env, device)))) throw missing("device");
  if (kind === undefined) {
    allow(method, "GET");
    return json(200, (await asked(object.describe())) ?? gone("device"));
  }
  if (kind === "account" && number === undefined) {
    allow(method, "PUT");
    const account = await parseAccount(await readJson(request), device, serverOf(env, request).serverId);
    const outcome = await asked(object.putAccount(account));
    await asked(enrol(env, device));
    return json(outcome === "created" ? 201 : 200, "{}");
  }
  if (kind === "abort" && number === undefined) {
    allow(method, "POST");
    const outcome = (await asked(object.abort(parseReason(await readJson(request))))) ?? gone("device");
    if (outcome === "no session") throw new Refusal(409, "session", "no session of the device goes on");
    return json(202, "{}");
  }
  if (kind === "notification" && number === undefined) {
    allow(method, "POST");
    const outcome = (await asked(object.notify(await readJson(request)))) ?? gone("device");
    if ("refused" in outcome) throw new Refusal(outcome.refused.status, outcome.refused.code, outcome.refused.message);
    return json(201, outcome.notified);
  }
  if (kind === "commands" && number === undefined) {
    allow(method, "POST");
    const ids = (await asked(object.queue(parseCommands(await readJson(request, MAX_COMMANDS))))) ?? gone("device");
    if (ids === "full") throw new Refusal(409, "full", `at most ${MAX_QUEUED} commands of ${MAX_WAITING} characters wait for a device`);
    return json(201, JSON.stringify({ ids }));
  }
  if (kind === "commands" && number !== undefined && /^[1-9][0-9]{0,14}$/.test(number)) {
    allow(method, "GET", "DELETE");
    if (method === "GET") return json(200, (await asked(object.command(Number(number)))) ?? gone("command"));
    const outcome = (await asked(object.withdraw(Number(number)))) ?? gone("command");
    if (outcome === "too late") throw new Refusal(409, "sent", "the command is no longer queued");
    return new Response(null, { status: 204 });
  }
  throw missing("address");
}

/** What follows `/api/devices/`, decoded. */
function segments(pathname: string): string[] {
  const [, , collection, ...path] = pathname.split("/");
  if (collection !== "devices") return [];
  try {
    return path.map(decodeURIComponent);
  } catch {
    throw new Refusal(400, "address", "the address is not well encoded");
  }
}

function allow(method: string, ...methods: string[]): void {
  if (!methods.includes(method)) throw new Refusal(405, "method", `use ${methods.join(" or ")}`, { allow: methods.join(", ") });
}

async function readJson(request: Request, limit?: number): Promise<unknown> {
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") throw new Refusal(415, "media-type", "send application/json");
  const body = await readBody(request, limit);
  try {
    return fromJson(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(body));
  } catch (error) {
    throw new Refusal(400, "json", error instanceof Error ? error.message : "this is no JSON");
  }
}

function parseReason(json: unknown): string {
  const reason = typeof json === "object" && json !== null && "reason" in json ? json.reason : "";
  if (typeof reason !== "string" || reason.length > MAX_REASON) throw new Refusal(400, "reason", `reason must be a text of at most ${MAX_REASON} characters`);
  return reason;
}

/** The engine itself says whether it would take the commands. */
function parseCommands(value: unknown): NewCommand[] {
  const commands = (Array.isArray(value) ? value : [value]) as NewCommand[];
  if (commands.length === 0) throw new Refusal(400, "command", "there is no command");
  const session = new DmServerSession({ serverId: "omadm", url: "https://omadm.invalid/dm", binding: "respUri" });
  try {
    commands.forEach((command, index) => {
      try {
        session.push(command);
      } catch (error) {
        if (!(error instanceof DmError) || error.fault !== "caller") throw error;
        throw new Refusal(400, "command", `command ${index}: ${error.message}`);
      }
    });
  } finally {
    session.free();
  }
  return commands;
}

/** The platform's failures are its own, and may pass. */
async function asked<T>(answer: T): Promise<Awaited<T>> {
  try {
    return await answer;
  } catch {
    throw unavailable();
  }
}

const missing = (what: string): Refusal => new Refusal(404, "missing", `no such ${what}`);

function gone(what: string): never {
  throw missing(what);
}

const json = (status: number, body: string | Uint8Array, headers: Record<string, string> = {}): Response =>
  new Response(body, {
    status,
    headers: { "content-type": "application/json; charset=utf-8", "cache-control": "no-store", "x-content-type-options": "nosniff", ...headers },
  });
