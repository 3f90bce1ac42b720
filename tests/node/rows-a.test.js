/** The rows of group A (authentication) of the catalogue of bad inputs, asked of the package. HMAC and SHA-256 are not in it yet. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { inspect } from "node:util";
import omadm, { message, thrown } from "./omadm.js";
import { Desk, Device, PACKAGE_1, URL_OF_SERVER, chal, challenge, codes, cred, getOf, ofHeader, others, party, reply, request, types } from "./letters.js";

/** @import { AuthScheme } from "../../www/package/types.js" */

/** The user and the password of the specification's own example, and what it says of them. */
const bruce = (/** @type {AuthScheme[]} */ ...schemes) => party("Bruce2", "OhBehave", schemes);
const BASIC = "QnJ1Y2UyOk9oQmVoYXZl";
const NONCE = new TextEncoder().encode("Nonce");
const DIGEST = "Zz6EivR3yeaaENcRN6lpAQ==";
const WRONG = "AAAAAAAAAAAAAAAAAAAAAA==";

/** @param {AuthScheme[]} schemes */
const desk = (...schemes) => new Desk({ client: bruce(...schemes), state: { clientNonce: NONCE } }, { binding: "respUri" });
/** @param {string} data @returns {Uint8Array} */
const octets = (data) => new Uint8Array(Buffer.from(data, "base64"));
/** @param {Uint8Array} nonce */
const digest = (nonce) => {
  const user = createHash("md5").update("Bruce2:OhBehave").digest("base64");
  return createHash("md5").update(Buffer.concat([Buffer.from(`${user}:`), nonce])).digest("base64");
};

test("A01 package 1 without credentials", () => {
  const own = desk("md5");
  const { events, message: said, done } = own.hear(request(1, "", PACKAGE_1 + getOf("./A")));
  assert.deepEqual(events, [{ type: "unauthenticated", retry: true }]);
  assert.deepEqual(codes(said), [407, 407, 407, 407]);
  assert.deepEqual([others(said), done], [[], false]);
  const asked = challenge(said);
  assert.deepEqual([asked?.type, asked?.format], ["syncml:auth-md5", "b64"]);
  assert.ok(octets(asked?.nextNonce ?? "").length >= 16);
});

test("A02 wrong credentials", () => {
  const nonces = new Set();
  for (let run = 0; run < 2; run += 1) {
    const own = desk("md5");
    for (const msgId of [1, 2]) {
      const { message: said } = own.hear(request(msgId, cred("md5", WRONG), PACKAGE_1));
      assert.deepEqual(codes(said), [401, 401, 401]);
      nonces.add(challenge(said)?.nextNonce);
    }
  }
  assert.equal(nonces.size, 4);
  const { message: said } = desk("basic").hear(request(1, cred("basic", "QnJ1Y2UyOng="), PACKAGE_1));
  assert.deepEqual([codes(said)[0], challenge(said)], [401, { type: "syncml:auth-basic", format: "b64" }]);
});

test("A03 A04 known answers", () => {
  for (const [kind, data, code] of /** @type {["basic" | "md5", string, number][]} */ ([
    ["md5", DIGEST, 212],
    ["md5", "CmO/kTaDnxgwUdBvdtRh4A==", 401],
    ["basic", BASIC, 212],
    ["basic", "OnJ1Y2UyOk9oOmVoYXZ1", 401],
  ])) {
    assert.equal(codes(desk("md5", "basic").hear(request(1, cred(kind, data), PACKAGE_1)).message)[0], code, `${kind} ${data}`);
  }
});

test("A05 users and passwords of all kinds", () => {
  for (const [user, password] of /** @type {[string, string][]} */ ([["a:b", "x"], ["", "x"], ["a", ""], ["a", "x".repeat(10_000)]])) {
    const own = new Desk({ client: party(user, password, ["basic"]) });
    assert.equal(thrown(() => own.receive(request(1, "", PACKAGE_1))).code, "arg");
  }
  for (const [user, password] of /** @type {[string, string][]} */ ([["Zoë", "p:w:"], ["日本", "\u{1f511}"], ["a", ":"]])) {
    const own = new Desk({ client: party(user, password, ["basic"]) });
    const data = Buffer.from(`${user}:${password}`).toString("base64");
    assert.equal(codes(own.hear(request(1, cred("basic", data), PACKAGE_1)).message)[0], 212);
  }
  for (const data of ["", "Og==", "QnJ1Y2UyOg==", "Ok9oQmVoYXZl"]) {
    assert.equal(codes(desk("basic").hear(request(1, cred("basic", data), PACKAGE_1)).message)[0], 401, data);
  }
});

test("A06 a recorded package 1 once the nonce has moved", () => {
  const own = desk("md5");
  const recorded = request(1, cred("md5", DIGEST), PACKAGE_1);
  assert.equal(codes(own.hear(recorded).message)[0], 212);
  const { message: said, events } = own.hear(recorded);
  assert.deepEqual(codes(said), [401, 401, 401]);
  assert.deepEqual(types(events), ["unauthenticated"]);
  assert.ok(challenge(said)?.nextNonce);
});

test("A07 a stale nonce costs one more challenge", () => {
  const own = desk("md5");
  const stale = own.hear(request(1, cred("md5", digest(Buffer.from("stale"))), PACKAGE_1));
  assert.deepEqual([codes(stale.message)[0], stale.done], [401, false]);
  const fresh = digest(octets(challenge(stale.message)?.nextNonce ?? ""));
  const { events, message: said } = own.hear(request(2, cred("md5", fresh), PACKAGE_1));
  assert.deepEqual([codes(said)[0], types(events)], [212, ["authenticated", "started"]]);
});

test("A08 wrong again after the fresh challenge", () => {
  const own = desk("md5");
  assert.equal(own.hear(request(1, cred("md5", WRONG), PACKAGE_1)).done, false);
  const { message: said, done, events } = own.hear(request(2, cred("md5", WRONG), PACKAGE_1));
  assert.deepEqual([codes(said), done, events], [[401, 401, 401], true, [{ type: "unauthenticated", retry: false }]]);
  assert.ok(challenge(said));
  assert.equal(own.refuse(request(3, cred("md5", DIGEST), PACKAGE_1)).code, "state");
});

test("A09 both sides are stale at once", () => {
  const [client, server] = [bruce("md5"), party("desk", "north-quay-9", ["md5"])];
  const own = new Desk({ client, server, state: { clientNonce: octets("AAAA"), serverNonce: octets("BBBB") } });
  const device = new Device({ client, server, state: { clientNonce: octets("CCCC"), serverNonce: octets("DDDD") } });
  own.server.push({ type: "get", uri: "./DevInfo/Man" });
  const events = [];
  let messages = 0;
  for (let out = device.next(); out !== undefined; out = device.next()) {
    messages += 1;
    assert.ok(messages <= 5, "it does not converge");
    const heard = own.hear(out.body);
    events.push(...heard.events);
    if (!out.done) device.hear(heard.octets);
  }
  assert.equal(events.filter(({ type }) => type === "results").length, 1);
  assert.deepEqual(device.state.clientNonce, own.account?.state?.clientNonce);
  assert.deepEqual(device.state.serverNonce, own.account?.state?.serverNonce);
});

test("A10 the nonce of a peer that has proved nothing", () => {
  const stored = { clientNonce: octets("AAAA"), serverNonce: octets("BBBB") };
  const device = new Device({ client: bruce("md5"), server: party("desk", "north-quay-9", ["md5"]), state: stored });
  device.say();
  device.hear(reply(1, "", ofHeader(1, 401, chal("md5", "Tm9uY2U="))));
  assert.equal(device.say().header.cred?.data, DIGEST);
  assert.deepEqual(device.state.clientNonce, stored.clientNonce);
});

test("A11 a weaker type than the account allows", () => {
  const device = new Device({ client: bruce("md5") });
  device.say();
  const events = device.hear(reply(1, "", ofHeader(1, 401, chal("basic"))));
  assert.deepEqual(types(events), ["unauthenticated", "aborted"]);
  assert.equal(device.next(), undefined);
});

test("A12 the type changes within the session", () => {
  const device = new Device({ client: bruce("md5", "basic") });
  device.say();
  device.hear(reply(1, "", ofHeader(1, 401, chal("md5", "AAAA"))));
  device.say();
  const events = device.hear(reply(2, "", ofHeader(2, 401, chal("basic"))));
  assert.equal(events.at(-1)?.type, "aborted");
  assert.equal(device.next(), undefined);
});

test("A13 an answer of another type than was asked for", () => {
  const own = desk("md5", "basic");
  own.hear(request(1, "", PACKAGE_1));
  const { message: said, done } = own.hear(request(2, cred("basic", BASIC), PACKAGE_1));
  assert.deepEqual([codes(said)[0], done], [401, true]);
});

test("A17 challenges that are none", () => {
  for (const [challenges, code] of /** @type {[string, string][]} */ ([
    [chal("md5", "AAAA") + chal("md5", "AAAA"), "schema"],
    [chal("md5"), "schema"],
    [chal("md5", ""), "schema"],
    [chal("md5", Buffer.alloc(4096).toString("base64")), "limit"],
  ])) {
    const device = new Device({ client: bruce("md5") });
    device.say();
    assert.equal(device.refuse(reply(1, "", ofHeader(1, 401, challenges))).code, code);
  }
  const device = new Device({ client: bruce("md5") });
  device.say();
  device.hear(reply(1, "", ofHeader(1, 401, chal("md5", "AQ=="))));
  assert.equal(device.say().header.cred?.data, digest(Uint8Array.of(1)));
});

test("A25 S18 the number of a session alone opens nothing", () => {
  const own = desk("basic");
  own.server.push({ type: "get", uri: "./A" });
  const { message: first } = own.hear(request(1, cred("basic", BASIC), PACKAGE_1));
  const url = first.header.respUri;
  assert.match(url ?? "", /[?&]sid=[\w-]{22}$/);
  for (const called of [undefined, URL_OF_SERVER, `${URL_OF_SERVER}?sid=AAAAAAAAAAAAAAAAAAAAAA`]) {
    const { events, message: said } = own.hear(request(2, "", ofHeader(1, 200)), called === undefined ? {} : { url: called });
    assert.deepEqual([types(events), others(said)], [["unauthenticated"], []]);
  }
  const { events } = own.hear(request(2, "", ofHeader(1, 200)), { url: url ?? "" });
  assert.deepEqual(types(events), ["unknown"]);
});

test("A26 a server that has not proved itself", () => {
  for (const [header, code] of /** @type {[string, number][]} */ ([["", 407], [cred("basic", BASIC), 401]])) {
    const device = new Device({ server: party("desk", "north-quay-9", ["basic"]) });
    device.say();
    const before = device.tree.revision;
    device.hear(reply(1, header, `${ofHeader(1, 200)}<Delete><CmdID>4</CmdID><Item><Target><LocURI>./DevInfo/Man</LocURI></Target></Item></Delete>`));
    const said = device.say();
    assert.deepEqual(codes(said), [code, code]);
    assert.equal(challenge(said)?.type, "syncml:auth-basic");
    assert.equal(device.tree.revision, before);
  }
});

test("A27 a server that has not proved itself and wants nothing", () => {
  const device = new Device({ server: party("desk", "north-quay-9", ["basic"]) });
  device.say();
  assert.deepEqual(types(device.hear(reply(1, "", ofHeader(1, 200)))), ["aborted"]);
  assert.equal(device.next(), undefined);
});

test("A28 a challenged device sends package 1 again", () => {
  const device = new Device({ client: bruce("basic", "md5") });
  const first = device.say();
  device.hear(reply(1, `<RespURI>${URL_OF_SERVER}?sid=1</RespURI>`, ofHeader(1, 407, chal("md5", "Tm9uY2U="))));
  const out = device.next();
  assert.ok(out);
  const again = message(out.body).message;
  assert.equal(out.url, `${URL_OF_SERVER}?sid=1`);
  assert.deepEqual(others(again), others(first));
  assert.deepEqual([again.header.sessionId, again.header.msgId, again.header.cred?.data], [first.header.sessionId, 2, DIGEST]);
});

test("A29 a RespURI that leads elsewhere", () => {
  for (const uri of ["https://other.example/dm", "http://desk.example/dm", "javascript:alert(1)", "https://a@desk.example/dm", "https://desk.example:444/dm"]) {
    const device = new Device();
    device.say();
    const events = device.hear(reply(1, `<RespURI>${uri}</RespURI>`, ofHeader(1, 200) + getOf("./DevInfo/Man")));
    assert.deepEqual(types(events), ["aborted"], uri);
    assert.equal(device.next(), undefined);
  }
});

test("A30 nobody learns who has an account", () => {
  const shape = (/** @type {Uint8Array} */ octets) => Buffer.from(octets).toString().replaceAll(/(<NextNonce[^>]*>)[^<]*/g, "$1");
  const known = desk("md5");
  const unknown = desk("md5");
  unknown.account = undefined;
  for (const header of ["", cred("md5", WRONG)]) {
    const [one, other] = [known, unknown].map((own) => own.hear(request(header === "" ? 1 : 2, header, PACKAGE_1)));
    assert.equal(shape(one?.octets ?? new Uint8Array()), shape(other?.octets ?? new Uint8Array(1)));
    assert.deepEqual(one?.events, other?.events);
  }
});

test("A38 nothing secret is shown", () => {
  const own = desk("md5", "basic");
  const shown = [];
  for (const body of [request(1, cred("md5", WRONG), PACKAGE_1), request(2, cred("basic", BASIC), PACKAGE_1)]) shown.push(inspect(own.hear(body).events, { depth: 9 }));
  shown.push(inspect(own.server, { depth: 9, showHidden: true }), String(own.refuse(request(2, cred("basic", BASIC), ""))));
  shown.push(String(thrown(() => new omadm.DmServerSession(own.config).receive({ body: request(1) }, { .../** @type {any} */ (own.account), client: party("a:b", "OhBehave", ["basic"]) }))));
  for (const secret of ["OhBehave", BASIC, DIGEST, WRONG]) assert.equal(shown.join("").includes(secret), false, secret);
});
