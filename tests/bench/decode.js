/** Octets of XML to a typed message as a JavaScript object, in Node and in Chromium, against three parsers with mapping code (peers.js). */
import assert from "node:assert/strict";
import omadm from "../node/omadm.js";
import { raceInChromium } from "./chromium.js";
import { LIMITS, OTHERS, inXml } from "./messages.js";
import { PEERS } from "./peers.js";
import { decode } from "./race.js";
import { atLeast } from "./report.js";
import { figure, lasting, median, ratios, spread } from "./statistics.js";

/** @import { Race } from "./race.js" */
/** @import { Bar, Section, Table } from "./report.js" */

const ROUNDS = 24;
/** At least so many times as fast as the fastest way in JavaScript, and as fast-xml-parser; and what is aimed at. */
const [OF_FASTEST, OF_SLOWEST, AIM_OF_FASTEST, AIM_OF_SLOWEST] = [1, 5, 2, 10];
const LAST = "fast-xml-parser";

function prove() {
  const others = Object.values(OTHERS).map((text) => new TextEncoder().encode(text));
  for (const body of [...inXml().map(({ body }) => body), ...others]) {
    const own = omadm.decode(body, LIMITS);
    for (const [peer, read] of Object.entries(PEERS)) assert.deepStrictEqual(read(body), own, peer);
  }
}

/** @param {number} octets @param {number[]} took */
const speed = (octets, took) => `${lasting(took)}, ${figure(octets / median(took))} MB/s`;

/** @param {string} where @param {Race[]} races @returns {{ table: Table; bars: Bar[] }} */
function told(where, races) {
  /** @type {Bar[]} */
  const bars = [];
  const peers = Object.keys(PEERS);
  const rows = races.map(({ name, octets, samples }) => {
    const of = (/** @type {string} */ peer) => ratios(samples, peer, "omadm");
    const [fastest = LAST] = [...peers].sort((one, other) => median(samples[one] ?? []) - median(samples[other] ?? []));
    /** @param {string} peer @param {number} least @param {number} aim */
    function bar(peer, least, aim) {
      const found = median(of(peer));
      bars.push(atLeast(`XML to object, ${where}: ${name}, against ${peer}`, found, least, aim));
    }
    bar(fastest, OF_FASTEST, AIM_OF_FASTEST);
    bar(LAST, OF_SLOWEST, AIM_OF_SLOWEST);
    return [name, speed(octets, samples.omadm ?? []), ...peers.map((peer) => speed(octets, samples[peer] ?? [])), ...peers.map((peer) => spread(of(peer), "×"))];
  });
  return { table: { title: where, head: ["message", "package", ...peers, ...peers.map((peer) => `as fast as ${peer}`)], rows }, bars };
}

/** @param {number} [rounds] @returns {Promise<Section>} */
export async function measure(rounds = ROUNDS) {
  prove();
  const node = told("Node", decode(omadm, rounds));
  const { version, races } = await raceInChromium("decode", rounds);
  const chromium = told("Chromium", races);
  return {
    title: "XML to a JavaScript object",
    text: `Octets in to the typed object out that \`decode\` gives. Each parser has mapping code behind it that yields the same object (\`tests/bench/peers.js\`,
\`mapping.js\`): for these messages and for ${Object.keys(OTHERS).length} others, which is proved first and is a test of its own (\`tests/node/peers.test.js\`). The
mapping code checks nothing, and knows neither namespaces nor markup inside of Data nor elements that the DTD has no name for. Of the parsers txml checks nothing
and fast-xml-parser little; saxes finds what is not well-formed. Chromium is ${version}, with the package as it is shipped and the peers in a bundle.`,
    tables: [node.table, chromium.table],
    bars: [...node.bars, ...chromium.bars],
  };
}
