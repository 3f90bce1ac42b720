/** What sessions leave in the memory of the module: nothing. `make bench` looks at more of them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { octets } from "./measured.js";
import { begun, playWhole } from "./whole.js";

/** @param {number} count */
function playMany(count) {
  for (let number = 0; number < count; number += 1) playWhole(number);
  return octets();
}

test("sessions that are over leave no memory behind", () => {
  const settled = playMany(60);
  assert.equal(playMany(300), settled);
});

for (const side of /** @type {const} */ (["server", "client"])) {
  test(`100 live sessions of a ${side} take a tenth of what 1,000 may take, and give it back`, () => {
    const before = octets();
    const round = () => Array.from({ length: 100 }, (_, number) => begun(side, number)).forEach((session) => session.free());
    round();
    const grown = octets() - before;
    assert.ok(grown <= 6_700_000, String(grown));
    for (let again = 0; again < 3; again += 1) round();
    assert.equal(octets() - before, grown);
  });
}
