/** What a server of DM 2.0 has the device fetch or send by HTTP, and how the device proves itself there. */
import type { Outcome } from "omadm";
import type { HttpCall } from "./entries.js";
import { base64Of, octetsOf } from "./octets.js";
import { Repository } from "./repository.js";
import type { Settings } from "./settings.js";

/** What is asked. */
export type Request = Pick<HttpCall, "method" | "url" | "headers" | "body">;

/** Octets of a document that is fetched. */
const MOST = 16_777_216;

/** Credentials are only for the server itself, and no redirection is followed. */
export async function exchange(fetch: typeof globalThis.fetch, repository: Repository, { method, url, headers, body }: Request): Promise<Outcome> {
  try {
    if (Repository.has(url)) {
      const answer = repository.answer(method, url, new Headers(headers).get("content-type") ?? "", body);
      return { response: { status: answer.status, headers: answer.headers, body: new Uint8Array(await answer.arrayBuffer()) } };
    }
    const response = await fetch(url, { method, headers, ...(body !== undefined && { body }), cache: "no-store", credentials: "omit", redirect: "error" });
    const octets = await octetsIn(response);
    if (octets === undefined) return { failed: "tooLarge" };
    return { response: { status: response.status, headers: response.headers, body: octets } };
  } catch {
    return { failed: "network" };
  }
}

/** Undefined where there are too many. */
async function octetsIn(response: Response): Promise<Uint8Array | undefined> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  const reader = response.body?.getReader();
  for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read()) {
    parts.push(part.value);
    size += part.value.length;
    if (size <= MOST) continue;
    await reader?.cancel();
    return undefined;
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

/** The header `Authorization` of the device (RFC 7617). */
export function basic({ user, password }: Settings): string {
  return `Basic ${base64Of(octetsOf(`${user}:${password}`))}`;
}
