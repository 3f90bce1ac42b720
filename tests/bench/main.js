/**
 * Measures everything and writes BENCHMARKS.md: `make bench`. With names, such as `node tests/bench/main.js turn`, it measures only those
 * and writes nothing. Fails where a bar is missed that is the same on every machine.
 */
import { writeFileSync } from "node:fs";
import { missing } from "./present.js";
import { document, machine, print } from "./report.js";

/** A measurement is a file of its name here, with `measure`. */
const ALL = ["decode", "inside", "wbxml", "encode", "turn", "start", "size", "memory", "growth", "sessions", "objects", "packages", "tree", "edge"];

const names = process.argv.slice(2);
for (const name of names) if (!ALL.includes(name)) throw new Error(`no measurement ${name}; there are ${ALL.join(", ")}`);
const lacking = missing();
if (lacking.length > 0) {
  console.error(`bench: not everything is there\n  ${lacking.join("\n  ")}`);
  process.exit(1);
}
console.log(machine().join("\n"));
/** @type {import("./report.js").Section[]} */
const sections = [];
for (const name of names.length > 0 ? names : ALL) {
  const { measure } = /** @type {{ measure(): Promise<import("./report.js").Section> }} */ (await import(`./${name}.js`));
  const start = performance.now();
  const section = await measure();
  print(section);
  console.log(`\n${name} took ${Math.round((performance.now() - start) / 1_000)} s`);
  sections.push(section);
}
if (names.length === 0) {
  writeFileSync(new URL("../../BENCHMARKS.md", import.meta.url), document(sections));
  console.log("\nBENCHMARKS.md is written");
}
const failed = sections.flatMap(({ bars }) => bars).filter(({ must, isHeld }) => must && !isHeld);
for (const { what, bar, found } of failed) console.error(`bench: ${what}: ${found}, but the bar is ${bar}`);
process.exitCode = failed.length > 0 ? 1 : 0;
