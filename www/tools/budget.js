/**
 * What the modules of the package may weigh, so that none grows unseen: `node www/tools/budget.js <package>` fails where one is heavier.
 * Whoever lowers a weight lowers its budget to 3 % above what is left; whoever raises one says for what.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

/** Octets in gzip. */
export const BUDGETS = {
  "omadm_bg.wasm": 855_000,
  "codec/omadm_bg.wasm": 231_000,
};

/**
 * What a module weighs, and what is wrong with that.
 * @param {string} file
 * @param {Uint8Array} octets
 * @param {number} budget
 */
export function weigh(file, octets, budget) {
  const weight = gzipSync(octets, { level: 9 }).length;
  const over = weight - budget;
  const share = ((100 * over) / budget).toFixed(1);
  return {
    line: `${file}: ${octets.length} octets, ${weight} in gzip, of ${budget}`,
    problem: over > 0 ? `${file} is ${over} octets (${share} %) over its budget of ${budget} in gzip: \`make size\` tells what is in it, www/tools/budget.js holds the budget` : undefined,
  };
}

/** @param {string} pkg */
async function check(pkg) {
  for (const [file, budget] of Object.entries(BUDGETS)) {
    const { line, problem } = weigh(file, await readFile(join(pkg, file)), budget);
    console.log(`   ${line}`);
    if (problem === undefined) continue;
    console.error(`budget: ${problem}`);
    process.exitCode = 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await check(process.argv[2] ?? "pkg");
