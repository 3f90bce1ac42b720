/** The entry `omadm/codec`: with a module of its own it says of every kind of document, and of every error, what the whole package says. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, readFile, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { copy, folder, load } from "./omadm.js";

/** @import { DmDocument } from "../../www/package/types.js" */
/** @typedef {typeof import("../../www/package/codec/codec.js")} Codec */

const run = promisify(execFile);
const whole = await load(join(folder, "node.js"));
/** @type {Codec} */
const codec = await import(pathToFileURL(join(folder, "codec/node.js")).href);

/**
 * What comes of a call, whether a value or an error.
 * @param {(from: Codec) => unknown} call
 * @param {Codec} from
 */
function outcome(call, from) {
  try {
    return { value: call(from) };
  } catch (error) {
    assert.ok(error instanceof whole.DmError, String(error));
    return { error: { ...error }, message: error.message };
  }
}

/** Asks both. @param {(from: Codec) => unknown} call @param {string} name */
function alike(call, name) {
  const found = outcome(call, codec);
  assert.deepEqual(found, outcome(call, whole), name);
  return found;
}

/** Everything that both say of octets. @param {Uint8Array} body @param {string} name @param {string} [contentType] */
function read(body, name, contentType) {
  const input = contentType === undefined ? body : { body, contentType };
  alike((from) => from.peek(input), `${name}: peek`);
  alike((from) => {
    const { error, ...seen } = from.inspect(input);
    return { ...seen, error: error && [{ ...error }, error.message] };
  }, `${name}: inspect`);
  const { value } = alike((from) => from.decode(input), name);
  if (value !== undefined) alike((from) => from.encode(/** @type {DmDocument} */ (value)), `${name}: encode`);
  return value !== undefined;
}

const location = (/** @type {string} */ uri) => ({ uri });
/** @type {Record<string, DmDocument>} */
const DOCUMENTS = {
  message: {
    type: "syncml",
    encoding: "xml",
    message: {
      header: { verDtd: "1.2", verProto: "DM/1.2", sessionId: "1", msgId: 1, target: location("IMEI:1"), source: location("https://desk.example/dm"), maxMsgSize: 4096 },
      commands: [
        { type: "replace", cmdId: "1", items: [{ target: location("./A"), meta: { format: "chr", type: "text/plain" }, data: "a <b> & ü" }] },
        { type: "get", cmdId: "2", items: [{ target: location("./B") }] },
      ],
      final: true,
    },
  },
  tree: { type: "tnds", encoding: "xml", nodes: [{ name: "A", format: "node", type: "urn:x:1.0", children: [{ name: "B", format: "bin", data: Uint8Array.of(0, 255), children: [] }] }] },
  "notification of DM 1.2": {
    type: "notification",
    notification: { form: "1.2", serverId: "desk", version: 12, uiMode: 1, initiator: 1, sessionId: 7, vendor: Uint8Array.of(1) },
    digest: new Uint8Array(16),
  },
  "notification of the draft": { type: "notification", notification: { form: "2.0-draft", serverId: "desk", uiMode: 2, initiator: 0, sessionId: 7, options: [{ number: 2, value: Uint8Array.of(1) }] } },
  "notification of DM 2.0": { type: "notification", notification: { form: "2.0", serverId: "desk", id: 9, timestamp: 1_700_000_000, connection: [1] }, digest: new Uint8Array(32) },
  "package of the draft": {
    type: "dm2",
    dialect: "draft",
    package: { kind: "request", sessionId: "7F", seq: 2, commands: [{ type: "get", uri: "urn:x:1.0/a" }, { type: "end" }], results: [200] },
  },
  "package of the approved dialect": {
    type: "dm2",
    dialect: "approved",
    package: { kind: "initiation", supported: [{ moid: "urn:x:1.0", instances: ["a"] }], data: [], alerts: [{ code: 1226, items: [{ type: "k", data: { Big: 12345678901234567890n, Text: "t" } }] }] },
  },
  "objects of the draft": { type: "mo", dialect: "draft", items: [{ uri: "oma:mo:x:1.0/", value: { Mode: "eco", List: [1, null, true] } }] },
  "objects of the approved dialect": { type: "mo", dialect: "approved", items: [{ uri: "urn:x:1.0/a/Mode", name: "Mode", value: "eco" }] },
};

test("every kind of document is written and read alike", () => {
  for (const [name, document] of Object.entries(DOCUMENTS)) {
    for (const encoding of /** @type {const} */ (["xml", "wbxml"])) {
      const isInBoth = document.type === "syncml" || document.type === "tnds";
      const options = isInBoth ? { encoding } : {};
      const { value } = alike((from) => from.encode(document, options), `${name} is written`);
      assert.ok(value !== undefined, `${name} is written`);
      const { body, contentType } = /** @type {ReturnType<Codec["encode"]>} */ (value);
      assert.ok(read(body, name), `${name} is read`);
      assert.ok(read(body, name, contentType), `${name} is read by its type`);
      for (const end of [1, body.length >> 1, body.length - 1]) read(body.subarray(0, end), `${name}, cut at ${end}`, contentType);
      if (document.type !== "notification") continue;
      const push = alike((from) => from.encodePush({ body, contentType }, { sms: {} }), "push").value;
      assert.ok(alike((from) => from.decodePush(/** @type {Uint8Array} */ (push)), "push").value !== undefined);
    }
  }
  const ddf = `<MgmtTree xmlns="syncml:dmddf1.2"><VerDTD>1.2</VerDTD><Node><NodeName>N</NodeName><DFProperties><AccessType><Get/></AccessType><DFFormat><chr/></DFFormat><DFType><MIME>text/plain</MIME></DFType></DFProperties></Node></MgmtTree>`;
  const { value } = alike((from) => from.decode(new TextEncoder().encode(ddf)), "a device description");
  assert.equal(/** @type {DmDocument} */ (value).type, "ddf");
});

test("what the fuzzing of the readers has found is read and refused alike", async () => {
  const counts = { read: 0, refused: 0 };
  for (const target of ["ddf", "detect", "dm2", "inspect", "message_wbxml", "message_xml", "notification", "tnds"]) {
    const corpus = new URL(`../fuzz/corpus/${target}/`, import.meta.url);
    for (const file of await readdir(corpus).catch(() => [])) {
      counts[read(new Uint8Array(await readFile(new URL(file, corpus))), `${target}/${file}`) ? "read" : "refused"] += 1;
    }
  }
  assert.ok(counts.read > 20 && counts.refused > 20, JSON.stringify(counts));
});

test("what the caller gives wrongly is refused alike", () => {
  for (const [name, given] of Object.entries({ nothing: undefined, text: "x", "no body": {}, "an unknown type": { type: "x" }, "an unknown member": { type: "mo", dialect: "draft", items: [], more: 1 } })) {
    const wrong = /** @type {any} */ (given);
    assert.ok("error" in alike((from) => from.decode(wrong), `decode: ${name}`));
    assert.ok("error" in alike((from) => from.encode(wrong), `encode: ${name}`));
    assert.ok("error" in alike((from) => from.peek(wrong), `peek: ${name}`));
  }
  assert.ok("error" in alike((from) => from.decode(new Uint8Array(9), { bytes: 8 }), "a limit"));
  assert.ok("error" in alike((from) => from.decode(new Uint8Array(9), /** @type {any} */ ({ byte: 8 })), "a limit that is none"));
});

test("it is found by import and require, holds no sessions, and its module is the smaller one", async (t) => {
  const own = await copy(t);
  const consumer = join(own, "consumer");
  await mkdir(join(consumer, "node_modules"), { recursive: true });
  await symlink(own, join(consumer, "node_modules/omadm"));
  const script = join(consumer, "main.mjs");
  await writeFile(
    script,
    `import { createRequire } from "node:module";
    import { readFileSync } from "node:fs";
    import * as imported from "omadm/codec";
    import { DmError } from "omadm";
    const require = createRequire(import.meta.url);
    const module = await WebAssembly.compile(readFileSync(require.resolve("omadm/codec.wasm")));
    await imported.init();
    console.log(JSON.stringify({
      same: require("omadm/codec").decode === imported.decode && imported.DmError === DmError,
      names: Object.keys(imported).sort(),
      sessions: WebAssembly.Module.exports(module).filter(({ name }) => /session|tree/i.test(name)).length,
    }));`,
  );
  const { stdout } = await run(process.execPath, [script]);
  const names = ["DmError", "decode", "decodePush", "encode", "encodePush", "init", "initSync", "inspect", "peek"];
  assert.deepEqual(JSON.parse(stdout), { same: true, names, sessions: 0 });
  const sizes = await Promise.all(["codec/omadm_bg.wasm", "omadm_bg.wasm"].map(async (file) => (await readFile(join(folder, file))).length));
  assert.ok(Number(sizes[0]) * 2 < Number(sizes[1]), sizes.join(" and "));
});

test("on the web it is loaded by init, and each entry says whose module it is not", async (t) => {
  /** @type {Codec} */
  const web = await import(pathToFileURL(join(await copy(t), "codec/web.js")).href);
  assert.throws(() => web.decode(new Uint8Array()), { code: "state" });
  await web.init(readFile(join(folder, "codec/omadm_bg.wasm")));
  const { body } = web.encode(/** @type {DmDocument} */ (DOCUMENTS.message));
  assert.equal(web.decode(body).type, "syncml");
});
