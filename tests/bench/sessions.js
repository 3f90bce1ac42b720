/** What sessions take of the instance's memory: 1,000 at once, and 10,000 one after the other. */
import { apart } from "./apart.js";
import { mebibytes } from "./report.js";
import { slope } from "./statistics.js";

/** @import { Section } from "./report.js" */

const [LIVE, PLAYED] = [1_000, 10_000];
const BAR = 64 << 20;

/** Loads what plays sessions, ahead of it what looks at the memory. */
async function rig() {
  const { octets } = await import("../node/measured.js");
  const whole = await import("../node/whole.js");
  return { octets, ...whole };
}

/** Octets by which so many live sessions make the memory grow. @param {"server" | "client"} side @param {number} count */
export async function live(side, count) {
  const { octets, begun, playWhole } = await rig();
  playWhole(0);
  const before = octets();
  const held = Array.from({ length: count }, (_, at) => begun(side, at));
  const grown = octets() - before;
  for (const session of held) session.free();
  return grown;
}

/** The memory behind each of some groups of sessions, each played whole and freed. @param {number} count @param {number} groups */
export async function following(count, groups) {
  const { octets, playWhole } = await rig();
  /** @type {number[]} */
  const sizes = [];
  for (let at = 0; at < count; at += 1) {
    playWhole(at);
    if ((at + 1) % (count / groups) === 0) sizes.push(octets());
  }
  return sizes;
}

/** @returns {Promise<Section>} */
export async function measure() {
  const own = import.meta.url;
  /** @type {[number, number]} */
  const [atServer, atClient] = [await apart(own, "live", "server", LIVE), await apart(own, "live", "client", LIVE)];
  const groups = 100;
  /** @type {number[]} */
  const sizes = await apart(own, "following", PLAYED, groups);
  // The first tenth is where an instance finds its size.
  const settled = sizes.slice(groups / 10);
  const perSession = (slope(settled) * groups) / PLAYED;
  const [first = NaN, last = NaN] = [settled[0], settled.at(-1)];
  /** @param {string} what @param {number} grown */
  const bar = (what, grown) => ({ what, bar: `at most ${mebibytes(BAR)}`, found: mebibytes(grown), isHeld: grown <= BAR, must: true });
  return {
    title: "Sessions in one instance",
    text: `A live session is one in its midst: at the server 20 Gets are out and the reply is kept for a retry, at the device those are answered; the device's own
tree counts as well. The sessions that follow each other are played whole on both sides, with MD5 credentials, half of them saved and restored between all
messages, and freed. The slope is that of the memory over the last nine tenths of them, by least squares: anything but 0 fails the run.`,
    tables: [
      {
        title: "Memory of the instance",
        head: ["what", "grown by", "each"],
        rows: [
          [`${LIVE.toLocaleString("en")} live sessions at the server`, mebibytes(atServer), `${(atServer / LIVE / 1024).toFixed(1)} KiB`],
          [`${LIVE.toLocaleString("en")} live sessions at the device, with their trees`, mebibytes(atClient), `${(atClient / LIVE / 1024).toFixed(1)} KiB`],
          [`${PLAYED.toLocaleString("en")} sessions, one after the other`, `${last - first} octets`, `${perSession.toFixed(2)} octets`],
        ],
      },
    ],
    bars: [
      bar(`${LIVE.toLocaleString("en")} live sessions at the server`, atServer),
      bar(`${LIVE.toLocaleString("en")} live sessions at the device`, atClient),
      { what: `slope over ${PLAYED.toLocaleString("en")} sessions`, bar: "0", found: `${perSession.toFixed(2)} octets a session`, isHeld: perSession === 0, must: true },
    ],
  };
}

