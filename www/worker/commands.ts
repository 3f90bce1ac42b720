import type { NewCommand } from "omadm";
import { fromJson, toJson } from "./json.ts";
import type { Pieces } from "./pieces.ts";

/**
 * `queued`: not handed to a session, or handed back unsent. `sent`: in a session. `answered`: the device said what became of it.
 * `unknown`: it may or may not have run, and is not sent again. `refused`: the engine would not take it.
 */
export type CommandState = "queued" | "sent" | "answered" | "unknown" | "refused";
export interface CommandRow {
  id: number;
  type: NewCommand["type"];
  /** Characters of the command as JSON. */
  size: number;
  state: CommandState;
  /** The engine's number within the session, while that goes on. */
  number: number | null;
  session: string | null;
  at: number;
}

/** Commands that wait at most. */
export const MAX_QUEUED = 1_000;
/** Commands that are remembered after they ended. */
const MAX_ENDED = 200;
/** Octets that are kept of what a device says about one command. */
const MAX_OUTCOME = 33_554_432;

const owner = (id: number): string => `command/${id}`;

/** The commands of one device, in the order in which they were queued. */
export class Commands {
  readonly #sql: SqlStorage;
  readonly #pieces: Pieces;

  constructor(sql: SqlStorage, pieces: Pieces) {
    this.#sql = sql;
    this.#pieces = pieces;
  }

  all(): CommandRow[] {
    return this.#select("true");
  }

  queued(): CommandRow[] {
    return this.#select("state = 'queued'");
  }

  /** Those of the session that goes on. */
  inFlight(): CommandRow[] {
    return this.#select("number IS NOT NULL");
  }

  row(id: number): CommandRow | undefined {
    return this.#select("id = ?", id)[0];
  }

  #select(where: string, ...values: number[]): CommandRow[] {
    const query = `SELECT id, type, size, state, number, session, at FROM command WHERE ${where} ORDER BY id`;
    return this.#sql.exec<CommandRow & Record<string, SqlStorageValue>>(query, ...values).toArray();
  }

  /** The command itself. */
  read(id: number): NewCommand {
    return fromJson(this.#sql.exec<{ command: string }>("SELECT command FROM command WHERE id = ?", id).one().command) as NewCommand;
  }

  /** Undefined when as many wait as may. */
  queue(commands: NewCommand[], at: number): number[] | undefined {
    const waiting = this.#sql.exec<{ n: number }>("SELECT count(*) AS n FROM command WHERE state = 'queued'").one().n;
    if (waiting + commands.length > MAX_QUEUED) return undefined;
    const insert = "INSERT INTO command (command, type, size, at) VALUES (?, ?, ?, ?) RETURNING id";
    return commands.map((command) => {
      const text = toJson(command);
      return this.#sql.exec<{ id: number }>(insert, text, command.type, text.length, at).one().id;
    });
  }

  save({ id, state, number, session, at }: CommandRow): void {
    this.#sql.exec("UPDATE command SET state = ?, number = ?, session = ?, at = ? WHERE id = ?", state, number, session, at, id);
  }

  /** Adds what the device said, or its bare kind once there is too much of it. */
  record(id: number, event: { type: string }): void {
    const bytes = new TextEncoder().encode(toJson(event));
    const size = this.#pieces.size(owner(id));
    const fits = size + bytes.length <= MAX_OUTCOME;
    if (!fits && size > MAX_OUTCOME) return;
    const part = String(this.#pieces.parts(owner(id)).length).padStart(6, "0");
    this.#pieces.write(owner(id), part, fits ? bytes : new TextEncoder().encode(toJson({ type: event.type, dropped: true })));
  }

  /** What the device said, oldest first, with octets still as base64: an attribute of a device may bear that name too. */
  outcome(id: number): unknown[] {
    const decoder = new TextDecoder();
    return this.#pieces.parts(owner(id)).map((part) => JSON.parse(decoder.decode(this.#pieces.read(owner(id), part))) as unknown);
  }

  /** Takes back what has not been handed to a session. */
  withdraw(id: number): boolean {
    return this.#sql.exec("DELETE FROM command WHERE id = ? AND state = 'queued'", id).rowsWritten > 0;
  }

  /** Forgets the oldest of those that have ended. */
  prune(): void {
    const old = this.#sql
      .exec<{ id: number }>(
        "SELECT id FROM command WHERE state <> 'queued' AND number IS NULL ORDER BY id DESC LIMIT -1 OFFSET ?",
        MAX_ENDED,
      )
      .toArray();
    for (const { id } of old) {
      this.#sql.exec("DELETE FROM command WHERE id = ?", id);
      this.#pieces.drop(owner(id));
    }
  }
}
