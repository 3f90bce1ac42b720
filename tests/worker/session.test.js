/** Whole sessions over HTTP. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Rig, WBXML } from "./rig.js";
import { messageIn, omadm } from "./package.js";

const NAME = "./Setting/Name";

for (const scheme of /** @type {const} */ (["basic", "md5", "hmac", "sha256"])) {
  test(`a session with ${scheme}: challenge, credentials, commands, end`, async (t) => {
    const rig = await Rig.start(t);
    const id = `urn:device:${scheme}/1`;
    const path = encodeURIComponent(id);
    const device = await rig.device(id, { scheme });
    const [get, replace, both, never] = await rig.queue(id, [
      { type: "get", uri: NAME },
      { type: "replace", items: [{ uri: NAME, data: "changed", format: "chr" }] },
      { type: "sequence", commands: [{ type: "get", uri: NAME }, { type: "get", uri: "./Absent" }] },
      { type: "get", uri: "./Never" },
    ]);
    assert.equal((await rig.api("DELETE", `${path}/commands/${never}`)).status, 204);
    await device.finish();

    assert.deepEqual(device.events.filter(({ type }) => type === "aborted" || type === "unauthenticated"), []);
    assert.ok(device.events.some(({ type }) => type === "finished"));
    assert.equal(device.tree.get(NAME)?.data, "changed");
    const tokens = device.sent.slice(scheme === "basic" ? 1 : 2).map(({ url }) => new URL(url).search);
    assert.ok(tokens.length > 0 && tokens.every((token) => token === tokens[0] && token.length >= 22), "the token of RespURI");

    const got = await rig.read(`${path}/commands/${get}`);
    assert.equal(got.state, "answered");
    assert.ok(got.outcome.some((/** @type {any} */ { type, items }) => type === "results" && items[0].data === "value-in-the-tree"));
    assert.equal((await rig.read(`${path}/commands/${replace}`)).outcome[0].code, 200);
    const codes = (await rig.read(`${path}/commands/${both}`)).outcome.filter((/** @type {any} */ { type }) => type === "status");
    assert.ok(codes.some((/** @type {any} */ { code }) => code === 404));
    assert.equal((await rig.api("GET", `${path}/commands/${never}`)).status, 404);

    const state = await rig.read(path);
    assert.equal(state.devInfo.Man, "Maker of the test");
    assert.deepEqual(state.sessions.map((/** @type {any} */ { authenticated, over }) => ({ authenticated, over })), [{ authenticated: true, over: true }]);
    assert.equal(JSON.stringify(state).includes("pass-of"), false);
  });
}

for (const version of /** @type {const} */ (["1.1", "1.2"])) {
  test(`a session in WBXML, DM ${version}: the same as in XML, with the object evicted after every message`, async (t) => {
    const rig = await Rig.start(t);
    /** @param {"xml" | "wbxml"} encoding @param {() => Promise<unknown>} [between] */
    const played = async (encoding, between) => {
      const device = await rig.device(encoding, { scheme: "md5", encoding, version });
      const ids = await rig.queue(encoding, [
        { type: "get", uri: NAME },
        { type: "sequence", commands: [{ type: "replace", items: [{ uri: NAME, data: "gr\u00fcn & <blau>", format: "chr" }] }, { type: "get", uri: NAME }] },
      ]);
      await device.finish(between);
      const outcomes = await Promise.all(ids.map(async (id) => (await rig.read(`${encoding}/commands/${id}`)).outcome));
      const { devInfo, log } = await rig.read(encoding);
      return { device, seen: { events: device.events, value: device.tree.get(NAME)?.data, outcomes, devInfo, log: log.map((/** @type {any} */ { event }) => event) } };
    };
    const { device, seen } = await played("wbxml", () => rig.fault("wbxml", "evict"));
    assert.deepEqual(seen, (await played("xml")).seen);
    assert.equal(seen.value, "gr\u00fcn & <blau>");
    assert.match(JSON.stringify(seen.outcomes), /"value-in-the-tree".*"gr\u00fcn & <blau>"/);
    assert.ok(device.received.length >= 3);
    assert.deepEqual(new Set(device.types), new Set([WBXML]));
    for (const body of [...device.sent.map(({ body: sent }) => sent), ...device.received]) {
      const { encoding, wbxml, message } = messageIn(body);
      assert.deepEqual([encoding, message.header.verDtd, message.header.verProto], ["wbxml", version, `DM/${version}`]);
      assert.deepEqual(wbxml, { version: 2, publicId: version === "1.1" ? 0x0fd3 : 0x1201, stringTable: false });
    }
  });
}

test("the reply has the form of the message: version and public identifier in words", async (t) => {
  const rig = await Rig.start(t);
  const device = await rig.device("formal", { encoding: "wbxml" });
  const request = device.next();
  assert.ok(request);
  const form = { version: /** @type {const} */ (1), publicId: "-//SYNCML//DTD SyncML 1.2//EN", stringTable: false };
  const response = await device.post({ ...request, body: omadm.encode(messageIn(request.body), { wbxml: form }).body });
  assert.equal(response.headers.get("content-type"), WBXML);
  assert.deepEqual(messageIn(new Uint8Array(await response.arrayBuffer())).wbxml, form);
});

for (const encoding of /** @type {const} */ (["xml", "wbxml"])) test(`octets reach the tree as they are and come back readable, ${encoding}`, async (t) => {
  const rig = await Rig.start(t);
  const device = await rig.device("octets", { encoding });
  const data = /** @type {any} */ ({ base64: Buffer.from([0, 1, 254, 255]).toString("base64") });
  await rig.queue("octets", [{ type: "add", items: [{ uri: "./Setting/Blob", data, format: "bin" }] }]);
  await device.finish();
  assert.deepEqual(device.tree.get("./Setting/Blob")?.data, Uint8Array.of(0, 1, 254, 255));
  device.begin();
  const [get] = await rig.queue("octets", [{ type: "get", uri: "./Setting/Blob" }]);
  await device.finish();
  const { outcome } = await rig.read(`octets/commands/${get}`);
  const [item] = outcome.find((/** @type {any} */ { type }) => type === "results").items;
  const carried = encoding === "xml" ? { meta: { format: "b64" }, data: data.base64 } : { meta: { format: "bin" }, data };
  assert.deepEqual(item, { source: { uri: "./Setting/Blob" }, ...carried }, "XML carries octets as base64");
});

test("the runtime is started anew after every message, and the session goes on", async (t) => {
  const rig = await Rig.start(t);
  const device = await rig.device("restarted", { scheme: "md5" });
  const [get] = await rig.queue("restarted", [{ type: "get", uri: NAME }]);
  await device.finish(() => rig.restart());
  assert.ok(device.events.some(({ type }) => type === "finished"));
  assert.equal((await rig.read(`restarted/commands/${get}`)).state, "answered");
});

test("K05 an object that is evicted between any two messages changes nothing", async (t) => {
  const rig = await Rig.start(t);
  /** @param {string} id @param {() => Promise<unknown>} [between] */
  const transcript = async (id, between) => {
    const device = await rig.device(id, { scheme: "md5" });
    const ids = await rig.queue(id, [{ type: "get", uri: NAME }, { type: "replace", items: [{ uri: NAME, data: "changed" }] }]);
    await device.finish(between);
    const outcomes = await Promise.all(ids.map((command) => rig.read(`${id}/commands/${command}`)));
    return { messages: device.sent.length, events: device.events, outcomes: outcomes.map(({ state, outcome }) => ({ state, outcome })) };
  };
  assert.deepEqual(await transcript("evicted", () => rig.fault("evicted", "evict")), await transcript("resident"));
});

test("the queue waits for the session, and what comes during it is sent in it", async (t) => {
  const rig = await Rig.start(t);
  const device = await rig.device("late");
  const [first] = await rig.queue("late", [{ type: "get", uri: NAME }]);
  const answer = await device.answerTo(NAME);
  assert.equal((await rig.read(`late/commands/${first}`)).state, "sent");
  assert.equal((await rig.api("DELETE", `late/commands/${first}`)).status, 409);
  const [second] = await rig.queue("late", [{ type: "get", uri: "./DevInfo/Mod" }]);
  await device.take(await device.post(answer));
  await device.finish();
  for (const id of [first, second]) assert.equal((await rig.read(`late/commands/${id}`)).state, "answered");
});

test("a command whose session was left is not run again, and a later session finds the rest", async (t) => {
  const rig = await Rig.start(t);
  const device = await rig.device("left");
  const [sent] = await rig.queue("left", [{ type: "get", uri: NAME }]);
  await device.answerTo(NAME);
  const [later] = await rig.queue("left", [{ type: "get", uri: "./DevInfo/Mod" }]);
  device.begin();
  device.received.length = 0;
  await device.finish();
  assert.equal((await rig.read(`left/commands/${sent}`)).state, "unknown");
  assert.equal((await rig.read(`left/commands/${later}`)).state, "answered");
  assert.ok(device.received.every((body) => !new TextDecoder().decode(body).includes(NAME)), "it was sent once");
});

test("an abort by the device leaves what was never sent in the queue", async (t) => {
  const rig = await Rig.start(t);
  const device = await rig.device("aborting", { maxMsgSize: 5_000 });
  const [sent, unsent] = await rig.queue("aborting", ["1", "2"].map((data) => ({ type: "replace", items: [{ uri: NAME, data: data.repeat(3_000) }] })));
  await device.answerTo(NAME);
  for (const id of [sent, unsent]) assert.equal((await rig.read(`aborting/commands/${id}`)).state, "sent");
  device.session.abort();
  await device.finish();
  assert.equal((await rig.read(`aborting/commands/${sent}`)).state, "unknown");
  assert.equal((await rig.read(`aborting/commands/${unsent}`)).state, "queued");
  assert.equal((await rig.read("aborting")).sessions[0].over, true);
});

test("new credentials end the session that the old ones proved", async (t) => {
  const rig = await Rig.start(t);
  const device = await rig.device("changed");
  const [sent] = await rig.queue("changed", [{ type: "get", uri: NAME }]);
  const answer = await device.answerTo(NAME);
  const client = { user: "device", password: "another", schemes: ["basic"] };
  assert.equal((await rig.api("PUT", "changed/account", { client, server: "transport" })).status, 200);
  const reply = await device.post(answer);
  assert.equal(new Set((await rig.read("changed")).sessions.map((/** @type {any} */ { authenticated }) => authenticated)).has(true), false);
  assert.equal((await rig.read(`changed/commands/${sent}`)).state, "unknown");
  if (reply.status === 200) {
    const { message } = messageIn(new Uint8Array(await reply.arrayBuffer()));
    assert.ok(message.commands.every(({ type }) => type === "status"), "a stranger is sent no command");
  }
});

test("more than a session holds at once is sent turn by turn, in the order in which it was queued", async (t) => {
  const rig = await Rig.start(t);
  const device = await rig.device("patient");
  /** @type {number[]} */
  const ids = [];
  for (let part = 0; part < 3; part += 1) {
    const data = String(part).repeat(200_000);
    ids.push(...(await rig.queue("patient", [{ type: "replace", items: [{ uri: NAME, data }] }])));
  }
  const states = () => Promise.all(ids.map(async (id) => (await rig.read(`patient/commands/${id}`)).state));
  const answer = await device.answerTo(NAME);
  assert.deepEqual(await states(), ["sent", "queued", "queued"]);
  await device.take(await device.post(answer));
  await device.finish();
  assert.equal(device.tree.get(NAME)?.data, "2".repeat(200_000));
  assert.deepEqual(await states(), ["answered", "answered", "answered"]);
});

test("K14 a session at rest that is larger than a row is kept in several", async (t) => {
  const rig = await Rig.start(t);
  const device = await rig.device("large");
  const value = "x".repeat(900_000);
  const [replace] = await rig.queue("large", [{ type: "replace", items: [{ uri: NAME, data: value }] }]);
  const answer = await device.answerTo(NAME);
  assert.ok((await rig.fault("large", "rows")).piece > 1);
  await rig.fault("large", "evict");
  await device.take(await device.post(answer));
  await device.finish();
  const [get] = await rig.queue("large", [{ type: "get", uri: NAME }]);
  device.begin();
  await device.finish();
  assert.equal((await rig.read(`large/commands/${replace}`)).state, "answered");
  const { outcome } = await rig.read(`large/commands/${get}`);
  assert.equal(outcome.find((/** @type {any} */ { type }) => type === "results").items[0].data, value);
  assert.ok((await rig.fault("large", "rows")).piece < 10, "what is over takes no room");
});
