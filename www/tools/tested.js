/**
 * Reads what `cargo test` writes, shows failures and totals, and notes every test for `conformance.js` in target/tested/rust.txt:
 * `cargo test 2>&1 | node www/tools/tested.js`. A line is `ok target::path`, `FAILED target::path` or `ignored target::path`.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const out = fileURLToPath(new URL("../../target/tested/rust.txt", import.meta.url));
rmSync(out, { force: true });

/** @type {string[]} */
const noted = [];
let target = "";
for await (const line of createInterface({ input: process.stdin })) {
  const started = /^\s+(?:Running (?:unittests )?(\S+)\.rs |Doc-tests (\S+))/.exec(line);
  const test = /^test (.+?)(?: - should panic)? \.\.\. (ok|FAILED|ignored)/.exec(line);
  const total = /^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/.exec(line);
  if (started) {
    // The tests inside of src stand under the name of the crate.
    target = started[2] ? "doc" : (started[1] ?? "").replace(/^src\/lib$/, "omadm").replace(/^tests\//, "");
  } else if (test) {
    noted.push(`${test[2]} ${target}::${test[1]}`);
    if (test[2] === "FAILED") console.log(line);
  } else if (total) {
    const [, passed, failed, ignored] = total.map(Number);
    const rest = (failed ? `, ${failed} failed` : "") + (ignored ? `, ${ignored} ignored` : "");
    if (passed || rest !== "") console.log(`   ${target}: ${passed} passed${rest}`);
  } else if (!/^\s*(Compiling|Finished|Blocking|Fresh|Dirty|Downloading|Downloaded|Updating|Locking|Adding) |^running \d+ tests?$|^\s*$/.test(line)) {
    console.log(line);
  }
}
mkdirSync(dirname(out), { recursive: true });
writeFileSync(out, noted.map((line) => `${line}\n`).join(""));
