import type { NewCommand } from "omadm";
import { fromJson, toJson } from "./json.ts";
import { joined, type Pieces } from "./pieces.ts";

/**
 * `queued`: not handed to a session, or handed back unsent. `sent`: in a session, or its answer has come in part. `answered`: the device said what became of it.
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

/** Commands that wait at most, and characters of all of them as JSON. */
export const MAX_QUEUED = 1_000;
export const MAX_WAITING = 67_108_864;
/** Octets of a command that stands in its own row. */
const INLINE = 65_536;
/** Commands that are remembered after they ended. */
const MAX_ENDED = 200;
/** Octets that are kept of what a device says about one command: an object of 16 MiB in base64. With the command it fits one answer of the object. */
const MAX_OUTCOME = 24_117_248;

/** Whose are the pieces of what a device said about a command, and those of a command that does not stand in its row. */
const owner = (id: number): string => `command/${id}`;
const long = (id: number): string => `queued/${id}`;
const WHOLE = "whole";
const encoder = new TextEncoder();

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
    return fromJson(new TextDecoder().decode(this.#text(id))) as NewCommand;
  }

  /** The command as JSON. */
  #text(id: number): Uint8Array {
    const { command } = this.#sql.exec<{ command: string }>("SELECT command FROM command WHERE id = ?", id).one();
    return command === "" ? this.#pieces.read(long(id), WHOLE) : encoder.encode(command);
  }

  /** Undefined when as many wait as may. */
  queue(commands: NewCommand[], at: number): number[] | undefined {
    const { n, size } = this.#sql
      .exec<{ n: number; size: number }>("SELECT count(*) AS n, coalesce(sum(size), 0) AS size FROM command WHERE state = 'queued'")
      .one();
    const texts = commands.map(toJson);
    if (n + texts.length > MAX_QUEUED || texts.reduce((sum, { length }) => sum + length, size) > MAX_WAITING) return undefined;
    return commands.map(({ type }, index) => this.#insert(type, texts[index] ?? "", at));
  }

  #insert(type: NewCommand["type"], text: string, at: number): number {
    const bytes = encoder.encode(text);
    const isShort = bytes.length <= INLINE;
    const insert = "INSERT INTO command (command, type, size, at) VALUES (?, ?, ?, ?) RETURNING id";
    const { id } = this.#sql.exec<{ id: number }>(insert, isShort ? text : "", type, text.length, at).one();
    if (!isShort) this.#pieces.write(long(id), WHOLE, bytes);
    return id;
  }

  save({ id, state, number, session, at }: CommandRow): void {
    this.#sql.exec("UPDATE command SET state = ?, number = ?, session = ?, at = ? WHERE id = ?", state, number, session, at, id);
  }

  /** Adds what the device said, or its bare kind once there is too much of it. */
  record(id: number, event: { type: string }): void {
    const bytes = encoder.encode(toJson(event));
    const size = this.#pieces.size(owner(id));
    const fits = size + bytes.length <= MAX_OUTCOME;
    if (!fits && size > MAX_OUTCOME) return;
    const part = String(this.#pieces.parts(owner(id)).length).padStart(6, "0");
    this.#pieces.write(owner(id), part, fits ? bytes : encoder.encode(toJson({ type: event.type, dropped: true })));
  }

  /**
   * A command and what the device said of it, oldest first, as JSON in octets, with other members before them. What is stored is JSON: it is
   * put together and never read, for it may be large.
   */
  tell(id: number, others: object): Uint8Array {
    const said = this.#pieces.parts(owner(id)).flatMap((part, at) => [encoder.encode(at === 0 ? "" : ","), this.#pieces.read(owner(id), part)]);
    const head = JSON.stringify(others).slice(0, -1);
    return joined([encoder.encode(`${head},"command":`), this.#text(id), encoder.encode(',"outcome":['), ...said, encoder.encode("]}")]);
  }

  /** Takes back what has not been handed to a session. */
  withdraw(id: number): boolean {
    const isQueued = this.#sql.exec("DELETE FROM command WHERE id = ? AND state = 'queued'", id).rowsWritten > 0;
    if (isQueued) this.#pieces.drop(long(id));
    return isQueued;
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
      this.#pieces.drop(long(id));
    }
  }
}
