/**
 * A server's turn, octets in to octets out: through the package in Node, in JavaScript on fast-xml-parser and its builder (peer.js), and
 * natively (turn.rs). All three give the same replies, and that is proved before anything is measured.
 */
import assert from "node:assert/strict";
import { performance } from "node:perf_hooks";
import { XMLParser } from "../../www/node_modules/fast-xml-parser/src/fxp.js";
import omadm, { message } from "../node/omadm.js";
import { Native } from "./native.js";
import { PeerSession } from "./peer.js";
import { CONFIG, ENV, TURNS, account } from "./scene.js";
import { atLeast } from "./report.js";
import { interleave, median, ratios, spread } from "./statistics.js";

/** @import { AccountState, Encoding } from "../../www/package/types.js" */
/** @import { Bar, Section, Table } from "./report.js" */
/** @import { Turn } from "./scene.js" */

const ROUNDS = 25;
/** Turns of one round. */
const COUNT = 40;
/** At least so many times as fast as the turn in JavaScript, and at least so much of the native speed. */
const [OF_PEER, OF_NATIVE] = [5, 0.5];

/**
 * @typedef {{ state: any; account: AccountState }} Saved
 * @typedef {object} Session as both have it
 * @property {(message: { body: Uint8Array; url: string }, account: any) => object[]} receive
 * @property {(command: any) => number} push
 * @property {(env: any) => { body: Uint8Array; done: boolean }} respond
 * @property {() => Saved} save
 * @property {() => void} [free]
 * @typedef {{ new (config: any): Session; restore(saved: any, config: any): Session }} Sessions
 * @typedef {{ turn: Turn; before: Saved | undefined; events: object[]; reply: Uint8Array }} Played
 */

/** @param {Session} session @param {Turn} turn @param {unknown} account */
function play(session, turn, account) {
  const events = session.receive({ body: turn.body, url: turn.url }, account);
  for (const command of turn.push) session.push(command);
  return { events, reply: session.respond(ENV).body };
}

/** @param {Saved | undefined} before */
const accountBehind = (before) => ({ ...account(), ...(before && { state: before.account }) });

/** The turns one after the other, with what was saved ahead of each. @param {Sessions} sessions @param {Turn[]} turns */
function playAll(sessions, turns) {
  /** @type {Played[]} */
  const played = [];
  /** @type {Saved | undefined} */
  let before;
  for (const turn of turns) {
    const session = before ? sessions.restore(before, CONFIG) : new sessions(CONFIG);
    played.push({ turn, before, ...play(session, turn, accountBehind(before)) });
    before = session.save();
    session.free?.();
  }
  return played;
}

/** Microseconds that a turn takes. @param {Sessions} sessions @param {Played} played @param {"live" | "resting"} mode */
function time(sessions, { turn, before }, mode) {
  const known = accountBehind(before);
  const make = () => (before ? sessions.restore(before, CONFIG) : new sessions(CONFIG));
  if (mode === "resting") {
    const start = performance.now();
    for (let count = 0; count < COUNT; count += 1) {
      const session = make();
      play(session, turn, known);
      session.save();
      session.free?.();
    }
    return ((performance.now() - start) * 1_000) / COUNT;
  }
  const made = Array.from({ length: COUNT }, make);
  const start = performance.now();
  for (const session of made) play(session, turn, known);
  const took = ((performance.now() - start) * 1_000) / COUNT;
  for (const session of made) session.free?.();
  return took;
}

/** @param {Record<Encoding, Played[]>} ours @param {Played[]} peer @param {Native} native */
function prove(ours, peer, native) {
  const elements = new XMLParser({ preserveOrder: true, parseTagValue: false, ignoreAttributes: false });
  for (const [at, { reply, events }] of ours.xml.entries()) {
    assert.deepEqual(elements.parse(peer[at]?.reply ?? ""), elements.parse(reply), "the peer says the same");
    assert.deepEqual(JSON.parse(JSON.stringify(peer[at]?.events)), JSON.parse(JSON.stringify(events)), "the peer tells its host the same");
    const inWbxml = ours.wbxml[at];
    assert.deepEqual(message(inWbxml?.reply ?? reply).message, message(reply).message, "the encoding changes nothing");
    assert.deepEqual(inWbxml?.events, events);
    for (const encoding of /** @type {const} */ (["xml", "wbxml"])) {
      assert.deepEqual(new Uint8Array(native.reply(encoding, at)), ours[encoding][at]?.reply, "the native build says the same");
    }
  }
}

/** @returns {Promise<Section>} */
export async function measure() {
  /** @type {Sessions} */
  const own = omadm.DmServerSession;
  const [xml, wbxml, peer] = [playAll(own, TURNS.xml), playAll(own, TURNS.wbxml), playAll(PeerSession, TURNS.xml)];
  const native = new Native(TURNS);
  try {
    prove({ xml, wbxml }, peer, native);
    /** @type {Table[]} */
    const tables = [];
    /** @type {Bar[]} */
    const bars = [];
    for (const mode of /** @type {const} */ (["resting", "live"])) {
      /** @type {string[][]} */
      const rows = [];
      /** @type {{ name: string; peer: number; xml: number; wbxml: number }[]} */
      const found = [];
      for (const [at, { name, body }] of TURNS.xml.entries()) {
        /** @param {Sessions} sessions @param {Played | undefined} played */
        const taking = (sessions, played) => () => (played ? time(sessions, played, mode) : NaN);
        const samples = interleave(ROUNDS, {
          xml: taking(own, xml[at]),
          peer: taking(PeerSession, peer[at]),
          native: () => native.time("xml", at, mode, COUNT),
          wbxml: taking(own, wbxml[at]),
          nativeWbxml: () => native.time("wbxml", at, mode, COUNT),
        });
        const [ofPeer, ofNative, ofNativeWbxml] = [ratios(samples, "peer", "xml"), ratios(samples, "native", "xml"), ratios(samples, "nativeWbxml", "wbxml")];
        found.push({ name, peer: median(ofPeer), xml: median(ofNative), wbxml: median(ofNativeWbxml) });
        /** @param {string} of */
        const took = (of) => spread(samples[of] ?? [], " µs");
        rows.push([`${name}, XML`, `${body.length} → ${xml[at]?.reply.length}`, took("xml"), took("peer"), spread(ofPeer, "×"), took("native"), spread(ofNative, "×")]);
        rows.push([`${name}, WBXML`, `${TURNS.wbxml[at]?.body.length} → ${wbxml[at]?.reply.length}`, took("wbxml"), "", "", took("nativeWbxml"), spread(ofNativeWbxml, "×")]);
      }
      const title = mode === "resting" ? "Restored and saved around each turn, as a Worker does it" : "On a live session";
      tables.push({ title, head: ["turn", "octets", "package", "JavaScript", "as fast as it", "native", "of its speed"], rows });
      for (const { name, peer, xml, wbxml } of found) {
        const turn = `server's turn, ${mode}: ${name}`;
        bars.push(atLeast(`${turn}: XML against JavaScript`, peer, OF_PEER));
        bars.push(atLeast(`${turn}: XML against native`, xml, OF_NATIVE));
        bars.push(atLeast(`${turn}: WBXML against native`, wbxml, OF_NATIVE));
      }
    }
    return {
      title: "A server's turn",
      text: `Octets in to octets out: what a device says is read and its sender identified by MD5, what it answers is told to the host as events, the host
queues its commands, and the reply is planned, written and kept for a retry. The package runs in Node, as it is shipped. The same turn in JavaScript stands on
fast-xml-parser and its builder (\`tests/bench/peer.js\`), which checks less: it takes what is not well-formed, and knows only what these messages
need. Natively it is the same code, built with the same profile. Before anything is measured the replies of all three are compared: element by element with
the JavaScript, octet by octet with the native build.`,
      tables,
      bars,
    };
  } finally {
    native.end();
  }
}
