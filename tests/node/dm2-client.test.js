/** Sessions of DM 2.0 at the device, with a server that is played by hand. */
import assert from "node:assert/strict";
import { test } from "node:test";
import omadm, { thrown } from "./omadm.js";
import { env } from "./pair.js";

/** @import { ClientConfig, ClientEvent, Outcome, Received } from "../../www/package/types.js" */

const PUMP = "urn:oma:mo:ext-acme-pump:1.0";
const REQUEST = "application/vnd.oma.dm.request+json";
const MO = "application/vnd.oma.dm.mo+json";
const octets = (/** @type {unknown} */ value) => new TextEncoder().encode(JSON.stringify(value));
const json = (/** @type {Uint8Array} */ body) => JSON.parse(new TextDecoder().decode(body));

/** @type {ClientConfig} */
const config = {
  account: { deviceId: "IMEI:1", serverId: "srv-1", client: "transport", server: "transport" },
  url: "https://dm.example.org/dm",
  version: "2.0",
  dialect: "approved",
  origins: ["https://repo.example.org"],
  objects: { epoch: 7, alwaysListed: true, granted: [PUMP] },
};

function pumps() {
  const tree = new omadm.DmTree();
  tree.set("./Pump/north", null, { format: "node", type: PUMP });
  tree.set("./Pump/north/Mode", "auto");
  tree.set("./Pump/north/Level", "1", { format: "int", host: true });
  return tree;
}

/** @param {unknown} commands @returns {Received} */
const request = (commands) => ({ body: octets({ CMD: commands }), headers: { "Content-Type": REQUEST }, status: 200 });

test("a session of DM 2.0 with tickets, which rests while each is open", () => {
  const tree = pumps();
  let session = new omadm.DmClientSession(config, { by: "bootstrap" }, env());
  const rest = () => {
    const saved = session.save();
    session.free();
    session = omadm.DmClientSession.restore(saved, config);
  };
  const first = session.send(tree, env());
  assert.ok(first);
  assert.deepEqual(first.headers, { "content-type": "application/vnd.oma.dm.initiation+json", accept: REQUEST, "omadm-devid": "IMEI:1" });
  assert.equal(first.url, config.url);
  assert.deepEqual(json(first.body), { MOS: [{ MOID: PUMP, MIID: ["north"] }], Alert: [{ AlertType: "urn:oma:at:dm:2.0:BootstrapComplete" }] });
  const commands = [
    ["HPUT", "https://repo.example.org/in", `${PUMP}/north/`],
    ["HGET", "https://repo.example.org/out", `${PUMP}/north/Mode`],
    ["HGET", "https://repo.example.org/big", `${PUMP}/north/Mode`],
    ["HGET", "https://evil.example.org/out"],
    ["SHOW", "https://ui.example.org/"],
    ["FROB"],
  ];
  const received = request(commands);
  let events = session.receive(tree, { ...received, headers: { "content-type": REQUEST, "OMADM-Accept": MO } });
  /** @type {string[]} */
  const asked = [];
  /** @type {(event: ClientEvent) => Outcome} */
  const answer = (event) => {
    if (event.type === "read") return { value: "41", format: "int" };
    if (event.type === "show") return { status: 501 };
    assert.ok(event.type === "http");
    if (event.method === "PUT") {
      assert.deepEqual({ ...event.headers }, { "content-type": MO });
      assert.ok(event.body instanceof Uint8Array);
      assert.deepEqual(json(event.body), [{ ClientURI: `${PUMP}/north/`, MOData: { Pump: { Level: 41, Mode: "auto" } } }]);
      return { response: { status: 204, body: new Uint8Array() } };
    }
    assert.equal(event.body, undefined);
    if (event.url.endsWith("big")) return { failed: "tooLarge" };
    return { response: { status: 200, headers: { "content-type": "text/plain" }, body: new TextEncoder().encode("eco") } };
  };
  while (events.some((event) => "ticket" in event)) {
    const [event] = events.filter((event) => "ticket" in event);
    assert.ok(event !== undefined && "ticket" in event);
    asked.push(event.type);
    rest();
    const wrong = { status: 404, data: ["x"] };
    assert.equal(thrown(() => session.complete(tree, event.ticket, wrong)).code, "arg");
    events = session.complete(tree, event.ticket, answer(event));
  }
  assert.deepEqual(asked, ["read", "http", "http", "http", "show"]);
  assert.equal(tree.get("./Pump/north/Mode")?.data, "eco");
  const third = session.send(tree, env());
  assert.ok(third);
  assert.deepEqual(json(third.body), { Status: [200, 200, 413, 403, 501, 501].map((sc) => ({ sc })) });
  assert.deepEqual(session.receive(tree, request([["END"]])), [{ type: "finished" }]);
  assert.equal(session.send(tree, env()), undefined);
});

test("a body that is larger than is taken is 413", () => {
  const tree = pumps();
  const session = new omadm.DmClientSession({ ...config, maxObjSize: 10 }, { by: "user" }, env());
  session.send(tree, env());
  const [event] = session.receive(tree, request([["HGET", "https://repo.example.org/out", `${PUMP}/north/Mode`]]));
  assert.ok(event?.type === "http");
  session.complete(tree, event.ticket, { response: { status: 200, body: new Uint8Array(11) } });
  const third = session.send(tree, env());
  assert.ok(third);
  assert.deepEqual(json(third.body), { Status: [{ sc: 413 }] });
});

test("runSession answers for a host that fetches and shows nothing", async () => {
  const session = new omadm.DmClientSession(config, { by: "user" });
  const bodies = [request([["HGET", "https://repo.example.org/out"], ["SHOW", "https://ui.example.org/"]]), request([["END"]])];
  /** @type {unknown[]} */
  const sent = [];
  const transport = async (/** @type {string} */ _, /** @type {{ body: Uint8Array }} */ init) => {
    sent.push(json(init.body));
    const { body } = /** @type {Received} */ (bodies.shift());
    return new Response(new Uint8Array(body), { status: 200, headers: { "content-type": REQUEST } });
  };
  const events = await omadm.runSession(session, pumps(), transport, () => undefined);
  assert.deepEqual(events.map(({ type }) => type), ["http", "show", "finished"]);
  assert.deepEqual(sent[1], { Status: [{ sc: 502 }, { sc: 501 }] });
});

test("settings of DM 2.0 are checked", () => {
  const wrong = (/** @type {Record<string, unknown>} */ more) =>
    thrown(() => new omadm.DmClientSession(/** @type {ClientConfig} */ ({ ...config, ...more }), { by: "user" }, env())).code;
  assert.equal(wrong({ dialect: "old" }), "arg");
  assert.equal(wrong({ version: "2.1", encoding: "xml" }), "arg");
  assert.equal(wrong({ objects: { index: { a: "x" } } }), "arg");
  assert.equal(wrong({ objects: { more: 1 } }), "arg");
  assert.equal(wrong({ version: "1.2" }), "arg");
});

test("the version is looked at before what it needs", () => {
  const { dialect, ...plain } = config;
  const told = (/** @type {object} */ given) => thrown(() => new omadm.DmClientSession(/** @type {ClientConfig} */ (given), { by: "user" }, env())).message;
  assert.match(told({ ...plain, version: "2" }), /^bad config\.version, expected 1\.1 or 1\.2 or 1\.3 or 2\.0/);
  assert.match(told({ ...plain, dialect, version: "1.2" }), /^bad config\.dialect/);
  assert.match(told({ ...plain, version: "1.2" }), /^config\.encoding is missing/);
});

test("a notification is of the form that the session's protocol has, unless the policy says another", () => {
  const secret = { secret: octets("s") };
  for (const [dialect, form] of /** @type {const} */ ([["draft", "2.0-draft"], ["approved", "2.0"]])) {
    const account = { ...config.account, notification: secret };
    const { body } = omadm.encodeNotification({ form }, account, {}, env());
    const own = /** @type {ClientConfig} */ ({ ...config, account, dialect });
    const session = new omadm.DmClientSession(own, { by: "server", notification: body }, env());
    assert.equal(thrown(() => new omadm.DmClientSession(own, { by: "server", notification: body, policy: { form: "1.2" } }, env())).code, "auth");
    const next = omadm.encodeNotification({ form }, account, {}, env()).body;
    assert.notEqual(session.notify(next, {}, env()).ok, undefined);
    const kept = omadm.DmClientSession.restore(session.save(), own);
    const verdict = kept.notify(next, undefined, env());
    assert.ok(verdict.ok || verdict.reason === "repeated", JSON.stringify(verdict));
  }
});
