/**
 * Sessions of DM 2.0 with the object of the device killed at every package, in every way. Device, repository, operator: nobody sees a
 * difference, to the octet. A package that was not answered is sent again; in the approved dialect only where it was not taken, because
 * there nothing tells it from another.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DIALECTS, DONE, Device2, PUMP, REPOSITORY, documentOf, enrol } from "./dm2.js";
import { KILLS, VARIABLES } from "./play.js";
import { Rig } from "./rig.js";

/**
 * @import { Dialect, NewCommand } from "omadm"
 * @import { Kill, Plan } from "./play.js"
 *
 * @typedef {object} Flow
 * @property {string} name
 * @property {(NewCommand[] | undefined)[]} batches what the operator queues ahead of each package
 * @property {{ ahead: number, by: "device" | "server" }} [abort] who ends the session ahead of this package
 * @property {boolean} [alerts] the device tells something by itself
 * @property {string[]} states of the commands in the end
 * @property {number} packages how many the device sends
 */
const DEVICE = "MEID:A1000012345678";
const NORTH = `${PUMP}/north/`;
const AT_ONCE = 8;

/** @type {NewCommand[]} */
const FIRST = [
  { type: "get", uri: [`${NORTH}Mode`, `${PUMP}/west/`] },
  { type: "hget", from: `${REPOSITORY}/new` },
  { type: "hpost", from: [NORTH, `${PUMP}/south/`], to: `${REPOSITORY}/in` },
  { type: "add", items: [{ uri: "./A", data: "of DM 1.x" }] },
];
/** @type {NewCommand[]} */
const SECOND = [{ type: "delete", uri: `${NORTH}Hours` }, { type: "exec", uri: `${NORTH}Reset` }, { type: "sub", url: `${REPOSITORY}/sub`, uri: NORTH }];
const ANSWERED = ["answered", "answered", "answered", "refused"];

/** @type {(dialect: Dialect) => Flow[]} */
const flowsOf = (dialect) => [
  { name: "nothing to do", batches: [], states: [], packages: 1 },
  { name: "two packages of commands", batches: [FIRST, SECOND], alerts: true, states: [...ANSWERED, "answered", "answered", "answered"], packages: 3 },
  { name: "abort by the server", batches: [FIRST, SECOND], abort: { ahead: 2, by: "server" }, states: [...ANSWERED, "queued", "queued", "queued"], packages: 2 },
  // In the approved dialect it has no words for it, and is simply gone.
  ...(dialect === "draft" ? [{ name: "abort by the device", batches: [FIRST, SECOND], abort: { ahead: 2, by: /** @type {const} */ ("device") }, states: [...ANSWERED, "queued", "queued", "queued"], packages: 2 }] : []),
];

/** @param {Rig} rig @param {string} name @param {Flow} flow @param {Dialect} dialect @param {Plan} plan */
async function play(rig, name, flow, dialect, plan) {
  const world = { "x-run": name };
  const api = async (/** @type {string} */ method, /** @type {string} */ path, /** @type {unknown} */ body) => {
    const headers = { ...world, authorization: `Bearer ${rig.token}`, "content-type": "application/json" };
    return fetch(`${rig.url}/api/devices/${path}`, { method, headers, body: JSON.stringify(body) });
  };
  await enrol(/** @type {Rig} */ (/** @type {unknown} */ ({ api })), DEVICE, { alertTypes: [DONE], alertStatus: 202 });
  const device = new Device2(rig, DEVICE, dialect);
  device.documents.set(`${REPOSITORY}/new`, documentOf(dialect, "east", { Mode: "eco" }));
  device.begin({ by: "server", sessionId: 0x4d2 });
  if (flow.alerts) device.session.raise({ code: 1226, alertType: DONE, source: "./Pump/north/Mode", data: "done" });
  /** @type {[string, string][]} */
  const transcript = [];
  let resent = 0;
  for (let at = 1; ; at += 1) {
    assert.ok(at < 10, "it never ends");
    const batch = flow.batches[at - 1];
    if (batch !== undefined) assert.equal((await api("POST", `${DEVICE}/commands`, batch)).status, 201);
    if (flow.abort?.ahead === at && flow.abort.by === "server") await api("POST", `${DEVICE}/abort`, { reason: "enough" });
    if (flow.abort?.ahead === at && flow.abort.by === "device") device.events.push(...device.session.abort("enough"));
    const request = device.next();
    if (request === undefined) break;
    const kill = plan(at);
    let response = await device.post(request, kill === undefined || kill === "evict" ? world : { ...world, "x-kill": `${kill} ${DEVICE}` });
    while (response.status === 503) {
      resent += 1;
      assert.ok(resent < 20, "the object never recovers");
      response = await device.post(request, world);
    }
    assert.equal(response.status, 200);
    transcript.push([Buffer.from(request.body).toString(), await response.clone().text()]);
    if (kill === "evict") await fetch(`${rig.url}/fault?${new URLSearchParams({ device: DEVICE, kind: "evict" })}`, { method: "POST", headers: world });
    if (!request.done) await device.take(response);
  }
  const dump = await fetch(`${rig.url}/fault?${new URLSearchParams({ device: DEVICE, kind: "dump" })}`, { method: "POST", headers: world });
  const { device: server, commands } = /** @type {any} */ (await dump.json());
  const tree = device.tree.entries(".").map((uri) => [uri, device.tree.get(uri)?.data]);
  const seen = { transcript, events: device.events, stored: device.stored, tree, subscriptions: device.tree.subscriptions(), server: timeless({ ...server, commands }) };
  device.tree.free();
  return { resent, seen };
}

/** @param {any} value @returns {any} */
const timeless = (value) => JSON.parse(JSON.stringify(value), (name, member) => (name === "at" ? 0 : member));

/** @param {(() => Promise<void>)[]} work */
async function several(work) {
  const rest = [...work];
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let next = rest.shift(); next !== undefined; next = rest.shift()) await next();
    }),
  );
}

for (const dialect of DIALECTS) {
  test(`K05 the object is killed at every package, and the transcript is that of the run without, ${dialect}`, async (t) => {
    const rig = await Rig.start(t, VARIABLES);
    let killed = 0;
    for (const flow of flowsOf(dialect)) {
      const { seen: clean } = await play(rig, `${dialect} ${flow.name}`, flow, dialect, () => undefined);
      assert.deepEqual(clean.server.commands.map((/** @type {any} */ { state }) => state), flow.states, flow.name);
      assert.equal(clean.transcript.length, flow.packages, flow.name);
      assert.equal(clean.events.at(-1)?.type, flow.abort?.by === "device" ? "aborted" : "finished", flow.name);
      if (flow.batches.length > 0) assert.deepEqual([clean.stored.length, clean.server.commands[1].outcome[0].created], [1, [`${PUMP}/m1/`]], flow.name);
      const kills = KILLS.filter((kill) => dialect === "draft" || kill !== "crash");
      /** @type {[string, Kill, Plan][]} */
      const plans = kills.flatMap((kill) => [
        ...Array.from({ length: flow.packages }, (_, at) => /** @type {[string, Kill, Plan]} */ ([`${kill} at ${at + 1}`, kill, (number) => (number === at + 1 ? kill : undefined)])),
        /** @type {[string, Kill, Plan]} */ ([`${kill} always`, kill, () => kill]),
      ]);
      await several(
        plans.map(([name, kill, plan]) => async () => {
          const { resent, seen } = await play(rig, `${dialect} ${flow.name}: ${name}`, flow, dialect, plan);
          assert.deepEqual(seen, clean, `${flow.name}: ${name}`);
          const times = name.endsWith("always") ? flow.packages : 1;
          assert.equal(resent, kill === "after" || kill === "evict" ? 0 : times, name);
          killed += times;
        }),
      );
    }
    t.diagnostic(`${killed} times killed`);
  });
}

test("K05 an answer that is lost in the approved dialect: the device gives up, and nothing is sent twice", async (t) => {
  const rig = await Rig.start(t);
  await enrol(rig, DEVICE);
  const device = new Device2(rig, DEVICE, "approved");
  const [get] = await rig.queue(DEVICE, [{ type: "get", uri: `${NORTH}Mode` }]);
  await rig.fault(DEVICE, "crash");
  await device.finish();
  assert.equal(device.events.at(-1)?.type, "aborted");
  assert.equal((await rig.read(`${DEVICE}/commands/${get}`)).state, "sent");
  const [later] = await rig.queue(DEVICE, [{ type: "get", uri: `${PUMP}/south/Mode` }]);
  device.begin();
  await device.finish();
  assert.ok(device.finished);
  assert.deepEqual(await Promise.all([get, later].map(async (id) => (await rig.read(`${DEVICE}/commands/${id}`)).state)), ["unknown", "answered"]);
});
