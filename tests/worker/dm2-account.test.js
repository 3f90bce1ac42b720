/** What an account says of a device of DM 2.0, how the device is woken, and what is remembered of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { AUTHORIZATION, DEVICE, DIALECTS, DONE, Device2, INITIATION, PUMP, REPOSITORY, RESPONSE, answer, documentOf, enrol, hello, post } from "./dm2.js";
import { Rig } from "./rig.js";

const MODE = `${PUMP}/north/Mode`;
const SECRET = { secret: "secret-of-notifications", authData: "beside" };
const OWN = { secret: new TextEncoder().encode(SECRET.secret), authData: new TextEncoder().encode(SECRET.authData) };
const FORMS = { draft: "2.0-draft", approved: "2.0" };

/** @param {Rig} rig @returns {Promise<any[]>} */
const eventsOf = async (rig) => (await rig.read(DEVICE)).log.map((/** @type {any} */ { event }) => event);

for (const dialect of DIALECTS) {
  test(`a notification of the account's form wakes the device, whose session is the one that was expected, ${dialect}`, async (t) => {
    const rig = await Rig.start(t);
    const form = FORMS[dialect];
    await enrol(rig, DEVICE, { notification: SECRET, notificationForm: form });
    const wanted = dialect === "draft" ? { requested: [5], sessionId: 0x4d2 } : { requested: true, id: 0x4d2 };
    const response = await rig.api("POST", `${DEVICE}/notification`, wanted);
    const made = /** @type {any} */ (await response.json());
    assert.deepEqual([response.status, made.notification.form, made.session], [201, form, dialect === "draft" ? "4D2" : undefined]);
    assert.deepEqual((await rig.read(DEVICE)).notified, [0x4d2]);
    assert.equal((await rig.read(DEVICE)).notificationForm, form);

    const device = new Device2(rig, DEVICE, dialect);
    device.secret = { notification: OWN };
    const body = new Uint8Array(Buffer.from(made.body.base64, "base64"));
    device.begin({ by: "server", notification: body, policy: { form: made.notification.form } });
    await device.finish(() => rig.fault(DEVICE, "evict"));
    assert.ok(device.finished);
    const { notified, log } = await rig.read(DEVICE);
    assert.deepEqual(notified, []);
    const events = log.map((/** @type {any} */ { event }) => event);
    const { initiatedBy, notification } = events.find((/** @type {any} */ { type }) => type === "started");
    assert.deepEqual([initiatedBy, notification], ["server", 0x4d2]);
    const told = events.filter((/** @type {any} */ { type }) => type === "supported" || type === "data");
    const data = ["north", "south"].map((instance) => ({ type: "data", uri: `${PUMP}/${instance}/` }));
    const supported = [{ type: "supported", objects: [{ moid: PUMP, instances: ["north", "south"] }], count: 1 }];
    assert.deepEqual(told, dialect === "draft" ? data : supported);
  });

  test(`where data may be sent to, and in which formats, ${dialect}`, async (t) => {
    const rig = await Rig.start(t);
    const acceptMo = "application/vnd.syncml.dmtnds+xml, application/vnd.oma.dm.mo+json;q=0.5";
    await enrol(rig, DEVICE, { acceptMo });
    const { headers, body } = await post(rig, INITIATION, hello(dialect));
    if (dialect === "approved") assert.equal(headers.get("omadm-accept"), acceptMo);
    else assert.equal(JSON.parse(new TextDecoder().decode(body)).SessionInfo.AcceptMO, acceptMo);
  });

  test(`a device that is barred is let in no more once it has said who it is, ${dialect}`, async (t) => {
    const rig = await Rig.start(t);
    await enrol(rig, DEVICE);
    const [get] = await rig.queue(DEVICE, [{ type: "get", uri: MODE }]);
    assert.equal((await post(rig, INITIATION, hello(dialect))).status, 200);
    await enrol(rig, DEVICE, { barred: true });
    for (const [type, body] of /** @type {[string, unknown][]} */ ([[INITIATION, hello(dialect)], [RESPONSE, answer(dialect)]])) {
      const barred = await post(rig, type, body);
      assert.deepEqual([barred.status, barred.headers.get("www-authenticate"), barred.headers.get("content-type")], [403, null, "text/plain; charset=utf-8"]);
      assert.equal(new TextDecoder().decode(barred.body), "barred: the device is barred\n");
      const other = await post(rig, type, body, { authorization: undefined });
      assert.deepEqual([other.status, other.body.length], [401, 0], "others are not told");
    }
    assert.equal((await rig.read(`${DEVICE}/commands/${get}`)).state, "unknown");
    assert.deepEqual((await rig.read(DEVICE)).sessions, []);
    await enrol(rig, DEVICE);
    assert.equal((await post(rig, INITIATION, hello(dialect))).status, 200);
  });

  test(`K18 what is logged holds no credential and no value, ${dialect}`, async (t) => {
    const rig = await Rig.start(t);
    await enrol(rig, DEVICE, { alertTypes: [DONE] });
    const device = new Device2(rig, DEVICE, dialect);
    device.documents.set(`${REPOSITORY}/new`, documentOf(dialect, "east", { Mode: "value-of-the-repository" }));
    device.session.raise({ code: 1226, alertType: DONE, source: "./Pump/north/Mode", data: "value-of-an-alert" });
    await rig.queue(DEVICE, [{ type: "get", uri: [MODE, `${PUMP}/south/`] }, { type: "hget", from: `${REPOSITORY}/new` }]);
    await device.finish();
    assert.ok(device.finished);
    const wire = device.sent.map(({ body }) => new TextDecoder().decode(body)).join();
    assert.ok(wire.includes("mode-of-north") && wire.includes("mode-of-south") && wire.includes("value-of-an-alert"));
    await post(rig, INITIATION, '{"value-of-an-alert"', { authorization: AUTHORIZATION });
    await post(rig, INITIATION, hello(dialect), { authorization: AUTHORIZATION.replace(/.$/, "A") });
    const log = JSON.stringify((await rig.read(DEVICE)).log);
    assert.match(log, /"results"/);
    assert.match(log, /"alert"/);
    assert.ok(log.includes(MODE) && log.includes(`${PUMP}/m1/`), "places are told");
    const secrets = ["mode-of", "value-of", "p:ß", "pass", AUTHORIZATION.slice(6), Buffer.from(AUTHORIZATION).toString("base64")];
    await rig.restart();
    const printed = rig.printed.join("\n");
    assert.match(printed, /^dm 200 authenticated started/m);
    assert.match(printed, /^dm 401 unauthenticated/m);
    assert.match(printed, /^dm 400 /m);
    for (const secret of secrets) for (const [name, text] of Object.entries({ log, printed })) assert.equal(text.includes(secret), false, `${name}: ${secret}`);
  });
}

test("a device of DM 1.x that is barred is told so by HTTP once it has proved itself", async (t) => {
  const rig = await Rig.start(t);
  const device = await rig.device("d", { scheme: "md5" });
  const client = { user: "device", password: "pass-of-device", schemes: ["md5"] };
  const server = { user: "server", password: "pass-of-server", schemes: ["md5"] };
  assert.equal((await rig.api("PUT", "d/account", { client, server, barred: true })).status, 200);
  await assert.rejects(device.finish(), /^Error: 403 barred: the device is barred/);
  assert.equal(device.received.length, 1, "the challenge");
  assert.equal((await rig.read("d")).barred, true);
});

test("settings of DM 2.0 in an account that make no sense are refused in words", async (t) => {
  const rig = await Rig.start(t);
  const account = { client: { user: "u", password: "p", schemes: ["md5"] }, server: "transport" };
  for (const [more, words] of /** @type {[object, RegExp][]} */ ([
    [{ acceptMo: 1 }, /acceptMo must be a text/],
    [{ acceptMo: "" }, /acceptMo must be a text/],
    [{ acceptMo: "grün" }, /media types as in the header Accept/],
    [{ acceptMo: "a/b\r\nx: y" }, /media types as in the header Accept/],
    [{ notificationForm: "1.3" }, /notificationForm must be one of: 1\.2, 2\.0-draft, 2\.0/],
    [{ barred: "yes" }, /barred must be true or false/],
  ])) {
    const response = await rig.api("PUT", "d/account", { ...account, ...more });
    assert.equal(response.status, 400, JSON.stringify(more));
    assert.match(/** @type {any} */ (await response.json()).error.message, words);
  }
  for (const command of [{ type: "hget" }, { type: "hget", from: "ftp://x/" }, { type: "hput", from: [], to: `${REPOSITORY}/` }, { type: "show", url: 1 }, { type: "sub", url: `${REPOSITORY}/` }]) {
    await enrol(rig, DEVICE);
    const response = await rig.api("POST", `${DEVICE}/commands`, command);
    assert.equal(response.status, 400, JSON.stringify(command));
  }
  assert.deepEqual((await eventsOf(rig)), []);
});
