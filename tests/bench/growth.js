/** What reading costs as input grows: 8 times as much input against the time, and the memory that it takes at the most. */
import { apart } from "./apart.js";
import { figure, interleave, median, ratios, spread } from "./statistics.js";

/** @import { Section } from "./report.js" */
/** @import { Samples } from "./statistics.js" */
/** @import { Family } from "./families.js" */

const ROUNDS = 9;
const [FACTOR, BAR] = [8, 10];
/** Milliseconds of a sample. */
const ENOUGH = 15;

/** @typedef {{ name: string; octets: number; samples: Samples; grown: number }} Grown */

/** Milliseconds of the processor since the process began: what others do on the machine does not count. */
function spent() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** Milliseconds that reading takes. @param {typeof import("../node/omadm.js").default} omadm @param {Family} family @param {Input} input @param {number} count */
function time(omadm, { by, limits, refused }, input, count) {
  const read = omadm[by ?? "decode"];
  const start = spent();
  for (let at = 0; at < count; at += 1) {
    try {
      read(input, limits);
    } catch (error) {
      if (!refused) throw error;
    }
  }
  return (spent() - start) / count;
}

/** @typedef {ReturnType<Family["make"]>} Input */

/** The inputs of one family, n and 8n. @param {number} index @returns {Promise<[Input, Input] | undefined>} */
export async function made(index) {
  const { FAMILIES } = await import("./families.js");
  const family = FAMILIES[index];
  return family && [family.make(family.n), family.make(FACTOR * family.n)];
}

/** One family, in an instance of its own that has made nothing. @param {number} index @param {number} rounds @param {[Input, Input]} inputs @returns {Promise<Grown>} */
export async function one(index, rounds, [small, large]) {
  const { octets } = await import("../node/measured.js");
  const [{ default: omadm }, { FAMILIES }] = await Promise.all([import("../node/omadm.js"), import("./families.js")]);
  const family = FAMILIES[index];
  if (family === undefined) throw new Error(`no family ${index}`);
  const { name, refused, by } = family;
  const before = octets();
  time(omadm, family, large, 1);
  const grown = octets() - before;
  if (refused) {
    for (const input of [small, large]) if (by === undefined && isRead(omadm, input)) throw new Error(`${name} is not refused`);
  }
  let count = 1;
  // So many that the clock can tell, and that what collects garbage does not decide.
  while (count < 1_000 && count * time(omadm, family, large, count) < ENOUGH) count *= 2;
  const samples = interleave(rounds, {
    small: () => time(omadm, family, small, FACTOR * count),
    large: () => time(omadm, family, large, count),
  });
  return { name, octets: (large instanceof Uint8Array ? large : large.body).length, samples, grown };
}

/** @param {typeof import("../node/omadm.js").default} omadm @param {Input} input */
function isRead(omadm, input) {
  try {
    omadm.decode(input);
    return true;
  } catch {
    return false;
  }
}

/** @param {number} [rounds] @returns {Promise<Section>} */
export async function measure(rounds = ROUNDS) {
  /** @type {Grown[]} */
  const all = [];
  for (let at = 0; ; at += 1) {
    /** @type {[Input, Input] | undefined} */
    const inputs = await apart(import.meta.url, "made", at);
    if (inputs === undefined) break;
    all.push(await apart(import.meta.url, "one", at, rounds, inputs));
  }
  const found = all.map(({ name, samples }) => ({ name, ratio: median(ratios(samples, "large", "small")) }));
  const [worst = { name: "none", ratio: NaN }, ...others] = found.sort((one, other) => other.ratio - one.ratio);
  const above = others.filter(({ ratio }) => ratio > BAR).map(({ name, ratio }) => `; ${name} ${figure(ratio)}×`);
  const rows = all.map(({ name, octets, samples, grown }) => [
    name,
    octets.toLocaleString("en"),
    spread(samples.small ?? [], " ms"),
    spread(samples.large ?? [], " ms"),
    spread(ratios(samples, "large", "small"), "×"),
    `${figure(grown / octets)}×`,
  ]);
  return {
    title: "Growth",
    text: `${all.length} families of input, ordinary and hostile: n of something, and 8n, which is near a bound of what is taken by default wherever that takes below a second. Time is that of the processor,
what collects garbage included. The last column is the memory by which an instance grows when 8n is the first thing that it reads: it never shrinks, so this is the most that was in use. Where a bound is above the
usual one it is said in \`tests/bench/families.js\`.`,
    tables: [{ title: "Time of 8n against n", head: ["input", "octets of 8n", "n", "8n", "as long", "memory, of its octets"], rows }],
    bars: [{ what: `time of 8n against n, the worst of ${all.length} families: ${worst.name}`, bar: `at most ${BAR}×`, found: `${figure(worst.ratio)}×${above.join("")}`, isHeld: worst.ratio <= BAR }],
  };
}
