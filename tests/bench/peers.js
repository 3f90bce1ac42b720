/** The ways to a typed message in JavaScript: three parsers, each with the code behind it that gives the same object as the package. */
import { XMLParser } from "../../www/node_modules/fast-xml-parser/src/fxp.js";
import saxes from "../../www/node_modules/saxes/saxes.js";
// @ts-expect-error: its declarations lie beside another file
import { parse } from "../../www/node_modules/txml/dist/txml.mjs";
import { mapping } from "./mapping.js";

/** @import { SyncMlDocument } from "../../www/package/types.js" */
/** @typedef {{ tagName: string; children: (Element | string)[] }} Element as txml has it */

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** @param {Element | string} node */
const nameOf = (node) => (typeof node === "string" ? "" : node.tagName);
/** @param {Element | string} node */
const childrenOf = (node) => (typeof node === "string" ? [] : node.children);
/** @param {Element | string} node */
function textOf(node) {
  const children = childrenOf(node);
  const [first = ""] = children;
  if (children.length <= 1 && typeof first === "string") return first;
  return children.filter((child) => typeof child === "string").join("");
}
const fromTxml = mapping(nameOf, childrenOf, textOf);
const OPTIONS = { keepWhitespace: true, decodeEntities: true };

/** @param {Uint8Array} body */
const txml = (body) => fromTxml(/** @type {Element[]} */ (parse(utf8.decode(body), OPTIONS)));

const fromSaxes = mapping(nameOf, childrenOf, textOf);
/** @param {Uint8Array} body */
function bySaxes(body) {
  const parser = new saxes.SaxesParser();
  /** @type {Element} */
  const document = { tagName: "", children: [] };
  let open = document;
  /** @type {Element[]} */
  const around = [];
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("opentag", ({ name }) => {
    const element = { tagName: name, children: [] };
    open.children.push(element);
    around.push(open);
    open = element;
  });
  parser.on("closetag", () => {
    open = around.pop() ?? document;
  });
  const onText = (/** @type {string} */ text) => void open.children.push(text);
  parser.on("text", onText);
  parser.on("cdata", onText);
  parser.write(utf8.decode(body)).close();
  return fromSaxes(document.children);
}

/** @typedef {Record<string, any>} Ordered as fast-xml-parser has it with `preserveOrder`: one key with the children, and `#text` for text */
// The order of commands counts, and of the parser's ways to give them this is also the fastest.
const parser = new XMLParser({ preserveOrder: true, parseTagValue: false, ignoreAttributes: true, trimValues: false, ignoreDeclaration: true, htmlEntities: true });

/** @param {Ordered} node */
function orderedName(node) {
  for (const name in node) return name === "#text" ? "" : name;
  return "";
}
/** @param {Ordered} node @returns {Ordered[]} */
const orderedChildren = (node) => node[orderedName(node)] ?? [];
/** @param {Ordered} node */
function orderedText(node) {
  const children = orderedChildren(node);
  if (children.length <= 1) return children[0]?.["#text"] ?? "";
  return children.map((child) => child["#text"] ?? "").join("");
}
const fromOrdered = mapping(orderedName, orderedChildren, orderedText);
/** @param {Uint8Array} body */
const fastXmlParser = (body) => fromOrdered(parser.parse(utf8.decode(body)));

/** @type {Record<string, (body: Uint8Array) => SyncMlDocument>} */
export const PEERS = { txml, saxes: bySaxes, "fast-xml-parser": fastXmlParser };
