/** Octets of one row, safely below the platform's limit of 2 MB. */
const PIECE = 1_048_576;

/** Octets of any length, kept in rows of bounded size, named by an owner and a part of it. */
export class Pieces {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The octets of one part; empty when there is none. */
  read(owner: string, part: string): Uint8Array {
    const rows = this.#sql
      .exec<{ bytes: ArrayBuffer }>("SELECT bytes FROM piece WHERE owner = ? AND part = ? ORDER BY seq", owner, part)
      .toArray()
      .map((row) => new Uint8Array(row.bytes));
    return joined(rows);
  }

  /** All parts with their octets. Those of one object follow each other as they came, which saves a copy when it is whole. */
  all(owner: string): Map<string, Uint8Array> {
    const pieces = new Map<string, Uint8Array[]>();
    for (const { part, bytes } of this.#sql.exec<{ part: string; bytes: ArrayBuffer }>("SELECT part, bytes FROM piece WHERE owner = ? ORDER BY length(part), part, seq", owner)) {
      const rows = pieces.get(part);
      if (rows === undefined) pieces.set(part, [new Uint8Array(bytes)]);
      else rows.push(new Uint8Array(bytes));
    }
    return new Map([...pieces].map(([part, rows]) => [part, joined(rows)]));
  }

  write(owner: string, part: string, bytes: Uint8Array): void {
    this.drop(owner, part);
    // An empty part has one row as well, or it would be absent.
    for (let seq = 0; seq === 0 || seq * PIECE < bytes.length; seq += 1) {
      const piece = bytes.slice(seq * PIECE, (seq + 1) * PIECE);
      this.#sql.exec("INSERT INTO piece (owner, part, seq, bytes) VALUES (?, ?, ?, ?)", owner, part, seq, piece.buffer);
    }
  }

  parts(owner: string): string[] {
    return this.#sql
      .exec<{ part: string }>("SELECT DISTINCT part FROM piece WHERE owner = ? ORDER BY rowid", owner)
      .toArray()
      .map((row) => row.part);
  }

  /** Octets of all parts of `owner`. */
  size(owner: string): number {
    return this.#sql.exec<{ size: number }>("SELECT coalesce(sum(length(bytes)), 0) AS size FROM piece WHERE owner = ?", owner).one().size;
  }

  drop(owner: string, part?: string): void {
    if (part === undefined) this.#sql.exec("DELETE FROM piece WHERE owner = ?", owner);
    else this.#sql.exec("DELETE FROM piece WHERE owner = ? AND part = ?", owner, part);
  }
}

/** Octets one behind the other. */
export function joined(pieces: Uint8Array[]): Uint8Array {
  const [only] = pieces;
  if (only !== undefined && pieces.length === 1) return only;
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
