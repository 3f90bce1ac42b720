/** Numbers of sessions, however many: what they take does not grow with them. */

/** Each bucket is this much wider than the one before, so that a percentile is right to about one hundredth. */
const STEP = Math.log(1.02);
/** Milliseconds at the bottom of the lowest bucket. */
const LEAST = 0.01;
const BUCKETS = 1_200;
/** Different reasons that are told apart. */
const MAX_REASONS = 50;
/** Devices that are named for one reason. */
const MAX_NAMED = 3;

/** Durations in milliseconds. */
export class Latencies {
  #buckets = new Uint32Array(BUCKETS);
  #count = 0;
  #largest = 0;

  /** @param {number} milliseconds */
  add(milliseconds) {
    const at = Math.floor(Math.log(Math.max(milliseconds, LEAST) / LEAST) / STEP);
    const bucket = Math.min(at, BUCKETS - 1);
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
    this.#count += 1;
    this.#largest = Math.max(this.#largest, milliseconds);
  }

  /** The duration that a share of all does not exceed. @param {number} share from 0 to 1 */
  at(share) {
    let left = Math.ceil(this.#count * share);
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      left -= this.#buckets[bucket] ?? 0;
      if (left <= 0 && this.#count > 0) return Math.min(LEAST * Math.exp(STEP * (bucket + 1)), this.#largest);
    }
    return 0;
  }

  summary() {
    return { median: rounded(this.at(0.5)), p95: rounded(this.at(0.95)), max: rounded(this.#largest) };
  }
}

/**
 * @typedef {object} Counts of one session or of many
 * @property {number} messages sent
 * @property {number} resent messages that were sent again, because no answer had come
 * @property {number} octetsSent
 * @property {number} octetsReceived
 * @property {Record<string, number>} commands of the server, by name
 * @property {Record<string, number>} statuses of the device to these commands, by code
 */

/** @returns {Counts} */
export const noCounts = () => ({ messages: 0, resent: 0, octetsSent: 0, octetsReceived: 0, commands: {}, statuses: {} });

/** @param {Record<string, number>} into @param {string | number} name @param {number} [by] */
export function count(into, name, by = 1) {
  into[name] = (into[name] ?? 0) + by;
}

export class Tally {
  sessions = 0;
  failed = 0;
  /** @type {Counts} */
  #counts = noCounts();
  /** @type {Map<string, { count: number, devices: string[] }>} */
  #reasons = new Map();
  #messages = new Latencies();
  #whole = new Latencies();

  /** The time between a message and its answer. @param {number} milliseconds */
  answered(milliseconds) {
    this.#messages.add(milliseconds);
  }

  /** @param {import("./simulated.js").Report} report */
  over({ deviceId, reason, counts, milliseconds }) {
    this.sessions += 1;
    this.#whole.add(milliseconds);
    const all = this.#counts;
    for (const name of /** @type {const} */ (["messages", "resent", "octetsSent", "octetsReceived"])) all[name] += counts[name];
    for (const [name, number] of Object.entries(counts.commands)) count(all.commands, name, number);
    for (const [code, number] of Object.entries(counts.statuses)) count(all.statuses, code, number);
    if (reason !== undefined) this.#failure(deviceId, reason);
  }

  /** @param {string} deviceId @param {string} reason */
  #failure(deviceId, reason) {
    this.failed += 1;
    const key = this.#reasons.has(reason) || this.#reasons.size < MAX_REASONS ? reason : "other reasons";
    const known = this.#reasons.get(key) ?? { count: 0, devices: [] };
    known.count += 1;
    if (known.devices.length < MAX_NAMED) known.devices.push(deviceId);
    this.#reasons.set(key, known);
  }

  summary() {
    return {
      sessions: this.sessions,
      failed: this.failed,
      ...this.#counts,
      latency: { message: this.#messages.summary(), session: this.#whole.summary() },
      failures: [...this.#reasons].map(([reason, { count, devices }]) => ({ reason, count, devices })),
    };
  }
}

/** @param {number} milliseconds */
const rounded = (milliseconds) => Math.round(milliseconds * 10) / 10;
