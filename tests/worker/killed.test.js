/**
 * The fourteen flows with the object of the device killed at every position of each, in every way. Device, server, operator: nobody sees a
 * difference, to the octet. One runtime serves all runs; each has objects of its own, and everything random comes from one seed.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { FLOWS } from "./flows.js";
import { KILLS, VARIABLES, play, toldOf } from "./play.js";
import { Rig } from "./rig.js";

/** @import { Flow } from "./flows.js" @import { Plan, Seen } from "./play.js" */

/** Runs at once. */
const AT_ONCE = 8;

/** @param {Flow} flow @param {number} messages @returns {[string, Plan][]} */
function plansOf({ name }, messages) {
  /** @type {[string, Plan][]} */
  const plans = [];
  for (const kill of KILLS) {
    for (let at = 1; at <= messages; at += 1) plans.push([`${name}: ${kill} at ${at}`, (message) => (message === at ? kill : undefined)]);
    plans.push([`${name}: ${kill} always`, () => kill]);
  }
  return plans;
}

/** @param {(() => Promise<void>)[]} work */
async function several(work) {
  const rest = [...work];
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let next = rest.shift(); next !== undefined; next = rest.shift()) await next();
    }),
  );
}

test("K05 L14 the object is killed after every step of every flow, and the transcript is that of the run without", async (t) => {
  const rig = await Rig.start(t, VARIABLES);
  /** @type {Map<Flow, Seen>} */
  const clean = new Map();
  await several(
    FLOWS.map((flow) => async () => {
      const seen = await play(rig, flow.name, flow, () => undefined);
      clean.set(flow, seen);
      assert.deepEqual(toldOf(seen), [...flow.told].sort(), flow.name);
      assert.equal(seen.transcript.length, flow.messages, flow.name);
      const end = flow.abort === undefined ? "finished" : "aborted";
      assert.deepEqual(seen.events.flatMap(({ type }) => (type === "finished" || type === "aborted" ? [type] : [])), [end], flow.name);
      assert.deepEqual(await play(rig, `${flow.name} again`, flow, () => undefined), seen, `${flow.name}: the same seed gives the same run`);
    }),
  );
  let killed = 0;
  await several(
    FLOWS.flatMap((flow) =>
      plansOf(flow, flow.messages).map(([name, plan]) => async () => {
        const { resent, ...seen } = await play(rig, name, flow, plan);
        const { resent: _, ...expected } = /** @type {Seen} */ (clean.get(flow));
        assert.deepEqual(seen, expected, name);
        // The message was lost, or its answer, unless the object died when all was said.
        const once = /(inside|lose|crash) (at|always)/.test(name);
        const times = name.endsWith("always") ? flow.messages : 1;
        assert.equal(resent, once ? times : 0, name);
        killed += times;
      }),
    ),
  );
  t.diagnostic(`${FLOWS.length} flows, ${killed} times killed`);
});
