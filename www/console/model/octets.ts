/** Octets as people read them. */

const utf8 = new TextEncoder();

export function octetsOf(text: string): Uint8Array {
  return utf8.encode(text);
}

/** The text of `bytes`, or undefined where they are not UTF-8 or hold control characters. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

export function base64Of(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** The octets behind base64, white space in it ignored; undefined for what is no base64. */
export function fromBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/** `“text”` where `bytes` are text, else the words of printable ASCII in them, else hex; an ellipsis after `most` characters. */
export function legible(bytes: Uint8Array, most: number): string {
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  const text = textOf(bytes) ?? binary.match(/[ -~]{3,}/g)?.join(" · ");
  return text === undefined ? hexOf(bytes, most / 3) : `“${cut(text, most)}”`;
}

export function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

/** `03 0b 6a`, with an ellipsis after `most` octets. */
export function hexOf(bytes: Uint8Array, most = Infinity): string {
  const shown = Array.from(bytes.subarray(0, Math.min(most, bytes.length)), hexDigits);
  return shown.join(" ") + (bytes.length > most ? " …" : "");
}

/** Octets in rows of 16. */
export function rowsOf(bytes: Uint8Array, hidden: Ranges = []): string {
  const digits = Array.from(bytes, (byte, at) => (isIn(at, hidden) ? "··" : hexDigits(byte)));
  const rows: string[] = [];
  for (let at = 0; at < digits.length; at += 16) rows.push(digits.slice(at, at + 16).join(" "));
  return rows.join("\n");
}

export function hexDigits(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}

/** Ranges of octets, from `start` to before `end`. */
export type Ranges = readonly { start: number; end: number }[];

export function isIn(offset: number, ranges: Ranges): boolean {
  return ranges.some(({ start, end }) => offset >= start && offset < end);
}

export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** `1 octet`, `1,204 octets`. */
export function sizeOf(count: number): string {
  return `${count.toLocaleString("en")} ${count === 1 ? "octet" : "octets"}`;
}
