/** Plays a flow between the package in Node and the Worker, whose object is killed where one says, and tells all that both sides saw. */
import assert from "node:assert/strict";
import { omadm } from "./package.js";
import { DONE } from "./flows.js";

/**
 * @import { Account, ClientEvent, DmTree, Env, Outcome, Outgoing } from "omadm"
 * @import { Rig } from "./rig.js"
 * @import { Flow } from "./flows.js"
 *
 * @typedef {"inside" | "lose" | "crash" | "after" | "evict"} Kill amid the writes; behind them, before they are durable; when they are durable,
 *   before the answer; behind the answer, before the device has it; between this message and the next
 * @typedef {(message: number) => Kill | undefined} Plan
 * @typedef {Awaited<ReturnType<typeof play>>} Seen
 */
export const KILLS = /** @type {const} */ (["inside", "lose", "crash", "after", "evict"]);
/** The Worker's variables: the address is part of what is proved, and everything random comes from the seed. */
export const VARIABLES = { PUBLIC_URL: "https://mgmt.example/dm", SEED: "flows" };

const DEVICE = "IMEI:493005100592800";

/** One run: the same device as in all others, and objects that no other has. */
class Run {
  /** @param {Rig} rig @param {string} name @param {Flow} flow */
  constructor(rig, name, flow) {
    this.rig = rig;
    this.flow = flow;
    this.headers = { "x-run": name };
    const party = flow.scheme && { user: "mgmt", password: "SrvPw-1", schemes: [flow.scheme] };
    this.client = { user: "Bruce2", password: "OhBehave", schemes: [flow.scheme ?? "basic"] };
    this.server = party ?? /** @type {const} */ ("transport");
    const secret = (/** @type {{ user: string, password: string, schemes: any[] }} */ { user, password, schemes }) => ({ user, secret: { password }, schemes });
    /** @type {Account} */
    this.account = {
      deviceId: DEVICE,
      serverId: "omadm",
      client: secret(this.client),
      server: this.server === "transport" ? this.server : secret(this.server),
    };
    this.calls = 0;
    this.tree = treeOf(flow);
  }

  /** Time and randomness of the device. @returns {Env} */
  env() {
    this.calls += 1;
    return { now: 1_700_000_000_000 + this.calls, entropy: Uint8Array.from({ length: 32 }, (_, at) => (this.calls * 31 + at * 7) & 0xff) };
  }

  /** @param {string} method @param {string} path @param {unknown} [body] @returns {Promise<any>} */
  async api(method, path, body) {
    const headers = { ...this.headers, authorization: `Bearer ${this.rig.token}`, "content-type": "application/json" };
    const response = await fetch(`${this.rig.url}/api/devices/${encodeURIComponent(DEVICE)}${path}`, { method, headers, body: body === undefined ? null : JSON.stringify(body) });
    assert.ok(response.ok, `${method} ${path}: ${response.status}`);
    return response.json();
  }

  /** @param {"evict" | "dump"} kind @returns {Promise<any>} */
  async fault(kind) {
    return (await fetch(`${this.rig.url}/fault?${new URLSearchParams({ device: DEVICE, kind })}`, { method: "POST", headers: this.headers })).json();
  }

  /** @param {Outgoing & { url: string }} request @param {Kill | undefined} kill */
  async post({ url, headers, body }, kill) {
    const { search } = new URL(url);
    /** @type {Record<string, string>} */
    const all = { ...headers, ...this.headers };
    if (kill !== undefined && kill !== "evict") all["x-kill"] = `${kill} ${DEVICE}`;
    const response = await fetch(`${this.rig.url}/dm${search}`, { method: "POST", headers: all, body: Buffer.from(body) });
    return { status: response.status, headers: response.headers, body: new Uint8Array(await response.arrayBuffer()) };
  }
}

/** A device that knows who it is, some values, and nodes that its host keeps. @param {Flow} flow @returns {DmTree} */
const treeOf = ({ values }) =>
  new omadm.DmTree({
    values: {
      ".": { acl: "Add=*&Delete=*&Exec=*&Get=*&Replace=*" },
      "./DevInfo/DevId": DEVICE,
      "./DevInfo/Man": "Factory",
      "./DevInfo/Mod": "Phone",
      "./DevInfo/DmV": "1.3",
      "./DevInfo/Lang": "en-US",
      "./A/B": "b",
      "./A/C": "c",
      "./E": "e",
      "./F": "f",
      ...Object.fromEntries(["./H1", "./H2", "./R"].map((uri) => [uri, { data: "kept by the host", format: "chr", host: true }])),
      "./Go": { format: "null", host: true },
      ...values,
    },
  });

/** @param {Extract<ClientEvent, { ticket: number }>} event @param {Flow} flow @returns {Outcome} */
function answer({ type }, { exec = 200 }) {
  if (type === "read") return { value: "from the host" };
  return { status: type === "exec" ? exec : 200 };
}

/**
 * @param {Rig} rig
 * @param {string} name of the run
 * @param {Flow} flow
 * @param {Plan} plan what happens with each message of the device, from 1
 */
export async function play(rig, name, flow, plan) {
  const run = new Run(rig, name, flow);
  await run.api("PUT", "/account", { client: run.client, server: run.server, alertTypes: [DONE], ...flow.desk });
  if (flow.stale) {
    await hold(run, { ...flow, batches: [], told: [] }, () => undefined, 1);
    run.account = { ...run.account, state: { clientNonce: Buffer.from("an old nonce"), serverNonce: Buffer.from("another") } };
  }
  const held = await hold(run, flow, plan, flow.notified ?? 2);
  const { device, commands } = await run.fault("dump");
  const { log, sessions, challenged, commands: _, ...rest } = device;
  const seen = {
    ...held,
    tree: run.tree.entries(".").map((uri) => [uri, { ...run.tree.get(uri) }]),
    server: { ...rest, challenged: challenged.count, sessions: sessions.map(timeless), log: log.map(timeless), commands: commands.map(timeless) },
  };
  run.tree.free();
  return seen;
}

/** @param {{ at: number }} row */
const timeless = ({ at: _, ...row }) => row;

/** One session, from its first message to its last. @param {Run} run @param {Flow} flow @param {Plan} plan @param {number} sessionId */
async function hold(run, flow, plan, sessionId) {
  const { account, tree } = run;
  const config = { account, url: VARIABLES.PUBLIC_URL, version: /** @type {const} */ ("1.3"), encoding: /** @type {const} */ ("xml"), interactions: /** @type {["confirm"]} */ (["confirm"]), ...flow.speech };
  const trigger = flow.notified === undefined ? { by: /** @type {const} */ ("user") } : { by: /** @type {const} */ ("server"), sessionId };
  const session = new omadm.DmClientSession(config, trigger, run.env());
  /** @type {ClientEvent[]} */
  const events = [];
  /** @param {ClientEvent[]} told */
  const take = (told) => {
    for (const event of told) {
      events.push(event);
      if ("ticket" in event) take(session.complete(tree, event.ticket, answer(event, flow)));
    }
  };
  /** @type {{ sent: string, url: string, signed: string | undefined, reply: string, type: string | null, signedToo: string | null }[]} */
  const transcript = [];
  let resent = 0;
  for (let message = 1; ; message += 1) {
    assert.ok(message < 40, "it never ends");
    const batch = flow.batches[message - 1];
    if (batch !== undefined) await run.api("POST", "/commands", batch);
    if (flow.report?.ahead === message) session.raise(flow.report.alert);
    if (flow.abort?.ahead === message && flow.abort.by === "server") await run.api("POST", "/abort", { reason: "enough" });
    if (flow.abort?.ahead === message && flow.abort.by === "device") take(session.abort("enough"));
    const request = session.send(tree, run.env());
    if (request === undefined) break;
    const kill = plan(message);
    let reply = await run.post(request, kill);
    while (reply.status === 503) {
      resent += 1;
      assert.ok(resent < 40, "the object never recovers");
      reply = await run.post(request, undefined);
    }
    assert.equal(reply.status, 200, Buffer.from(reply.body).toString());
    transcript.push({
      sent: Buffer.from(request.body).toString("latin1"),
      url: request.url,
      signed: request.headers["x-syncml-hmac"],
      reply: Buffer.from(reply.body).toString("latin1"),
      type: reply.headers.get("content-type"),
      signedToo: reply.headers.get("x-syncml-hmac"),
    });
    if (kill === "evict") await run.fault("evict");
    if (!request.done) take(session.receive(tree, reply, run.env()));
  }
  const state = session.save().account;
  session.free();
  return { transcript, events, state, resent };
}

/** What the server was told of its commands: number, path in groups, code. @param {Seen} seen */
export function toldOf({ server }) {
  const codes = server.commands.flatMap((/** @type {any} */ { id, outcome }) =>
    outcome.flatMap((/** @type {any} */ { type, child, code }) => (type === "status" ? [`${[id, ...(child ?? [])].join(".")} ${code}`] : [])),
  );
  return [...new Set(codes)].sort();
}
