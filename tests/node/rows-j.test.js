/** Group J of the catalogue of bad inputs in sessions, through the package: packages out of turn, results of a wrong number, addresses. */
import assert from "node:assert/strict";
import { test } from "node:test";
import omadm, { thrown } from "./omadm.js";
import { env } from "./pair.js";

/** @import { Account, ClientConfig, ServerConfig } from "../../www/package/types.js" */

const { DmClientSession, DmServerSession, DmTree } = omadm;
const DEVICE = "IMEI:1";
const INITIATION = "application/vnd.oma.dm.initiation+json";
const REQUEST = "application/vnd.oma.dm.request+json";
const RESPONSE = "application/vnd.oma.dm.response+json";
const PUMP = "urn:oma:mo:ext-acme-pump:1.0";
const MODE = `${PUMP}/north/Mode`;

/** @type {Account} */
const ACCOUNT = { deviceId: DEVICE, serverId: "srv-1", client: "transport", server: "transport" };
/** @type {ServerConfig} */
const SERVER = { serverId: "srv-1", url: "https://dm.example.org/dm", binding: "transport" };
/** @type {ClientConfig} */
const CLIENT = {
  account: ACCOUNT,
  url: "https://dm.example.org/dm",
  version: "2.0",
  dialect: "approved",
  origins: ["https://repo.example.org"],
  objects: { epoch: 7, granted: [PUMP] },
};

const octets = (/** @type {unknown} */ value) => new TextEncoder().encode(JSON.stringify(value));
const json = (/** @type {Uint8Array} */ body) => JSON.parse(new TextDecoder().decode(body));
/** @param {string} type @param {unknown} value @param {Record<string, string>} [more] */
const post = (type, value, more) => ({ body: octets(value), headers: { "content-type": type, accept: REQUEST, ...more } });
const NAMED = { "OMADM-DevID": DEVICE };

/** Package 1 of the draft, or its package 3 with these codes. @param {number} seq @param {number[]} [codes] @param {string} [session] */
const draft = (seq, codes, session = "7F") => {
  const info = { DevID: DEVICE, SessionID: session, PkgSeq: seq };
  if (codes === undefined) return post(INITIATION, { SessionInfo: { ...info, ReasonForSession: 1201 } });
  return post(RESPONSE, { SessionInfo: info, Results: codes.map((Code) => ({ Code })) });
};

/** A server whose first package asks for one node, and what it has said. */
function begun() {
  const session = new DmServerSession(SERVER);
  session.push({ type: "get", uri: MODE });
  session.receive(draft(4), ACCOUNT);
  return { session, first: session.respond() };
}

test("J15 packages of a wrong session or number are none, the same one is answered as before, a number may be left out", () => {
  const { session, first } = begun();
  const before = session.save();
  for (const stray of [draft(3, [200]), draft(5, [200], "7f"), draft(3)]) {
    const { code, http } = thrown(() => session.receive(stray, ACCOUNT));
    assert.deepEqual([code, http], ["state", 400]);
    assert.deepEqual(session.save(), before);
  }
  assert.deepEqual(session.receive(draft(4), ACCOUNT), [{ type: "repeated" }]);
  const again = session.respond();
  assert.deepEqual([again.repeated, again.body], [true, first.body]);
  const [status] = session.receive(draft(9, [404]), ACCOUNT);
  assert.deepEqual(status, { type: "status", code: 404, uri: MODE, command: 0 });
  session.free();
});

test("J15 in the approved dialect equal packages are two packages", () => {
  const session = new DmServerSession(SERVER);
  session.push({ type: "get", uri: MODE });
  session.receive(post(INITIATION, { Alert: [{ AlertType: "urn:oma:at:dm:2.0:ClientInitiatedMgmt" }] }, NAMED), ACCOUNT);
  session.respond();
  for (const command of [0, 1]) {
    const events = session.receive(post(RESPONSE, { Status: [{ sc: 404 }] }, NAMED), ACCOUNT);
    assert.deepEqual(events, [{ type: "status", code: 404, uri: MODE, command }]);
    session.push({ type: "get", uri: MODE });
    assert.equal(session.respond().repeated, false);
  }
  session.free();
});

test("J16 results that are missing are unknown, and more than were asked for are none", () => {
  const uri = ["north", "south", "west"].map((name) => `${PUMP}/${name}/Mode`);
  for (const [codes, expected] of /** @type {[number[], string[]][]} */ ([
    [[], ["unknown", "unknown", "unknown", "unknown", "aborted"]],
    [[200, 404], ["status", "status"]],
    [[200, 200, 404], ["status", "status", "status", "unknown", "aborted"]],
    [[200, 200, 404, 200], ["status", "status", "status", "status"]],
    [[200, 200, 404, 200, 200], ["unknown", "unknown", "aborted"]],
  ])) {
    const session = new DmServerSession(SERVER);
    session.push({ type: "hput", from: uri, to: "https://repo.example.org/b" });
    session.push({ type: "get", uri: MODE });
    session.receive(draft(1), ACCOUNT);
    session.respond();
    const events = session.receive(draft(2, codes), ACCOUNT);
    assert.deepEqual(events.map(({ type }) => type), expected, `${codes}`);
    session.free();
  }
});

/** What a device answers to these commands: codes, and what its host was asked. @param {unknown[][]} commands */
function answers(commands) {
  const tree = new DmTree();
  tree.set("./Pump/north", null, { format: "node", type: PUMP });
  tree.set("./Pump/north/Mode", "auto");
  tree.set("./Secret", "s3cret");
  const session = new DmClientSession(CLIENT, { by: "user" }, env());
  session.send(tree, env());
  const events = session.receive(tree, { body: octets({ CMD: commands }), headers: { "content-type": REQUEST }, status: 200 });
  const third = events.some((event) => "ticket" in event) ? undefined : session.send(tree, env());
  session.free();
  tree.free();
  if (!third) return { events, codes: [], text: "" };
  return { events, url: third.url, codes: json(third.body).Status.map((/** @type {{ sc: number }} */ { sc }) => sc), text: new TextDecoder().decode(third.body) };
}

test("J17 addresses lead to nodes of the instances and nowhere else", () => {
  const malformed = ["../..", "//", `${PUMP}/north/?prop=ACL`, "%2e%2e", `${PUMP}/%2e%2e/Secret`, `${PUMP}/north/../../Secret`, "./Secret"];
  const absent = ["http://dm.example.org/Secret/", `${PUMP}/north/Nope`, `${PUMP}/west/`, "urn:oma:mo:none:1.0/x/"];
  for (const name of ["GET", "DELETE"]) {
    const { codes, text } = answers([...malformed, ...absent].map((uri) => [name, uri]));
    const refused = codes.slice(0, malformed.length);
    assert.deepEqual(refused, malformed.map(() => 400), name);
    for (const code of codes.slice(malformed.length)) assert.ok(code === 404 || code === 400, `${name} ${code}`);
    assert.deepEqual(codes.slice(-3), [404, 404, 404]);
    assert.ok(!text.includes("s3cret"));
  }
});

test("J18 nothing is sent to another origin, to a file or to a network inside, and nobody is asked to", () => {
  const forbidden = ["https://evil.example.org/x", "https://repo.example.org:444/x", "https://169.254.169.254/latest", "http://repo.example.org/x"];
  const none = ["file:///etc/passwd", "data:text/plain,x"];
  for (const name of ["HPUT", "HPOST"]) {
    const { events, codes, url } = answers([...forbidden, ...none].map((to) => [name, to, MODE]));
    assert.deepEqual(events, [], name);
    // What is no address of a server is none of a node either.
    assert.deepEqual(codes, [403, 403, 403, 403, 400, 400], name);
    assert.equal(url, CLIENT.url);
  }
  const { events } = answers([["HPUT", "https://repo.example.org/in", MODE]]);
  assert.deepEqual(events.map(({ type }) => type), ["http"]);
});
