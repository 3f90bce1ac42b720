/** Whoever proves nothing gets nothing, and leaves nothing. */
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { test } from "node:test";
import { Device, Rig } from "./rig.js";
import { messageIn } from "./package.js";

const NAME = "./Setting/Name";
const decoder = new TextDecoder();

/** @param {Rig} rig */
const files = async (rig) => (await readdir(rig.folder, { recursive: true })).filter((entry) => entry.endsWith(".sqlite")).length;

test("K10 devices without an account are challenged and leave nothing durable", async (t) => {
  const rig = await Rig.start(t);
  const device = await rig.device("known");
  const first = device.next();
  assert.ok(first);
  const text = decoder.decode(first.body);
  assert.ok(text.includes(">known<"));
  const knock = async (/** @type {number} */ from, /** @type {number} */ count) => {
    for (let at = from; at < from + count; at += 50) {
      await Promise.all(
        Array.from({ length: 50 }, async (_, step) => {
          const response = await rig.post(first.url, text.replaceAll(">known<", `>stranger-${at + step}<`));
          assert.equal(response.status, 200);
          const { message } = messageIn(new Uint8Array(await response.arrayBuffer()));
          assert.ok(message.commands.every((command) => command.type === "status" && [401, 407].includes(command.code)));
        }),
      );
    }
  };
  // The directories come into being with the first questions.
  await knock(0, 200);
  const before = await files(rig);
  await knock(200, 1_000);
  assert.equal(await files(rig), before);
  assert.equal((await rig.api("GET", "stranger-7")).status, 404);
});

test("A30 devices without an account are asked for what STRANGERS says, as those with one", async (t) => {
  const rig = await Rig.start(t, { STRANGERS: "hmac, md5" });
  const device = await rig.device("known", { scheme: "hmac" });
  const first = device.next();
  assert.ok(first);
  const text = decoder.decode(first.body);
  /** @param {string} body */
  const answer = async (body) => {
    const response = await rig.post(first.url, body);
    const { message } = messageIn(new Uint8Array(await response.arrayBuffer()));
    const [status] = message.commands;
    assert.ok(status?.type === "status");
    return [response.status, status.code, status.chal?.type, message.commands.length];
  };
  const known = await answer(text);
  assert.deepEqual(known.slice(0, 3), [200, 407, "syncml:auth-MAC"]);
  assert.deepEqual(await answer(text.replaceAll(">known<", ">nobody<")), known);
});

test("a list of schemes that makes no sense is the operator's fault, and says so", async (t) => {
  const rig = await Rig.start(t, { STRANGERS: "md4" });
  const account = { user: "device", password: "pass-of-device", schemes: ["md5"] };
  const response = await rig.api("PUT", "d/account", { client: account, server: "transport" });
  assert.equal(response.status, 500);
  assert.match(await response.text(), /STRANGERS must list some of: basic, md5, hmac, sha256/);
});

test("K10 a known device that never authenticates has one bounded row, which is overwritten", async (t) => {
  const rig = await Rig.start(t);
  await rig.device("known");
  const impostor = new Device(rig, {
    deviceId: "known",
    serverId: "omadm",
    client: { user: "device", secret: { password: "guessed" }, schemes: ["basic"] },
    server: "transport",
  });
  /** @type {unknown[]} */
  const rows = [];
  for (let session = 0; session < 20; session += 1) {
    impostor.begin();
    while (await impostor.turn());
    rows.push(await rig.fault("known", "rows"));
  }
  assert.deepEqual(rows, rows.map(() => ({ session: 1, piece: 1, log: 0, command: 0 })));
  const state = await rig.read("known");
  assert.ok(state.challenged.count >= 20);
});

test("K11 a SessionID is no key: guesses without the token of RespURI change nothing and look alike", async (t) => {
  const rig = await Rig.start(t);
  const device = await rig.device("guessed");
  const [command] = await rig.queue("guessed", [{ type: "get", uri: NAME }]);
  const answer = await device.answerTo(NAME);
  const text = decoder.decode(answer.body);
  const own = /<SessionID>([^<]+)<\/SessionID>/.exec(text)?.[1];
  assert.ok(own);
  const before = (await rig.read("guessed")).sessions.filter((/** @type {any} */ { authenticated }) => authenticated);
  const url = `${rig.url}/dm`;
  /** @param {string} sessionId @param {string} address */
  const guess = async (sessionId, address) => {
    const response = await rig.post(address, text.replace(`<SessionID>${own}<`, `<SessionID>${sessionId}<`));
    const body = new Uint8Array(await response.arrayBuffer());
    if (response.status !== 200) return JSON.stringify([response.status, decoder.decode(body)]);
    const { message } = messageIn(body);
    return JSON.stringify([message.commands.map((command) => (command.type === "status" ? [command.cmd, command.code] : command.type)), message.final]);
  };
  const right = await guess(own, url);
  const wrong = new Set();
  for (let id = 1; id <= 300; id += 1) if (String(id) !== own) wrong.add(await guess(String(id), url));
  wrong.add(await guess(own, `${url}${new URL(answer.url).search.slice(0, -1)}x`));
  wrong.add(await guess("1", answer.url));
  assert.deepEqual([...wrong], [right]);
  assert.equal(right.includes("get"), false);
  assert.deepEqual((await rig.read("guessed")).sessions.filter((/** @type {any} */ { authenticated }) => authenticated), before);

  // Nor does anything else that a stranger may say in the name of the session.
  const credentials = `</Source><Cred><Meta><Format xmlns="syncml:metinf">b64</Format><Type xmlns="syncml:metinf">syncml:auth-basic</Type></Meta><Data>${btoa("device:guessed")}</Data></Cred>`;
  for (const forged of [
    text.replace(/<Target><LocURI>[^<]*</, "<Target><LocURI>https://other.example/dm<"),
    text.replace(/<VerProto>[^<]*</, "<VerProto>DM/9.9<"),
    text.replace(/<MsgID>[^<]*</, "<MsgID>1<"),
    text.replace(/<MsgID>[^<]*</, "<MsgID>999<"),
    text.replace("</Source>", credentials),
  ]) {
    assert.notEqual(forged, text);
    await rig.post(url, forged);
    assert.deepEqual((await rig.read("guessed")).sessions.filter((/** @type {any} */ { authenticated }) => authenticated), before);
    assert.equal((await rig.read(`guessed/commands/${command}`)).state, "sent");
  }

  await device.take(await device.post(answer));
  await device.finish();
  assert.equal((await rig.read(`guessed/commands/${command}`)).state, "answered");
});
