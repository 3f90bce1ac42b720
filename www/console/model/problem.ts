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

/** `[auth] the server's credentials are wrong (SyncHdr/Cred)`. */
export function sentenceOf(problem: Problem): string {
  const code = problem.code === undefined ? "" : `[${problem.code}] `;
  const path = problem.path === undefined || problem.path === "" ? "" : ` (${problem.path})`;
  return `${code}${problem.message}${path}`;
}
