/** What is kept of a message on the wire beside its octets. */
import { decode } from "omadm";
import type { HeaderList } from "omadm";
import type { MessageEntry } from "./entries.js";

/** The header that signs a message of DM 1. */
export const HMAC = "x-syncml-hmac";

export function signed(hmac: string | null | undefined): { hmac?: string } {
  return typeof hmac === "string" ? { hmac } : {};
}

export function read(body: Uint8Array, headers: HeaderList): Pick<MessageEntry, "document" | "headers"> {
  try {
    const document = decode({ body, headers });
    if (document.type === "dm2") return { document, headers: Array.from(new Headers(headers as HeadersInit)).filter(([name]) => /^(?:accept|content-type|omadm-.*)$/.test(name)) };
    return document.type === "syncml" ? { document } : {};
  } catch {
    return {};
  }
}
