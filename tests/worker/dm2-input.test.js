/** Bad JSON over HTTP, and JSON that only looks bad. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DEVICE, INITIATION, PUMP, RESPONSE, answer, enrol, hello, post } from "./dm2.js";
import { Rig } from "./rig.js";

const MODE = `${PUMP}/north/Mode`;

test("J03 J06 J08 J09 J11 J12 package 1 that is taken, and that is not", async (t) => {
  const rig = await Rig.start(t);
  await enrol(rig, DEVICE);
  let sessions = 0;
  const text = JSON.stringify({ ...hello("draft"), Extra: 1 });
  const octets = new TextEncoder().encode(text.replace('"Extra":1', '"Extra":"~"'));
  const seq = (/** @type {string} */ number) => text.replace('"PkgSeq":1', `"PkgSeq":${number}`);
  const extra = (/** @type {string} */ value) => text.replace('"Extra":1', `"Extra":${value}`);
  for (const [name, body, status] of /** @type {[string, string | Uint8Array, number][]} */ ([
    ["an unknown member", text, 200],
    ["an unknown member of SessionInfo", text.replace('"PkgSeq"', '"Other":[{}],"PkgSeq"'), 200],
    ["a whole number with a point", seq("1.0"), 200],
    ["a whole number with an exponent", seq("1e0"), 200],
    ["part of a number", seq("1.5"), 400],
    ["a number below 0", seq("-1"), 400],
    ["no number", seq("0"), 400],
    ["a number beyond those of a double", seq("9007199254740993"), 400],
    ["an infinite number", seq("1e999"), 400],
    ["a number as text", seq('"1"'), 400],
    ["NUL as an escape", extra('"\\u0000"'), 200],
    ["a lone surrogate", extra('"\\ud800"'), 400],
    ["a pair that is swapped", extra('"\\udc00\\ud800"'), 400],
    ["an escape that there is not", extra('"\\x"'), 400],
    ["what is not UTF-8", octets.map((octet) => (octet === 0x7e ? 0xff : octet)), 400],
    ["65 deep", extra("[".repeat(64) + "]".repeat(64)), 413],
    ["as deep as is taken", extra("[".repeat(63) + "]".repeat(63)), 200],
    ["10,000 deep", extra('{"a":'.repeat(10_000)), 413],
    ["a name of 1 MB", text.replace('"Extra"', `"${"x".repeat(1_048_000)}"`), 200],
    ["a name of more", text.replace('"Extra"', `"${"x".repeat(1_049_000)}"`), 413],
    ["1,000,000 values", extra(`[${"0,".repeat(1_000_000)}0]`), 413],
  ])) {
    // A session of its own for each.
    sessions += 1;
    const own = typeof body === "string" ? body.replace('"7F"', `"${sessions}"`) : body;
    const response = await post(rig, INITIATION, own);
    assert.deepEqual([response.status, response.body.length > 0], [status, status === 200], name);
  }
});

test("J05 J06 names and numbers that mean something elsewhere are data", async (t) => {
  const rig = await Rig.start(t);
  await enrol(rig, DEVICE);
  const value = '{"__proto__":{"isAdmin":true},"constructor":1,"prototype":null,"toString":"x","base64":"!","Large":123456789012345678901}';
  const [get] = await rig.queue(DEVICE, [{ type: "get", uri: MODE }]);
  assert.equal((await post(rig, INITIATION, hello("draft"))).status, 200);
  const body = JSON.stringify(answer("draft")).replace('{"Code":200}', `{"Code":200,"MOD":{"URI":"${MODE}","MO":${value}}}`);
  assert.equal((await post(rig, RESPONSE, body)).status, 200);
  const response = await rig.api("GET", `${DEVICE}/commands/${get}`);
  const text = await response.text();
  for (const member of value.slice(1, -1).split(/,(?=")/)) assert.ok(text.includes(member), `${member} in ${text}`);
  assert.equal(JSON.parse(text).state, "answered");
});
