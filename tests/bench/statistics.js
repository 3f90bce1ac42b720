/** Times that can be compared: in rounds of which each has all contenders, so that a busy machine slows all of them. */

/** @typedef {Record<string, number[]>} Samples what each contender took, round by round */

/** Rounds in which engines warm up, and which do not count. */
const WARM = 3;

/**
 * @param {number} rounds
 * @param {Record<string, () => number>} contenders each gives what it took, in any unit
 * @returns {Samples}
 */
export function interleave(rounds, contenders) {
  /** @type {Samples} */
  const samples = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  const names = Object.keys(contenders);
  for (let round = -WARM; round < rounds; round += 1) {
    // Nobody is always the first.
    const turned = names.map((_, at) => names[(at + round + WARM) % names.length] ?? "");
    for (const name of turned) {
      const took = contenders[name]?.() ?? NaN;
      if (round >= 0) samples[name]?.push(took);
    }
  }
  return samples;
}

/** @param {readonly number[]} numbers @param {number} part */
export function quantile(numbers, part) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const at = (sorted.length - 1) * part;
  const [low = NaN, high = NaN] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return low + (high - low) * (at - Math.floor(at));
}

/** @param {readonly number[]} numbers */
export const median = (numbers) => quantile(numbers, 0.5);

/** How often `of` goes into `than`, round by round. @param {Samples} samples @param {string} than @param {string} of */
export const ratios = (samples, than, of) => (samples[than] ?? []).map((took, round) => took / (samples[of]?.[round] ?? NaN));

/** The median with the quartiles. @param {readonly number[]} numbers @param {string} unit */
export function spread(numbers, unit) {
  const [low, middle, high] = [0.25, 0.5, 0.75].map((part) => figure(quantile(numbers, part)));
  return `${middle}${unit} (${low}–${high})`;
}

/** The same of microseconds, in milliseconds where there are many. @param {readonly number[]} microseconds */
export function lasting(microseconds) {
  if (median(microseconds) < 10_000) return spread(microseconds, " µs");
  return spread(microseconds.map((took) => took / 1_000), " ms");
}

/** Three digits that count. @param {number} number */
export function figure(number) {
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(number) || 1)));
  return number.toFixed(Math.min(digits, 2));
}

/** The slope of a line through points at 0, 1, 2 and so on, by least squares. @param {readonly number[]} heights */
export function slope(heights) {
  const mean = (heights.length - 1) / 2;
  const spread = heights.reduce((sum, _, at) => sum + (at - mean) ** 2, 0);
  return heights.reduce((sum, height, at) => sum + (at - mean) * height, 0) / spread;
}
