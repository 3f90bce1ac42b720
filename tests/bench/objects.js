/**
 * What a large object takes of the instance's memory, while it comes or goes in chunks and when all of it is there: on live sessions, and on
 * sessions that are saved, freed and restored around every message.
 */
import { performance } from "node:perf_hooks";
import { apart } from "./apart.js";
import { atMost, mebibytes } from "./report.js";
import { figure } from "./statistics.js";

/** @import { Section } from "./report.js" */

const SIZE = 16 << 20;
/** Octets of a chunk: of the memory, and of the time where there are very many. */
const [CHUNK, SMALL] = [256 << 10, 5_600];
/** What it may take of its own size: between messages, and at its commit. */
const [BETWEEN, COMMIT] = [1.5, 2.5];

/**
 * @typedef {object} Grown octets by which the memory has grown
 * @property {number} between when all but the last chunk has come, or gone
 * @property {number} commit when all of it has
 *
 * @typedef {object} Course of an object
 * @property {() => void} start
 * @property {(number: number) => void} chunk counted from 1
 * @property {() => void} rest saves, frees and restores
 */

async function load() {
  const { octets } = await import("../node/measured.js");
  const [{ default: omadm }, letters, { env }] = await Promise.all([import("../node/omadm.js"), import("../node/letters.js"), import("../node/pair.js")]);
  return { octets, omadm, letters, env };
}
/** @typedef {Awaited<ReturnType<typeof load>>} Loaded */

const DESK = { serverId: "desk.example", url: "https://desk.example/dm", binding: /** @type {const} */ ("transport"), maxMsgSize: 1 << 20 };
const LIMITS = { bytes: 1 << 20, messages: 10_000 };
const count = (/** @type {number} */ chunk) => Math.ceil(SIZE / chunk);
/** The item of a chunk. @param {number} number @param {number} chunk @param {string} place */
function item(number, chunk, place) {
  const last = number === count(chunk);
  const size = number === 1 ? `<Meta><Size xmlns="syncml:metinf">${SIZE}</Size></Meta>` : "";
  const data = "v".repeat(last ? SIZE - (number - 1) * chunk : chunk);
  return `<Item>${place}${size}<Data>${data}</Data>${last ? "" : "<MoreData/>"}</Item>`;
}

/** The device is given a value. @param {Loaded} loaded @param {number} chunk @returns {Course} */
function atDevice({ omadm, letters, env }, chunk) {
  const { tree, session: first } = new letters.Device();
  const known = { deviceId: letters.DEVICE, serverId: "desk.example", client: /** @type {const} */ ("transport"), server: /** @type {const} */ ("transport") };
  /** @type {import("../../www/package/types.js").ClientConfig} */
  const config = { account: known, url: letters.URL_OF_SERVER, version: "1.2", encoding: "xml", limits: LIMITS };
  first.free();
  let session = new omadm.DmClientSession(config, { by: "server", sessionId: 1 }, env());
  return {
    start: () => void session.send(tree, env()),
    chunk(number) {
      const add = `<Add><CmdID>2</CmdID>${item(number, chunk, "<Target><LocURI>./A</LocURI></Target>")}</Add>`;
      session.receive(tree, { body: letters.reply(number, "", letters.ofHeader(number, 200) + add, { final: number === count(chunk) }), status: 200 }, env());
      session.send(tree, env());
    },
    rest() {
      const saved = session.save();
      session.free();
      session = omadm.DmClientSession.restore(saved, config);
    },
  };
}

/** The server is given Results. @param {Loaded} loaded @param {number} chunk @returns {Course} */
function atServer({ omadm, letters, env }, chunk) {
  const config = { ...DESK, limits: LIMITS };
  const { account } = new letters.Desk();
  let session = new omadm.DmServerSession(config);
  /** @param {number} msgId @param {string} body @param {boolean} final */
  function hear(msgId, body, final) {
    session.receive({ body: letters.request(msgId, "", body, { final }) }, account, env());
    session.respond(env());
  }
  return {
    start() {
      session.push({ type: "get", uri: "./A" });
      hear(1, letters.PACKAGE_1, true);
    },
    chunk(number) {
      const results = `<Results><CmdID>2</CmdID><MsgRef>1</MsgRef><CmdRef>4</CmdRef>${item(number, chunk, "<Source><LocURI>./A</LocURI></Source>")}</Results>`;
      hear(number + 1, letters.ofHeader(number, 200) + results, number === count(chunk));
    },
    rest() {
      const saved = session.save();
      session.free();
      session = omadm.DmServerSession.restore(saved, config);
    },
  };
}

/** The server sends a value. @param {Loaded} loaded @param {number} chunk @returns {Course} */
function fromServer({ omadm, letters, env }, chunk) {
  const config = { ...DESK, limits: LIMITS };
  const { account } = new letters.Desk();
  let session = new omadm.DmServerSession(config);
  let cmdRef = 4;
  return {
    start() {
      session.push({ type: "replace", items: [{ uri: "./A", data: "v".repeat(SIZE) }] });
    },
    chunk(number) {
      const header = `<Meta><MaxMsgSize xmlns="syncml:metinf">${chunk + 900}</MaxMsgSize></Meta>`;
      const status = `<Status><CmdID>2</CmdID><MsgRef>${number - 1}</MsgRef><CmdRef>${cmdRef}</CmdRef><Cmd>Replace</Cmd><Data>213</Data></Status>`;
      const body = number === 1 ? letters.PACKAGE_1 : letters.ofHeader(number - 1, 200) + status;
      session.receive({ body: letters.request(number, header, body, { final: number === 1 }) }, account, env());
      session.respond(env());
      cmdRef = number === 1 ? 4 : 2;
    },
    rest() {
      const saved = session.save();
      session.free();
      session = omadm.DmServerSession.restore(saved, config);
    },
  };
}

const COURSES = { "received by a device": atDevice, "received by a server": atServer, "sent by a server": fromServer };

/** @param {keyof typeof COURSES} what @param {boolean} rests @returns {Promise<Grown>} */
export async function grown(what, rests) {
  const loaded = await load();
  const before = loaded.octets();
  const course = COURSES[what](loaded, CHUNK);
  course.start();
  const last = count(CHUNK);
  for (let number = 1; number < last; number += 1) {
    course.chunk(number);
    if (rests) course.rest();
  }
  const between = loaded.octets() - before;
  course.chunk(last);
  return { between, commit: loaded.octets() - before };
}

/** Milliseconds for each message with its saving and restoring, at quarters of an object in very many chunks. @param {keyof typeof COURSES} what */
export async function resting(what) {
  const loaded = await load();
  const course = COURSES[what](loaded, SMALL);
  course.start();
  /** @type {number[]} */
  const quarters = [];
  const quarter = Math.floor(count(SMALL) / 4);
  for (let at = 0; at < 4; at += 1) {
    const start = performance.now();
    for (let number = at * quarter + 1; number <= (at + 1) * quarter; number += 1) {
      course.chunk(number);
      course.rest();
    }
    quarters.push((performance.now() - start) / quarter);
  }
  return quarters;
}

/** @returns {Promise<Section>} */
export async function measure() {
  const own = import.meta.url;
  /** @type {string[][]} */
  const rows = [];
  /** @type {import("./report.js").Bar[]} */
  const bars = [];
  const names = /** @type {(keyof typeof COURSES)[]} */ (Object.keys(COURSES));
  for (const what of names) {
    for (const rests of [false, true]) {
      /** @type {Grown} */
      const { between, commit } = await apart(own, "grown", what, rests);
      const name = `16 MiB ${what}, ${rests ? "resting" : "live"}`;
      rows.push([name, mebibytes(between), `${figure(between / SIZE)}×`, mebibytes(commit), `${figure(commit / SIZE)}×`]);
      /** @param {string} when @param {number} grown @param {number} bar */
      const bar = (when, grown, bar) => bars.push({ ...atMost(`${name}: ${when}`, grown / SIZE, bar, "×"), must: true });
      bar("between messages", between, BETWEEN);
      bar("when all is there", commit, COMMIT);
    }
  }
  /** @type {string[][]} */
  const times = [];
  for (const what of names) {
    /** @type {number[]} */
    const quarters = await apart(own, "resting", what);
    times.push([`16 MiB ${what}`, ...quarters.map((took) => `${figure(took)} ms`)]);
  }
  return {
    title: "Large objects",
    text: `The memory by which an instance grows for an object of 16 MiB in chunks of 256 KiB, on a live session and on one that is saved, freed and restored around every
message, as a Worker does it. As the memory never shrinks, what stands between messages holds the peaks of all messages before it too. Below, the time of one message with
saving and restoring where the same object comes in ${count(SMALL).toLocaleString("en")} chunks: a session at rest has all that has come so far, so each message costs in
proportion to that.`,
    tables: [
      { title: "Memory", head: ["object", "between messages", "of its size", "when all is there", "of its size"], rows },
      { title: "Time of a message at rest", head: ["object", "first quarter", "second", "third", "last"], rows: times },
    ],
    bars,
  };
}
