/**
 * Turns of many devices in one process. What a device does with an answer takes milliseconds; hundreds that come at once would keep the process
 * from its connections so long that servers give these up. So one device is at work, then all connections are looked after, then the next is.
 */
export class Turns {
  #last = Promise.resolve();

  /**
   * Resolves when it is the caller's turn, which ends with its next `await`.
   * @returns {Promise<void>}
   */
  take() {
    const turn = this.#last.then(() => new Promise((/** @type {(value: void) => void} */ resolve) => void setImmediate(resolve)));
    this.#last = turn;
    return turn;
  }
}
