/** Nodes of the host in a session: what a server reads, writes and executes there becomes a ticket. Rights, Atomic, and sessions at rest in between. */
import assert from "node:assert/strict";
import { test } from "node:test";
import omadm, { message, rejected, thrown, wrong } from "./omadm.js";
import { env } from "./pair.js";

/** @import { ClientEvent, DmClientSession as Session, DmTree as Tree, Item, Outcome, SyncMlCommand, TreeValue } from "../../www/package/types.js" */

const { DmClientSession, DmTree, encode } = omadm;

const URL_OF_SERVER = "https://dm.example.com/dm";
const FREE = "Add=*&Delete=*&Exec=*&Get=*&Replace=*";
/** @type {import("../../www/package/types.js").ClientConfig} */
const CONFIG = {
  account: { deviceId: "IMEI:1", serverId: "dm.example.com", client: "transport", server: "transport" },
  url: URL_OF_SERVER,
  version: "1.2",
  encoding: "xml",
};

/** @param {Record<string, TreeValue>} [values] */
const device = (values = {}) =>
  new DmTree({
    values: {
      ".": { acl: FREE },
      "./DevInfo/DevId": "IMEI:1",
      "./DevInfo/Man": "m",
      "./DevInfo/Mod": "o",
      "./DevInfo/DmV": "1.2",
      "./DevInfo/Lang": "en",
      "./Lamp/Level": { data: "40", format: "int", host: true },
      "./Lamp/Colour": { data: "red", host: true },
      "./Lamp/Restart": { format: "null", host: true },
      "./Plain": "before",
      ...values,
    },
  });

/** What a server sends in reply to the first message: all in order, and these commands. @param {Uint8Array} first @param {SyncMlCommand[]} commands */
function reply(first, commands) {
  const { header, commands: sent } = message(first).message;
  const status = (/** @type {string} */ cmdRef, /** @type {string} */ cmd, /** @type {number} */ code, /** @type {number} */ id) => ({
    type: /** @type {const} */ ("status"), cmdId: String(id), msgRef: "1", cmdRef, cmd, targetRefs: [], sourceRefs: [], code, items: [],
  });
  const statuses = sent.map((command, index) => status(command.cmdId ?? "", command.type === "alert" ? "Alert" : "Replace", 200, index + 2));
  return encode({
    type: "syncml",
    encoding: "xml",
    message: {
      header: { verDtd: "1.2", verProto: "DM/1.2", sessionId: header.sessionId, msgId: 1, target: header.source, source: header.target },
      commands: [status("0", "SyncHdr", 212, 1), ...statuses, ...commands],
      final: true,
    },
  }).body;
}

/** @param {string} uri @param {string} [data] @param {string} [format] @returns {Item} */
const item = (uri, data, format) => ({ target: { uri }, ...(format !== undefined && { meta: { format } }), ...(data !== undefined && { data }) });
/** @param {"add" | "replace" | "delete" | "get" | "exec" | "copy"} type @param {number} id @param {Item} one @returns {SyncMlCommand} */
const command = (type, id, one) => /** @type {any} */ ({ type, cmdId: String(id), items: [one], ...(type === "exec" && { correlator: "c-1" }) });

/**
 * Plays one message of commands, answers its tickets one by one, and gives what the device answers.
 * @param {Tree} tree
 * @param {SyncMlCommand[]} commands
 * @param {(event: ClientEvent & { ticket: number }) => Outcome} answer
 * @param {(session: Session, tree: Tree) => [Session, Tree]} [rest] between all calls
 */
function play(tree, commands, answer, rest = (session, same) => [session, same]) {
  let session = new DmClientSession(CONFIG, { by: "user" }, env());
  const first = session.send(tree, env());
  assert.ok(first);
  const open = session.receive(tree, { body: reply(first.body, commands), status: 200 }, env());
  /** @type {ClientEvent[]} */
  const events = [];
  for (let event = open.shift(); event !== undefined; event = open.shift()) {
    events.push(event);
    if (!("ticket" in event)) continue;
    assert.equal(thrown(() => session.send(tree, env())).code, "state", "a ticket is open");
    [session, tree] = rest(session, tree);
    open.push(...session.complete(tree, event.ticket, answer(event)));
  }
  const next = session.send(tree, env());
  assert.ok(next);
  const { commands: answers } = message(next.body).message;
  const codes = Object.fromEntries(answers.flatMap((one) => (one.type === "status" && one.cmdRef !== "0" ? [[one.cmdRef, one.code]] : [])));
  const results = answers.flatMap((one) => (one.type === "results" ? one.items : []));
  session.free();
  return { events, codes, results, tree };
}

test("Get, Replace and Exec of nodes of the host are tickets, and what the host says is the answer", () => {
  const commands = [
    command("get", 20, item("./Lamp/Level")),
    command("replace", 21, item("./Lamp/Level", "55", "int")),
    command("exec", 22, item("./Lamp/Restart", "now")),
    command("get", 23, item("./Lamp/Colour")),
    command("replace", 24, item("./Lamp/Colour", "blue")),
    command("replace", 25, item("./Plain", "after")),
  ];
  /** @type {Record<string, Outcome>} */
  const outcomes = {
    "read ./Lamp/Level": { value: "41", format: "int" },
    "write ./Lamp/Level": { status: 200 },
    "exec ./Lamp/Restart": { status: 202 },
    "read ./Lamp/Colour": { status: 500 },
    "write ./Lamp/Colour": { status: 415 },
  };
  const { events, codes, results, tree } = play(device(), commands, (event) => {
    const outcome = "uri" in event ? outcomes[`${event.type} ${event.uri}`] : undefined;
    assert.ok(outcome, JSON.stringify(event));
    return outcome;
  });
  assert.deepEqual(codes, { 20: 200, 21: 200, 22: 202, 23: 500, 24: 415, 25: 200 });
  assert.deepEqual(results.map(({ source, data }) => [source?.uri, data]), [["./Lamp/Level", "41"]]);
  const tickets = events.flatMap((event) => ("ticket" in event ? [{ ...event, ticket: 0 }] : []));
  assert.deepEqual(tickets.slice(0, 3), [
    { type: "read", ticket: 0, uri: "./Lamp/Level" },
    { type: "write", ticket: 0, uri: "./Lamp/Level", data: "55", format: "int", mime: "text/plain" },
    { type: "exec", ticket: 0, uri: "./Lamp/Restart", data: "now", correlator: "c-1" },
  ]);
  assert.equal(new Set(events.flatMap((event) => ("ticket" in event ? [event.ticket] : []))).size, 5);
  assert.equal(tree.get("./Lamp/Colour")?.data, "red");
  assert.equal(tree.get("./Plain")?.data, "after");
  assert.deepEqual(tree.changes(0)?.filter(({ server }) => server !== undefined).map(({ uri, by, server }) => [uri, by, server]).at(-1), ["./Plain", "replace", "dm.example.com"]);
});

/** Three writes, the last of which the host refuses. @type {SyncMlCommand[]} */
const ATOMIC = [
  {
    type: "atomic",
    cmdId: "30",
    commands: [
      command("replace", 31, item("./Plain", "after")),
      command("replace", 32, item("./Lamp/Level", "55", "int")),
      command("add", 33, item("./New", "x")),
      command("replace", 34, item("./Lamp/Colour", "blue")),
    ],
  },
];

for (const [undone, status, codes] of /** @type {[string, number, Record<string, number>][]} */ ([
  ["is undone", 200, { 30: 507, 31: 216, 32: 216, 33: 216, 34: 500 }],
  ["cannot be undone", 500, { 30: 507, 31: 216, 32: 516, 33: 216, 34: 500 }],
])) {
  for (const resting of [false, true]) {
    test(`an Atomic that the host fails ${undone}${resting ? ", session and tree saved and restored at every ticket" : ""}`, () => {
      const before = device();
      const contents = JSON.stringify(before.entries().map((uri) => before.get(uri)));
      const played = play(
        before,
        ATOMIC,
        (event) => {
          if (event.type === "undo") return { status };
          return { status: "uri" in event && event.uri === "./Lamp/Colour" ? 500 : 200 };
        },
        resting
          ? (session, tree) => {
              const saved = structuredClone(session.save());
              const full = tree.save();
              for (const handle of [session, tree]) handle.free();
              return [DmClientSession.restore(saved, CONFIG), DmTree.restore(full)];
            }
          : undefined,
      );
      assert.deepEqual(played.codes, codes);
      const calls = played.events.flatMap((event) => ("ticket" in event && "uri" in event ? [`${event.type} ${event.uri} ${"data" in event ? event.data : ""}`] : []));
      assert.deepEqual(calls, ["write ./Lamp/Level 55", "write ./Lamp/Colour blue", "undo ./Lamp/Level 40"]);
      assert.equal(JSON.stringify(played.tree.entries().map((uri) => played.tree.get(uri))), contents);
      assert.equal(played.events.some(({ type }) => type === "changed"), false);
    });
  }
}

test("an Atomic that succeeds is one change, and its values are the tree's", () => {
  const tree = device();
  const since = tree.revision;
  const { codes, events } = play(tree, ATOMIC, () => ({ status: 200 }));
  assert.deepEqual(codes, { 30: 200, 31: 200, 32: 200, 33: 200, 34: 200 });
  assert.equal(tree.revision, since + 1);
  assert.deepEqual(tree.changes(since)?.map(({ uri, by }) => `${by} ${uri}`), ["replace ./Plain", "replace ./Lamp/Level", "add ./New", "replace ./Lamp/Colour"]);
  assert.deepEqual(events.flatMap((event) => (event.type === "changed" ? [event.uri] : [])), ["./Plain", "./Lamp/Level", "./New", "./Lamp/Colour"]);
  assert.equal(tree.get("./Lamp/Level")?.data, "55");
});

test("rights decide before the host is asked, by the list of the node and by the server's identifier", () => {
  const tree = device({
    "./Lamp/Level": { data: "40", format: "int", host: true, acl: "Get=dm.example.com&Replace=other.example" },
    "./Lamp/Restart": { format: "null", host: true, acl: "Get=*" },
    "./Hidden": { data: "x", acl: "Get=other.example" },
  });
  const { codes, events } = play(
    tree,
    [
      command("get", 20, item("./Lamp/Level")),
      command("replace", 21, item("./Lamp/Level", "55", "int")),
      command("exec", 22, item("./Lamp/Restart")),
      command("get", 23, item("./Hidden")),
    ],
    () => ({ value: "40", format: "int" }),
  );
  assert.deepEqual(codes, { 20: 200, 21: 425, 22: 425, 23: 425 });
  assert.deepEqual(events.flatMap((event) => ("ticket" in event ? [event.type] : [])), ["read"]);
});

test("a tree that says nothing of rights lets servers add and read, not replace", () => {
  const tree = device();
  tree.set(".", null, { acl: "Add=*&Get=*" });
  const { codes } = play(
    tree,
    [command("add", 20, item("./X", "1")), command("get", 21, item("./Plain")), command("replace", 22, item("./Plain", "2")), command("delete", 23, item("./Plain"))],
    () => ({ status: 200 }),
  );
  assert.deepEqual(codes, { 20: 200, 21: 200, 22: 425, 23: 425 });
});

test("an outcome that a ticket cannot have leaves it open", () => {
  const tree = device();
  const session = new DmClientSession(CONFIG, { by: "user" }, env());
  const first = session.send(tree, env());
  assert.ok(first);
  const [event] = session.receive(tree, { body: reply(first.body, [command("get", 20, item("./Lamp/Level"))]) }, env());
  assert.ok(event?.type === "read");
  for (const outcome of [
    {},
    7,
    undefined,
    { status: 200 },
    { status: 200, value: "1" },
    { status: "200" },
    { status: 700 },
    { value: 7 },
    { value: "x", format: "int" },
    { value: "x", format: "node" },
    { value: "x", type: "text/plain" },
    { value: "a\u0001" },
    { status: 500, data: ["x"] },
  ]) {
    assert.equal(thrown(() => session.complete(tree, event.ticket, wrong(outcome))).code, "arg", JSON.stringify(outcome));
  }
  assert.equal(thrown(() => session.complete(tree, event.ticket + 1, { status: 500 })).code, "arg");
  session.complete(tree, event.ticket, { value: "12", format: "int", mime: "text/plain" });
  assert.ok(session.send(tree, env()));
});

test("runSession fails what handle leaves open, and passes on what it answers", async () => {
  const tree = device();
  const session = new DmClientSession(CONFIG, { by: "user" }, env());
  let bodies = 0;
  /** @type {Uint8Array[]} */
  const sent = [];
  const commands = [command("get", 20, item("./Lamp/Level")), command("get", 21, item("./Lamp/Colour")), command("exec", 22, item("./Lamp/Restart"))];
  const transport = async (/** @type {string} */ _, /** @type {{ body: Uint8Array }} */ init) => {
    sent.push(init.body);
    bodies += 1;
    const body = bodies === 1 ? reply(init.body, commands) : new Uint8Array();
    return { status: 200, headers: {}, arrayBuffer: async () => Uint8Array.from(body).buffer };
  };
  const events = await runToEnd(session, tree, transport);
  assert.deepEqual(events.flatMap((event) => ("ticket" in event ? [event.type] : [])), ["read", "read", "exec"]);
  const answers = message(/** @type {Uint8Array} */ (sent[1])).message.commands;
  assert.deepEqual(answers.flatMap((one) => (one.type === "status" && one.cmdRef !== "0" ? [one.code] : [])), [200, 500, 500]);
});

/** @param {Session} session @param {Tree} tree @param {any} transport */
async function runToEnd(session, tree, transport) {
  await rejected(omadm.runSession(session, tree, wrong(7), () => undefined));
  return omadm.runSession(session, tree, transport, (event) => (event.type === "read" && event.uri === "./Lamp/Level" ? { value: "40", format: "int" } : undefined));
}
