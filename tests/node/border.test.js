/** How values cross into the module and out of it: read once, whole or refused, and built so that nobody's setter is in the way. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { border } from "../../www/package/border.js";
import omadm, { message as messageOf, thrown, wrong } from "./omadm.js";
import { account, clientConfig, device, env, serverConfig } from "./pair.js";

const { DmClientSession, DmServerSession, DmTree, decode, encode, encodeNotification, inspect, peek } = omadm;

const BODY = new DmClientSession(clientConfig(account("basic")), { by: "user" }, env()).send(device(), env())?.body ?? assert.fail("no message");
const WHOLE = decode(BODY);

/** What a value is as octets, in hex; what is held of it beside them. @param {unknown} value @param {number} [kind] @param {number} [room] */
function packed(value, kind = 0, room = 4_096) {
  const { pack, unpack, held: take } = border();
  let to = new Uint8Array(room);
  const size = pack(value, kind, to);
  if (size === -1) return undefined;
  if (size < 0) {
    to = new Uint8Array(-1 - size);
    unpack(to);
  }
  const [whole, held] = [to.subarray(0, size < 0 ? undefined : size), take()];
  assert.equal(whole.at(-1), held === undefined ? 0 : 1);
  return { hex: Buffer.from(whole.subarray(0, -1)).toString("hex"), held: Array.from(held ?? []) };
}

const double = (/** @type {number} */ number) => Buffer.from(new Float64Array([number]).buffer).toString("hex");
const letters = (/** @type {string} */ text) => {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(Buffer.byteLength(text));
  return length.toString("hex") + Buffer.from(text).toString("hex");
};

test("every kind of value is packed as the module reads it", () => {
  for (const [value, hex] of /** @type {[unknown, string][]} */ ([
    [undefined, "00"],
    [null, "01"],
    [false, "02"],
    [true, "03"],
    [-7, `04${double(-7)}`],
    [0.5, `05${double(0.5)}${letters("0.5")}`],
    [NaN, `05${double(NaN)}${letters("NaN")}`],
    [2 ** 53, `05${double(2 ** 53)}${letters("9007199254740992")}`],
    ["", `06${letters("")}`],
    ["aé€😀", `06${letters("aé€😀")}`],
    ["x".repeat(300), `06${letters("x".repeat(300))}`],
    ["é".repeat(300), `06${letters("é".repeat(300))}`],
    ["a\ud800", "07"],
    [`${"x".repeat(300)}\udc00`, "07"],
    [[], "080000000000000000"],
    [[true, null], "08020000000200000003" + "01"],
    [[null, , null], "08020000000200000001" + "0d"],
    [new Array(1_000_001), "0e"],
    [{}, "090000000000000000"],
    [{ a: undefined, b: true }, `090c00000002000000${letters("a")}00${letters("b")}03`],
    [{ "\ud800": 1 }, `090d00000001000000ffffffff04${double(1)}`],
    [12345678901234567890n, `0b${letters("12345678901234567890")}`],
    [() => {}, "0c"],
    [Symbol("s"), "0c"],
  ])) {
    assert.equal(packed(value)?.hex, hex, String(hex).slice(0, 40));
    assert.equal(packed(value, 0, 0)?.hex, hex, "where it does not fit at first");
  }
  const octets = Uint8Array.of(1, 2);
  const alien = runInNewContext("new Uint8Array(3)");
  const near = packed([octets, alien]);
  assert.equal(near?.hex, `081a00000002000000` + `1223000000${double(2)}` + `1225000000${double(3)}` + "0102" + "000000");
  assert.deepEqual(near?.held, []);
});

test("what is large is held until it is asked for, and only its length is packed", () => {
  const [whole, rest] = [new Uint8Array(4_096), Uint8Array.of(7)];
  const far = packed([whole, rest]);
  assert.equal(far?.hex, `081a00000002000000` + `1223000000${double(4_096)}` + `0a01000000${double(1)}` + "00".repeat(4_096));
  assert.deepEqual(far?.held, [whole, rest]);
  const [ascii, pairs] = ["x".repeat(65_537), "€😀".repeat(30_000)];
  const texts = packed([ascii, pairs]);
  assert.equal(texts?.hex, `081a00000002000000` + `1100000000${double(65_537)}` + `1101000000${double(210_000)}`);
  assert.deepEqual(texts?.held, [ascii, pairs]);
  for (const broken of ["\ud800", "\udc00", "\udc00\ud800", "\ud800x"]) assert.deepEqual(packed("x".repeat(70_000) + broken), { hex: "07", held: [] }, JSON.stringify(broken));
});

test("a large text comes in as it is, and in the place of a word it is none", () => {
  for (const piece of ["x", "é", "€", "😀", "a\n€é😀"]) {
    const text = piece.repeat(70_000);
    assert.equal(new DmTree({ values: { "./A": text } }).get("./A")?.data, text, piece);
    assert.equal(thrown(() => new DmTree({ values: { "./A": `${text}\ud83d` } })).code, "arg", piece);
    assert.equal(thrown(() => encode(wrong({ type: text }))).code, "arg", piece);
  }
});

test("of a message, and of what was saved, only what counts is read", () => {
  const refuse = () => assert.fail("nobody asks");
  const own = { get socket() { return refuse(); }, body: null };
  const body = letters("body") + "01";
  assert.equal(packed(own, 1)?.hex, `090900000001000000${body}`);
  assert.equal(packed({ get id() { return refuse(); }, state: null }, 3)?.hex, `090a00000001000000${letters("state")}01`);
  assert.equal(packed({ response: own }, 2)?.hex, `091e00000001000000${letters("response")}090900000001000000${body}`);
  /** @type {Record<string, unknown>} */
  const around = { body: BODY, get request() { return refuse(); } };
  around.self = around;
  assert.equal(decode(wrong(around)).type, "syncml");
});

test("a buffer is not given out twice, and forgets what was in it", () => {
  const { pack, held } = border();
  const room = new Uint8Array(64);
  const size = pack("first, and a secret", 0, room);
  assert.ok(size > 0);
  assert.equal(pack([new Uint8Array(5_000)], 0, room.fill(0)), 23);
  assert.equal(Buffer.from(room).includes("secret"), false);
  assert.equal(held()?.length, 1);
  assert.equal(held(), undefined);
});

test("a buffer forgets what was in it where a getter throws, too", () => {
  const encodeInto = TextEncoder.prototype.encodeInto;
  /** @type {Uint8Array | undefined} */
  let buffer;
  TextEncoder.prototype.encodeInto = function (/** @type {string} */ text, /** @type {Uint8Array} */ to) {
    buffer = new Uint8Array(to.buffer);
    return encodeInto.call(this, text, to);
  };
  try {
    const { pack, held } = border();
    const value = {
      far: new Uint8Array(5_000),
      long: "a secret of more than what a loop writes, ".repeat(3),
      get wrong() {
        assert.equal(Buffer.from(buffer ?? []).includes("secret"), true);
        throw new Error("mine");
      },
    };
    assert.throws(() => pack(value, 0, new Uint8Array(512)), /mine/);
    assert.equal(Buffer.from(buffer ?? []).includes("secret"), false);
    assert.equal(held(), undefined);
  } finally {
    TextEncoder.prototype.encodeInto = encodeInto;
  }
});

test("headers that are refused leave nothing of theirs among what is packed", () => {
  const message = { headers: [["accept", new Uint8Array(3)], 0], url: "https://dm.example.com/dm", body: new Uint8Array(5_000) };
  const { pack, held } = border();
  const room = new Uint8Array(512);
  pack(message, 1, room);
  assert.deepEqual(Array.from(held() ?? []), [message.body]);
  assert.equal(Buffer.from(room).includes("https://dm.example.com/dm"), true);
});

test("whoever calls again from a getter disturbs neither call", () => {
  let calls = 0;
  const config = {
    ...serverConfig(),
    get url() {
      calls += 1;
      // Makes the memory of the module grow, too.
      assert.equal(new DmTree({ values: { "./A": "x".repeat(3_000_000) } }).get("./A")?.data?.toString().length, 3_000_000);
      assert.equal(decode(BODY).type, "syncml");
      new DmServerSession(serverConfig()).push({ type: "replace", items: [{ uri: "./B", data: Uint8Array.of(7) }] });
      return "https://dm.example.com/dm";
    },
  };
  const session = new DmServerSession(config);
  assert.equal(calls, 1, "read once");
  session.receive({ body: BODY }, account("basic"), env());
  assert.ok(session.respond(env()).body.length > 0);
});

test("a value without end is limit, and the next call works", () => {
  const { header } = messageOf(BODY).message;
  const of = (/** @type {unknown} */ commands) => ({ type: "syncml", encoding: "xml", message: { header, commands, final: true } });
  /** @type {any[]} */
  const inItself = [];
  inItself.push(inItself);
  /** @type {any} */
  const object = { type: "sequence" };
  object.commands = [object];
  /** @type {any} */
  let wide = { type: "get", items: [] };
  for (let round = 0; round < 60; round += 1) wide = { type: "sequence", commands: [wide, wide] };
  /** @type {any} */
  let deep = { ns: "", name: "a", children: [] };
  for (let round = 0; round < 5_000; round += 1) deep = { ns: "", name: "a", children: [deep] };
  for (const [name, commands, code] of /** @type {[string, unknown, string][]} */ ([
    ["an array in itself", inItself, "arg"],
    ["an object in itself", [object], "limit"],
    ["two in two", [wide], "limit"],
    ["deep", [{ type: "unknown", element: deep }], "limit"],
    ["an array of a million", new Array(1_000_000).fill(7), "arg"],
    ["a text of many octets", [{ type: "get", items: [], cmdId: "x".repeat(100_000_000) }], "limit"],
  ])) {
    const error = thrown(() => encode(wrong(of(commands))));
    assert.deepEqual([error.code, error.fault], [code, "caller"], `${name}: ${error.message}`);
    assert.equal(decode(BODY).type, "syncml", name);
  }
});

test("errors name what is wrong by its path", () => {
  const { header } = messageOf(BODY).message;
  const of = (/** @type {object} */ command) => () => encode(wrong({ type: "syncml", encoding: "xml", message: { header, commands: [{ type: "get", items: [] }, command], final: true } }));
  for (const [call, message] of /** @type {[() => unknown, string][]} */ ([
    [of({ type: "get", items: [{}, { target: { uri: 7 } }] }), "bad document.message.commands[1].items[1].target.uri"],
    [of({ type: "get", items: [{ attributes: { "xml:lang": 7 }, data: "x" }] }), 'bad document.message.commands[1].items[0].attributes["xml:lang"]'],
    [of({ type: "get" }), "document.message.commands[1].items is missing"],
    [of({ type: "get", items: [{ data: "\ud800" }] }), "bad document.message.commands[1].items[0].data"],
    [() => new DmTree({ values: { "./A": { data: wrong(7) } } }), 'bad source.values["./A"].data'],
    [() => peek(wrong({ body: BODY, headers: { "Content-Type": 7 } })), 'bad message.headers["Content-Type"]'],
    [() => peek(wrong({ body: BODY, headers: new Map([["accept", ["a", 7]]]) })), 'bad message.headers["accept"][1]'],
  ])) {
    assert.equal(thrown(call).message.split(" (")[0]?.slice(0, message.length), message);
  }
});

/** Two values that are told apart by nothing. */
const built = (/** @type {() => unknown} */ call) => {
  const value = call();
  return [value, JSON.stringify(value)];
};

test("what comes out is plain data of its own, whatever stands on the prototypes", (t) => {
  const moment = env();
  const calls = [
    () => decode(BODY),
    () => inspect(BODY),
    () => new DmServerSession(serverConfig()).save(),
    () => new DmServerSession(serverConfig()).receive({ body: BODY }, account("basic"), moment),
    () => encodeNotification({ form: "1.2" }, account("md5"), {}, moment),
    () => device().entries(),
  ];
  const plain = calls.map(built);
  let run = 0;
  const set = () => {
    run += 1;
  };
  const names = ["0", "1", "7", "items", "type", "uri", "commands", "parts", "ok", "Man"];
  const clean = () => {
    for (const name of names) for (const prototype of [Object.prototype, Array.prototype]) Reflect.deleteProperty(prototype, name);
  };
  t.after(clean);
  for (const prototype of [Object.prototype, Array.prototype]) {
    for (const name of names) Object.defineProperty(prototype, name, { configurable: true, get: () => 7, set });
    let disturbed;
    try {
      disturbed = calls.map(built);
    } finally {
      clean();
    }
    assert.equal(run, 0);
    assert.deepEqual(disturbed, plain);
  }
});

test("records have no prototype and take every name, objects and arrays are ordinary", () => {
  const text = new TextDecoder().decode(BODY).replace("<Final", '<Add><CmdID>9</CmdID><Item><Data __proto__="p" toString="s">é€😀</Data></Item></Add><Final');
  const document = decode(new TextEncoder().encode(text));
  assert.ok(document.type === "syncml");
  const [command] = document.message.commands.slice(-1);
  assert.ok(command?.type === "add");
  const [item] = command.items;
  assert.ok(item?.attributes);
  assert.equal(Object.getPrototypeOf(item.attributes), null);
  assert.deepEqual(Object.entries(item.attributes), [["__proto__", "p"], ["toString", "s"]]);
  assert.equal(item.data, "é€😀");
  assert.equal(Object.getPrototypeOf(item), Object.prototype);
  assert.equal(Object.getPrototypeOf(command.items), Array.prototype);
});

test("octets come out as arrays of their own", () => {
  const session = new DmServerSession(serverConfig());
  const [one, other] = [session.save().state, session.save().state];
  assert.deepEqual(one, other);
  assert.notEqual(one.buffer, other.buffer);
  assert.equal(one.buffer.byteLength, one.length);
  one.fill(0);
  assert.notDeepEqual(session.save().state, one);
});

test("a message is the same after it went in and out, with text of every kind", () => {
  assert.ok(WHOLE.type === "syncml");
  for (const letter of ["x", "é", "€", "😀", "\u{10ffff}", "\ufeff", "\u0085"]) {
    for (const count of [0, 1, 63, 64, 65, 127, 128, 5_000, 20_000]) {
      const data = letter.repeat(count);
      const items = [{ source: { uri: "./A" }, data }, { data: `${data}.` }];
      const results = { type: /** @type {const} */ ("results"), items };
      /** @type {Uint8Array} */
      const body = encode({ ...WHOLE, message: { ...WHOLE.message, commands: [results] } }).body;
      const [found] = messageOf(body).message.commands;
      assert.ok(found?.type === "results");
      assert.deepEqual(found.items.map((item) => item.data ?? ""), items.map((item) => item.data), `${letter} ${count}`);
    }
  }
});
