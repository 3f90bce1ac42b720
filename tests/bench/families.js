/** Families of input, ordinary and hostile, that can be made of any size. */
import omadm from "../node/omadm.js";
import { base64, message, replaces, results, statuses } from "./messages.js";

/** @import { DmDocument, Limits, Received } from "../../www/package/types.js" */

/**
 * @typedef {object} Family
 * @property {string} name
 * @property {number} n of the smaller input; the larger has 8 times as many
 * @property {(n: number) => Uint8Array | Received} make
 * @property {Partial<Limits>} [limits] beside the usual ones
 * @property {"inspect" | "peek"} [by] what reads it, where that is not `decode`
 * @property {true} [refused] it is an error, and costs until it is found
 */

const octets = new TextEncoder();
/** @param {number} n @param {(at: number) => string} make */
const many = (n, make) => Array.from({ length: n }, (_, at) => make(at)).join("");
/** @param {string} text @param {Parameters<typeof message>[1]} [rest] */
const of = (text, rest) => octets.encode(message(text, { from: "server", ...rest }));
const item = (/** @type {string} */ inside) => `<Item><Target><LocURI>./A</LocURI></Target>${inside}</Item>`;
const value = (/** @type {string} */ data) => of(`<Replace><CmdID>2</CmdID>${item(`<Data>${data}</Data>`)}</Replace>`);
const json = (/** @type {string} */ kind, /** @type {unknown} */ body) => ({ body: octets.encode(JSON.stringify(body)), headers: { "content-type": `application/vnd.oma.dm.${kind}+json` } });
const SESSION = { SessionID: "7A", PkgSeq: 1 };
const RADIO = "urn:oma:mo:ext-tideline-radio:1.0";

/** A message of WBXML. @param {Uint8Array} xml @param {boolean} [stringTable] */
function wbxml(xml, stringTable = false) {
  const { type, ...rest } = omadm.decode(xml, { textBytes: 1 << 24, bytes: 1 << 24, items: 100_000, commands: 100_000 });
  return omadm.encode(/** @type {DmDocument} */ ({ type, ...rest }), { encoding: "wbxml", wbxml: { stringTable } }).body;
}

/** Puts octets in the place of an inline string of a message of WBXML. @param {Uint8Array} into @param {string} mark @param {number[]} instead */
function spliced(into, mark, instead) {
  const text = octets.encode(mark);
  const at = into.findIndex((_, at) => into[at] === 3 && text.every((octet, more) => into[at + 1 + more] === octet));
  if (at < 0) throw new Error(`${mark} is not there`);
  return Uint8Array.from([...into.subarray(0, at), ...instead, ...into.subarray(at + text.length + 2)]);
}
/** A number of several octets. @param {number} number @returns {number[]} */
const multiByte = (number) => (number < 128 ? [number] : [...multiByte(number >> 7).map((octet) => octet | 128), number & 127]);
const MARK = "mark";
const around = () => wbxml(value(MARK));

const tnds = (/** @type {string} */ nodes) => octets.encode(`<MgmtTree xmlns="syncml:dmddf1.2"><VerDTD>1.2</VerDTD><Node><NodeName>Top</NodeName>${nodes}</Node></MgmtTree>`);
const OF_FOLDER = "<DFProperties><AccessType><Get/></AccessType><DFFormat><node/></DFFormat><Occurrence><One/></Occurrence><DFType><DDFName/></DFType></DFProperties>";
const leaf = (/** @type {number} */ at) => `<Node><NodeName>N${at}</NodeName><RTProperties><Format><chr/></Format><Type><MIME>text/plain</MIME></Type></RTProperties><Value>value ${at}</Value></Node>`;
const described = (/** @type {number} */ at) =>
  `<Node><NodeName>N${at}</NodeName><DFProperties><AccessType><Get/><Replace/></AccessType><DFFormat><chr/></DFFormat><Occurrence><One/></Occurrence><DFType><MIME>text/plain</MIME></DFType></DFProperties></Node>`;

/** @type {Family[]} */
export const FAMILIES = [
  { name: "Results of many nodes", n: 60, make: (n) => octets.encode(results(n)) },
  { name: "many Replaces and Adds", n: 120, make: (n) => octets.encode(replaces(n)) },
  { name: "many Statuses", n: 120, make: (n) => octets.encode(statuses(n)) },
  { name: "one Get of many Items", n: 1_200, make: (n) => of(`<Get><CmdID>2</CmdID>${many(n, (at) => `<Item><Target><LocURI>./N/${at}</LocURI></Target></Item>`)}</Get>`) },
  { name: "an Atomic of many commands", n: 120, make: (n) => of(`<Atomic><CmdID>2</CmdID>${many(n, (at) => `<Delete><CmdID>${at + 3}</CmdID>${item("")}</Delete>`)}</Atomic>`) },
  { name: "a long text", n: 120_000, make: (n) => value("weathered planks, tar, rope. ".repeat(n / 29)) },
  { name: "a long value in base64", n: 120_000, make: (n) => value(base64(n, 7)) },
  { name: "entities", n: 24_000, make: (n) => value("&amp;".repeat(n)) },
  { name: "references to characters", n: 13_000, make: (n) => value("&#x1F6A2;".repeat(n)) },
  { name: "CDATA in many pieces", n: 9_000, make: (n) => value("<![CDATA[x]]>".repeat(n)) },
  { name: "comments", n: 15_000, make: (n) => of("<!--x-->".repeat(n)) },
  { name: "white space between elements", n: 120_000, make: (n) => of(" \n".repeat(n / 2)) },
  { name: "many attributes on one element", n: 1_000, limits: { attributes: 10_000 }, make: (n) => of(`<Replace><CmdID>2</CmdID>${item(`<Data ${many(n, (at) => `a${at}="v${at}" `)}>x</Data>`)}</Replace>`) },
  { name: "elements of 16 attributes", n: 600, make: (n) => of(`<Get><CmdID>2</CmdID>${item(many(n, () => `<X ${many(16, (at) => `a${at}="v" `)}/>`))}</Get>`) },
  { name: "many namespaces on one element", n: 1_000, limits: { namespaces: 10_000 }, make: (n) => of(`<Get><CmdID>2</CmdID>${item(`<X ${many(n, (at) => `xmlns:p${at}="u:${at}" `)}>${many(n, (at) => `<p${at}:Y/>`)}</X>`)}</Get>`) },
  { name: "elements that declare a namespace each", n: 3_000, make: (n) => of(`<Get><CmdID>2</CmdID>${item(many(n, (at) => `<p:X xmlns:p="urn:example:${at}"/>`))}</Get>`) },
  { name: "nesting, 250 deep at the most", n: 30, limits: { depth: 256 }, make: (n) => of(`<Get><CmdID>2</CmdID>${item("<X>".repeat(n) + "</X>".repeat(n))}</Get>`) },
  { name: "nesting 240 deep, again and again", n: 60, limits: { depth: 256 }, make: (n) => of(`<Get><CmdID>2</CmdID>${item(("<X>".repeat(240) + "</X>".repeat(240)).repeat(n))}</Get>`) },
  { name: "unknown elements", n: 5_000, make: (n) => of(`<Get><CmdID>2</CmdID>${item(many(n, (at) => `<Unknown${at % 9}>u</Unknown${at % 9}>`))}</Get>`) },
  { name: "markup inside Data", n: 6_000, make: (n) => value(`<a:t xmlns:a="urn:a">${"<a:e>text</a:e>".repeat(n)}</a:t>`) },
  { name: "long URIs", n: 20_000, make: (n) => of(`<Get><CmdID>2</CmdID>${item("")}<Item><Target><LocURI>.${"/Node".repeat(n)}</LocURI></Target></Item></Get>`) },
  { name: "many Items, and the message ends too early", n: 1_200, refused: true, make: (n) => of(`<Get><CmdID>2</CmdID>${item("").repeat(n)}</Get>`).subarray(0, -20) },
  { name: "a tag that never ends", n: 120_000, refused: true, make: (n) => octets.encode(`<SyncML xmlns="${"x".repeat(n)}`) },
  { name: "a broken capture, inspected", n: 240, by: "inspect", make: (n) => octets.encode(results(n)).subarray(0, -30) },
  { name: "a tree (TNDS) of many nodes", n: 700, make: (n) => tnds(many(n, leaf)) },
  { name: "a description (DDF) of many nodes", n: 450, make: (n) => tnds(OF_FOLDER + many(n, described)) },
  { name: "WBXML: Results of many nodes", n: 60, make: (n) => wbxml(octets.encode(results(n))) },
  { name: "WBXML: many references to a table of strings", n: 1_200, make: (n) => wbxml(of(`<Get><CmdID>2</CmdID>${many(n, (at) => `<Item><Target><LocURI>./Vendor/Folder/${at % 50}</LocURI></Target></Item>`)}</Get>`), true) },
  { name: "WBXML: one OPAQUE", n: 120_000, make: (n) => spliced(around(), MARK, [0xc3, ...multiByte(n), ...new Array(n).fill(0xe5)]) },
  { name: "WBXML: text in many pieces", n: 40_000, make: (n) => spliced(around(), MARK, new Array(n).fill([3, 0x78, 0]).flat()) },
  { name: "WBXML: unknown elements (LITERAL)", n: 6_000, make: (n) => wbxml(of(`<Get><CmdID>2</CmdID>${item(many(n, (at) => `<Unknown${at % 9}>u</Unknown${at % 9}>`))}</Get>`)) },
  { name: "WBXML: a tree (TNDS) of many nodes", n: 1_200, make: (n) => wbxml(tnds(many(n, leaf))) },
  { name: "WBXML: a tree inside Data", n: 1_200, make: inlineTree },
  { name: "DM 2.0: package 2 of many commands", n: 120, make: (n) => json("request", { SessionInfo: SESSION, Cmds: Array.from({ length: n }, (_, at) => ({ GET: [`${RADIO}/north/Channel${at}/Frequency`] })) }) },
  { name: "DM 2.0: package 3 with many results", n: 1_000, make: (n) => json("response", { SessionInfo: { DevID: "IMEI:1", ...SESSION }, Results: Array.from({ length: n }, (_, at) => ({ Code: 200, MOD: { URI: `${RADIO}/n/${at}`, CV: `5f.${at}`, MO: { Name: `Käi ${at}`, On: true } } })) }) },
  { name: "DM 2.0: strings full of escapes", n: 12_000, make: (n) => json("response", { SessionInfo: { DevID: "IMEI:1", ...SESSION }, Results: [{ Code: 200, MOD: { URI: `${RADIO}/n`, CV: "1", MO: "\n\"\\".repeat(n) } }] }) },
  { name: "DM 2.0: one object of many members", n: 1_100, make: (n) => json("response", { SessionInfo: { DevID: "IMEI:1", ...SESSION }, Results: [{ Code: 200, MOD: { URI: `${RADIO}/n`, CV: "1", MO: Object.fromEntries(Array.from({ length: n }, (_, at) => [`member${at}`, at])) } }] }) },
  { name: "the header of a long message (peek)", n: 240, by: "peek", make: (n) => octets.encode(results(n)) },
];

/** @param {number} n */
function inlineTree(n) {
  const tree = wbxml(tnds(many(n, leaf)));
  // Behind the head, which ends with the character set (UTF-8) and the table of strings.
  const table = tree.indexOf(0x6a) + 1;
  const at = table + 1 + (tree[table] ?? 0);
  return spliced(around(), MARK, [...tree.subarray(at), 0, 0]);
}
