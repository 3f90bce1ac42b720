/** What the modules of the package may weigh. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { BUDGETS, weigh } from "../../www/tools/budget.js";
import { dissect, generic, owner, withoutNames } from "../../www/tools/size.js";
import { folder } from "./omadm.js";

test("a module that is heavier than its budget is told with by how much and where to look", () => {
  const octets = new Uint8Array(1_000);
  const weight = gzipSync(octets, { level: 9 }).length;
  assert.equal(weigh("a.wasm", octets, weight).problem, undefined);
  const { line, problem } = weigh("a.wasm", octets, weight - 1);
  assert.match(line, /^a\.wasm: 1000 octets/);
  assert.match(problem ?? "", /^a\.wasm is 1 octets .* `make size` .* www\/tools\/budget\.js/);
});

test("no budget leaves more than a twentieth of room", async () => {
  for (const [file, budget] of Object.entries(BUDGETS)) {
    const weight = gzipSync(await readFile(join(folder, file)), { level: 9 }).length;
    assert.ok(weight <= budget && weight > budget / 1.05, `${file}: ${weight} of ${budget}`);
  }
});

test("functions are counted by the modules that they are of, and none is shipped with its name", async () => {
  const named = Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...[1, 4, 1, 0x60, 0, 0],
    ...[3, 2, 1, 0],
    ...[10, 5, 1, 3, 0, 1, 0x0b],
    ...[0, 12, 4, 0x6e, 0x61, 0x6d, 0x65, 1, 5, 1, 0, 2, 0x61, 0x3a],
  ]);
  assert.deepEqual(dissect(named).pieces, [{ name: "a:", size: 3 }]);
  const shipped = withoutNames(named);
  assert.equal(named.length - shipped.length, 14);
  assert.throws(() => dissect(shipped), /no names/);
  const sort = "core[0123456789abcdef]::slice::sort::<omadm[0123456789abcdef]::syncml::item::Item, u8>";
  assert.deepEqual([owner(sort), generic(sort)], ["syncml::item", "core::slice::sort"]);
  assert.deepEqual([owner("<omadm[0123456789abcdef]::dm2::Package>::decode"), generic("<alloc::vec::Vec<u8> as core::clone::Clone>::clone")], ["dm2", "core::clone::Clone::clone"]);
  assert.equal(owner("memcpy"), "what is not Rust");
});
