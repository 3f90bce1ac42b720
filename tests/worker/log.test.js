import assert from "node:assert/strict";
import { test } from "node:test";
import { Rig } from "./rig.js";

test("K18 what is logged holds no credential and no value", async (t) => {
  const rig = await Rig.start(t);
  const secrets = ["pass-of-device", "pass-of-server", "value-in-the-tree", "written-by-the-server", "Maker of the test", rig.token];
  for (const scheme of /** @type {const} */ (["basic", "md5"])) {
    const device = await rig.device(scheme, { scheme });
    await rig.queue(scheme, [
      { type: "get", uri: "./Setting/Name" },
      { type: "replace", items: [{ uri: "./Setting/Name", data: "written-by-the-server" }] },
    ]);
    await device.finish();
    const wire = [...device.sent.map(({ body }) => body), ...device.received].map((body) => new TextDecoder().decode(body)).join("");
    for (const [, data] of wire.matchAll(/<Data>([A-Za-z0-9+/=]{20,})<\/Data>/g)) secrets.push(String(data));
    for (const [, nonce] of wire.matchAll(/<NextNonce[^>]*>([^<]+)</g)) secrets.push(String(nonce));
    for (const { url } of device.sent) if (url.includes("?")) secrets.push(new URL(url).search.slice(1));
    const { log } = await rig.read(scheme);
    assert.ok(log.some((/** @type {any} */ { event }) => event.type === "results"));
    for (const secret of secrets) assert.equal(JSON.stringify(log).includes(secret), false, secret);
  }
  await rig.post(`${rig.url}/dm`, "<SyncML>value-in-the-tree</SyncML>");
  await rig.restart();
  const printed = rig.printed.join("\n");
  assert.match(printed, /^dm 200 /m);
  assert.match(printed, /^dm 400 /m);
  for (const secret of secrets) assert.equal(printed.includes(secret), false, secret);
});
