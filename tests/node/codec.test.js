import assert from "node:assert/strict";
import { test } from "node:test";
import omadm, { message as messageOf, thrown, wrong } from "./omadm.js";

/** @import { SyncMlDocument, Outline, RawElement, WbxmlForm } from "../../www/package/types.js" */

/** @type {SyncMlDocument} */
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

test("what is encoded in WBXML decodes to the same message", () => {
  const { message } = DOCUMENT;
  const form = { version: 2, publicId: 0x1201, stringTable: false };
  for (const [document, options] of /** @type {[SyncMlDocument, Parameters<typeof omadm.encode>[1]][]} */ ([
    [DOCUMENT, { encoding: "wbxml" }],
    [{ ...DOCUMENT, encoding: "wbxml" }, undefined],
    [{ ...DOCUMENT, encoding: "wbxml" }, { indent: true }],
  ])) {
    const { body, contentType, headers } = omadm.encode(document, options);
    assert.equal(contentType, "application/vnd.syncml.dm+wbxml");
    assert.equal(new Headers(headers).get("content-type"), contentType);
    for (const input of [body, { body, contentType }, { body, headers }]) {
      assert.deepEqual(omadm.decode(input), { type: "syncml", encoding: "wbxml", wbxml: form, message });
    }
    const peeked = omadm.peek({ body, contentType });
    assert.equal(peeked.protocol === 1 && peeked.encoding, "wbxml");
    assert.deepEqual({ ...omadm.peek({ body }), encoding: "xml" }, omadm.peek(omadm.encode(DOCUMENT)));
    // And back: the document of one is written as the other.
    assert.deepEqual(omadm.decode(omadm.encode(omadm.decode(body), { encoding: "xml" }).body), DOCUMENT);
  }
});

test("a message in WBXML is read and written octet for octet", () => {
  // Made by hand from the token tables: a Replace of three octets as OPAQUE and of a text as STR_I.
  const octets = Buffer.from(
    "02a4016a006d6c7103312e3200017203444d2f312e32000165033100015b033100016e57037400010167570373000101016b604b0332000154" +
      "6e57032e2f61000101" + "4fc30301020301" + "01546e57032e2f62000101" + "4f03746578740001" + "0101120101",
    "hex",
  );
  const read = messageOf(octets);
  const [replace] = read.message.commands;
  assert.ok(replace?.type === "replace");
  assert.deepEqual(replace.items, [{ target: { uri: "./a" }, data: Uint8Array.of(1, 2, 3) }, { target: { uri: "./b" }, data: "text" }]);
  assert.deepEqual(Buffer.from(omadm.encode(read).body), octets);
  assert.deepEqual(Buffer.from(omadm.encode({ ...read, wbxml: undefined }).body), octets);
});

test("the form of WBXML is read, kept, and changed where that is asked for", () => {
  const words = "-//SYNCML//DTD SyncML 1.2//EN";
  const document = { ...DOCUMENT, encoding: /** @type {const} */ ("wbxml") };
  const twice = { ...document, message: { ...document.message, header: { ...document.message.header, respUri: "https://dm.example.com/dm" } } };
  /** @type {[SyncMlDocument, Partial<WbxmlForm>, WbxmlForm][]} */
  const forms = [
    [document, {}, { version: 2, publicId: 0x1201, stringTable: false }],
    [document, { version: 3 }, { version: 3, publicId: 0x1201, stringTable: false }],
    [document, { version: 1, publicId: words }, { version: 1, publicId: words, stringTable: false }],
    [document, { publicId: words, unterminated: true }, { version: 2, publicId: words, stringTable: false, unterminated: true }],
    [twice, { stringTable: true }, { version: 2, publicId: 0x1201, stringTable: true }],
    [twice, { publicId: words, stringTable: true }, { version: 2, publicId: words, stringTable: true }],
    [document, { publicId: 1 }, { version: 2, publicId: 1, stringTable: false }],
  ];
  for (const [given, asked, form] of forms) {
    const { body } = omadm.encode(given, { wbxml: asked });
    const read = messageOf(body);
    assert.deepEqual(read, { ...given, wbxml: form });
    assert.deepEqual(omadm.encode(read).body, body, "the document keeps its form");
    assert.deepEqual(omadm.encode(given, { wbxml: form }).body, body);
    assert.deepEqual(messageOf(omadm.encode(read, { wbxml: { version: 1 } }).body).wbxml, { ...form, version: 1 });
    assert.equal(Object.hasOwn(omadm.decode(omadm.encode(read, { encoding: "xml" }).body), "wbxml"), false);
  }
  for (const version of /** @type {const} */ (["1.1", "1.2"])) {
    const message = { ...DOCUMENT.message, header: { ...DOCUMENT.message.header, verDtd: version, verProto: `DM/${version}` } };
    assert.equal(messageOf(omadm.encode({ ...document, message }).body).wbxml?.publicId, version === "1.1" ? 0x0fd3 : 0x1201);
  }
  for (const form of [{ version: 4 }, { version: "2" }, { publicId: -1 }, { publicId: 1.5 }, { publicId: {} }, { stringTable: 1 }, { unterminated: "yes" }, { charset: 106 }, 7]) {
    assert.equal(thrown(() => omadm.encode(document, wrong({ wbxml: form }))).code, "arg", JSON.stringify(form));
    assert.equal(thrown(() => omadm.encode(wrong({ ...document, wbxml: form }))).code, "arg", JSON.stringify(form));
  }
});

test("what WBXML has no place for is the caller's error, with the path", () => {
  const document = messageOf(octets(TEXT));
  const error = thrown(() => omadm.encode(document, { encoding: "wbxml" }));
  assert.deepEqual([error.code, error.fault], ["schema", "caller"]);
  assert.match(String(error.path), /^SyncBody\/Alert\b/);
  assert.equal(omadm.encode(document).contentType, "application/vnd.syncml.dm+xml");
});

/**
 * The names of an outline with the ranges of octets.
 * @param {Outline} outline
 * @returns {string[]}
 */
const ranges = ({ name, start, end, children }) => [`${name} ${start}-${end}`, ...children.flatMap(ranges)];

test("inspect tells where everything stands", () => {
  const text = '<SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.2</VerDTD></SyncHdr></SyncML>';
  const xml = omadm.inspect(octets(text));
  assert.deepEqual(ranges(xml.outline), [`xml 0-${text.length}`, `SyncML 0-${text.length}`, "SyncHdr 33-72", "VerDTD 42-62"]);
  assert.equal(xml.outline.children[0]?.children[0]?.children[0]?.text, "1.2");
  assert.equal(xml.document, undefined);
  assert.equal(xml.error?.code, "schema");

  for (const encoding of /** @type {const} */ (["xml", "wbxml"])) {
    const { body, contentType } = omadm.encode(DOCUMENT, { encoding });
    for (const input of [body, { body }, { body, contentType }]) {
      const { outline, document, error, ...rest } = omadm.inspect(input);
      assert.deepEqual([outline.start, outline.end, error, rest], [0, body.length, undefined, {}]);
      assert.deepEqual(document, omadm.decode(body));
    }
  }
  const { body } = omadm.encode(DOCUMENT, { encoding: "wbxml" });
  assert.deepEqual(ranges(omadm.inspect(body).outline).slice(0, 8), [
    `wbxml 0-${body.length}`, "#version 0-1", "#public identifier 1-3", "#character set 3-4", "#string table 4-5",
    `SyncML 5-${body.length}`, "SyncHdr 6-160", "VerDTD 7-14",
  ]);
  // END of SyncHdr, back to page 0, SyncBody with content.
  assert.deepEqual([...body.subarray(159, 163)], [1, 0, 0, 0x6b]);
});

test("inspect of a capture that is cut off or broken: what could be read, and a DmError", () => {
  for (const encoding of /** @type {const} */ (["xml", "wbxml"])) {
    const { body } = omadm.encode(DOCUMENT, { encoding });
    const whole = ranges(omadm.inspect(body).outline).length;
    for (let length = 1; length < body.length; length += 1) {
      const part = body.subarray(0, length);
      const { outline, document, error } = omadm.inspect(part);
      assert.equal(document, undefined);
      assert.ok(error instanceof omadm.DmError && error instanceof Error);
      assert.deepEqual([error.code, error.fault, error.http], ["truncated", "input", 400], `${encoding}, ${length} octets`);
      assert.ok(error.offset !== undefined && error.offset <= length);
      assert.ok(ranges(outline).length <= whole);
      assert.equal(error.message, thrown(() => omadm.decode({ body: part, contentType: `application/vnd.syncml.dm+${encoding}` })).message);
    }
  }
  const { body } = omadm.encode(DOCUMENT, { encoding: "wbxml" });
  const at = body.lastIndexOf(0x12);
  const { outline, error } = omadm.inspect(Uint8Array.from(body, (octet, index) => (index === at ? 0x3f : octet)));
  assert.deepEqual([error?.code, error?.offset, error?.path], ["token", at, "SyncBody"]);
  assert.ok(ranges(outline).some((name) => name.startsWith("Alert ")));
  assert.deepEqual(Object.keys(omadm.inspect(octets("neither"))), ["outline", "error"]);
  assert.deepEqual(omadm.inspect(octets("neither")).outline, { name: "octets", start: 0, end: 7, children: [] });
  const limit = omadm.inspect(octets("<a>".repeat(100))).error;
  assert.deepEqual([limit?.code, limit?.limit, limit?.http], ["limit", "depth", 413]);
  const declared = omadm.inspect({ body, contentType: "application/vnd.syncml.dm+xml" });
  assert.deepEqual([declared.error?.code, declared.error?.offset, declared.error?.expected, declared.outline.name], ["schema", 0, "XML", "wbxml"]);
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
  const document = messageOf(octets(TEXT));
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
    assert.equal(thrown(() => omadm.inspect(wrong(value))).code, "arg", String(value));
    assert.equal(thrown(() => omadm.encode(wrong(value))).code, "arg", String(value));
  }
  assert.equal(thrown(() => omadm.encode(DOCUMENT, wrong({ encoding: "morse" }))).code, "arg");
});
