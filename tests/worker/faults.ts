/**
 * The Worker with objects that can be made to fail, and a body that never ends.
 *
 * A request may bear `x-run`, the name of a world of its own: the same device is another object in each. `x-kill` says when the object
 * of a message is killed. With the variable SEED the engine's time and randomness are drawn from it and from the number of the message.
 */
import type { Env as Moment } from "omadm";
import { readBody } from "../../www/worker/body.ts";
import { Device as Sound, type Refused } from "../../www/worker/device.ts";
import type { Env } from "../../www/worker/env.ts";
import worker from "../../www/worker/index.ts";
import type { Incoming, Reply } from "../../www/worker/turn.ts";

export { Directory } from "../../www/worker/directory.ts";

type Seeded = Env & { SEED?: string };

export class Device extends Sound {
  #armed = "";
  #late = 0;

  arm(kind: string): void {
    this.#armed = kind;
    if (kind === "evict") this.ctx.abort("evicted");
  }

  /** The platform calls late, or twice. */
  wake(late: number): void {
    this.#late = late;
    try {
      this.alarm();
    } finally {
      this.#late = 0;
    }
  }

  rows(): Record<string, number> {
    const count = (table: string): number => this.ctx.storage.sql.exec<{ n: number }>(`SELECT count(*) AS n FROM ${table}`).one().n;
    return { session: count("session"), piece: count("piece"), log: count("log"), command: count("command") };
  }

  /** All that the API tells, as JSON. */
  dump(): string {
    const decoder = new TextDecoder();
    const commands = this.store.commands.all().map(({ id }) => decoder.decode(this.command(id)));
    return `{"device":${this.describe()},"commands":[${commands.join()}]}`;
  }

  /** From here on each row of octets that is written is noted. */
  watch(): void {
    this.ctx.storage.sql.exec(`
      CREATE TABLE written (owner TEXT, part TEXT, seq INTEGER, size INTEGER);
      CREATE TRIGGER watch AFTER INSERT ON piece BEGIN INSERT INTO written VALUES (new.owner, new.part, new.seq, length(new.bytes)); END`);
  }

  written(): Record<string, SqlStorageValue>[] {
    return this.ctx.storage.sql.exec("SELECT * FROM written").toArray();
  }

  protected override now(): number {
    return super.now() + this.#late;
  }

  protected override moment({ sessionId, msgId }: Incoming): { env?: Moment } {
    const { SEED } = this.env as Seeded;
    if (SEED === undefined) return {};
    return { env: { now: 1_700_000_000_000 + msgId * 1_000, entropy: drawn(`${SEED}/${sessionId}/${msgId}`) } };
  }

  /** Fails amid the writes, which the transaction takes back. */
  override notify(json: unknown): ReturnType<Sound["notify"]> {
    if (this.#armed !== "unwritten") return super.notify(json);
    this.#armed = "";
    const { log } = this.store;
    this.store.log = () => {
      throw new Error("disk I/O error: SQLITE_IOERR");
    };
    try {
      return super.notify(json);
    } finally {
      this.store.log = log;
    }
  }

  // @ts-expect-error: a call from outside awaits anyway
  override async turn(incoming: Incoming): Promise<Reply | Refused> {
    const kind = this.#armed;
    this.#armed = "";
    const { store } = this;
    const fail = (): never => {
      throw new Error("disk I/O error: SQLITE_IOERR");
    };
    const die = (): never => {
      this.ctx.abort("amid the writes");
      throw new Error("killed");
    };
    const sound = { device: store.device, save: store.save, log: store.log, transaction: store.transaction };
    if (kind === "unreadable") store.device = fail;
    if (kind === "throw") store.log = fail;
    if (kind === "unwritable") store.transaction = fail;
    if (kind === "inside") {
      store.save = (device) => {
        sound.save.call(store, device);
        die();
      };
    }
    const reply = super.turn(incoming);
    Object.assign(store, sound);
    if (kind === "lose") this.ctx.abort("after the write, before it is durable");
    if (kind === "crash") {
      await this.ctx.storage.sync();
      this.ctx.abort("after the write is durable, before the answer");
    }
    return reply;
  }
}

/** 32 octets that depend on a text only: a generator of Weyl's kind, seeded by FNV. Fit for a test and for nothing else. */
function drawn(text: string): Uint8Array {
  let state = 0x811c9dc5;
  for (const letter of text) state = Math.imul(state ^ (letter.codePointAt(0) ?? 0), 0x01000193);
  return Uint8Array.from({ length: 32 }, () => {
    state = (state + 0x9e3779b9) | 0;
    const mixed = Math.imul(state ^ (state >>> 16), 0x45d9f3b);
    return (mixed ^ (mixed >>> 15)) & 0xff;
  });
}

/** How much of an endless body is read, and how that ends. */
async function endless(): Promise<Response> {
  let read = 0;
  const body = new ReadableStream({
    type: "bytes",
    pull(controller) {
      const request = controller.byobRequest;
      const size = request?.view?.byteLength ?? 0;
      read += size;
      request?.respond(size);
    },
  });
  const status = await readBody(new Request("https://edge.invalid/", { method: "POST", body })).then(
    () => 200,
    (error: { status: number }) => error.status,
  );
  return Response.json({ status, read });
}

/** The objects as this run sees them. */
function objectsOf(env: Env, run: string): DurableObjectNamespace<Device> {
  const all = env.DEVICE as unknown as DurableObjectNamespace<Device>;
  const own = { idFromName: (name: string) => all.idFromName(run + name), get: (id: DurableObjectId) => all.get(id) };
  return own as unknown as DurableObjectNamespace<Device>;
}

async function fault(object: DurableObjectStub<Device>, kind: string): Promise<Response> {
  if (kind === "rows") return Response.json(await object.rows());
  if (kind === "written") return Response.json(await object.written());
  if (kind === "dump") return new Response(await object.dump());
  if (kind === "watch") await object.watch();
  else if (kind === "alarm") await object.wake(0);
  else if (kind === "late") await object.wake(86_400_000);
  else await object.arm(kind).catch(() => {});
  return Response.json({});
}

export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/endless") return endless();
    const DEVICE = objectsOf(env, request.headers.get("x-run") ?? "");
    const object = (name: string): DurableObjectStub<Device> => DEVICE.get(DEVICE.idFromName(name));
    if (pathname === "/fault") return fault(object(searchParams.get("device") ?? ""), searchParams.get("kind") ?? "");
    const own = { ...env, DEVICE: DEVICE as unknown as Env["DEVICE"] };
    const kill = request.headers.get("x-kill");
    if (kill === null) return worker.fetch(request, own);
    const [kind = "", device = ""] = kill.split(" ");
    if (kind !== "after") await object(device).arm(kind);
    const response = await worker.fetch(request, own);
    // The object has answered, and the device has not heard yet.
    if (kind === "after") await object(device).arm("evict").catch(() => {});
    return response;
  },
} satisfies ExportedHandler<Env>;
