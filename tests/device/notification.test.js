/** `omadm device --notification`: the session that a server asks for, and the notifications that are ignored. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { omadm } from "../worker/package.js";
import { SERVER_PASSWORD, account, device, folder, rigged } from "./command.js";

/** @import { Account } from "omadm" */

const rig = await rigged();
const MD5 = createHash("md5").update(`server:${SERVER_PASSWORD}`).digest("base64");

/** @param {string} deviceId @param {object} [wanted] @returns {Promise<any>} what the Worker makes for a device */
async function notified(deviceId, wanted = {}) {
  const response = await rig.api("POST", `${deviceId}/notification`, wanted);
  assert.equal(response.status, 201);
  return response.json();
}

/** @param {string} deviceId */
const startedOf = async (deviceId) => (await rig.read(deviceId)).log.map((/** @type {any} */ { event }) => event).filter((/** @type {any} */ { type }) => type === "started");

/** What a server of the tests' own would send. @param {object} [notification] @param {Partial<Account>} [account] */
const made = (notification, account) =>
  Buffer.from(
    omadm.encodeNotification(
      { form: "1.2", sessionId: 0xa1, ...notification },
      { deviceId: "x", serverId: "omadm", client: "transport", server: { user: "server", secret: { password: SERVER_PASSWORD }, schemes: ["md5"] }, ...account },
    ).body,
  ).toString("hex");

test("the session that a notification asks for: its SessionID, Alert 1200, and nonces, tree and what came before kept in --state", async () => {
  await account(rig, "woken");
  const state = join(await folder(), "state.json");
  const file = join(await folder(), "package0.bin");
  const first = await notified("woken", { sessionId: 0xa1, uiMode: "interaction" });
  const one = await device(rig, "woken", ["--state", state, "--notification", first.hex, "-v"]);
  assert.deepEqual([one.status, one.err], [0, ""]);
  assert.deepEqual(one.events[0], { type: "notified", ok: true, notification: first.notification, session: "A1", resync: false });
  const sent = one.events.filter(({ type, direction }) => type === "message" && direction === "sent");
  assert.ok(sent.every(({ sessionId }) => sessionId === "A1"));
  assert.deepEqual(sent[0].message.commands[0].code, 1200);
  assert.equal((await startedOf("woken")).at(-1).notification, 0xa1);
  // The next is proven by the nonce that is in the file now; it comes as WAP Push, in octets.
  const second = await notified("woken", { sessionId: 0xb2, wap: { sms: true } });
  await writeFile(file, Buffer.from(second.push.hex, "hex"));
  const two = await device(rig, "woken", ["--state", state, "--notification", `@${file}`]);
  assert.deepEqual([two.status, two.err, two.events[0].session], [0, "", "B2"]);
  assert.equal((await startedOf("woken")).at(-1).notification, 0xb2);
  const kept = JSON.parse(await readFile(state, "utf8"));
  assert.deepEqual(kept.account.triggers, [0xa1, 0xb2]);
  // N06: the same again, and one with the same number under the nonce of now.
  const replay = await device(rig, "woken", ["--state", state, "--notification", second.hex]);
  assert.deepEqual([replay.status, replay.events], [1, [{ type: "notified", ok: false, reason: "repeated" }]]);
  await writeFile(file, ` ${(await notified("woken", { sessionId: 0xb2 })).hex}\n`);
  const again = await device(rig, "woken", ["--state", state, "--notification", `@${file}`]);
  assert.deepEqual([again.status, again.types], [1, ["notified"]]);
  assert.match(again.err, /^omadm: the notification is ignored: repeated, it came before\n$/);
  assert.deepEqual(JSON.parse(await readFile(state, "utf8")), kept, "nothing has changed");
});

test("further sessions of the same run are the device's own", async () => {
  await account(rig, "both");
  const { hex } = await notified("both", { sessionId: 7 });
  const { status, events } = await device(rig, "both", ["--notification", hex, "--sessions", "2", "-v"]);
  assert.equal(status, 0);
  const codes = events.flatMap(({ message }) => message?.commands ?? []).filter(({ type }) => type === "alert").map(({ code }) => code);
  assert.deepEqual([...new Set(codes)], [1200, 1201]);
});

test("N07 N08 the nonce of a resynchronization counts with --resync, once in its time", async () => {
  await account(rig, "lost");
  assert.equal((await device(rig, "lost", [])).status, 0);
  const state = join(await folder(), "state.json");
  const { hex } = await notified("lost", { resync: true, sessionId: 3 });
  const refused = await device(rig, "lost", ["--state", state, "--notification", hex]);
  assert.match(refused.err, /ignored: digest, its digest is not that of/);
  const taken = await device(rig, "lost", ["--state", state, "--notification", hex, "--resync"]);
  assert.deepEqual([taken.status, taken.events[0].resync, taken.err], [0, true, ""]);
  assert.ok(JSON.parse(await readFile(state, "utf8")).account.resyncTime > 0);
  const more = await notified("lost", { resync: true, sessionId: 4 });
  const soon = await device(rig, "lost", ["--state", state, "--notification", more.hex, "--resync"]);
  assert.match(soon.err, /ignored: resync, the nonces were resynchronized/);
  assert.equal((await device(rig, "lost", ["--state", state, "--notification", (await notified("lost", { sessionId: 5 })).hex])).status, 0);
});

for (const [reason, hex] of /** @type {[string, string][]} */ ([
  ["malformed", "00"],
  ["digest", `00${made().slice(2)}`],
  ["digest", made({}, { server: { user: "server", secret: { password: "another" }, schemes: ["md5"] } })],
  // Another server, which has the same credentials: the name is in the message, and only the user is in the digest.
  ["server", made({}, { serverId: "omad", server: { user: "server", secret: { md5: MD5 }, schemes: ["md5"] } })],
])) {
  test(`a notification that is ignored, ${reason}: no session, exit status 1, and why`, async () => {
    const { status, events, err } = await device(rig, "ignoring", ["--notification", hex]);
    assert.deepEqual([status, events], [1, [{ type: "notified", ok: false, reason }]]);
    if (reason === "malformed") assert.match(err, /it is no notification of DM 1\.x\n$/);
    assert.match(err, new RegExp(`^omadm: the notification is ignored: ${reason}, [^\\n]+\\n$`));
  });
}

for (const [options, words] of /** @type {[string[], RegExp][]} */ ([
  [["--notification", "0g"], /--notification must be hexadecimal digits, two for each octet, or @FILE/],
  [["--notification", "012"], /--notification must be hexadecimal digits/],
  [["--notification", "@/there/is/none"], /--notification @\/there\/is\/none: there is no such file/],
  [["--notification", "00", "--devices", "2"], /--notification is for one device/],
  [["--resync"], /--resync is for --notification/],
])) {
  test(`exit status 2, and words: ${options.join(" ")}`, async () => {
    const { status, out, err } = await device(rig, "d", options);
    assert.deepEqual([status, out], [2, ""]);
    assert.match(err, words);
  });
}
