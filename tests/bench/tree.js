/** What DmTree costs at 1,000 and at 100,000 nodes. */
import { performance } from "node:perf_hooks";
import omadm from "../node/omadm.js";
import { figure, interleave, median, ratios, spread } from "./statistics.js";

const { DmTree } = omadm;

const SIZES = [1_000, 100_000];
const RUNS = 9;
/** Calls of get and set that one run takes together. */
const CALLS = 2_000;
/** Names below one node, by the shape of the tree. */
const SHAPES = { "100 names a node": 100, "all names in one node": Infinity };

/** @param {number} size @param {number} wide @returns {string[]} */
function urisOf(size, wide) {
  return Array.from({ length: size }, (_, at) => (wide === Infinity ? `./Flat/n${at}` : `./Deep/g${Math.floor(at / wide)}/n${at % wide}`));
}

/** @param {number} size @param {number} wide */
function build(size, wide) {
  const uris = urisOf(size, wide);
  const values = Object.fromEntries(uris.map((uri, at) => [uri, `value ${at}`]));
  const tree = new DmTree({ values }, { nodes: 2 * size + 100 });
  return { tree, uris, size, wide, full: tree.save() };
}

/** The same everywhere, in every run: a stride through all URIs. @param {string[]} uris @returns {string[]} */
const some = (uris) => Array.from({ length: CALLS }, (_, at) => uris[(at * 7_919) % uris.length] ?? "");

/** @type {Record<string, { unit: string, per: (size: number) => number, prepare?: (made: Made) => unknown, run: (made: Made, prepared: any) => unknown }>} */
const MEASURES = {
  "get of a leaf": { unit: "µs", per: () => CALLS, run: ({ tree, uris }) => some(uris).forEach((uri) => tree.get(uri)) },
  "set of a leaf": { unit: "µs", per: () => CALLS, run: ({ tree, uris }) => some(uris).forEach((uri, at) => tree.set(uri, `again ${at}`)) },
  "set of a new leaf": {
    unit: "µs",
    per: () => 100,
    run: ({ tree, wide }) => {
      for (let at = 0; at < 100; at += 1) tree.set(wide === Infinity ? `./Flat/x${at}` : `./Deep/g0/x${at}`, "new");
      for (let at = 0; at < 100; at += 1) tree.remove(wide === Infinity ? `./Flat/x${at}` : `./Deep/g0/x${at}`);
    },
  },
  save: { unit: "ms", per: () => 1, run: ({ tree }) => tree.save() },
  "save of 100 changes": {
    unit: "ms",
    per: () => 1,
    prepare: ({ tree, uris }) => {
      const since = tree.revision;
      some(uris).slice(0, 100).forEach((uri, at) => tree.set(uri, `changed ${at}`));
      return since;
    },
    run: ({ tree }, since) => tree.save(since),
  },
  restore: { unit: "ms", per: () => 1, run: ({ full, size }) => DmTree.restore(full, [], { nodes: 2 * size + 100 }).free() },
};
/** @typedef {ReturnType<typeof build>} Made */

/** @returns {Promise<import("./report.js").Section>} */
export async function measure() {
  /** @type {import("./report.js").Table[]} */
  const tables = [];
  for (const [shape, wide] of Object.entries(SHAPES)) {
    const trees = SIZES.map((size) => build(size, wide));
    /** @type {string[][]} */
    const rows = [];
    for (const [name, { unit, per, prepare, run }] of Object.entries(MEASURES)) {
      const [few, many] = SIZES.map(String);
      const samples = interleave(
        RUNS,
        Object.fromEntries(
          trees.map((made) => [
            String(made.size),
            () => {
              const prepared = prepare?.(made);
              const start = performance.now();
              run(made, prepared);
              return ((performance.now() - start) / per(made.size)) * (unit === "µs" ? 1_000 : 1);
            },
          ]),
        ),
      );
      const of = (/** @type {string} */ size = "") => samples[size] ?? [];
      rows.push([name, spread(of(few), ` ${unit}`), spread(of(many), ` ${unit}`), figure(median(ratios(samples, many ?? "", few ?? "")))]);
    }
    tables.push({ title: shape, head: ["call", ...SIZES.map((size) => `${size.toLocaleString("en")} nodes`), "ratio"], rows });
    for (const { tree } of trees) tree.free();
  }
  return {
    title: "A tree",
    text: `What DmTree costs at ${SIZES.map((size) => size.toLocaleString("en")).join(" and at ")} nodes. A call that looks at one node should cost about the same in both, one that saves or
restores all of them in proportion.`,
    tables,
    bars: [],
  };
}
