/** Values that fit no message, through an object of the platform: in chunks, in rows of bounded size, whatever happens in between. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { messageIn } from "./package.js";
import { Device, Rig } from "./rig.js";

const NAME = "./Setting/Name";
const MIB = 1_048_576;

/** A text with letters of two octets, no two stretches of which are alike. @param {number} least its octets in UTF-8 */
function long(least) {
  const lines = [];
  for (let [line, octets] = [0, 0]; octets < least; line += 1) {
    const text = `${line} grüße <&> `;
    lines.push(text);
    octets += Buffer.byteLength(text);
  }
  return lines.join("");
}

/** How many octets a text has. @param {string} text */
const octetsIn = (text) => Buffer.byteLength(text);

/** The rows that were written for the parts of the session, without its state. @param {Rig} rig @param {string} id */
async function written(rig, id) {
  const rows = /** @type {{ owner: string, part: string, seq: number, size: number }[]} */ (await rig.fault(id, "written"));
  return rows.filter(({ owner, part }) => owner === "live" && part.startsWith("part/"));
}

/** The rows of the session that goes on or has ended. @param {Rig} rig @param {string} id */
const pieces = async (rig, id) => (await rig.fault(id, "rows")).piece;

/** What the log remembers of chunks. @param {Rig} rig @param {string} id */
async function progress(rig, id) {
  const { log } = await rig.read(id);
  return log.map((/** @type {any} */ { event }) => event).filter((/** @type {any} */ { type }) => type === "progress");
}

/** The items that a device said. @param {Rig} rig @param {string} id @param {number | undefined} command */
async function results(rig, id, command) {
  const { state, outcome } = await rig.read(`${id}/commands/${command}`);
  assert.equal(state, "answered");
  return outcome.flatMap((/** @type {any} */ event) => (event.type === "results" ? event.items : []));
}

for (const encoding of /** @type {const} */ (["xml", "wbxml"])) {
  test(`L20 K14 an object of more than 2 MB to the device and back, in rows of at most 1 MiB, ${encoding}`, async (t) => {
    const rig = await Rig.start(t);
    const device = await rig.device("d", { encoding, maxMsgSize: 900_000, desk: { maxMsgSize: 1_000_000, maxObjSize: 6 * MIB } });
    await rig.fault("d", "watch");
    const value = long(5 * MIB + 11);
    const size = octetsIn(value);
    const [replace, get] = await rig.queue("d", [
      { type: "replace", items: [{ uri: NAME, data: value, format: "chr" }] },
      { type: "get", uri: NAME },
    ]);
    await device.finish();
    assert.equal(device.tree.get(NAME)?.data, value);
    assert.deepEqual((await rig.read(`d/commands/${replace}`)).outcome.map((/** @type {any} */ { code }) => code).filter((/** @type {number} */ code) => code !== 213), [200]);
    const [item] = await results(rig, "d", get);
    assert.equal(item.data, value);
    for (const { body } of device.sent) assert.ok(body.length <= 1_000_000);
    for (const body of device.received) assert.ok(body.length <= 900_000);
    assert.equal(messageIn(device.received[0] ?? new Uint8Array()).message.header.maxObjSize, 6 * MIB);

    const rows = await written(rig, "d");
    for (const row of rows) assert.ok(row.size <= MIB, `a row of ${row.size}`);
    assert.equal(new Set(rows.map(({ part, seq }) => `${part} ${seq}`)).size, rows.length, "no part is written twice");
    // Once as what is sent, once as what came; the last chunk is never at rest.
    const sum = rows.reduce((octets, row) => octets + row.size, 0);
    assert.ok(sum > 1.8 * size - MIB && sum <= 2 * size, `${sum} of ${size}`);
    const told = await progress(rig, "d");
    assert.deepEqual(told.map((/** @type {any} */ { direction, total }) => [direction, total]), [["sent", size], ["received", size]], "of the chunks the last is remembered");
    const left = await rig.fault("d", "rows");
    device.begin();
    await device.finish();
    assert.ok((await rig.fault("d", "rows")).piece <= left.piece, "what is over takes no room");
    const state = /** @type {{ owner: string, part: string, size: number }[]} */ (await rig.fault("d", "written")).filter(({ part }) => part === "state");
    for (const row of state) assert.ok(row.size <= MIB);
  });
}

test("L20 an object without a limit on messages goes as the engine cuts it", async (t) => {
  const rig = await Rig.start(t);
  const device = await rig.device("d");
  const value = long(3 * MIB);
  const [replace, get] = await rig.queue("d", [{ type: "replace", items: [{ uri: NAME, data: value }] }, { type: "get", uri: NAME }]);
  await device.finish(() => rig.fault("d", "evict"));
  assert.equal(device.tree.get(NAME)?.data, value);
  assert.equal((await rig.read(`d/commands/${replace}`)).state, "answered");
  assert.equal((await results(rig, "d", get))[0].data, value);
});

test("what is larger than the account's maxObjSize is refused by its size, and nothing of it is kept", async (t) => {
  const rig = await Rig.start(t);
  const device = await rig.device("d", { desk: { maxMsgSize: 10_000, maxObjSize: 50_000 } });
  await rig.fault("d", "watch");
  device.tree.set(NAME, "x".repeat(50_001));
  device.tree.set("./Setting/Other", "y".repeat(50_000));
  const [large, fits] = await rig.queue("d", [{ type: "get", uri: NAME }, { type: "get", uri: "./Setting/Other" }]);
  await device.finish();
  const said = (await rig.read(`d/commands/${large}`)).outcome.map((/** @type {any} */ { type, code }) => [type, code]);
  assert.deepEqual(said, [["status", 413]]);
  assert.equal((await results(rig, "d", fits))[0].data.length, 50_000);
  assert.equal((await rig.read("d")).maxObjSize, 50_000);
  assert.ok((await written(rig, "d")).reduce((sum, { size }) => sum + size, 0) <= 50_000);
});

for (const direction of /** @type {const} */ (["to", "from"])) {
  test(`L14 the object is killed after each chunk ${direction} the device, in each way: no chunk is lost or doubled`, async (t) => {
    const rig = await Rig.start(t);
    const value = long(40_000);
    for (const kind of /** @type {const} */ (["evict", "lose", "crash", "throw"])) {
      const device = await rig.device(kind, { maxMsgSize: 6_000, desk: { maxMsgSize: 6_000 } });
      if (direction === "from") device.tree.set(NAME, value);
      const [command] = await rig.queue(kind, [direction === "from" ? { type: "get", uri: NAME } : { type: "replace", items: [{ uri: NAME, data: value }] }]);
      let messages = 0;
      for (let request = device.next(); request !== undefined; request = device.next()) {
        await rig.fault(kind, kind);
        let response = await device.post(request);
        // Only eviction leaves the message alone.
        assert.equal(response.status, kind === "evict" || (await response.clone().text()) === "" ? 200 : 503, kind);
        if (response.status === 503) response = await device.post(request);
        if (!request.done) await device.take(response);
        messages += 1;
        if (messages > 40) assert.fail("it never ends");
      }
      assert.ok(messages > 8, `${messages} messages`);
      assert.equal(device.tree.get(NAME)?.data, value);
      if (direction === "from") assert.equal((await results(rig, kind, command))[0].data, value);
      else assert.equal((await rig.read(`${kind}/commands/${command}`)).state, "answered");
      assert.deepEqual((await progress(rig, kind)).map((/** @type {any} */ { total }) => total), [octetsIn(value)]);
    }
  });
}

/** A device in the midst of an object, with its next chunk or its next answer in hand. @param {Rig} rig @param {"to" | "from"} direction */
async function amid(rig, direction) {
  const device = await rig.device(direction, { maxMsgSize: 6_000, desk: { maxMsgSize: 6_000 } });
  if (direction === "from") device.tree.set(NAME, "x".repeat(50_000));
  const [command] = await rig.queue(direction, [direction === "from" ? { type: "get", uri: NAME } : { type: "replace", items: [{ uri: NAME, data: "x".repeat(50_000) }] }]);
  for (let turns = 0; turns < 5; turns += 1) await device.turn();
  const [{ bytes }] = await progress(rig, direction);
  assert.ok(bytes > 10_000 && bytes < 50_000, `${bytes}`);
  const told = { direction: direction === "from" ? "received" : "sent", bytes, total: 50_000 };
  assert.deepEqual((await rig.read(`${direction}/commands/${command}`)).progress, told);
  assert.deepEqual((await rig.read(direction)).commands[0].progress, told);
  assert.ok((await pieces(rig, direction)) > 1);
  return { device, command };
}

for (const direction of /** @type {const} */ (["to", "from"])) {
  test(`L15 an object ${direction} the device is left in the middle: freed by the next alarm, the tree as before`, async (t) => {
    const rig = await Rig.start(t, { SESSION_IDLE: "2" });
    const { device, command } = await amid(rig, direction);
    const before = device.tree.get(NAME)?.data;
    const rest = async () => (await rig.read(direction)).sessions.length;
    assert.equal(await rest(), 1);
    const deadline = Date.now() + 20_000;
    while ((await rest()) > 0 && Date.now() < deadline) await new Promise((done) => setTimeout(done, 100));
    assert.equal(await rest(), 0);
    assert.equal(await pieces(rig, direction), (await rig.read(`${direction}/commands/${command}`)).outcome.length, "nothing but what was said");
    assert.equal((await rig.read(`${direction}/commands/${command}`)).state, "unknown");
    assert.equal((await rig.read(direction)).log.at(-1).event.type, "expired");
    assert.equal((await rig.read(direction)).commands[0].progress, undefined);
    assert.equal(device.tree.get(NAME)?.data, before);
    if (direction === "to") assert.equal(before, "value-in-the-tree");
    // The device comes back too late, and in a session of its own.
    const fresh = new Device(rig, device.account, device.speech);
    const [later] = await rig.queue(direction, [{ type: "get", uri: "./DevInfo/Man" }]);
    await fresh.finish();
    assert.equal((await rig.read(`${direction}/commands/${later}`)).state, "answered");
  });

  test(`L15 an object ${direction} the device is aborted in the middle: freed with the message that says so`, async (t) => {
    const rig = await Rig.start(t);
    const { device, command } = await amid(rig, direction);
    device.session.abort();
    await device.finish();
    assert.equal(await pieces(rig, direction), 1 + (await rig.read(`${direction}/commands/${command}`)).outcome.length, "the state of the session that is over");
    assert.equal(device.tree.get(NAME)?.data, direction === "to" ? "value-in-the-tree" : "x".repeat(50_000));
    assert.equal((await rig.read(`${direction}/commands/${command}`)).state, "unknown");
  });
}

test("K06 the alarm comes early, late, twice, amid a session and behind it: only what rests too long ends, and ends once", async (t) => {
  const rig = await Rig.start(t);
  const { device, command } = await amid(rig, "from");
  const before = await rig.read("from");
  await rig.fault("from", "alarm");
  await rig.fault("from", "alarm");
  assert.deepEqual(await rig.read("from"), before);
  const request = device.next();
  assert.ok(request);
  const [response] = await Promise.all([device.post(request), rig.fault("from", "alarm")]);
  await device.take(response);
  await device.finish();
  assert.equal((await results(rig, "from", command))[0].data, "x".repeat(50_000));
  const ended = await rig.read("from");
  for (const kind of /** @type {const} */ (["alarm", "late", "late"])) await rig.fault("from", kind);
  assert.deepEqual(await rig.read("from"), ended);

  const { device: other } = await amid(rig, "to");
  await rig.fault("to", "late");
  const expired = await rig.read("to");
  assert.deepEqual(expired.sessions, []);
  await rig.fault("to", "late");
  assert.deepEqual(await rig.read("to"), expired);
  // No object comes into being for a device without an account.
  await rig.fault("nobody", "late");
  assert.equal((await rig.api("GET", "nobody")).status, 404);
  // What it says now belongs to no session: it is asked to prove itself anew.
  const late = other.next();
  assert.ok(late);
  const { message } = messageIn(new Uint8Array(await (await other.post(late)).arrayBuffer()));
  assert.ok(message.commands.every((each) => each.type === "status" && [401, 407].includes(each.code)));
});

test("an idle time that makes no sense is the operator's fault", async (t) => {
  const rig = await Rig.start(t, { SESSION_IDLE: "soon" });
  const device = await rig.device("d");
  const request = device.next();
  assert.ok(request);
  assert.equal((await device.post(request)).status, 500);
});
