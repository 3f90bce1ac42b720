/** What a page of the bench, or a worker of it, can be asked for; bundled, and run in Chromium. */
import { packageOne } from "./messages.js";
import * as races from "./race.js";

/** @import { Codec, Race } from "./race.js" */
/** @typedef {Codec & { init(): Promise<void> }} Loaded */

/** @param {string} [address] @returns {Promise<Loaded>} */
async function load(address = "/pkg/web.js") {
  const omadm = /** @type {Loaded} */ (await import(new URL(address, location.origin).href));
  await omadm.init();
  return omadm;
}

/** Milliseconds from the import of the package to its first message. @param {string} address */
async function start(address) {
  const body = new TextEncoder().encode(packageOne());
  const before = performance.now();
  const { decode } = await load(address);
  if (decode(body).type !== "syncml") throw new Error("no message");
  return performance.now() - before;
}

const asked = {
  /** @param {"decode" | "decodeWbxml" | "encode"} name @param {number} rounds @returns {Promise<Race[]>} */
  race: async (name, rounds) => races[name](await load(), rounds),
  /** What happens inside of wasm alone. @param {number} rounds */
  async inside(rounds) {
    const glue = await import(new URL("/bench/inside.js", location.origin).href);
    await glue.default();
    return races.allInside(glue.Inside, rounds);
  },
  start,
  /** The same in a worker. @param {string} address @returns {Promise<number>} */
  startInWorker: (address) =>
    new Promise((resolve, reject) => {
      const worker = new Worker(import.meta.url, { type: "module" });
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message));
      worker.postMessage(address);
    }),
};
/** @typedef {typeof asked} Asked */

if (typeof document === "undefined") {
  addEventListener("message", async ({ data }) => {
    // Of a worker, which has no target to name.
    /** @type {(message: unknown) => void} */ (postMessage)(await start(data));
  });
} else {
  Object.assign(globalThis, asked);
}
