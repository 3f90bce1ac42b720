/** The Worker with objects that can be made to fail, and a body that never ends. */
import { readBody } from "../../www/worker/body.ts";
import worker from "../../www/worker/index.ts";
import { Device as Sound, type Refused } from "../../www/worker/device.ts";
import type { Env } from "../../www/worker/env.ts";
import type { Incoming, Reply } from "../../www/worker/turn.ts";

export { Directory } from "../../www/worker/directory.ts";

export class Device extends Sound {
  #armed = "";

  arm(kind: string): void {
    this.#armed = kind;
    if (kind === "evict") this.ctx.abort("evicted");
  }

  rows(): Record<string, number> {
    const count = (table: string): number => this.ctx.storage.sql.exec<{ n: number }>(`SELECT count(*) AS n FROM ${table}`).one().n;
    return { session: count("session"), piece: count("piece"), log: count("log"), command: count("command") };
  }

  // @ts-expect-error: a call from outside awaits anyway
  override async turn(incoming: Incoming): Promise<Reply | Refused> {
    const kind = this.#armed;
    this.#armed = "";
    const { store } = this;
    const fail = (): never => {
      throw new Error("disk I/O error: SQLITE_IOERR");
    };
    const sound = { device: store.device, log: store.log, transaction: store.transaction };
    if (kind === "unreadable") store.device = fail;
    if (kind === "throw") store.log = fail;
    if (kind === "unwritable") store.transaction = fail;
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

export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/endless") return endless();
    if (pathname !== "/fault") return worker.fetch(request, env);
    const devices = env.DEVICE as unknown as DurableObjectNamespace<Device>;
    const object = devices.get(devices.idFromName(searchParams.get("device") ?? ""));
    const kind = searchParams.get("kind") ?? "";
    if (kind === "rows") return Response.json(await object.rows());
    await object.arm(kind).catch(() => {});
    return Response.json({});
  },
} satisfies ExportedHandler<Env>;
