/**
 * Which rows of the catalogue of bad inputs have a test: `node www/tools/catalogue.js [GROUP...]`, by default all that are claimed.
 * A test says its rows in its name (`fn x24_w31_...`, `test("X24 W31 ...")`), a case of the table in its member `row`. Fails where a
 * claimed group has a row without a test, and for some groups where the test is not both in Rust and in JavaScript. The catalogue is no part of the repository: where it is missing this says so and is done.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const catalogue = join(root, "../shared/catalogue/bad-input.json");

/** The groups that are done. */
const CLAIMED = ["P", "X", "W", "N", "T", "C", "A", "S", "L", "J"];

/** The groups that are tested natively and through the package, row by row. */
const TWICE = ["N", "A", "S", "L", "J"];

/**
 * All files below a folder.
 * @param {string} folder
 * @returns {string[]}
 */
function files(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === "node_modules" ? [] : files(path);
    return [path];
  });
}

/**
 * The rows that a file tests.
 * @param {string} path
 */
function tested(path) {
  const text = readFileSync(path, "utf8");
  const found = (/** @type {RegExp} */ pattern) => [...text.matchAll(pattern)].map((match) => match[1] ?? "");
  if (path.endsWith(".rs")) return found(/#\[test\]\s+fn (\w+)/g).flatMap((name) => name.toUpperCase().split("_"));
  if (/\.test\.m?js$/.test(path)) return found(/\b(?:test|row)\(\s*["'`]([^"'`]*)/g).flatMap((name) => name.split(/\W+/));
  if (!path.endsWith("cases.json")) return [];
  /** @type {{ cases: { row: string; open?: true | string }[] }} */
  const table = JSON.parse(text);
  return table.cases.filter(({ open }) => open === undefined).map(({ row }) => row);
}

if (!existsSync(catalogue)) {
  console.log("   skipped: the catalogue of bad inputs is not here");
  process.exit();
}
/** @type {{ id: string; layer: string }[]} */
const rows = JSON.parse(readFileSync(catalogue, "utf8"));
const paths = ["src", "tests"].flatMap((folder) => files(join(root, folder)));
const all = new Set(paths.flatMap(tested));
const [inRust, inJavaScript] = [".rs", ".js"].map((ending) => new Set(paths.filter((path) => path.endsWith(ending)).flatMap(tested)));
const asked = process.argv.slice(2);
let holes = 0;
for (const group of new Set(rows.map(({ id }) => id.replace(/\d+$/, "")))) {
  if (asked.length > 0 && !asked.includes(group)) continue;
  const own = rows.map(({ id }) => id).filter((id) => id.replace(/\d+$/, "") === group);
  const missing = own.filter((id) => !all.has(id));
  const [due, later] = CLAIMED.includes(group) ? [missing, []] : [[], missing];
  const halves = own.filter((id) => TWICE.includes(group) && all.has(id) && !(inRust?.has(id) && inJavaScript?.has(id)));
  holes += due.length + halves.length;
  const count = `   ${group}: ${own.length - missing.length} of ${own.length}`;
  const half = halves.length > 0 ? `, on one side only: ${halves.join(" ")}` : "";
  console.log(count + (due.length > 0 ? `, without a test: ${due.join(" ")}` : "") + half + (later.length > 0 ? `, still to come: ${later.join(" ")}` : ""));
}
if (holes > 0) {
  console.error(`catalogue: ${holes} rows without a test, or without one of two`);
  process.exitCode = 1;
}
