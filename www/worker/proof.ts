/** In DM 2.0 a device proves itself by HTTP Basic (RFC 7617), with the user and the password of its account. */
import type { Credential } from "omadm";
import { fromBase64 } from "./json.ts";

/** What a device without a proof is told. */
export const CHALLENGE = { "www-authenticate": 'Basic realm="omadm", charset="UTF-8"' };

/** Characters of the credentials: more than user and password of an account can come to. */
const MAX_CREDENTIALS = 16_384;

/** SHA-256 of `user:password` as the header Authorization has them; undefined where it has none. */
export async function proofOf(authorization: string | null): Promise<Uint8Array | undefined> {
  if (authorization === null || authorization.length > MAX_CREDENTIALS) return undefined;
  const token = /^Basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(authorization)?.[1];
  if (token === undefined) return undefined;
  try {
    return new Uint8Array(await crypto.subtle.digest("SHA-256", fromBase64(token)));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Whether the credentials are those of the account; takes as long for wrong ones as for the right ones. A user name has no colon, so one hash is of both. */
export function proves(proof: Uint8Array | undefined, { secret }: Credential): boolean {
  const kept = "sha256" in secret && secret.sha256 !== undefined ? fromBase64(secret.sha256) : new Uint8Array();
  return proof !== undefined && proof.length === kept.length && crypto.subtle.timingSafeEqual(proof, kept);
}
