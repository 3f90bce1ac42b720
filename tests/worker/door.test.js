/** What is refused before any object is called into being. */
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { test } from "node:test";
import { deflateSync, gzipSync } from "node:zlib";
import { Device, MEDIA_TYPE, Rig, WBXML } from "./rig.js";
import { exchange } from "./http.js";

const LIMIT = 1_048_576;
const STEP = 65_536;

/** @param {Rig} rig */
async function objects(rig) {
  const entries = await readdir(rig.folder, { recursive: true });
  return entries.filter((entry) => /Device\/[0-9a-f]{64}\.sqlite$/.test(entry)).length;
}

/**
 * The first message of a device without an account.
 * @param {Rig} rig
 * @param {"xml" | "wbxml"} encoding
 */
async function first(rig, encoding) {
  const account = { client: { user: "u", secret: { password: "p" }, schemes: [/** @type {const} */ ("basic")] }, server: /** @type {const} */ ("transport") };
  const request = new Device(rig, { deviceId: "nobody", serverId: "omadm", ...account }, { encoding }).next();
  assert.ok(request);
  return request;
}

/** @param {Response} response */
async function assertPlain(response) {
  assert.match(response.headers.get("content-type") ?? "", /^text\/plain/);
  assert.match(await response.text(), /^[a-z-]+: [^\n]{1,200}\n$/);
}

test("K09 methods, media types and charsets are refused, and no object is created", async (t) => {
  const rig = await Rig.start(t);
  const url = `${rig.url}/dm`;
  for (const method of ["GET", "PUT", "OPTIONS", "HEAD", "DELETE", "PATCH"]) {
    const response = await fetch(url, { method });
    assert.equal(response.status, 405, method);
    assert.equal(response.headers.get("allow"), "POST");
    if (method !== "HEAD") await assertPlain(response);
  }
  const refused = [
    "text/xml",
    "application/xml",
    "application/vnd.syncml+xml",
    "application/vnd.syncml+wbxml",
    "application/vnd.syncml.dmtnds+wbxml",
    `${WBXML}x`,
    `${WBXML}; charset=utf-16`,
    `${MEDIA_TYPE}x`,
    `${MEDIA_TYPE}; charset=utf-16`,
    `${MEDIA_TYPE}; charset="iso-8859-1"`,
    `${MEDIA_TYPE}; verproto=1.2; CHARSET=us-ascii`,
  ];
  for (const type of refused) {
    const response = await rig.post(url, "<SyncML/>", { "content-type": type });
    assert.equal(response.status, 415, type);
    await assertPlain(response);
  }
  assert.equal((await fetch(url, { method: "POST", body: Buffer.from("<SyncML/>") })).status, 415, "no media type");
  for (const type of [WBXML, WBXML.toUpperCase(), `${WBXML}; charset=utf-8`, MEDIA_TYPE.toUpperCase(), `${MEDIA_TYPE};charset=UTF-8`, `${MEDIA_TYPE} ; Charset="utf-8"; verdtd=1.2`]) {
    assert.equal((await rig.post(url, "<SyncML/>", { "content-type": type })).status, 400, type);
  }
  assert.equal(await objects(rig), 0);
});

test("what is no message is refused with 400 and a plain line", async (t) => {
  const rig = await Rig.start(t);
  for (const body of ["", "x", "<SyncML", "<SyncML/>", "<!DOCTYPE SyncML><SyncML/>", "\0\0\0"]) {
    const response = await rig.post(`${rig.url}/dm`, body);
    assert.equal(response.status, 400, body.slice(0, 20));
    await assertPlain(response);
  }
  assert.equal(await objects(rig), 0);
});

test("what is no message in WBXML is refused with 400 and a plain line", async (t) => {
  const rig = await Rig.start(t);
  const { url, body } = await first(rig, "wbxml");
  const xml = await first(rig, "xml");
  /** @type {[string, Uint8Array | string, string][]} */
  const cases = [
    ["empty", "", WBXML],
    ["its head alone", body.subarray(0, 4), WBXML],
    ["cut", body.subarray(0, body.length / 2), WBXML],
    ["an unknown version", Uint8Array.from(body, (octet, at) => (at === 0 ? 0x7f : octet)), WBXML],
    ["XML declared as WBXML", xml.body, WBXML],
    ["WBXML declared as XML", body, MEDIA_TYPE],
  ];
  for (const [name, octets, type] of cases) {
    const response = await rig.post(url, octets, { "content-type": type });
    assert.equal(response.status, 400, name);
    await assertPlain(response);
  }
  assert.equal(await objects(rig), 0);
});

test("what exceeds a limit of the engine is refused with 413 and a plain line", async (t) => {
  const rig = await Rig.start(t);
  const response = await rig.post(`${rig.url}/dm`, "<a>".repeat(5_000));
  assert.equal(response.status, 413);
  await assertPlain(response);
});

test("K08 the body is bounded, as long as it says and not compressed", async (t) => {
  const rig = await Rig.start(t);
  const url = `${rig.url}/dm`;
  const head = `POST /dm HTTP/1.1\r\nHost: device.example\r\nContent-Type: ${MEDIA_TYPE}`;
  const chunk = `${STEP.toString(16)}\r\n${"x".repeat(STEP)}\r\n`;

  assert.equal(await exchange(url, `${head}\r\nContent-Length: ${LIMIT + 1}`, "", { end: false }), 413, "refused before anything is sent");
  assert.equal((await rig.post(url, "x".repeat(LIMIT + 1))).status, 413);
  assert.equal(await exchange(url, `${head}\r\nTransfer-Encoding: chunked`, chunk.repeat(LIMIT / STEP + 1), { end: false }), 413, "chunked and without an end");
  assert.equal((await rig.post(url, "x".repeat(LIMIT))).status, 400, "as much as is allowed is read, and is no message");
  assert.equal(await exchange(url, `${head}\r\nContent-Length: 100`, "<SyncML/>"), 400, "shorter than it says");
  assert.equal(await exchange(url, `${head}\r\nTransfer-Encoding: chunked`, "9\r\n<SyncML/>\r\n0\r\n\r\n", { end: false }), 400, "chunked, and no message");
  const bomb = Buffer.alloc(32 * LIMIT);
  for (const [coding, body] of [["gzip", gzipSync(bomb)], ["deflate", deflateSync(bomb)], ["br", Buffer.from("x")], ["gzip, identity", Buffer.from("x")]]) {
    const response = await rig.post(url, /** @type {Buffer} */ (body), { "content-type": MEDIA_TYPE, "content-encoding": String(coding) });
    assert.equal(response.status, 415, String(coding));
    await assertPlain(response);
  }
  assert.equal(await objects(rig), 0);
});

test("K08 at most 64 kB are read beyond the limit", async (t) => {
  const rig = await Rig.start(t);
  const { status, read } = /** @type {any} */ (await (await fetch(`${rig.url}/endless`)).json());
  assert.equal(status, 413);
  assert.ok(read > LIMIT && read <= LIMIT + STEP, String(read));
});
