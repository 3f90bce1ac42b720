import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import omadm from "./omadm.js";

setFlagsFromString("--expose-gc");
/** @type {() => void} */
const collect = runInNewContext("gc");

const MEBIBYTE = 1 << 20;
const LEAF = new Uint8Array(8 * MEBIBYTE).fill(7);

test("forgotten handles are freed, inside the module too", async () => {
  let most = 0;
  const before = process.memoryUsage.rss();
  for (let round = 0; round < 100; round += 1) {
    new omadm.DmTree().set("./X/Blob", LEAF, { format: "bin" });
    collect();
    // Finalizers run in a task of their own.
    await setImmediate();
    most = Math.max(most, process.memoryUsage.rss() - before);
  }
  assert.ok(most < 400 * MEBIBYTE, `100 forgotten trees of 8 MiB hold ${Math.round(most / MEBIBYTE)} MiB`);
});
