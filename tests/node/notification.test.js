/** Notifications: as documents, made and believed, as WAP Push, and the sessions that they ask for. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { tree } from "./both.js";
import omadm, { message, thrown, wrong } from "./omadm.js";

/** @import { Account, Notification, Outline } from "../../www/package/types.js" */

const { decode, decodePush, encode, encodeNotification, encodePush, inspect, verifyNotification } = omadm;
const octets = (/** @type {string} */ hex) => new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const ENV = { now: 1_700_000_000_000, entropy: Uint8Array.from({ length: 32 }, (_, at) => at) };
const TYPE = "application/vnd.syncml.notification";
const TYPE_2 = "application/vnd.syncml.dm.notification";
const N1 = octets("59af2bf6f16d21f0b7a0b9d318606da7 02d0000000123412 636f6d2e6d676d747372762e6d616e616765");
const N4 = octets("6f72a80cb224615d39bc74969c6bb075 02c800000000a101 73 deadbeef");
const D2 = octets("21B004D2 10057372762D31 7004 0001 7237 7005 0002 723431 6BBF5EE8E4D815503C91AF9A08EAA93A");
const A2 = octets("2200 157372762D31 120201 121234 30");
const A4 = octets("2200 157372762D31 22002A 1F11 9DDFFDD3814C123169F5ED4AABFE7EF8AFEA8A89517250AB704B3C008862EE21 146553F100");

/** @type {[Uint8Array, Notification, string][]} */
const KNOWN = [
  [N1, { form: "1.2", version: 11, uiMode: 1, initiator: 0, sessionId: 0x1234, serverId: "com.mgmtsrv.manage" }, TYPE],
  [N4, { form: "1.2", version: 11, uiMode: 0, initiator: 1, sessionId: 0xa1, serverId: "s", vendor: octets("deadbeef") }, TYPE],
  [
    D2,
    { form: "2.0-draft", uiMode: 1, initiator: 1, sessionId: 0x4d2, serverId: "srv-1", options: [{ number: 7, value: octets("00017237") }, { number: 7, value: octets("0002723431") }] },
    TYPE_2,
  ],
  [A2, { form: "2.0", serverId: "srv-1", connection: [2, 1], id: 0x1234, requestMos: true }, TYPE_2],
  [A4, { form: "2.0", serverId: "srv-1", id: 42, timestamp: 1_700_000_000 }, TYPE_2],
];

/** @returns {Account} */
const account = (serverId = "dm.example.com") => ({
  deviceId: "IMEI:1",
  serverId,
  client: "transport",
  server: { user: serverId, secret: { password: "pw" }, schemes: ["md5"] },
});

test("a notification is read and written, by its content type and by its octets", () => {
  for (const [body, notification, contentType] of KNOWN) {
    const document = decode(body);
    assert.ok(document.type === "notification");
    assert.deepEqual(document.notification, notification);
    assert.equal("digest" in document, notification.form !== "2.0" || notification.id === 42);
    for (const input of [{ body, contentType }, { body, headers: { "Content-Type": `${contentType}; charset=x` } }]) assert.deepEqual(decode(input), document);
    const again = encode(document);
    assert.deepEqual([again.body, again.contentType, again.headers], [body, contentType, { "content-type": contentType }]);
  }
  const odd = octets("00000000000000000000000000000000 02c8000100000101 73");
  const document = decode({ body: odd, contentType: TYPE });
  assert.ok(document.type === "notification");
  assert.equal(document.notification.reserved, 256);
  assert.deepEqual(encode(document).body, odd);
  // Without its type it could be WBXML, which it is not either.
  assert.equal(thrown(() => decode(odd)).code, "version");
});

test("what can be seen in a notification, in a broken one too", () => {
  const names = (/** @type {Outline} */ outline) => outline.children.map(({ name }) => name);
  const { outline, document, error } = inspect(N4);
  assert.deepEqual([document?.type, error], ["notification", undefined]);
  assert.deepEqual(names(outline), ["digest", "version", "ui-mode", "initiator", "future-use", "session-id", "length", "Server-ID", "vendor"]);
  assert.deepEqual(outline.children[7], { name: "Server-ID", start: 24, end: 25, text: "s", children: [] });
  assert.equal(outline.children[5]?.text, "A1");
  const approved = inspect(A4).outline;
  assert.deepEqual(names(approved).slice(3), ["Server-ID", "NOTIFICATION-ID", "SHA256-DIGEST", "TIMESTAMP"]);
  assert.equal(approved.children[6]?.text, "1700000000");
  const cut = inspect({ body: D2.slice(0, 14), contentType: TYPE_2 });
  assert.deepEqual([cut.error?.code, cut.error?.offset, cut.document], ["range", 11, undefined]);
  assert.deepEqual(names(cut.outline), ["VER", "option-count", "ui-mode", "initiator", "reserved", "session-id", "Server-ID", "#octets"]);
  assert.equal(inspect({ body: N1.slice(0, 20), contentType: TYPE }).error?.code, "truncated");
  // Of the form of DM 1.3 nothing but its options is public.
  assert.equal(inspect({ body: octets("1080157372762D31"), contentType: TYPE_2 }).error?.code, "version");
  assert.equal(thrown(() => inspect({ body: N1, contentType: TYPE }, { bytes: 10 })).code, "limit");
});

test("nothing else is taken for a notification", () => {
  for (const text of ["<a/>", "  <SyncML xmlns='SYNCML:SYNCML1.2'/>", "text that is long enough to be a header and more"]) {
    assert.notEqual(inspect(new TextEncoder().encode(text)).document?.type, "notification");
  }
  assert.equal(thrown(() => decode({ body: N1, contentType: "application/vnd.syncml.dm+xml" })).code === "arg", false);
});

test("a notification is made for an account and believed there", () => {
  const own = account();
  const made = encodeNotification({ form: "1.2", uiMode: 3 }, own, {}, ENV);
  assert.deepEqual([made.contentType, made.headers["content-type"]], [TYPE, TYPE]);
  const notification = { form: "1.2", version: 11, uiMode: 3, initiator: 1, sessionId: 0x1011, serverId: "dm.example.com" };
  assert.deepEqual(made.notification, notification);
  assert.deepEqual(made.state, { triggers: [0x1011], triggerNumber: 0x1011 });
  // The next has another number.
  const next = { triggers: [0x1011, 0x1012], triggerNumber: 0x1012 };
  assert.deepEqual(encodeNotification({ form: "1.2" }, { ...own, state: made.state }, {}, ENV).state, next);
  // Also where the session of the first has come.
  const come = { ...own, state: { triggerNumber: 0x1011 } };
  assert.deepEqual(encodeNotification({ form: "1.2" }, come, {}, ENV).state, { triggers: [0x1012], triggerNumber: 0x1012 });
  const verdict = verifyNotification(made.body, own, {}, ENV);
  assert.deepEqual(verdict, { ok: true, notification, signed: true, state: { triggers: [0x1011] } });
  const known = encodeNotification(
    { form: "1.2", uiMode: 1, initiator: 0, sessionId: 0x1234 },
    { ...account("com.mgmtsrv.manage"), server: { user: "x", secret: { password: "srvpw" }, schemes: ["md5"] }, state: { serverNonce: new TextEncoder().encode("Nonce") } },
  );
  assert.deepEqual(known.body, N1);
});

test("the forms of DM 2.0 under the account's own secret", () => {
  const of = (/** @type {string} */ secret, /** @type {string} */ data) => ({
    ...account("srv-1"),
    server: /** @type {const} */ ("transport"),
    notification: { secret: new TextEncoder().encode(secret), authData: octets(data) },
  });
  const draft = verifyNotification(D2, of("pw", Buffer.from("nonce1").toString("hex")), { form: "2.0-draft" }, ENV);
  assert.ok(draft.ok && draft.signed);
  const own = of("topsecret", "01020304");
  const approved = verifyNotification(A4, own, { form: "2.0" }, ENV);
  assert.ok(approved.ok && approved.signed);
  assert.deepEqual(approved.state, { triggers: [42], triggerTime: 1_700_000_000 });
  assert.deepEqual(encodeNotification({ form: "2.0", id: 42, timestamp: 1_700_000_000 }, own).body, A4);
  const late = { ...ENV, now: ENV.now + 86_400_001 };
  assert.deepEqual(verifyNotification(A4, own, { form: "2.0" }, late), { ok: false, reason: "stale" });
  assert.ok(verifyNotification(A4, own, { form: "2.0", maxAge: 86_400_001 }, late).ok);
  assert.deepEqual(verifyNotification(A2, own, { form: "2.0" }, ENV), { ok: false, reason: "digest" });
  // What says neither number nor time is known all the same.
  const unnumbered = signed({ form: "2.0", serverId: "srv-1" }, "topsecret", "01020304");
  const first = verifyNotification(unnumbered, own, { form: "2.0" }, ENV);
  assert.ok(first.ok && first.state.triggerDigests?.length === 1);
  const again = verifyNotification(unnumbered, { ...own, state: first.state }, { form: "2.0" }, ENV);
  assert.deepEqual(again, { ok: false, reason: "repeated" });
  const bare = verifyNotification(A2, { ...account("srv-1"), server: "transport" }, { form: "2.0" }, ENV);
  assert.ok(bare.ok && !bare.signed);
});

/** @param {Notification} notification @param {string} secret @param {string} data in hexadecimal */
function signed(notification, secret, data) {
  const document = (/** @type {Uint8Array} */ digest) => encode({ type: "notification", notification, digest }).body;
  const hash = createHash("sha256").update(secret).update(document(new Uint8Array(32))).update(octets(data));
  return document(new Uint8Array(hash.digest()));
}

test("what is not known, and a long time, are written as they were read", () => {
  for (const hex of ["2100157372762d3181aa", "2100157372762d3148000000006553f100"]) {
    const read = decode({ body: octets(hex), contentType: TYPE_2 });
    assert.deepEqual(encode(read).body, octets(hex));
  }
  const draft = { type: /** @type {const} */ ("notification"), notification: { form: /** @type {const} */ ("2.0-draft"), serverId: "s".repeat(20), uiMode: /** @type {const} */ (1), initiator: /** @type {const} */ (1), sessionId: 0x1f07, options: [] } };
  assert.deepEqual(decode(encode(draft)), draft);
});

test("times are whole seconds", () => {
  const own = { ...account("srv-1"), server: /** @type {const} */ ("transport") };
  for (const timestamp of [1.5, -1, NaN, 1_700_000_000_000, "1"]) {
    const error = thrown(() => encodeNotification(wrong({ form: "2.0", timestamp }), own, {}, ENV));
    assert.deepEqual([error.code, /whole seconds since 1970/.test(error.message)], ["arg", true], String(timestamp));
  }
  const { notification } = encodeNotification({ form: "2.0", timestamp: 2 ** 32 }, own, {}, ENV);
  assert.ok(notification.form === "2.0" && notification.timestamp === 2 ** 32);
});

test("WAP Push both ways", () => {
  const wsp = octets(`010603c4af87${Buffer.from(N1).toString("hex")}`);
  assert.deepEqual(encodePush(N1), wsp);
  const sms = encodePush({ body: N1, contentType: TYPE }, { transaction: 9, sms: {} });
  assert.deepEqual(sms.slice(0, 13), octets("0605040b84c002 090603c4af87"));
  const { body, contentType, transaction, sms: from } = decodePush(sms);
  assert.deepEqual([body, contentType, transaction, from], [N1, TYPE, 9, { source: 0xc002 }]);
  assert.deepEqual(decode(decodePush(wsp)), decode(N1));
  assert.equal(decodePush(encodePush(A2)).contentType, TYPE_2);
  assert.equal(thrown(() => decodePush(octets("010603b6af87"))).code, "schema");
  assert.equal(thrown(() => encodePush(octets("00"))).code, "arg");
});

test("a session that a notification asks for", () => {
  const own = account();
  const url = "https://dm.example.com/dm";
  const { body, state } = encodeNotification({ form: "1.2", sessionId: 0xa1, uiMode: 2 }, own, {}, ENV);
  const config = /** @type {const} */ ({ account: own, url, version: "1.3", encoding: "wbxml" });
  let device = new omadm.DmClientSession(config, { by: "server", notification: body, requested: [], policy: {} }, ENV);
  device = omadm.DmClientSession.restore(device.save(), config);
  assert.equal(device.uiMode, 2);
  const out = device.send(tree(), ENV) ?? assert.fail();
  const { header, commands } = message(out.body).message;
  const alert = commands.find(({ type }) => type === "alert");
  assert.ok(alert?.type === "alert");
  assert.deepEqual([header.sessionId, alert.code], ["A1", 1200]);
  const server = new omadm.DmServerSession({ serverId: own.serverId, url, binding: "respUri" });
  const events = server.receive({ body: out.body, url }, { ...own, state }, ENV);
  const started = events.find((event) => event.type === "started");
  assert.ok(started?.type === "started");
  assert.deepEqual([started.initiatedBy, started.notification], ["server", 0xa1]);
  server.respond(ENV);
  assert.equal(server.save().account.triggers, undefined);
  let own2 = new omadm.DmClientSession(config, { by: "server", sessionId: 5 }, ENV);
  assert.equal(own2.uiMode, undefined);
  assert.deepEqual(own2.save().account.triggers, [5]);
  const five = encodeNotification({ form: "1.2", sessionId: 5 }, own, {}, ENV).body;
  assert.deepEqual(own2.notify(five, {}, ENV), { ok: false, reason: "repeated" });
  assert.equal(thrown(() => own2.notify(A2, { form: "2.0" }, ENV)).code, "arg");
  own2.free();
  own2 = new omadm.DmClientSession(config, { by: "server", sessionId: 5, uiMode: 3 }, ENV);
  assert.equal(own2.uiMode, 3);
  for (const handle of [device, server, own2]) handle.free();
});

test("wrong arguments are errors, octets never are", () => {
  const own = account();
  for (const call of [
    () => encodeNotification(wrong({ form: "1.3" }), own),
    () => encodeNotification(wrong({}), own),
    () => encodeNotification({ form: "1.2", sessionId: 0 }, own),
    () => encodeNotification(wrong({ form: "1.2", sessionId: 65_536 }), own),
    () => encodeNotification(wrong({ form: "1.2", uiMode: 4 }), own),
    () => encodeNotification(wrong({ form: "1.2", reserved: 1 }), own),
    () => encodeNotification({ form: "1.2", serverId: "other" }, own),
    () => encodeNotification({ form: "2.0-draft", options: [{ number: 5, value: new Uint8Array() }] }, own),
    () => encodeNotification({ form: "2.0", connection: [256] }, own),
    () => encodeNotification({ form: "2.0" }, own, { resync: true }),
    () => encode(wrong({ type: "notification" })),
    () => encode({ type: "notification", notification: { form: "2.0", serverId: "" } }),
    () => encode({ type: "notification", notification: KNOWN[0]?.[1] ?? assert.fail() }),
    () => encode(decode(N1), { encoding: "xml" }),
    () => verifyNotification(wrong("text"), own),
    () => verifyNotification(N1, own, wrong({ form: "2" })),
    () => verifyNotification(N1, wrong({ ...own, notification: { secret: new Uint8Array() } })),
    () => encodePush(N1, { transaction: 256 }),
  ]) {
    assert.equal(thrown(call).code, "arg", String(call));
  }
  for (const body of [new Uint8Array(), new Uint8Array(100), N1.slice(0, 23)]) {
    for (const form of /** @type {const} */ (["1.2", "2.0-draft", "2.0"])) assert.equal(verifyNotification(body, own, { form }).ok, false);
  }
});
