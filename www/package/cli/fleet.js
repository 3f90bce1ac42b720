/** `omadm device --devices N`: many devices, some of them at once, all in one instance of the engine. */
/** @import { Options } from "./options.js" */
import { join } from "node:path";
import { toJson } from "./json.js";
import { deviceIdOf, planFor, planOf } from "./plan.js";
import { Progress } from "./progress.js";
import { Record } from "./record.js";
import { SimulatedDevice } from "./simulated.js";
import { Tally } from "./tally.js";

/**
 * Whether all sessions went as they were meant to.
 * @param {Options} options
 * @param {string} version of the package
 * @param {{ print: (line: string) => void, progress: { isTTY?: boolean, write: (text: string) => unknown } }} to
 * @param {AbortSignal} signal somebody wants to stop
 * @returns {Promise<boolean>}
 */
export async function runFleet(options, version, to, signal) {
  const { devices = 1, concurrency, json } = options;
  const plan = planOf(options, version);
  const tally = new Tally();
  const progress = new Progress(to.progress, devices);
  const begun = performance.now();
  let next = 1;
  let done = 0;
  const worker = async () => {
    while (next <= devices && !signal.aborted) {
      const number = next;
      next += 1;
      await plan.transport.begin();
      await one(number).catch((error) => {
        // What is wrong with the files is wrong for all.
        next = Infinity;
        throw error;
      });
      done += 1;
      progress.show(done, tally.failed);
    }
  };
  /** @param {number} number */
  const one = async (number) => {
    const device = new SimulatedDevice(planFor(plan, number), deviceIdOf(options, number), {
      tell: (told) => {
        if (told.type === "message" && told.milliseconds !== undefined) tally.answered(told.milliseconds);
      },
      ...(options.record !== undefined && { record: new Record(join(options.record, String(number).padStart(6, "0"))) }),
    });
    try {
      for await (const report of device.sessions(options.sessions, signal)) {
        tally.over(report);
        if (json) to.print(toJson({ type: "over", device: number, ...report }));
      }
    } finally {
      device.free();
    }
  };
  try {
    const ends = await Promise.allSettled(Array.from({ length: Math.min(concurrency, devices) }, worker));
    // Those that were at it have come to their end.
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  } finally {
    plan.transport.close();
    progress.clear();
  }
  const seconds = (performance.now() - begun) / 1_000;
  const summary = { type: "summary", devices: done, seconds: Math.round(seconds * 1_000) / 1_000, ...tally.summary() };
  if (json) to.print(toJson(summary));
  else for (const line of table(summary)) to.print(line);
  return tally.failed === 0 && !signal.aborted;
}

/** @param {{ devices: number, seconds: number } & ReturnType<Tally["summary"]>} summary */
function table({ devices, seconds, sessions, failed, messages, resent, octetsSent, octetsReceived, commands, statuses, latency, failures }) {
  const rate = seconds > 0 ? (sessions / seconds).toFixed(1) : "0";
  const lines = [
    `devices    ${devices}`,
    `sessions   ${sessions}, ${failed} failed, ${seconds.toFixed(1)} s, ${rate} a second`,
    `messages   ${messages}, ${resent} sent again, ${octetsSent} octets sent, ${octetsReceived} received`,
    `commands   ${listed(commands)}`,
    `statuses   ${listed(statuses)}`,
    `answers    ${spread(latency.message)}`,
    `lengths    ${spread(latency.session)}`,
  ];
  for (const { reason, count, devices: named } of failures) lines.push(`failed     ${count}: ${reason} (${named.join(", ")}${count > named.length ? ", ..." : ""})`);
  return lines;
}

/** @param {{ [name: string]: number }} counts */
const listed = (counts) => Object.entries(counts).map(([name, number]) => `${name} ${number}`).join(", ") || "none";

/** @param {{ median: number, p95: number, max: number }} latency */
const spread = ({ median, p95, max }) => max === 0 ? "none" : `median ${median} ms, 95 % within ${p95} ms, at most ${max} ms`;
