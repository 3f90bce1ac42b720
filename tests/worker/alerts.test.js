/** What the server does with a device in particular: its alerts, the largest message, and an abort that somebody asks for. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { messageIn, omadm } from "./package.js";
import { Rig } from "./rig.js";

const TYPE = "urn:oma:at:ext-example:event:1.0";
const NAME = "./Setting/Name";

for (const [desk, codes] of /** @type {[object, number[]][]} */ ([
  [{}, [415, 200]],
  [{ alertTypes: [TYPE] }, [200, 200]],
  [{ alertTypes: [TYPE], alertStatus: 202 }, [202, 202]],
  [{ alertTypes: ["urn:oma:at:other"], alertStatus: 202 }, [415, 202]],
])) {
  test(`alerts of a device are answered ${codes.join(" and ")} with ${JSON.stringify(desk)}, and logged without their values`, async (t) => {
    const rig = await Rig.start(t);
    const device = await rig.device("d", { desk });
    device.session.raise({ code: 1226, alertType: TYPE, correlator: "c-1", data: "value-of-an-alert" });
    device.session.raise({ code: 1224, alertType: "com.example/Login", data: "value-of-an-alert" });
    await device.finish();
    assert.deepEqual(device.events.flatMap((event) => (event.type === "answered" ? [event.code] : [])), codes);
    const { log } = await rig.read("d");
    const alerts = log.map((/** @type {any} */ { event }) => event).filter((/** @type {any} */ { type }) => type === "alert");
    assert.deepEqual(alerts.map((/** @type {any} */ { code, alertType, correlator }) => [code, alertType, correlator]), [[1226, TYPE, "c-1"], [1224, "com.example/Login", undefined]]);
    assert.equal(JSON.stringify(log).includes("value-of-an-alert"), false);
    const numbers = log.map((/** @type {any} */ { seq }) => seq);
    assert.ok(numbers.every((/** @type {number} */ seq, /** @type {number} */ at) => at === 0 || seq > numbers[at - 1]), String(numbers));
  });
}

test("objects that the device reports are logged by their place and size, never by their values", async (t) => {
  const rig = await Rig.start(t);
  const device = await rig.device("d", { version: "1.3" });
  device.tree.set("./Pump", null, { format: "node", type: "urn:oma:mo:ext-example-pump:1.0" });
  device.tree.set("./Pump/Speed", "value-of-a-pump");
  device.session = new omadm.DmClientSession(
    { account: device.account, url: `${rig.url}/dm`, version: "1.3", encoding: "xml" },
    { by: "server", sessionId: 77, requested: ["urn:oma:mo:ext-example-pump:1.0"] },
  );
  await device.finish();
  const { log } = await rig.read("d");
  const objects = log.map((/** @type {any} */ { event }) => event).filter((/** @type {any} */ { type }) => type === "object");
  assert.deepEqual(objects, [{ type: "object", uri: "./Pump", nodes: 2 }]);
  assert.equal(JSON.stringify(log).includes("value-of-a-pump"), false);
});

test("the server says what it takes, and takes no more", async (t) => {
  const rig = await Rig.start(t);
  const device = await rig.device("d", { desk: { maxMsgSize: 2_000 } });
  await rig.queue("d", [{ type: "get", uri: NAME }]);
  await device.finish();
  for (const body of device.received) assert.equal(messageIn(body).message.header.maxMsgSize, 2_000);
  for (const { body } of device.sent) assert.ok(body.length <= 2_000);
  assert.equal((await rig.read("d")).maxMsgSize, 2_000);
});

test("an abort that somebody asks for ends the session with the next reply; what was not sent waits for the next session", async (t) => {
  const rig = await Rig.start(t);
  const device = await rig.device("d");
  assert.equal((await rig.api("POST", "d/abort", {})).status, 409, "no session");
  const [first] = await rig.queue("d", [{ type: "get", uri: NAME }]);
  await device.turn();
  for (const reason of [1, "x".repeat(257)]) assert.equal((await rig.api("POST", "d/abort", { reason })).status, 400);
  assert.equal((await rig.api("POST", "d/abort", { reason: "the desk closes" })).status, 202);
  await rig.fault("d", "evict");
  const [second] = await rig.queue("d", [{ type: "get", uri: "./DevInfo/Man" }]);
  await device.finish();
  assert.deepEqual(device.events.filter(({ type }) => type === "aborted" || type === "finished"), [{ type: "aborted", by: "server" }]);
  const state = await rig.read("d");
  assert.deepEqual(state.sessions.map((/** @type {any} */ { over }) => over), [true]);
  assert.ok(state.log.some((/** @type {any} */ { event }) => event.type === "aborted" && event.by === "server" && event.reason === "the desk closes"));
  assert.equal((await rig.api("POST", "d/abort", {})).status, 409, "the session is over");
  assert.deepEqual([(await rig.read(`d/commands/${first}`)).state, (await rig.read(`d/commands/${second}`)).state], ["answered", "queued"]);
  device.begin();
  await device.finish();
  assert.equal((await rig.read(`d/commands/${second}`)).state, "answered");
  assert.equal(device.events.at(-1)?.type, "finished");
});

test("what a device of DM 1.1 cannot be sent is refused, and the rest is sent", async (t) => {
  const rig = await Rig.start(t);
  const device = await rig.device("d", { version: "1.1" });
  const [inbox, get] = await rig.queue("d", [{ type: "add", items: [{ uri: "./Inbox/X", data: "x" }] }, { type: "get", uri: NAME }]);
  await device.finish();
  const refused = await rig.read(`d/commands/${inbox}`);
  assert.deepEqual([refused.state, refused.outcome], ["refused", [{ type: "unsupported" }]]);
  assert.equal((await rig.read(`d/commands/${get}`)).state, "answered");
});
