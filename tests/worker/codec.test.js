/** The entry `omadm/codec` in workerd. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { bundleWorker } from "../../www/tools/bundle.js";
import { startWorker } from "../../www/tools/edge.js";
import { omadm } from "./package.js";

/** @import { SyncMlDocument } from "omadm" */

/** @type {SyncMlDocument} */
const document = {
  type: "syncml",
  encoding: "wbxml",
  message: {
    header: { verDtd: "1.2", verProto: "DM/1.2", sessionId: "1", msgId: 1, target: { uri: "IMEI:1" }, source: { uri: "https://desk.example/dm" } },
    commands: [{ type: "get", cmdId: "1", items: [{ target: { uri: "./DevInfo/Man" } }] }],
    final: true,
  },
};

test("a Worker on the codec alone reads what the whole package writes, and says why it cannot", async (t) => {
  const worker = await startWorker(fileURLToPath(new URL("./codec.ts", import.meta.url)));
  t.after(() => worker.stop());
  const { body, headers } = omadm.encode(document);
  const said = await worker.post(body, headers);
  assert.deepEqual(await said.json(), JSON.parse(JSON.stringify(omadm.decode(body))));
  const refused = await worker.post("<SyncML", { "content-type": "application/vnd.syncml.dm+xml" });
  assert.equal(refused.status, 400);
  assert.deepEqual(await refused.json(), { code: "truncated", offset: 7 });
});

test("a Worker on both entries has a module for each", async (t) => {
  const entry = fileURLToPath(new URL("./both.ts", import.meta.url));
  const modules = (await bundleWorker(entry)).filter(({ type }) => type === "CompiledWasm");
  assert.equal(new Set(modules.map(({ contents }) => contents.length)).size, 2);
  const worker = await startWorker(entry);
  t.after(() => worker.stop());
  const { body, headers } = omadm.encode(document);
  const said = await worker.post(body, headers);
  assert.deepEqual(new Uint8Array(await said.arrayBuffer()), omadm.encode(document, { encoding: "xml" }).body);
});
