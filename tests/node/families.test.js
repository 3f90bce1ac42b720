/** The input with which `make bench` looks at growth is read, or is refused where it is meant to be, and comes near the bound of a message. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { FAMILIES } from "../bench/families.js";
import omadm, { thrown } from "./omadm.js";

for (const { name, n, make, limits, by, refused } of FAMILIES) {
  test(name, () => {
    for (const many of [n, 8 * n]) {
      const input = make(many);
      if (by !== undefined) omadm[by](input, limits);
      else if (refused) assert.equal(thrown(() => omadm.decode(input, limits)).code, "truncated");
      else assert.ok(["syncml", "tnds", "ddf", "dm2"].includes(omadm.decode(input, limits).type));
    }
  });
}

test("there are 20 of them and more, and none is larger than a message may be", () => {
  const sizes = FAMILIES.map(({ n, make }) => make(8 * n)).map((input) => (input instanceof Uint8Array ? input : input.body).length);
  assert.ok(sizes.length >= 20);
  assert.ok(Math.max(...sizes) <= 1 << 20);
});
