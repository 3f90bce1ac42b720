/** Where the credentials and nonces of a message lie in its octets, in either encoding and in messages that are broken. */
import type { Outline, SyncMlMessage } from "omadm";
import { secretMembers } from "./mo-secrets.js";
import { octetsOf } from "./octets.js";
import type { Ranges } from "./octets.js";
import { secretsOf } from "./redact.js";
import { isSecretName } from "./tree-secrets.js";

/** By the outline where they stand, and by their octets wherever else they are, such as in a string table. */
export function secretRanges(bytes: Uint8Array, outline: Outline | undefined, message: SyncMlMessage | undefined): Ranges {
  const ranges = outline === undefined ? [] : standing(outline);
  const texts = outline === undefined ? [] : ranges.map(({ text }) => text).filter((text) => text !== undefined && text !== "");
  const known = new Set([...(message === undefined ? [] : secretsOf(message)), ...texts]);
  return [...ranges, ...Array.from(known).flatMap((secret) => occurrences(bytes, octetsOf(secret ?? "")))];
}

/** The pieces that hold a secret: Data of Cred, every NextNonce, and the Value of a node of an account that is one; or of JSON members. */
export function standing(outline: Outline): Outline[] {
  if (outline.name === "json") return secretMembers(outline);
  const found: Outline[] = [];
  const open: [Outline, string][] = [[outline, ""]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [piece, around] = next;
    if (piece.name === "NextNonce" || (piece.name === "Data" && around === "Cred")) found.push(piece);
    else for (const child of piece.children) open.push([child, piece.name]);
    if (piece.name !== "Node") continue;
    const name = piece.children.find((child) => child.name === "NodeName")?.text;
    if (isSecretName(name)) found.push(...piece.children.filter((child) => child.name === "Value"));
  }
  return found;
}

function occurrences(bytes: Uint8Array, wanted: Uint8Array): { start: number; end: number }[] {
  const [first] = wanted;
  const found: { start: number; end: number }[] = [];
  if (first === undefined) return found;
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (wanted.every((octet, index) => bytes[at + index] === octet)) found.push({ start: at, end: at + wanted.length });
  }
  return found;
}
