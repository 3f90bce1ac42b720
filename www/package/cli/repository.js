/** What commands of DM 2.0 fetch and send by HTTP beside the session, and what is sent whenever it has changed. */
/** @import { ClientEvent, DmTree, DuePut, Outcome } from "../types.js" */
/** @import { Record } from "./record.js" */
/** @import { Transport } from "./transport.js" */
import { TransportError } from "./transport.js";

/**
 * @typedef {Pick<Extract<ClientEvent, { type: "http" }>, "method" | "url" | "headers" | "body">} Request
 * @typedef {DuePut & { outcome: Outcome }} Put
 */

/** Rounds in which subscriptions are looked after at most: changes, and two more tries each. */
const ROUNDS = 16;

export class Repository {
  #transport;
  #origins;
  #record;

  /** @param {Transport} transport @param {string[]} origins beside the server's own @param {Record} [record] */
  constructor(transport, origins, record) {
    this.#transport = transport;
    this.#origins = origins;
    this.#record = record;
  }

  /** Whether the device may go there: what it was told in another run may not be allowed in this one. @param {string} url */
  allows(url) {
    return this.#transport.isOwn(url) || this.#origins.includes(new URL(url).origin);
  }

  /**
   * One request. Redirects are not followed, and nothing that proves the device goes along.
   * @param {Request} request @param {AbortSignal} [signal]
   * @returns {Promise<Outcome>}
   */
  async ask({ method, url, headers, body }, signal) {
    this.#record?.asked(method, url, headers, body);
    try {
      const reply = await this.#transport.request(url, { method, headers, body }, signal);
      this.#record?.answered(reply.status, reply.headers, reply.body);
      return { response: { status: reply.status, headers: [...reply.headers], body: reply.body } };
    } catch (error) {
      if (signal?.aborted || !(error instanceof TransportError)) throw error;
      return { failed: error.failed };
    }
  }

  /**
   * Sends what servers subscribed to and what has changed, and what fails again as often as the engine wants: the time between is not waited for.
   * @param {DmTree} tree
   * @param {{ now: number, epoch: number }} options
   * @param {(put: Put) => void} tell
   * @param {AbortSignal} [signal]
   * @returns {Promise<Put[]>} what did not arrive
   */
  async publish(tree, { now, epoch }, tell, signal) {
    /** @type {Map<string, Put>} */
    const lost = new Map();
    for (let round = 0, at = now; round < ROUNDS && !signal?.aborted; ) {
      const { puts, next } = tree.due({ now: at, epoch });
      for (const put of puts) {
        const told = await this.#put(put, signal);
        const { outcome } = told;
        const answer = "response" in outcome ? outcome.response : undefined;
        const accept = answer === undefined ? null : new Headers(/** @type {[string, string][]} */ (answer.headers)).get("omadm-accept");
        tree.told(put.server, put.uri, { now: at, ...(answer && { status: answer.status }), ...(accept !== null && { accept }) });
        tell(told);
        const key = JSON.stringify([put.server, put.uri]);
        if (answer !== undefined && answer.status >= 200 && answer.status < 300) lost.delete(key);
        else lost.set(key, told);
      }
      if (puts.length === 0 && next === undefined) break;
      // What is too much for once goes on at the same time, which is no round.
      if (puts.length === 0 || (next ?? at) > at) round += 1;
      at = Math.max(at, next ?? at);
    }
    return [...lost.values()];
  }

  /** @param {DuePut} put @param {AbortSignal} [signal] @returns {Promise<Put>} */
  async #put(put, signal) {
    const request = /** @type {Request} */ ({ method: "PUT", url: put.url, headers: { "content-type": put.contentType }, body: put.body });
    return { ...put, outcome: this.allows(put.url) ? await this.ask(request, signal) : { failed: "network" } };
  }
}
