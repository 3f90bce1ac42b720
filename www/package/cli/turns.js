/**
 * Turns of many devices in one process. What a device does with an answer takes milliseconds; hundreds that come at once would keep the process
 * from its connections so long that servers give these up. So one device is at work, then all connections are looked after, then the next is.
 */
export class Turns {
  /** @type {(() => void)[]} */
  #open = [];
  /** @type {(() => void)[]} */
  #fresh = [];
  #isGoing = false;

  /**
   * Resolves when it is the caller's turn, which ends with its next `await`. Whoever is in a session comes before all that begin one.
   * @returns {Promise<void>}
   */
  take() {
    return this.#wait(this.#open);
  }

  /** The same for who begins. */
  begin() {
    return this.#wait(this.#fresh);
  }

  /** @param {(() => void)[]} queue @returns {Promise<void>} */
  #wait(queue) {
    return new Promise((resolve) => {
      queue.push(resolve);
      if (this.#isGoing) return;
      this.#isGoing = true;
      setImmediate(() => this.#next());
    });
  }

  #next() {
    const turn = this.#open.shift() ?? this.#fresh.shift();
    this.#isGoing = turn !== undefined;
    if (turn === undefined) return;
    turn();
    setImmediate(() => this.#next());
  }
}
