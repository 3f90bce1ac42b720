/** Notifications (Package#0) as people read them, out of whatever they were wrapped in and into it again. */
import { DmError, decodePush, encodePush, inspect } from "omadm";
import type { Limits, Notification, NotificationDocument, Outline } from "omadm";
import { hexOf, octetsOf, sizeOf, textOf } from "./octets.js";

export const MEDIA_TYPES = { "1.2": "application/vnd.syncml.notification", "2": "application/vnd.syncml.dm.notification" } as const;

/** What octets are to be taken for: what they look like, or a notification whatever they look like. */
export type Reading = "auto" | keyof typeof MEDIA_TYPES;
export const READINGS: Record<Reading, string> = { auto: "what it looks like", "1.2": "notification of DM 1.x", "2": "notification of DM 2.0" };

type Inspected = ReturnType<typeof inspect>;
export type Unwrapped = Inspected & {
  /** What the notification came in, in words. */
  wrapper?: string;
  /** The octets without what they came in. */
  body: Uint8Array;
};

export const UI_MODES = ["not specified", "in the background", "the user is told", "the user is asked first"];
export const INITIATORS = ["the user", "the server"];
const CONNECTIONS = ["any", "cellular", "wireless LAN", "wired"];
const OPTIONS: Readonly<Record<number, string>> = {
  2: "Targeted-MO", 3: "Requested-MO", 4: "Preferred-Bearer", 5: "Connect-Reason", 6: "Vendor-Info", 7: "Requested-MO-CV", 8: "REQ-MOS",
};
export const FORM_NAMES: Record<Notification["form"], string> = { "1.2": "DM 1.1 to 1.3", "2.0-draft": "DM 2.0, draft", "2.0": "DM 2.0, approved" };

/** As {@link inspect}, and what is in a WAP Push or a message of HTTP. Throws as that does. */
export function unwrapAndInspect(bytes: Uint8Array, reading: Reading, limits: Partial<Limits>): Unwrapped {
  const http = httpIn(bytes);
  if (http !== undefined) return around(bytes, http, limits);
  if (reading !== "auto") return { ...inspect({ body: bytes, contentType: MEDIA_TYPES[reading] }, limits), body: bytes };
  const push = pushIn(bytes);
  return push === undefined ? { ...inspect(bytes, limits), body: bytes } : around(bytes, push, limits);
}

interface Wrapped {
  wrapper: string;
  contentType: string;
  /** Pieces in front of the body, by where they end. */
  pieces: { name: string; end: number }[];
}

/** The head of a request or reply, with the content type of a notification in it. */
function httpIn(bytes: Uint8Array): Wrapped | undefined {
  const text = Array.from(bytes.subarray(0, 8_192), (octet) => String.fromCharCode(octet)).join("");
  const end = text.indexOf("\r\n\r\n");
  const type = /^content-type:[ \t]*(application\/vnd\.syncml\.(?:dm\.)?notification)[ \t]*(?:;[^\r\n]*)?$/im.exec(end < 0 ? "" : text.slice(0, end))?.[1];
  return type === undefined ? undefined : { wrapper: "HTTP", contentType: type, pieces: [{ name: "HTTP head", end: end + 4 }] };
}

function pushIn(bytes: Uint8Array): Wrapped | undefined {
  try {
    const { body, contentType, sms, transaction } = decodePush(bytes);
    const header = sms === undefined ? [] : [{ name: "user data header", end: 1 + (bytes[0] ?? 0) }];
    const wrapper = sms === undefined ? `WAP Push, transaction ${transaction}` : `WAP Push in a short message from port ${sms.source}, transaction ${transaction}`;
    return { wrapper, contentType, pieces: [...header, { name: "WSP", end: bytes.length - body.length }] };
  } catch (error) {
    if (error instanceof DmError) return undefined;
    throw error;
  }
}

/** What is found in the body, at its place in the whole. */
function around(bytes: Uint8Array, { wrapper, contentType, pieces }: Wrapped, limits: Partial<Limits>): Unwrapped {
  const start = pieces.at(-1)?.end ?? 0;
  const body = bytes.slice(start);
  const { outline, document, error } = inspect({ body, contentType }, limits);
  const before = pieces.map(({ name, end }, at): Outline => {
    const from = pieces[at - 1]?.end ?? 0;
    const piece = bytes.subarray(from, end);
    return { name, start: from, end, text: textOf(piece)?.trim() ?? hexOf(piece), children: [] };
  });
  const whole: Outline = { name: wrapper.split(",")[0] ?? wrapper, start: 0, end: bytes.length, children: [...before, shifted(outline, start)] };
  return { outline: whole, ...(document && { document }), ...(error && { error: moved(error, start) }), wrapper, body };
}

const shifted = (piece: Outline, by: number): Outline => ({ ...piece, start: piece.start + by, end: piece.end + by, children: piece.children.map((child) => shifted(child, by)) });

/** An error at its place in the whole. */
function moved(error: DmError, by: number): DmError {
  if (error.offset === undefined) return error;
  const offset = error.offset + by;
  const message = error.message.replace(` at byte ${error.offset}`, ` at byte ${offset}`);
  return Object.create(error, { offset: { value: offset }, message: { value: message } }) as DmError;
}

/** Its fields in words. */
export function fieldsOf({ notification, digest }: NotificationDocument): [string, string][] {
  const fields: [string, string][] = [["Server-ID", notification.serverId], ["Form", FORM_NAMES[notification.form]]];
  if (notification.form !== "2.0") {
    const { uiMode, initiator, sessionId } = notification;
    if (notification.form === "1.2") fields.push(["Version", `${notification.version} (${(notification.version / 10).toFixed(1)})`]);
    fields.push(["SessionID", sessionText(sessionId)], ["UI mode", `${uiMode} ${UI_MODES[uiMode] ?? ""}`], ["Initiator", `${initiator} ${INITIATORS[initiator] ?? ""}`]);
  }
  if (notification.form === "1.2" && notification.vendor !== undefined) fields.push(["Vendor", hexOf(notification.vendor)]);
  if (notification.form === "2.0-draft") for (const { number, value } of notification.options) fields.push([OPTIONS[number] ?? `Option ${number}`, optionText(number, value)]);
  if (notification.form === "2.0") {
    const { connection, id, timestamp, requestMos } = notification;
    if (connection !== undefined) fields.push(["Connection", connection.map((type) => CONNECTIONS[type] ?? String(type)).join(", then ")]);
    if (id !== undefined) fields.push(["Number", String(id)]);
    if (timestamp !== undefined) fields.push(["Time", timeText(timestamp)]);
    if (requestMos) fields.push(["Asks for", "the list of all objects"]);
  }
  if (notification.reserved !== undefined) fields.push(["Reserved bits", `0x${notification.reserved.toString(16)}, which nobody sets`]);
  return [...fields, ["Digest", digest === undefined ? "none" : `${hexOf(digest)} (${notification.form === "2.0" ? "SHA-256" : "MD5"}, not checked)`]];
}

/** As SessionID has it. */
export const sessionText = (number: number): string => number.toString(16).toUpperCase();

function timeText(seconds: number): string {
  const date = new Date(seconds * 1_000);
  return Number.isNaN(date.getTime()) ? String(seconds) : `${seconds} (${date.toISOString().replace(".000", "")})`;
}

function optionText(number: number, value: Uint8Array): string {
  const index = (octets: Uint8Array): string => `object ${octets.reduce((sum, octet) => sum * 256 + octet, 0)}`;
  if (number === 2 || number === 3) return index(value);
  if (number === 7) return `${index(value.subarray(0, 2))}, unless it is still ${textOf(value.subarray(2)) ?? hexOf(value.subarray(2))}`;
  if (number === 8) return "the list of all objects";
  return textOf(value) ?? hexOf(value);
}

/** What else the same notification is brought in. */
export const WRAPPERS = { hex: "Octets", push: "WAP Push", sms: "Short message", http: "HTTP" } as const;
export type Wrapper = keyof typeof WRAPPERS;

/** The octets of a notification in a wrapper, and what is to be said of it. */
export function wrapped(body: Uint8Array, contentType: string, wrapper: Wrapper): { octets: Uint8Array; words: string } {
  switch (wrapper) {
    case "hex":
      return { octets: body, words: `${contentType}, ${sizeOf(body.length)}` };
    case "push": {
      const octets = encodePush({ body, contentType });
      return { octets, words: `Connectionless WSP Push for port 2948, ${sizeOf(octets.length)}` };
    }
    case "sms": {
      const octets = encodePush({ body, contentType }, { sms: {} });
      const count = octets.length > SHORT ? `: more than the ${SHORT} of one short message` : " of the 140 of one short message";
      return { octets, words: `User data with its header, ${sizeOf(octets.length)}${count}` };
    }
    case "http": {
      const head = octetsOf(`POST / HTTP/1.1\r\ncontent-type: ${contentType}\r\ncontent-length: ${body.length}\r\n\r\n`);
      const octets = new Uint8Array(head.length + body.length);
      octets.set(head);
      octets.set(body, head.length);
      return { octets, words: `A request with content-type: ${contentType}` };
    }
  }
}

/** Octets of user data that a short message holds. */
const SHORT = 140;
