/** What was measured, as a table for the terminal and as BENCHMARKS.md. */
import { spawnSync } from "node:child_process";
import { cpus, totalmem } from "node:os";
import { figure } from "./statistics.js";

/**
 * @typedef {object} Bar
 * @property {string} what
 * @property {string} bar
 * @property {string} found
 * @property {boolean} isHeld
 * @property {boolean} [must] the run fails where it is not held: bytes are the same on every machine
 *
 * @typedef {object} Table
 * @property {string} title
 * @property {string[]} head
 * @property {string[][]} rows
 *
 * @typedef {object} Section
 * @property {string} title
 * @property {string} text how it was measured and what it means
 * @property {Table[]} tables
 * @property {Bar[]} bars
 */

/** More digits where what is missed would read like its bar. @param {number} found @param {number} bar @param {boolean} isHeld */
function told(found, bar, isHeld) {
  for (let digits = 3; !isHeld && figure(found) === figure(bar) && digits < 16; digits += 1) {
    const text = found.toPrecision(digits);
    if (Number(text) !== bar) return text;
  }
  return figure(found);
}

/** @param {string} what @param {number} found a ratio @param {number} bar @param {number} [aim] @returns {Bar} */
export function atLeast(what, found, bar, aim) {
  const isHeld = found >= bar;
  return { what, bar: `${bar}×${aim === undefined ? "" : ` (aim ${aim}×)`}`, found: `${told(found, bar, isHeld)}×`, isHeld };
}

/** @param {string} what @param {number} found @param {number} bar @param {string} unit @returns {Bar} */
export function atMost(what, found, bar, unit) {
  const isHeld = found <= bar;
  return { what, bar: `at most ${bar}${unit}`, found: `${told(found, bar, isHeld)}${unit}`, isHeld };
}

const MEBI = 1 << 20;
/** @param {number} octets */
export const mebibytes = (octets) => `${(octets / MEBI).toFixed(2)} MiB`;

/** Which commit is measured; with a mark where something was changed since. */
function commit() {
  const { status, stdout } = spawnSync("git", ["describe", "--always", "--dirty", "--exclude", "*"], { encoding: "utf8" });
  return status === 0 ? [`Commit ${stdout.trim()}`] : [];
}

/** Facts of the machine, none of which names it. */
export function machine() {
  const [first] = cpus();
  const memory = Math.round(totalmem() / (1 << 30));
  return [
    `CPU: ${first?.model.trim() ?? "unknown"}, ${cpus().length} visible; ${memory} GiB of memory; ${process.platform} ${process.arch}`,
    `Node ${process.version}, V8 ${process.versions.v8}`,
    `Date: ${new Date().toISOString().slice(0, 10)}`,
    ...commit(),
  ];
}

/** @param {string[][]} rows */
function aligned(rows) {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows.map((row) => row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join("  ")).join("\n");
}

/** @param {Bar[]} bars */
const barsOf = (bars) => [["what", "bar", "measured", ""], ...bars.map(({ what, bar, found, isHeld }) => [what, bar, found, isHeld ? "reached" : "MISSED"])];

/** @param {Section} section */
export function print({ title, tables, bars }) {
  console.log(`\n${title}`);
  for (const table of tables) console.log(`\n${aligned([[table.title, ...table.head.slice(1)], ...table.rows])}`);
  if (bars.length > 0) console.log(`\n${aligned(barsOf(bars))}`);
}

/** @param {string[][]} rows */
function markdown([head = [], ...rows]) {
  const line = (/** @type {string[]} */ cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map((_, at) => (at === 0 ? "---" : "---:"))), ...rows.map(line)].join("\n");
}

const HOW = `Times are taken in rounds of which each has all contenders, one after the other in an order that turns, so that a busy machine slows all of
them; three rounds warm up and do not count. A figure is the median, with the quartiles in brackets. Ratios are made within each round, and of them
the median: on another machine they come out alike, times do not. Memory is that of the WebAssembly instance, which never shrinks, so that it is also the most
that was ever in use; it is counted in octets, and is the same in every run.`;

/** @param {Section[]} sections */
export function document(sections) {
  const bars = sections.flatMap((section) => section.bars);
  const missed = bars.filter((bar) => !bar.isHeld);
  const verdict =
    missed.length === 0
      ? `All ${bars.length} bars are reached.`
      : `${bars.length - missed.length} of ${bars.length} bars are reached. ${missed.length} are missed: the table says which, and what was measured instead; [docs/performance.md](docs/performance.md) says why.`;
  return [
    "# Benchmarks",
    "Written by `make bench`; do not edit.",
    machine().map((fact) => `- ${fact}`).join("\n"),
    HOW,
    "## The bars",
    verdict,
    markdown(barsOf(bars)),
    ...sections.flatMap(({ title, text, tables }) => [`## ${title}`, text, ...tables.flatMap((table) => [`### ${table.title}`, markdown([table.head, ...table.rows])])]),
    "",
  ].join("\n\n").replace(/\n+$/, "\n");
}
