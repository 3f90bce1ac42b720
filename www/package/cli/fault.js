/** What ends the command: wrong use of it, or a session that failed. Either is told in one line. */

/** The command line, or a file that it names, is not right: exit status 2. */
export class UsageError extends Error {}

/** What was asked for could not be done: exit status 1. */
export class Failure extends Error {}

/**
 * What an error says, in one line.
 * @param {unknown} error
 */
export function words(error) {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(/\s*\n\s*/g, " ");
}

/**
 * Why a file could not be read or written.
 * @param {unknown} error
 */
export function fileTrouble(error) {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  /** @type {Record<string, string>} */
  const known = {
    ENOENT: "there is no such file or folder",
    EACCES: "permission denied",
    EISDIR: "it is a folder",
    ENOTDIR: "a part of the path is no folder",
    EEXIST: "it exists already",
    EROFS: "the file system is read-only",
    ENOSPC: "no space is left",
  };
  return known[code] ?? words(error);
}
