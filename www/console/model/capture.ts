/** Whatever was pasted or dropped, as octets. What it was taken for is said, so that a wrong guess is seen. */
import { octetsOf } from "./octets.js";

export type Kind = "text" | "hex" | "dump" | "base64";

export const KIND_NAMES: Record<Kind, string> = { text: "Text", hex: "Hex", dump: "Hex dump with offsets", base64: "Base64" };

export interface Capture {
  kind: Kind;
  bytes: Uint8Array;
  /** What of the text is no whole octet. */
  rest?: string;
  /** Where an octet stands in the text, in UTF-16 code units; absent for text itself. */
  placeOf?: (offset: number) => { index: number; length: number };
}

interface Found {
  bytes: number[];
  /** Index of the first character of each octet. */
  places: number[];
  rest?: string;
}

/** Octets from which on hex and base64 are taken for what they are, even if they do not begin like a message. */
const ENOUGH = 8;

export function captureOf(text: string): Capture {
  if (!/^\ufeff?\s*</.test(text)) {
    const dumped = dump(text);
    if (dumped !== undefined) return captured("dump", dumped, 2);
    const hexed = hex(text);
    if (hexed !== undefined && isLikely(hexed.bytes)) return captured("hex", hexed, 2);
    const decoded = base64(text);
    if (decoded !== undefined && isLikely(decoded.bytes)) return captured("base64", decoded, 2);
  }
  return { kind: "text", bytes: octetsOf(text) };
}

/** `width`: characters that an octet lies in. */
function captured(kind: Kind, { bytes, places, rest }: Found, width: number): Capture {
  const end = (places.at(-1) ?? 0) + width;
  return {
    kind,
    bytes: Uint8Array.from(bytes),
    ...(rest !== undefined && { rest }),
    placeOf: (offset) => {
      const index = places[offset];
      return index === undefined ? { index: end, length: 0 } : { index, length: width };
    },
  };
}

/** It is long, or begins as messages do: with the version of WBXML, with `<`, or with a byte order mark. */
function isLikely(bytes: number[]): boolean {
  const [first = 0] = bytes;
  return bytes.length >= ENOUGH || (first >= 1 && first <= 3) || first === 0x3c || first === 0xef;
}

/** Digits in any grouping: `02a401`, `02 a4 01`, `0x02, 0xa4`, `"\x02\xa4"`, `02:a4:01`. */
function hex(text: string): Found | undefined {
  const token = /(0x|\\x|[\s,;:{}()[\]"'-]+)|([0-9a-f]+)/giy;
  const found: Found = { bytes: [], places: [] };
  while (token.lastIndex < text.length) {
    const index = token.lastIndex;
    const [run, separator] = token.exec(text) ?? [];
    if (run === undefined || found.rest !== undefined) return undefined;
    if (separator !== undefined) continue;
    const isOdd = run.length % 2 === 1;
    if (run.length === 1) push(found, run, index);
    for (let at = 0; at + 1 < run.length; at += 2) push(found, run.slice(at, at + 2), index + at);
    if (!isOdd || run.length === 1) continue;
    // Half an octet can only be where a capture was cut.
    if (text.slice(token.lastIndex).trim() !== "") return undefined;
    found.rest = "half an octet at the end is left out";
  }
  return found.bytes.length === 0 ? undefined : found;
}

function push({ bytes, places }: Found, octet: string, index: number): void {
  bytes.push(Number.parseInt(octet, 16));
  places.push(index);
}

interface Line {
  offset: number;
  /** Where the octets begin: in the line, and in the text. */
  body: string;
  index: number;
}

/**
 * What xxd, hexdump -C, od -A x and Wireshark print: offset, octets, perhaps their characters. The offsets say how many octets a line has, so
 * that characters that look like octets are never taken for them.
 */
function dump(text: string): Found | undefined {
  const lines: Line[] = [];
  let index = 0;
  for (const line of text.split("\n")) {
    if (line.trim() !== "") {
      const [head, offset] = /^\s*(?:0x)?([0-9a-f]{4,16})(?:h?:\s*|\s+|$)/i.exec(line) ?? [];
      if (head === undefined || offset === undefined) return undefined;
      lines.push({ offset: Number.parseInt(offset, 16), body: line.slice(head.length), index: index + head.length });
    }
    index += line.length + 1;
  }
  const [first, second] = lines;
  if (first === undefined || !Number.isSafeInteger(first.offset) || first.offset % 16 !== 0) return undefined;
  const width = second === undefined ? 16 : second.offset - first.offset;
  if (width < 1 || width > 256) return undefined;
  const found: Found = { bytes: [], places: [] };
  for (const [at, line] of lines.entries()) {
    const next = lines[at + 1];
    const count = next === undefined ? width : next.offset - line.offset;
    const read = readLine(found, line, count, next === undefined, width);
    // What looks like an offset may be an octet or two of plain hex.
    if (line.offset - first.offset !== found.bytes.length - read) return undefined;
    if (next === undefined ? read === 0 && at === 0 : read !== count) return undefined;
  }
  return found;
}

/** Reads at most `count` octets. The last line ends where the gap before its characters begins. */
function readLine(found: Found, { body, index }: Line, count: number, isLast: boolean, width: number): number {
  const token = /( *)([0-9a-f]{2})(?![g-z])/giy;
  let read = 0;
  while (read < count) {
    const at = token.lastIndex;
    const [whole, gap = "", octet] = token.exec(body) ?? [];
    if (whole === undefined || octet === undefined) return read;
    const isMiddle = read === width / 2 && gap.length === 2;
    if (isLast && read > 0 && gap.length > 1 && !isMiddle) return read;
    push(found, octet, index + at + gap.length);
    read += 1;
  }
  return read;
}

/** In lines, in quotes, in the alphabet of addresses, without its padding, or as an address `data:...;base64,`. */
function base64(text: string): Found | undefined {
  if (/\S[ \t]+\S/.test(text)) return undefined;
  const prefix = /^\s*["']?(?:data:[^,]{0,200};base64,)?/.exec(text)?.[0].length ?? 0;
  const places: number[] = [];
  let plain = "";
  for (let index = prefix; index < text.length; index += 1) {
    const character = text[index] ?? "";
    if (/[A-Za-z0-9+/_-]/.test(character) && !plain.endsWith("=")) {
      plain += character === "-" ? "+" : character === "_" ? "/" : character;
      places.push(index);
    } else if (character === "=") {
      plain += "=";
    } else if (!/[\s"']/.test(character)) {
      return undefined;
    }
  }
  const bare = plain.replace(/={1,2}$/, "");
  if (bare === "" || bare.includes("=")) return undefined;
  const isCut = bare.length % 4 === 1;
  const octets = atob(isCut ? bare.slice(0, -1) : bare);
  return {
    bytes: Array.from(octets, (octet) => octet.charCodeAt(0)),
    places: Array.from(octets, (_, at) => places[Math.floor((at * 4) / 3)] ?? 0),
    ...(isCut && { rest: "a character at the end is left out" }),
  };
}
