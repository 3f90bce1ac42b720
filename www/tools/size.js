/**
 * What each part of a module adds: `node www/tools/size.js <file to write> [<title> <module with names> <module>]...`. Counts the octets of each
 * function's body by the name that the compiler has given it; a function of another crate that was made for one of our types counts as ours.
 */
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";

/** @typedef {{ name: string; size: number }} Piece */

/** @param {Uint8Array} octets */
function reader(octets) {
  let at = 0;
  const number = () => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const octet = octets[at];
      if (octet === undefined) throw new Error("the module is cut off");
      at += 1;
      value += (octet & 0x7f) * shift;
      if (octet < 0x80) return value;
    }
  };
  const take = (/** @type {number} */ count) => octets.subarray(at, (at += count));
  return { number, take, at: () => at, text: () => new TextDecoder().decode(take(number())), isDone: () => at >= octets.length };
}

/**
 * The sections of a module: what each is, its octets with their head, and its content; the name where it is a custom one.
 * @param {Uint8Array} octets
 */
function* sectionsOf(octets) {
  const module = reader(octets);
  module.take(8);
  while (!module.isDone()) {
    const start = module.at();
    const [id] = module.take(1);
    const content = module.take(module.number());
    const name = id === 0 ? reader(content).text() : undefined;
    yield { id, name, content, whole: octets.subarray(start, module.at()) };
  }
}

/** The module without the names of its functions, as it is shipped. @param {Uint8Array} octets */
export function withoutNames(octets) {
  const kept = [...sectionsOf(octets)].filter(({ name }) => name !== "name");
  return Buffer.concat([octets.subarray(0, 8), ...kept.map(({ whole }) => whole)]);
}

/** The names of functions by their numbers. @param {ReturnType<typeof reader>} section */
function namesIn(section) {
  /** @type {Map<number, string>} */
  const names = new Map();
  section.text();
  while (!section.isDone()) {
    const [kind] = section.take(1);
    const part = reader(section.take(section.number()));
    if (kind === 1) for (let left = part.number(); left > 0; left -= 1) names.set(part.number(), part.text());
  }
  return names;
}

const KNOWN = { 1: "types", 2: "imports", 3: "functions", 4: "tables", 5: "memories", 6: "globals", 7: "exports", 9: "elements", 10: "code", 11: "data", 12: "data count" };

/**
 * The functions of a module with their sizes, its sections with theirs.
 * @param {Uint8Array} octets
 */
export function dissect(octets) {
  /** @type {Record<string, number>} */
  const sections = {};
  /** @type {Map<number, string>} */
  let names = new Map();
  /** @type {number[]} */
  const bodies = [];
  let imported = 0;
  for (const { id, name, content } of sectionsOf(octets)) {
    const section = reader(content);
    sections[name ?? KNOWN[/** @type {keyof typeof KNOWN} */ (id)] ?? `section ${id}`] = content.length;
    if (name === "name") names = namesIn(section);
    else if (id === 2) for (let left = section.number(); left > 0; left -= 1) imported += isFunction(section) ? 1 : 0;
    else if (id === 10) for (let left = section.number(); left > 0; left -= 1) bodies.push(section.take(section.number()).length);
  }
  if (names.size === 0) throw new Error("the module holds no names");
  /** @type {Piece[]} */
  const pieces = bodies.map((size, at) => ({ name: names.get(imported + at) ?? "without a name", size }));
  return { sections, pieces };
}

/** Reads one import. @param {ReturnType<typeof reader>} section */
function isFunction(section) {
  section.text();
  section.text();
  const [kind] = section.take(1);
  if (kind === 0) section.number();
  else if (kind === 3) section.take(2);
  else {
    if (kind === 1) section.take(1);
    const flags = section.number();
    section.number();
    if (flags & 1) section.number();
  }
  return kind === 0;
}

/**
 * Where a function belongs: to the first module of ours that its name has, else to the crate that it is of.
 * @param {string} name
 * @param {number} depth of modules of ours
 */
export function owner(name, depth = 2) {
  const plain = name.replaceAll(/\[[0-9a-f]{8,}\]/g, "");
  const own = /\bomadm::(\w+(?:::\w+)*)/.exec(plain)?.[1];
  if (own !== undefined) {
    const modules = own.split("::").filter((part) => /^[a-z]/.test(part));
    return modules.slice(0, depth).join("::") || "omadm";
  }
  // An export has the name that JavaScript knows, with all that was inlined.
  if (/ shim$/.test(plain)) return "js (exports, with what is inlined into them)";
  const crate = /\b([a-z]\w*)::/.exec(plain)?.[1];
  return crate === undefined ? "what is not Rust" : `crate ${crate}`;
}

/** What is made anew for every type: the function without its types. @param {string} name */
export function generic(name) {
  let plain = name.replaceAll(/\[[0-9a-f]{8,}\]/g, "");
  const trait = / as ((?:\w+::)*\w+).*>::(\w+)/.exec(plain);
  if (plain.startsWith("<") && trait) return `${trait[1]}::${trait[2]}`;
  // A method of a type's own.
  plain = plain.replace(/^<((?:\w+::)*\w+)(?:<.*>)?>(?=::\w+)/, "$1");
  for (let before = ""; before !== plain; ) {
    before = plain;
    plain = plain.replaceAll(/<[^<>]*>/g, "");
  }
  return plain.replaceAll(/::(?=::|$)/g, "") || name;
}

/**
 * @param {Piece[]} pieces
 * @param {(name: string) => string} key
 */
function sums(pieces, key) {
  /** @type {Map<string, { size: number; count: number }>} */
  const found = new Map();
  for (const { name, size } of pieces) {
    const sum = found.get(key(name)) ?? { size: 0, count: 0 };
    found.set(key(name), { size: sum.size + size, count: sum.count + 1 });
  }
  return [...found].map(([name, sum]) => ({ name, ...sum })).sort((one, other) => other.size - one.size);
}

/** @param {number} octets */
const kilo = (octets) => (octets / 1000).toFixed(1);

/** @param {string[]} head @param {string[][]} rows */
const table = (head, rows) => [head, head.map((_, at) => (at === 0 ? "---" : "---:")), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");

/** One module as tables. @param {string} title @param {Uint8Array} named @param {Uint8Array} shipped */
function report(title, named, shipped) {
  const { sections, pieces } = dissect(named);
  const code = pieces.reduce((sum, { size }) => sum + size, 0);
  const rest = Object.entries(sections).filter(([name]) => !["name", "code", "data count", "producers", "target_features"].includes(name));
  const share = (/** @type {number} */ size) => `${((100 * size) / code).toFixed(1)} %`;
  const modules = sums(pieces, (name) => owner(name));
  const shown = modules.filter(({ size }) => size >= code / 200);
  const others = modules.slice(shown.length).reduce((sum, { size }) => sum + size, 0);
  const again = sums(pieces, generic).filter(({ count }) => count > 1);
  return `## ${title}

${kilo(shipped.length)} kB, ${kilo(gzipSync(shipped, { level: 9 }).length)} kB in gzip, ${kilo(brotliCompressSync(shipped).length)} kB in brotli. Code: ${kilo(code)} kB in ${pieces.length} functions; ${rest.map(([name, size]) => `${name} ${kilo(size)} kB`).join(", ")}.

${table(["module or crate", "kB", "of the code", "functions"], [...shown.map(({ name, size, count }) => [`\`${name}\``, kilo(size), share(size), `${count}`]), ["all others", kilo(others), share(others), ""]])}

What is made anew for every type:

${table(["function", "kB", "copies"], again.slice(0, 15).map(({ name, size, count }) => [`\`${name}\``, kilo(size), `${count}`]))}

The largest functions:

${table(["function", "kB"], [...pieces].sort((one, other) => other.size - one.size).slice(0, 20).map(({ name, size }) => [`\`${name.replaceAll(/\[[0-9a-f]{8,}\]/g, "").slice(0, 120)}\``, kilo(size)]))}
`;
}

const HEAD = `# What is in the modules

Written by \`make size\`. Octets of code by the names that the compiler gives, after wasm-opt and before gzip. A function of another crate that was made for a type of ours
counts as the module's of that type; what was inlined counts where it was inlined. The budgets are in \`www/tools/budget.js\`.
`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [target, ...modules] = process.argv.slice(2);
  if (target === undefined) throw new Error("usage: node www/tools/size.js <file> [<title> <module with names> <module>]...");
  const reports = [HEAD];
  for (let at = 0; at + 2 < modules.length; at += 3) {
    const [title = "", named = "", shipped = ""] = modules.slice(at);
    reports.push(report(title, await readFile(named), await readFile(shipped)));
  }
  await writeFile(target, reports.join("\n"));
  console.log(reports.join("\n"));
}
