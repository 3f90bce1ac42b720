/** What a page of the bench can be asked for; bundled, and run in Chromium. */
import * as races from "./race.js";

/** @import { Codec, Race } from "./race.js" */

Object.assign(globalThis, {
  /** @param {"decode" | "decodeWbxml" | "encode"} name @param {number} rounds @returns {Promise<Race[]>} */
  async race(name, rounds) {
    const address = "/pkg/web.js";
    const omadm = /** @type {Codec & { init(): Promise<void> }} */ (await import(address));
    await omadm.init();
    return races[name](omadm, rounds);
  },
});
