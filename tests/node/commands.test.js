/** All commands of a server through both engines, and what the user and the host at the device make of them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { alertsOf, play, tree } from "./both.js";
import omadm, { thrown, wrong } from "./omadm.js";

/** @import { Encoding, NewCommand, Outcome, UiCommand, UiOptions } from "../../www/package/types.js" */

/** What a session may be like: nothing of what either side is told depends on it. */
const WAYS = /** @type {{ encoding: Encoding, resting: boolean }[]} */ ([
  { encoding: "xml", resting: false },
  { encoding: "wbxml", resting: false },
  { encoding: "xml", resting: true },
  { encoding: "wbxml", resting: true },
]);
/** @param {(typeof WAYS)[number]} way */
const named = ({ encoding, resting }) => `${encoding}${resting ? ", saved and restored at every step" : ""}`;

for (const { encoding, resting } of WAYS) {
  const way = { config: { encoding }, resting };

  test(`Add, Get, Replace, Copy and Delete, each with a Status for each Item: ${named({ encoding, resting })}`, () => {
    const { tree: after, codes, results } = play({
      tree: tree({ "./A": "1", "./B": "2" }),
      ...way,
      commands: [
        { type: "add", items: [{ uri: "./N", format: "node" }, { uri: "./N/X", data: "x" }, { uri: "./A", data: "taken" }] },
        { type: "replace", items: [{ uri: "./A", data: "one" }, { uri: "./Absent", data: "x" }] },
        { type: "get", uri: ["./A", "./Absent", "./N/X"] },
        { type: "copy", from: "./B", to: "./N/B" },
        { type: "delete", uri: ["./B", "./Absent"] },
        { type: "get", uri: "./N" },
      ],
    });
    assert.deepEqual(codes(0), ["200", "200", "418"]);
    assert.deepEqual(codes(1), ["200", "404"]);
    assert.deepEqual(codes(2), ["200", "404", "200"]);
    assert.deepEqual(results(2), [["./A", "one"], ["./N/X", "x"]]);
    assert.deepEqual(codes(3), ["200"]);
    assert.deepEqual(codes(4), ["200", "404"]);
    assert.deepEqual(codes(5), ["200"]);
    assert.deepEqual(new Set(String(results(5)[0]?.[1]).split("/")), new Set(["B", "X"]));
    assert.deepEqual([after.get("./A")?.data, after.get("./N/B")?.data, after.get("./B")], ["one", "2", undefined]);
  });

  test(`an Atomic that works, and one that does not: ${named({ encoding, resting })}`, () => {
    const before = tree({ "./A": "1", "./B": "2" });
    const played = play({
      tree: before,
      ...way,
      commands: [
        { type: "atomic", commands: [{ type: "replace", items: [{ uri: "./A", data: "one" }] }, { type: "copy", from: "./A", to: "./C" }, { type: "delete", uri: "./B" }] },
        { type: "atomic", commands: [{ type: "replace", items: [{ uri: "./A", data: "gone" }] }, { type: "delete", uri: "./Absent" }, { type: "add", items: [{ uri: "./D", data: "x" }] }] },
      ],
    });
    assert.deepEqual(played.codes(0), ["200", "0 200", "1 200", "2 200"]);
    assert.deepEqual(played.codes(1), ["507", "0 216", "1 404", "2 215"]);
    assert.deepEqual(["./A", "./B", "./C", "./D"].map((uri) => played.tree.get(uri)?.data), ["one", undefined, "one", undefined]);
  });

  test(`a Sequence in a Sequence, in order: ${named({ encoding, resting })}`, () => {
    const played = play({
      tree: tree(),
      ...way,
      commands: [
        {
          type: "sequence",
          commands: [
            { type: "add", items: [{ uri: "./A", data: "1" }] },
            { type: "sequence", commands: [{ type: "get", uri: "./A" }, { type: "replace", items: [{ uri: "./A", data: "2" }] }] },
            { type: "get", uri: "./A" },
          ],
        },
      ],
    });
    assert.deepEqual(played.codes(0), ["200", "0 200", "1 200", "1.0 200", "1.1 200", "2 200"]);
    assert.deepEqual(played.results(0), [["./A", "1"], ["./A", "2"]]);
  });

  test(`Exec: at once, refused, or 202 and later an alert with its Correlator: ${named({ encoding, resting })}`, () => {
    /** @type {Record<string, Outcome>} */
    const outcomes = { "./Do/Now": { status: 200 }, "./Do/Not": { status: 500 }, "./Do/Later": { status: 202 } };
    const nodes = tree(Object.fromEntries(Object.keys(outcomes).map((uri) => [uri, { format: "null", host: true }])));
    const started = play({
      tree: nodes,
      ...way,
      commands: [
        { type: "exec", uri: "./Do/Now", data: "fast", format: "chr" },
        { type: "exec", uri: "./Do/Not" },
        { type: "exec", uri: "./Do/Later", correlator: "later-1" },
        { type: "exec", uri: "./Absent" },
      ],
      answer: (event) => (event.type === "exec" ? (outcomes[event.uri] ?? { status: 500 }) : { status: 500 }),
    });
    assert.deepEqual([0, 1, 2, 3].map(started.codes), [["200"], ["500"], ["202"], ["404"]]);
    const calls = started.atClient.flatMap((event) => (event.type === "exec" ? [[event.uri, event.data, event.correlator]] : []));
    assert.deepEqual(calls, [["./Do/Now", "fast", undefined], ["./Do/Not", undefined, undefined], ["./Do/Later", undefined, "later-1"]]);

    const TYPE = "urn:oma:at:ext-example:done:1.0";
    const told = play({
      tree: started.tree,
      ...way,
      desk: { alertTypes: [TYPE] },
      trigger: { by: "user", alerts: [{ code: 1226, alertType: TYPE, source: "./Do/Later", correlator: "later-1", data: "200" }] },
    });
    const [alert] = told.atServer.flatMap((event) => (event.type === "alert" ? [event] : []));
    assert.deepEqual([alert?.correlator, alert?.item.source?.uri, alert?.item.data], ["later-1", "./Do/Later", "200"]);
    assert.deepEqual(told.atClient.filter(({ type }) => type === "answered"), [{ type: "answered", alert: 0, code: 200 }]);
    assert.equal(alertsOf(told.wire.sent[0]).find(({ code }) => code === 1226)?.correlator, "later-1");
  });

  test(`every interaction with every option, and several answers: ${named({ encoding, resting })}`, () => {
    /** @type {UiOptions} */
    const times = { minDisplay: 2, maxDisplay: 30 };
    /** @type {[UiCommand, Outcome, string, string[]][]} */
    const cases = [
      [{ type: "display", text: "Hello & goodbye", options: times }, { status: 200 }, "200", []],
      [{ type: "confirm", text: "Go on?", options: { ...times, default: "0" } }, { status: 304 }, "304", []],
      [{ type: "input", text: "Name?", options: { ...times, default: "a", maxLength: 9, inputType: "A", echo: "T" } }, { status: 200, data: ["Ön & <off>"] }, "200", ["Ön & <off>"]],
      [{ type: "input", text: "Code?", options: { maxLength: 4, inputType: "N", echo: "P" } }, { status: 200, data: ["4711"] }, "200", ["4711"]],
      [{ type: "choose", text: "One?", choices: ["Red", "Green"], options: { default: "2" } }, { status: 200, data: ["1"] }, "200", ["1"]],
      [{ type: "choose", text: "Some?", choices: ["Red", "Amber", "Green"], multiple: true, options: { default: "1-3" } }, { status: 200, data: ["2", "3"] }, "200", ["2", "3"]],
      [{ type: "confirm", text: "Still there?" }, { status: 408 }, "408", []],
    ];
    /** @type {UiCommand[]} */
    const shown = [];
    const played = play({
      tree: tree(),
      ...way,
      commands: cases.map(([command]) => command),
      answer: (event) => {
        assert.equal(event.type, "interaction");
        if (event.type === "interaction") shown.push(event.command);
        return cases[shown.length - 1]?.[1] ?? { status: 500 };
      },
    });
    for (const [at, [command, , code, data]] of cases.entries()) {
      assert.deepEqual([played.codes(at), played.data(at)], [[code], data], command.text);
      const seen = shown[at];
      assert.deepEqual([seen?.type, seen?.text, seen?.type === "choose" ? seen.choices : []], [command.type, command.text, command.type === "choose" ? command.choices : []]);
      assert.deepEqual(Object.entries(seen?.options ?? {}).sort(), Object.entries(command.options ?? {}).sort(), command.text);
    }
  });

  test(`"no" and cancel in a Sequence and at the top level: ${named({ encoding, resting })}`, () => {
    /** @type {NewCommand} */
    const group = { type: "sequence", commands: [{ type: "confirm", text: "Sure?" }, { type: "add", items: [{ uri: "./In", data: "x" }] }] };
    /** @type {NewCommand} */
    const after = { type: "add", items: [{ uri: "./After", data: "x" }] };
    const no = play({ tree: tree(), ...way, commands: [group, after], answer: () => ({ status: 304 }) });
    assert.deepEqual([no.codes(0), no.codes(1)], [["200", "0 304", "1 215"], ["200"]]);
    assert.deepEqual([no.tree.get("./In"), no.tree.get("./After")?.data], [undefined, "x"]);
    const cancelled = play({ tree: tree(), ...way, commands: [{ type: "confirm", text: "Sure?" }, after], answer: () => ({ status: 214 }) });
    assert.deepEqual([cancelled.codes(0), cancelled.codes(1)], [["214"], ["215"]]);
    assert.equal(cancelled.tree.get("./After"), undefined);
  });
}

test("what the host cannot show is 406, and an interaction that fails makes its Atomic fail", () => {
  /** @type {NewCommand} */
  const atomic = { type: "atomic", commands: [{ type: "add", items: [{ uri: "./A", data: "x" }] }, { type: "confirm", text: "Sure?" }] };
  const none = play({ tree: tree(), config: { interactions: [] }, commands: [{ type: "display", text: "Hello" }, atomic] });
  assert.deepEqual(none.codes(0), ["406"]);
  assert.deepEqual(none.codes(1), ["507", "0 216", "1 406"]);
  assert.equal(none.tree.get("./A"), undefined);
  const no = play({ tree: tree(), commands: [atomic], answer: () => ({ status: 304 }) });
  assert.equal(no.tree.get("./A"), undefined);
  assert.equal(no.codes(0)[0], "507");
});

test("answers that no user can give leave the ticket open, and are refused in words", () => {
  const session = new omadm.DmClientSession(
    {
      account: { deviceId: "IMEI:1", serverId: "dm.example.com", client: "transport", server: "transport" },
      url: "https://dm.example.com/dm",
      version: "1.3",
      encoding: "xml",
      interactions: ["choose"],
    },
    { by: "user" },
  );
  const nodes = tree();
  const server = new omadm.DmServerSession({ serverId: "dm.example.com", url: "https://dm.example.com/dm", binding: "respUri" });
  const out = session.send(nodes);
  assert.ok(out);
  server.receive({ body: out.body, url: out.url, peer: "IMEI:1" }, { deviceId: "IMEI:1", serverId: "dm.example.com", client: "transport", server: "transport" });
  server.push({ type: "choose", text: "One?", choices: ["Red", "Green"] });
  const [event] = session.receive(nodes, { body: server.respond().body }).filter((one) => "ticket" in one);
  assert.equal(event?.type, "interaction");
  const ticket = event && "ticket" in event ? event.ticket : -1;
  for (const outcome of [{ status: 200 }, { status: 200, data: ["3"] }, { status: 200, data: ["1", "2"] }, { status: 200, data: ["Red"] }, { status: 299 }, { value: "1" }]) {
    assert.equal(thrown(() => session.complete(nodes, ticket, outcome)).code, "arg", JSON.stringify(outcome));
  }
  assert.deepEqual(session.complete(nodes, ticket, { status: 200, data: ["2"] }), []);
  assert.equal(thrown(() => session.complete(nodes, ticket, { status: 200, data: ["2"] })).code, "arg", "the ticket is used up");
});

test("commands that no device could execute are not taken", () => {
  const server = new omadm.DmServerSession({ serverId: "s", url: "https://dm.example.com/dm", binding: "respUri" });
  for (const command of [
    { type: "atomic", commands: [] },
    { type: "atomic", commands: [{ type: "get", uri: "./A" }] },
    { type: "atomic", commands: [{ type: "exec", uri: "./A" }] },
    { type: "sequence", commands: [{ type: "atomic", commands: [{ type: "delete", uri: "./A" }] }] },
    { type: "get", uri: [] },
    { type: "copy", from: "./A", to: "" },
    { type: "exec", uri: "./a//b" },
    { type: "choose", text: "x", choices: ["a"], options: { default: "2" } },
    { type: "choose", text: "x", choices: [] },
  ]) {
    assert.equal(thrown(() => server.push(wrong(command))).fault, "caller", JSON.stringify(command));
  }
});

test("a device of DM 1.1 is sent an Exec without its Correlator", () => {
  const { wire, atClient, codes } = play({
    tree: tree({ "./Do": { format: "null", host: true } }),
    config: { version: "1.1" },
    commands: [{ type: "exec", uri: "./Do", correlator: "c-1" }],
    answer: () => ({ status: 200 }),
  });
  const sent = wire.received.flatMap(({ commands }) => commands.filter(({ type }) => type === "exec"));
  assert.deepEqual(sent.map((command) => "correlator" in command), [false]);
  assert.deepEqual(atClient.flatMap((event) => (event.type === "exec" ? [event.uri] : [])), ["./Do"]);
  assert.deepEqual(codes(0), ["200"]);
});
