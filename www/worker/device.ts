import { DurableObject } from "cloudflare:workers";
import type { NewCommand, Env as Moment } from "omadm";
import type { CommandRow } from "./commands.ts";
import { type Env, idleOf } from "./env.ts";
import { Flight } from "./flight.ts";
import { toJson } from "./json.ts";
import { notificationFor, parseWanted } from "./notification.ts";
import { refusalOf, unavailable } from "./refusal.ts";
import { type Desk, Store, type StoredAccount } from "./store.ts";
import { expire, type Incoming, type Reply, settlePrevious, turn } from "./turn.ts";

/** A turn that was refused, as plain data: what is thrown loses its class between Worker and object. */
export interface Refused {
  refused: { status: number; code: string; message: string; headers: Record<string, string> };
}

/** One device: its account, its session, the commands that wait for it and what it answered. */
export class Device extends DurableObject<Env> {
  protected readonly store: Store;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.store = new Store(ctx.storage);
  }

  /** Answers one DM message. */
  turn(incoming: Incoming): Reply | Refused {
    try {
      return turn(this.store, incoming, { now: this.now(), idle: idleOf(this.env), ...this.moment(incoming) });
    } catch (error) {
      return refused(error);
    }
  }

  /** Milliseconds since 1970. */
  protected now(): number {
    return Date.now();
  }

  /** The engine takes time and randomness from the platform. */
  protected moment(_incoming: Incoming): { env?: Moment } {
    return {};
  }

  /** Gives up a session that rests for too long. May come late, twice, or when there is none. */
  override alarm(): void {
    if (this.store.device() !== undefined) expire(this.store, this.now(), idleOf(this.env));
  }

  /** Creates the account, or replaces it and thereby ends the session that the old one proved. */
  putAccount({ desk, ...account }: StoredAccount & { desk: Desk }): "created" | "replaced" {
    const device = this.store.device();
    if (device === undefined) {
      this.store.transaction(() => this.store.create(account, desk));
      return "created";
    }
    const flight = new Flight(this.store.commands, "", this.now());
    settlePrevious(this.store, flight, account.serverId);
    this.store.transaction(() => {
      this.store.save({ ...device, account, desk });
      for (const { slot } of this.store.sessions.rows()) this.store.sessions.drop(slot);
      flight.write();
    });
    return "replaced";
  }

  /** Everything but secrets and values, as JSON. */
  describe(): string | undefined {
    const device = this.store.device();
    if (device === undefined) return undefined;
    const { deviceId, serverId, client, server, notification, state } = device.account;
    return toJson({
      ...device.desk,
      deviceId,
      serverId,
      client: { user: client.user, schemes: client.schemes },
      server: server === "transport" ? server : { user: server.user, schemes: server.schemes },
      ...(notification !== undefined && { notification: true }),
      notified: state.triggers ?? [],
      devInfo: device.info,
      challenged: { count: device.challenged, at: device.challengedAt },
      sessions: this.store.sessions.rows().map(({ id, slot, over, at }) => ({ id, protocol: slot === "dm2" ? 2 : 1, authenticated: slot !== "pending", over, at })),
      commands: this.store.commands.all().map((row) => this.summary(row)),
      log: this.store.history(),
    });
  }

  /** The numbers of the queued commands; `"full"` when too many wait. */
  queue(commands: NewCommand[]): number[] | "full" | undefined {
    if (this.store.device() === undefined) return undefined;
    let ids: number[] | undefined;
    this.store.transaction(() => {
      ids = this.store.commands.queue(commands, this.now());
    });
    return ids ?? "full";
  }

  /** A notification as JSON, by what the API was asked for. The session that it asks for is expected before anybody hears of it. */
  notify(json: unknown): { notified: string } | Refused | undefined {
    try {
      const device = this.store.device();
      if (device === undefined) return undefined;
      const wanted = parseWanted(json, device.desk.notificationForm ?? "1.2");
      const now = this.now();
      const { notified, state } = notificationFor(device.account, wanted, now);
      const { form } = notified.notification;
      this.store.transaction(() => {
        this.store.save({ ...device, account: { ...device.account, state } });
        this.store.log(now, notified.session ?? "", [{ type: "notified", form, ...(wanted.resync && { resync: true }) }]);
      });
      return { notified: toJson(notified) };
    } catch (error) {
      return refused(error);
    }
  }

  /** Ends the session that goes on, with the next reply in it. */
  abort(reason: string): "asked" | "no session" | undefined {
    if (this.store.device() === undefined) return undefined;
    const live = this.store.sessions.live();
    if (live === undefined || live.over) return "no session";
    this.store.transaction(() => this.store.sessions.askAbort(live.slot, reason));
    return "asked";
  }

  /** A command with all that the device said about it, as JSON in octets: of a text each character may take two on the way. */
  command(id: number): Uint8Array | undefined {
    const row = this.store.device() && this.store.commands.row(id);
    return row && this.store.commands.tell(id, this.summary(row));
  }

  /** Takes back a command that has not been handed to a session. */
  withdraw(id: number): "withdrawn" | "too late" | undefined {
    if (this.store.device() === undefined || this.store.commands.row(id) === undefined) return undefined;
    return this.store.commands.withdraw(id) ? "withdrawn" : "too late";
  }

  private summary(row: CommandRow): object {
    const { id, type, state, session, at } = row;
    return { id, type, state, session, at, progress: this.store.progressOf(row) };
  }
}

/** The storage reports its failures as plain errors. */
function refused(error: unknown): Refused {
  const { status, code, message, headers } = Object.getPrototypeOf(error) === Error.prototype ? unavailable() : refusalOf(error);
  return { refused: { status, code, message, headers } };
}
