import type { AccountState, Saved, SavedSince } from "omadm";
import { fromJson, toJson } from "./json.ts";
import type { Pieces } from "./pieces.ts";

/**
 * Where a session is kept. A device has one of each at most: an authenticated session, in `dm2` where it is one of DM 2.0 and else in `live`, of
 * which one displaces the other, and in `pending` one of DM 1.x that nobody has proved. The former is never displaced by a message that proves
 * nothing, and the latter cannot take more room than one row.
 */
export type Slot = "live" | "dm2" | "pending";
export interface SessionRow {
  slot: Slot;
  /** SessionID as the device wrote it; empty in the approved dialect of DM 2.0. */
  id: string;
  /** The server's address as it was when the session began. */
  url: string;
  over: boolean;
  /** Milliseconds since 1970 at which the last message came. */
  at: number;
}

const STATE = "state";
const PART = "part/";
const ABORT = "abort";

/** The sessions at rest of one device. */
export class Sessions {
  readonly #sql: SqlStorage;
  readonly #pieces: Pieces;

  constructor(sql: SqlStorage, pieces: Pieces) {
    this.#sql = sql;
    this.#pieces = pieces;
  }

  /** All of them, the authenticated one first. */
  rows(): SessionRow[] {
    return this.#sql
      .exec<{ slot: Slot; id: string; url: string; over: number; at: number }>("SELECT slot, id, url, over, at FROM session ORDER BY slot")
      .toArray()
      .map((row) => ({ ...row, over: row.over === 1 }));
  }

  /** The authenticated one. */
  live(): SessionRow | undefined {
    return this.rows().find(({ slot }) => slot !== "pending");
  }

  load(slot: Slot): Saved {
    const { account } = this.#sql.exec<{ account: string }>("SELECT account FROM session WHERE slot = ?", slot).one();
    const pieces = this.#pieces.all(slot);
    const parts = [...pieces].flatMap(([part, bytes]) => (part.startsWith(PART) ? [{ id: part.slice(PART.length), bytes }] : []));
    return { state: pieces.get(STATE) ?? new Uint8Array(), account: fromJson(account) as AccountState, parts };
  }

  /** The ids of the parts that are stored of a session. */
  parts(slot: Slot): string[] {
    return this.#pieces.parts(slot).flatMap((part) => (part.startsWith(PART) ? [part.slice(PART.length)] : []));
  }

  /** `continues`: the slot holds an earlier moment of the same session, and its parts are those that `saved` came without. */
  save(row: SessionRow, saved: SavedSince, continues: boolean): void {
    if (!continues) this.#pieces.drop(row.slot);
    this.#sql.exec(
      "INSERT OR REPLACE INTO session (slot, id, url, account, over, at) VALUES (?, ?, ?, ?, ?, ?)",
      row.slot,
      row.id,
      row.url,
      toJson(saved.account),
      row.over ? 1 : 0,
      row.at,
    );
    this.#pieces.write(row.slot, STATE, saved.state);
    this.#pieces.drop(row.slot, ABORT);
    for (const { id, bytes } of saved.parts) this.#pieces.write(row.slot, PART + id, bytes);
    for (const id of saved.gone) this.#pieces.drop(row.slot, PART + id);
  }

  /** The next reply of an authenticated session is to end it. Holds until that session is saved again. */
  askAbort(slot: Slot, reason: string): void {
    this.#pieces.write(slot, ABORT, new TextEncoder().encode(reason));
  }

  /** Why a session is to end, where somebody wants that. */
  abortReason(slot: Slot): string | undefined {
    if (!this.#pieces.parts(slot).includes(ABORT)) return undefined;
    return new TextDecoder().decode(this.#pieces.read(slot, ABORT));
  }

  drop(slot: Slot): void {
    this.#sql.exec("DELETE FROM session WHERE slot = ?", slot);
    this.#pieces.drop(slot);
  }
}
