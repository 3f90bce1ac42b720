import { DmError, type Dm2Peek, peek, type Peek } from "omadm";
import { readBody } from "./body.ts";
import type { Refused } from "./device.ts";
import { hasAccount, MAX_DEVICE_ID } from "./directory.ts";
import { type Env, serverOf } from "./env.ts";
import { CHALLENGE, proofOf } from "./proof.ts";
import { Refusal, refusalOf, unavailable } from "./refusal.ts";
import { BARRED, type Incoming, type Reply, stranger } from "./turn.ts";

/** Messages of DM 1.x in either encoding; the reply comes in that of the message. */
const MESSAGES = ["application/vnd.syncml.dm+xml", "application/vnd.syncml.dm+wbxml"];
/** The packages of a device that speaks DM 2.0; the reply comes in the dialect of the first. */
const RESPONSE = "application/vnd.oma.dm.response+json";
const PACKAGES = ["application/vnd.oma.dm.initiation+json", RESPONSE];
/** A message as it came. */
type Arrived = Pick<Incoming, "body" | "contentType" | "headers" | "url">;

/** The headers that count. */
const HEADERS = ["x-syncml-hmac", "accept", "omadm-devid", "omadm-accept"];

/**
 * `POST /dm`: one message of a device, answered by the device's Durable Object. What it is in, DM 1.x or DM 2.0, its media type says.
 * What cannot be a message is refused here, before any object is called into being. In DM 2.0 what is refused has no body, except that a device
 * that is barred is told so.
 */
export async function dm(request: Request, env: Env): Promise<Response> {
  const protocol = protocolOf(request.headers.get("content-type") ?? "");
  try {
    if (request.method !== "POST") throw new Refusal(405, "method", "use POST", { allow: "POST" });
    if (protocol === undefined) throw new Refusal(415, "media-type", `send ${[...MESSAGES, ...PACKAGES].join(" or ")} in UTF-8`, { "omadm-accept": PACKAGES.join(", ") });
    const message = await receive(request);
    const { protocol: own, source, sessionId, msgId } = peeked(message);
    if (own !== protocol) throw new Refusal(400, "schema", "the body is not what its media type says");
    if (source === "" || source.length > MAX_DEVICE_ID) throw new Refusal(400, "range", "no usable device identifier in Source");
    const proof = protocol === 2 ? await proofOf(request.headers.get("authorization")) : undefined;
    const reply = await answer({ ...message, protocol, deviceId: source, sessionId, msgId, ...(proof && { proof }), server: serverOf(env, request) }, env);
    if ("refused" in reply) {
      const { status, code, message, headers } = reply.refused;
      throw new Refusal(status, code, message, headers);
    }
    console.log(`dm ${reply.status} ${reply.trace}`);
    if (reply.body.length === 0) return bare(reply.status, reply.status === 401 ? CHALLENGE : {});
    const headers = new Headers(reply.headers);
    headers.set("content-type", reply.contentType);
    headers.set("cache-control", "no-store");
    return new Response(reply.body, { status: reply.status, headers });
  } catch (error) {
    const refusal = refusalOf(error);
    console.log(`dm ${refusal.status} ${refusal.code}`);
    if (protocol === 2 && refusal.code !== BARRED) return bare(refusal.status, refusal.headers);
    return new Response(`${refusal.code}: ${refusal.message}\n`, {
      status: refusal.status,
      headers: { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store", "x-content-type-options": "nosniff", ...refusal.headers },
    });
  }
}

/** What a message says of itself. Of a package 3 that cannot be read a header may say whose it is: it ends the session of that device. */
function peeked(message: Arrived): Pick<Peek | Dm2Peek, "protocol" | "source" | "sessionId" | "msgId"> {
  try {
    return peek(message);
  } catch (error) {
    const { "omadm-devid": source = "" } = message.headers;
    if (!(error instanceof DmError) || source === "" || mediaTypeOf(message.contentType) !== RESPONSE) throw error;
    return { protocol: 2, source, sessionId: "", msgId: 0 };
  }
}

const bare = (status: number, headers: Record<string, string>): Response => new Response(null, { status, headers: { "cache-control": "no-store", ...headers } });

async function answer(incoming: Incoming, env: Env): Promise<Reply | Refused> {
  const known = await hasAccount(env, incoming.deviceId).catch(outage);
  if (!known) return stranger(incoming);
  return await env.DEVICE.get(env.DEVICE.idFromName(incoming.deviceId)).turn(incoming).catch(outage);
}

function outage(): never {
  throw unavailable();
}

async function receive(request: Request): Promise<Arrived> {
  const counting = HEADERS.flatMap((name) => {
    const value = request.headers.get(name);
    return value === null ? [] : [[name, value] as const];
  });
  return { body: await readBody(request), contentType: request.headers.get("content-type") ?? "", headers: Object.fromEntries(counting), url: request.url };
}

/** Which protocol a media type is of, with any parameters, but no other charset than UTF-8. */
function protocolOf(contentType: string): 1 | 2 | undefined {
  const [, ...parameters] = contentType.toLowerCase().split(";");
  const isReadable = parameters.every((parameter) => {
    const [name = "", ...value] = parameter.split("=");
    return name.trim() !== "charset" || /^\s*("utf-?8"|utf-?8)\s*$/.test(value.join("="));
  });
  if (!isReadable) return undefined;
  const type = mediaTypeOf(contentType);
  if (MESSAGES.includes(type)) return 1;
  return PACKAGES.includes(type) ? 2 : undefined;
}

const mediaTypeOf = (contentType: string): string => (contentType.split(";")[0] ?? "").trim().toLowerCase();
