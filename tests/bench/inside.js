/** Octets of XML to a typed message inside of wasm, against the bare loop over quick-xml's events in the same module. */
import { inChromium } from "./chromium.js";
import { inXml } from "./messages.js";
import { Bodies, inside as load, native } from "./programs.js";
import { MANY, inside } from "./race.js";
import { atLeast } from "./report.js";
import { figure, lasting, median, ratios, spread } from "./statistics.js";

/** @import { Race } from "./race.js" */
/** @import { Bar, Section } from "./report.js" */

const ROUNDS = 25;
/** At least so much of the loop's speed, and what is aimed at. */
const [BAR, AIM] = [0.4, 0.6];

/** @param {number} rounds @returns {Promise<Race[]>} */
async function inNode(rounds) {
  const [Inside, bodies] = [await load(), new Bodies()];
  try {
    return inXml().map(({ name, body }) => {
      const file = bodies.file(body);
      const samples = inside(Inside, body, rounds, { native: (count) => native("xml", file, count), nativeEvents: (count) => native("events", file, MANY * count) });
      return { name, octets: body.length, samples };
    });
  } finally {
    bodies.end();
  }
}

/** @param {number} [rounds] @returns {Promise<Section>} */
export async function measure(rounds = ROUNDS) {
  /** @type {Bar[]} */
  const bars = [];
  /** @param {string} where @param {Race[]} races */
  function told(where, races) {
    return races.map(({ name, octets, samples }) => {
      /** @param {string} of */
      const speed = (of) => (samples[of] ? `${lasting(samples[of])}, ${figure(octets / median(samples[of]))} MB/s` : "");
      const of = ratios(samples, "events", "message");
      const found = median(of);
      bars.push(atLeast(`XML to message inside wasm, ${where}: ${name}, of the speed of bare events`, found, BAR, AIM));
      const ofNative = samples["native"] ? spread(ratios(samples, "native", "message"), "×") : "";
      return [`${name}, ${where}`, speed("message"), speed("events"), spread(of, "×"), speed("native"), speed("nativeEvents"), ofNative, speed("written")];
    });
  }
  const node = told("Node", await inNode(rounds));
  const chromium = await inChromium(async ({ ask, version }) => ({ version, rows: told("Chromium", await ask("inside", rounds)) }));
  return {
    title: "XML to a typed message inside wasm",
    text: `The codec alone, in a module of its own that is built like the package and not shipped (\`tests/bench/inside.rs\`): octets that lie in its memory to the typed
message, against the loop over quick-xml's events that any reader of XML stands on, which checks next to nothing. Beside it the same natively, and the message written again in XML.
Chromium is ${chromium.version}.`,
    tables: [
      {
        title: "Reading",
        head: ["message", "message", "bare events", "of their speed", "natively", "bare events natively", "of the native speed", "written, in wasm"],
        rows: [...node, ...chromium.rows],
      },
    ],
    bars,
  };
}
