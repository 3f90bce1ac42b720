import { DmError, type DmServerSession, type ServerEvent } from "omadm";
import type { CommandRow, Commands } from "./commands.ts";

/** Characters of the commands that a session holds at once, as JSON; a single one may have more. */
const ROOM = 262_144;

/** The commands that one turn hands to a session, or learns something about. Writes nothing before {@link write}. */
export class Flight {
  readonly #commands: Commands;
  readonly #session: string;
  readonly #now: number;
  /** By the engine's number. */
  readonly #rows: Map<number, CommandRow>;
  readonly #changed = new Set<CommandRow>();
  readonly #said: { id: number; event: { type: string } }[] = [];

  constructor(commands: Commands, session: string, now: number) {
    this.#commands = commands;
    this.#session = session;
    this.#now = now;
    this.#rows = new Map(commands.inFlight().map((row) => [row.number ?? 0, row]));
  }

  take(event: ServerEvent): void {
    if (event.type !== "status" && event.type !== "results" && event.type !== "unknown" && event.type !== "progress") return;
    if (event.command === undefined) return;
    const row = this.#rows.get(event.command);
    if (row === undefined) return;
    if (event.type === "progress") {
      // What comes in chunks is no answer until it is whole.
      if (event.direction === "received" && row.state === "answered") this.#change(row, { state: "sent" });
      return;
    }
    this.#said.push({ id: row.id, event });
    if (event.type !== "unknown") this.#change(row, { state: "answered" });
    else if (row.state === "sent") this.#change(row, { state: "unknown" });
  }

  /** What the engine could not send to a device of this version. */
  refuse(number: number): void {
    const row = this.#rows.get(number);
    if (row === undefined) return;
    this.#rows.delete(number);
    this.#said.push({ id: row.id, event: { type: "unsupported" } });
    this.#change(row, { state: "refused", number: null });
  }

  /**
   * The session has ended. What it never sent is queued again; what it sent without an answer may have run, and is not sent
   * twice. Without the session nothing is known to be unsent.
   */
  settle(session: DmServerSession | undefined): void {
    for (const [number, row] of this.#rows) {
      if (row.state !== "sent") this.#change(row, { number: null });
      else if (session !== undefined && isUnsent(session, number)) this.#change(row, { state: "queued", number: null, session: null });
      else this.#change(row, { state: "unknown", number: null });
    }
    this.#rows.clear();
  }

  /** Hands over what is queued: what the session takes, and no more at once than its room; the rest follows with the next turn. */
  push(session: DmServerSession): void {
    let room = ROOM;
    for (const { state, size } of this.#rows.values()) if (state === "sent") room -= size;
    for (const row of this.#queued()) {
      if (row.size > room && room < ROOM) return;
      room -= row.size;
      try {
        const number = session.push(this.#commands.read(row.id));
        this.#rows.set(number, row);
        this.#change(row, { state: "sent", number, session: this.#session });
      } catch (error) {
        if (!(error instanceof DmError) || error.fault !== "caller") throw error;
        if (error.code === "limit" || error.code === "state") return;
        this.#said.push({ id: row.id, event: { type: "refused" } });
        this.#change(row, { state: "refused" });
      }
    }
  }

  /** Those just settled keep their place before those that were queued later. */
  #queued(): CommandRow[] {
    const rows = new Map(this.#commands.queued().map((row) => [row.id, row]));
    for (const row of this.#changed) if (row.state === "queued") rows.set(row.id, row);
    return [...rows.values()].sort((a, b) => a.id - b.id);
  }

  #change(row: CommandRow, change: Partial<CommandRow>): void {
    Object.assign(row, change, { at: this.#now });
    this.#changed.add(row);
  }

  write(): void {
    for (const row of this.#changed) this.#commands.save(row);
    for (const { id, event } of this.#said) this.#commands.record(id, event);
    if (this.#changed.size > 0) this.#commands.prune();
  }
}

function isUnsent(session: DmServerSession, number: number): boolean {
  try {
    return session.cancel(number);
  } catch (error) {
    if (error instanceof DmError) return false;
    throw error;
  }
}
