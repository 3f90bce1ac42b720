/**
 * Reading packages of DM 2.0 in the draft dialect: through the package in Node, and by `JSON.parse` with a validator that was written by hand
 * (packages-peer.js). Both give the same document and refuse the same faults, and that is proved before anything is measured.
 */
import assert from "node:assert/strict";
import { performance } from "node:perf_hooks";
import omadm from "../node/omadm.js";
import { read } from "./packages-peer.js";
import { interleave, ratios, spread } from "./statistics.js";

/** @typedef {Parameters<typeof read>[0]} Kind */

const ROUNDS = 25;
/** Readings of one round. */
const COUNT = 60;

const RADIO = "urn:oma:mo:ext-tideline-radio:1.0";
const DEVICE = { DevID: "IMEI:490154203237518", SessionID: "7A" };
const octets = (/** @type {unknown} */ value) => new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
/** @param {number} count @param {(at: number) => unknown} make */
const many = (count, make) => Array.from({ length: count }, (_, at) => make(at));
const channel = (/** @type {number} */ at) => ({ Frequency: 446_006_250 + at * 12_500, Power: 0.5, Name: `Käi ${at}`, Enabled: at % 2 === 0 });

/** @type {{ name: string, kind: Kind, body: Uint8Array }[]} */
const PACKAGES = [
  {
    name: "package 1: 12 objects, an alert",
    kind: "initiation",
    body: octets({
      SessionInfo: { ...DEVICE, PkgSeq: 1, ReasonForSession: 1201 },
      MOS: many(12, (at) => ({ MOID: `urn:oma:mo:ext-tideline-part${at}:1.0`, DDF: `https://tideline.example/ddf/${at}`, Path: ["/north/", "/south/"] })),
      MOD: [{ URI: `${RADIO}/`, CV: "5f.12", MO: { Channel: channel(0) } }, { URI: "urn:oma:mo:y:1.0/", Code: 304 }],
      Alerts: [{ Code: 1226, Correlator: "c-7", Item: { Source: `${RADIO}//Scan`, Type: "urn:oma:at:ext-tideline:done:1.0", Format: "int", Mark: "warning", Data: 3 } }],
    }),
  },
  {
    name: "package 2: 100 commands",
    kind: "request",
    body: octets({
      SessionInfo: { SessionID: "7A", PkgSeq: 1, AcceptMO: "application/vnd.oma.dm.mo+json" },
      Cmds: [
        ...many(60, (at) => ({ GET: [`${RADIO}/north/Channel${at}/Frequency`] })),
        ...many(20, (at) => ({ HGET: [`https://tideline.example/rules/${at}`, `${RADIO}/north/Rule${at}`] })),
        ...many(10, (at) => ({ HPUT: [`https://tideline.example/in/${at}`, `${RADIO}/north/`, `${RADIO}/south/`] })),
        ...many(6, (at) => ({ EXEC: ["https://tideline.example/told", `${RADIO}/north/Scan${at}`] })),
        { SHOW: ["https://tideline.example/ask"] }, { SUB: ["https://tideline.example/in", `${RADIO}/north/`] }, { FROB: ["x"] }, { GET: [1] }, { END: [] },
      ],
      Results: [{ Code: 200 }],
    }),
  },
  {
    name: "package 3: 100 results with data",
    kind: "response",
    body: octets({
      SessionInfo: { ...DEVICE, PkgSeq: 2 },
      Results: [
        ...many(60, (at) => ({ Code: 200, MOD: { URI: `${RADIO}/north/Channel${at}`, CV: `5f.${at}`, MO: channel(at) } })),
        ...many(20, (at) => ({ Code: 200, URI: [`${RADIO}/m${at}/`] })),
        ...many(20, () => ({ Code: 404 })),
      ],
    }),
  },
];

const deep = (/** @type {number} */ arrays) => `{"SessionInfo":{"DevID":"d","SessionID":"7","PkgSeq":2},"Results":[],"x":${"[".repeat(arrays)}${"]".repeat(arrays)}}`;
const SESSION = { SessionID: "7A", PkgSeq: 1 };
/** What is not measured, but read alike. @type {[Kind, unknown][]} */
const ALIKE = [
  ["initiation", { SessionInfo: { DevID: "d", ...SESSION, ReasonForSession: 1200 }, MOS: [{ MOID: "m", Path: [] }], Alerts: [{ Code: 1226 }, { Code: 7, Item: [{}, { Data: null }] }] }],
  ["initiation", { SessionInfo: { DevID: "d", ...SESSION, ReasonForSession: 1201 }, Alerts: [{ Code: 1226, Item: { Type: "urn:oma:at:dm:2.0:BootstrapComplete" } }] }],
  ["initiation", { SessionInfo: { DevID: "d", ...SESSION, ReasonForSession: 9 }, more: {} }],
  ["request", { SessionInfo: SESSION }],
  [
    "request",
    {
      SessionInfo: SESSION,
      Cmds: [
        ...[null, {}, "", []].map((nothing) => ({ END: nothing })), { END: ["a"] }, { END: 0 }, {}, [], 7, { GET: [], EXEC: [] }, { FROB: [] }, { FROB: null }, { get: ["a"] },
        { GET: [] }, { GET: ["a", "b"] }, { GET: ["http:a"] }, { HGET: ["a"] }, { HGET: ["a", "HTTP://b"] }, { HGET: ["a", "b"] }, { HPUT: ["http:a"] }, { HPOST: ["a", "b", "c"] },
        { EXEC: ["a", "https:b"] }, { SHOW: ["x", "y"] }, { CONT: ["x"] }, { DEFAULT: ["https:a", "m"] }, { DEFAULT: ["m"] }, { SUB: ["a", "http:b"] }, { UNSUB: ["a"] }, { DELETE: ["a"] },
      ],
    },
  ],
  ["response", { SessionInfo: { DevID: "d", ...SESSION }, Results: [{ Code: 100 }, { Code: 200, MOD: [] }, { Code: 200, MOD: [{ URI: "x", CV: "1", DDF: "d", Code: 304 }] }], Alerts: [] }],
  ["response", deep(63)],
];

/** What neither may take. @type {[Kind, unknown][]} */
const FAULTS = [
  ["initiation", "{"],
  ["initiation", { SessionInfo: { ...DEVICE, PkgSeq: 1 } }],
  ["initiation", { SessionInfo: { ...DEVICE, PkgSeq: 0, ReasonForSession: 1201 } }],
  ["initiation", { SessionInfo: { ...DEVICE, SessionID: "7".repeat(33), PkgSeq: 1, ReasonForSession: 1201 } }],
  ["initiation", { SessionInfo: { ...DEVICE, PkgSeq: 1, ReasonForSession: 1201 }, MOD: [{ URI: "x", MO: 1, Code: 304 }] }],
  ["initiation", { SessionInfo: { ...DEVICE, PkgSeq: 1, ReasonForSession: 1201 }, MOS: [{ MOID: "m" }] }],
  ["initiation", { SessionInfo: { ...DEVICE, PkgSeq: 1, ReasonForSession: 1201 }, Alerts: {} }],
  ["request", { SessionInfo: { SessionID: "7A", PkgSeq: 1 }, Cmds: many(1_001, () => ({ END: [] })) }],
  ["request", { SessionInfo: { SessionID: "7A", PkgSeq: 1 }, Cmds: [], Results: [{ Code: 99 }] }],
  ["response", { SessionInfo: { ...DEVICE, PkgSeq: 2 } }],
  ["response", { SessionInfo: { ...DEVICE, PkgSeq: 2 }, Results: [{ Code: 200, MOD: { URI: 7, MO: 1 } }] }],
  ["response", `{"SessionInfo":{"DevID":"\\ud800","SessionID":"7","PkgSeq":2},"Results":[]}`],
  ["response", deep(64)],
];

const headers = (/** @type {Kind} */ kind) => ({ "content-type": `application/vnd.oma.dm.${kind}+json` });
const own = (/** @type {Kind} */ kind, /** @type {Uint8Array} */ body) => omadm.decode({ body, headers: headers(kind) });
/** Objects of JSON have no prototype here and one there. @param {unknown} value */
const plain = (value) => JSON.parse(JSON.stringify(value));

function prove() {
  for (const { name, kind, body } of PACKAGES) assert.deepEqual(plain(read(kind, body)), plain(own(kind, body)), name);
  for (const [kind, value] of ALIKE) assert.deepEqual(plain(read(kind, octets(value))), plain(own(kind, octets(value))), JSON.stringify(value).slice(0, 100));
  for (const [kind, value] of FAULTS) {
    const body = octets(value);
    const words = `${kind} ${JSON.stringify(value).slice(0, 100)}`;
    assert.throws(() => own(kind, body), { name: "DmError" }, words);
    assert.throws(() => read(kind, body), words);
  }
}

/** Microseconds that one reading takes. @param {() => unknown} work */
function time(work) {
  const start = performance.now();
  for (let count = 0; count < COUNT; count += 1) work();
  return ((performance.now() - start) * 1_000) / COUNT;
}

/** @returns {Promise<import("./report.js").Section>} */
export async function measure() {
  prove();
  const rows = PACKAGES.map(({ name, kind, body }) => {
    const samples = interleave(ROUNDS, { own: () => time(() => own(kind, body)), peer: () => time(() => read(kind, body)) });
    return [name, String(body.length), spread(samples.own ?? [], " µs"), spread(samples.peer ?? [], " µs"), spread(ratios(samples, "own", "peer"), "×")];
  });
  return {
    title: "Packages of DM 2.0",
    text: `Octets in to the document out, in the draft dialect: the package's \`decode\` against \`JSON.parse\` of the platform with a validator that was written
by hand for these packages (\`tests/bench/packages-peer.js\`), which gives the same document and refuses the same ${FAULTS.length} faults; that is proved first. The
validator checks less: it does not see members that are there twice, nor numbers that a double cannot hold, and cannot say at which octet a fault is.
The last column says how many times as long the package takes: \`JSON.parse\` makes its objects inside the engine of JavaScript, and the package makes each across
the border of its module. There is no bar for it: a package is read once a turn, and the turn is what is bounded above.`,
    tables: [{ title: "Reading", head: ["package", "octets", "package in Node", "JSON.parse and validator", "as long as it"], rows }],
    bars: [],
  };
}
