/** The parts of the console that know no page. */
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const require = createRequire(new URL("../../www/package.json", import.meta.url));
const { build } = /** @type {typeof import("esbuild")} */ (require("esbuild"));

/**
 * @template T
 * @param {string} name
 * @returns {Promise<T>}
 */
async function load(name) {
  const entry = fileURLToPath(new URL(`../../www/console/model/${name}.ts`, import.meta.url));
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, format: "esm", write: false });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0]?.contents ?? "").toString("base64")}`);
}

test("an offset in octets becomes a line, a column and an index of the textarea", async () => {
  const { positionOf } = await load("position");
  const text = "<a>é\n\t€𝄞x</a>";
  /** @type {[string, number][]} */
  const offsets = [...text].map((character, index, all) => [character, Buffer.byteLength(all.slice(0, index).join(""))]);
  for (const [character, offset] of offsets) {
    const { index, length } = positionOf(text, offset);
    assert.equal(text.slice(index, index + length), character);
    for (let inside = 1; inside < Buffer.byteLength(character); inside += 1) assert.equal(positionOf(text, offset + inside).index, index);
  }
  assert.deepEqual(positionOf(text, Buffer.byteLength("<a>é\n\t€𝄞")), { index: 9, length: 1, line: 2, column: 4 });
  assert.deepEqual(positionOf(text, 999), { index: text.length, length: 0, line: 2, column: 9 });
  assert.deepEqual(positionOf("", 0), { index: 0, length: 0, line: 1, column: 1 });
});

test("an excerpt marks the character and cuts long lines", async () => {
  const { excerptOf, positionOf } = await load("position");
  const text = `one\ntwo ${"x".repeat(500)}&${"y".repeat(500)}\nthree\nfour`;
  const lines = excerptOf(text, positionOf(text, text.indexOf("&")));
  assert.deepEqual(lines.map((/** @type {{ number: number }} */ { number }) => number), [1, 2, 3, 4]);
  assert.equal(lines[1].mark, "&");
  assert.match(lines[1].before, /^…x{60}$/);
  assert.match(lines[1].after, /^y+…$/);
  assert.ok(lines[1].after.length <= 61);
  assert.equal(lines[0].mark, undefined);
});

test("a summary names commands, codes and places, and never data", async () => {
  const { summaryOf } = await load("summary");
  const status = (/** @type {number} */ code) => ({ type: "status", cmd: "Get", targetRefs: [], sourceRefs: [], code, items: [] });
  const item = (/** @type {string} */ uri) => ({ target: { uri }, data: "secret" });
  const commands = [
    status(212),
    status(200),
    status(200),
    { type: "sequence", commands: [{ type: "alert", code: 1101, items: [{ data: "secret" }] }, { type: "replace", items: [item("./a/b")] }] },
    { type: "add", items: [item("./c/d"), item("./c/e")] },
    { type: "get", items: [item("./f/g"), item("./h")] },
    { type: "unknown", element: { ns: "", name: "Put", children: [] } },
  ];
  assert.equal(
    summaryOf({ header: {}, commands, final: true }),
    "Status 212 · Status 200 ×2 · Sequence (Alert 1101, Replace ./a/b) · Add ./c (2) · Get ./f/g (2) · Put",
  );
  assert.equal(summaryOf({ header: {}, commands: [], final: true }), "nothing to do");
});

test("credentials and nonces are hidden, in the message and in its text", async () => {
  const { HIDDEN, redact, redactText, secretsOf } = await load("redact");
  const status = {
    type: "status", cmd: "SyncHdr", targetRefs: [], sourceRefs: [], code: 407, items: [],
    cred: { type: "syncml:auth-md5", data: "c2Vjb25k" }, chal: { type: "syncml:auth-md5", nextNonce: "dGhpcmQ=" },
  };
  const message = { header: { cred: { type: "syncml:auth-basic", data: "Zmlyc3Q=" } }, commands: [status], final: true };
  assert.deepEqual(secretsOf(message), ["Zmlyc3Q=", "c2Vjb25k", "dGhpcmQ="]);
  assert.doesNotMatch(JSON.stringify(redact(message)), /Zmlyc3Q=|c2Vjb25k|dGhpcmQ=/);
  assert.equal(redactText("<Data>Zmlyc3Q=</Data><NextNonce>dGhpcmQ=</NextNonce>", message), `<Data>${HIDDEN}</Data><NextNonce>${HIDDEN}</NextNonce>`);
  assert.equal(message.header.cred.data, "Zmlyc3Q=");
});

test("octets are shown as text, as the words in them, or as hex", async () => {
  const { legible } = await load("octets");
  const octets = (/** @type {string} */ text) => new Uint8Array(Buffer.from(text, "latin1"));
  assert.equal(legible(new Uint8Array(Buffer.from("Grüße\nan alle")), 40), "“Grüße\nan alle”");
  assert.equal(legible(octets("\0\x01depot.example\0ab\xffCNN and more"), 40), "“depot.example · CNN and more”");
  assert.equal(legible(octets("\0depot.example"), 5), "“depot…”");
  assert.equal(legible(octets("\0\x01\xfe"), 40), "00 01 fe");
  assert.equal(legible(octets("\0\x01\xfe"), 6), "00 01 …");
  assert.equal(legible(octets(""), 40), "“”");
});
