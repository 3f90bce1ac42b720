/** Random calls of the session objects of both sides, with large objects: whatever the order, only typed errors, and nothing is left behind. */
import assert from "node:assert/strict";
import { test } from "node:test";
import omadm from "./omadm.js";
import { ABORT, DEVICE, NEXT, PACKAGE_1, URL_OF_SERVER, getOf, ofHeader, reply, request } from "./letters.js";
import { env } from "./pair.js";

/** @import { Account, ClientConfig, DmClientSession, DmServerSession, NewCommand, Outcome, ServerConfig } from "../../www/package/types.js" */

/** Calls; `OMADM_CASES` of them, of the seed `OMADM_SEED`. */
const CALLS = Number(process.env["OMADM_CASES"] ?? 10_000);
const SEED = Number(process.env["OMADM_SEED"] ?? 1);

/** What no call may end with: a trap, a handle inside a call, and what only a host without randomness is told. */
const NEVER = new Set(["poisoned", "busy", "entropy"]);

/** @type {Account} */
const ACCOUNT = { deviceId: DEVICE, serverId: "desk.example", client: "transport", server: "transport" };
const limits = { objectBytes: 20_000 };
/** @type {ServerConfig} */
const SERVER = { serverId: "desk.example", url: URL_OF_SERVER, binding: "transport", maxMsgSize: 6_000, maxObjSize: 9_000, limits };
/** @type {ClientConfig} */
const CLIENT = { account: ACCOUNT, url: URL_OF_SERVER, version: "1.3", encoding: "xml", interactions: ["confirm"], maxMsgSize: 6_000, limits };

/** Numbers that are the same in every run. @param {number} seed */
function dice(seed) {
  let state = seed;
  return (/** @type {number} */ most) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % most;
  };
}

/** A side of both, with all that may be done to it. */
class Line {
  constructor() {
    this.server = new omadm.DmServerSession(SERVER);
    this.client = new omadm.DmClientSession(CLIENT, { by: "server", sessionId: 1 }, env());
    const values = { ".": { acl: "Add=*&Delete=*&Exec=*&Get=*&Replace=*" }, "./DevInfo/DevId": DEVICE, "./DevInfo/Man": "m", "./Big": "b<".repeat(6_000), "./H": { data: "h", host: true } };
    this.tree = new omadm.DmTree({ values });
    /** What was said last, by the device and by the server. @type {Uint8Array[]} */
    this.said = [request(1, "", PACKAGE_1), reply(1, "", ofHeader(1, 200))];
    this.ticket = 1;
  }

  /** The number of a message behind the last of the device, 0, or of the server, 1. @param {0 | 1} side */
  number(side) {
    const [, number] = /<MsgID>(\d+)</u.exec(new TextDecoder().decode(this.said[side])) ?? [];
    return 1 + Number(number ?? 1);
  }

  free() {
    for (const handle of [this.server, this.client, this.tree]) handle.free();
  }
}

/** @param {(most: number) => number} roll @returns {NewCommand} */
function command(roll) {
  const data = ["x", "é", "<"][roll(3)]?.repeat([1, 100, 5_000, 9_500][roll(4)] ?? 1) ?? "";
  const items = [{ uri: ["./A", "./H", "./Big"][roll(3)] ?? "", data: roll(4) === 0 ? new TextEncoder().encode(data) : data }];
  const some = /** @type {NewCommand[]} */ ([
    { type: "get", uri: "./Big" },
    { type: "replace", items },
    { type: "add", items },
    { type: "exec", uri: "./H", data },
    { type: "atomic", commands: [{ type: "replace", items }] },
    { type: "sequence", commands: [{ type: "get", uri: "./Big" }, { type: "replace", items }] },
    { type: "confirm", text: "sure?" },
    { type: "delete", uri: "./A" },
  ]);
  return some[roll(some.length)] ?? { type: "get", uri: "." };
}

/** @param {Line} line @param {(most: number) => number} roll @param {"device" | "server"} from */
function letter(line, roll, from) {
  const size = [3, 1_000, 8_000, 30_000][roll(4)] ?? 3;
  const meta = roll(2) === 0 ? `<Meta><Size xmlns="syncml:metinf">${size * (1 + roll(3))}</Size></Meta>` : "";
  const value = `${meta}<Data>${"x".repeat(Math.min(size, 5_000))}</Data>${roll(3) === 0 ? "" : "<MoreData/>"}`;
  const number = line.number(from === "device" ? 0 : 1) - (roll(6) === 0 ? 1 : 0);
  const final = roll(3) !== 0;
  if (from === "device") {
    const results = `<Results><CmdID>3</CmdID><MsgRef>1</MsgRef><CmdRef>4</CmdRef><Item><Source><LocURI>./Big</LocURI></Source>${value}</Item></Results>`;
    return (line.said[0] = request(number, "", [PACKAGE_1, NEXT, ABORT, results][roll(12)] ?? results, { final }));
  }
  const add = `<Add><CmdID>3</CmdID><Item><Target><LocURI>./N</LocURI></Target>${value}</Item></Add>`;
  return (line.said[1] = reply(number, "", ofHeader(line.number(0) - 1, 200) + ([getOf("./Big"), NEXT, ABORT, add][roll(12)] ?? add), { final }));
}

/** @param {Line} line @param {(most: number) => number} roll @returns {[string, () => unknown]} */
function call(line, roll) {
  const { server, client, tree } = line;
  const [ofDevice = new Uint8Array(), ofServer = new Uint8Array()] = line.said;
  const damaged = (/** @type {Uint8Array} */ body) => body.map((octet) => (roll(body.length) === 0 ? roll(256) : octet));
  /** @type {[string, () => unknown][]} */
  const calls = [
    ["receive", () => server.receive({ body: ofDevice }, ACCOUNT, env())],
    ["receive", () => server.receive({ body: ofDevice }, ACCOUNT, env())],
    ["receive of letters", () => server.receive({ body: letter(line, roll, "device") }, ACCOUNT, env())],
    ["receive of damaged octets", () => server.receive({ body: damaged(ofDevice) }, roll(2) ? ACCOUNT : undefined, env())],
    ["respond", () => (line.said[1] = server.respond(env()).body)],
    ["respond", () => (line.said[1] = server.respond(env()).body)],
    ["push", () => server.push(command(roll))],
    ["push", () => server.push(command(roll))],
    ["cancel", () => server.cancel(roll(9))],
    ["answer", () => server.answer(roll(3), [200, 401, 99][roll(3)] ?? 200)],
    ["send", () => (line.said[0] = client.send(tree, env())?.body ?? new Uint8Array())],
    ["send", () => (line.said[0] = client.send(tree, env())?.body ?? new Uint8Array())],
    ["receive at the device", () => take(line, client.receive(tree, { body: ofServer, status: 200 }, env()))],
    ["receive at the device", () => take(line, client.receive(tree, { body: ofServer, status: 200 }, env()))],
    ["receive of letters at the device", () => take(line, client.receive(tree, { body: letter(line, roll, "server") }, env()))],
    ["receive of damaged octets at the device", () => take(line, client.receive(tree, { body: damaged(ofServer) }, env()))],
    ["turn", () => turn(line)],
    ["turn", () => turn(line)],
    ["turn", () => turn(line)],
    ["complete", () => take(line, client.complete(tree, roll(5) ? line.ticket : roll(99), outcome(roll)))],
    ["complete", () => take(line, client.complete(tree, line.ticket, outcome(roll)))],
    ["raise", () => client.raise({ code: 1226, alertType: "org.x", data: "y".repeat([1, 9_000][roll(2)] ?? 1), format: "chr", source: "./A" })],
    ["restore", () => rest(line, roll)],
    ["rest of the tree", () => omadm.DmTree.restore(tree.save()).free()],
    ["abort", () => (roll(8) === 0 ? (roll(2) ? server : client).abort("why") : undefined)],
    ["free", () => (roll(30) === 0 ? [server, client, tree][roll(3)]?.free() : undefined)],
  ];
  return calls[roll(calls.length)] ?? ["nothing", () => undefined];
}

/** @param {(most: number) => number} roll @returns {Outcome} */
const outcome = (roll) => [{ status: 200 }, { status: 500 }, { value: "v".repeat(7_000), format: /** @type {const} */ ("chr") }, { status: 200, data: ["d"] }][roll(4)] ?? { status: 200 };

/** @param {Line} line @param {ReturnType<DmClientSession["receive"]>} events */
function take(line, events) {
  for (const event of events) if ("ticket" in event) line.ticket = event.ticket;
}

/** A line with something to say. @param {(most: number) => number} roll */
function begun(roll) {
  const line = new Line();
  for (let count = roll(4); count > 0; count -= 1) {
    try {
      line.server.push(command(roll));
    } catch (error) {
      assert.ok(error instanceof omadm.DmError && error.limit === "objectBytes", String(error));
    }
  }
  return line;
}

/** What each has to say reaches the other. @param {Line} line */
function turn(line) {
  const { server, client, tree } = line;
  const out = client.send(tree, env());
  if (out === undefined) return;
  server.receive({ body: out.body }, ACCOUNT, env());
  const { body } = server.respond(env());
  line.said = [out.body, body];
  if (body.length > 0) take(line, client.receive(tree, { body, status: 200 }, env()));
}

/** The sessions as they were saved, some of them damaged. @param {Line} line @param {(most: number) => number} roll */
function rest(line, roll) {
  const [server, client] = [line.server.save(), line.client.save()];
  if (roll(4) === 0) {
    const parts = roll(2) ? client.parts.slice(1) : client.parts.map(({ id, bytes }) => ({ id, bytes: bytes.slice(1) }));
    const state = client.parts.length && roll(2) ? client.state : client.state.map((octet, at) => (at === 40 ? octet ^ 1 : octet));
    omadm.DmClientSession.restore({ ...client, state, parts }, CLIENT);
    assert.fail("a damaged session is restored");
  }
  const again = [omadm.DmServerSession.restore(server, SERVER), omadm.DmClientSession.restore(client, CLIENT)];
  const [newServer, newClient] = /** @type {[DmServerSession, DmClientSession]} */ (again);
  assert.deepEqual([newServer.save(), newClient.save()], [server, client]);
  line.server.free();
  line.client.free();
  [line.server, line.client] = [newServer, newClient];
}

test("random calls of the sessions of both sides end well or with a typed error", (t) => {
  const roll = dice(SEED);
  const lines = Array.from({ length: 8 }, () => begun(roll));
  t.after(() => lines.forEach((line) => line.free()));
  /** @type {Map<string, number>} */
  const ended = new Map();
  for (let number = 0; number < CALLS; number += 1) {
    const at = roll(lines.length);
    const line = lines[at] ?? new Line();
    const [name, run] = call(line, roll);
    let end = "well";
    try {
      run();
    } catch (error) {
      const where = `OMADM_SEED=${SEED}, call ${number}: ${name}: ${String(error)}`;
      assert.ok(error instanceof omadm.DmError, where);
      assert.ok(!NEVER.has(error.code), `${where} (${error.code})`);
      end = error.code;
    }
    ended.set(`${name}: ${end}`, 1 + (ended.get(`${name}: ${end}`) ?? 0));
    if (roll(40) === 0) {
      line.free();
      lines[at] = begun(roll);
    }
  }
  // What never goes well tests nothing.
  if (CALLS >= 10_000) for (const name of ["receive", "receive of letters", "respond", "push", "send", "receive at the device", "receive of letters at the device", "complete", "raise", "restore"]) assert.ok((ended.get(`${name}: well`) ?? 0) > 20, `${name} goes well ${ended.get(`${name}: well`) ?? 0} times`);
});
