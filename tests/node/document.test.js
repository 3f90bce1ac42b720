/** Serialised trees and device descriptions as documents: decode, encode, inspect. */
import assert from "node:assert/strict";
import { test } from "node:test";
import omadm, { thrown, wrong } from "./omadm.js";

/** @import { Outline, TndsDocument } from "../../www/package/types.js" */

const { decode, encode, inspect } = omadm;
const octets = (/** @type {string} */ text) => new TextEncoder().encode(text);
const TNDS_XML = "application/vnd.syncml.dmtnds+xml";
const TNDS_WBXML = "application/vnd.syncml.dmtnds+wbxml";
const DDF_XML = "application/vnd.syncml.dmddf+xml";
const SYNCML = "application/vnd.syncml.dm+xml";

/** @type {TndsDocument} */
const DOCUMENT = {
  type: "tnds",
  encoding: "xml",
  man: "Marram",
  mod: "M-7",
  nodes: [
    {
      name: "Lamp",
      format: "node",
      type: "urn:example:mo:lamp:1.0",
      acl: "Get=*&Replace=mgmt.example",
      children: [
        { name: "__proto__", format: "chr", type: "text/plain", data: "grün & <blau>", title: "T", tstamp: "20260102T030405Z", verNo: 65_535, children: [] },
        { name: "Blob", format: "bin", type: "application/octet-stream", data: Uint8Array.of(0, 255), children: [] },
        { name: "Text", format: "b64", type: "text/plain", data: "AQI=", children: [] },
        { name: "Level", format: "int", type: "text/plain", data: "40", children: [] },
      ],
    },
    { name: "Far", path: "Lamp", format: "node", children: [] },
  ],
};

test("a serialised tree is written and read in both encodings, by its content type and by its octets", () => {
  for (const [encoding, contentType] of /** @type {const} */ ([["xml", TNDS_XML], ["wbxml", TNDS_WBXML]])) {
    const { body, contentType: said, headers } = encode(DOCUMENT, { encoding });
    assert.deepEqual([said, headers["content-type"]], [contentType, contentType]);
    const wbxml = encoding === "wbxml" ? { wbxml: { version: 2, publicId: "-//OMA//DTD-DM-DDF 1.2//EN", stringTable: false } } : {};
    for (const input of [body, { body, contentType }, { body, headers }, { body, contentType: `${contentType}; charset=UTF-8` }]) {
      assert.deepEqual(decode(input), { ...DOCUMENT, encoding, ...wbxml });
    }
    assert.deepEqual(encode(decode(body)).body, body);
    const form = { version: /** @type {const} */ (3), publicId: 1, stringTable: true };
    const other = decode(encode(DOCUMENT, { encoding: "wbxml", wbxml: form }).body);
    assert.deepEqual(other, { ...DOCUMENT, encoding: "wbxml", wbxml: form });
  }
  const indented = new TextDecoder().decode(encode(DOCUMENT, { indent: true }).body);
  assert.match(indented, /\n {2}<Node>\n {4}<NodeName>Lamp<\/NodeName>/);
  assert.deepEqual(decode(octets(indented)), DOCUMENT);
});

const properties = "<DFProperties><AccessType><Get/></AccessType><DFFormat><chr/></DFFormat><DFType><MIME>text/plain</MIME></DFType></DFProperties>";
const node = (/** @type {string} */ inside) => `<Node><NodeName>N</NodeName>${inside}</Node>`;
const tree = (/** @type {string} */ inside, prolog = "") => `${prolog}<MgmtTree xmlns="syncml:dmddf1.2"><VerDTD>1.2</VerDTD>${inside}</MgmtTree>`;
const DDF = tree(node(properties));

test("a description is told from a tree by its DFProperties, wherever a node has them", () => {
  /** @type {[string, string][]} */
  const documents = [
    [DDF, "ddf"],
    [tree(node(properties), '\ufeff<?xml version="1.0"?>\n<!-- <SyncML> -->\n<!DOCTYPE MgmtTree PUBLIC "-//OMA//DTD-DM-DDF 1.2//EN" "http://x" [<?ddf <SyncML>?>]>\n'), "ddf"],
    [`<d:MgmtTree xmlns:d="syncml:dmddf1.2">${tree(node(properties)).replace(/^<M[^>]*>|<\/MgmtTree>$/g, "").replaceAll("<", "<d:").replaceAll("<d:/", "</d:")}</d:MgmtTree>`, "ddf"],
    [tree(node("<Value>x</Value>")), "tnds"],
    [tree(node("<Value>&lt;DFProperties/></Value>")), "tnds"],
    [tree(node("<RTProperties><Format><xml/></Format><Type/></RTProperties><Value><DFProperties/></Value>")), "tnds"],
    [tree(`<!-- <DFProperties> -->${node("<Value>x</Value>")}`), "tnds"],
  ];
  for (const [text, type] of documents) assert.equal(decode(octets(text)).type, type, text);
  const found = decode(octets(DDF));
  assert.ok(found.type === "ddf");
  assert.deepEqual(found.ddf, {
    verDtd: "1.2",
    nodes: [
      { name: "N", properties: { access: ["get"], format: "chr", occurrence: "one", scope: "dynamic", type: { mime: ["text/plain"] } } },
    ],
  });
  // What is declared counts: TNDS passes descriptions over.
  assert.equal(decode({ body: octets(DDF), contentType: TNDS_XML }).type, "tnds");
  assert.equal(decode({ body: octets(DDF), contentType: DDF_XML.toUpperCase() }).type, "ddf");
});

test("what is declared and is something else is refused", () => {
  const { body } = encode(DOCUMENT);
  const wbxml = encode(DOCUMENT, { encoding: "wbxml" }).body;
  /** @type {[Uint8Array, string, string][]} */
  const cases = [
    [body, SYNCML, "schema"],
    [body, TNDS_WBXML, "schema"],
    [wbxml, TNDS_XML, "schema"],
    [wbxml, DDF_XML, "schema"],
    [body, "application/vnd.syncml.dmddf+wbxml", "schema"],
    [body, DDF_XML, "schema"],
    [body, `${TNDS_XML}; charset=utf-16`, "charset"],
    [octets("<SyncML xmlns='SYNCML:SYNCML1.2'/>"), TNDS_XML, "schema"],
    [octets("<MgmtTree"), TNDS_XML, "truncated"],
    [new Uint8Array(), TNDS_XML, "truncated"],
  ];
  for (const [input, contentType, code] of cases) {
    const error = thrown(() => decode({ body: input, contentType }));
    assert.deepEqual([error.code, error.fault], [code, "input"], contentType);
    const seen = inspect({ body: input, contentType });
    assert.deepEqual([seen.error?.code, seen.error?.message, seen.document], [code, error.message, undefined]);
  }
  assert.equal(thrown(() => omadm.peek({ body })).code, "schema");
});

/** @param {Outline} outline @returns {string[]} */
const names = ({ name, children }) => [name, ...children.flatMap(names)];

test("inspect sees trees and descriptions, deeper than messages nest, and broken ones as far as they go", () => {
  const deep = tree(`${"<Node><NodeName>x</NodeName>".repeat(60)}${"</Node>".repeat(60)}`);
  for (const [body, type] of /** @type {[Uint8Array, string][]} */ ([[encode(DOCUMENT).body, "tnds"], [encode(DOCUMENT, { encoding: "wbxml" }).body, "tnds"], [octets(DDF), "ddf"], [octets(deep), "tnds"]])) {
    const seen = inspect(body);
    assert.equal(seen.error, undefined);
    assert.equal(seen.document?.type, type);
    assert.ok(names(seen.outline).includes("NodeName"));
    assert.deepEqual([seen.outline.start, seen.outline.end], [0, body.length]);
    assert.deepEqual(seen.document, decode(body));
    for (let end = 1; end < body.length; end += 7) {
      const cut = inspect(body.subarray(0, end));
      assert.equal(cut.document, undefined, String(end));
      assert.ok(cut.error, String(end));
      assert.equal(cut.outline.end, end);
    }
  }
});

test("limits are the caller's to set, for what is its own", () => {
  const large = octets(tree(node(`<Value>${"x".repeat(1 << 20)}</Value>`)));
  for (const call of [decode, inspect]) assert.equal(thrown(() => call(large)).limit, "bytes");
  const limits = { bytes: 1 << 22, textBytes: 1 << 22 };
  assert.equal(decode(large, limits).type, "tnds");
  assert.equal(inspect(large, limits).document?.type, "tnds");
  assert.equal(thrown(() => decode(octets(tree(node("") + node(""))), { nodes: 1 })).limit, "nodes");
  assert.equal(thrown(() => decode(octets(DDF), { textBytes: 3 })).limit, "textBytes");
  assert.equal(thrown(() => decode(large, wrong({ octets: 1 }))).code, "arg");
  assert.equal(thrown(() => inspect(large, wrong(7))).code, "arg");
});

test("what is no document is refused by encode, and a description is read only", () => {
  const [lamp] = DOCUMENT.nodes;
  /** @type {[any, string][]} */
  const cases = [
    [{ type: "ddf", ddf: decode(octets(DDF)) }, "arg"],
    [{ ...DOCUMENT, nodes: [] }, "schema"],
    [{ ...DOCUMENT, nodes: {} }, "arg"],
    [{ ...DOCUMENT, message: {} }, "arg"],
    [{ ...DOCUMENT, type: "mo" }, "arg"],
    [{ ...DOCUMENT, nodes: [{ ...lamp, data: "x" }] }, "schema"],
    [{ ...DOCUMENT, nodes: [{ ...lamp, name: "a\u0001" }] }, "char"],
    [{ ...DOCUMENT, nodes: [{ ...lamp, children: [{ name: "m", data: { markup: "<open>" }, children: [] }] }] }, "truncated"],
    [{ ...DOCUMENT, man: 7 }, "arg"],
  ];
  for (const [index, [document, code]] of cases.entries()) {
    const error = thrown(() => encode(document));
    assert.deepEqual([error.code, error.fault], [code, "caller"], `case ${index}`);
  }
});
