/** The rows of group S (messages and packages in their order) of the catalogue of bad inputs, asked of the package. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ABORT, DEVICE, Desk, Device, NEXT, PACKAGE_1, codes, cred, getOf, ofHeader, others, party, reply, request, status, types } from "./letters.js";

/** @import { ServerEvent } from "../../www/package/types.js" */

const BASIC = Buffer.from("plover:reed-bed-4").toString("base64");
const plover = party("plover", "reed-bed-4", ["basic"]);

/** @param {ServerEvent[]} events */
const told = (events) =>
  events.map((event) => {
    if (event.type === "status") return `${event.command} ${event.code}`;
    if (event.type === "results") return `${event.items.length} items`;
    return "command" in event ? `${event.command} ${event.type}` : event.type;
  });

test("S01 the same message again", () => {
  const desk = Desk.asked();
  const second = request(2, "", status(1, 4, 200));
  desk.server.push({ type: "get", uri: "./B" });
  const { octets } = desk.hear(second);
  for (let time = 0; time < 3; time += 1) {
    const again = desk.hear(second);
    assert.deepEqual([again.events, again.repeated, again.octets], [[{ type: "repeated" }], true, octets]);
  }
  // After the end MsgID 1 is a new session, though the bytes be equal.
  const over = new Desk();
  for (let time = 0; time < 2; time += 1) {
    const { events, done } = over.hear(request(1, "", PACKAGE_1));
    assert.ok(done && types(events).includes("started"));
  }
  const device = new Device();
  device.say();
  const add = reply(1, "", "<Add><CmdID>1</CmdID><Item><Target><LocURI>./A</LocURI></Target><Data>a</Data></Item></Add>");
  device.hear(add);
  const { revision } = device.tree;
  assert.equal(device.refuse(add).code, "state");
  device.say();
  assert.deepEqual(device.hear(add), []);
  assert.equal(device.tree.revision, revision);
});

test("S02 the same MsgID with other bytes", () => {
  const desk = new Desk({ client: plover }, { binding: "respUri" });
  desk.server.push({ type: "get", uri: "./A" });
  const { message } = desk.hear(request(1, cred("basic", BASIC), PACKAGE_1));
  for (const header of ["", cred("basic", "AAAA")]) assert.equal(desk.refuse(request(1, header, NEXT)).http, 400);
  const { events } = desk.hear(request(2, "", status(1, 4, 200)), { url: message.header.respUri ?? "" });
  assert.deepEqual(told(events), ["0 200"]);
  const anew = new Desk({ client: plover });
  anew.server.push({ type: "get", uri: "./A" });
  anew.hear(request(1, cred("basic", BASIC), PACKAGE_1));
  assert.ok(types(anew.hear(request(1, cred("basic", BASIC), `${PACKAGE_1} `)).events).includes("started"));
  // Of the device itself nobody knows which of the two was meant.
  const twice = Desk.asked();
  twice.server.push({ type: "get", uri: "./B" });
  twice.hear(request(2, "", status(1, 4, 200)));
  const last = twice.hear(request(2, "", status(1, 4, 404)));
  assert.deepEqual([types(last.events), others(last.message), codes(last.message), last.done], [["aborted", "unknown"], ["1223"], [400], true]);
});

test("S03 an old MsgID, and one that is left out", () => {
  const desk = Desk.asked();
  desk.hear(request(5, "", "", { final: false }));
  for (const msgId of [2, 3, 4]) {
    const error = desk.refuse(request(msgId, "", status(1, 4, 200)));
    assert.deepEqual([error.code, error.http], ["state", 400]);
  }
  assert.deepEqual(told(desk.hear(request(9, "", status(1, 4, 200))).events), ["0 200"]);
});

test("S06 another session, and another device with the number of this one", () => {
  const desk = Desk.asked();
  for (const rest of [{ session: "2" }, { session: "01" }, { source: "IMEI:1" }]) assert.equal(desk.refuse(request(2, "", status(1, 4, 200), rest)).code, "state");
  const device = new Device();
  device.say();
  for (const rest of [{ session: "2" }, { target: "IMEI:1" }]) assert.equal(device.refuse(reply(1, "", NEXT, rest)).code, "state");
});

test("S07 a Target that is not ours, and a Source that is not the device", () => {
  for (const target of ["https://desk.example/other", "http://desk.example/dm", "https://other.example/dm", ""]) {
    const { events, message, done } = new Desk().hear(request(1, "", PACKAGE_1, { target }));
    assert.deepEqual([codes(message), others(message), done], [[404], [], true]);
    assert.equal(types(events).includes("started"), false);
  }
  for (const [account, header] of /** @type {const} */ ([[{ client: plover }, cred("basic", BASIC)], [{}, ""]])) {
    const { message, events } = new Desk(account).hear(request(1, header, PACKAGE_1, { source: "IMEI:1" }));
    assert.deepEqual([codes(message), types(events)], [[401, 401, 401], ["unauthenticated"]]);
  }
  const { message } = new Desk().hear(request(1, "", PACKAGE_1), { peer: "IMEI:1" });
  assert.deepEqual(codes(message), [401, 401, 401]);
});

test("S08 a Status for what was never sent, or a second one", () => {
  const desk = Desk.asked();
  const body = [status(1, 5, 200), status(2, 4, 200), status(7, 4, 200), status(1, 4, 404), status(1, 4, 200)].join("");
  assert.deepEqual(told(desk.hear(request(2, "", body)).events), ["violation", "violation", "violation", "0 404", "violation"]);
});

test("S10 Results that nobody asked for, and too many of them", () => {
  const results = (/** @type {string} */ items) => `<Results><CmdID>3</CmdID><MsgRef>1</MsgRef><CmdRef>4</CmdRef>${items}</Results>`;
  const item = (/** @type {string} */ uri) => `<Item><Source><LocURI>${uri}</LocURI></Source><Data>x</Data></Item>`;
  const { events } = Desk.asked().hear(request(2, "", status(1, 4, 200) + results(item("./A") + item("./B"))));
  assert.deepEqual(told(events), ["0 200", "violation", "1 items"]);
  const error = Desk.asked().refuse(request(2, "", results(item("./A").repeat(10_001))));
  assert.deepEqual([error.code, error.limit], ["limit", "items"]);
});

test("S11 a command without Status although the package is complete", () => {
  const desk = Desk.asked();
  assert.deepEqual(told(desk.hear(request(2, "", ofHeader(1, 200))).events), ["0 unknown"]);
});

test("S12 a device whose package ends before the server's", () => {
  const desk = new Desk();
  desk.server.push({ type: "get", uri: "./A" });
  const header = '<Meta><MaxMsgSize xmlns="syncml:metinf">1000</MaxMsgSize></Meta>';
  const alerts = Array.from({ length: 20 }, (_, at) => `<Alert><CmdID>${at + 11}</CmdID><Data>1224</Data><Item><Data>x</Data></Item></Alert>`);
  // Not even the Statuses fit into one message.
  const first = desk.hear(request(1, header, PACKAGE_1 + alerts.join("")));
  assert.deepEqual([others(first.message), first.message.final], [[], false]);
  let said = codes(first.message).length;
  let heard = desk.hear(request(2, "", status(1, 99, 200)));
  assert.deepEqual([told(heard.events), heard.message.final, heard.done], [["violation", "violation"], false, false]);
  for (let msgId = 3; ; msgId += 1) {
    assert.ok(msgId < 19, "its package does not end");
    said += codes(heard.message).length - 1;
    if (heard.message.final) break;
    heard = desk.hear(request(msgId, "", NEXT, { final: false }));
    said -= 1;
  }
  assert.deepEqual([others(heard.message), said, heard.done], [["get"], 23, false]);
});

test("S13 a device that has not answered yet takes no new command", () => {
  const values = Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`./N${at}`, "v".repeat(300)]));
  const device = new Device({}, values);
  device.say();
  const header = '<Meta><MaxMsgSize xmlns="syncml:metinf">1500</MaxMsgSize></Meta>';
  const gets = Object.keys(values).map((uri, at) => getOf(uri).replace(">4<", `>${at + 2}<`));
  device.hear(reply(1, header, ofHeader(1, 200) + gets.join("")));
  const refused = [];
  let found = 0;
  for (let msgId = 2; ; msgId += 1) {
    assert.ok(msgId < 19, "its package does not end");
    const said = device.say();
    found += others(said).filter((type) => type === "results").length;
    refused.push(...said.commands.flatMap((command) => (command.type === "status" && command.cmd === "Delete" ? [command.code] : [])));
    if (said.final) break;
    device.hear(reply(msgId, "", `${ofHeader(msgId, 200)}<Delete><CmdID>2</CmdID><Item><Target><LocURI>./N8</LocURI></Target></Item></Delete>`, { final: false }));
  }
  assert.equal(found, 9);
  assert.ok(refused.length > 1 && refused.every((code) => code === 400), refused.join());
  assert.ok(device.tree.get("./N8"));
  // Nor does our server say one while the device has not said all.
  const desk = Desk.asked();
  desk.server.push({ type: "get", uri: "./B" });
  assert.deepEqual(others(desk.hear(request(2, "", status(1, 4, 200), { final: false })).message), ["1222"]);
});

test("S14 a package that goes on is asked for, and nothing more", () => {
  const desk = Desk.asked();
  desk.server.push({ type: "get", uri: "./B" });
  const { message, done } = desk.hear(request(2, "", ofHeader(1, 200) + NEXT, { final: false }));
  assert.deepEqual([codes(message), others(message), message.final, done], [[200, 200], ["1222"], false, false]);
  const after = desk.hear(request(3, "", status(1, 4, 200)));
  assert.deepEqual([others(after.message), after.message.final], [["get"], true]);
});

test("S15 nobody asks for the next message for ever", () => {
  const desk = Desk.asked();
  let msgId = 2;
  for (let heard = desk.hear(request(msgId, "", NEXT, { final: false })); !heard.done; heard = desk.hear(request(msgId, "", NEXT, { final: false }))) {
    msgId += 1;
    assert.ok(msgId < 14, "it does not end");
    if (heard.message.commands.some((command) => command.type === "alert" && command.code === 1223)) break;
  }
  const device = new Device();
  device.say();
  const seen = [];
  for (let number = 1; seen.at(-1) !== "aborted"; number += 1) {
    assert.ok(number < 14, "it does not end");
    seen.push(...types(device.hear(reply(number, "", NEXT, { final: false }))));
    if (seen.at(-1) !== "aborted") device.next();
  }
  assert.deepEqual(others(device.say()), ["1223"]);
  assert.equal(device.next(), undefined);
});

test("S17 either side aborts", () => {
  const desk = Desk.asked();
  const { events, message, done } = desk.hear(request(2, "", ABORT));
  assert.ok(events.some((event) => event.type === "aborted" && event.by === "device"));
  assert.deepEqual([codes(message), others(message), done], [[200, 200], [], true]);
  const own = Desk.asked();
  own.server.push({ type: "get", uri: "./B" });
  own.server.abort();
  const last = own.hear(request(2, "", status(1, 4, 200)));
  assert.deepEqual([others(last.message), last.done], [["1223"], true]);
  const device = new Device();
  device.say();
  assert.deepEqual(device.hear(reply(1, "", ABORT + getOf("./DevInfo/Man"))), [{ type: "aborted", by: "server" }]);
  assert.equal(device.next(), undefined);
  const leaving = new Device();
  leaving.say();
  leaving.hear(reply(1, "", ofHeader(1, 200) + getOf("./DevInfo/Man")));
  leaving.session.abort();
  const out = leaving.next();
  assert.equal(out?.done, true);
  assert.equal(leaving.next(), undefined);
});

test("S18 a message after the end", () => {
  const desk = new Desk();
  assert.equal(desk.hear(request(1, "", PACKAGE_1)).done, true);
  assert.equal(desk.refuse(request(2, "", NEXT)).code, "state");
  const device = new Device();
  device.say();
  device.hear(reply(1, "", ofHeader(1, 200)));
  assert.equal(device.next(), undefined);
  assert.equal(device.refuse(reply(2, "", NEXT)).code, "state");
});

test("S19 S20 a client may not command, nor ask the server's user", () => {
  const item = "<CmdID>5</CmdID><Item><Target><LocURI>./A</LocURI></Target></Item>";
  for (const name of ["Add", "Delete", "Exec", "Get", "Replace"]) {
    const { message, events } = new Desk().hear(request(1, "", `${PACKAGE_1}<${name}>${item}</${name}>`));
    assert.equal(codes(message).at(-1), 405, name);
    assert.deepEqual(types(events), ["authenticated", "started"]);
  }
  const ui = "<Alert><CmdID>5</CmdID><Data>1101</Data><Item/><Item><Data>?</Data></Item></Alert>";
  const { message, events } = new Desk().hear(request(1, "", PACKAGE_1 + ui));
  assert.ok((codes(message).at(-1) ?? 0) >= 400);
  assert.deepEqual(types(events), ["authenticated", "started"]);
});

test("S21 Generic Alerts", () => {
  const alert = (/** @type {string} */ meta, data = "<Data>1</Data>") => `<Alert><CmdID>5</CmdID><Data>1226</Data><Item><Meta>${meta}</Meta>${data}</Item></Alert>`;
  const type = "<Type>urn:example:full</Type>";
  const format = "<Format>int</Format>";
  for (const [body, code] of /** @type {[string, number][]} */ ([
    [alert(type + format), 200],
    [alert(`${type}${format}<Mark>critical</Mark>`), 200],
    [alert(`${type}${format}<Mark>loud</Mark>`), 412],
    [alert(format), 412],
    [alert(type), 412],
    [alert(type + format, ""), 412],
    [alert(`<Type>urn:example:other</Type>${format}`), 415],
  ])) {
    const desk = new Desk({}, { alertTypes: ["urn:example:full"] });
    const { message, events } = desk.hear(request(1, "", PACKAGE_1 + body));
    assert.equal(codes(message).at(-1), code, body);
    assert.equal(types(events).includes("alert"), code !== 412);
  }
  // The host has the last word.
  const desk = new Desk({}, { alertTypes: ["urn:example:full"] });
  const events = desk.receive(request(1, "", PACKAGE_1 + alert(type + format)));
  for (const event of events) if (event.type === "alert") desk.server.answer(event.id, 406);
  assert.match(new TextDecoder().decode(desk.server.respond().body), /<Cmd>Alert<\/Cmd><Data>406</);
});

test("S23 DevInfo of all kinds", () => {
  const item = (/** @type {string} */ uri) => `<Item><Source><LocURI>${uri}</LocURI></Source><Data>x</Data></Item>`;
  for (const [items, code, info] of /** @type {[string, number, Record<string, string>][]} */ ([
    [item("./DevInfo/Mod"), 200, { Mod: "x" }],
    [item("./DevInfo/Ext/A"), 200, { "Ext/A": "x" }],
    [item("./DevInfo/Mod") + item("./DevDetail/SwV"), 405, {}],
  ])) {
    const { message, events } = new Desk().hear(request(1, "", `<Alert><CmdID>1</CmdID><Data>1201</Data></Alert><Replace><CmdID>2</CmdID>${items}</Replace>`));
    assert.equal(codes(message).at(-1), code);
    const started = events.find((event) => event.type === "started");
    assert.deepEqual({ ...started?.devInfo }, info);
  }
  const { events } = new Desk().hear(request(1, "", "<Alert><CmdID>1</CmdID><Data>1201</Data></Alert>"));
  assert.ok(types(events).includes("started"));
});

test("S25 a version that is not spoken, and one that changes", () => {
  for (const [rest, code, spoken] of /** @type {const} */ ([
    [{ verProto: "DM/9.9" }, 513, "DM/1.1 DM/1.2 DM/1.3"],
    [{ verProto: "SyncML/1.2" }, 513, "DM/1.1 DM/1.2 DM/1.3"],
    [{ verDtd: "9.9" }, 505, "1.1 1.2"],
  ])) {
    const { message, done, events } = new Desk().hear(request(1, "", PACKAGE_1, rest));
    assert.deepEqual([codes(message), others(message), done, types(events)], [[code], [], true, ["aborted"]]);
    const [header] = message.commands;
    assert.equal(header?.type === "status" && header.items.map(({ data }) => data).join(" "), spoken);
  }
  const { message, events } = Desk.asked().hear(request(2, "", status(1, 4, 200), { verProto: "DM/1.3" }));
  assert.deepEqual([codes(message), others(message), message.header.verProto], [[513], ["1223"], "DM/1.2"]);
  assert.deepEqual(types(events), ["aborted", "unknown"]);
  // A server that does not speak the device's version says what it speaks; the host begins a new session in an older one.
  const device = new Device();
  device.say();
  const refusal = ofHeader(1, 513).replace("</Status>", "<Item><Data>DM/1.1</Data></Item><Item><Data>DM/1.2</Data></Item></Status>");
  assert.deepEqual(device.hear(reply(1, "", refusal)), [
    { type: "aborted", by: "server", reason: "the server refuses the message with 513, and speaks DM/1.1, DM/1.2" },
  ]);
  assert.equal(device.next(), undefined);
});

test("S26 a MaxMsgSize that no message fits into", () => {
  const meta = (/** @type {string} */ size) => `<Meta><MaxMsgSize xmlns="syncml:metinf">${size}</MaxMsgSize></Meta>`;
  for (const size of ["0", "1", "50", "999", "-1", "many"]) {
    const { message, done } = new Desk().hear(request(1, meta(size), PACKAGE_1));
    assert.deepEqual([codes(message), others(message), done], [[400], ["1223"], true]);
  }
  for (const size of ["1000", "9223372036854775808"]) assert.deepEqual(codes(new Desk().hear(request(1, meta(size), PACKAGE_1)).message), [200, 200, 200]);
});

test("S27 no message is larger than what the device takes", () => {
  const desk = new Desk();
  for (let count = 0; count < 40; count += 1) desk.server.push({ type: "get", uri: `./Node/${count}` });
  // Only what comes last can be told in chunks.
  desk.server.push({ type: "add", items: [{ uri: "./Big", data: "x".repeat(5_000) }, { uri: "./Small", data: "x" }] });
  desk.server.push({ type: "get", uri: "./Last" });
  const header = '<Meta><MaxMsgSize xmlns="syncml:metinf">2000</MaxMsgSize></Meta>';
  let heard = desk.hear(request(1, header, PACKAGE_1));
  let asked = 0;
  const tooLarge = [];
  for (let msgId = 2; !heard.done; msgId += 1) {
    assert.ok(heard.octets.length <= 2000, `${heard.octets.length} octets`);
    const gets = heard.message.commands.filter(({ type }) => type === "get");
    asked += gets.length;
    tooLarge.push(...(heard.tooLarge ?? []));
    const answers = gets.map(({ cmdId }) => status(heard.message.header.msgId, Number(cmdId), 404));
    heard = desk.hear(request(msgId, "", ofHeader(heard.message.header.msgId, 200) + answers.join("")));
  }
  assert.deepEqual([asked, tooLarge], [41, [40]]);
});

test("S29 a session has an end, however much either side has to say", () => {
  const desk = new Desk({}, { limits: { messages: 20 } });
  let last = desk.hear(request(1, "", PACKAGE_1, { final: false }));
  let msgId = 1;
  while (!last.done) {
    msgId += 1;
    assert.ok(msgId <= 21, "it does not end");
    const event = `<Alert><CmdID>1</CmdID><Data>1224</Data><Item><Data>${msgId}</Data></Item></Alert>`;
    last = desk.hear(request(msgId, "", event, { final: false }));
  }
  assert.deepEqual([others(last.message), types(last.events).at(-1)], [["1223"], "aborted"]);
  assert.equal(last.message.header.target.uri, DEVICE);
});
