/** The most memory that reading one message takes, in an instance that has read none before. */
import { apart } from "./apart.js";
import { mebibytes } from "./report.js";
import { figure } from "./statistics.js";

/** @import { Section } from "./report.js" */

/** Times the input, and beside that. */
const [TIMES, BESIDE] = [6, 1 << 20];

/** Those that are measured elsewhere too, and one near the usual bound. */
async function load() {
  const { octets } = await import("../node/measured.js");
  const [{ default: omadm }, messages] = await Promise.all([import("../node/omadm.js"), import("./messages.js")]);
  const { LIMITS, inWbxml, inXml, packageOne, replaces, results, statuses } = messages;
  const text = new TextEncoder();
  const wbxml = (/** @type {Uint8Array} */ xml) => omadm.encode(omadm.decode(xml, LIMITS), { encoding: "wbxml" }).body;
  const ordinary = [
    ...inXml().map(({ name, body }) => ({ name: `XML, ${name}`, make: () => body })),
    { name: "XML, 0.8 MB: Replaces of 2,500 nodes", make: () => text.encode(replaces(2_500)) },
    { name: "XML, 0.9 MB: 5,400 Statuses", make: () => text.encode(statuses(5_400)) },
    ...inWbxml().map(({ name, body }) => ({ name: `WBXML, ${name}`, make: () => wbxml(body) })),
    { name: "WBXML, 0.5 MB: 5,400 Statuses", make: () => wbxml(text.encode(statuses(5_400))) },
    { name: "XML, 0.3 MB: Results of 500 nodes", make: () => text.encode(results(500)) },
  ];
  return { octets, omadm, LIMITS, first: text.encode(packageOne()), ordinary };
}

/** How many messages there are. */
export const count = async () => (await load()).ordinary.length;

/** Octets of a message. @param {number} index */
export async function made(index) {
  const { ordinary } = await load();
  const { name, make } = ordinary[index] ?? { name: "", make: () => new Uint8Array() };
  return { name, body: make() };
}

/** By how much the memory grows. What made the message has an instance of its own. @param {Uint8Array} body */
export async function grown(body) {
  const { octets, omadm, LIMITS, first } = await load();
  omadm.decode(first);
  const before = octets();
  omadm.decode(body, LIMITS);
  return octets() - before;
}

/** @returns {Promise<Section>} */
export async function measure() {
  const own = import.meta.url;
  /** @type {{ name: string; size: number; took: number; most: number }[]} */
  const found = [];
  for (let at = 0; at < (await count()); at += 1) {
    /** @type {{ name: string; body: Uint8Array }} */
    const { name, body } = await apart(own, "made", at);
    found.push({ name, size: body.length, took: await apart(own, "grown", body), most: TIMES * body.length + BESIDE });
  }
  return {
    title: "Memory of reading",
    text: `By how much the memory of a fresh instance grows for one message, above what it has when it has read package 1. The objects that \`decode\` gives are JavaScript's own and not
counted. What hostile input takes is in the table of growth.`,
    tables: [{ title: "Ordinary messages", head: ["message", "octets", "grown by", "of its octets"], rows: found.map(({ name, size, took }) => [name, size.toLocaleString("en"), mebibytes(took), `${figure(took / size)}×`]) }],
    bars: found.map(({ name, took, most }) => ({ what: `memory of reading: ${name}`, bar: `at most ${mebibytes(most)}`, found: mebibytes(took), isHeld: took <= most })),
  };
}
