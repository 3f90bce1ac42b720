/** Arguments that deceive: B02 and B06 of the catalogue. Each is refused as `arg` or read exactly, and the next call works. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import omadm, { message as messageOf, thrown, wrong } from "./omadm.js";
import { account, clientConfig, device, env, serverConfig } from "./pair.js";

const { DmClientSession, DmError, DmServerSession, DmTree, decode, encode, peek } = omadm;

const MESSAGE = new DmClientSession(clientConfig(account("basic")), { by: "user" }, env()).send(device(), env());
const BODY = MESSAGE?.body ?? assert.fail("no message");
const TYPE = "application/vnd.syncml.dm+xml";
/** Another type than the octets have: who sees it, refuses the message. */
const ALIEN = "text/plain";

const refuse = () => {
  throw new Error("refused");
};

function revoked(/** @type {object} */ target) {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return wrong(proxy);
}

function detached() {
  const array = new Uint8Array(8);
  structuredClone(array.buffer, { transfer: [array.buffer] });
  return array;
}

/** A getter on an array or object that is otherwise as it should be. */
function owning(/** @type {object} */ object, /** @type {PropertyKey} */ name, /** @type {PropertyDescriptor} */ property) {
  return wrong(Object.defineProperty(object, name, { configurable: true, ...property }));
}

/** Calls that must fail, each followed by one that must not. */
function refused(/** @type {Record<string, () => unknown>} */ calls, codes = ["arg"]) {
  for (const [name, call] of Object.entries(calls)) {
    const error = thrown(call);
    assert.ok(codes.includes(error.code), `${name}: ${error.code}, ${error.message}`);
    assert.equal(decode(BODY).type, "syncml", name);
  }
}

/** Whatever takes octets. */
const takers = /** @type {Record<string, (octets: any) => unknown>} */ ({
  decode: (octets) => decode(octets),
  body: (octets) => peek({ body: octets }),
  restore: (octets) => DmTree.restore(octets),
  value: (octets) => new DmTree({ values: { "./A": octets } }),
  set: (octets) => new DmTree().set("./A", octets),
  entropy: (octets) => new DmClientSession(clientConfig(account("basic")), { by: "user" }, { now: 1, entropy: octets }),
  nonce: (octets) => new DmClientSession(clientConfig({ ...account("md5"), state: { clientNonce: octets } }), { by: "user" }, env()),
  saved: (octets) => DmServerSession.restore({ state: octets, account: {}, parts: [] }, serverConfig()),
});

for (const [name, take] of Object.entries(takers)) {
  test(`B02: ${name} refuses what only looks like a Uint8Array`, () => {
    refused({
      detached: () => take(detached()),
      proxy: () => take(new Proxy(new Uint8Array(2), {})),
      revoked: () => take(revoked(new Uint8Array(2))),
      heir: () => take(Object.create(Uint8Array.prototype)),
      "heir with a length": () => take(Object.create(Uint8Array.prototype, { length: { value: 1e9 } })),
      "by name": () => take({ length: 1e9, [Symbol.toStringTag]: "Uint8Array" }),
      buffer: () => take(new ArrayBuffer(8)),
      view: () => take(new DataView(new ArrayBuffer(8))),
      clamped: () => take(new Uint8ClampedArray(8)),
      array: () => take([300]),
    });
  });
}

/** What a tree keeps of octets. */
function kept(/** @type {any} */ octets) {
  const tree = new DmTree();
  tree.set("./A", octets);
  const { data } = tree.get("./A") ?? assert.fail("not there");
  return data;
}

test("B02: what only looks like a value makes no leaf", () => {
  for (const value of [{}, { length: 2 }, new Map(), new Date(), { type: "text/plain" }]) {
    refused({ value: () => new DmTree({ values: { "./A": wrong(value) } }) });
  }
  assert.equal(new DmTree({ values: { "./A": { format: "null" } } }).get("./A")?.format, "null");
});

test("B02: properties of its own change nothing about the octets of a Uint8Array", () => {
  new DmTree().set("./Secret", "what an earlier call left behind ".repeat(200));
  const octets = Uint8Array.of(1, 2, 3);
  for (const length of [0, 1, 2_900, 1e9, 2 ** 40, -1, NaN, "7", undefined]) {
    for (const name of ["length", "byteLength"]) assert.deepEqual(kept(owning(octets.slice(), name, { value: length })), octets);
  }
  assert.deepEqual(kept(owning(octets.slice(), "length", { get: refuse })), octets);
  assert.deepEqual(kept(owning(octets.slice(), "byteOffset", { value: 1 })), octets);
  assert.deepEqual(kept(owning(octets.slice(), "buffer", { value: new ArrayBuffer(9) })), octets);
  assert.deepEqual(kept(owning(octets.slice(), Symbol.iterator, { get: refuse })), octets);
  assert.deepEqual(kept(owning(octets.slice(), "constructor", { get: refuse })), octets);
  assert.deepEqual(kept(owning(octets.slice(), Symbol.toStringTag, { get: refuse })), octets);
  assert.deepEqual(kept(Object.setPrototypeOf(octets.slice(), null)), octets);
  assert.equal(decode(owning(BODY.slice(), "length", { value: 1e9 })).type, "syncml");
});

test("B02: a prototype that lies about the length changes nothing either", (t) => {
  assert.deepEqual(kept(Uint8Array.of(1)), Uint8Array.of(1));
  t.after(() => Reflect.deleteProperty(Uint8Array.prototype, "length"));
  owning(Uint8Array.prototype, "length", { value: 2_900 });
  const data = kept(Uint8Array.of(1, 2, 3));
  Reflect.deleteProperty(Uint8Array.prototype, "length");
  assert.deepEqual(data, Uint8Array.of(1, 2, 3));
});

test("B02: every real Uint8Array is read exactly", () => {
  class Own extends Uint8Array {}
  const octets = Uint8Array.of(1, 2, 3);
  const shared = new Uint8Array(new SharedArrayBuffer(3));
  shared.set(octets);
  for (const array of [
    Buffer.from(octets),
    Own.from(octets),
    Uint8Array.of(9, 1, 2, 3, 9).subarray(1, 4),
    shared,
    runInNewContext("Uint8Array.of(1, 2, 3)"),
  ]) {
    assert.deepEqual(kept(array), octets);
  }
  assert.deepEqual(kept(new Uint8Array()), new Uint8Array());
});

test("B02: a buffer that a getter shrinks or takes away is read as it is then", () => {
  const start = (/** @type {number | undefined} */ count, /** @type {(buffer: any) => void} */ change) => {
    const buffer = new (/** @type {any} */ (ArrayBuffer))(64, { maxByteLength: 64 });
    const entropy = new Uint8Array(buffer, 0, count);
    entropy.fill(7);
    const moment = {
      get now() {
        change(buffer);
        return 1;
      },
      entropy,
    };
    return new DmClientSession(clientConfig(account("basic")), { by: "user" }, moment);
  };
  const whole = start(64, () => {}).save().state;
  assert.deepEqual(start(undefined, (buffer) => buffer.resize(64)).save().state, whole);
  refused({
    "out of bounds": () => start(64, (buffer) => buffer.resize(32)),
    detached: () => start(64, (buffer) => structuredClone(buffer, { transfer: [buffer] })),
  });
  refused({ shrunk: () => start(undefined, (buffer) => buffer.resize(8)) }, ["entropy"]);
});

test("B02: more octets than the limit, or than fit into the module, are refused", () => {
  refused({ limit: () => decode(new Uint8Array((1 << 20) + 1)), memory: () => DmTree.restore(new Uint8Array(2 ** 31)) }, ["limit"]);
});

/** Whatever takes an object. */
const readers = /** @type {Record<string, (object: any) => unknown>} */ ({
  decode: (object) => decode(object),
  encode: (object) => encode(object),
  options: (object) => encode(decode(BODY), object),
  message: (object) => encode({ type: "syncml", encoding: "xml", message: object }),
  server: (object) => new DmServerSession(object),
  client: (object) => new DmClientSession(object, { by: "user" }, env()),
  trigger: (object) => new DmClientSession(clientConfig(account("basic")), object, env()),
  env: (object) => new DmClientSession(clientConfig(account("basic")), { by: "user" }, object),
  account: (object) => new DmServerSession(serverConfig()).receive({ body: BODY }, object),
  limits: (object) => new DmTree({}, object),
  values: (object) => new DmTree({ values: object }),
  value: (object) => new DmTree({ values: { "./A": object } }),
  command: (object) => new DmServerSession(serverConfig()).push(object),
  headers: (object) => peek({ body: BODY, headers: object }),
});

for (const [name, read] of Object.entries(readers)) {
  test(`B06: what a proxy given as ${name} throws is the cause of arg`, () => {
    const traps = ["get", "has", "ownKeys", "getOwnPropertyDescriptor", "getPrototypeOf"];
    const all = Object.fromEntries(traps.map((trap) => [trap, refuse]));
    refused({ all: () => read(new Proxy({}, all)), revoked: () => read(revoked({})), "revoked array": () => read(revoked([])) });
    for (const trap of traps) {
      try {
        read(new Proxy({}, { [trap]: refuse }));
      } catch (error) {
        assert.ok(error instanceof DmError, trap);
        assert.equal(error.code, "arg", trap);
      }
      assert.equal(decode(BODY).type, "syncml", trap);
    }
  });
}

test("B06: a revoked proxy is no string", () => {
  refused({
    get: () => new DmTree().get(revoked({})),
    set: () => new DmTree().set(revoked({}), "1"),
    function: () => new DmTree().get(revoked(() => {})),
    number: () => new DmServerSession(serverConfig()).cancel(revoked({})),
  });
});

test("B06: what a getter throws is never taken for an error of ours", () => {
  const genuine = { ...thrown(() => decode(new Uint8Array())) };
  for (const fake of [{ code: "auth", fault: "peer", message: "fake" }, Object.create(null, { code: { value: "auth" } }), genuine, []]) {
    const body = owning({}, "body", {
      get: () => {
        throw fake;
      },
    });
    const error = thrown(() => decode(body));
    assert.deepEqual([error.code, error.fault, error.cause], ["arg", "caller", fake]);
    assert.equal(error.path ?? error.offset, undefined);
  }
});

/** Whatever takes an array. */
const lists = /** @type {Record<string, (list: any) => unknown>} */ ({
  uri: (list) => new DmServerSession(serverConfig()).push({ type: "get", uri: list }),
  items: (list) => new DmServerSession(serverConfig()).push({ type: "add", items: list }),
  alertTypes: (list) => new DmServerSession({ ...serverConfig(), alertTypes: list }),
  commands: (list) => encode({ type: "syncml", encoding: "xml", message: { ...messageOf(BODY).message, commands: list } }),
});

for (const [name, read] of Object.entries(lists)) {
  test(`B06: ${name} refuses arrays that deceive`, () => {
    const lie = (/** @type {unknown} */ length) => new Proxy([], { get: (list, key) => (key === "length" ? length : Reflect.get(list, key)) });
    refused({
      revoked: () => read(revoked([])),
      "throwing length": () => read(new Proxy([], { get: refuse })),
      "throwing descriptor": () => read(new Proxy([0], { getOwnPropertyDescriptor: refuse })),
      "throwing element": () => read(owning([], 0, { get: refuse })),
      "negative length": () => read(lie(-1)),
      "broken length": () => read(lie(0.5)),
      "no length": () => read(lie(undefined)),
      "boundless length": () => read(lie(2 ** 53)),
      "long length": () => read(lie(1_000_000)),
    });
  });

  test(`${name} reads no element twice, and none behind a hole`, () => {
    let reads = 0;
    const counting = (/** @type {unknown[]} */ list) =>
      new Proxy(list, {
        getOwnPropertyDescriptor(target, key) {
          reads += 1;
          return Reflect.getOwnPropertyDescriptor(target, key);
        },
      });
    refused({
      sparse: () => read(counting(new Array(1_000_000))),
      endless: () => read(counting(new Array(3e7))),
    });
    assert.ok(reads <= 2, `${reads} elements were read`);
    reads = 0;
    refused({ numbers: () => read(counting(new Array(1_000).fill(7))) });
    assert.equal(reads, 1_000);
  });
}

test("the holes of an array are not filled by what it inherits", (t) => {
  t.after(() => Reflect.deleteProperty(Array.prototype, 0));
  owning(Array.prototype, 0, { value: "./A", writable: true });
  const error = thrown(() => new DmServerSession(serverConfig()).push({ type: "get", uri: new Array(1) }));
  assert.deepEqual([error.code, error.expected], ["arg", "an array without holes"]);
});

/** Whether these headers reach the codec: a type that is not the octets' is refused. */
const seen = (/** @type {any} */ headers) => {
  try {
    peek({ body: BODY, headers });
  } catch (error) {
    assert.ok(error instanceof DmError);
    return error.code;
  }
  return "taken";
};

test("the content type is found among headers of every kind", () => {
  for (const type of [TYPE, ALIEN]) {
    const pairs = [["Accept", "a"], ["Content-Type", type], ["X", "x"]];
    const expected = seen({ "content-type": type });
    for (const headers of [
      pairs,
      new Map(/** @type {any} */ (pairs)),
      new Headers(/** @type {any} */ (pairs)),
      Object.fromEntries(pairs),
      // As Node has them.
      { accept: undefined, "content-type": type, "set-cookie": ["a", "b"] },
      { "content-type": [type], "Content-Type": [ALIEN, ALIEN] },
      { "CONTENT-TYPE": undefined, "content-type": type },
      { forEach: (/** @type {any} */ note) => pairs.forEach(([name, value]) => note(value, name)) },
      (function* () {
        yield* pairs;
      })(),
    ]) {
      assert.equal(seen(headers), expected);
    }
  }
  assert.equal(seen({ "content-type": TYPE }), "taken");
  assert.notEqual(seen({ "content-type": ALIEN }), "taken");
  for (const none of [[], {}, new Map(), new Headers(), { forEach: () => {} }]) assert.equal(seen(none), "taken");
});

test("B06: headers that deceive are arg", () => {
  const iterating = (/** @type {unknown} */ step) => ({ [Symbol.iterator]: () => ({ next: () => step }) });
  /** @type {Record<string, any>} */
  const cases = {
    heir: Object.create(Headers.prototype),
    "throwing iterator": owning({}, Symbol.iterator, { get: refuse }),
    "no iterator": { [Symbol.iterator]: () => 7 },
    "no next": { [Symbol.iterator]: () => ({}) },
    "throwing next": { [Symbol.iterator]: () => ({ next: refuse }) },
    "no step": iterating(7),
    "throwing done": iterating(owning({}, "done", { get: refuse })),
    "throwing value": iterating(owning({ done: false }, "value", { get: refuse })),
    "no pair": iterating({ done: false, value: "no" }),
    endless: iterating({ done: false, value: 7 }),
    "revoked pair": [revoked([])],
    "short pair": [["content-type"]],
    "pair of numbers": [[1, 2]],
    "pair with a hole": [[, TYPE]],
    "throwing pair": [new Proxy(["a", "b"], { get: refuse })],
    "throwing visit": { forEach: refuse },
    "a number": 7,
    "a type that is a number": { "content-type": 7 },
    "a type that is null": { "content-type": null },
    "types with a number": { "content-type": [TYPE, 7] },
    "types with a hole": { "content-type": [TYPE, ,] },
    "a visited type that is a number": { forEach: (/** @type {any} */ note) => note(7, "content-type") },
  };
  refused(Object.fromEntries(Object.entries(cases).map(([name, headers]) => [name, () => peek({ body: BODY, headers })])));
  const lying = owning(new Headers({ "content-type": TYPE }), "get", { value: () => ({ length: 1e9 }) });
  assert.equal(seen(lying), "taken");
});

test("what forEach of headers is given can be kept and called later, to no effect", () => {
  /** @type {((...args: unknown[]) => unknown)[]} */
  const notes = [];
  const keeping = (/** @type {string} */ type) => ({
    forEach: (/** @type {any} */ note) => {
      notes.push(note);
      // Those of calls that are over.
      for (const old of notes.slice(0, -1)) old(ALIEN, "content-type");
      note(type, "content-type");
      note(7, 7);
      note();
    },
  });
  for (let round = 0; round < 3; round += 1) assert.equal(seen(keeping(TYPE)), "taken");
  assert.equal(notes.length, 3);
  for (const note of notes) assert.equal(note(ALIEN, "content-type"), undefined);
  assert.equal(decode(BODY).type, "syncml");
  assert.equal(seen({ forEach: (/** @type {any} */ note) => [TYPE].forEach(() => seen(keeping(ALIEN)) && note(TYPE, "content-type")) }), "taken");
});

test("setters and getters on Object.prototype disturb nothing", (t) => {
  const names = ["code", "fault", "type", "data", "format", "message", "header", "body", "state", "account", "value"];
  let run = 0;
  const remove = () => names.forEach((name) => Reflect.deleteProperty(Object.prototype, name));
  t.after(remove);
  const calls = {
    decode: () => JSON.stringify(decode(BODY)),
    encode: () => JSON.stringify(encode(decode(BODY))),
    tree: () => JSON.stringify(device().get("./DevInfo")),
    save: () => JSON.stringify(new DmServerSession(serverConfig()).save().account),
    error: () => JSON.stringify(thrown(() => decode(new Uint8Array()))),
    arg: () => JSON.stringify(thrown(() => decode(wrong(7)))),
  };
  const plain = Object.values(calls).map((call) => call());
  for (const name of names) {
    Object.defineProperty(Object.prototype, name, {
      configurable: true,
      set() {
        run += 1;
        throw new Error(name);
      },
    });
  }
  let disturbed;
  try {
    disturbed = Object.values(calls).map((call) => call());
  } finally {
    remove();
  }
  assert.deepEqual(disturbed, plain);
  assert.equal(run, 0);
});

test("a member of an unknown name is refused, and the error names it", () => {
  const empty = { uri: "t", extra: [] };
  const header = { verDtd: "1.2", verProto: "DM/1.2", sessionId: "1", msgId: 1, target: empty, source: empty, extra: [] };
  const raw = { ns: "urn:x", name: "Y", children: [] };
  const cred = { type: "t", data: "d", extra: [raw] };
  const chal = { type: "t", extra: [raw] };
  const meta = { format: "chr", text: "t" };
  const item = { target: empty, source: empty, meta, data: "x", attributes: { a: "1" } };
  const status = { type: "status", cmd: "Get", targetRefs: [], sourceRefs: [], code: 200, items: [item], cred, chal };
  const shared = { get: { type: "get", items: [item], meta }, alert: { type: "alert", code: 1201, attributes: { a: "1" }, items: [] } };
  /** @type {Record<string, [object, (object: any) => unknown]>} */
  const objects = {
    document: [{}, (own) => ({ ...own })],
    message: [{}, (own) => ({ message: own })],
    header: [{}, (own) => ({ message: { header: { ...header, ...own } } })],
    "header.source": [{}, (own) => ({ message: { header: { ...header, source: { ...empty, ...own } } } })],
    "header.cred": [{}, (own) => ({ message: { header: { ...header, cred: { ...cred, ...own } } } })],
    "header.extra[0]": [{}, (own) => ({ message: { header: { ...header, extra: [{ ...raw, ...own }] } } })],
    ...Object.fromEntries(
      Object.entries({
        get: shared.get,
        exec: { ...shared.get, type: "exec", correlator: "c" },
        alert: shared.alert,
        status,
        results: { type: "results", items: [] },
        sequence: { type: "sequence", commands: [shared.get] },
        unknown: { type: "unknown", element: raw },
      }).map(([name, command]) => [name, [command, (/** @type {object} */ own) => ({ message: { commands: [{ ...command, ...own }] } })]]),
    ),
    item: [{}, (own) => ({ message: { commands: [{ ...shared.get, items: [{ ...item, ...own }] }] } })],
    meta: [{}, (own) => ({ message: { commands: [{ ...shared.get, meta: { ...meta, ...own } }] } })],
    chal: [{}, (own) => ({ message: { commands: [{ ...status, chal: { ...chal, ...own } }] } })],
    markup: [{}, (own) => ({ message: { commands: [{ ...shared.get, items: [{ data: { markup: "<a/>", ...own } }] }] } })],
  };
  const whole = (/** @type {any} */ { message, ...document }) => ({
    type: "syncml",
    encoding: "xml",
    message: { header, commands: [], final: true, ...message },
    ...document,
  });
  for (const [name, [, place]] of Object.entries(objects)) {
    assert.equal(decode(encode(wrong(whole(place({})))).body).type, "syncml", name);
    assert.equal(decode(encode(wrong(whole(place({ typo: undefined })))).body).type, "syncml", name);
    const error = thrown(() => encode(wrong(whole(place({ typo: 1 })))));
    assert.equal(error.code, "arg", name);
    assert.match(error.message, /\.typo is unknown/u, name);
  }
  const misplaced = { correlator: shared.get, noResp: status, extra: { type: "unknown", element: raw } };
  for (const [name, command] of Object.entries(misplaced)) {
    const error = thrown(() => encode(wrong(whole({ message: { commands: [{ ...command, [name]: "x" }] } }))));
    assert.equal(error.code, "arg");
    assert.ok(error.message.includes(`.${name} is unknown`), error.message);
  }
  // Attributes need an element to stand on.
  refused({
    item: () => encode(wrong(whole({ message: { commands: [{ ...shared.get, items: [{ attributes: { a: "1" } }] }] } }))),
    alert: () => encode(wrong(whole({ message: { commands: [{ ...shared.alert, code: undefined }] } }))),
  });
  const known = account("basic");
  const session = () => new DmServerSession(serverConfig());
  refused({
    options: () => encode(decode(BODY), wrong({ encodign: "xml" })),
    server: () => new DmServerSession(wrong({ ...serverConfig(), maxMsgsize: 5_000 })),
    client: () => new DmClientSession(wrong({ ...clientConfig(known), implicitadd: true }), { by: "user" }, env()),
    limits: () => new DmTree(undefined, wrong({ byte: 1 })),
    trigger: () => new DmClientSession(clientConfig(known), wrong({ by: "user", sessionId: 1 }), env()),
    account: () => session().receive({ body: BODY }, wrong({ ...known, deviceID: "x" })),
    state: () => session().receive({ body: BODY }, wrong({ ...known, state: { nonce: new Uint8Array(1) } })),
    party: () => session().receive({ body: BODY }, wrong({ ...known, client: { .../** @type {object} */ (known.client), scheme: "md5" } })),
    command: () => session().push(wrong({ type: "get", uri: "./A", items: [] })),
    item: () => session().push(wrong({ type: "add", items: [{ uri: "./A", type: "text/plain" }] })),
    ui: () => session().push(wrong({ type: "display", text: "a", options: { minDisplays: 1 } })),
  });
});
