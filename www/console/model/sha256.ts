/** SHA-256, for what is no secret: the platform's own only comes in a promise. */

/** The first 32 bits behind the point of the roots of the first primes: square roots to begin with, cube roots for the rounds. */
const PRIMES = primes(64);
const BEGINNING = PRIMES.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));
const ROUNDS = Uint32Array.from(PRIMES, (prime) => fraction(Math.cbrt(prime)));
const BLOCK = 64;

export function sha256(octets: Uint8Array): Uint8Array {
  const state = Uint32Array.from(BEGINNING);
  const words = new Uint32Array(64);
  const padded = pad(octets);
  const view = new DataView(padded.buffer);
  for (let at = 0; at < padded.length; at += BLOCK) {
    for (let index = 0; index < 16; index += 1) words[index] = view.getUint32(at + 4 * index);
    for (let index = 16; index < 64; index += 1) {
      const [near, far] = [word(words, index - 2), word(words, index - 15)];
      words[index] =
        (turn(near, 17) ^ turn(near, 19) ^ (near >>> 10)) + word(words, index - 7) + (turn(far, 7) ^ turn(far, 18) ^ (far >>> 3)) + word(words, index - 16);
    }
    round(state, words);
  }
  const digest = new Uint8Array(32);
  const out = new DataView(digest.buffer);
  state.forEach((value, index) => out.setUint32(4 * index, value));
  return digest;
}

function round(state: Uint32Array, words: Uint32Array): void {
  const v = Array.from(state) as [number, number, number, number, number, number, number, number];
  for (let index = 0; index < 64; index += 1) {
    const [a, b, c, d, e, f, g, h] = v;
    const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + word(ROUNDS, index) + word(words, index)) | 0;
    const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    v.splice(0, 8, (one + two) | 0, a, b, c, (d + one) | 0, e, f, g);
  }
  v.forEach((value, index) => (state[index] = word(state, index) + value));
}

/** Behind the octets a one, noughts, and how many bits they are. */
function pad(octets: Uint8Array): Uint8Array<ArrayBuffer> {
  const padded = new Uint8Array(Math.ceil((octets.length + 9) / BLOCK) * BLOCK);
  padded.set(octets);
  padded[octets.length] = 0x80;
  new DataView(padded.buffer).setBigUint64(padded.length - 8, BigInt(octets.length) * 8n);
  return padded;
}

const turn = (value: number, by: number): number => (value >>> by) | (value << (32 - by));
const word = (words: Uint32Array, index: number): number => words[index] ?? 0;

function fraction(root: number): number {
  return Math.floor((root - Math.floor(root)) * 2 ** 32);
}

function primes(count: number): number[] {
  const found: number[] = [];
  for (let number = 2; found.length < count; number += 1) if (found.every((prime) => number % prime !== 0)) found.push(number);
  return found;
}
