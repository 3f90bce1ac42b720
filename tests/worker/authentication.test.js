/** Devices that prove themselves, and want the server to, by each scheme over HTTP. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Rig } from "./rig.js";
import { messageIn } from "./package.js";

/** @import { AuthScheme, SyncMlMessage } from "omadm" */

const NAME = "./Setting/Name";
const HMAC = "x-syncml-hmac";

/** The Statuses of the header. @param {SyncMlMessage} message */
const ofHeader = (message) => message.commands.flatMap((command) => (command.type === "status" && command.cmd === "SyncHdr" ? [command] : []));

for (const [scheme, type] of /** @type {[AuthScheme, string | undefined][]} */ ([["hmac", undefined], ["sha256", "syncml:auth-SHA256"]])) {
  for (const encoding of /** @type {const} */ (["xml", "wbxml"])) {
    test(`A24 both sides by ${scheme} in ${encoding}: two sessions, with the object evicted after every message`, async (t) => {
      const rig = await Rig.start(t);
      const device = await rig.device("d", { scheme, encoding, version: "1.3" });
      for (const [value, challenged] of /** @type {[string, boolean][]} */ ([["first", true], ["second", false]])) {
        const [replace, get] = await rig.queue("d", [
          { type: "replace", items: [{ uri: NAME, data: value, format: "chr" }] },
          { type: "get", uri: NAME },
        ]);
        device.sent = [];
        device.received = [];
        await device.finish(() => rig.fault("d", "evict"));
        assert.equal(device.tree.get(NAME)?.data, value);
        assert.equal((await rig.read(`d/commands/${replace}`)).outcome[0].code, 200);
        assert.ok((await rig.read(`d/commands/${get}`)).outcome.some((/** @type {any} */ { type, items }) => type === "results" && items[0].data === value));
        const [said, heard] = [device.sent.map(({ body }) => body), device.received].map((bodies) => bodies.map((body) => messageIn(body).message));
        assert.ok(said && heard);
        assert.equal(heard.some((message) => ofHeader(message).some(({ code }) => code >= 400)), challenged);
        for (const message of [...said, ...heard]) {
          const { cred } = message.header;
          assert.ok(cred === undefined || cred.type === type, cred?.type);
          if (scheme === "hmac") for (const { code, chal } of ofHeader(message)) assert.ok(code !== 212 && (code !== 200 || chal?.nextNonce !== undefined), `${code}`);
        }
        const signed = device.sent.filter(({ headers }) => headers[HMAC] !== undefined).length;
        assert.equal(signed, scheme === "hmac" ? device.sent.length - Number(challenged) : 0);
        // The next session begins with the nonces of this one.
        device.account = { ...device.account, state: device.session.save().account };
        device.begin();
      }
      assert.deepEqual(device.events.filter(({ type }) => type === "aborted"), []);
      assert.deepEqual((await rig.read("d")).client.schemes, [scheme]);
    });
  }
}

test("A18 A21 A22 a signed message without its signature, changed, and again", async (t) => {
  const rig = await Rig.start(t);
  const device = await rig.device("d", { scheme: "hmac" });
  const [get] = await rig.queue("d", [{ type: "get", uri: NAME }]);
  const answer = await device.answerTo(NAME);
  const { [HMAC]: signature = "", ...bare } = answer.headers;
  assert.match(signature, /^algorithm=MD5, username="device", mac=[\w+/]{22}==$/);
  const changed = Buffer.from(new TextDecoder().decode(answer.body).replace("value-in-the-tree", "value-of-a-thief"));
  for (const [body, headers] of /** @type {[Uint8Array, Record<string, string>][]} */ ([
    [answer.body, bare],
    [changed, answer.headers],
    [answer.body, { ...bare, [HMAC]: signature.replace("device", "other") }],
    [answer.body, { ...bare, [HMAC]: `${signature}, ${signature}` }],
    [answer.body, { ...bare, [HMAC]: "x".repeat(4_096) }],
  ])) {
    const response = await rig.post(answer.url, body, headers);
    assert.equal(response.status, 200);
    const { message } = messageIn(new Uint8Array(await response.arrayBuffer()));
    assert.ok(ofHeader(message).every(({ code }) => code === 401 || code === 407), JSON.stringify(ofHeader(message)));
    assert.equal(message.commands.some(({ type }) => type === "get"), false);
  }
  assert.equal((await rig.read(`d/commands/${get}`)).state, "sent");

  // The device itself goes on as if nothing had been; its header may be written in letters of either case.
  const replies = [];
  for (const name of [HMAC, "X-SyncML-HMAC"]) {
    const response = await rig.post(answer.url, answer.body, { ...bare, [name]: signature });
    replies.push([response.headers.get(HMAC), Buffer.from(await response.clone().arrayBuffer()).toString("hex")]);
    if (replies.length === 1) await device.take(response);
  }
  assert.deepEqual(replies[1], replies[0]);
  assert.match(replies[0]?.[0] ?? "", /^algorithm=MD5, username="server", mac=/);
  await device.finish();
  assert.ok(device.events.some(({ type }) => type === "finished"));
  const { outcome } = await rig.read(`d/commands/${get}`);
  assert.deepEqual(outcome.flatMap((/** @type {any} */ { type, items }) => (type === "results" ? [items[0].data] : [])), ["value-in-the-tree"]);
});

test("A13 the right password by another scheme than the account's", async (t) => {
  const rig = await Rig.start(t);
  for (const [id, own, other] of /** @type {[string, AuthScheme, AuthScheme][]} */ ([["a", "hmac", "md5"], ["b", "sha256", "basic"], ["c", "md5", "hmac"]])) {
    const device = await rig.device(id, { scheme: own, version: "1.3" });
    const [get] = await rig.queue(id, [{ type: "get", uri: NAME }]);
    const { client, server } = device.account;
    assert.ok(client !== "transport" && server !== "transport");
    device.account = { ...device.account, client: { ...client, schemes: [other] } };
    device.begin();
    await device.finish();
    assert.ok(device.events.some(({ type }) => type === "aborted"), `${own} ${other}`);
    assert.equal((await rig.read(`${id}/commands/${get}`)).state, "queued");
  }
});
