/** What the storage and the runtime may do to a turn. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Rig } from "./rig.js";

const NAME = "./Setting/Name";

/**
 * A device that has the answer to a Get in its hand.
 * @param {import("node:test").TestContext} t
 * @param {string} id
 */
async function answering(t, id) {
  const rig = await Rig.start(t);
  const device = await rig.device(id);
  const [command] = await rig.queue(id, [{ type: "get", uri: NAME }]);
  const answer = await device.answerTo(NAME);
  const state = async () => {
    const { log, ...device } = await rig.read(id);
    return { device, log, command: await rig.read(`${id}/commands/${command}`) };
  };
  return { rig, device, answer, state };
}

/** @param {Response} response */
async function bytes(response) {
  assert.equal(response.status, 200);
  return Buffer.from(await response.arrayBuffer());
}

for (const [id, kind, what] of /** @type {const} */ ([
  ["K01", "lose", "a write that never became durable: the message counts as not received"],
  ["K03", "throw", "a write that fails halfway takes all others with it"],
  ["K12", "unwritable", "a storage that does not write changes nothing"],
  ["K12", "unreadable", "a storage that does not read changes nothing"],
])) {
  test(`${id} ${what}`, async (t) => {
    const { rig, device, answer, state } = await answering(t, id);
    const before = await state();
    assert.equal(before.command.state, "sent");
    await rig.fault(id, kind);
    const refused = await device.post(answer);
    assert.equal(refused.status, 503);
    assert.equal(refused.headers.get("retry-after"), "1");
    assert.equal(await refused.text(), "storage: try again later\n");
    assert.deepEqual(await state(), before);

    await device.take(await device.post(answer));
    await device.finish();
    const after = await state();
    assert.equal(after.command.state, "answered");
    assert.equal(after.command.outcome.filter((/** @type {any} */ { type }) => type === "results").length, 1);
  });
}

test("K02 a crash after the write: the repeated message gets the stored reply and is not executed again", async (t) => {
  const { rig, device, answer, state } = await answering(t, "K02");
  await rig.fault("K02", "crash");
  assert.equal((await device.post(answer)).status, 503);
  const written = await state();
  assert.equal(written.command.state, "answered");
  const [first, second] = [await bytes(await device.post(answer)), await bytes(await device.post(answer))];
  assert.deepEqual(first, second);
  assert.deepEqual(await state(), written);
});

test("K04 20 equal messages at once: one execution and 20 equal replies", async (t) => {
  const { device, answer, state } = await answering(t, "K04");
  const before = await state();
  const replies = await Promise.all(Array.from({ length: 20 }, async () => bytes(await device.post(answer))));
  assert.equal(new Set(replies.map((reply) => reply.toString("base64"))).size, 1);
  const after = await state();
  assert.equal(after.command.outcome.filter((/** @type {any} */ { type }) => type === "results").length, 1);
  assert.ok(after.log.length > before.log.length);
});

test("K04 20 devices' worth of sessions at once: a command is handed to one of them", async (t) => {
  const rig = await Rig.start(t);
  const device = await rig.device("crowd");
  await rig.queue("crowd", [{ type: "get", uri: NAME }]);
  const firsts = Array.from({ length: 20 }, () => {
    device.begin();
    return device.next();
  });
  const replies = await Promise.all(firsts.map(async (first) => (first ? bytes(await device.post(first)) : Buffer.alloc(0))));
  assert.equal(replies.filter((reply) => reply.includes(NAME)).length, 1);
  const state = await rig.read("crowd");
  assert.equal(state.sessions.filter((/** @type {any} */ { authenticated }) => authenticated).length, 1);
});
