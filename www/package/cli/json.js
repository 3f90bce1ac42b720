/** JSON in which octets stand as `{"base64": "..."}`, and whole numbers that no double holds as text. */

/** @param {unknown} value */
export function toJson(value) {
  return JSON.stringify(value, (_, member) => (typeof member === "bigint" ? String(member) : member instanceof Uint8Array ? { base64: Buffer.from(member).toString("base64") } : member));
}

/**
 * The inverse of `toJson`. Throws for what is no JSON, and for base64 that is none.
 * @param {string} text
 * @returns {unknown}
 */
export function fromJson(text) {
  return JSON.parse(text, (_, member) => {
    if (typeof member !== "object" || member === null || Object.keys(member).join() !== "base64") return member;
    const octets = Buffer.from(String(member.base64), "base64");
    if (octets.toString("base64") !== member.base64) throw new Error("a member base64 that is no base64");
    return new Uint8Array(octets);
  });
}

/**
 * Whether it is an object with members, not a list nor octets.
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
export function isRecord(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}
