/** How long it takes until the first message is read: a fresh process, a thread, a page and a worker of a page. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { folder } from "../node/omadm.js";
import { apart } from "./apart.js";
import { inChromium } from "./chromium.js";
import { packageOne } from "./messages.js";
import { atMost } from "./report.js";
import { median, spread } from "./statistics.js";
/** @import { Bar, Section } from "./report.js" */

const ROUNDS = 15;
/** Milliseconds in Node. */
const BAR = 15;
const child = fileURLToPath(new URL("start-child.js", import.meta.url));

/** @typedef {{ name: string; inNode: string; inPage: string }} Entry files of the package */

/** The entries that read messages; that of the codec alone where it is there. @returns {Entry[]} */
function entries() {
  /** @type {{ exports: Record<string, Record<string, string>> }} */
  const { exports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return [".", "./codec"].flatMap((name) => {
    const { node, browser, default: other = "" } = exports[name] ?? {};
    const [inNode, inPage] = [node ?? other, browser ?? other];
    return inNode !== "" && existsSync(join(folder, inNode)) ? [{ name: join("omadm", name), inNode, inPage }] : [];
  });
}

/** Milliseconds in this thread. @param {string} entry */
export async function inThread(entry) {
  const body = new TextEncoder().encode(packageOne());
  const start = performance.now();
  const omadm = await import(entry);
  await omadm.init?.();
  omadm.decode(body);
  return performance.now() - start;
}

/** @param {number} [rounds] @returns {Promise<Section>} */
export async function measure(rounds = ROUNDS) {
  /** @type {Bar[]} */
  const bars = [];
  const rows = await inChromium(async ({ ask }) => {
    /** @type {string[][]} */
    const rows = [];
    for (const { name, inNode, inPage } of entries()) {
      /** @type {Record<"process" | "before" | "thread" | "page" | "worker", number[]>} */
      const took = { process: [], before: [], thread: [], page: [], worker: [] };
      const entry = pathToFileURL(join(folder, inNode)).href;
      const address = new URL(inPage, "http://bench.example/pkg/").pathname;
      for (let round = 0; round < rounds; round += 1) {
        /** @type {[number, number]} */
        const [own, before] = JSON.parse(execFileSync(process.execPath, [child, entry], { encoding: "utf8" }));
        took.process.push(own);
        took.before.push(before);
        took.thread.push(await apart(import.meta.url, "inThread", entry));
        took.page.push(await ask("start", address));
        took.worker.push(await ask("startInWorker", address));
      }
      const found = median(took.process);
      bars.push(atMost(`import to the first message in Node: ${name}`, found, BAR, " ms"));
      rows.push([name, ...[took.process, took.before, took.thread, took.page, took.worker].map((times) => spread(times, " ms"))]);
    }
    return rows;
  });
  return {
    title: "Start",
    text: `From the import of the package to its first message, a package 1 of 1.5 kB: reading or fetching the module, compiling it, an instance, one \`decode\`. Each time in a process,
a thread, and a context of Chromium of its own, with nothing cached; a page fetches from loopback. Beside it, what Node itself takes before that. A thread finds the
module compiled in its process.`,
    tables: [{ title: "Start to the first message", head: ["entry", "process of Node", "Node before it", "thread of Node", "page in Chromium", "worker in Chromium"], rows }],
    bars,
  };
}
