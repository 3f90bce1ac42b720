import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import binaryen from "../../www/node_modules/binaryen/index.js";
import { copy, folder, load, thrown } from "./omadm.js";

const good = await readFile(join(folder, "omadm_bg.wasm"));

/** The module with the body of one export replaced by a trap: the real thing in all else. */
function trapping(/** @type {string} */ name) {
  const module = binaryen.readBinary(good);
  const { BulkMemory, BulkMemoryOpt, MutableGlobals, Multivalue, NontrappingFPToInt, ReferenceTypes, SignExt } = binaryen.Features;
  module.setFeatures(BulkMemory | BulkMemoryOpt | MutableGlobals | Multivalue | NontrappingFPToInt | ReferenceTypes | SignExt);
  const found = Array.from({ length: module.getNumExports() }, (_, at) => binaryen.getExportInfo(module.getExportByIndex(at)));
  const target = found.find((exported) => exported.name === name);
  assert.ok(target, `no export ${name}`);
  const trap = binaryen.getFunctionInfo(module.getFunction(target.value));
  module.removeFunction(target.value);
  module.addFunction(target.value, trap.params, trap.results, [], module.unreachable());
  return module.emitBinary();
}

/** @param {import("node:test").TestContext} t */
async function broken(t) {
  const own = await copy(t);
  await writeFile(join(own, "omadm_bg.wasm"), trapping("peek"));
  return load(join(own, "node.js"));
}

test("after a trap every call is poisoned, and freeing is quiet", async (t) => {
  const { DmTree, decode, peek, ...own } = await broken(t);
  const tree = new DmTree({ values: { "./A": "1" } });
  assert.equal(tree.get("./A")?.data, "1");
  const saved = tree.save();
  const body = new Uint8Array();
  const first = thrown(() => peek({ body }), own);
  assert.deepEqual([first.code, first.fault, first.http], ["poisoned", "host", 503]);
  assert.ok(first.cause instanceof WebAssembly.RuntimeError);
  for (const call of [() => peek({ body }), () => decode(body), () => tree.get("./A"), () => tree.revision, () => new DmTree(), () => DmTree.restore(saved)]) {
    assert.equal(thrown(call, own).code, "poisoned");
  }
  tree.free();
  tree.free();
  assert.equal(thrown(() => tree.get("./A"), own).code, "disposed");
});

test("initSync makes a new instance, in which the old handles do not live", async (t) => {
  const { DmTree, initSync, peek, ...own } = await broken(t);
  const old = new DmTree({ values: { "./A": "old" } });
  const saved = old.save();
  thrown(() => peek({ body: new Uint8Array() }), own);
  initSync(new WebAssembly.Module(good));
  assert.equal(thrown(() => peek({ body: new Uint8Array() }), own).code === "poisoned", false);
  const fresh = new DmTree({ values: { "./A": "new" } });
  assert.equal(thrown(() => old.get("./A"), own).code, "poisoned");
  old.free();
  assert.equal(fresh.get("./A")?.data, "new");
  assert.equal(DmTree.restore(saved).get("./A")?.data, "old");
});

test("init makes a new instance of the same module", async (t) => {
  const { DmTree, init, peek, ...own } = await broken(t);
  thrown(() => peek({ body: new Uint8Array() }), own);
  await init();
  assert.equal(new DmTree({ values: { "./A": "1" } }).get("./A")?.data, "1");
});

test("a trap inside a getter poisons the call around it too", async (t) => {
  const { decode, peek, ...own } = await broken(t);
  /** @type {string[]} */
  const inner = [];
  const outer = thrown(
    () =>
      decode({
        get body() {
          inner.push(thrown(() => peek({ body: new Uint8Array() }), own).code);
          return new Uint8Array();
        },
      }),
    own,
  );
  assert.deepEqual([inner, outer.code], [["poisoned"], "poisoned"]);
});
