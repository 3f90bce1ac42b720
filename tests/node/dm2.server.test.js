/** DM 2.0 at the server: one session whatever the device speaks. */
import assert from "node:assert/strict";
import { test } from "node:test";
import omadm, { thrown } from "./omadm.js";

/** @import { Account, NewCommand, ServerConfig } from "../../www/package/types.js" */

const { DmServerSession, peek } = omadm;
const DEVICE = "MEID:A1000012345678";
const INITIATION = "application/vnd.oma.dm.initiation+json";
const REQUEST = "application/vnd.oma.dm.request+json";
const RESPONSE = "application/vnd.oma.dm.response+json";
const PUMP = "urn:oma:mo:ext-acme-pump:1.0";

/** @type {ServerConfig} */
const CONFIG = { serverId: "srv-1", url: "https://dm.example.org/dm", binding: "transport", alertTypes: ["a.b"] };
/** @type {Account} */
const ACCOUNT = { deviceId: DEVICE, serverId: "srv-1", client: "transport", server: "transport" };

const octets = (/** @type {unknown} */ value) => new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
const json = (/** @type {Uint8Array} */ body) => JSON.parse(new TextDecoder().decode(body));
/** @param {string} type @param {unknown} value @param {Record<string, string>} [more] */
const post = (type, value, more) => ({ body: octets(value), headers: { "content-type": type, accept: REQUEST, ...more } });
const NAMED = { "OMADM-DevID": DEVICE };
const STARTED = { type: "started", deviceId: DEVICE, version: "2.0", initiatedBy: "client", devInfo: {} };
/** Records have no prototype. */
const plain = (/** @type {unknown} */ value) => structuredClone(value);

test("a session in the approved dialect, at rest between its packages", () => {
  const config = { ...CONFIG, acceptMo: "application/vnd.oma.dm.mo+json" };
  let session = new DmServerSession(config);
  /** @type {NewCommand[]} */
  const commands = [
    { type: "get", uri: [`${PUMP}/north/Mode`, `${PUMP}/north/`] },
    { type: "hget", from: "https://repo.example.org/a", to: `${PUMP}/north/Mode` },
    { type: "hget", from: "https://repo.example.org/a" },
    { type: "hput", from: `${PUMP}/north/`, to: "https://repo.example.org/b" },
    { type: "hpost", from: [`${PUMP}/north/`, `${PUMP}/south/`], to: "https://repo.example.org/b" },
    { type: "exec", uri: `${PUMP}/north/Reset`, reportTo: "https://dm2.example.org/" },
    { type: "show", url: "https://ui.example.org/" },
    { type: "cont", url: "https://dm3.example.org/" },
    { type: "default", url: "https://repo.example.org/c", moid: PUMP },
    { type: "sub", url: "https://repo.example.org/d", uri: `${PUMP}/north/` },
    { type: "unsub", uri: `${PUMP}/north/` },
    { type: "delete", uri: `${PUMP}/north/Run/1` },
    { type: "delete", uri: "./Vendor/A" },
  ];
  commands.forEach((command, number) => assert.equal(session.push(command), number));
  const hello = post(
    INITIATION,
    {
      MOS: [{ MOID: PUMP, MIID: ["north"] }],
      Alert: [{ AlertType: "urn:oma:at:dm:2.0:ServerInitiatedMgmt", Data: { NotificationID: 7 } }, { AlertType: "a.b", Data: { ["__proto__"]: 1 } }],
    },
    NAMED,
  );
  assert.deepEqual(peek(hello), { protocol: 2, package: "initiation", dialect: "approved", source: DEVICE, sessionId: "", msgId: 0 });
  const [authenticated, started, supported, alert] = session.receive(hello, ACCOUNT);
  assert.deepEqual(authenticated, { type: "authenticated", scheme: "transport" });
  assert.deepEqual(plain(started), { ...STARTED, dialect: "approved", initiatedBy: "server", notification: 7 });
  assert.deepEqual(supported, { type: "supported", objects: [{ moid: PUMP, instances: ["north"] }] });
  const data = JSON.parse('{"__proto__":1}');
  assert.deepEqual(plain(alert), { type: "alert", id: 0, code: 1226, item: { meta: { type: "a.b" } }, alertType: "a.b", data });
  const first = session.respond();
  assert.deepEqual(first.headers, { "content-type": REQUEST, "omadm-accept": "application/vnd.oma.dm.mo+json" });
  assert.deepEqual([first.status, first.done, first.unsupported], [200, false, [12]]);
  assert.deepEqual(json(first.body), {
    CMD: [
      ["GET", `${PUMP}/north/Mode`],
      ["GET", `${PUMP}/north/`],
      ["HGET", "https://repo.example.org/a", `${PUMP}/north/Mode`],
      ["HGET", "https://repo.example.org/a"],
      ["HPUT", "https://repo.example.org/b", `${PUMP}/north/`],
      ["HPOST", "https://repo.example.org/b", `${PUMP}/north/`, `${PUMP}/south/`],
      ["EXEC", "https://dm2.example.org/", `${PUMP}/north/Reset`],
      ["SHOW", "https://ui.example.org/"],
      ["CONT", "https://dm3.example.org/"],
      ["DEFAULT", "https://repo.example.org/c", PUMP],
      ["SUB", "https://repo.example.org/d", `${PUMP}/north/`],
      ["UNSUB", `${PUMP}/north/`],
      ["DELETE", `${PUMP}/north/Run/1`],
    ],
  });
  const saved = session.save();
  session.free();
  session = DmServerSession.restore(saved, config);
  const large = "123456789012345678901";
  const events = session.receive(
    post(
      RESPONSE,
      `{"Status":[{"sc":200,"MO":[{"ClientURI":"${PUMP}/north/Mode","MOData":{"Mode":${large}}}]},{"sc":304},{"sc":200},
      {"sc":200,"URI":["${PUMP}/m1/"]},{"sc":200},{"sc":200},{"sc":202},{"sc":200},{"sc":200},{"sc":200},{"sc":200},{"sc":200},{"sc":405}]}`,
      NAMED,
    ),
    ACCOUNT,
  );
  assert.deepEqual(events.slice(0, 3), [
    { type: "results", items: [], objects: [{ uri: `${PUMP}/north/Mode`, name: "Mode", value: BigInt(large) }], command: 0, item: 0 },
    { type: "status", code: 200, uri: `${PUMP}/north/Mode`, command: 0, item: 0 },
    { type: "status", code: 304, uri: `${PUMP}/north/`, command: 0, item: 1 },
  ]);
  assert.deepEqual(events[4], { type: "status", code: 200, created: [`${PUMP}/m1/`], command: 2 });
  assert.deepEqual(events.at(-1), { type: "status", code: 405, uri: `${PUMP}/north/Run/1`, command: 11 });
  session.push({ type: "show", url: "https://ui.example.org/bye" });
  session.finish();
  const last = session.respond();
  assert.deepEqual([json(last.body), last.done], [{ CMD: [["SHOW", "https://ui.example.org/bye"], ["END"]] }, true]);
  session.free();
});

test("a session in the draft dialect: objects, the host's verdict, a package that comes again", () => {
  const session = new DmServerSession(CONFIG);
  const info = { DevID: DEVICE, SessionID: "7F", PkgSeq: 1, ReasonForSession: 1201 };
  const hello = post(INITIATION, {
    SessionInfo: info,
    MOD: [
      { URI: "oma:mo:x:1.0/", CV: "r1", MO: { A: true } },
      { URI: "oma:mo:y:1.0/", Code: 304 },
    ],
    Alerts: [{ Code: 1226, Correlator: "c", Item: { Type: "a.b", Data: 3 } }],
  });
  assert.deepEqual(peek(hello), { protocol: 2, package: "initiation", dialect: "draft", source: DEVICE, sessionId: "7F", msgId: 1 });
  const [, started, one, other, alert] = session.receive(hello, ACCOUNT);
  assert.deepEqual(plain(started), { ...STARTED, dialect: "draft" });
  assert.deepEqual(plain(one), { type: "data", uri: "oma:mo:x:1.0/", cv: "r1", value: { A: true } });
  assert.deepEqual(other, { type: "data", uri: "oma:mo:y:1.0/", code: 304 });
  assert.deepEqual(alert, { type: "alert", id: 0, code: 1226, item: { meta: { type: "a.b" }, data: "3" }, alertType: "a.b", correlator: "c", data: 3 });
  session.answer(0, 202);
  const reply = session.respond();
  assert.deepEqual(json(reply.body), { SessionInfo: { SessionID: "7F", PkgSeq: 1 }, Cmds: [{ END: [] }], Results: [{ Code: 202 }] });
  assert.equal(reply.done, true);
  assert.deepEqual(session.receive(hello, ACCOUNT), [{ type: "repeated" }]);
  const again = session.respond();
  assert.deepEqual([again.repeated, again.body], [true, reply.body]);
  session.free();
});

test("what HTTP is to say", () => {
  const session = new DmServerSession(CONFIG);
  const hello = { Alert: [{ AlertType: "urn:oma:at:dm:2.0:ClientInitiatedMgmt" }] };
  const http = (/** @type {() => unknown} */ call) => thrown(call).http;
  assert.equal(http(() => session.receive(post("text/plain", hello, NAMED), ACCOUNT)), 415);
  assert.equal(http(() => session.receive(post(INITIATION, hello, { ...NAMED, accept: "text/html" }), ACCOUNT)), 406);
  assert.equal(http(() => session.receive(post(INITIATION, hello), ACCOUNT)), 400);
  assert.deepEqual(session.receive(post(INITIATION, hello, NAMED), undefined), [{ type: "unauthenticated", retry: true }]);
  const { status, body, done } = session.respond();
  assert.deepEqual([status, body.length, done], [401, 0, false]);
  assert.equal(thrown(() => new DmServerSession({ ...CONFIG, acceptMo: "\n" })).code, "arg");
  assert.equal(thrown(() => session.push({ type: "show", url: "ui" })).code, "arg");
  session.free();
});

test("the formats that are taken are said as the header Accept says them", () => {
  const formats = "application/vnd.oma.dm.mo+json, application/vnd.syncml.dmtnds+xml;q=0.5";
  const session = new DmServerSession({ ...CONFIG, acceptMo: formats });
  const info = { DevID: DEVICE, SessionID: "7F", PkgSeq: 1, ReasonForSession: 1201 };
  session.receive(post(INITIATION, { SessionInfo: info }), ACCOUNT);
  assert.deepEqual(json(session.respond().body).SessionInfo, { SessionID: "7F", PkgSeq: 1, AcceptMO: formats });
  session.free();
  for (const acceptMo of ["", "json", "a/b;q=2", "a/b;;", "a/b c/d", "a/b\r\nx: y"]) {
    assert.equal(thrown(() => new DmServerSession({ ...CONFIG, acceptMo })).code, "arg", acceptMo);
  }
});

test("what is wrong with a command of a ClientURI is said in its words", () => {
  const session = new DmServerSession({ serverId: "srv-1", url: "https://dm.example.org/dm", binding: "transport" });
  const uri = "urn:oma:mo:x:1.0";
  /** @type {[import("../../www/package/types.js").NewCommand, RegExp][]} */
  const wrong = [
    [{ type: "get", uri }, /^no ClientURI, expected one such as urn:oma:mo:oma-dm-devinfo:1\.0\/\/Man/],
    [{ type: "exec", uri }, /^no ClientURI/],
    [{ type: "exec", uri: `${uri}//Run`, data: "x" }, /^data or a correlator for a node of DM 2\.0, expected neither/],
    [{ type: "exec", uri: `${uri}//Run`, correlator: "c1" }, /^data or a correlator/],
    [{ type: "delete", uri: [`${uri}//Mode`, "./A"] }, /^addresses of both protocols in one command/],
    [{ type: "atomic", commands: [{ type: "delete", uri: `${uri}//Mode` }] }, /^a ClientURI in a group of DM 1\.x/],
    [{ type: "replace", items: [{ uri: `${uri}//Mode`, data: "x" }] }, /^a ClientURI in a command of DM 1\.x/],
    [{ type: "get", uri: "./a//b" }, /^no URI of a node/],
  ];
  for (const [command, problem] of wrong) assert.match(thrown(() => session.push(command)).message, problem);
});
