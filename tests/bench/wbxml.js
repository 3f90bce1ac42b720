/** WBXML to a typed message, in wasm and natively, against libwbxml natively; and written again. */
import assert from "node:assert/strict";
import omadm from "../node/omadm.js";
import { raceInChromium } from "./chromium.js";
import { LIMITS, inWbxml } from "./messages.js";
import { Bodies, inside, libwbxml, native, rewritten } from "./programs.js";
import { often, time } from "./race.js";
import { atLeast } from "./report.js";
import { figure, interleave, lasting, median, ratios, spread } from "./statistics.js";

/** @import { Bar, Section } from "./report.js" */

const ROUNDS = 25;
/** At least so many times as fast as libwbxml: in wasm, and natively. */
const [IN_WASM, NATIVELY] = [3, 6];
/** The library takes seconds for the longest. */
const FEW = 5;

/** The message in WBXML, which the library must read as we do. @param {Uint8Array} xml @param {Bodies} bodies */
function prepared(xml, bodies) {
  const document = omadm.decode(xml, LIMITS);
  const { body } = omadm.encode(document, { encoding: "wbxml" });
  const file = bodies.file(body);
  const [own, theirs] = [omadm.decode(body, LIMITS), omadm.decode(rewritten(file), LIMITS)];
  assert.ok(own.type === "syncml" && theirs.type === "syncml");
  assert.deepStrictEqual(theirs.message, own.message, "libwbxml reads and writes the same message");
  return { body, file };
}

/** @param {number} [rounds] @returns {Promise<Section>} */
export async function measure(rounds = ROUNDS) {
  const [Inside, bodies] = [await inside(), new Bodies()];
  const chromium = await raceInChromium("decodeWbxml", rounds);
  /** @type {Bar[]} */
  const bars = [];
  /** @type {{ read: string[][]; written: string[][] }} */
  const { read, written } = { read: [], written: [] };
  try {
    for (const [at, { name, body: xml }] of inWbxml().entries()) {
      const { body, file } = prepared(xml, bodies);
      const [message, count] = [new Inside(body), 2 * often(body.length)];
      const long = body.length > 100_000;
      const samples = interleave(long ? Math.min(FEW, rounds) : rounds, {
        inside: () => time(1, () => message.decode(count)) / count,
        object: () => time(count, () => omadm.decode(body, LIMITS)),
        native: () => native("wbxml", file, count),
        library: () => libwbxml("decode", file, long ? 1 : count),
      });
      const writing = interleave(rounds, {
        inside: () => time(1, () => message.encode(count)) / count,
        native: () => native("to-wbxml", file, count),
        library: () => libwbxml("encode", file, count),
      });
      message.free();
      /** @param {import("./statistics.js").Samples} samples @param {string} of */
      const speed = (samples, of) => `${lasting(samples[of] ?? [])}, ${figure(body.length / median(samples[of] ?? []))} MB/s`;
      /** @param {string} of @param {string} where @param {number} bar */
      function ratio(of, where, bar) {
        const all = ratios(samples, "library", of);
        const found = median(all);
        bars.push(atLeast(`WBXML to message ${where}: ${name}, against libwbxml natively`, found, bar));
        return spread(all, "×");
      }
      const wasm = ratio("inside", "in wasm", IN_WASM);
      const natively = ratio("native", "natively", NATIVELY);
      const inChromium = chromium.races[at]?.samples ?? {};
      read.push([name, speed(samples, "library"), speed(samples, "inside"), wasm, speed(samples, "native"), natively, speed(samples, "object"), spread(ratios(samples, "library", "object"), "×"), speed(inChromium, "omadm")]);
      written.push([name, speed(writing, "library"), speed(writing, "inside"), spread(ratios(writing, "library", "inside"), "×"), speed(writing, "native"), spread(ratios(writing, "library", "native"), "×")]);
    }
  } finally {
    bodies.end();
  }
  return {
    title: "WBXML",
    text: `libwbxml 0.11 reads a document into its tree of elements, natively (\`tests/bench/wbxml.c\`), which is less than a typed message; all ends with the memory given back. In wasm
is the codec alone, as above; the object is what \`decode\` gives to JavaScript, in Node and in Chromium ${chromium.version}. Before anything is measured, what libwbxml writes of what it has
read is read as the same message. Of the longest message the library makes few rounds. Writing is from its tree there, and from the typed message here; both write version 1.2 without a table
of strings. There is no bar for it.`,
    tables: [
      { title: "Reading", head: ["message", "libwbxml natively", "in wasm", "as fast as it", "natively", "as fast as it", "object in Node", "as fast as it", "object in Chromium"], rows: read },
      { title: "Writing", head: ["message", "libwbxml natively", "in wasm", "as fast as it", "natively", "as fast as it"], rows: written },
    ],
    bars,
  };
}
