/** How far a fleet is, in one line that is written over; only where somebody looks at it. */

const WIDTH = 24;
/** Milliseconds between two pictures. */
const PACE = 100;

export class Progress {
  #stream;
  #total;
  #begun = performance.now();
  #drawn = 0;

  /** @param {{ isTTY?: boolean, write: (text: string) => unknown }} stream @param {number} total */
  constructor(stream, total) {
    this.#stream = stream;
    this.#total = total;
  }

  /** @param {number} done @param {number} failed */
  show(done, failed) {
    const now = performance.now();
    if (!this.#stream.isTTY || (now - this.#drawn < PACE && done < this.#total)) return;
    this.#drawn = now;
    const filled = Math.floor((WIDTH * done) / this.#total);
    const rate = (done * 1_000) / Math.max(now - this.#begun, 1);
    this.#stream.write(`\r\u001b[K[${"=".repeat(filled)}${" ".repeat(WIDTH - filled)}] ${done}/${this.#total}  ${rate.toFixed(1)}/s  ${failed} failed`);
  }

  clear() {
    if (this.#stream.isTTY) this.#stream.write("\r\u001b[K");
  }
}
