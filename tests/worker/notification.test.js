/** Notifications that the API makes for a device, and the sessions that they ask for. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { messageIn, omadm } from "./package.js";
import { Rig } from "./rig.js";

/** @import { NotificationOptions } from "omadm" */
/** @import { Device } from "./rig.js" */

const TYPE = "application/vnd.syncml.notification";
const TYPE_2 = "application/vnd.syncml.dm.notification";
const SECRET = { secret: "secret-of-notifications", authData: { base64: Buffer.from("beside").toString("base64") } };
/** The account's member as the engine of the device has it. */
const OWN = { secret: new TextEncoder().encode(SECRET.secret), authData: new TextEncoder().encode("beside") };

/** @param {Rig} rig @param {unknown} wanted @param {string} [deviceId] @returns {Promise<any>} */
async function notified(rig, wanted, deviceId = "d") {
  const response = await rig.api("POST", `${deviceId}/notification`, wanted);
  const body = await response.json();
  assert.equal(response.status, 201, JSON.stringify(body));
  return body;
}

/** @param {{ base64: string }} member */
const octets = ({ base64 }) => new Uint8Array(Buffer.from(base64, "base64"));

/** The device looks at it, and begins the session that it asks for. @param {Device} device @param {Uint8Array} body @param {NotificationOptions} [policy] */
function wake(device, body, policy) {
  const { rig, account, speech } = device;
  const config = /** @type {const} */ ({ account, url: `${rig.url}/dm`, version: "1.2", encoding: "xml", ...speech });
  device.session = new omadm.DmClientSession(config, { by: "server", notification: body, ...(policy && { policy }) });
}

/** The session is over: what it leaves serves the next. @param {Device} device */
async function finish(device) {
  await device.finish();
  device.account.state = device.session.save().account;
}

/** @param {Rig} rig @returns {Promise<any[]>} */
const startedOf = async (rig) => (await rig.read("d")).log.map((/** @type {any} */ { event }) => event).filter((/** @type {any} */ { type }) => type === "started");

for (const scheme of /** @type {const} */ (["basic", "md5", "hmac"])) {
  test(`N13 a notification for an account with ${scheme} wakes the device, whose session bears its SessionID and is the one that was expected`, async (t) => {
    const rig = await Rig.start(t);
    const device = await rig.device("d", { scheme });
    // The second is made with the nonce of the first session, which the object has to have kept.
    for (const [sessionId, session] of /** @type {const} */ ([[0xa1, "A1"], [0xffff, "FFFF"]])) {
      const made = await notified(rig, { uiMode: "informative", initiator: "server", sessionId });
      assert.deepEqual(made.notification, { form: "1.2", version: 11, uiMode: 2, initiator: 1, sessionId, serverId: "omadm" });
      assert.deepEqual([made.session, made.contentType, made.headers, made.push], [session, TYPE, { "content-type": TYPE }, undefined]);
      assert.equal(made.hex, Buffer.from(octets(made.body)).toString("hex"));
      assert.deepEqual((await rig.read("d")).notified, [sessionId]);
      await rig.fault("d", "evict");
      wake(device, octets(made.body));
      assert.equal(device.session.uiMode, 2);
      const from = device.sent.length;
      await finish(device);
      const [first] = device.sent.slice(from);
      const { header, commands } = messageIn(/** @type {any} */ (first).body).message;
      assert.equal(header.sessionId, session);
      assert.equal(commands[0]?.type === "alert" && commands[0].code, 1200);
      const { initiatedBy, notification } = (await startedOf(rig)).at(-1);
      assert.deepEqual([initiatedBy, notification], ["server", sessionId]);
      assert.deepEqual((await rig.read("d")).notified, [], "it is not waited for any more");
    }
    assert.deepEqual(device.account.state?.triggers, [0xa1, 0xffff]);
  });
}

test("N06 the same notification again begins nothing; made again with its number it is the same octets", async (t) => {
  const rig = await Rig.start(t);
  const device = await rig.device("d", { scheme: "md5" });
  const { body, hex } = await notified(rig, { sessionId: 7 });
  assert.equal((await notified(rig, { sessionId: 7 })).hex, hex);
  assert.deepEqual((await rig.read("d")).notified, [7]);
  wake(device, octets(body));
  await finish(device);
  assert.throws(() => wake(device, octets(body)), { code: "auth", message: /digest/ });
  // Under the nonce that the device has now it is another one, with the number of a session that was.
  const again = await notified(rig, { sessionId: 7 });
  assert.notEqual(again.hex, hex);
  assert.throws(() => wake(device, octets(again.body)), { code: "auth", message: /repeated/ });
});

test("each notification that is made has a number of its own, and those whose session has not come are expected through a restart", async (t) => {
  const rig = await Rig.start(t);
  const device = await rig.device("d", { scheme: "md5" });
  const first = await notified(rig, {});
  const second = await notified(rig, {});
  assert.notEqual(first.notification.sessionId, second.notification.sessionId);
  await rig.restart();
  assert.deepEqual((await rig.read("d")).notified, [first.notification.sessionId, second.notification.sessionId]);
  wake(device, octets(first.body));
  await finish(device);
  assert.deepEqual((await rig.read("d")).notified, [second.notification.sessionId]);
});

test("a session that the device wishes itself is none that was expected", async (t) => {
  const rig = await Rig.start(t);
  const device = await rig.device("d", { scheme: "md5" });
  const { notification } = await notified(rig, {});
  device.session = new omadm.DmClientSession({ account: device.account, url: `${rig.url}/dm`, version: "1.2", encoding: "xml" }, { by: "user" });
  await finish(device);
  const [started] = await startedOf(rig);
  assert.deepEqual([started.initiatedBy, started.notification], ["client", undefined]);
  assert.deepEqual((await rig.read("d")).notified, [notification.sessionId]);
});

test("N05 N09 whoever proves nothing does not take away a notification that is under way", async (t) => {
  const rig = await Rig.start(t);
  const device = await rig.device("d", { scheme: "md5" });
  const made = await notified(rig, {});
  const guess = { user: "device", secret: { password: "guess" }, schemes: device.account.client === "transport" ? [] : device.account.client.schemes };
  const session = new omadm.DmClientSession({ account: { ...device.account, client: guess }, url: `${rig.url}/dm`, version: "1.2", encoding: "xml" }, { by: "server", sessionId: made.notification.sessionId });
  const request = /** @type {any} */ (session.send(device.tree));
  await (await rig.post(request.url, request.body, request.headers)).arrayBuffer();
  assert.deepEqual((await rig.read("d")).notified, [made.notification.sessionId]);
  wake(device, octets(made.body));
  await finish(device);
  assert.equal((await startedOf(rig)).at(-1).notification, made.notification.sessionId);
});

test("N07 N08 a device that has lost its nonces is woken with resync, and both have new ones then", async (t) => {
  const rig = await Rig.start(t);
  const device = await rig.device("d", { scheme: "md5" });
  await finish(device);
  // The device comes back from the factory.
  const kept = device.account.state;
  assert.ok(kept?.triggerNonce);
  delete device.account.state;
  const lost = await notified(rig, { sessionId: 5 });
  assert.throws(() => wake(device, octets(lost.body)), { code: "auth", message: /digest/ });
  const made = await notified(rig, { resync: true, sessionId: 6 });
  assert.throws(() => wake(device, octets(made.body)), { code: "auth", message: /digest/ }, "not unless it is allowed");
  wake(device, octets(made.body), { resync: true });
  await finish(device);
  assert.equal((await startedOf(rig)).at(-1).notification, 6);
  assert.equal(device.events.at(-1)?.type, "finished");
  /** @type {any} */
  const renewed = device.account.state;
  assert.notDeepEqual([renewed?.serverNonce, renewed?.triggerNonce], [kept.serverNonce, kept.triggerNonce]);
  assert.throws(() => wake(device, octets(made.body), { resync: true }), { code: "auth" });
  // From here on the stored ones count again.
  wake(device, octets((await notified(rig, { sessionId: 8 })).body));
  await finish(device);
  assert.equal((await startedOf(rig)).at(-1).notification, 8);
});

test("a notification as WAP Push, bare and as a short message", async (t) => {
  const rig = await Rig.start(t);
  await rig.device("d", { scheme: "md5" });
  const { body, push } = await notified(rig, { sessionId: 1, wap: true });
  assert.equal(push.hex.slice(0, 12), "010603c4af87");
  assert.deepEqual(omadm.decodePush(octets(push.body)).body, octets(body));
  const short = await notified(rig, { sessionId: 1, wap: { transaction: 9, sms: true } });
  assert.equal(short.push.hex.slice(0, 26), "0605040b84c002090603c4af87");
  assert.equal(short.push.hex.slice(26), short.hex);
});

test("the forms of DM 2.0 under the account's secret for notifications, which nobody is told", async (t) => {
  const rig = await Rig.start(t);
  const device = await rig.device("d", { scheme: "md5", desk: { notification: SECRET } });
  const account = { ...device.account, notification: OWN };
  const draft = await notified(rig, { form: "2.0-draft", requested: [1, 258], sessionId: 0x4d2, uiMode: 1 });
  assert.deepEqual([draft.contentType, draft.session], [TYPE_2, "4D2"]);
  const believed = omadm.verifyNotification(octets(draft.body), account, { form: "2.0-draft" });
  assert.ok(believed.ok && believed.signed && believed.notification.form === "2.0-draft");
  assert.deepEqual(believed.notification.options, [{ number: 3, value: Uint8Array.of(0, 1) }, { number: 3, value: Uint8Array.of(1, 2) }]);
  const approved = await notified(rig, { form: "2.0", requested: true, id: 42 });
  const verdict = omadm.verifyNotification(octets(approved.body), account, { form: "2.0" });
  assert.ok(verdict.ok && verdict.signed && verdict.notification.form === "2.0");
  assert.deepEqual([verdict.notification.id, verdict.notification.requestMos, approved.session], [42, true, undefined]);
  // It says when it was made, so that an old one is known as such.
  assert.ok(Math.abs((verdict.notification.timestamp ?? 0) - Date.now() / 1_000) < 600);
  assert.equal(omadm.verifyNotification(octets(approved.body), device.account, { form: "2.0" }).ok, false);
  const state = await rig.read("d");
  assert.equal(state.notification, true);
  assert.deepEqual(state.log.map((/** @type {any} */ { event }) => event), [{ type: "notified", form: "2.0-draft" }, { type: "notified", form: "2.0" }]);
  for (const secret of [SECRET.secret, SECRET.authData.base64, Buffer.from(SECRET.secret).toString("base64")]) assert.equal(JSON.stringify(state).includes(secret), false);
});

test("what makes no sense is refused in words, and nothing is expected of it", async (t) => {
  const rig = await Rig.start(t);
  await rig.device("d", { scheme: "md5" });
  await rig.device("sha", { scheme: "sha256" });
  await rig.device("open", { server: "transport" });
  for (const [path, body, status, words] of /** @type {[string, unknown, number, RegExp][]} */ ([
    ["d", null, 400, /send an object/],
    ["d", [], 400, /send an object/],
    ["d", { form: "1.3" }, 400, /form must be one of: 1\.2, 2\.0-draft, 2\.0/],
    ["d", { serverId: "other" }, 400, /the form 1\.2 has no member "serverId"/],
    ["d", { requested: true }, 400, /the form 1\.2 has no member "requested"/],
    ["d", { uiMode: 4 }, 400, /uiMode must be one of unspecified, background/],
    ["d", { uiMode: "loud" }, 400, /uiMode must be one of/],
    ["d", { initiator: 2 }, 400, /initiator must be one of user, server/],
    ["d", { sessionId: 0 }, 400, /number of a session/],
    ["d", { sessionId: 65_536 }, 400, /./],
    ["d", { resync: 1 }, 400, /resync must be true or false/],
    ["d", { form: "2.0", resync: true }, 400, /resync is for the form 1\.2/],
    ["d", { wap: 1 }, 400, /wap must be true or an object/],
    ["d", { wap: { transaction: 256 } }, 400, /0 to 255/],
    ["d", { form: "2.0-draft", requested: [65_536] }, 400, /requested must be/],
    ["d", { form: "2.0-draft", requested: true, options: [] }, 400, /either requested or options/],
    ["d", { form: "2.0", requested: [1] }, 400, /requested must be/],
    ["d", { form: "2.0", timestamp: 1.5 }, 400, /whole seconds/],
    ["d", { form: "2.0", timestamp: 1_700_000_000_000 }, 400, /whole seconds/],
    ["sha", {}, 409, /no secret to sign with/],
    ["open", {}, 409, /no secret to sign with/],
    ["absent", {}, 404, /no such device/],
  ])) {
    const response = await rig.api("POST", `${path}/notification`, body);
    const { error } = /** @type {any} */ (await response.json());
    assert.equal(response.status, status, `${JSON.stringify(body)} ${error?.message}`);
    assert.match(error.message, words);
  }
  for (const path of ["d", "sha", "open"]) {
    const { notified: expected, log } = await rig.read(path);
    assert.deepEqual([expected, log], [[], []]);
  }
  assert.equal((await rig.api("GET", "d/notification")).status, 405);
  assert.equal((await rig.api("POST", "d/notification", {}, "x")).status, 401);
  for (const [notification, words] of /** @type {[unknown, RegExp][]} */ ([
    ["x", /notification must be an object with secret, authData/],
    [{ secret: "" }, /notification\.secret must have 1 to 1024 octets/],
    [{ secret: "x", authData: 1 }, /notification\.authData must have 0 to 1024 octets/],
    [{ secret: "x", more: 1 }, /notification has no member "more"/],
  ])) {
    const response = await rig.api("PUT", "e/account", { client: { user: "u", password: "p", schemes: ["md5"] }, server: "transport", notification });
    assert.equal(response.status, 400);
    assert.match(/** @type {any} */ (await response.json()).error.message, words);
  }
});

test("where the state cannot be stored nobody gets a notification", async (t) => {
  const rig = await Rig.start(t);
  await rig.device("d", { scheme: "md5" });
  await rig.fault("d", "unwritten");
  assert.equal((await rig.api("POST", "d/notification", {})).status, 503);
  assert.deepEqual((await rig.read("d")).notified, []);
  await notified(rig, {});
});
