/** The entry `omadm/codec` in workerd. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { startWorker } from "../../www/tools/edge.js";
import { omadm } from "./package.js";

/** @import { SyncMlDocument } from "omadm" */

test("a Worker on the codec alone reads what the whole package writes, and says why it cannot", async (t) => {
  const worker = await startWorker(fileURLToPath(new URL("./codec.ts", import.meta.url)));
  t.after(() => worker.stop());
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
  const { body, headers } = omadm.encode(document);
  const said = await worker.post(body, headers);
  assert.deepEqual(await said.json(), JSON.parse(JSON.stringify(omadm.decode(body))));
  const refused = await worker.post("<SyncML", { "content-type": "application/vnd.syncml.dm+xml" });
  assert.equal(refused.status, 400);
  assert.deepEqual(await refused.json(), { code: "truncated", offset: 7 });
});
