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

/**
 * What somebody may have meant: the known word that is one or two slips away.
 * @param {string} given
 * @param {readonly string[]} known
 * @returns {string} `; did you mean ...?`, or nothing
 */
export function meant(given, known) {
  const [best] = known.map((word) => ({ word, slips: slipsBetween(given, word) })).sort((one, other) => one.slips - other.slips);
  return best === undefined || best.slips > 2 || best.slips >= given.length - 1 ? "" : `; did you mean ${best.word}?`;
}

/** Letters left out, added, changed or swapped. @param {string} from @param {string} to */
function slipsBetween(from, to) {
  /** @type {number[][]} */
  const rows = [Array.from({ length: to.length + 1 }, (_, at) => at)];
  for (let at = 1; at <= from.length; at += 1) {
    const [before = [], earlier = []] = [rows[at - 1], rows[at - 2]];
    const row = [at];
    for (let other = 1; other <= to.length; other += 1) {
      const isSame = from[at - 1] === to[other - 1];
      const isSwapped = at > 1 && other > 1 && from[at - 1] === to[other - 2] && from[at - 2] === to[other - 1];
      const least = Math.min((before[other] ?? 0) + 1, (row[other - 1] ?? 0) + 1, (before[other - 1] ?? 0) + (isSame ? 0 : 1));
      row.push(isSwapped ? Math.min(least, (earlier[other - 2] ?? 0) + 1) : least);
    }
    rows.push(row);
  }
  return rows[from.length]?.[to.length] ?? 0;
}
