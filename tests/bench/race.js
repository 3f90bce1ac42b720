/** Reading and writing messages, the package against its peers, in Node and in Chromium alike. */
import { build } from "./builder.js";
import { LIMITS, inWbxml, inXml } from "./messages.js";
import { PEERS } from "./peers.js";
import { interleave } from "./statistics.js";

/** @import { SyncMlDocument } from "../../www/package/types.js" */
/** @import { Samples } from "./statistics.js" */
/** @typedef {Pick<typeof import("../../www/package/types.js"), "decode" | "encode">} Codec */
/** @typedef {{ name: string; octets: number; samples: Samples }} Race microseconds of each contender, round by round */

/** Limits only where the usual ones do not do: to hand them in costs, too. @param {Uint8Array} body */
const limitsOf = (body) => (body.length > 1 << 20 ? LIMITS : undefined);

/** Octets that one sample is about: short samples would slip through where the machine is busy, and only the others be slowed down. */
const ENOUGH = 400_000;
/** How often a message of so many octets is taken for one sample. @param {number} octets */
export const often = (octets) => Math.max(1, Math.round(ENOUGH / octets));

/** Microseconds that one call takes. @param {number} count @param {() => unknown} work */
export function time(count, work) {
  const start = performance.now();
  for (let at = 0; at < count; at += 1) work();
  return ((performance.now() - start) * 1_000) / count;
}

/** @param {number} octets @param {number} rounds @param {Record<string, () => unknown>} contenders */
function run(octets, rounds, contenders) {
  const count = often(octets);
  const timed = Object.entries(contenders).map(([name, work]) => [name, () => time(count, work)]);
  return interleave(octets > 1_000_000 ? Math.ceil(rounds / 2) : rounds, Object.fromEntries(timed));
}

/** @param {Codec} omadm @param {Uint8Array} body */
function read(omadm, body) {
  const document = omadm.decode(body, limitsOf(body));
  if (document.type !== "syncml") throw new Error(document.type);
  return document;
}
/** @param {Codec} omadm @param {SyncMlDocument} document */
const wbxml = (omadm, document) => omadm.encode(document, { encoding: "wbxml" }).body;

/** Octets of XML to the object. @param {Codec} omadm @param {number} rounds @returns {Race[]} */
export function decode(omadm, rounds) {
  return inXml().map(({ name, body }) => {
    const peers = Object.entries(PEERS).map(([peer, read]) => [peer, () => read(body)]);
    return { name, octets: body.length, samples: run(body.length, rounds, { omadm: () => omadm.decode(body, limitsOf(body)), ...Object.fromEntries(peers) }) };
  });
}

/** Octets of WBXML to the object. No parser in JavaScript reads it. @param {Codec} omadm @param {number} rounds @returns {Race[]} */
export function decodeWbxml(omadm, rounds) {
  return inWbxml().map(({ name, body }) => {
    const octets = wbxml(omadm, read(omadm, body));
    return { name, octets: octets.length, samples: run(octets.length, rounds, { omadm: () => omadm.decode(octets, octets.length > 100_000 ? LIMITS : undefined) }) };
  });
}

/** The object to octets. @param {Codec} omadm @param {number} rounds @returns {Race[]} */
export function encode(omadm, rounds) {
  return inXml().map(({ name, body }) => {
    const document = read(omadm, body);
    const samples = run(body.length, rounds, { omadm: () => omadm.encode(document), peer: () => build(document), wbxml: () => wbxml(omadm, document) });
    return { name, octets: body.length, samples };
  });
}

/**
 * The codec alone in wasm, with nothing of JavaScript between (inside.rs).
 * @typedef {{ events(count: number): void; decode(count: number): void; encode(count: number): void; free(): void }} Inside
 */

/** How many times as many rounds of events there are as of messages: what takes as long is slowed down alike where the machine is busy. */
export const MANY = 5;

/**
 * What happens inside of wasm alone, beside what else is to be measured with it.
 * @param {{ new (body: Uint8Array): Inside }} Inside
 * @param {Uint8Array} body
 * @param {number} rounds
 * @param {Record<string, (count: number) => number>} [beside] each gives microseconds
 * @returns {Samples}
 */
export function inside(Inside, body, rounds, beside = {}) {
  const [message, count] = [new Inside(body), 3 * often(body.length)];
  const others = Object.entries(beside).map(([name, work]) => [name, () => work(count)]);
  const samples = interleave(rounds, {
    events: () => time(1, () => message.events(MANY * count)) / (MANY * count),
    message: () => time(1, () => message.decode(count)) / count,
    written: () => time(1, () => message.encode(count)) / count,
    ...Object.fromEntries(others),
  });
  message.free();
  return samples;
}

/** @param {{ new (body: Uint8Array): Inside }} Inside @param {number} rounds @returns {Race[]} */
export const allInside = (Inside, rounds) => inXml().map(({ name, body }) => ({ name, octets: body.length, samples: inside(Inside, body, rounds) }));
