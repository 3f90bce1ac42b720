/** Whatever went wrong, in words that can be shown. */
import { DmError } from "omadm";
import type { ErrorCode } from "omadm";

export interface Problem {
  message: string;
  code?: ErrorCode;
  /** Octets from the start of the input. */
  offset?: number;
  path?: string;
  expected?: string;
  limit?: string;
}

export function problemOf(error: unknown): Problem {
  if (error instanceof DmError) {
    const { message, code, offset, path, expected, limit } = error;
    return { message, code, offset, path, expected, limit };
  }
  return { message: error instanceof Error ? error.message : String(error) };
}

/** `octet 412 (0x19c)`: where there are no lines to count. */
export function octetWords(offset: number): string {
  return `octet ${offset} (0x${offset.toString(16)})`;
}

/** `[schema] missing CmdID in SyncBody/Replace[2] at byte 412`. */
export function sentenceOf({ code, message }: Problem): string {
  return code === undefined ? message : `[${code}] ${message}`;
}

/** The message without what the engine appends to it of `expected`, `path` and `offset`. */
export function headlineOf({ message, expected, path, offset }: Problem): string {
  let headline = message;
  for (const appended of [` at byte ${offset}`, ` in ${path}`, `, expected ${expected}`]) {
    if (headline.endsWith(appended)) headline = headline.slice(0, -appended.length);
  }
  return headline;
}
