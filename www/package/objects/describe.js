/** Device descriptions (DDF) from tables, for makers who have no file of their own. */

/**
 * A node and what is below it. A name of `*` stands for the names that come at run time.
 * @typedef {object} Described
 * @property {string} name
 * @property {"node" | "chr" | "int" | "bool" | "null" | "xml"} [format] left out: an interior node
 * @property {string} access letters: Add, Copy, Delete, Exec, Get, Replace
 * @property {string} [value] the default
 * @property {string} [allowed] the range of numbers, such as `[0-23]`
 * @property {boolean} [admx] a policy that is on or off, with the data of an administrative template
 * @property {Described[]} [nodes]
 */

/** @type {Record<string, string>} */
const ACCESS = { A: "Add", C: "Copy", D: "Delete", E: "Exec", G: "Get", R: "Replace" };

/**
 * A document of one node at `path`, in the dialect that Windows publishes.
 * @param {string} path
 * @param {Described} node
 */
export function describe(path, node) {
  const text = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<MgmtTree xmlns:MSFT="http://schemas.microsoft.com/MobileDevice/DM">',
    "<VerDTD>1.2</VerDTD>",
    written(node, path),
    "</MgmtTree>",
  ];
  return new TextEncoder().encode(text.join("\n"));
}

/** The depth is that of the tables in the sources. @param {Described} node @param {string} [path] @returns {string} */
function written({ name, format = "node", access, value, allowed, admx = false, nodes = [] }, path) {
  const isInterior = format === "node";
  // What a server may add or delete is not there at first.
  const isDynamic = /[AD]/.test(access);
  const occurrence = name === "*" ? "ZeroOrMore" : isDynamic ? "ZeroOrOne" : "One";
  const parts = [
    `<AccessType>${[...access].map((letter) => `<${ACCESS[letter]}/>`).join("")}</AccessType>`,
    value === undefined ? "" : `<DefaultValue>${escaped(value)}</DefaultValue>`,
    `<DFFormat><${format}/></DFFormat>`,
    `<Occurrence><${occurrence}/></Occurrence>`,
    `<Scope><${isDynamic ? "Dynamic" : "Permanent"}/></Scope>`,
    `<DFType>${isInterior ? "<DDFName/>" : "<MIME>text/plain</MIME>"}</DFType>`,
    allowed === undefined ? "" : `<MSFT:AllowedValues ValueType="Range"><MSFT:Value>${escaped(allowed)}</MSFT:Value></MSFT:AllowedValues>`,
    admx ? `<MSFT:AllowedValues ValueType="ADMX"><MSFT:AdmxBacked Area="Lantern~AT~Cat_Lantern" Name="${escaped(name)}" File="lantern.admx"/></MSFT:AllowedValues>` : "",
  ];
  return [
    `<Node><NodeName>${name === "*" ? "" : escaped(name)}</NodeName>`,
    path === undefined ? "" : `<Path>${escaped(path)}</Path>`,
    `<DFProperties>${parts.join("")}</DFProperties>`,
    ...nodes.map((inner) => written(inner)),
    "</Node>",
  ].join("");
}

/** @param {string} text */
const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
