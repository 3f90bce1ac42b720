/** Time and randomness of a device: the platform's, or the same in every run. */
/** @import { Env } from "../types.js" */
import { createHash } from "node:crypto";

/** When the clock of a seeded device starts: 2026-01-01T00:00:00Z. It goes on by a second with every call. */
const EPOCH = 1_767_225_600_000;

export class Random {
  #seed;
  #calls = 0;

  /**
   * @param {string | undefined} seed none: the platform's
   * @param {string} deviceId so that no two devices of a fleet draw the same
   * @param {number} run how often the state of the device has been used before
   */
  constructor(seed, deviceId, run = 0) {
    this.#seed = seed === undefined ? undefined : JSON.stringify([seed, deviceId, run]);
  }

  /**
   * For one call of the engine.
   * @returns {Env | undefined}
   */
  env() {
    if (this.#seed === undefined) return undefined;
    const number = this.#calls;
    this.#calls += 1;
    const entropy = createHash("sha256").update(`${this.#seed}${number}`).digest();
    return { now: EPOCH + number * 1_000, entropy: new Uint8Array(entropy) };
  }
}
