/** How a message is written on the wire, in words. */
import type { Encoding, WbxmlForm } from "omadm";

export const ENCODING_NAMES = { xml: "XML", wbxml: "WBXML" } as const;

/** `WBXML 1.2, public identifier 0x1201, no string table`. */
export function formWords({ version, publicId, stringTable, unterminated }: WbxmlForm): string {
  const id = typeof publicId === "number" ? `0x${publicId.toString(16)}` : `“${publicId}”`;
  const words = [`WBXML 1.${version}`, `public identifier ${id}`, stringTable ? "with a string table" : "no string table"];
  if (unterminated) words.splice(2, 0, "which lacks its terminating NUL");
  return words.join(", ");
}

export function encodingWords({ encoding, wbxml }: { encoding: Encoding; wbxml?: WbxmlForm }): string {
  return wbxml === undefined ? ENCODING_NAMES[encoding] : formWords(wbxml);
}
