/** The rows P, X and W of the catalogue, asked of the package: the same table as tests/catalogue.rs, which says how it is written. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import omadm, { copy, load, message, thrown, wrong } from "./omadm.js";

/** @import { SyncMlDocument } from "../../www/package/types.js" */

/** @typedef {string | ["*", number, string]} Piece */
/** @typedef {{ code: string; fault?: string; offset?: number; path?: string; expected?: string; limit?: string; status?: number; http?: number }} Wanted */
/** @typedef {{ error?: Wanted; equals?: string; value?: Record<string, unknown> }} Result */
/** @typedef {{ row: string; name: string; input: Piece[]; contentType?: string; open?: true | "js"; outcome: Result }} Case */

/** @type {{ parts: Record<string, string>; samples: string[]; cases: Case[] }} */
const { parts, samples, cases } = JSON.parse(await readFile(new URL("../catalogue/cases.json", import.meta.url), "utf8"));
const titles = new Map(cases.map((one) => [`${one.row} ${one.name}`, one]));

/** The most octets of the input that an error may quote. */
const MAX_QUOTED = 64;

/**
 * The octets of an input, and the place that is marked in them.
 * @param {Piece[]} pieces
 */
function expand(pieces) {
  /** @type {Buffer[]} */
  const octets = [];
  let length = 0;
  /** @type {number | undefined} */
  let mark;
  for (const piece of pieces) {
    if (piece === "^") {
      mark = length;
      continue;
    }
    const added = typeof piece === "string" ? single(piece) : Buffer.alloc(piece[1] * single(piece[2]).length, single(piece[2]));
    octets.push(added);
    length += added.length;
  }
  return { body: new Uint8Array(Buffer.concat(octets)), mark };
}

/** @param {string} piece @returns {Buffer} */
function single(piece) {
  if (piece.startsWith("#")) return Buffer.from(piece.slice(1), "hex");
  if (!piece.startsWith("@")) return Buffer.from(piece);
  const part = parts[piece.slice(1)];
  assert.ok(part !== undefined, piece);
  return single(part);
}

/** @param {Uint8Array} body @param {string} [contentType] */
const decode = (body, contentType) => {
  // By its octets alone a tree is a document of its own.
  const declared = contentType ?? (Buffer.from(body).includes("<MgmtTree") ? "application/vnd.syncml.dm+xml" : undefined);
  return message(declared === undefined ? body : { body, contentType: declared });
};

/** What a JSON pointer finds, octets as the numbers that they are. @param {unknown} value @param {string} pointer */
function at(value, pointer) {
  let found = value;
  for (const key of pointer.split("/").slice(1)) found = /** @type {any} */ (found)?.[key];
  return found instanceof Uint8Array ? [...found] : found;
}

/** What is written reads as what was written; see the same in Rust. @param {SyncMlDocument} document */
function checkWritten(document) {
  const again = decode(omadm.encode(document).body);
  if (!JSON.stringify(document).includes('"markup":')) assert.deepEqual(again.message, document.message);
  assert.deepEqual(decode(omadm.encode(again).body), again);
}

/** @param {Case} one */
function check({ input, contentType, outcome }) {
  const { body, mark } = expand(input);
  if (outcome.error === undefined) {
    const document = decode(body, contentType);
    for (const [pointer, wanted] of Object.entries(outcome.value ?? {})) assert.deepEqual(at(document.message, pointer), wanted, pointer);
    if (outcome.equals !== undefined) {
      const other = titles.get(outcome.equals);
      assert.ok(other, outcome.equals);
      assert.deepEqual(document.message, decode(expand(other.input).body).message);
    }
    checkWritten(document);
    return;
  }
  const error = thrown(() => decode(body, contentType));
  const { code, fault, offset, path, expected, limit, status, http } = error;
  const all = { fault: "input", offset: mark, path: undefined, expected: undefined, limit: undefined, status: 400, http: 400 };
  assert.deepEqual({ code, fault, offset, path, expected, limit, status, http }, { ...all, ...outcome.error });
  const text = Buffer.from(error.message);
  for (let start = 0; start + MAX_QUOTED < text.length; start++) {
    assert.ok(!Buffer.from(body).includes(text.subarray(start, start + MAX_QUOTED + 1)), `quotes too much: ${error.message}`);
  }
}

for (const [group, name] of Object.entries({ P: "what must be accepted", X: "what must be refused in XML", W: "what must be refused in WBXML" })) {
  test(name, () => {
    const own = cases.filter(({ row }) => row.startsWith(group));
    assert.ok(own.length > 50, `${own.length}`);
    for (const one of own) {
      const title = `${one.row} ${one.name}`;
      let problem;
      try {
        check(one);
      } catch (caught) {
        problem = caught;
      }
      if (one.open) assert.ok(problem, `${title}: is open no more`);
      else if (problem) throw new Error(title, { cause: problem });
    }
  });
}

/** @param {string} text */
const octets = (text) => new TextEncoder().encode(text);

test("X24 W31 every sample cut at every octet, in both encodings", () => {
  assert.equal(samples.length, 20);
  for (const text of samples) {
    const wbxml = omadm.encode(decode(octets(text)), { encoding: wrong("wbxml") }).body;
    for (const body of [octets(text), wbxml]) {
      for (let end = 0; end < body.length; end++) {
        const { code, offset } = thrown(() => decode(body.subarray(0, end)));
        assert.ok(["truncated", body === wbxml ? "range" : "encoding"].includes(code), `${code} at ${end}`);
        assert.ok(offset !== undefined && offset <= end);
      }
    }
  }
});

test("W30 every octet replaced by every other", () => {
  const bodies = samples.map((text) => omadm.encode(decode(octets(text)), { encoding: wrong("wbxml") }).body);
  let [taken, refused, open] = [0, 0, 0];
  for (const body of bodies.sort((one, other) => one.length - other.length).slice(0, 5)) {
    assert.ok(body.length <= 300);
    for (let at = 0; at < body.length; at++) {
      const damaged = body.slice();
      for (let octet = 0; octet < 256; octet++) {
        damaged[at] = octet;
        let document;
        try {
          document = decode(damaged);
        } catch (error) {
          assert.ok(error instanceof omadm.DmError && error.fault === "input");
          refused++;
          continue;
        }
        taken++;
        try {
          checkWritten(document);
        } catch (error) {
          // Open: an element of a message in Meta is read as one of Meta's, which has no token.
          assert.match(String(error), /no token for/);
          open++;
        }
      }
    }
  }
  assert.ok(taken > 1000 && refused > 1000, `${taken} ${refused} ${open}`);
});

test("X62 what cannot stand in a message is not written", () => {
  const document = decode(octets(/** @type {string} */ (samples[9])));
  const fill = (/** @type {string} */ text) => JSON.parse(JSON.stringify(document).replaceAll("./B", `./B${JSON.stringify(text).slice(1, -1)}`));
  for (const encoding of ["xml", "wbxml"].map(wrong)) {
    assert.equal(at(decode(omadm.encode(fill("\u{1f600}"), { encoding }).body).message, "/commands/0/commands/0/items/0/target/uri"), "./B\u{1f600}");
    for (const text of ["\0", "\u0001", "\u001f", "\ufffe", "\uffff"]) {
      const error = thrown(() => omadm.encode(fill(text), { encoding }));
      assert.deepEqual([error.code, error.fault], ["char", "caller"], `${JSON.stringify(text)} in ${encoding}`);
    }
    // Open: these too must be `char`.
    for (const text of ["\ud800", "\udfff", "\ude00\ud83d"]) {
      const error = thrown(() => omadm.encode(fill(text), { encoding }));
      assert.deepEqual([error.code, error.fault], ["arg", "caller"], `${JSON.stringify(text)} in ${encoding}`);
    }
  }
});

test("X32 X33 X35 X37 W07 W20 W32 memory stays within 6 times the input and a MiB", async (t) => {
  const big = cases.filter(({ row, open }) => ["X32", "X33", "X35", "X37", "W07", "W20", "W32"].includes(row) && open !== true);
  assert.ok(big.length > 20, `${big.length}`);
  for (const one of big) {
    const { body } = expand(one.input);
    const { decode, memory } = await alone(t);
    // What the module itself takes for its first call is no matter of the input.
    try {
      decode(octets("<SyncML/>"));
    } catch {}
    const before = memory.buffer.byteLength;
    try {
      decode(body);
    } catch {}
    const grown = memory.buffer.byteLength - before;
    const bound = (isOpen(one) ? 16 : 6) * body.length + (1 << 20);
    assert.ok(grown <= bound, `${one.row} ${one.name}: ${grown} octets for ${body.length}`);
  }
});

/** Open: strings that are referred to again and again take more than they may. @param {Case} one */
const isOpen = ({ name }) => name.includes("references to the string table") || name.includes("of 500,000 octets");

/** A copy of the package with a memory of its own. @param {import("node:test").TestContext} t */
async function alone(t) {
  const { Instance } = WebAssembly;
  /** @type {WebAssembly.Memory | undefined} */
  let memory;
  WebAssembly.Instance = /** @type {typeof Instance} */ (
    class extends Instance {
      /** @param {WebAssembly.Module} module @param {WebAssembly.Imports} [imports] */
      constructor(module, imports) {
        super(module, imports);
        memory = /** @type {WebAssembly.Memory} */ (this.exports.memory);
      }
    }
  );
  try {
    const { decode } = await load(join(await copy(t), "node.js"));
    assert.ok(memory);
    return { decode, memory };
  } finally {
    WebAssembly.Instance = Instance;
  }
}
