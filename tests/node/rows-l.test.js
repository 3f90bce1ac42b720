/** The rows of group L (large objects) of the catalogue of bad inputs, asked of the package in both encodings: a device and a server, both at rest after every step. */
import assert from "node:assert/strict";
import { test } from "node:test";
import omadm, { message, thrown } from "./omadm.js";
import * as letters from "./letters.js";
import { ABORT, DEVICE, Desk, NEXT, PACKAGE_1, URL_OF_SERVER, codes, getOf, ofHeader, others, types } from "./letters.js";
import { env } from "./pair.js";

/** @import { Account, ClientConfig, DmServerSession, Encoding, Saved, ServerConfig, ServerEvent, SyncMlMessage, TreeValue } from "../../www/package/types.js" */

/** @type {Encoding} of what is said and heard */
let encoding = "xml";

/** A row in both encodings. @param {string} name @param {() => void} run */
function row(name, run) {
  for (const one of /** @type {const} */ (["xml", "wbxml"])) {
    test(`${name}, in ${one}`, () => {
      encoding = one;
      run();
    });
  }
}

/** @param {Uint8Array} xml */
function written(xml) {
  const octets = encoding === "xml" ? xml : omadm.encode(message(xml), { encoding }).body;
  assert.equal(message(octets).encoding, encoding);
  return octets;
}

/** @param {Parameters<typeof letters.request>} said */
const request = (...said) => written(letters.request(...said));
/** @param {Parameters<typeof letters.reply>} said */
const reply = (...said) => written(letters.reply(...said));

const META = 'xmlns="syncml:metinf"';
/** @param {number | string} octets */
const size = (octets) => `<Size ${META}>${octets}</Size>`;
/** @param {string} name */
const format = (name) => `<Format ${META}>${name}</Format>`;
/** @param {number} octets @param {number} [object] */
const takes = (octets, object) => `<Meta><MaxMsgSize ${META}>${octets}</MaxMsgSize>${object === undefined ? "" : `<MaxObjSize ${META}>${object}</MaxObjSize>`}</Meta>`;

/** A command of one item. @param {string} meta @param {string} data @param {boolean} more @param {{ command?: string, id?: number, uri?: string }} [rest] */
const chunk = (meta, data, more, { command = "Add", id = 2, uri = "./A" } = {}) =>
  `<${command}><CmdID>${id}</CmdID><Item><Target><LocURI>${uri}</LocURI></Target>${meta === "" ? "" : `<Meta>${meta}</Meta>`}<Data>${data}</Data>${more ? "<MoreData/>" : ""}</Item></${command}>`;

/** Results for `./A`, which the first Get of message 1 has asked for. @param {string} meta @param {string} data @param {boolean} more @param {string} [uri] */
const results = (meta, data, more, uri = "./A") =>
  `<Results><CmdID>2</CmdID><MsgRef>1</MsgRef><CmdRef>4</CmdRef><Item><Source><LocURI>${uri}</LocURI></Source>${meta === "" ? "" : `<Meta>${meta}</Meta>`}<Data>${data}</Data>${more ? "<MoreData/>" : ""}</Item></Results>`;

/** Octets in the parts of a session at rest. @param {Pick<Saved, "parts">} saved */
const held = ({ parts }) => parts.reduce((sum, { bytes }) => sum + bytes.length, 0);

/** The places that Alerts 1225 name. @param {SyncMlMessage} from */
const broken = (from) =>
  from.commands.flatMap((command) => (command.type === "alert" && command.code === 1225 ? command.items.map(({ target, source }) => target?.uri ?? source?.uri) : []));

/** The items of Results, and the CmdID of the last. @param {SyncMlMessage} from */
function found(from) {
  const all = from.commands.flatMap((command) => (command.type === "results" ? [command] : []));
  return { items: all.flatMap(({ items }) => items), cmdId: all.at(-1)?.cmdId };
}

/** @param {readonly ServerEvent[]} events */
const values = (events) => events.flatMap((event) => (event.type === "results" ? event.items.map(({ data }) => data) : []));

/** A device of session 1 behind its package 1. */
class Phone {
  /** @param {Partial<ClientConfig>} [config] @param {Record<string, TreeValue>} [values] */
  constructor(config = {}, values = {}) {
    /** @type {Account} */
    const account = { deviceId: DEVICE, serverId: "desk.example", client: "transport", server: "transport" };
    /** @type {ClientConfig} */
    this.config = { account, url: URL_OF_SERVER, version: "1.3", encoding, ...config };
    this.tree = new omadm.DmTree({ values: { ".": { acl: "Add=*&Delete=*&Exec=*&Get=*&Replace=*" }, "./DevInfo/DevId": DEVICE, "./DevInfo/Man": "Tideline", ...values } });
    this.session = new omadm.DmClientSession(this.config, { by: "server", sessionId: 1 }, env());
    this.msgId = 0;
    this.said = 0;
    this.say();
  }

  rest() {
    const saved = structuredClone(this.session.save());
    this.session.free();
    this.session = omadm.DmClientSession.restore(saved, this.config);
    this.held = held(saved);
  }

  say() {
    const out = this.session.send(this.tree, env());
    assert.ok(out);
    this.rest();
    const said = message(out.body).message;
    this.said = said.header.msgId;
    return said;
  }

  /** @param {string} body @param {boolean} [final] @param {string} [header] */
  written(body, final = false, header = "") {
    return reply(this.msgId, header, ofHeader(this.said, 200) + body, { final });
  }

  /** What the server says, and what is answered. @param {string} body @param {boolean} [final] @param {string} [header] */
  hear(body, final = false, header = "") {
    this.msgId += 1;
    const events = this.session.receive(this.tree, { body: this.written(body, final, header), status: 200 }, env());
    this.rest();
    const kept = this.held;
    const said = this.say();
    return { events, kept, said, codes: codes(said).slice(1), others: others(said) };
  }

  get value() {
    return this.tree.get("./A")?.data;
  }

  /** It has the first chunk of `abcdef` for `./A`. */
  static begun() {
    const phone = new Phone();
    assert.deepEqual(phone.hear(chunk(size(6), "abc", true)).codes, [213]);
    return phone;
  }
}

/** A server that has asked for `./A`, and hears the rest. */
class Asking extends Desk {
  /** @param {Partial<ServerConfig>} [config] */
  constructor(config = {}) {
    super({}, config);
    this.server.push({ type: "get", uri: "./A" });
    this.msgId = 1;
    this.hear(request(1, "", PACKAGE_1));
  }

  /** @param {string} body @param {boolean} [final] @param {string} [header] */
  next(body, final = false, header = "") {
    this.msgId += 1;
    const heard = this.hear(request(this.msgId, header, body, { final }));
    return { ...heard, codes: codes(heard.message).slice(1), others: others(heard.message), held: held(this.server.save()) };
  }

  /** It has the first chunk of `abcdef`. @param {Partial<ServerConfig>} [config] */
  static begun(config) {
    const desk = new Asking(config);
    assert.deepEqual(desk.next(results(size(6), "abc", true)).codes, [213]);
    return desk;
  }
}

/**
 * Text or octets: nothing here is markup.
 * @param {import("../../www/package/types.js").Data | undefined} value
 */
function plain(value) {
  assert.ok(value === undefined || typeof value === "string" || value instanceof Uint8Array);
  return value;
}

row("L01 three chunks", () => {
  const phone = new Phone();
  const { revision } = phone.tree;
  const first = phone.hear(chunk(size(9), "abc", true));
  assert.deepEqual([first.codes, first.others, first.events.map((event) => ({ ...event }))], [[213], ["1222"], [{ type: "progress", direction: "received", uri: "./A", bytes: 3, total: 9 }]]);
  assert.deepEqual(phone.hear(chunk("", "def", true)).codes, [213]);
  assert.deepEqual([phone.tree.revision, phone.value], [revision, undefined]);
  assert.deepEqual(phone.hear(chunk("", "ghi", false), true).codes, [200]);
  assert.deepEqual([phone.tree.revision, phone.value, phone.held], [revision + 1, "abcdefghi", 0]);
  const desk = new Asking();
  for (const [meta, data] of [[size(9), "abc"], ["", "def"]]) {
    const { codes, others } = desk.next(results(meta ?? "", data ?? "", true));
    assert.deepEqual([codes, others], [[213], ["1222"]]);
  }
  const last = desk.next(results("", "ghi", false), true);
  assert.deepEqual([last.codes, values(last.events), last.held], [[200], ["abcdefghi"], 0]);
});

row("L02 a Size that is one more or one less", () => {
  for (const octets of [5, 7]) {
    const phone = new Phone();
    assert.deepEqual(phone.hear(chunk(size(octets), "abc", true)).codes, [213]);
    assert.deepEqual(phone.hear(chunk("", "def", false), true).codes, [424]);
    assert.deepEqual([phone.value, phone.held], [undefined, 0]);
    const desk = new Asking();
    assert.deepEqual(desk.next(results(size(octets), "abc", true)).codes, [213]);
    const last = desk.next(results("", "def", false), true);
    assert.deepEqual([last.codes, values(last.events), last.held], [[424], [], 0]);
  }
});

row("L03 a first chunk without Size", () => {
  const phone = new Phone();
  assert.deepEqual([phone.hear(chunk("", "abc", true)).codes, phone.held], [[411], 0]);
  assert.deepEqual([phone.hear(chunk("", "def", false), true).codes, phone.value], [[411], undefined]);
  const desk = new Asking();
  const { codes, held } = desk.next(results("", "abc", true));
  assert.deepEqual([codes, held], [[411], 0]);
  assert.deepEqual(values(desk.next(results("", "def", false), true).events), []);
});

row("L04 a Size that is none, or too large", () => {
  const cases = /** @type {const} */ ([
    [0, 400],
    [-1, 400],
    ["many", 400],
    [2 ** 32, 400],
    ["18446744073709551616", 400],
    [2 ** 32 - 1, 413],
    [16_777_217, 413],
    [16_777_216, 213],
  ]);
  for (const [octets, code] of cases) {
    const phone = new Phone();
    assert.deepEqual([phone.hear(chunk(size(octets), "abc", true)).codes, phone.held], [[code], code === 213 ? 3 : 0]);
    const desk = new Asking();
    const { codes, held } = desk.next(results(size(octets), "abc", true));
    assert.deepEqual([codes, held], [[code], code === 213 ? 3 : 0]);
  }
});

row("L06 chunks that are more than Size before the last", () => {
  const phone = new Phone();
  assert.deepEqual(phone.hear(chunk(size(5), "abc", true)).codes, [213]);
  assert.deepEqual([phone.hear(chunk("", "def", true)).codes, phone.held], [[424], 0]);
  assert.deepEqual([phone.hear(chunk("", "ghi", false), true).codes, phone.value], [[424], undefined]);
  const desk = new Asking();
  assert.deepEqual(desk.next(results(size(5), "abc", true)).codes, [213]);
  const { codes, held } = desk.next(results("", "def", true));
  assert.deepEqual([codes, held], [[424], 0]);
});

row("L07 chunks without octets for ever", () => {
  const limits = { messages: 20 };
  const phone = new Phone({ limits });
  let told = phone.hear(chunk(size(9), "", true));
  for (; !told.others.includes("1223"); told = phone.hear(chunk("", "", true))) {
    assert.deepEqual(told.codes, [213]);
    assert.ok(phone.msgId < 20);
  }
  assert.equal(phone.held, 0);
  const desk = new Asking({ limits });
  let heard = desk.next(results(size(9), "", true));
  for (; !heard.done; heard = desk.next(results("", "", true))) {
    assert.deepEqual(heard.codes, [213]);
    assert.ok(desk.msgId <= 20);
  }
  assert.deepEqual([heard.others, heard.held], [["1223"], 0]);
});

row("L08 something new between chunks", () => {
  const at = (/** @type {string} */ name, /** @type {string} */ uri) => `<${name}><CmdID>3</CmdID><Item><Target><LocURI>${uri}</LocURI></Target></Item></${name}>`;
  for (const [between, code] of /** @type {const} */ ([
    [chunk("", "x", false, { uri: "./B" }), 200],
    [chunk("", "x", false, { command: "Replace", uri: "./DevInfo/Man" }), 200],
    [at("Get", "./DevInfo/Man"), 200],
    [at("Delete", "./B"), 404],
    [at("Exec", "./B"), 404],
    ["<Alert><CmdID>3</CmdID><Data>1100</Data></Alert>", 406],
  ])) {
    const phone = Phone.begun();
    const { said, codes } = phone.hear(between, true);
    assert.deepEqual([broken(said), codes, phone.value, phone.held], [["./A"], [code], undefined, 0], between);
  }
  const event = `<Alert><CmdID>3</CmdID><Data>1224</Data><Item><Data>x</Data></Item></Alert>`;
  const replace = `<Replace><CmdID>3</CmdID><Item><Source><LocURI>./DevInfo/Lang</LocURI></Source><Data>de</Data></Item></Replace>`;
  for (const between of [event, replace, results("", "x", false, "./B")]) {
    const desk = Asking.begun();
    const { message, events, held } = desk.next(between);
    assert.deepEqual([broken(message), values(events), held], [["./A"], [], 0]);
    assert.ok(types(events).includes("violation"));
  }
  // The demand for the next message is nothing new.
  const phone = Phone.begun();
  assert.deepEqual(broken(phone.hear(NEXT).said), []);
  assert.deepEqual([phone.hear(chunk("", "def", false), true).codes, phone.value], [[200], "abcdef"]);
});

row("L09 a chunk of something else", () => {
  for (const other of [chunk("", "def", false, { uri: "./B" }), chunk("", "def", false, { command: "Replace" }), chunk(format("b64"), "QUJD", false)]) {
    const phone = Phone.begun();
    assert.deepEqual(broken(phone.hear(other, true).said), ["./A"]);
    assert.notEqual(phone.value, "abcdef");
  }
  for (const other of [results("", "def", false, "./B"), results(format("int"), "def", false), results("", "def", false).replace("<CmdRef>4", "<CmdRef>5")]) {
    const { message, events } = Asking.begun().next(other);
    assert.deepEqual([broken(message), values(events).includes("abcdef")], [["./A"], false]);
  }
});

row("L12 a chunk that comes twice", () => {
  const phone = Phone.begun();
  phone.msgId += 1;
  const body = phone.written(chunk("", "de", true));
  phone.session.receive(phone.tree, { body, status: 200 }, env());
  const answered = phone.session.send(phone.tree, env());
  assert.deepEqual(phone.session.receive(phone.tree, { body, status: 200 }, env()), []);
  assert.deepEqual(phone.session.send(phone.tree, env())?.body, answered?.body);
  phone.rest();
  assert.equal(phone.held, 5);
  const desk = Asking.begun();
  const again = request(3, "", results("", "de", true), { final: false });
  const first = desk.hear(again);
  const second = desk.hear(again);
  assert.deepEqual([second.repeated, second.octets, types(second.events)], [true, first.octets, ["repeated"]]);
  desk.msgId = 3;
  assert.deepEqual(values(desk.next(results("", "f", false), true).events), ["abcdef"]);
});

row("L13 a chunk that is lost", () => {
  const phone = Phone.begun();
  phone.msgId += 2;
  const before = phone.session.save();
  assert.equal(thrown(() => phone.session.receive(phone.tree, { body: phone.written(chunk("", "f", false), true), status: 200 }, env())).code, "state");
  assert.deepEqual([phone.session.save(), phone.value], [before, undefined]);
  const desk = Asking.begun();
  assert.equal(desk.refuse(request(4, "", results("", "f", false))).code, "state");
  desk.msgId = 2;
  assert.deepEqual(values(desk.next(results("", "def", false), true).events), ["abcdef"]);
});

row("L14 a crash after each chunk", () => {
  // Both rest after every step; here each part is written once, and none may be missing.
  /** @type {Map<string, Uint8Array>} */
  const stored = new Map();
  const phone = new Phone();
  for (let at = 0; at < 5; at += 1) {
    phone.hear(chunk(at === 0 ? size(15) : "", "abc", at < 4));
    const saved = phone.session.save();
    for (const { id, bytes } of saved.parts) assert.deepEqual(stored.get(id) ?? bytes, bytes);
    for (const { id, bytes } of saved.parts) stored.set(id, bytes);
    if (saved.parts.length > 0) assert.equal(thrown(() => omadm.DmClientSession.restore({ ...saved, parts: saved.parts.slice(1) }, phone.config)).code, "snapshot");
  }
  assert.deepEqual([phone.value, [...stored.values()].reduce((sum, bytes) => sum + bytes.length, 0)], ["abc".repeat(5), 12]);
  const desk = new Asking();
  for (let at = 0; at < 5; at += 1) {
    const { events, held } = desk.next(results(at === 0 ? size(15) : "", "abc", at < 4), at === 4);
    assert.deepEqual([held, values(events)], at < 4 ? [3 * at + 3, []] : [0, ["abc".repeat(5)]]);
    const saved = desk.server.save();
    if (saved.parts.length > 0) assert.equal(thrown(() => omadm.DmServerSession.restore({ ...saved, parts: saved.parts.slice(1) }, desk.config)).code, "snapshot");
  }
});

row("L15 an end in the middle", () => {
  const phone = Phone.begun();
  assert.equal(phone.held, 3);
  phone.session.abort();
  phone.rest();
  assert.deepEqual([phone.held, others(phone.say()), phone.value], [0, ["1223"], undefined]);
  const desk = Asking.begun();
  const { done, held, events } = desk.next(ABORT, true);
  assert.deepEqual([done, held, values(events)], [true, 0, []]);
});

row("L16 base64 that is cut anywhere", () => {
  const octets = new Uint8Array(60).map((_, at) => at * 5);
  const text = Buffer.from(octets).toString("base64");
  for (const cut of [1, 2, 3, 4, 41, 79]) {
    const phone = new Phone();
    phone.hear(chunk(format("b64") + size(text.length), text.slice(0, cut), true));
    assert.deepEqual(phone.hear(chunk(format("b64"), text.slice(cut), false), true).codes, [200]);
    const value = plain(phone.value);
    assert.deepEqual(typeof value === "string" ? Buffer.from(value, "base64") : Buffer.from(value ?? []), Buffer.from(octets));
    const desk = new Asking();
    desk.next(results(format("b64") + size(text.length), text.slice(0, cut), true));
    assert.deepEqual(values(desk.next(results(format("b64"), text.slice(cut), false), true).events), [text]);
  }
});

row("L17 an object as large as MaxObjSize, and one more", () => {
  for (const [octets, code] of /** @type {const} */ ([[1_000, 200], [1_001, 413]])) {
    const phone = new Phone({ maxObjSize: 1_000 });
    const first = phone.hear(chunk(size(octets), "x".repeat(500), true));
    assert.equal(first.said.header.maxObjSize, 1_000);
    assert.deepEqual(first.codes, [code === 200 ? 213 : 413]);
    assert.deepEqual(phone.hear(chunk("", "x".repeat(octets - 500), false), true).codes, [code]);
    assert.equal(plain(phone.value)?.length, code === 200 ? octets : undefined);
    const desk = new Asking({ maxObjSize: 1_000 });
    desk.next(results(size(octets), "x".repeat(500), true));
    const { codes, events } = desk.next(results("", "x".repeat(octets - 500), false), true);
    assert.deepEqual([codes, values(events).length], [[code], code === 200 ? 1 : 0]);
  }
});

/** A thousand sessions that open an object of one octet less than `most`, the first chunk of which has so many octets. @param {number} most @param {number} octets */
function stalling(most, octets) {
  /** @type {ServerConfig} */
  const config = { serverId: "desk.example", url: URL_OF_SERVER, binding: "transport", maxObjSize: most };
  /** @type {Account} */
  const account = { deviceId: DEVICE, serverId: "desk.example", client: "transport", server: "transport" };
  /** @param {DmServerSession} session @param {Uint8Array} body */
  const hear = (session, body) => {
    const events = session.receive({ body }, account, env());
    return { events, codes: codes(message(session.respond(env()).body).message).slice(1) };
  };
  const sessions = Array.from({ length: 1_000 }, () => new omadm.DmServerSession(config));
  const first = request(1, "", PACKAGE_1);
  const last = () => request(3, "", results("", "y".repeat(most - 1 - octets), false));
  const opening = request(2, "", results(size(most - 1), "x".repeat(octets), true), { final: false });
  const told = sessions.map((session) => {
    session.push({ type: "get", uri: "./A" });
    hear(session, first);
    return hear(session, opening).codes[0];
  });
  return { sessions, told, finish: (/** @type {DmServerSession} */ session) => hear(session, last()) };
}

row("L19 a thousand sessions that stall", () => {
  const BUDGET = 64 * 2 ** 20;
  const [most, octets] = [100_000, 99_000];
  const { sessions, told, finish } = stalling(most, octets);
  const going = sessions.filter((_, at) => told[at] === 213);
  // An object is begun where there is room for all of it.
  assert.equal(going.length, Math.floor((BUDGET - (most - 1)) / octets) + 1);
  assert.ok(told.every((code, at) => code === (at < going.length ? 213 : 413)));
  for (const session of going) {
    const { codes, events } = finish(session);
    assert.deepEqual([codes, values(events).map((value) => plain(value)?.length)], [[200], [most - 1]]);
  }
  for (const session of sessions) session.free();
  // With 16 MiB each, as by default: there is room again, and a few have it.
  const large = stalling(16 * 2 ** 20, 500_000);
  const begun = large.told.filter((code) => code === 213).length;
  assert.equal(begun, Math.floor((BUDGET - (16 * 2 ** 20 - 1)) / 500_000) + 1);
  assert.ok(large.told.every((code) => code === 213 || code === 413));
  for (const session of large.sessions) session.free();
  assert.deepEqual(Asking.begun().next(results("", "def", false), true).codes, [200]);
});

row("L20 an object of more than two megabytes lies in parts of at most a mebibyte", () => {
  const session = new omadm.DmServerSession({ serverId: "desk.example", url: URL_OF_SERVER, binding: "transport" });
  session.push({ type: "replace", items: [{ uri: "./A", data: "x".repeat(3_000_000) }] });
  const { parts, state } = session.save();
  assert.ok(parts.length === 3 && parts.every(({ bytes }) => bytes.length <= 2 ** 20) && state.length < 2_000);
  assert.equal(held({ parts }), 3_000_000);
  session.free();
});

row("L24 Results that are larger than a message, or than the server takes", () => {
  const value = "é<v".repeat(1_250);
  const octets = new TextEncoder().encode(value).length;
  const phone = new Phone({}, { "./A": value });
  let { said, codes } = phone.hear(getOf("./A"), true, takes(1_500, octets));
  assert.deepEqual(codes, [200]);
  let told = "";
  for (let turn = 0; ; turn += 1) {
    const { items, cmdId } = found(said);
    const [item] = items;
    told += item?.data;
    assert.deepEqual([items.length, item?.meta?.size], [1, turn === 0 ? octets : undefined]);
    if (item?.moreData !== true) break;
    assert.ok(!said.final);
    said = phone.hear(`<Status><CmdID>2</CmdID><MsgRef>${phone.said}</MsgRef><CmdRef>${cmdId}</CmdRef><Cmd>Results</Cmd><Data>213</Data></Status>${NEXT.replace(">1<", ">3<")}`).said;
  }
  assert.deepEqual([told, said.final], [value, true]);
  const less = new Phone({}, { "./A": value }).hear(getOf("./A"), true, takes(1_500, octets - 1));
  assert.deepEqual([less.codes, less.others, found(less.said).items, less.said.final], [[413], [], [], true]);
});
