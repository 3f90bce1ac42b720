/** Sessions of DM 2.0 that do not go as they should, and sessions beside others. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DEVICE, DIALECTS, DONE, Device2, INITIATION, PUMP, RESPONSE, answer, enrol, hello, json, post } from "./dm2.js";
import { Device, Rig } from "./rig.js";

const MODE = `${PUMP}/north/Mode`;
const NAME = "./Setting/Name";
const END = { draft: [{ END: [] }], approved: [["END"]] };

/** @param {any} request package 2 */
const commandsOf = (request) => request.Cmds ?? request.CMD;
/** @param {Rig} rig @param {number | undefined} id */
const stateOf = async (rig, id) => (await rig.read(`${DEVICE}/commands/${id}`)).state;
/** @param {Rig} rig @returns {Promise<any[]>} */
const eventsOf = async (rig) => (await rig.read(DEVICE)).log.map((/** @type {any} */ { event }) => event);

test("J15 packages that come again, out of order or of another session, draft", async (t) => {
  const rig = await Rig.start(t);
  await enrol(rig, DEVICE);
  const [first] = await rig.queue(DEVICE, [{ type: "get", uri: MODE }]);
  const begun = await post(rig, INITIATION, hello("draft"));
  for (const between of ["evict", "none"]) {
    if (between === "evict") await rig.fault(DEVICE, "evict");
    assert.deepEqual((await post(rig, INITIATION, hello("draft"))).body, begun.body, "the stored reply");
  }
  const [second] = await rig.queue(DEVICE, [{ type: "get", uri: `${PUMP}/south/Mode` }]);
  /** @param {object} info @param {number[]} [codes] */
  const response = (info, codes = [200]) => ({ ...answer("draft", DEVICE, codes), SessionInfo: { DevID: DEVICE, SessionID: "7F", PkgSeq: 2, ...info } });
  assert.equal((await post(rig, RESPONSE, response({ SessionID: "80" }))).status, 400, "another session");
  assert.equal((await post(rig, RESPONSE, response({ DevID: "other" }))).status, 401, "another device");
  assert.equal(await stateOf(rig, first), "sent");
  const next = await post(rig, RESPONSE, response({ PkgSeq: 5 }));
  assert.deepEqual([next.status, json(next.body).SessionInfo], [200, { SessionID: "7F", PkgSeq: 5 }], "some are skipped");
  assert.deepEqual((await post(rig, RESPONSE, response({ PkgSeq: 5 }))).body, next.body, "the stored reply");
  const before = await rig.read(DEVICE);
  assert.equal((await post(rig, RESPONSE, response({ PkgSeq: 4 }))).status, 400, "a lower number");
  assert.equal((await post(rig, INITIATION, hello("draft"))).status, 400, "package 1 is in the past");
  assert.deepEqual(await rig.read(DEVICE), before);
  assert.deepEqual([await stateOf(rig, first), await stateOf(rig, second)], ["answered", "sent"]);
  const wrong = await post(rig, RESPONSE, response({ PkgSeq: 5 }, [404]));
  assert.deepEqual([wrong.status, wrong.body.length], [400, 0], "a used number with other octets ends the session");
  assert.equal(await stateOf(rig, second), "unknown");
  assert.equal((await post(rig, RESPONSE, response({ PkgSeq: 6 }))).status, 400);
  assert.deepEqual((await eventsOf(rig)).at(-2), { type: "aborted", by: "server", reason: "a PkgSeq that was used before, with another package" });
  // The same device begins anew, and nothing is sent twice.
  const anew = await post(rig, INITIATION, { SessionInfo: { ...hello("draft").SessionInfo, SessionID: "81" } });
  assert.deepEqual(commandsOf(json(anew.body)), END.draft);
});

test("J15 the approved dialect has no number: equal packages are two packages, and package 1 begins anew", async (t) => {
  const rig = await Rig.start(t);
  await enrol(rig, DEVICE);
  const [first, second] = await rig.queue(DEVICE, [{ type: "get", uri: MODE }, { type: "get", uri: `${PUMP}/south/Mode` }]);
  assert.equal(commandsOf(json((await post(rig, INITIATION, hello("approved"))).body)).length, 2);
  await rig.fault(DEVICE, "evict");
  assert.equal((await post(rig, RESPONSE, answer("approved"), { "omadm-devid": "other" })).status, 401, "the header changes");
  assert.equal((await post(rig, RESPONSE, answer("approved"), { "omadm-devid": undefined })).status, 400);
  const anew = await post(rig, INITIATION, hello("approved"));
  assert.deepEqual([anew.status, commandsOf(json(anew.body))], [200, END.approved]);
  assert.deepEqual([await stateOf(rig, first), await stateOf(rig, second)], ["unknown", "unknown"]);
  assert.equal((await post(rig, RESPONSE, answer("approved"))).status, 400, "the session is over");
  assert.deepEqual((await rig.read(DEVICE)).sessions.map((/** @type {any} */ { over }) => over), [true]);
});

for (const dialect of DIALECTS) {
  test(`J16 a package 3 with a wrong number of results or that cannot be read ends the session, ${dialect}`, async (t) => {
    const rig = await Rig.start(t);
    await enrol(rig, DEVICE);
    const text = JSON.stringify(answer(dialect, DEVICE, [200, 200]));
    for (const [name, body, status] of /** @type {[string, unknown, number][]} */ ([
      ["less", answer(dialect, DEVICE, [200]), 200],
      ["more", answer(dialect, DEVICE, [200, 200, 200]), 200],
      ["none", answer(dialect, DEVICE, []), 200],
      ["cut", text.slice(0, -1), 400],
      ["a code as text", text.replace("200", '"200"'), 400],
    ])) {
      const session = { SessionInfo: { DevID: DEVICE, SessionID: `8${name}`, PkgSeq: 1, ReasonForSession: 1201 } };
      const named = (/** @type {unknown} */ value) => (typeof value === "string" ? value : JSON.stringify(value)).replace('"7F"', `"8${name}"`);
      const ids = await rig.queue(DEVICE, [{ type: "get", uri: MODE }, { type: "get", uri: `${PUMP}/south/Mode` }]);
      const whose = dialect === "draft" ? { "omadm-devid": undefined } : {};
      const begun = await post(rig, INITIATION, dialect === "draft" ? session : hello(dialect), whose);
      assert.equal(commandsOf(json(begun.body)).length, 2, name);
      const response = await post(rig, RESPONSE, named(body), whose);
      assert.equal(response.status, status, name);
      if (status === 200) assert.deepEqual(commandsOf(json(response.body)), END[dialect], name);
      else assert.equal(response.body.length, 0, name);
      if (name === "cut" && dialect === "draft") {
        // Nothing says whose it is: the session goes on.
        assert.deepEqual(await Promise.all(ids.map((id) => stateOf(rig, id))), ["sent", "sent"]);
        continue;
      }
      const states = await Promise.all(ids.map((id) => stateOf(rig, id)));
      assert.ok(states.every((state) => state === "unknown" || state === "answered") && (name === "more" || states.includes("unknown")), `${name}: ${states}`);
      assert.ok((await eventsOf(rig)).some(({ type, by }) => type === "aborted" && by === "server"), name);
      assert.equal((await post(rig, RESPONSE, named(body), whose)).status, name === "cut" || name === "a code as text" || dialect === "approved" ? 400 : 200, `${name}: again`);
      assert.equal((await rig.read(DEVICE)).sessions[0].over, true, name);
    }
  });

  test(`the operator ends a session with END; what was not sent stays queued, ${dialect}`, async (t) => {
    const rig = await Rig.start(t);
    await enrol(rig, DEVICE);
    const device = new Device2(rig, DEVICE, dialect);
    const [sent] = await rig.queue(DEVICE, [{ type: "get", uri: MODE }]);
    assert.equal((await rig.api("POST", `${DEVICE}/abort`, {})).status, 409);
    await device.turn();
    const [later] = await rig.queue(DEVICE, [{ type: "get", uri: `${PUMP}/south/Mode` }]);
    assert.equal((await rig.api("POST", `${DEVICE}/abort`, { reason: "enough" })).status, 202);
    await rig.fault(DEVICE, "evict");
    await device.finish();
    assert.deepEqual(commandsOf(device.received.at(-1)), END[dialect]);
    assert.deepEqual([await stateOf(rig, sent), await stateOf(rig, later)], ["answered", "queued"]);
    assert.ok((await eventsOf(rig)).some(({ type, by, reason }) => type === "aborted" && by === "server" && reason === "enough"));
    assert.equal((await rig.api("POST", `${DEVICE}/abort`, {})).status, 409);
    device.begin();
    await device.finish();
    assert.equal(await stateOf(rig, later), "answered");
  });

  test(`a device that aborts or vanishes: what it was sent may have run, ${dialect}`, async (t) => {
    const rig = await Rig.start(t);
    await enrol(rig, DEVICE);
    const device = new Device2(rig, DEVICE, dialect);
    const [sent] = await rig.queue(DEVICE, [{ type: "get", uri: MODE }]);
    const request = device.next();
    assert.ok(request);
    const response = await device.post(request);
    // It hears nothing of it, or it says so.
    if (dialect === "draft") {
      const info = { ...json(request.body).SessionInfo, PkgSeq: 2, ReasonForSession: undefined };
      const farewell = await post(rig, RESPONSE, { SessionInfo: info, Results: [], Alerts: [{ Code: 1223 }] });
      assert.deepEqual(commandsOf(json(farewell.body)), END.draft);
    }
    assert.equal(response.status, 200);
    await rig.fault(DEVICE, "late");
    assert.equal(await stateOf(rig, sent), "unknown");
    assert.ok((await eventsOf(rig)).some(({ type }) => type === (dialect === "draft" ? "aborted" : "expired")));
    assert.deepEqual((await rig.read(DEVICE)).sessions.map((/** @type {any} */ { over }) => over), dialect === "draft" ? [true] : []);
  });

  test(`alerts are told and, where the dialect can, answered as the account says, ${dialect}`, async (t) => {
    const rig = await Rig.start(t);
    await enrol(rig, DEVICE, { alertTypes: [DONE], alertStatus: 412 });
    const device = new Device2(rig, DEVICE, dialect);
    device.session.raise({ code: 1226, alertType: DONE, source: "./Pump/north/Mode", format: "int", data: "3" });
    device.session.raise({ code: 1226, alertType: "urn:oma:at:x:1.0:other", data: "secret-of-an-alert" });
    await device.finish();
    assert.ok(device.finished);
    const told = device.events.filter(({ type }) => type === "answered" || type === "delivered");
    assert.deepEqual(told, dialect === "draft" ? [{ type: "answered", alert: 0, code: 412 }, { type: "answered", alert: 1, code: 415 }] : [{ type: "delivered", alert: 0 }, { type: "delivered", alert: 1 }]);
    const alerts = (await eventsOf(rig)).filter(({ type }) => type === "alert");
    assert.deepEqual(alerts.map(({ alertType, item }) => [alertType, item.uri]), [[DONE, MODE], ["urn:oma:at:x:1.0:other", ""]]);
  });

  test(`a device speaks DM 1.x today and DM 2.0 tomorrow: one session at a time, one queue, ${dialect}`, async (t) => {
    const rig = await Rig.start(t);
    const old = await rig.device(DEVICE, { scheme: "basic" });
    const credentials = { authorization: `Basic ${Buffer.from("device:pass-of-device").toString("base64")}` };
    const [first] = await rig.queue(DEVICE, [{ type: "get", uri: NAME }]);
    await old.answerTo(NAME);
    assert.equal((await post(rig, RESPONSE, answer(dialect), credentials)).status, 400, "the session is one of DM 1.x");
    assert.equal(await stateOf(rig, first), "sent");
    const device = new Device2(rig, DEVICE, dialect, credentials);
    const [second] = await rig.queue(DEVICE, [{ type: "get", uri: MODE }]);
    await device.turn();
    assert.deepEqual([await stateOf(rig, first), await stateOf(rig, second)], ["unknown", "sent"]);
    const { sessions, devInfo } = await rig.read(DEVICE);
    assert.deepEqual([sessions.map((/** @type {any} */ { protocol }) => protocol), devInfo.Man], [[2], "Maker of the test"]);
    const [third] = await rig.queue(DEVICE, [{ type: "hget", from: "https://repo.example/x" }]);
    const again = new Device(rig, old.account);
    await again.finish();
    assert.ok(again.events.some(({ type }) => type === "finished"));
    assert.equal(await stateOf(rig, second), "unknown");
    const { state, outcome } = await rig.read(`${DEVICE}/commands/${third}`);
    assert.deepEqual([state, outcome], ["refused", [{ type: "unsupported" }]], "a device of DM 1.x has no word for it");
    assert.deepEqual((await rig.read(DEVICE)).sessions.map((/** @type {any} */ { protocol, over }) => [protocol, over]), [[1, true]]);
    await device.finish();
    assert.equal(device.events.at(-1)?.type, "aborted", "its session is gone");
  });
}
