/** What a server asks of the user and what becomes of it (DM protocol, chapter 10), with the package on both sides. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DEVICE, Desk, PACKAGE_1, URL_OF_SERVER, codes, reply, request } from "./letters.js";
import omadm, { message, thrown } from "./omadm.js";
import { env } from "./pair.js";

/** @import { ClientConfig, NewCommand, Outcome, UiCommand, UiOptions } from "../../www/package/types.js" */

/** @type {ClientConfig} */
const config = {
  account: { deviceId: DEVICE, serverId: "desk.example", client: "transport", server: "transport" },
  url: URL_OF_SERVER,
  version: "1.3",
  encoding: "xml",
  interactions: ["display", "confirm", "input", "choose"],
};

/** A device that waits for its first reply. */
function device() {
  const tree = new omadm.DmTree({ values: { ".": { acl: "Add=*&Delete=*&Exec=*&Get=*&Replace=*" }, "./DevInfo/Man": "Tideline", "./E": "before" } });
  const session = new omadm.DmClientSession(config, { by: "server", sessionId: 1 }, env());
  assert.ok(session.send(tree, env()));
  return { tree, session };
}

/**
 * What the device is asked, in a session that is saved and restored while the user thinks, and what both sides make of the answer.
 * @param {NewCommand[]} commands @param {Outcome} outcome
 */
function asked(commands, outcome) {
  const desk = new Desk();
  for (const command of commands) desk.server.push(command);
  const { octets } = desk.hear(request(1, "", PACKAGE_1, { verProto: "DM/1.3" }));
  const { tree, session } = device();
  const [event] = session.receive(tree, { body: octets, status: 200 }, env());
  assert.equal(event?.type, "interaction");
  const restored = omadm.DmClientSession.restore(session.save(), config);
  session.free();
  const events = restored.complete(tree, event.ticket, outcome);
  const out = restored.send(tree, env());
  assert.ok(out);
  const heard = desk.hear(out.body);
  const said = heard.events.flatMap((event) => (event.type === "status" ? [{ code: event.code, data: event.data ?? [] }] : []));
  return { command: event.command, events, codes: codes(message(out.body).message), said, left: tree.get("./E")?.data };
}

/** @type {UiOptions} */
const all = { minDisplay: 10, maxDisplay: 20, maxLength: 30, inputType: "N", echo: "P" };
const choices = ["Red", "Green & <blue>", ""];

test("P19 every option and every answer goes to the other side, and what is of no use does not", () => {
  const shown = { minDisplay: 10, maxDisplay: 20 };
  /** @type {[UiCommand, string | undefined, Outcome, string[]][]} */
  const cases = [
    [{ type: "display", text: "t" }, undefined, { status: 200 }, []],
    [{ type: "confirm", text: "t" }, "1", { status: 200 }, []],
    [{ type: "input", text: " t\r\n" }, "50 % & +=ü", { status: 200, data: [" a\r\nb "] }, [" a\r\nb "]],
    [{ type: "choose", text: "t", choices }, "2", { status: 200, data: ["3"] }, ["3"]],
    [{ type: "choose", text: "t", choices, multiple: true }, "1-3", { status: 200, data: ["3", "1"] }, ["3", "1"]],
  ];
  for (const [command, offered, outcome, data] of cases) {
    const pushed = /** @type {NewCommand} */ ({ ...command, options: { ...all, default: offered ?? "x" } });
    const { command: seen, said } = asked([pushed], outcome);
    const useful = command.type === "input" ? all : shown;
    assert.deepEqual(seen, { ...command, options: offered === undefined ? shown : { ...useful, default: offered } });
    assert.deepEqual(said, [{ code: 200, data }]);
    const { command: bare } = asked([command], outcome);
    assert.deepEqual(bare, command);
  }
});

test("P20 options that are unknown or mean nothing are skipped", () => {
  for (const options of ["FOO=1&amp;MINDT=10", "MINDT=10&amp;MINDT=x", "%4dINDT=1%30&amp;MAXDT=0", "MINDT=10&amp;IT=Z&amp;DR=%FF", "MINDT=10&amp;DR=%00"]) {
    const { tree, session } = device();
    const alert = `<Alert><CmdID>2</CmdID><Data>1102</Data><Item><Data>${options}</Data></Item><Item><Data>t</Data></Item></Alert>`;
    const [event] = session.receive(tree, { body: reply(1, "", alert, { verProto: "DM/1.3" }), status: 200 }, env());
    assert.equal(event?.type, "interaction");
    assert.deepEqual(event.command, { type: "input", text: "t", options: { minDisplay: 10 } });
  }
});

test("T09 no, cancelled and timed out, at the top and inside of groups", () => {
  /** @type {NewCommand} */
  const behind = { type: "replace", items: [{ uri: "./E", data: "behind" }] };
  /** @type {[Outcome, string | undefined, number, number, number, number][]} */
  const cases = [
    [{ status: 200 }, undefined, 200, 200, 200, 200],
    [{ status: 304 }, undefined, 304, 200, 215, 507],
    [{ status: 214 }, undefined, 214, 215, 215, 507],
    [{ status: 408 }, undefined, 408, 215, 215, 507],
    [{ status: 408 }, "1", 200, 200, 200, 200],
    [{ status: 408 }, "0", 304, 200, 215, 507],
    [{ status: 214 }, "1", 214, 215, 215, 507],
  ];
  for (const [outcome, offered, code, top, sequence, atomic] of cases) {
    /** @type {NewCommand} */
    const ask = { type: "confirm", text: "?", ...(offered === undefined ? {} : { options: { default: offered } }) };
    const open = asked([ask, behind], outcome);
    assert.deepEqual([open.codes, open.left], [[200, code, top], top === 200 ? "behind" : "before"]);
    const inside = asked([{ type: "sequence", commands: [ask, behind] }], outcome);
    assert.deepEqual([inside.codes, inside.left], [[200, 200, code, sequence], sequence === 200 ? "behind" : "before"]);
    const whole = asked([{ type: "atomic", commands: [ask, behind] }], outcome);
    const last = atomic === 200 ? 200 : 215;
    assert.deepEqual([whole.codes, whole.left], [[200, atomic, code, last], atomic === 200 ? "behind" : "before"]);
  }
});

test("a time-out is the default response of every kind that has one", () => {
  /** @type {[NewCommand, string[]][]} */
  const cases = [
    [{ type: "input", text: "?", options: { default: "John Doe" } }, ["John Doe"]],
    [{ type: "choose", text: "?", choices, options: { default: "2" } }, ["2"]],
    [{ type: "choose", text: "?", choices, multiple: true, options: { default: "2-3" } }, ["2", "3"]],
  ];
  for (const [command, data] of cases) assert.deepEqual(asked([command], { status: 408 }).said, [{ code: 200, data }]);
});

test("an answer that no user can give leaves the ticket open", () => {
  const { tree, session } = device();
  const items = ["", "t", "a", "b"].map((text) => `<Item>${text === "" ? "" : `<Data>${text}</Data>`}</Item>`).join("");
  const alert = `<Alert><CmdID>2</CmdID><Data>1103</Data>${items}</Alert>`;
  const [event] = session.receive(tree, { body: reply(1, "", alert, { verProto: "DM/1.3" }), status: 200 }, env());
  assert.equal(event?.type, "interaction");
  const { ticket } = event;
  /** @type {Outcome[]} */
  const wrong = [{ status: 304 }, { status: 200 }, { status: 200, data: ["0"] }, { status: 200, data: ["1", "2"] }, { status: 214, data: ["1"] }, { value: "1" }];
  for (const outcome of wrong) assert.equal(thrown(() => session.complete(tree, ticket, outcome)).code, "arg");
  assert.equal(thrown(() => session.complete(tree, ticket + 1, { status: 214 })).code, "arg");
  assert.deepEqual(session.complete(tree, ticket, { status: 200, data: ["2"] }), []);
});
