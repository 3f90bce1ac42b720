/** Large objects of a server: events, parts at rest, and the budget that all sessions of an instance share. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import omadm, { message, thrown } from "./omadm.js";
import { DEVICE, PACKAGE_1, URL_OF_SERVER, codes, getOf, ofHeader, reply, request } from "./letters.js";
import { env } from "./pair.js";

/** @import { Account, ClientConfig, DmServerSession, ServerConfig } from "../../www/package/types.js" */

setFlagsFromString("--expose-gc");
/** @type {() => void} */
const collect = runInNewContext("gc");

/** @type {Account} */
const ACCOUNT = { deviceId: DEVICE, serverId: "desk", client: "transport", server: "transport" };
/** @type {ServerConfig} */
const CONFIG = { serverId: "desk", url: URL_OF_SERVER, binding: "transport", maxObjSize: 20_000_000 };

/** @param {DmServerSession} session @param {Uint8Array} body */
function hear(session, body) {
  const events = session.receive({ body }, ACCOUNT);
  const out = session.respond(env());
  return { events, out, message: message(out.body).message };
}

/** @param {number} size @param {string} header */
const takes = (size, header = "") => `<Meta><MaxMsgSize xmlns="syncml:metinf">${size}</MaxMsgSize>${header}</Meta>`;

/** The Status of the header and one of a command. @param {number} msgRef @param {string} cmdRef @param {number} code */
const answer = (msgRef, cmdRef, code) =>
  [["0", "SyncHdr", 200], [cmdRef, "Replace", code]]
    .map(([ref, cmd, data], at) => `<Status><CmdID>${at + 1}</CmdID><MsgRef>${msgRef}</MsgRef><CmdRef>${ref}</CmdRef><Cmd>${cmd}</Cmd><Data>${data}</Data></Status>`)
    .join("");

test("L01, L14: a value goes out in chunks, and its parts are written once", () => {
  let session = new omadm.DmServerSession(CONFIG);
  const value = "é<".repeat(20_000);
  session.push({ type: "replace", items: [{ uri: "./A", data: value }] });
  /** @type {Map<string, Uint8Array>} */
  const stored = new Map();
  let [body, header, told, written, last] = [PACKAGE_1, takes(9_000), "", 0, false];
  for (let msgId = 1; !last; msgId += 1) {
    assert.ok(msgId < 30);
    const heard = hear(session, request(msgId, header, body, { final: msgId === 1 }));
    assert.ok(heard.out.body.length <= 9_000);
    if (msgId > 1) {
      const progress = { type: "progress", direction: "sent", bytes: new TextEncoder().encode(told).length, total: 60_000, command: 0 };
      assert.deepEqual(heard.events.map((event) => ({ ...event })), [progress]);
    }
    const replace = heard.message.commands.at(-1);
    assert.ok(replace?.type === "replace");
    const [item] = replace.items;
    assert.equal(item?.meta?.size, msgId === 1 ? 60_000 : undefined);
    told += item?.data;
    last = item?.moreData !== true;
    const saved = session.save();
    for (const { id, bytes } of saved.parts) {
      if (stored.has(id)) assert.deepEqual(stored.get(id), bytes);
      else written += bytes.length;
      stored.set(id, bytes);
    }
    session.free();
    session = omadm.DmServerSession.restore({ ...saved, parts: saved.parts.map(({ id }) => ({ id, bytes: stored.get(id) ?? new Uint8Array() })) }, CONFIG);
    [body, header] = [answer(heard.message.header.msgId, replace.cmdId ?? "", 213), ""];
  }
  assert.equal(told, value);
  assert.equal(written, 60_000);
  const saved = session.save();
  const parts = saved.parts.map(({ id, bytes }) => ({ id, bytes }));
  const [part] = parts;
  assert.ok(part);
  const flip = (/** @type {Uint8Array} */ bytes, at = 0) => bytes.map((octet, place) => (place === at ? octet ^ 1 : octet));
  for (const bad of [
    { ...saved, parts: [] },
    { ...saved, parts: [...parts, part] },
    { ...saved, parts: [{ ...part, bytes: flip(part.bytes) }] },
    { ...saved, parts: [{ ...part, bytes: part.bytes.slice(1) }] },
    { ...saved, parts: [{ ...part, id: "77" }] },
    { ...saved, state: saved.state.slice(0, -1) },
    // The version, and something that was said.
    ...[5, saved.state.length - 1].map((at) => ({ ...saved, state: flip(saved.state, at) })),
  ]) {
    const { code, fault } = thrown(() => omadm.DmServerSession.restore(bad, CONFIG));
    assert.deepEqual([code, fault], ["snapshot", "snapshot"]);
  }
  const another = { ...CONFIG, serverId: "another" };
  assert.equal(thrown(() => omadm.DmServerSession.restore(saved, another)).code, "snapshot");
  session.free();
});

test("L14: what is stored is not copied again, on either side, and what is gone is named", () => {
  const value = "v".repeat(3_000_000);
  const server = new omadm.DmServerSession(CONFIG);
  server.push({ type: "replace", items: [{ uri: "./A", data: value }] });
  hear(server, request(1, takes(900_000), PACKAGE_1, { final: true }));
  const first = server.save([]);
  assert.deepEqual(first.parts.map(({ bytes }) => bytes.length), [1_048_576, 1_048_576, 902_848]);
  assert.deepEqual({ ...first, gone: [] }, { ...server.save(), gone: [] });
  const ids = first.parts.map(({ id }) => id);
  const [one = "", ...others] = ids;
  const rest = server.save([...others, ...others]);
  assert.deepEqual([rest.parts.map(({ id }) => id), rest.gone], [[one], []]);
  const nothing = server.save([...ids, "77.0", "1"]);
  assert.deepEqual([nothing.parts, nothing.gone], [[], ["1", "77.0"]]);
  assert.deepEqual(nothing.state, first.state);
  const again = omadm.DmServerSession.restore({ state: nothing.state, account: nothing.account, parts: first.parts }, CONFIG);
  assert.deepEqual(again.save(), server.save());
  for (const session of [server, again]) {
    session.abort();
    hear(session, request(2, "", answer(1, "2", 213)));
    const { parts, gone } = session.save(ids);
    assert.deepEqual([parts, gone], [[], ids]);
    session.free();
  }

  const phone = new Phone();
  phone.chunk(1_000, { size: 3_000 });
  const { parts } = phone.session.save([]);
  phone.chunk(1_000);
  const second = phone.session.save(parts.map(({ id }) => id));
  assert.deepEqual([second.parts.map(({ bytes }) => bytes.length), second.gone], [[1_000], []]);
  const whole = omadm.DmClientSession.restore({ state: second.state, account: second.account, parts: [...parts, ...second.parts] }, Phone.config);
  assert.deepEqual(whole.save(), phone.session.save());
  // @ts-expect-error No number is the id of a part.
  for (const wrong of [() => whole.save([1]), () => whole.save("0.0"), () => whole.save(null)]) assert.equal(thrown(wrong).code, "arg");
  whole.free();
  phone.free();
});

test("L01: both sides tell how far what the device sends has come", () => {
  const chunk = (/** @type {number} */ at) => {
    const size = at === 0 ? `<Size xmlns="syncml:metinf">6</Size>` : "";
    return `<Alert><CmdID>5</CmdID><Data>1226</Data><Item><Source><LocURI>./A</LocURI></Source><Meta><Type xmlns="syncml:metinf">a:b</Type><Format xmlns="syncml:metinf">chr</Format>${size}</Meta><Data>${"abcdef".slice(3 * at, 3 * at + 3)}</Data>${at === 0 ? "<MoreData/>" : ""}</Item></Alert>`;
  };
  const server = new omadm.DmServerSession(CONFIG);
  hear(server, request(1, "", PACKAGE_1, { final: false }));
  const told = [0, 1].map((at) => hear(server, request(at + 2, "", chunk(at), { final: at === 1 })).events.map((event) => ({ ...event })).find(({ type }) => type === "progress"));
  assert.deepEqual(told, [3, 6].map((bytes) => ({ type: "progress", direction: "received", bytes, total: 6, uri: "./A" })));
  server.free();
  const tree = new omadm.DmTree({ values: { ".": { acl: "Get=*" }, "./DevInfo/DevId": DEVICE, "./A": { format: "chr", data: "x".repeat(3_000) } } });
  const client = new omadm.DmClientSession(Phone.config, { by: "server", sessionId: 1 }, env());
  client.send(tree, env());
  let heard = client.receive(tree, { body: reply(1, takes(1_500), ofHeader(1, 200) + getOf("./A")) }, env());
  /** @type {object[]} */
  const sent = [];
  let octets = 0;
  for (let msgId = 2; ; msgId += 1) {
    const out = client.send(tree, env());
    assert.ok(out && msgId < 9);
    const { message: said } = message(out.body);
    const results = said.commands.find((command) => command.type === "results");
    assert.ok(results?.type === "results");
    octets += String(results.items[0]?.data).length;
    sent.push({ type: "progress", direction: "sent", uri: "./A", bytes: octets, total: 3_000 });
    heard = client.receive(tree, { body: reply(msgId, "", `${ofHeader(msgId, 200)}<Alert><CmdID>9</CmdID><Data>1222</Data></Alert>`) }, env());
    assert.deepEqual(heard.filter(({ type }) => type === "progress").map((event) => ({ ...event })), sent.slice(-1));
    if (octets === 3_000) break;
  }
  assert.ok(sent.length > 2);
  client.free();
  tree.free();
});

test("L19: nothing is restored or raised for which there is no room in the instance", () => {
  const text = (/** @type {number} */ octets) => "x".repeat(octets);
  const queued = (/** @type {number} */ octets) => {
    const session = new omadm.DmServerSession(CONFIG);
    session.push({ type: "replace", items: [{ uri: "./A", data: text(octets) }] });
    return session;
  };
  /** @type {import("../../www/package/types.js").ClientAlert} */
  const alert = { code: 1226, alertType: "org.x", data: text(1_000_000) };
  const telling = new omadm.DmClientSession(Phone.config, { by: "server", sessionId: 1 }, env());
  const tree = new omadm.DmTree({ values: { ".": { acl: "Get=*" }, "./DevInfo/DevId": DEVICE, "./A": { format: "chr", data: text(1_000_000) } } });
  telling.send(tree, env());
  telling.receive(tree, { body: reply(1, takes(1_500), ofHeader(1, 200) + getOf("./A")) }, env());
  telling.send(tree, env());
  const waiting = queued(1_000_000);
  const [server, client] = [waiting.save(), telling.save()];
  waiting.free();
  telling.free();
  const full = Array.from({ length: 4 }, () => queued(16 * 2 ** 20 - 100));
  const refused = (/** @type {() => unknown} */ call) => {
    const { code, fault } = thrown(call);
    assert.deepEqual([code, fault], ["limit", "caller"]);
  };
  refused(() => omadm.DmServerSession.restore(server, CONFIG));
  refused(() => omadm.DmClientSession.restore(client, Phone.config));
  refused(() => new omadm.DmClientSession(Phone.config, { by: "user", alerts: [alert] }, env()));
  const device = new omadm.DmClientSession(Phone.config, { by: "user" }, env());
  refused(() => device.raise(alert));
  device.raise({ ...alert, data: "x" });
  full.pop()?.free();
  omadm.DmServerSession.restore(server, CONFIG).free();
  omadm.DmClientSession.restore(client, Phone.config).free();
  device.raise(alert);
  for (const session of [device, ...full]) session.free();
  tree.free();
});

test("L19: all sessions of an instance share 64 MiB for their objects", () => {
  const asking = () => {
    const session = new omadm.DmServerSession(CONFIG);
    session.push({ type: "get", uri: "./A" });
    hear(session, request(1, "", PACKAGE_1));
    return session;
  };
  /** @param {DmServerSession} session */
  const begin = (session) => {
    const item = `<Item><Source><LocURI>./A</LocURI></Source><Meta><Size xmlns="syncml:metinf">10000000</Size></Meta><Data>abc</Data><MoreData/></Item>`;
    const results = `<Results><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>4</CmdRef>${item}</Results>`;
    const { message } = hear(session, request(2, "", results, { final: false }));
    return message.commands.flatMap((command) => (command.type === "status" ? [command.code] : [])).at(-1);
  };
  const full = [0, 1, 2, 3].map(() => {
    const session = new omadm.DmServerSession(CONFIG);
    session.push({ type: "replace", items: [{ uri: "./A", data: "x".repeat(15_000_000) }] });
    return session;
  });
  const [late, later] = [asking(), asking()];
  assert.equal(begin(late), 413);
  full.pop()?.free();
  assert.equal(begin(later), 213);
  for (const session of [...full, late, later]) session.free();
});

test("L19: what is queued has no more room than what comes", () => {
  const sessions = [0, 1, 2, 3, 4].map(() => new omadm.DmServerSession(CONFIG));
  const last = sessions[4];
  assert.ok(last);
  /** @param {DmServerSession} session */
  const push = (session) => session.push({ type: "replace", items: [{ uri: "./A", data: "x".repeat(15_000_000) }] });
  for (const session of sessions.slice(0, 4)) push(session);
  const { code, fault, limit } = thrown(() => push(last));
  assert.deepEqual([code, fault, limit], ["limit", "caller", "objectBytes"]);
  assert.equal(last.push({ type: "get", uri: "./A" }), 0);
  sessions[0]?.free();
  assert.equal(push(last), 1);
  for (const session of sessions.slice(1)) session.free();
});

test("what is given wrong is refused", () => {
  const wrong = /** @type {any} */ ({ ...CONFIG, maxObjSize: "1" });
  assert.equal(thrown(() => new omadm.DmServerSession(wrong)).code, "arg");
  const session = new omadm.DmServerSession({ ...CONFIG, limits: { objectBytes: 1_000 } });
  const large = () => session.push({ type: "replace", items: [{ uri: "./A", data: "x".repeat(1_001) }] });
  assert.equal(thrown(large).limit, "objectBytes");
  session.free();
});

/** Octets that all objects of an instance may come to, and those that four values of servers take of it. */
const [BUDGET, FILLED] = [64 * 1024 * 1024, 60_000_000];
const LEFT = BUDGET - FILLED;
const wide = { limits: { bytes: 20_000_000, textBytes: 20_000_000 } };

/** Servers that leave `LEFT` octets to others. */
const filled = () =>
  [0, 1, 2, 3].map(() => {
    const session = new omadm.DmServerSession(CONFIG);
    session.push({ type: "replace", items: [{ uri: "./A", data: "x".repeat(15_000_000) }] });
    return session;
  });

/** A device, and the server that it believes. */
class Phone {
  /** @type {ClientConfig} */
  static config = { account: ACCOUNT, url: URL_OF_SERVER, version: "1.3", encoding: "xml", ...wide };

  constructor() {
    this.tree = new omadm.DmTree({ values: { ".": { acl: "Add=*&Get=*&Replace=*" }, "./DevInfo/DevId": DEVICE } });
    this.session = new omadm.DmClientSession(Phone.config, { by: "server", sessionId: 1 }, env());
    this.session.send(this.tree, env());
    this.heard = 0;
  }

  /** The codes of its answer but for that of the header. @param {string} body @param {boolean} [final] */
  hear(body, final = false) {
    this.heard += 1;
    const events = this.session.receive(this.tree, { body: reply(this.heard, "", ofHeader(this.heard, 200) + body, { final }) }, env());
    const out = this.session.send(this.tree, env());
    return { events, codes: out ? codes(message(out.body).message).slice(1) : [] };
  }

  /** A chunk for `./New`. @param {number} length @param {{ size?: number, last?: boolean }} [rest] */
  chunk(length, { size, last = false } = {}) {
    const meta = size === undefined ? "" : `<Meta><Size xmlns="syncml:metinf">${size}</Size></Meta>`;
    const item = `<Item><Target><LocURI>./New</LocURI></Target>${meta}<Data>${"x".repeat(length)}</Data>${last ? "" : "<MoreData/>"}</Item>`;
    return this.hear(`<Add><CmdID>5</CmdID>${item}</Add>`).codes.at(-1);
  }

  free() {
    this.session.free();
    this.tree.free();
  }
}

/** A server that has asked for `./A`, and the device. */
class Asking {
  constructor() {
    this.session = new omadm.DmServerSession({ ...CONFIG, ...wide });
    this.session.push({ type: "get", uri: "./A" });
    hear(this.session, request(1, "", PACKAGE_1));
    this.said = 1;
  }

  /** @param {number} length @param {{ size?: number, last?: boolean }} [rest] */
  chunk(length, { size, last = false } = {}) {
    this.said += 1;
    const meta = size === undefined ? "" : `<Meta><Size xmlns="syncml:metinf">${size}</Size></Meta>`;
    const item = `<Item><Source><LocURI>./A</LocURI></Source>${meta}<Data>${"x".repeat(length)}</Data>${last ? "" : "<MoreData/>"}</Item>`;
    const results = `<Results><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>4</CmdRef>${item}</Results>`;
    return codes(hear(this.session, request(this.said, "", results, { final: last })).message).at(-1);
  }

  free() {
    this.session.free();
  }
}

/** Whether an object of this size would be begun anywhere. @param {number} size */
function fits(size) {
  const phone = new Phone();
  const code = phone.chunk(0, { size });
  phone.free();
  return code === 213;
}

/** @param {number} room */
const assertRoom = (room) => assert.deepEqual([fits(room), fits(room + 1)], [true, false], `not ${room} octets`);

test("L19: of sessions of both sides that stall, the chunk that would pass the budget is answered 413, and the others go on", (t) => {
  const full = filled();
  const sides = [new Phone(), new Phone(), new Asking(), new Asking(), ...Array.from({ length: 200 }, (_, at) => (at % 2 ? new Phone() : new Asking()))];
  t.after(() => [...full, ...sides].forEach((session) => session.free()));
  for (const side of sides) assert.equal(side.chunk(3, { size: 7_000_000 }), 213);
  const stalled = 3 * sides.length;
  assertRoom(LEFT - stalled);
  const [phone, phoneToo, asking, askingToo] = sides;
  assert.ok(phone && phoneToo && asking && askingToo);
  assert.equal(phone.chunk(4_000_000), 213);
  assertRoom(LEFT - stalled - 4_000_000);
  assert.deepEqual([phoneToo.chunk(4_000_000), asking.chunk(4_000_000)], [413, 413]);
  // What those had kept is forgotten.
  assertRoom(LEFT - stalled - 4_000_000 + 6);
  assert.equal(askingToo.chunk(1_000_000), 213);
  assert.equal(phone.chunk(2_999_997, { last: true }), 413);
  assertRoom(LEFT - stalled + 9 - 1_000_000);
  assert.equal(askingToo.chunk(5_999_997, { last: true }), 200);
  assertRoom(LEFT - stalled + 12);
});

/** All that a session may come to, by what gives its octets back. @type {Record<string, (phone: Phone) => void>} */
const ends = {
  free: ({ session }) => session.free(),
  dispose: ({ session }) => session[Symbol.dispose ?? Symbol.for("Symbol.dispose")](),
  abort: ({ session }) => void session.abort("enough"),
  "the server's abort": (phone) => void phone.hear("<Alert><CmdID>1</CmdID><Data>1223</Data></Alert>", true),
  finish: (phone) => {
    phone.hear("", true);
    assert.ok(phone.hear("", true).events.some(({ type }) => type === "finished"));
  },
  "the last chunk": (phone) => assert.equal(phone.chunk(1_000_000, { last: true }), 200),
  "a chunk too many": (phone) => assert.equal(phone.chunk(1_000_001), 424),
  "another command": (phone) => void phone.hear(getOf("./A")),
};

for (const [name, end] of Object.entries(ends)) {
  test(`L15, L19: ${name} gives back what a device has kept`, (t) => {
    const full = filled();
    const phone = new Phone();
    t.after(() => [...full, phone].forEach((session) => session.free()));
    assertRoom(LEFT);
    assert.equal(phone.chunk(1_000_000, { size: 2_000_000 }), 213);
    assertRoom(LEFT - 1_000_000);
    end(phone);
    assertRoom(LEFT);
  });
}

test("L15, L19: free and abort give back what a server has kept", (t) => {
  const full = filled();
  t.after(() => full.forEach((session) => session.free()));
  for (const is of ["free", "abort", "the device's abort"]) {
    const asking = new Asking();
    assert.equal(asking.chunk(1_000_000, { size: 2_000_000 }), 213);
    assertRoom(LEFT - 1_000_000);
    if (is === "free") asking.free();
    if (is === "abort") {
      asking.session.abort("enough");
      hear(asking.session, request(3, "", "", { final: true }));
    }
    if (is === "the device's abort") hear(asking.session, request(3, "", "<Alert><CmdID>1</CmdID><Data>1223</Data></Alert>", { final: true }));
    assertRoom(LEFT);
    asking.free();
  }
});

test("L14, L19: what is restored counts, and what could not be restored does not", (t) => {
  const full = filled();
  t.after(() => full.forEach((session) => session.free()));
  const phone = new Phone();
  phone.chunk(1_000_000, { size: 2_000_000 });
  const saved = phone.session.save();
  phone.session.free();
  assertRoom(LEFT);
  phone.session = omadm.DmClientSession.restore(saved, Phone.config);
  assertRoom(LEFT - 1_000_000);
  const twice = omadm.DmClientSession.restore(saved, Phone.config);
  assertRoom(LEFT - 2_000_000);
  assert.equal(thrown(() => omadm.DmClientSession.restore({ ...saved, parts: [] }, Phone.config)).code, "snapshot");
  assertRoom(LEFT - 2_000_000);
  twice.free();
  assert.equal(phone.chunk(1_000_000, { last: true }), 200);
  assertRoom(LEFT);
  phone.free();
});

test("L19: sessions that are forgotten, and not freed, give it back when they are collected", async (t) => {
  const full = filled();
  t.after(() => full.forEach((session) => session.free()));
  const forget = () => {
    for (const side of [new Phone(), new Asking()]) assert.equal(side.chunk(1_000_000, { size: 2_000_000 }), 213);
  };
  forget();
  assertRoom(LEFT - 2_000_000);
  for (let round = 0; round < 20 && !fits(LEFT); round += 1) {
    collect();
    // Finalizers run in a task of their own.
    await setImmediate();
  }
  assertRoom(LEFT);
});
