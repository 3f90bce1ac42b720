/** The rows of group N (notifications) of the catalogue of bad inputs, asked of the package. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import omadm, { thrown } from "./omadm.js";
import { tree } from "./both.js";

/** @import { Account, AccountState, NotificationOptions } from "../../www/package/types.js" */

const { decode, encodeNotification, verifyNotification } = omadm;
const NAME = "mgmt.example.com";
const PASSWORD = "SrvPw-1";
const NONCE = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const NOW = 1_700_000_000_000;
const DAY = 86_400_000;
const TYPE = "application/vnd.syncml.notification";
const ENV = { now: NOW, entropy: new Uint8Array(32).fill(7) };

/** @param {AccountState} [state] @param {string} [name] @returns {Account} */
const account = (state = { serverNonce: NONCE }, name = NAME) => ({
  deviceId: "IMEI:1",
  serverId: name,
  client: "transport",
  server: { user: NAME, secret: { password: PASSWORD }, schemes: ["md5"] },
  state,
});
/** @param {number} sessionId @param {Account} [of] @param {{ resync?: boolean }} [options] */
const sent = (sessionId, of = account(), options) => encodeNotification({ form: "1.2", sessionId, uiMode: 2 }, of, options, ENV);
/** @param {Uint8Array} body @param {Account} [of] @param {NotificationOptions} [options] @param {number} [now] */
const why = (body, of = account(), options, now = NOW) => {
  const verdict = verifyNotification(body, of, options, { ...ENV, now });
  return verdict.ok ? "ok" : verdict.reason;
};
/** @param {...(string | Uint8Array)} parts */
const md5 = (...parts) => createHash("md5").update(Buffer.concat(parts.map((part) => Buffer.from(part)))).digest();
/** Octets behind a digest by hand. @param {Uint8Array} trigger @param {string} [user] */
const signed = (trigger, user = NAME) => {
  const secret = md5(`${user}:${PASSWORD}`).toString("base64");
  return new Uint8Array(Buffer.concat([md5(secret, ":", NONCE, ":", md5(trigger).toString("base64")), trigger]));
};
/** @param {Uint8Array} octets @param {number} at @param {number} value */
const changed = (octets, at, value) => octets.map((octet, index) => (index === at ? value : octet));
/** @param {Uint8Array} body @param {Account} [of] */
const session = (body, of = account()) =>
  new omadm.DmClientSession({ account: of, url: "https://dm.example.com/dm", version: "1.2", encoding: "xml" }, { by: "server", notification: body }, ENV);

test("N01 what is shorter than digest and header", () => {
  const { body } = sent(1);
  for (let length = 0; length < 24; length += 1) {
    const error = thrown(() => decode({ body: body.slice(0, length), contentType: TYPE }));
    assert.deepEqual([error.code, error.offset], ["truncated", length]);
    assert.equal(why(body.slice(0, length)), "malformed");
  }
});

test("N02 lengths of the name, and what is behind it", () => {
  const { body } = sent(1);
  for (const [length, code, reason] of /** @type {const} */ ([[0, "schema", "malformed"], [17, "range", "malformed"], [255, "range", "malformed"]])) {
    const other = changed(body, 23, length);
    const error = thrown(() => decode({ body: other, contentType: TYPE }));
    assert.deepEqual([error.code, error.offset, error.path], [code, 23, "header/length"]);
    assert.deepEqual([why(other), why(signed(other.slice(16)))], ["digest", reason]);
  }
  const vendor = encodeNotification({ form: "1.2", vendor: Uint8Array.of(1, 2) }, account(), {}, ENV).body;
  const verdict = verifyNotification(vendor, account(), {}, ENV);
  assert.ok(verdict.ok && verdict.notification.form === "1.2");
  assert.deepEqual(verdict.notification.vendor, Uint8Array.of(1, 2));
  assert.equal(why(changed(vendor, vendor.length - 1, 3)), "digest");
});

test("N03 every bit counts", () => {
  const { body } = encodeNotification({ form: "1.2", sessionId: 1, vendor: Uint8Array.of(0x55) }, account(), {}, ENV);
  for (let bit = 0; bit < body.length * 8; bit += 1) {
    const flipped = changed(body, bit >> 3, (body[bit >> 3] ?? 0) ^ (1 << (bit & 7)));
    assert.equal(why(flipped), "digest", `bit ${bit}`);
  }
});

test("N04 digests of something else", () => {
  const [one, other] = [sent(1).body, sent(2).body];
  for (const digest of [new Uint8Array(16), other.slice(0, 16), signed(new Uint8Array()).slice(0, 16)]) {
    assert.equal(why(new Uint8Array(Buffer.concat([digest, one.slice(16)]))), "digest");
  }
  assert.equal(why(one, { ...account(), server: "transport" }), "digest");
  assert.equal(thrown(() => sent(1, { ...account(), server: "transport" })).code, "auth");
});

test("N05 of another server, under a right digest", () => {
  for (const name of ["mgmt.example.co", `${NAME}.evil`, "m", NAME.toUpperCase()]) {
    const trigger = encodeNotification({ form: "1.2", sessionId: 1 }, account({}, name), {}, ENV).body.slice(16);
    assert.equal(why(signed(trigger)), "server");
    assert.equal(why(signed(trigger, name)), "digest");
  }
});

test("N06 P24 a replay", () => {
  const { body } = sent(0xa1);
  const first = verifyNotification(body, account(), {}, ENV);
  assert.ok(first.ok);
  assert.deepEqual(first.state.triggers, [0xa1]);
  assert.equal(why(body, account(first.state)), "repeated");
  assert.equal(why(body, account({ ...first.state, serverNonce: Uint8Array.of(9) })), "digest");
  const open = session(body);
  assert.deepEqual(open.notify(body, {}, ENV), { ok: false, reason: "repeated" });
  assert.equal(thrown(() => session(body, account(open.save().account))).message, "the notification is ignored: repeated");
  assert.ok(open.notify(sent(0xa2).body, {}, ENV).ok);
  assert.deepEqual(open.save().account.triggers, [0xa1, 0xa2]);
  open.free();
});

test("N07 N09 the nonce of a resynchronization where it is not allowed", () => {
  const { body, state } = sent(1, account(), { resync: true });
  assert.equal(state.resync, true);
  assert.equal(why(body), "digest");
  assert.deepEqual([thrown(() => session(body)).code, thrown(() => session(changed(body, 0, 0))).fault], ["auth", "peer"]);
});

test("N08 the nonce of a resynchronization where it is allowed", () => {
  const first = verifyNotification(sent(1, account(), { resync: true }).body, account(), { resync: true }, ENV);
  assert.ok(first.ok && first.resync === true && first.state.resync === true);
  const again = sent(2, account(), { resync: true }).body;
  assert.equal(why(again, account(first.state), { resync: true }, NOW + DAY - 1), "resync");
  assert.equal(why(again, account(first.state), { resync: true }, NOW + DAY), "ok");
  assert.equal(why(again, account(first.state), { resync: true, resyncInterval: 10 }, NOW + 10), "ok");
});

test("N10 versions that are none", () => {
  const trigger = sent(1).body.slice(16);
  for (const version of [0, 1, 2, 9, 14, 20, 0x80, 1023]) {
    const other = new Uint8Array(trigger);
    other.set([version >> 2, ((version & 3) << 6) | ((trigger[1] ?? 0) & 0x3f)]);
    const body = signed(other);
    assert.equal(why(body), "version");
    const error = thrown(() => decode({ body, contentType: TYPE }));
    assert.deepEqual([error.code, error.path], ["version", "header/version"]);
  }
  for (const version of [10, 11, 12, 13]) assert.equal(why(encodeNotification({ form: "1.2", version }, account(), {}, ENV).body), "ok");
});

test("N13 SessionID of a notification's number", () => {
  for (const [number, text] of /** @type {const} */ ([[0xa, "A"], [0xffff, "FFFF"], [0xa1, "A1"], [1, "1"]])) {
    const own = session(sent(number).body);
    const out = own.send(tree(), ENV);
    const document = decode(out?.body ?? new Uint8Array());
    assert.ok(document.type === "syncml");
    assert.equal(document.message.header.sessionId, text);
    assert.equal(own.uiMode, 2);
    own.free();
  }
});

test("N14 names of servers are looked up and nothing else", () => {
  for (const name of ["a\0b", "a\r\nx: y", "../../etc", "Zoë😀", "n".repeat(255)]) {
    const own = account(undefined, name);
    const { body, headers } = sent(1, own);
    const verdict = verifyNotification(body, own, {}, ENV);
    assert.ok(verdict.ok);
    assert.equal(verdict.notification.serverId, name);
    assert.deepEqual(Object.entries(headers), [["content-type", TYPE]]);
    assert.equal(why(body, account(undefined, "other")), "digest");
  }
  assert.equal(why(signed(Uint8Array.of(2, 0xe8, 0, 0, 0, 0, 1, 2, 0xff, 0xfe))), "malformed");
});
