/** Sessions against the Worker on workerd, each with a Durable Object of its own that stores every message: none may fail. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEdge } from "../../www/tools/edge.js";
import { Rig } from "../worker/rig.js";
import { figure, quantile } from "./statistics.js";

/** @import { Section } from "./report.js" */

const [SESSIONS, MESSAGES, AT_ONCE] = [1_000, 6, 16];
/** So many values are asked for, more than one message to this device can hold. */
const [ASKED, ROOM] = [12, 1_000];
const NAME = "./Setting/Name";

/** @param {string[]} printed */
async function edge(printed) {
  const folder = await mkdtemp(join(tmpdir(), "omadm-edge-"));
  const edge = await startEdge({ port: 0, state: folder, print: (line) => void printed.push(line) });
  return {
    rig: new Rig(folder, edge),
    async stop() {
      await edge.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Plays one session; gives the milliseconds of each exchange, or throws for what is wrong with it. @param {Rig} rig @param {number} number */
async function play(rig, number) {
  const id = `urn:device:${number}`;
  const device = await rig.device(id, { scheme: "md5", maxMsgSize: ROOM });
  const ids = await rig.queue(id, Array.from({ length: ASKED }, () => ({ type: /** @type {const} */ ("get"), uri: NAME })));
  /** @type {number[]} */
  const took = [];
  for (let start = performance.now(); await device.turn(); start = performance.now()) took.push(performance.now() - start);
  if (!device.events.some(({ type }) => type === "finished")) throw new Error(`session ${number} did not finish`);
  const { state, outcome } = await rig.read(`${encodeURIComponent(id)}/commands/${ids.at(-1)}`);
  if (state !== "answered" || !JSON.stringify(outcome).includes("value-in-the-tree")) throw new Error(`session ${number} has no answer`);
  device.session.free();
  device.tree.free();
  return took;
}

/** @param {number} [count] @returns {Promise<Section>} */
export async function measure(count = SESSIONS) {
  /** @type {string[]} */
  const printed = [];
  const { rig, stop } = await edge(printed);
  /** @type {number[][]} */
  const sessions = [];
  /** @type {unknown[]} */
  const failures = [];
  const start = performance.now();
  try {
    let next = 0;
    const run = async () => {
      while (next < count) await play(rig, next++).then((took) => sessions.push(took), (error) => failures.push(error));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, run));
  } finally {
    await stop();
  }
  for (const failure of failures.slice(0, 3)) console.error("bench:", failure);
  const seconds = (performance.now() - start) / 1_000;
  const exchanges = sessions.flat();
  const fewest = Math.min(...sessions.map((took) => took.length));
  const all = count.toLocaleString("en");
  return {
    title: "At the edge",
    text: `${all} devices, ${AT_ONCE} at a time, each with a session by MD5 against the Worker of this repository on workerd: a Durable Object for each device, which stores the
session after every message. All runs on this machine, the devices included. An exchange is a message and its reply.`,
    tables: [
      {
        title: "Sessions",
        head: ["what", "measured"],
        rows: [
          ["sessions that finished with the value that was asked for", `${sessions.length.toLocaleString("en")} of ${all}`],
          ["exchanges of a session, at least", String(fewest)],
          ["exchanges in a second", figure(exchanges.length / seconds)],
          ["an exchange: median, 99 of 100", `${figure(quantile(exchanges, 0.5))} ms, ${figure(quantile(exchanges, 0.99))} ms`],
          ["lines that the Worker printed", String(printed.length)],
        ],
      },
    ],
    bars: [
      {
        what: `${all} sessions of ${MESSAGES} messages and more in Durable Objects`,
        bar: "none failed",
        found: `${failures.length} failed, ${fewest} exchanges each`,
        isHeld: failures.length === 0 && fewest >= MESSAGES,
        must: true,
      },
    ],
  };
}
