import assert from "node:assert/strict";
import { test } from "node:test";
import { messageIn } from "./package.js";
import { Rig } from "./rig.js";

const OCTETS = Buffer.from([0, 1, 2, 253, 254, 255, 7, 7]);

/**
 * Digests, nonces and the token of a message, whatever its encoding.
 * @param {import("omadm").SyncMlMessage} message
 */
function secretsOf({ header, commands }) {
  const found = [header.cred?.data, header.respUri && new URL(header.respUri).search.slice(1)];
  for (const command of commands) if (command.type === "status") found.push(command.chal?.nextNonce, command.cred?.data);
  return found.flatMap((secret) => (secret === undefined || secret === "" ? [] : [secret]));
}

test("K18 what is logged holds no credential and no value", async (t) => {
  const rig = await Rig.start(t);
  const secrets = ["pass-of-device", "pass-of-server", "value-in-the-tree", "written-by-the-server", "Maker of the test", OCTETS.toString("base64"), String([...OCTETS]), rig.token];
  for (const [scheme, encoding] of /** @type {["basic" | "md5", "xml" | "wbxml"][]} */ ([["basic", "xml"], ["md5", "xml"], ["basic", "wbxml"], ["md5", "wbxml"]])) {
    const id = `${scheme}-${encoding}`;
    const device = await rig.device(id, { scheme, encoding });
    await rig.queue(id, [
      { type: "get", uri: "./Setting/Name" },
      { type: "replace", items: [{ uri: "./Setting/Name", data: "written-by-the-server" }] },
      { type: "add", items: [{ uri: "./Setting/Octets", data: /** @type {any} */ ({ base64: OCTETS.toString("base64") }), format: "bin" }] },
      { type: "get", uri: "./Setting/Octets" },
    ]);
    await device.finish();
    const own = [...device.sent.map(({ body }) => body), ...device.received].flatMap((body) => secretsOf(messageIn(body).message));
    assert.ok(own.length >= (scheme === "md5" ? 4 : 2), `${id}: ${own.length} secrets on the wire`);
    secrets.push(...own);
    for (const { url } of device.sent) if (url.includes("?")) secrets.push(new URL(url).search.slice(1));
    const { log } = await rig.read(id);
    assert.equal(log.filter((/** @type {any} */ { event }) => event.type === "results").length, 2);
    for (const secret of secrets) assert.equal(JSON.stringify(log).includes(secret), false, secret);
  }
  await rig.post(`${rig.url}/dm`, "<SyncML>value-in-the-tree</SyncML>");
  await rig.restart();
  const printed = rig.printed.join("\n");
  assert.match(printed, /^dm 200 /m);
  assert.match(printed, /^dm 400 /m);
  for (const secret of secrets) assert.equal(printed.includes(secret), false, secret);
});
