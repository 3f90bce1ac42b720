// What libxml2 reads: takes paths of files, one a line, and prints for each a line `# path` and what is in the file in the
// notation of `omadm::testing::xml_events`, or `!` where libxml2 reads nothing.
import { readFileSync } from "node:fs";

const lib = new URL("../../www/node_modules/libxml2-wasm/lib/", import.meta.url);
/** @param {string} file */
const load = (file) => import(new URL(file, lib).href);
const { ParseOption, XmlCData, XmlDocument, XmlElement, XmlText } =
  /** @type {typeof import("libxml2-wasm")} */ (await load("index.mjs"));
// The interface above takes what is an error only to the recommendation on namespaces for fatal; libxml2 does not.
const { xmlNewParserCtxt, xmlFreeParserCtxt, xmlReadMemory } =
  /** @type {typeof import("libxml2-wasm/functions")} */ (await load("libxml2.mjs"));
const { getInstance } = /** @type {{ getInstance(pointer: number): InstanceType<typeof XmlDocument> }} */ (
  /** @type {unknown} */ (XmlDocument)
);
// The interface above knows nothing behind a processing instruction.
/** @typedef {InstanceType<typeof import("libxml2-wasm").XmlNode>} Node */
const { XmlNodeStruct } = /** @type {{ XmlNodeStruct: { next(pointer: number): number } }} */ (
  /** @type {unknown} */ (await load("libxml2.mjs"))
);
const { createNullableNode } = /** @type {{ createNullableNode(pointer: number): Node | null }} */ (
  /** @type {unknown} */ (await load("nodes.mjs"))
);
/** @param {Node} node */
const after = (node) =>
  createNullableNode(XmlNodeStruct.next(/** @type {{ _nodePtr: number }} */ (/** @type {unknown} */ (node))._nodePtr));

/** @param {string} text */
const escaped = (text) => text.replaceAll("\\", "\\\\").replaceAll("\r", "\\r").replaceAll("\n", "\\n");

/** The order of the octets of UTF-8. @param {string} one @param {string} other */
const byOctets = (one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other));

/** @param {InstanceType<typeof XmlElement>} element @param {string[]} lines */
function events(element, lines) {
  lines.push(`<{${escaped(element.namespaceUri)}}${element.name}`);
  const attributes = element.attrs.map(
    (attribute) => `@{${escaped(attribute.namespaceUri)}}${attribute.name}=${escaped(attribute.content)}`,
  );
  lines.push(...attributes.sort(byOctets));
  let text = "";
  const flush = () => {
    if (text !== "") lines.push(`"${escaped(text)}`);
    text = "";
  };
  for (let child = /** @type {Node | null} */ (element.firstChild); child; child = after(child)) {
    if (child instanceof XmlText || child instanceof XmlCData) {
      text += child.content;
    } else if (child instanceof XmlElement) {
      flush();
      events(child, lines);
    }
  }
  flush();
  lines.push(">");
}

const { XML_PARSE_NOERROR, XML_PARSE_NONET, XML_PARSE_NO_XXE, XML_PARSE_NOWARNING } = ParseOption;
const options = XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NONET | XML_PARSE_NO_XXE;
const lines = [];
for (const path of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  lines.push(`# ${path}`);
  const context = xmlNewParserCtxt();
  const pointer = xmlReadMemory(context, readFileSync(path), null, null, options);
  xmlFreeParserCtxt(context);
  if (pointer) {
    const document = getInstance.call(XmlDocument, pointer);
    events(document.root, lines);
    document.dispose();
  } else {
    lines.push("!");
  }
}
process.stdout.write(lines.join("\n") + "\n");
