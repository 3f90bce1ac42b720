/** What a device tells of its own accord: Generic Alerts, Client Events, its tree and its objects. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { alertsOf, play, tree } from "./both.js";
import omadm, { thrown, wrong } from "./omadm.js";
import { env } from "./pair.js";

/** @import { ClientAlert, ClientConfig, ClientEvent, Encoding, ServerEvent } from "../../www/package/types.js" */

const TYPE = "urn:oma:at:ext-example:event:1.0";
const DESK = { alertTypes: [TYPE] };
/** @param {Partial<ClientAlert>} [more] @returns {ClientAlert} */
const generic = (more = {}) => ({ code: 1226, alertType: TYPE, data: "x", ...more });
/** @param {Partial<ClientAlert>} [more] @returns {ClientAlert} */
const event = (more = {}) => ({ code: 1224, alertType: "com.example/Login", data: "x", ...more });

/** @param {ClientEvent[]} events */
const answers = (events) =>
  events.flatMap((one) => (one.type === "answered" ? [`${one.alert} ${one.code}`] : one.type === "unanswered" ? [`${one.alert} -`] : []));
/** @param {ServerEvent[]} events */
const heard = (events) => events.flatMap((one) => (one.type === "alert" ? [one] : []));

for (const encoding of /** @type {Encoding[]} */ (["xml", "wbxml"])) {
  for (const resting of [false, true]) {
    test(`1226 and 1224 in ${encoding}, of the trigger and raised later${resting ? ", saved and restored at every step" : ""}`, () => {
      const { atServer, atClient, wire } = play({
        tree: tree(),
        config: { encoding },
        desk: DESK,
        resting,
        trigger: { by: "user", alerts: [generic({ data: "first", correlator: "c-1", mark: "critical", source: "./DevInfo", target: "./DevInfo/Man" }), event({ data: "login" })] },
        commands: [{ type: "get", uri: "./DevInfo/Man" }],
        before: (session, sent) => {
          if (sent === 1) assert.equal(session.raise(generic({ data: "later", alertType: "urn:oma:at:foreign:1.0" })), 2);
        },
      });
      const [first] = heard(atServer);
      assert.deepEqual(
        [first?.code, first?.alertType, first?.correlator, first?.item.data, first?.item.source?.uri, first?.item.target?.uri, first?.item.meta?.mark, first?.item.meta?.format],
        [1226, TYPE, "c-1", "first", "./DevInfo", "./DevInfo/Man", "critical", "chr"],
      );
      assert.deepEqual(heard(atServer).map(({ code, item }) => [code, item.data]), [[1226, "first"], [1224, "login"], [1226, "later"]]);
      assert.equal(new Set(heard(atServer).map(({ id }) => id)).size, 3);
      assert.deepEqual(alertsOf(wire.sent[0]).map(({ code }) => code), [1201, 1226, 1224]);
      assert.deepEqual(alertsOf(wire.sent[1]).map(({ code }) => code), [1226]);
      assert.deepEqual(answers(atClient), ["0 200", "1 200", "2 415"]);
      assert.equal(atClient.at(-1)?.type, "finished");
    });
  }
}

for (const [verdict, code] of /** @type {[number | undefined, number][]} */ ([[undefined, 200], [202, 202], [406, 406], [500, 500]])) {
  test(`the host's verdict ${verdict ?? "left out"} is what the device is told`, () => {
    const { atClient } = play({ tree: tree(), desk: DESK, trigger: { by: "user", alerts: [generic(), event()] }, judge: () => verdict });
    assert.deepEqual(answers(atClient), [`0 ${code}`, `1 ${code}`]);
  });
}

test("the host may take an alert of a type that is not among its own", () => {
  const { atClient } = play({ tree: tree(), trigger: { by: "user", alerts: [generic()] }, judge: ({ alertType }) => (alertType === TYPE ? 200 : undefined) });
  assert.deepEqual(answers(atClient), ["0 200"]);
});

test("octets and markup come as what they are", () => {
  const octets = Uint8Array.of(0, 1, 255);
  const markup = { markup: '<a xmlns="urn:x">1</a>' };
  const alerts = [generic({ data: octets }), generic({ data: markup }), generic({ data: "7", format: "int" })];
  for (const [encoding, data] of /** @type {[Encoding, unknown][]} */ ([["wbxml", octets], ["xml", Buffer.from(octets).toString("base64")]])) {
    const { atServer, atClient } = play({ tree: tree(), config: { encoding }, desk: DESK, trigger: { by: "user", alerts } });
    const items = heard(atServer).map(({ item }) => item);
    assert.deepEqual([items[0]?.data, items[2]?.data, items[2]?.meta?.format], [data, "7", "int"], encoding);
    assert.match(JSON.stringify(items[1]?.data), /urn:x/);
    assert.deepEqual(answers(atClient), ["0 200", "1 200", "2 200"]);
  }
});

test("alerts that no session could carry are refused, at once and in the trigger", () => {
  /** @type {ClientConfig} */
  const config = { account: { deviceId: "d", serverId: "s", client: "transport", server: "transport" }, url: "https://dm.example.com/dm", version: "1.3", encoding: "xml" };
  /** @type {[unknown, string, "1.1" | "1.3"][]} */
  const cases = [
    [generic({ alertType: " " }), "arg", "1.3"],
    [generic({ mark: wrong("loud") }), "arg", "1.3"],
    [generic({ source: "./a//b" }), "arg", "1.3"],
    [generic({ data: "\u0001" }), "char", "1.3"],
    [{ ...generic(), code: 1228 }, "arg", "1.3"],
    [{ ...generic(), more: 1 }, "arg", "1.3"],
    [generic(), "arg", "1.1"],
    [event({ correlator: "c" }), "arg", "1.1"],
  ];
  for (const [alert, code, version] of cases) {
    const session = new omadm.DmClientSession({ ...config, version }, { by: "user" }, env());
    assert.equal(thrown(() => session.raise(wrong(alert))).code, code, JSON.stringify(alert));
    assert.equal(session.raise(event()), 0, "a refused alert takes no number");
    assert.equal(thrown(() => new omadm.DmClientSession({ ...config, version }, { by: "user", alerts: [wrong(alert)] }, env())).code, code);
  }
});

test("what the device aborts leaves its alerts without an answer, and a session that is over takes none", () => {
  const session = new omadm.DmClientSession(
    { account: { deviceId: "d", serverId: "s", client: "transport", server: "transport" }, url: "https://dm.example.com/dm", version: "1.3", encoding: "xml" },
    { by: "user", alerts: [generic(), event()] },
    env(),
  );
  const nodes = tree();
  assert.ok(session.send(nodes, env()));
  assert.deepEqual(session.abort("enough"), [{ type: "unanswered", alert: 0 }, { type: "unanswered", alert: 1 }, { type: "aborted", by: "device", reason: "enough" }]);
  assert.deepEqual(session.abort("again"), []);
  assert.equal(thrown(() => session.raise(event())).code, "state");
});

test("1227 and 1228: package 1 tells what has changed since the last session, and no other message does", () => {
  const nodes = tree({ "./A/B": "1", "./C": "1" });
  const config = { treeAlerts: true };
  const first = play({ tree: nodes, config });
  assert.deepEqual(first.atServer.filter(({ type }) => type.startsWith("tree")), [], "nothing is known of any session before");
  assert.equal(typeof first.state.treeRevision, "number");

  /** @param {typeof first.state} state */
  const since = (state) => ({ ...config, account: { deviceId: "IMEI:1", serverId: "dm.example.com", client: /** @type {const} */ ("transport"), server: /** @type {const} */ ("transport"), state } });
  const second = play({ tree: nodes, config: since(first.state) });
  assert.ok(second.atServer.some(({ type }) => type === "treeUnchanged"));
  assert.deepEqual(alertsOf(second.wire.sent[0]).map(({ code }) => code), [1201, 1227]);

  nodes.set("./A/B", "2");
  nodes.set("./D", "new");
  nodes.remove("./C");
  const third = play({ tree: nodes, config: since(second.state), commands: [{ type: "replace", items: [{ uri: "./A/B", data: "3" }] }, { type: "get", uri: "./D" }] });
  const [changed, ...more] = third.atServer.flatMap((one) => (one.type === "treeChanged" ? [one.uris] : []));
  assert.deepEqual(new Set(changed), new Set(["./A/B", "./D", "./C"]));
  assert.deepEqual(more, []);
  assert.deepEqual(third.wire.sent.slice(1).flatMap(alertsOf), []);

  // What the server itself did is no news to it.
  const fourth = play({ tree: nodes, config: since(third.state) });
  assert.ok(fourth.atServer.some(({ type }) => type === "treeUnchanged"));
});

test("neither DM 1.1 nor DM 1.2 has alerts of the tree", () => {
  for (const version of /** @type {const} */ (["1.1", "1.2"])) {
    const { atServer, wire } = play({
      tree: tree({ "./Pump": { format: "node", type: "urn:oma:mo:ext-example-pump:1.0" } }),
      config: {
        version,
        treeAlerts: true,
        account: { deviceId: "IMEI:1", serverId: "dm.example.com", client: "transport", server: "transport", state: { treeRevision: 0 } },
      },
      trigger: { by: "server", sessionId: 7, requested: ["urn:oma:mo:ext-example-pump:1.0"] },
    });
    assert.deepEqual(atServer.filter(({ type }) => type.startsWith("tree") || type === "object"), [], version);
    assert.deepEqual(alertsOf(wire.sent[0]).map(({ code }) => code), [1200]);
  }
});

for (const encoding of /** @type {Encoding[]} */ (["xml", "wbxml"])) {
  test(`1229 in ${encoding}: each object that the notification asks for, as a serialised tree`, () => {
    const PUMP = "urn:oma:mo:ext-example-pump:1.0";
    const pump = (/** @type {string} */ speed) => ({ data: speed, format: /** @type {const} */ ("int") });
    const { atServer, wire } = play({
      tree: tree({
        "./North": { format: "node", type: PUMP },
        "./North/Speed": pump("7"),
        "./South": { format: "node", type: PUMP },
        "./South/Speed": pump("9"),
        "./Secret": { format: "node", type: PUMP, acl: "Get=other.example" },
        "./Secret/Speed": pump("1"),
      }),
      config: { encoding },
      trigger: { by: "server", sessionId: 7, requested: [PUMP, "urn:oma:mo:absent:1.0"] },
    });
    const objects = atServer.flatMap((one) => (one.type === "object" ? [one] : []));
    assert.deepEqual(objects.map(({ uri }) => uri), ["./North", "./South"]);
    assert.deepEqual(
      objects.map(({ value }) => value.map(({ name, type, children }) => [name, type, children.map((child) => [child.name, child.format, child.data])])),
      [[["North", PUMP, [["Speed", "int", "7"]]]], [["South", PUMP, [["Speed", "int", "9"]]]]],
    );
    const codes = alertsOf(wire.sent[0]).map(({ code }) => code);
    assert.deepEqual(codes, [1200, 1229, 1229]);
    assert.deepEqual(wire.sent.slice(1).flatMap(alertsOf), []);
    const statuses = (wire.received[0]?.commands ?? []).flatMap((one) => (one.type === "status" && one.cmd === "Alert" ? [one.code] : []));
    assert.deepEqual(statuses, [200, 200, 200]);
  });
}
