/** Large objects of a server: events, parts at rest, and the budget that all sessions of an instance share. */
import assert from "node:assert/strict";
import { test } from "node:test";
import omadm, { message, thrown } from "./omadm.js";
import { DEVICE, PACKAGE_1, URL_OF_SERVER, request } from "./letters.js";
import { env } from "./pair.js";

/** @import { Account, DmServerSession, ServerConfig } from "../../www/package/types.js" */

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

test("what is given wrong is refused", () => {
  const wrong = /** @type {any} */ ({ ...CONFIG, maxObjSize: "1" });
  assert.equal(thrown(() => new omadm.DmServerSession(wrong)).code, "arg");
  const session = new omadm.DmServerSession({ ...CONFIG, limits: { objectBytes: 1_000 } });
  const large = () => session.push({ type: "replace", items: [{ uri: "./A", data: "x".repeat(1_001) }] });
  assert.equal(thrown(large).limit, "objectBytes");
  session.free();
});
