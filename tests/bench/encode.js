/** A typed message as a JavaScript object to octets, in Node and in Chromium, against fast-xml-parser's builder (builder.js). */
import assert from "node:assert/strict";
import omadm from "../node/omadm.js";
import { build } from "./builder.js";
import { raceInChromium } from "./chromium.js";
import { LIMITS, inXml } from "./messages.js";
import { encode } from "./race.js";
import { figure, lasting, median, ratios, spread } from "./statistics.js";

/** @import { Race } from "./race.js" */
/** @import { Section, Table } from "./report.js" */

const ROUNDS = 24;

function prove() {
  for (const { body } of inXml()) {
    const document = omadm.decode(body, LIMITS);
    assert.ok(document.type === "syncml");
    assert.deepStrictEqual(omadm.decode(build(document), LIMITS), document);
    assert.deepStrictEqual(omadm.decode(omadm.encode(document).body, LIMITS), document);
  }
}

/** @param {string} title @param {Race[]} races @returns {Table} */
function told(title, races) {
  const rows = races.map(({ name, octets, samples }) => {
    /** @param {string} of */
    const took = (of) => lasting(samples[of] ?? []);
    const speed = (/** @type {string} */ of) => `${took(of)}, ${figure(octets / median(samples[of] ?? []))} MB/s`;
    return [name, speed("omadm"), speed("peer"), spread(ratios(samples, "peer", "omadm"), "×"), took("wbxml"), spread(ratios(samples, "peer", "wbxml"), "×")];
  });
  return { title, head: ["message", "package, XML", "fast-xml-parser's builder, XML", "as fast as it", "package, WBXML", "as fast as XML there"], rows };
}

/** @param {number} [rounds] @returns {Promise<Section>} */
export async function measure(rounds = ROUNDS) {
  prove();
  const node = told("Node", encode(omadm, rounds));
  const { version, races } = await raceInChromium("encode", rounds);
  return {
    title: "A JavaScript object to octets",
    text: `The object that \`decode\` gives, written by \`encode\`: in XML against fast-xml-parser's builder with code that turns the object into its elements (\`tests/bench/builder.js\`), and in
WBXML, which none of the peers in JavaScript writes. What each writes is read as the same message, which is proved first. The package checks all of the object on its way in; the peer
checks nothing. There is no bar for it beside that of a turn, which has both ways in it. Chromium is ${version}.`,
    tables: [node, told("Chromium", races)],
    bars: [],
  };
}
