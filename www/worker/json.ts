declare global {
  interface JSON {
    /** A number as it is to be written. */
    rawJSON(text: string): object;
  }
}

/** JSON in which octets stand as `{"base64": "..."}`; whole numbers of any size stand as they are. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) => {
    if (typeof member === "bigint") return JSON.rawJSON(String(member));
    return member instanceof Uint8Array ? { base64: toBase64(member) } : member;
  });
}

/** The inverse of {@link toJson}. Throws `SyntaxError` for what is no JSON and `RangeError` for what is no base64. */
export function fromJson(text: string): unknown {
  return JSON.parse(text, (_, member: unknown) => {
    if (typeof member !== "object" || member === null || !("base64" in member)) return member;
    if (Object.keys(member).length !== 1 || typeof member.base64 !== "string") throw new RangeError("base64 must be a text alone in its object");
    return fromBase64(member.base64);
  });
}

export function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8_192) text += String.fromCharCode(...bytes.subarray(at, at + 8_192));
  return btoa(text);
}

/** Throws `RangeError` for what is none. */
export function fromBase64(text: string): Uint8Array {
  let octets: string;
  try {
    octets = atob(text);
  } catch {
    throw new RangeError("this is no base64");
  }
  return Uint8Array.from(octets, (octet) => octet.charCodeAt(0));
}
