import assert from "node:assert/strict";
import { test } from "node:test";
import omadm, { thrown, wrong } from "./omadm.js";

/** @import { DmDocument, RawElement } from "../../www/package/types.js" */

/** @type {DmDocument} */
const DOCUMENT = {
  type: "syncml",
  encoding: "xml",
  message: {
    header: {
      verDtd: "1.2",
      verProto: "DM/1.2",
      sessionId: "7",
      msgId: 2,
      target: { uri: "IMEI:1" },
      source: { uri: "https://dm.example.com/dm", name: "server" },
      cred: { type: "syncml:auth-basic", format: "b64", data: "QnJ1Y2UyOk9oQmVoYXZl" },
      maxMsgSize: 4_000,
    },
    commands: [
      { type: "status", cmdId: "1", msgRef: "1", cmdRef: "0", cmd: "SyncHdr", targetRefs: ["a"], sourceRefs: ["b"], code: 212, items: [] },
      { type: "get", cmdId: "2", items: [{ target: { uri: "./DevInfo/Man" } }] },
      {
        type: "sequence",
        cmdId: "3",
        commands: [
          {
            type: "replace",
            cmdId: "4",
            items: [{ target: { uri: "./X" }, meta: { format: "chr", type: "text/plain" }, data: "a < b && c > d \u{1f600}\t" }],
          },
        ],
      },
      { type: "alert", cmdId: "5", code: 1101, items: [{ data: "MINDT=10" }, { data: "Go on?" }] },
    ],
    final: true,
  },
};

const TEXT = `<?xml version="1.0"?><SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>\
<SessionID>1</SessionID><MsgID>1</MsgID><Target><LocURI>t</LocURI></Target><Source><LocURI>s</LocURI></Source></SyncHdr><SyncBody>\
<Alert><CmdID>1</CmdID><Data>1201</Data><x:Vendor xmlns:x="urn:example" __proto__="p" x:constructor="c"><x:Inner toString="t"/>text</x:Vendor></Alert>\
<Final/></SyncBody></SyncML>`;

/** @param {string} text */
const octets = (text) => new TextEncoder().encode(text);

test("what is encoded decodes to the same", () => {
  for (const options of [undefined, {}, { indent: true }, { encoding: /** @type {const} */ ("xml") }]) {
    const { body, contentType, headers } = omadm.encode(DOCUMENT, options);
    assert.equal(contentType, "application/vnd.syncml.dm+xml");
    assert.equal(new Headers(headers).get("content-type"), contentType);
    assert.deepEqual(omadm.decode({ body, contentType }), DOCUMENT);
    assert.deepEqual(omadm.decode({ body, headers }), DOCUMENT);
    assert.deepEqual(omadm.decode({ body, headers: new Headers(headers) }), DOCUMENT);
    assert.deepEqual(omadm.decode(body), DOCUMENT);
  }
});

test("encoding is canonical: once more gives the same octets", () => {
  const { body } = omadm.encode(DOCUMENT);
  assert.deepEqual(omadm.encode(omadm.decode(body)).body, body);
});

test("peek knows the header", () => {
  const { body, contentType } = omadm.encode(DOCUMENT);
  const peeked = omadm.peek({ body, contentType });
  assert.deepEqual(
    { ...peeked },
    {
      protocol: 1,
      encoding: "xml",
      verDtd: "1.2",
      verProto: "DM/1.2",
      sessionId: "7",
      msgId: 2,
      source: "https://dm.example.com/dm",
      target: "IMEI:1",
      user: "server",
      credType: "syncml:auth-basic",
    },
  );
});

test("names that a peer chose are plain names", () => {
  const document = omadm.decode(octets(TEXT));
  const [alert] = document.message.commands;
  const vendor = /** @type {RawElement} */ (alert?.extra?.[0]);
  assert.equal(vendor.name, "Vendor");
  const attributes = /** @type {Record<string, string>} */ (vendor.attributes);
  assert.equal(Object.getPrototypeOf(attributes), null);
  assert.deepEqual(Object.entries(attributes).sort(), [["__proto__", "p"], ["{urn:example}constructor", "c"]]);
  const [inner, text] = vendor.children;
  assert.equal(/** @type {RawElement} */ (inner).attributes?.toString, "t");
  assert.equal(text, "text");
  // And what decode gives, encode takes.
  assert.deepEqual(omadm.decode(omadm.encode(document).body), document);
});

test("an error says what, whose fault, where, and with which status to answer", () => {
  const cut = thrown(() => omadm.decode(octets(TEXT.slice(0, 200))));
  assert.deepEqual([cut.code, cut.fault, cut.status, cut.http], ["truncated", "input", 400, 400]);
  assert.equal(typeof cut.offset, "number");
  const limit = thrown(() => omadm.decode(octets(`<a>${" ".repeat(1 << 20)}</a>`)));
  assert.deepEqual([limit.code, limit.limit, limit.http], ["limit", "bytes", 413]);
});

test("arguments of a wrong type are arg", () => {
  for (const value of [undefined, null, 7, "text", [], {}, { body: "text" }, { body: 7 }, Symbol("s"), 7n, () => {}]) {
    assert.equal(thrown(() => omadm.decode(wrong(value))).code, "arg", String(value));
    assert.equal(thrown(() => omadm.peek(wrong(value))).code, "arg", String(value));
    assert.equal(thrown(() => omadm.encode(wrong(value))).code, "arg", String(value));
  }
  assert.equal(thrown(() => omadm.encode(DOCUMENT, wrong({ encoding: "morse" }))).code, "arg");
});
