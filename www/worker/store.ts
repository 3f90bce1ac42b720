import type { Account, AccountState, Credential, NotificationForm } from "omadm";
import { type CommandRow, Commands } from "./commands.ts";
import { fromJson, toJson } from "./json.ts";
import { Pieces } from "./pieces.ts";
import { SCHEMA } from "./schema.ts";
import { Sessions } from "./sessions.ts";

/** What the server knows about a device that has an account. */
export interface DeviceRow {
  account: StoredAccount;
  desk: Desk;
  /** Names below `./DevInfo` with their values. */
  info: Record<string, string>;
  /** Messages that did not prove who sent them, and when the last of them came. */
  challenged: number;
  challengedAt: number | null;
}
export type StoredAccount = Pick<Account, "deviceId" | "serverId" | "server" | "notification"> & { client: Credential; state: AccountState };
/** What the server does with one device in particular. */
export interface Desk {
  /** Octets; announced to the device. */
  maxMsgSize?: number;
  /** Octets of the largest value that it may send in chunks; announced to it. Without it the engine's 16 MiB. */
  maxObjSize?: number;
  /** Generic Alerts of other types are answered 415. */
  alertTypes?: string[];
  /** The verdict on Client Events, and on Generic Alerts of these types. */
  alertStatus?: number;
  /** The formats in which `hput` and `hpost` may send data, as in the header Accept; devices of DM 2.0 are told. */
  acceptMo?: string;
  /** The form of its notifications where the API is not told one: `1.2` without it. */
  notificationForm?: NotificationForm;
  /** It is let in no more: who proves to be this device is answered 403 of HTTP. */
  barred?: boolean;
}
/** An event as it is remembered. */
export interface Logged {
  type: string;
  /** Of what is under way: the command, or the place of what the device tells by itself. */
  command?: number;
  uri?: string | undefined;
  [name: string]: unknown;
}
/** Octets that have passed, and how many there are. */
export interface Progress {
  direction: "sent" | "received";
  bytes: number;
  total?: number;
}
export interface LogRow {
  /** Grows with every event of the device. */
  seq: number;
  at: number;
  session: string;
  event: unknown;
}

/** Events that are remembered. */
const MAX_LOG = 200;
const OF_PROGRESS = "FROM log WHERE session = ? AND json_extract(event, '$.type') = 'progress'";
const FORGET_PROGRESS = `DELETE ${OF_PROGRESS} AND json_extract(event, '$.command') IS ? AND json_extract(event, '$.uri') IS ?`;
const PROGRESS = `SELECT event ${OF_PROGRESS} AND json_extract(event, '$.command') = ?`;

/** The SQLite storage of one device. */
export class Store {
  readonly sessions: Sessions;
  readonly commands: Commands;
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.#sql = storage.sql;
    const pieces = new Pieces(storage.sql);
    this.sessions = new Sessions(storage.sql, pieces);
    this.commands = new Commands(storage.sql, pieces);
  }

  /** All writes of one turn: together or not at all. */
  transaction(write: () => void): void {
    this.#storage.transactionSync(write);
  }

  /** Has the object's alarm go off at this time instead of any other; part of the transaction in which it is called. */
  wakeAt(time: number): void {
    // A failure to write breaks the object anyway, before anybody is answered.
    this.#storage.setAlarm(time).catch(() => {});
  }

  /** Undefined for a device without an account. */
  device(): DeviceRow | undefined {
    if (!this.#exists()) return undefined;
    const row = this.#sql
      .exec<{ account: string; info: string; challenged: number; challenged_at: number | null }>("SELECT account, info, challenged, challenged_at FROM device")
      .one();
    const { desk = {}, ...account } = fromJson(row.account) as StoredAccount & { desk?: Desk };
    return {
      account,
      desk,
      info: JSON.parse(row.info) as Record<string, string>,
      challenged: row.challenged,
      challengedAt: row.challenged_at,
    };
  }

  #exists(): boolean {
    return this.#sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'device'").toArray().length > 0;
  }

  create(account: StoredAccount, desk: Desk): void {
    this.#sql.exec(SCHEMA);
    this.#sql.exec("INSERT INTO device (one, account) VALUES (1, ?)", toJson({ ...account, desk }));
  }

  save(device: DeviceRow): void {
    this.#sql.exec(
      "UPDATE device SET account = ?, info = ?, challenged = ?, challenged_at = ?",
      toJson({ ...device.account, desk: device.desk }),
      JSON.stringify(device.info),
      device.challenged,
      device.challengedAt,
    );
  }

  /** Of the chunks of one value only the last is remembered, or they would push out everything else. */
  log(at: number, session: string, events: Logged[]): void {
    for (const event of events) {
      if (event.type === "progress") this.#sql.exec(FORGET_PROGRESS, session, event.command ?? null, event.uri ?? null);
      this.#sql.exec("INSERT INTO log (at, session, event) VALUES (?, ?, ?)", at, session, JSON.stringify(event));
    }
    this.#sql.exec("DELETE FROM log WHERE seq <= (SELECT max(seq) FROM log) - ?", MAX_LOG);
  }

  /** How much has passed of a value that goes to the device or comes from it in chunks, for a command that is under way. */
  progressOf({ state, number, session }: CommandRow): Progress | undefined {
    if (state !== "sent" || number === null) return undefined;
    const [row] = this.#sql.exec<{ event: string }>(PROGRESS, session, number).toArray();
    if (row === undefined) return undefined;
    const { direction, bytes, total } = JSON.parse(row.event) as Progress;
    return { direction, bytes, ...(total !== undefined && { total }) };
  }

  history(): LogRow[] {
    return this.#sql
      .exec<{ seq: number; at: number; session: string; event: string }>("SELECT seq, at, session, event FROM log ORDER BY seq")
      .toArray()
      .map((row) => ({ ...row, event: JSON.parse(row.event) as unknown }));
  }
}
