/**
 * The registry of conformance: `node www/tools/conformance.js` checks the rows of tests/conformance and that CONFORMANCE.md shows them,
 * `... --tests` also that every test that a row names has run and passed (`tested.js` and `reported.js` note them in target/tested),
 * `... --write` writes CONFORMANCE.md.
 *
 * A row is claimed by `tests`, or assigned by `later` to a piece of work still to come; never both, never neither. What a file says of
 * its `sections` is how many requirements each has, so that none is lost. Where the specifications lie beside the repository, which
 * they are no part of, the requirements in them are counted too.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * @typedef {{ id: string; section: string; side: "client" | "server" | "both"; says: string; tests?: string[]; later?: string }} Row
 * @typedef {{ title: string; about?: string; sections: Record<string, number>; rows: Row[] }} Chapter
 */

const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = join(root, "tests/conformance");
const shown = join(root, "CONFORMANCE.md");

/** Pieces of work to which a row may be assigned. One that is done is taken off, and what it left open fails. */
const TO_COME = ["lint"];

/** Where the requirements stand, for whoever has the texts: the first words of the file, the first and the last line, what ids begin with. */
const TEXTS = [
  { file: "002_", from: /^6\. OMA DM Protocol packages/, to: /^11\. ?Protocol examples/, prefix: "" },
  { file: "002_", from: /^12\. ?Backward Compatibility/, to: /^Appendix A\./, prefix: "" },
  { file: "002_", from: /^B\.1 SCR for DM Client/, to: /^Appendix C\./, prefix: "" },
  { file: "002_", from: /^Appendix C\. Protocol Values/, to: /^$.^/, prefix: "" },
  { file: "001_", from: /^6 Detailed Change Proposal/, to: /^$.^/, prefix: "CR-" },
  { file: "003_", from: /^6 Detailed Change Proposal/, to: /^$.^/, prefix: "DM2-" },
  { file: "004_", from: /^8\. Protocol Packages/, to: /^$.^/, prefix: "DM2-" },
];

/** @type {string[]} */
const wrong = [];

/** @type {{ name: string; chapter: Chapter }[]} */
const chapters = readdirSync(folder)
  .filter((name) => name.endsWith(".json"))
  .sort((a, b) => a.localeCompare(b, "en", { numeric: true }))
  .map((name) => ({ name, chapter: JSON.parse(readFileSync(join(folder, name), "utf8")) }));
const rows = chapters.flatMap(({ chapter }) => chapter.rows);

/** Each row by itself, and that none is missing. */
function checkRows() {
  const seen = new Set();
  for (const { name, chapter } of chapters) {
    /** @type {Record<string, number>} */
    const counted = {};
    for (const { id, section, side, says, tests, later, ...rest } of chapter.rows) {
      const say = (/** @type {string} */ what) => wrong.push(`${name}: ${id}: ${what}`);
      const [, prefix = "", number] = /^(.+?)-0*(\d+)(?:-[MOP])?$/.exec(String(id)) ?? [];
      counted[prefix] = (counted[prefix] ?? 0) + 1;
      if (Number(number) !== counted[prefix]) say("an id is its section and its number there, in their order");
      if (seen.has(id)) say("stands twice");
      seen.add(id);
      if (!section || !says || Object.keys(rest).length > 0) say("a row has id, section, side, says, and tests or later");
      if (!["client", "server", "both"].includes(side)) say(`side is client, server or both, not ${side}`);
      const claimed = Array.isArray(tests) && tests.length > 0;
      if (claimed && later !== undefined) say("claimed by tests and assigned to work still to come");
      if (!claimed && later === undefined) say("neither claimed by tests nor assigned to work still to come");
      if (later !== undefined && !TO_COME.includes(later)) say(`no work still to come: ${later}`);
      if (claimed && new Set(tests).size < tests.length) say("names a test twice");
    }
    for (const prefix of new Set([...Object.keys(counted), ...Object.keys(chapter.sections)])) {
      const [has, should] = [counted[prefix] ?? 0, chapter.sections[prefix] ?? 0];
      if (has !== should) wrong.push(`${name}: ${prefix} has ${has} rows, and ${should} requirements`);
    }
  }
}

/** How many requirements the texts themselves have in each section. */
function checkTexts() {
  const texts = join(root, "../shared/seeds");
  if (!existsSync(texts)) return;
  /** @type {Record<string, number>} */
  const counted = {};
  for (const { file, from, to, prefix } of TEXTS) {
    const name = readdirSync(texts).find((name) => name.startsWith(file));
    const lines = readFileSync(join(texts, name ?? ""), "utf8").split("\n");
    const start = lines.findIndex((line) => from.test(line));
    const length = lines.slice(start).findIndex((line) => to.test(line));
    let section = "";
    for (const line of lines.slice(start, length < 0 ? undefined : start + length)) {
      const heading = /^ ?((?:B\.)?\d+(?:\.\d+)*)\.? ?[A-Z][^.]*[^.:]$/.exec(line) ?? /^Appendix (C)\. /.exec(line);
      if (heading) section = prefix + heading[1];
      const listed = /^(DM-PRO-(?:\w+-)?[CS])-/.exec(line)?.[1];
      if (listed) counted[listed] = (counted[listed] ?? 0) + 1;
      // Appendix C demands values, one on a line.
      const found = line.match(section === "C" ? /^DM\/\d/g : /\b(MUST|SHALL|REQUIRED)\b/g)?.length ?? 0;
      if (found > 0 && !section.startsWith("B")) counted[section] = (counted[section] ?? 0) + found;
    }
  }
  const ours = Object.assign({}, ...chapters.map(({ chapter }) => chapter.sections));
  for (const section of new Set([...Object.keys(counted), ...Object.keys(ours)])) {
    const [found, count] = [counted[section] ?? 0, ours[section] ?? 0];
    if (found !== count) wrong.push(`the texts have ${found} requirements in ${section}, tests/conformance ${count}`);
  }
}

/** That every test that a row names has run and passed. */
function checkTests() {
  /** @type {Map<string, string>} */
  const results = new Map();
  for (const name of ["rust.txt", "node.txt"]) {
    const path = join(root, "target/tested", name);
    if (!existsSync(path)) wrong.push(`target/tested/${name} is not there: run make claims`);
    else for (const [, result = "", test = ""] of readFileSync(path, "utf8").matchAll(/^(\w+) (.+)$/gm)) results.set(test, result);
  }
  for (const { id, tests = [] } of rows) {
    for (const test of tests) {
      const result = results.get(test);
      if (result !== "ok") wrong.push(`${id}: ${test}: ${result === undefined ? "no such test has run" : result}`);
    }
  }
}

/**
 * A line of a table.
 * @param {(string | number)[]} cells
 */
const line = (cells) => `| ${cells.map((cell) => String(cell).replaceAll("|", "\\|")).join(" | ")} |`;

/** What CONFORMANCE.md is. */
function page() {
  const parts = [
    "# Conformance",
    "",
    "<!-- Made from tests/conformance by node www/tools/conformance.js --write: edit the rows there. -->",
    "",
    "What the OMA Device Management Protocol 1.3, the change request to 1.2.1 on closing a session and the two to DM 2.0 demand, in our",
    "words: the static conformance requirements of Appendix B, each obligation of chapters 6 to 10, 12 and Appendix C, and each of the",
    "change requests.",
    "A requirement is claimed by tests, all of which ran and passed (`make test` fails otherwise), or it is assigned to work that is still",
    "to come. Nothing is marked by hand.",
    "",
    line(["", "requirements", "claimed", "still to come"]),
    line(["---", "---:", "---:", "---:"]),
  ];
  const count = (/** @type {Row[]} */ rows) => {
    const claimed = rows.filter(({ tests = [] }) => tests.length > 0);
    return [rows.length, claimed.length, rows.filter(({ later }) => later !== undefined).length];
  };
  for (const { chapter } of chapters) parts.push(line([chapter.title, ...count(chapter.rows)]));
  for (const side of ["client", "server", "both"]) {
    const label = side === "both" ? "of both sides" : `of the ${side}`;
    parts.push(line([label, ...count(rows.filter((row) => row.side === side))]));
  }
  parts.push(line(["**all**", ...count(rows)]));
  const pieces = TO_COME.map((piece) => ({ piece, of: rows.filter(({ later }) => later === piece).length })).filter(({ of }) => of > 0);
  if (pieces.length > 0) parts.push("", `Still to come: ${pieces.map(({ piece, of }) => `${piece} (${of})`).join(", ")}.`);
  for (const { chapter } of chapters) {
    parts.push("", `## ${chapter.title}`, "");
    if (chapter.about) parts.push(chapter.about, "");
    parts.push(line(["id", "section", "side", "requirement", "tests"]), line(["---", "---", "---", "---", "---"]));
    for (const { id, section, side, says, tests = [], later } of chapter.rows) {
      const proof = later === undefined ? tests.map((test) => `\`${test}\``) : [`*still to come: ${later}*`];
      parts.push(line([id, section, side, says, proof.join("<br>")]));
    }
  }
  return `${parts.join("\n")}\n`;
}

checkRows();
checkTexts();
const asked = process.argv.slice(2);
if (asked.includes("--write")) writeFileSync(shown, page());
else if (!existsSync(shown) || readFileSync(shown, "utf8") !== page()) wrong.push("CONFORMANCE.md is not what the rows say: node www/tools/conformance.js --write");
if (asked.includes("--tests")) checkTests();
const claimed = rows.filter(({ tests = [] }) => tests.length > 0).length;
const later = rows.filter((row) => row.later !== undefined).length;
console.log(`   ${rows.length} requirements: ${claimed} claimed, ${later} still to come`);
if (wrong.length > 0) {
  console.error(wrong.join("\n"));
  console.error(`conformance: ${wrong.length} faults`);
  process.exitCode = 1;
}
