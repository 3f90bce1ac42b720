/** The value of a node as people write it: text as it is, octets as hex. */
import type { Data, Format } from "omadm";
import { hexOf } from "./octets.js";

export type LeafFormat = Exclude<Format, "node">;
export const FORMATS: readonly LeafFormat[] = ["chr", "int", "bool", "bin", "b64", "xml", "float", "date", "time", "null"];

export function textOfData(data: Data | undefined): string {
  if (data === undefined) return "";
  if (typeof data === "string") return data;
  return data instanceof Uint8Array ? hexOf(data) : data.markup;
}

/** The value of `format` that a text stands for; markup stays markup where it was. */
export function valueOf(text: string, format: LeafFormat, before?: Data): Data | null {
  if (format === "null") return null;
  if (format === "bin") {
    const digits = text.replaceAll(/\s/g, "");
    if (!/^(?:[0-9a-f]{2})*$/i.test(digits)) throw new Error("A value of format bin is written as hex digits, two for each octet");
    return Uint8Array.from(digits.match(/../g) ?? [], (octet) => Number.parseInt(octet, 16));
  }
  const wasMarkup = typeof before === "object" && "markup" in before;
  return format === "xml" && wasMarkup ? { markup: text } : text;
}
