/** The parts of the console that know no page. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
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
  const alias = { "omadm/objects": fileURLToPath(new URL("../../pkg/objects/objects.js", import.meta.url)) };
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, format: "esm", write: false, alias });
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
  const { HIDDEN, redact, redactHmac, redactText, secretsOf } = await load("redact");
  const status = {
    type: "status", cmd: "SyncHdr", targetRefs: [], sourceRefs: [], code: 407, items: [],
    cred: { type: "syncml:auth-md5", data: "c2Vjb25k" }, chal: { type: "syncml:auth-md5", nextNonce: "dGhpcmQ=" },
  };
  const message = { header: { cred: { type: "syncml:auth-basic", data: "Zmlyc3Q=" } }, commands: [status], final: true };
  assert.deepEqual(secretsOf(message), ["Zmlyc3Q=", "c2Vjb25k", "dGhpcmQ="]);
  assert.doesNotMatch(JSON.stringify(redact(message)), /Zmlyc3Q=|c2Vjb25k|dGhpcmQ=/);
  assert.equal(redactText("<Data>Zmlyc3Q=</Data><NextNonce>dGhpcmQ=</NextNonce>", message), `<Data>${HIDDEN}</Data><NextNonce>${HIDDEN}</NextNonce>`);
  assert.equal(message.header.cred.data, "Zmlyc3Q=");
  for (const mac of ['"c2Vj, cmV0"', "c2VjcmV0"]) assert.equal(redactHmac(`algorithm=MD5, username="u", mac=${mac}`), `algorithm=MD5, username="u", mac=${HIDDEN}`);
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

test("hex, dumps and base64 are told apart, whatever their length and whatever stands beside the octets", async () => {
  const { captureOf } = await load("capture");
  for (let length = 8; length <= 70; length += 1) {
    // Octets whose characters look like hex themselves.
    const octets = Buffer.from(`\x02${"ab cd ef 01 23 face beef ".repeat(3)}`.slice(0, length));
    const digits = [...octets].map((octet) => octet.toString(16).padStart(2, "0"));
    /** @param {(row: string[], at: number, characters: string) => string} line */
    const dumped = (line) =>
      Array.from({ length: Math.ceil(length / 16) }, (_, row) => line(digits.slice(16 * row, 16 * row + 16), 16 * row, octets.toString("latin1", 16 * row, 16 * row + 16).replace("\x02", "."))).join("\n");
    const hex8 = (/** @type {number} */ at) => at.toString(16).padStart(8, "0");
    /** @type {Record<string, [string, string]>} */
    const forms = {
      digits: ["hex", digits.join("")],
      blanks: ["hex", digits.join(" ")],
      lines: ["hex", digits.join("").replaceAll(/.{60}/g, "$&\r\n")],
      array: ["hex", `{ ${digits.map((octet) => `0x${octet}`).join(", ")} };`],
      escapes: ["hex", `"${digits.map((octet) => `\\x${octet}`).join("")}"`],
      colons: ["hex", digits.join(":").toUpperCase()],
      xxd: ["dump", dumped((row, at, text) => `${hex8(at)}: ${row.join("").replaceAll(/.{4}(?=.)/g, "$& ").padEnd(39)}  ${text}`)],
      hexdump: ["dump", `${dumped((row, at, text) => `${hex8(at)}  ${`${row.slice(0, 8).join(" ")}  ${row.slice(8).join(" ")}`.padEnd(48)}  |${text}|`)}\n${hex8(length)}\n`],
      od: ["dump", `${dumped((row, at) => `${hex8(at).slice(2)} ${row.join(" ")}`)}\n${hex8(length).slice(2)}`],
      wireshark: ["dump", dumped((row, at, text) => `${hex8(at).slice(4)}   ${row.join(" ").padEnd(47)}   ${text}`)],
      base64: ["base64", octets.toString("base64")],
      unpadded: ["base64", octets.toString("base64url")],
      data: ["base64", `data:application/vnd.syncml.dm+wbxml;base64,${octets.toString("base64")}`],
    };
    for (const [name, [kind, text]] of Object.entries(forms)) {
      const { bytes, placeOf, ...rest } = captureOf(text);
      assert.deepEqual([rest.kind, Buffer.from(bytes).toString("hex"), rest.rest], [kind, digits.join(""), undefined], `${name}, ${length} octets`);
      if (kind === "base64") continue;
      for (const [at, octet] of digits.entries()) assert.equal(text.slice(placeOf(at).index, placeOf(at).index + placeOf(at).length).toLowerCase(), octet, name);
      assert.equal(placeOf(length).length, 0);
    }
  }
});

test("what is neither hex nor base64 is text, and a capture that is cut loses no more than half an octet", async () => {
  const { captureOf } = await load("capture");
  for (const text of ["", "hello", "Test", "face", "a b", "12345", "these are words", "<SyncML>", " \ufeff<a/>", "02a4 zz", "0x", "deadbeef0 1"]) {
    const { kind, bytes } = captureOf(text);
    assert.deepEqual([kind, Buffer.from(bytes).toString()], ["text", text], text);
  }
  assert.deepEqual(captureOf("02a4016a0").rest, "half an octet at the end is left out");
  assert.equal(Buffer.from(captureOf("02 a4 01 6a 0").bytes).toString("hex"), "02a4016a00");
  // Offsets that do not fit are no offsets.
  assert.equal(captureOf("02a4 016a\n006d 6c71").kind, "hex");
  assert.deepEqual([captureOf("AqQBagBtb").kind, captureOf("AqQBagBtb").bytes.length, captureOf("AqQBagBtb").rest], ["base64", 6, "a character at the end is left out"]);
  assert.equal(captureOf("00000000\nffffffff").bytes.length <= 8, true, "nothing is taken for long because it says so");
});

test("credentials and nonces are found in octets by the outline, and wherever else they stand", async () => {
  const { secretRanges } = await load("secrets");
  const bytes = new Uint8Array(Buffer.from("c2VjcmV0|--c2VjcmV0--n0nce-"));
  const leaf = (/** @type {string} */ name, /** @type {number} */ start, /** @type {number} */ end, /** @type {string} */ text) => ({ name, start, end, text, children: [] });
  const around = (/** @type {string} */ name, /** @type {object[]} */ children) => ({ name, start: 0, end: bytes.length, children });
  const outline = around("SyncML", [around("Cred", [leaf("Data", 10, 20, "c2VjcmV0")]), around("Meta", [leaf("NextNonce", 21, 26, "n0nce")]), leaf("Data", 26, 27, "x")]);
  const covered = new Set();
  for (const { start, end } of secretRanges(bytes, outline, undefined)) for (let at = start; at < end; at += 1) covered.add(at);
  assert.equal(Buffer.from(bytes.map((octet, at) => (covered.has(at) ? 0x2a : octet))).toString(), "********|-**********-*****-");
});

test("drafts become commands, and say in words what is missing", async () => {
  const { commandOf, innerTypes, newDraft, newItem, wordsOf } = await load("draft");
  const draft = (/** @type {string} */ type, /** @type {object} */ fields = {}) => ({ ...newDraft(type), ...fields });
  const item = (/** @type {object} */ fields) => ({ ...newItem(), ...fields });
  const octets = Uint8Array.of(0, 255);
  /** @type {[object, object, string][]} */
  const cases = [
    [draft("get", { uris: " ./A \n\n" }), { type: "get", uri: "./A" }, "Get ./A"],
    [draft("delete", { uris: "./A\n./B\n./C" }), { type: "delete", uri: ["./A", "./B", "./C"] }, "Delete ./A and 2 more"],
    [
      draft("add", { items: [item({ uri: "./A", format: "node", value: "x" }), item({ uri: "./A/B", format: "bin", value: "00 ff", mime: " image/png " }), item({ uri: "./C", format: "null", value: "x" })] }),
      { type: "add", items: [{ uri: "./A", format: "node" }, { uri: "./A/B", data: octets, format: "bin", mime: "image/png" }, { uri: "./C", format: "null" }] },
      "Add ./A and 2 more",
    ],
    [draft("replace", { items: [item({ uri: "./A", format: "xml", value: "<a/>" })] }), { type: "replace", items: [{ uri: "./A", data: { markup: "<a/>" }, format: "xml" }] }, "Replace ./A"],
    [draft("copy", { from: "./A", to: "./B" }), { type: "copy", from: "./A", to: "./B" }, "Copy ./A to ./B"],
    [draft("exec", { uri: "./A" }), { type: "exec", uri: "./A" }, "Exec ./A"],
    [draft("exec", { uri: "./A", data: "7", format: "int", correlator: "c" }), { type: "exec", uri: "./A", data: "7", format: "int", correlator: "c" }, "Exec ./A"],
    [draft("display", { text: "Hello" }), { type: "display", text: "Hello" }, "Show a text: Hello"],
    [
      draft("choose", { text: "Which?", choices: "Red\n Green ", multiple: true, options: { minDisplay: "2", maxDisplay: "", default: "1-2", maxLength: "", inputType: "", echo: "" } }),
      { type: "choose", text: "Which?", choices: ["Red", "Green"], multiple: true, options: { minDisplay: 2, default: "1-2" } },
      "Offer a choice: Which?",
    ],
    [
      draft("sequence", { commands: [draft("get", { uris: "./A" }), draft("confirm", { text: "Sure?" })] }),
      { type: "sequence", commands: [{ type: "get", uri: "./A" }, { type: "confirm", text: "Sure?" }] },
      "Sequence (Get ./A, Ask yes or no: Sure?)",
    ],
  ];
  for (const [from, command, words] of cases) {
    assert.deepEqual(commandOf(from), command);
    assert.equal(wordsOf(command), words);
  }
  /** @type {[object, RegExp][]} */
  const faults = [
    [draft("get", { uris: " \n" }), /^Get names no node$/],
    [draft("atomic"), /^Atomic holds no command$/],
    [draft("add", { items: [item({ uri: "./A", format: "bin", value: "0" })] }), /hex digits/],
    [draft("input", { text: "x", options: { minDisplay: "", maxDisplay: "soon", default: "", maxLength: "", inputType: "", echo: "" } }), /The longest time is a whole number from 1, not “soon”/],
    [draft("input", { text: "x", options: { minDisplay: "", maxDisplay: "", default: "", maxLength: "0", inputType: "", echo: "" } }), /The longest answer/],
  ];
  for (const [from, words] of faults) assert.throws(() => commandOf(from), (/** @type {Error} */ error) => words.test(error.message));
  for (const barred of ["get", "exec", "atomic", "sequence"]) assert.equal(innerTypes("atomic").includes(barred), false);
  assert.deepEqual(["sequence", "atomic", "exec"].map((type) => innerTypes("sequence").includes(type)), [true, false, true]);
});

test("settings become an account, a configuration and a trigger", async () => {
  const { DEFAULTS, accountOf, configOf, linesIn, sizeIn, triggerOf } = await load("settings");
  assert.deepEqual(accountOf({ ...DEFAULTS, scheme: "sha256", serverScheme: "transport" }).client.schemes, ["sha256"]);
  assert.equal(accountOf({ ...DEFAULTS, serverScheme: "transport" }).server, "transport");
  assert.deepEqual(accountOf({ ...DEFAULTS, scheme: "md5", serverScheme: "hmac" }).server.schemes, ["hmac"]);
  assert.equal("maxMsgSize" in configOf(DEFAULTS, "https://x/dm"), false);
  assert.equal(configOf({ ...DEFAULTS, maxMsgSize: " 2000 " }, "https://x/dm").maxMsgSize, 2_000);
  assert.equal("maxObjSize" in configOf(DEFAULTS, "https://x/dm"), false);
  assert.equal(configOf({ ...DEFAULTS, maxObjSize: "50000" }, "https://x/dm").maxObjSize, 50_000);
  for (const text of ["0", "-1", "1.5", "2k"]) assert.throws(() => sizeIn(text, "MaxObjSize"), /MaxObjSize is a whole number of octets/);
  assert.deepEqual(linesIn(" a \n\n b"), ["a", "b"]);
  assert.deepEqual(triggerOf({ ...DEFAULTS, requested: "urn:x" }), { by: "user" });
  const trigger = triggerOf({ ...DEFAULTS, initiatedBy: "server", requested: "urn:x\nurn:y" });
  assert.deepEqual([trigger.by, trigger.requested, trigger.sessionId >= 1 && trigger.sessionId <= 65_535], ["server", ["urn:x", "urn:y"], true]);
});

test("how far a large object is, in words, and which of its messages may be folded away", async () => {
  const { between, progressWords } = await load("large-object");
  const object = { state: "going", chunks: 3, octets: 3_000, total: 10_000, messages: [1, 2, 3, 4, 5] };
  assert.equal(progressWords(object), "chunk 3 of about 10, 3,000 of 10,000 octets");
  assert.equal(progressWords({ ...object, chunks: 1, octets: 9_999 }), "chunk 1 of about 2, 9,999 of 10,000 octets");
  assert.equal(progressWords({ ...object, octets: 0 }), "chunk 3 of about 30,000, 0 of 10,000 octets");
  assert.equal(progressWords({ ...object, state: "whole", octets: 10_000 }), "3 chunks, 10,000 octets");
  assert.equal(progressWords({ ...object, state: "whole", chunks: 1 }), "1 chunk, 10,000 octets");
  assert.equal(progressWords({ ...object, state: "broken" }), "broken off behind chunk 3, 3,000 of 10,000 octets");
  assert.deepEqual(between(object), []);
  const many = { ...object, messages: [1, 3, 4, 5, 6, 7, 8, 9] };
  assert.deepEqual(between(many), [3, 4, 5, 6, 7, 8, 9]);
  assert.deepEqual(between({ ...many, state: "whole" }), [], "the last has the last chunk");
  assert.deepEqual(between({ ...many, state: "whole", messages: [...many.messages, 10] }), [3, 4, 5, 6, 7, 8, 9]);
});

test("JSON for people is cut, JSON for the server is not", async () => {
  const { jsonOf } = await load("admin");
  const value = [{ data: "x".repeat(2_000) }, { data: new Uint8Array(2_000) }];
  assert.equal(JSON.parse(jsonOf(value))[1].data.base64, Buffer.alloc(2_000).toString("base64"));
  assert.deepEqual(JSON.parse(jsonOf(value, { most: 1_000 })).map((/** @type {any} */ { data }) => (data.base64 ?? data).length), [1_001, 1_001]);
});

test("every alert and status of the engines has a name", async () => {
  const { alertName, statusName } = await load("names");
  const source = await readFile(new URL("../../src/status.rs", import.meta.url), "utf8");
  const codes = Array.from(source.matchAll(/^ {4}[A-Z0-9_]+ = (\d+),$/gm), ([, code]) => Number(code));
  assert.ok(codes.length > 40, String(codes.length));
  for (const code of codes) assert.notEqual(code >= 1_000 ? alertName(code) : statusName(code), "", String(code));
});

test("a seed gives the clock and the randomness that the command draws from it", async () => {
  const { sha256 } = await load("sha256");
  for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 1_000]) {
    const octets = new Uint8Array(length).map((_, at) => (at * 7) % 256);
    assert.equal(Buffer.from(sha256(octets)).toString("hex"), createHash("sha256").update(octets).digest("hex"), String(length));
  }
  const { Chance } = await load("chance");
  /** @type {any} */
  const { Random } = await import(new URL("../../pkg/cli/random.js", import.meta.url).href);
  for (const [seed, deviceId] of [["7", "IMEI:1"], ["\u00e4\u{1d11e}\"", "IMEI:2"]]) {
    const [ours, theirs] = [new Chance(seed, deviceId), new Random(seed, deviceId)];
    for (let call = 0; call < 12; call += 1) assert.deepEqual(ours.env(), theirs.env());
  }
  assert.equal(new Chance("", "IMEI:1").env(), undefined);
});

test("drafts of DM 2.0 become its commands, and no Atomic holds them", async () => {
  const { commandOf, innerTypes, newDraft, wordsOf } = await load("draft");
  const draft = (/** @type {string} */ type, /** @type {object} */ fields = {}) => ({ ...newDraft(type), ...fields });
  const uri = "urn:oma:mo:x:1.0//A";
  const url = "https://a.example/x";
  /** @type {[object, object, string][]} */
  const cases = [
    [draft("hget", { from: ` ${url} ` }), { type: "hget", from: url }, `HGET ${url}`],
    [draft("hget", { from: url, to: uri }), { type: "hget", from: url, to: uri }, `HGET ${url}`],
    [draft("hput", { uris: `${uri}\n\n b `, to: url }), { type: "hput", from: [uri, "b"], to: url }, `HPUT ${uri} and 1 more to ${url}`],
    [draft("hpost", { uris: uri, to: url }), { type: "hpost", from: [uri], to: url }, `HPOST ${uri} to ${url}`],
    [draft("show", { url }), { type: "show", url }, `SHOW ${url}`],
    [draft("cont", { url }), { type: "cont", url }, `CONT ${url}`],
    [draft("default", { url, moid: "urn:oma:mo:x:1.0" }), { type: "default", url, moid: "urn:oma:mo:x:1.0" }, `DEFAULT urn:oma:mo:x:1.0 from ${url}`],
    [draft("sub", { url, uri }), { type: "sub", url, uri }, `SUB ${uri} to ${url}`],
    [draft("unsub", { uri }), { type: "unsub", uri }, `UNSUB ${uri}`],
    [draft("exec", { uri, reportTo: url }), { type: "exec", uri, reportTo: url }, `Exec ${uri}`],
  ];
  for (const [from, command, words] of cases) {
    assert.deepEqual(commandOf(from), command);
    assert.equal(wordsOf(command), words);
  }
  assert.throws(() => commandOf(draft("hput", { to: url })), /HPUT sends no node/);
  assert.ok(!innerTypes("atomic").includes("hget"));
  assert.ok(innerTypes("sequence").includes("hget"));
});

test("data is exchanged without credentials and redirections, and no more of it than is taken", async () => {
  const { basic, exchange: exchangeOver } = await load("exchange");
  // Nothing here is for the page's own repository.
  const exchange = (/** @type {(url: string, init: RequestInit) => Promise<Response>} */ fetch, /** @type {object} */ request) => exchangeOver(fetch, undefined, request);
  const call = { type: "http", ticket: 1, method: "PUT", url: "https://a.example/x", headers: { "content-type": "text/plain" }, body: new Uint8Array([1, 2]) };
  /** @type {unknown[]} */
  const asked = [];
  const answered = await exchange(async (/** @type {string} */ url, /** @type {RequestInit} */ init) => {
    asked.push([url, init]);
    return new Response("ok", { status: 201, headers: { "omadm-accept": "x" } });
  }, call);
  const { headers, body } = call;
  assert.deepEqual(asked, [[call.url, { method: "PUT", headers, body, cache: "no-store", credentials: "omit", redirect: "error" }]]);
  assert.equal(answered.response.status, 201);
  assert.equal(answered.response.headers.get("omadm-accept"), "x");
  assert.deepEqual(answered.response.body, new TextEncoder().encode("ok"));
  assert.deepEqual(await exchange(async () => Promise.reject(new TypeError("no network")), call), { failed: "network" });
  let parts = 0;
  const endless = new ReadableStream({ pull: (controller) => (parts += 1, controller.enqueue(new Uint8Array(1 << 20))) });
  assert.deepEqual(await exchange(async () => new Response(endless), call), { failed: "tooLarge" });
  assert.ok(parts < 20);
  assert.deepEqual((await exchange(async () => new Response(null, { status: 204 }), call)).response.body, new Uint8Array());
  assert.equal(basic({ user: "Zoë", password: "p:ß" }), `Basic ${Buffer.from("Zoë:p:ß").toString("base64")}`);
});
