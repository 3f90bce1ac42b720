import assert from "node:assert/strict";
import { test } from "node:test";
import omadm, { message, rejected, thrown, wrong } from "./omadm.js";
import { account, clientConfig, device, env, play, serverConfig } from "./pair.js";

/** @import { AuthScheme, Encoding, NewCommand } from "../../www/package/types.js" */

/** @type {NewCommand[]} */
const COMMANDS = [
  { type: "get", uri: "./DevInfo/Man" },
  { type: "add", items: [{ uri: "./X", format: "node" }, { uri: "./X/Name", data: "\u{1f600} & <markup>", format: "chr", mime: "text/plain" }] },
  { type: "replace", items: [{ uri: "./X/Name", data: "second" }] },
  { type: "get", uri: "./X/Name" },
  { type: "get", uri: "./Missing" },
  { type: "sequence", commands: [{ type: "add", items: [{ uri: "./X/Gone", data: "x" }] }, { type: "delete", uri: "./X/Gone" }] },
  { type: "confirm", text: "Go on?" },
];

const SCHEMES = /** @type {AuthScheme[]} */ (["basic", "md5", "hmac", "sha256"]);
for (const [scheme, encoding] of SCHEMES.flatMap((scheme) => /** @type {[AuthScheme, Encoding][]} */ ([[scheme, "xml"], [scheme, "wbxml"]]))) {
  for (const resting of [false, true]) {
    test(`a session in ${encoding} with ${scheme}${resting ? ", saved and restored after every message" : ""}`, () => {
      const { atServer, atClient, pushed, tree } = play({ scheme, resting, encoding, commands: COMMANDS, answer: () => ({ status: 200 }) });
      const started = atServer.find((event) => event.type === "started");
      assert.equal(started?.deviceId, "IMEI:490154203237518");
      assert.equal(started?.version, "1.2");
      assert.equal(Object.getPrototypeOf(started?.devInfo), null);
      assert.equal(started?.devInfo.Man, "Example");
      assert.deepEqual(atServer.filter((event) => event.type === "authenticated"), [{ type: "authenticated", scheme }]);
      assert.deepEqual(atServer.filter((event) => event.type === "violation" || event.type === "unknown" || event.type === "aborted"), []);

      /** @param {number} command */
      const statuses = (command) =>
        atServer.flatMap((event) => (event.type === "status" && event.command === pushed[command] ? [event.code] : []));
      /** @param {number} command */
      const data = (command) =>
        atServer.flatMap((event) => (event.type === "results" && event.command === pushed[command] ? event.items.map((item) => item.data) : []));
      assert.deepEqual(data(0), ["Example"]);
      assert.deepEqual(statuses(0), [200]);
      assert.deepEqual(new Set(statuses(1)), new Set([200]));
      assert.deepEqual(statuses(2), [200]);
      assert.deepEqual(data(3), ["second"]);
      assert.deepEqual(statuses(4), [404]);
      assert.ok(statuses(5).length >= 1 && statuses(5).every((code) => code === 200), String(statuses(5)));
      assert.deepEqual(statuses(6), [200]);

      assert.equal(tree.get("./X/Name")?.data, "second");
      assert.equal(tree.get("./X/Gone"), undefined);
      assert.deepEqual(atClient.at(-1), { type: "finished" });
      assert.ok(atClient.some((event) => event.type === "authenticated"));
      assert.ok(atClient.some((event) => event.type === "changed" && event.uri === "./X/Name"));
      tree.free();
    });
  }
}

test("saving and restoring changes nothing that the other side sees", () => {
  for (const [scheme, encoding] of /** @type {[AuthScheme, Encoding][]} */ ([["basic", "xml"], ["md5", "xml"], ["md5", "wbxml"], ["hmac", "wbxml"], ["sha256", "xml"]])) {
    const setting = { scheme, encoding, commands: COMMANDS, answer: () => ({ status: 200 }) };
    const [through, rested] = [play({ ...setting, resting: false }), play({ ...setting, resting: true })];
    assert.deepEqual(rested.atServer, through.atServer);
    assert.deepEqual(rested.atClient, through.atClient);
    assert.equal(rested.messages, through.messages);
  }
});

test("the encoding changes nothing that either side is told", () => {
  const setting = { scheme: /** @type {AuthScheme} */ ("md5"), resting: false, commands: COMMANDS, answer: () => ({ status: 200 }) };
  const [xml, wbxml] = [play({ ...setting, encoding: "xml" }), play({ ...setting, encoding: "wbxml" })];
  assert.deepEqual(wbxml.atServer, xml.atServer);
  assert.deepEqual(wbxml.atClient, xml.atClient);
  assert.equal(wbxml.messages, xml.messages);
});

test("octets come as octets in WBXML, and as base64 in XML", () => {
  const octets = Uint8Array.of(0, 1, 2, 255);
  /** @type {NewCommand[]} */
  const commands = [{ type: "add", items: [{ uri: "./Blob", data: octets, format: "bin" }] }, { type: "get", uri: "./Blob" }];
  for (const [encoding, data] of /** @type {[Encoding, unknown][]} */ ([["wbxml", octets], ["xml", Buffer.from(octets).toString("base64")]])) {
    const { atServer, tree } = play({ scheme: "basic", resting: true, encoding, commands });
    assert.deepEqual(tree.get("./Blob")?.data, octets);
    assert.deepEqual(atServer.flatMap((event) => (event.type === "results" ? event.items.map((item) => item.data) : [])), [data]);
    tree.free();
  }
});

test("md5 leaves nonces for the next session on both sides", () => {
  const { states } = play({ scheme: "md5", resting: false, commands: [] });
  assert.ok(states.server.clientNonce instanceof Uint8Array && states.server.clientNonce.length >= 16);
  assert.deepEqual(states.client.clientNonce, states.server.clientNonce);
});

test("a wrong password authenticates nobody and ends the session", () => {
  const theirs = account("md5");
  theirs.client = { user: "device", secret: { password: "wrong" }, schemes: ["md5"] };
  const server = new omadm.DmServerSession(serverConfig());
  const client = new omadm.DmClientSession(clientConfig(theirs), { by: "user" }, env());
  const tree = device();
  const types = [];
  let messages = 0;
  for (let next = client.send(tree, env()); next !== undefined; next = client.send(tree, env())) {
    messages += 1;
    assert.ok(messages <= 10, "the session does not end");
    types.push(...server.receive({ body: next.body, contentType: next.contentType, url: next.url }, account("md5"), env()).map(({ type }) => type));
    const { body, contentType, status } = server.respond(env());
    if (!next.done) client.receive(tree, { body, contentType, status }, env());
  }
  assert.ok(types.includes("unauthenticated"));
  assert.ok(!types.includes("authenticated"));
});

test("a resent message gets the stored reply", () => {
  const server = new omadm.DmServerSession(serverConfig());
  const client = new omadm.DmClientSession(clientConfig(account("basic")), { by: "user" }, env());
  const sent = client.send(device(), env());
  assert.ok(sent);
  const message = { body: sent.body, contentType: sent.contentType, url: sent.url };
  server.receive(message, account("basic"), env());
  server.push({ type: "get", uri: "./DevInfo/Man" });
  assert.equal(thrown(() => server.save()).code, "state", "a reply is due");
  const first = server.respond(env());
  assert.equal(first.repeated, false);
  assert.deepEqual(server.receive(message, account("basic"), env()), [{ type: "repeated" }]);
  const second = server.respond(env());
  assert.equal(second.repeated, true);
  assert.deepEqual(second.body, first.body);
});

/** A transport to a server of our own. */
function line() {
  const server = new omadm.DmServerSession(serverConfig());
  let pushed = false;
  return async (/** @type {string} */ url, /** @type {{ method: "POST"; headers: Record<string, string>; body: Uint8Array }} */ init) => {
    assert.equal(init.method, "POST");
    const headers = new Headers(init.headers);
    const events = server.receive({ body: init.body, headers, url }, account("md5"), env());
    if (!pushed && events.some((event) => event.type === "authenticated")) {
      server.push({ type: "confirm", text: "Go on?" });
      server.push({ type: "get", uri: "./DevInfo/Man" });
      pushed = true;
    }
    const { body, headers: replied, status } = server.respond(env());
    return new Response(new Uint8Array(body), { status, headers: replied });
  };
}

test("runSession plays the whole session, with the platform's time and randomness", async () => {
  const client = new omadm.DmClientSession(clientConfig(account("md5")), { by: "user" });
  /** @type {string[]} */
  const seen = [];
  const events = await omadm.runSession(client, device(), line(), async (event) => {
    seen.push(event.type);
    return event.type === "interaction" ? { status: 200 } : undefined;
  });
  assert.deepEqual(seen, events.map(({ type }) => type));
  assert.ok(seen.includes("interaction"));
  assert.equal(seen.at(-1), "finished");
});

test("runSession takes no answer for cancelled", async () => {
  const client = new omadm.DmClientSession(clientConfig(account("md5")), { by: "user" });
  const events = await omadm.runSession(client, device(), line(), () => undefined);
  assert.equal(events.at(-1)?.type, "finished");
});

for (const [where, waits] of /** @type {[string, boolean][]} */ ([["while the user is asked", false], ["while a message is out", true]])) {
  test(`S17 runSession says farewell for a host that aborts ${where}`, async () => {
    const client = new omadm.DmClientSession(clientConfig(account("md5")), { by: "user" });
    /** @type {import("../../www/package/types.js").ClientEvent[]} */
    const told = [];
    /** @type {number[][]} */
    const sent = [];
    const wire = line();
    /** @type {typeof wire} */
    const transport = async (url, init) => {
      const { commands } = message(init.body).message;
      sent.push(commands.flatMap((command) => (command.type === "alert" ? [command.code ?? 0] : [])));
      // The second is answered with the server's commands.
      if (waits && sent.length === 2) told.push(...client.abort("the user leaves"));
      return await wire(url, init);
    };
    const events = await omadm.runSession(client, device(), transport, ({ type }) => {
      if (type !== "interaction") return undefined;
      if (!waits) told.push(...client.abort("the user leaves"));
      return { status: 200 };
    });
    assert.deepEqual(told, [{ type: "aborted", by: "device", reason: "the user leaves" }]);
    assert.equal(events.some(({ type }) => type === "interaction"), !waits);
    assert.equal(events.some(({ type }) => type === "finished" || type === "aborted"), false);
    assert.deepEqual(sent, [[1201], [1201], [1223]]);
  });
}

test("runSession lets errors of transport and handle through, and the session goes on", async () => {
  const client = new omadm.DmClientSession(clientConfig(account("md5")), { by: "user" });
  const tree = device();
  const offline = new TypeError("offline");
  await assert.rejects(omadm.runSession(client, tree, () => Promise.reject(offline), () => undefined), (error) => error === offline);
  const events = await omadm.runSession(client, tree, line(), () => undefined);
  assert.equal(events.at(-1)?.type, "finished");
  const mine = new Error("mine");
  const other = new omadm.DmClientSession(clientConfig(account("md5")), { by: "user" });
  await assert.rejects(
    omadm.runSession(other, tree, line(), () => {
      throw mine;
    }),
    (error) => error === mine,
  );
});

test("runSession checks its arguments and what transport gives", async () => {
  const { runSession, DmClientSession } = omadm;
  const client = () => new DmClientSession(clientConfig(account("md5")), { by: "user" });
  const nothing = () => undefined;
  /** @param {unknown} value */
  const giving = (value) => wrong(async () => value);
  for (const call of [
    runSession(wrong({}), device(), line(), nothing),
    runSession(client(), wrong({}), line(), nothing),
    runSession(client(), device(), wrong(undefined), nothing),
    runSession(client(), device(), line(), wrong(undefined)),
    runSession(client(), device(), giving(undefined), nothing),
    runSession(client(), device(), giving({ status: 200, headers: {} }), nothing),
    runSession(client(), device(), giving({ status: 200, headers: {}, arrayBuffer: async () => 8 }), nothing),
  ]) {
    assert.equal((await rejected(call)).code, "arg");
  }
});
