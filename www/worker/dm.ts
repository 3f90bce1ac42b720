import { peek } from "omadm";
import { readBody } from "./body.ts";
import type { Refused } from "./device.ts";
import { hasAccount, MAX_DEVICE_ID } from "./directory.ts";
import { type Env, serverOf } from "./env.ts";
import { Refusal, refusalOf, unavailable } from "./refusal.ts";
import { type Incoming, type Reply, stranger } from "./turn.ts";

/** DM messages in either encoding; the reply comes in that of the message. */
const MEDIA_TYPES = ["application/vnd.syncml.dm+xml", "application/vnd.syncml.dm+wbxml"];

/**
 * `POST /dm`: one message of a device, answered by the device's Durable Object.
 * What cannot be a message is refused here, before any object is called into being.
 */
export async function dm(request: Request, env: Env): Promise<Response> {
  try {
    const message = await receive(request);
    const { source, sessionId, msgId } = peek(message);
    if (source === "" || source.length > MAX_DEVICE_ID) throw new Refusal(400, "range", "no usable device identifier in Source");
    const reply = await answer({ ...message, deviceId: source, sessionId, msgId, server: serverOf(env, request) }, env);
    if ("refused" in reply) {
      const { status, code, message, headers } = reply.refused;
      throw new Refusal(status, code, message, headers);
    }
    console.log(`dm ${reply.status} ${reply.trace}`);
    const headers = new Headers(reply.headers);
    headers.set("content-type", reply.contentType);
    headers.set("cache-control", "no-store");
    return new Response(reply.body, { status: reply.status, headers });
  } catch (error) {
    const refusal = refusalOf(error);
    console.log(`dm ${refusal.status} ${refusal.code}`);
    return new Response(`${refusal.code}: ${refusal.message}\n`, {
      status: refusal.status,
      headers: { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store", "x-content-type-options": "nosniff", ...refusal.headers },
    });
  }
}

async function answer(incoming: Incoming, env: Env): Promise<Reply | Refused> {
  const known = await hasAccount(env, incoming.deviceId).catch(outage);
  if (!known) return stranger(incoming);
  return await env.DEVICE.get(env.DEVICE.idFromName(incoming.deviceId)).turn(incoming).catch(outage);
}

function outage(): never {
  throw unavailable();
}

async function receive(request: Request): Promise<Pick<Incoming, "body" | "contentType" | "hmac" | "url">> {
  if (request.method !== "POST") throw new Refusal(405, "method", "use POST", { allow: "POST" });
  const contentType = request.headers.get("content-type") ?? "";
  if (!isSupported(contentType)) throw new Refusal(415, "media-type", `send ${MEDIA_TYPES.join(" or ")} in UTF-8`);
  const hmac = request.headers.get("x-syncml-hmac") ?? undefined;
  return { body: await readBody(request), contentType, url: request.url, ...(hmac !== undefined && { hmac }) };
}

/** The media type with any parameters, but no other charset than UTF-8. */
function isSupported(contentType: string): boolean {
  const [type = "", ...parameters] = contentType.toLowerCase().split(";");
  if (!MEDIA_TYPES.includes(type.trim())) return false;
  return parameters.every((parameter) => {
    const [name = "", ...value] = parameter.split("=");
    return name.trim() !== "charset" || /^\s*("utf-?8"|utf-?8)\s*$/.test(value.join("="));
  });
}
