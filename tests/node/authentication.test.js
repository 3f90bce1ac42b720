/** Authentication by every scheme, in both directions, over what a host has: octets and headers. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import omadm, { message, thrown } from "./omadm.js";
import { Desk, Device, PACKAGE_1, chal, challenge, codes, cred, getOf, ofHeader, others, party, reply, request, status, types } from "./letters.js";
import { env } from "./pair.js";

/** @import { Account, AccountState, AuthScheme, ClientConfig, ClientEvent, Credential, DmVersion, Encoding, HeaderList, NewCommand, Received, ServerConfig, ServerEvent } from "../../www/package/types.js" */

const HMAC = "x-syncml-hmac";
const ALL = /** @type {const} */ (["basic", "md5", "hmac", "sha256"]);
const TYPES = { basic: "syncml:auth-basic", md5: "syncml:auth-md5", hmac: "syncml:auth-MAC", sha256: "syncml:auth-SHA256" };

/** @param {string} base64 @returns {Uint8Array<ArrayBuffer>} */
const octets = (base64) => new Uint8Array(Buffer.from(base64, "base64"));
/** @param {string} text */
const ascii = (text) => new TextEncoder().encode(text);

/** What a message is signed by, made with nothing of the package. @param {string} user @param {string} password @param {Uint8Array} nonce @param {Uint8Array} body */
function mac(user, password, nonce, body) {
  const md5 = (/** @type {(Uint8Array | string)[]} */ ...parts) => createHash("md5").update(Buffer.concat(parts.map((part) => Buffer.from(part)))).digest("base64");
  return `algorithm=MD5, username="${user}", mac=${md5(md5(`${user}:${password}`), ":", nonce, ":", md5(body))}`;
}
/** @param {Uint8Array} nonce @param {Uint8Array} body */
const bruce = (nonce, body) => mac("Bruce2", "OhBehave", nonce, body);
/** @param {AuthScheme[]} schemes */
const ofBruce = (...schemes) => party("Bruce2", "OhBehave", schemes);
/** @param {AuthScheme[]} schemes */
const ofServer = (...schemes) => party("mgmt", "SrvPw-1", schemes);

// ---------------------------------------------------------------------------------------------------------- known answers

test("A03 known answers: what a device says", () => {
  const long = "RLLe7tWM313qHMq9ooUZUPJX0RqU9mEZuyoVF+jXhqQ=";
  for (const [user, password, scheme, nonce, data] of /** @type {[string, string, AuthScheme, string, string][]} */ ([
    ["Bruce2", "OhBehave", "basic", "", "QnJ1Y2UyOk9oQmVoYXZl"],
    ["Zo\u00eb", "p:w", "basic", "", "Wm/DqzpwOnc="],
    ["Bruce2", "OhBehave", "md5", "Tm9uY2U=", "Zz6EivR3yeaaENcRN6lpAQ=="],
    ["Bruce2", "OhBehave", "md5", "LG3iZQhhdmKNHg==", "LAK2i25Fh0nxxGGaAzRRpg=="],
    ["Bruce2", "OhBehave", "md5", "AAAAAA==", "cnPI6nO9RgujiHU0y58kNA=="],
    ["client1", "secret1", "md5", long, "4G/FOQmEZYGcpOC8zTPfNA=="],
    ["Bruce2", "OhBehave", "sha256", "Tm9uY2U=", "xjzyGlkt3ohlGLPxKSYkHAOvDen344MH8tMN+TuV5E4="],
    ["Bruce2", "OhBehave", "sha256", "LG3iZQhhdmKNHg==", "A+v/eUcgwdXQDT2VPeAvO6eH8eJy6UCR8O73c8RtqSE="],
  ])) {
    const device = new Device({ client: party(user, password, [scheme]), state: { clientNonce: octets(nonce) } });
    const { header } = device.say();
    assert.deepEqual(header.cred, { type: TYPES[scheme], format: "b64", data }, `${scheme} ${nonce}`);
    // What carries no user itself names it beside.
    assert.equal(header.source.name, scheme === "basic" ? undefined : user);
  }
});

test("A03 known answers: what a server says, and takes", () => {
  const own = new Desk({ server: party("mgmt.example.com", "SrvPw-1", ["md5"]), state: { serverNonce: octets("AQIDBAUGBwg=") } });
  const { message: said } = own.hear(request(1, "", PACKAGE_1));
  assert.deepEqual([said.header.cred?.data, said.header.source.name], ["gYuUWAjllopunvCgauO0Bg==", "mgmt.example.com"]);
  // Hashes do in place of the password, for whoever only checks.
  const md5 = "PtEdr8lBQ45IbT1bZIkrOQ==";
  const sha256 = "R97sly7ZBZJBy453p8EcsTXjWZs9+cyuHXyPGRtKXlU=";
  for (const [secret, kind, data, code] of /** @type {[Credential["secret"], "basic" | "md5" | "sha256", string, number][]} */ ([
    [{ password: "OhBehave" }, "md5", "Zz6EivR3yeaaENcRN6lpAQ==", 212],
    [{ password: ascii("OhBehave") }, "sha256", "xjzyGlkt3ohlGLPxKSYkHAOvDen344MH8tMN+TuV5E4=", 212],
    [{ md5 }, "md5", "Zz6EivR3yeaaENcRN6lpAQ==", 212],
    [{ md5 }, "basic", "QnJ1Y2UyOk9oQmVoYXZl", 212],
    [{ sha256 }, "sha256", "xjzyGlkt3ohlGLPxKSYkHAOvDen344MH8tMN+TuV5E4=", 212],
    [{ sha256 }, "basic", "QnJ1Y2UyOk9oQmVoYXZl", 212],
    [{ md5, sha256 }, "basic", "OnJ1Y2UyOk9oOmVoYXZ1", 401],
    [{ md5, sha256 }, "sha256", "A+v/eUcgwdXQDT2VPeAvO6eH8eJy6UCR8O73c8RtqSE=", 401],
  ])) {
    const desk = new Desk({ client: { user: "Bruce2", secret, schemes: [kind] }, state: { clientNonce: ascii("Nonce") } });
    assert.equal(codes(desk.hear(request(1, cred(kind, data), PACKAGE_1)).message)[0], code, `${Object.keys(secret).join()} ${kind}`);
  }
});

test("A03 known answers: the header of a signed message", () => {
  for (const [body, expected] of /** @type {[string, string][]} */ ([["<SyncML/>", "urdCeS3JUmjFgi8SX3webw=="], ["", "gbjsdKI2jLRPFi9gmOstJg=="]])) {
    assert.equal(bruce(ascii("Nonce"), ascii(body)), `algorithm=MD5, username="Bruce2", mac=${expected}`);
  }
  const device = new Device({ client: ofBruce("hmac"), state: { clientNonce: ascii("Nonce") } });
  const out = device.next();
  assert.ok(out);
  assert.deepEqual(out.headers, { "content-type": "application/vnd.syncml.dm+xml", [HMAC]: bruce(ascii("Nonce"), out.body) });
  assert.equal(message(out.body).message.header.cred, undefined);
});

test("credentials that make no sense", () => {
  const md5 = "PtEdr8lBQ45IbT1bZIkrOQ==";
  for (const client of /** @type {any[]} */ ([
    { user: "a", secret: { password: "p" }, schemes: ["syncml:auth-md5"] },
    { user: "a", secret: { password: "p" }, schemes: ["HMAC"] },
    { user: "a", secret: { password: "p" }, schemes: [] },
    { user: "Zo\u00eb", secret: { password: "p" }, schemes: ["hmac"] },
    { user: "a\r\nb", secret: { password: "p" }, schemes: ["hmac"] },
    { user: "a", secret: { md5 }, schemes: ["hmac", "sha256"] },
    { user: "a", secret: { sha256: md5 }, schemes: ["sha256"] },
    { user: "a", secret: { password: "p", md5 }, schemes: ["hmac"] },
    { user: "a", secret: {}, schemes: ["hmac"] },
  ])) {
    assert.equal(thrown(() => new Desk({ client }).receive(request(1, "", PACKAGE_1))).code, "arg", JSON.stringify(client));
  }
  assert.equal(thrown(() => new Desk({}, { strangers: /** @type {any} */ (["none"]) })).code, "arg");
});

// --------------------------------------------------------------------------------------------------------- whole sessions

/** The same headers as hosts may have them: names in letters of either case. @type {((of: Record<string, string>) => HeaderList)[]} */
const FORMS = [
  (of) => of,
  (of) => new Headers(of),
  (of) => Object.fromEntries(Object.entries(of).map(([name, value]) => [name.toUpperCase(), value])),
  (of) => new Map(Object.entries(of).map(([name, value]) => [name.replace("x-syncml", "X-SyncML"), value])),
  (of) => Object.entries(of),
  (of) => ({ ...of, [HMAC]: of[HMAC] === undefined ? undefined : [of[HMAC]], "set-cookie": ["a", "b"] }),
];

/**
 * @typedef {{ body: Uint8Array<ArrayBuffer>, headers: Record<string, string> }} Letter
 * @typedef {object} Play
 * @property {AuthScheme[]} client the schemes of the device, as both sides know them
 * @property {AuthScheme[]} server
 * @property {DmVersion} [version]
 * @property {Encoding} [encoding]
 * @property {AccountState} [state] of the device
 * @property {AccountState} [known] of the server
 * @property {Partial<ServerConfig>} [config]
 * @property {(letter: Letter, way: "out" | "back", at: number) => Letter} [network] what becomes of a message on its way
 */

/** @param {Letter} letter */
const whole = (letter) => letter;

/** A session by `runSession`, with a network in between. @param {Play} play */
async function play({ client, server, version = "1.3", encoding = "xml", state = {}, known = {}, config = {}, network = whole }) {
  const account = { deviceId: "IMEI:352471960083145", serverId: "desk.example", client: ofBruce(...client), server: ofServer(...server) };
  const url = "https://desk.example/dm";
  /** @type {ServerConfig} */
  const own = { serverId: "desk.example", url, binding: "respUri", ...config };
  let atDesk = new omadm.DmServerSession(own);
  let nonces = known;
  const tree = new omadm.DmTree({ values: { ".": { acl: "Add=*&Delete=*&Exec=*&Get=*&Replace=*" }, "./DevInfo/DevId": account.deviceId, "./DevInfo/Man": "Tideline", "./Setting": "old" } });
  /** @type {ClientConfig} */
  const device = { account: { ...account, state }, url, version, encoding };
  const session = new omadm.DmClientSession(device, { by: "user" }, env());
  for (const command of /** @type {NewCommand[]} */ ([{ type: "get", uri: "./DevInfo/Man" }, { type: "replace", items: [{ uri: "./Setting", data: "new" }] }, { type: "get", uri: "./Setting" }])) atDesk.push(command);
  /** @type {Letter[]} */
  const sent = [];
  /** @type {Letter[]} */
  const received = [];
  /** @type {ServerEvent[]} */
  const seen = [];
  /** @type {ClientEvent[]} */
  const events = [];
  let [at, isOver] = [0, false];
  const running = omadm.runSession(
    session,
    tree,
    async (called, { method, headers, body }) => {
      assert.equal(method, "POST");
      at += 1;
      assert.ok(at <= 12, "the session does not end");
      sent.push({ body, headers });
      const there = network({ body, headers }, "out", at);
      const form = FORMS[at % FORMS.length] ?? FORMS[0];
      assert.ok(form);
      try {
        seen.push(...atDesk.receive({ body: there.body, headers: form(there.headers), url: called }, { ...account, state: nonces }, env()));
      } catch (error) {
        // A device that the last reply has not reached goes on with a session that is over.
        assert.ok(network !== whole && error instanceof omadm.DmError && error.code === "state", String(error));
        isOver = true;
        return { status: error.http ?? 500, headers: {}, arrayBuffer: async () => new ArrayBuffer(0) };
      }
      const out = atDesk.respond(env());
      received.push(out);
      // Saved and restored after every message, as a server does that holds no session in memory.
      const saved = atDesk.save();
      nonces = saved.account;
      atDesk.free();
      atDesk = omadm.DmServerSession.restore(saved, own);
      const back = network(out, "back", at);
      return { status: out.status, headers: form(back.headers), arrayBuffer: async () => back.body.buffer.slice(back.body.byteOffset, back.body.byteOffset + back.body.byteLength) };
    },
    (event) => void events.push(event),
  );
  await running.catch((error) => assert.ok(isOver && error instanceof omadm.DmError && error.code === "state", String(error)));
  return { sent, received, events, seen, tree, states: { device: session.save().account, desk: nonces }, value: tree.get("./Setting")?.data };
}

/** @param {ServerEvent[]} events */
const results = (events) => events.flatMap((event) => (event.type === "results" ? event.items.map(({ data }) => data) : []));
/** @param {Letter} letter */
const read = ({ body }) => message(body).message;

for (const encoding of /** @type {const} */ (["xml", "wbxml"])) {
  for (const client of ALL) {
    for (const server of ALL) {
      test(`A24 a whole session in ${encoding}: the device by ${client}, the server by ${server}`, async () => {
        const { sent, received, events, seen, value, states } = await play({ client: [client], server: [server], encoding });
        assert.deepEqual([value, results(seen)], ["new", ["Tideline", "new"]]);
        assert.deepEqual(events.at(-1), { type: "finished" });
        assert.deepEqual(seen.filter(({ type }) => type === "violation" || type === "aborted" || type === "unknown"), []);
        assert.deepEqual(seen.filter(({ type }) => type === "authenticated"), [{ type: "authenticated", scheme: client }]);
        // Both remember the same nonces for the next session.
        assert.deepEqual(states.device, states.desk);
        assert.deepEqual([states.device.clientNonce === undefined, states.device.serverNonce === undefined], [client === "basic", server === "basic"]);
        for (const [scheme, own, other, sign] of /** @type {[AuthScheme, Letter[], Letter[], (nonce: Uint8Array, body: Uint8Array) => string][]} */ ([
          [client, sent, received, bruce],
          [server, received, sent, (nonce, body) => mac("mgmt", "SrvPw-1", nonce, body)],
        ])) {
          const kinds = new Set(own.map((letter) => read(letter).header.cred?.type).filter((type) => type !== undefined));
          assert.deepEqual([...kinds], scheme === "hmac" ? [] : [TYPES[scheme]]);
          if (scheme !== "hmac") {
            assert.ok(own.every(({ headers }) => headers[HMAC] === undefined));
            continue;
          }
          // Once in use it is on every message, over the nonce that came last.
          /** @type {Uint8Array | undefined} */
          let nonce;
          let signed = 0;
          for (const [at, { body, headers }] of own.entries()) {
            // The reply to a message is read before the next goes out, a message before its own reply.
            const heard = own === sent ? other[at - 1] : other[at];
            const next = heard && challenge(read(heard))?.nextNonce;
            if (next !== undefined) nonce = octets(next);
            if (headers[HMAC] === undefined) {
              assert.equal(signed, 0, `message ${at} is not signed`);
              continue;
            }
            signed += 1;
            assert.equal(headers[HMAC], sign(nonce ?? new Uint8Array(), body), `message ${at}`);
          }
          assert.ok(signed >= 2, `${signed} messages are signed`);
          const said = other.map((letter) => read(letter).commands.flatMap((command) => (command.type === "status" && command.cmd === "SyncHdr" ? [command] : [])));
          assert.equal(said.flat().some(({ code }) => code === 212), false);
          for (const status of said.flat().filter(({ code }) => code === 200)) assert.ok(octets(status.chal?.nextNonce ?? "").length >= 16);
        }
      });
    }
  }
}

test("a second session needs no challenge", async () => {
  for (const scheme of ALL) {
    const first = await play({ client: [scheme], server: [scheme] });
    const second = await play({ client: [scheme], server: [scheme], state: first.states.device, known: first.states.desk });
    assert.equal(types(second.seen).includes("unauthenticated"), false, scheme);
    assert.ok(second.sent.length <= first.sent.length);
    assert.equal(second.value, "new");
    if (scheme !== "basic") assert.notDeepEqual(second.states.desk, first.states.desk);
  }
});

test("SHA-256 is asked only of devices that speak DM 1.3, unless there is nothing else", async () => {
  for (const [version, schemes, type] of /** @type {[DmVersion, AuthScheme[], string][]} */ ([
    ["1.3", ["sha256", "md5"], "sha256"],
    ["1.2", ["sha256", "md5"], "md5"],
    ["1.1", ["sha256", "hmac"], "hmac"],
    ["1.2", ["sha256"], "sha256"],
  ])) {
    const { received, seen, value } = await play({ client: schemes, server: schemes, version });
    const [first] = received;
    assert.ok(first);
    assert.equal(challenge(read(first))?.type, TYPES[/** @type {AuthScheme} */ (type)], `${version} ${schemes.join()}`);
    assert.deepEqual([value, seen.filter((event) => event.type === "authenticated")], ["new", [{ type: "authenticated", scheme: type }]]);
  }
});

test("A18 A21 what a network does to signed messages", async () => {
  /** @param {Letter} letter @returns {Letter} */
  const without = ({ body, headers }) => ({ body, headers: { "content-type": headers["content-type"] ?? "" } });
  /** A letter of a value is another. @param {Letter} letter @returns {Letter} */
  const changed = ({ body, headers }) => ({ body: ascii(Buffer.from(body).toString().replace("Tideline", "Tidelime").replace(">new<", ">bad<")), headers });
  const unspoilt = await play({ client: ["hmac"], server: ["hmac"] });
  assert.equal(unspoilt.value, "new");
  let cases = 0;
  for (const spoil of [without, changed]) {
    for (const way of /** @type {const} */ (["out", "back"])) {
      for (let at = 1; at <= unspoilt.sent.length; at += 1) {
        const original = (way === "out" ? unspoilt.sent : unspoilt.received)[at - 1];
        assert.ok(original);
        const spoilt = spoil(original);
        if (Buffer.from(spoilt.body).equals(original.body) && spoilt.headers[HMAC] === original.headers[HMAC]) continue;
        const { value, seen, events } = await play({ client: ["hmac"], server: ["hmac"], network: (letter, going, now) => (going === way && now === at ? spoil(letter) : letter) });
        const name = `${spoil.name} ${way} ${at}`;
        assert.ok(value === "old" || value === "new", name);
        assert.equal(results(seen).some((data) => data === "Tidelime" || data === "bad"), false, name);
        const ended = [...types(events), ...types(seen)];
        assert.ok(ended.includes("aborted") || ended.includes("unauthenticated") || value === "new", `${name} ${ended.join()}`);
        cases += 1;
      }
    }
  }
  assert.ok(cases >= 8, `${cases} cases`);
});

// ------------------------------------------------------------------------------------------------- one side, with a pencil

/** A server whose device proves itself by MAC. @param {AuthScheme[]} schemes @param {Partial<Account>} [rest] */
const desk = (schemes = ["hmac"], rest = {}) => new Desk({ client: ofBruce(...schemes), state: { clientNonce: ascii("Nonce") }, ...rest }, { binding: "respUri" });
/** @param {string | undefined} header @returns {Partial<Received>} */
const signed = (header) => (header === undefined ? {} : { headers: { [HMAC]: header } });

/** A server behind package 1, with a Get (CmdID 4) that waits; and the next nonce. */
function proven() {
  const own = desk();
  own.server.push({ type: "get", uri: "./A" });
  const body = request(1, "", PACKAGE_1);
  const { message: said } = own.hear(body, signed(bruce(ascii("Nonce"), body)));
  assert.deepEqual([codes(said), others(said)], [[200, 200, 200], ["get"]]);
  return { own, nonce: octets(challenge(said)?.nextNonce ?? "") };
}

/** @param {ReturnType<Desk["hear"]>} heard @param {boolean} retry @param {number[]} unknown commands that nobody will hear of any more */
function isRefused({ message: said, events, done }, retry, unknown = []) {
  assert.ok(codes(said).every((code) => code === 401), codes(said).join());
  const ends = unknown.map((command) => ({ type: "unknown", command }));
  assert.deepEqual([others(said), events, done], [[], [{ type: "unauthenticated", retry }, ...ends], !retry]);
  const asked = challenge(said);
  assert.equal(asked?.type, TYPES.hmac);
  assert.ok(octets(asked?.nextNonce ?? "").length >= 16);
}

test("A18 a message without the header that was demanded", () => {
  const own = desk();
  const { message: said, events } = own.hear(request(1, "", PACKAGE_1));
  assert.deepEqual([codes(said), events], [[407, 407, 407], [{ type: "unauthenticated", retry: true }]]);
  isRefused(own.hear(request(2, "", PACKAGE_1)), false);
  isRefused(proven().own.hear(request(2, "", status(1, 4, 200))), false, [0]);
  // Nor does what opens the session of another scheme: the token of RespURI.
  const { own: third } = proven();
  isRefused(third.hear(request(2, "", status(1, 4, 200)), { url: "https://desk.example/dm?sid=AAAAAAAAAAAAAAAAAAAAAA" }), false, [0]);
});

test("A19 headers that are none are wrong, and never an error", () => {
  const body = request(1, "", PACKAGE_1);
  const right = bruce(ascii("Nonce"), body);
  const value = right.slice(right.lastIndexOf("mac=") + 4);
  for (const header of [
    "",
    ",",
    "\u{1f511}",
    `mac=${value}`,
    'username="Bruce2"',
    right.replace("MD5", "SHA1"),
    right.replace("Bruce2", "bruce2"),
    right.replace("Bruce2", 'Bruce2\\"'),
    `${right}\r\nx-other: y`,
    `${right}, ${right}`,
    right.replace(value, "AAAAAAAAAAAAAAAAAAAAAA=="),
    `x="${"a".repeat(65_536)}", ${right}`,
  ]) {
    isRefused(desk().hear(body, signed(header)), true);
  }
  // Two headers are no header, whichever is right.
  isRefused(desk().hear(body, { headers: [[HMAC, right], [HMAC.toUpperCase(), right]] }), true);
  isRefused(desk().hear(body, { headers: { [HMAC]: [right, right] } }), true);
  for (const header of [right, right.replace("algorithm=MD5, ", ""), `MAC=${value},USERNAME="Bruce2"`, right.replace("==", ""), `username=Bruce2 , mac=${value}, other="x, mac=y"`]) {
    assert.deepEqual(codes(desk().hear(body, signed(header)).message), [200, 200, 200], header);
  }
  assert.equal(thrown(() => desk().receive(body, { headers: { [HMAC]: /** @type {any} */ (1) } })).code, "arg");
});

test("A21 one bit of a signed message", () => {
  const body = request(1, "", PACKAGE_1);
  const header = bruce(ascii("Nonce"), body);
  for (let at = 0; at < body.length; at += 1) {
    const flipped = Uint8Array.from(body, (octet, index) => (index === at ? octet ^ 1 : octet));
    const own = desk();
    try {
      assert.equal(types(own.receive(flipped, signed(header))).includes("started"), false, `octet ${at}`);
    } catch (error) {
      assert.ok(error instanceof omadm.DmError, String(error));
    }
  }
});

test("A22 a signed message again", () => {
  const own = desk(["hmac"], { server: ofServer("hmac"), state: { clientNonce: ascii("Nonce"), serverNonce: octets("AAAA") } });
  own.server.push({ type: "get", uri: "./A" });
  const body = request(1, "", PACKAGE_1);
  const first = own.hear(body, signed(bruce(ascii("Nonce"), body)));
  assert.equal(first.headers[HMAC], mac("mgmt", "SrvPw-1", octets("AAAA"), first.octets));
  for (let time = 0; time < 3; time += 1) {
    const again = own.hear(body, signed(bruce(ascii("Nonce"), body)));
    assert.deepEqual([again.events, again.octets, again.headers], [[{ type: "repeated" }], first.octets, first.headers]);
  }
});

test("A23 a nonce signs one message", () => {
  const { own } = proven();
  const second = request(2, "", status(1, 4, 200));
  isRefused(own.hear(second, signed(bruce(ascii("Nonce"), second))), false, [0]);
  const { own: other, nonce } = proven();
  other.server.push({ type: "get", uri: "./B" });
  const { message: said } = other.hear(second, signed(bruce(nonce, second)));
  assert.deepEqual(codes(said), [200]);
  assert.notDeepEqual(octets(challenge(said)?.nextNonce ?? ""), nonce);
  const third = request(3, "", status(2, 2, 200));
  isRefused(other.hear(third, signed(bruce(nonce, third))), false, [1]);
});

test("A24 a server that breaks the rules of signatures is left", () => {
  const next = chal("MAC", "Tm9uY2U=");
  for (const said of [ofHeader(1, 212), ofHeader(1, 212, next), ofHeader(1, 200, chal("md5", "Tm9uY2U=")), ofHeader(1, 200, chal("basic"))]) {
    const device = new Device({ client: ofBruce("hmac"), state: { clientNonce: ascii("Nonce") } });
    device.say();
    assert.equal(device.hear(reply(1, "", said + getOf("./DevInfo/Man"))).at(-1)?.type, "aborted", said);
    assert.equal(device.next(), undefined);
  }
  const device = new Device({ client: ofBruce("hmac"), state: { clientNonce: ascii("Nonce") } });
  device.say();
  device.hear(reply(1, "", ofHeader(1, 200, next) + getOf("./DevInfo/Man")));
  const out = device.next();
  assert.ok(out);
  assert.equal(out.headers[HMAC], bruce(ascii("Nonce"), out.body));
});

test("A26 a device does nothing for a server whose signature is missing or wrong", () => {
  const body = reply(1, "", `${ofHeader(1, 200)}<Delete><CmdID>4</CmdID><Item><Target><LocURI>./DevInfo/Man</LocURI></Target></Item></Delete>`);
  const right = mac("mgmt", "SrvPw-1", ascii("Nonce"), body);
  for (const [header, code] of /** @type {[string | undefined, number][]} */ ([
    [undefined, 407],
    ["", 401],
    [mac("mgmt", "SrvPw-1", ascii("old"), body), 401],
    [right.replace("mgmt", "other"), 401],
    [right, 200],
  ])) {
    const device = new Device({ server: ofServer("hmac"), state: { serverNonce: ascii("Nonce") } });
    device.say();
    device.hear(body, signed(header));
    const said = device.say();
    assert.deepEqual(codes(said), [code, code], String(header));
    assert.equal(challenge(said)?.type, TYPES.hmac);
    assert.equal(device.tree.get("./DevInfo/Man") === undefined, code === 200);
  }
});

test("A11 A12 A13 nothing is given up for something weaker", () => {
  for (const [allowed, asked] of /** @type {[AuthScheme[], string][]} */ ([
    [["hmac"], chal("basic")],
    [["hmac"], chal("md5", "AAAA")],
    [["hmac", "sha256"], chal("md5", "AAAA")],
    [["sha256"], chal("md5", "AAAA")],
    [["sha256", "md5"], chal("basic")],
    [["md5"], chal("MAC", "AAAA")],
  ])) {
    const device = new Device({ client: ofBruce(...allowed), state: { clientNonce: ascii("Nonce") } });
    device.say();
    assert.deepEqual(types(device.hear(reply(1, "", ofHeader(1, 401, asked)))), ["unauthenticated", "aborted"], `${allowed.join()} ${asked}`);
    assert.equal(device.next(), undefined);
  }
  // A device that knows the password proves nothing by a weaker scheme than was asked for.
  for (const [schemes, header] of /** @type {[AuthScheme[], string][]} */ ([
    [["hmac", "basic"], cred("basic", "QnJ1Y2UyOk9oQmVoYXZl")],
    [["sha256", "basic"], cred("basic", "QnJ1Y2UyOk9oQmVoYXZl")],
    [["hmac", "md5"], cred("md5", "Zz6EivR3yeaaENcRN6lpAQ==")],
  ])) {
    const own = new Desk({ client: ofBruce(...schemes) }, { binding: "respUri" });
    assert.equal(challenge(own.hear(request(1, "", PACKAGE_1, { verProto: "DM/1.3", verDtd: "1.2" })).message)?.type, TYPES[schemes[0] ?? "basic"]);
    const { message: said, done } = own.hear(request(2, header, PACKAGE_1, { verProto: "DM/1.3", verDtd: "1.2" }));
    assert.deepEqual([codes(said), done], [[401, 401, 401], true], schemes.join());
  }
});

test("A30 strangers are asked for what the server says", () => {
  for (const scheme of ALL) {
    const shapes = [true, false].map((isKnown) => {
      const own = new Desk({ client: ofBruce(scheme) }, { binding: "respUri", strangers: [scheme] });
      if (!isKnown) own.account = undefined;
      const { octets: said, events } = own.hear(request(1, cred("basic", "AAAA"), PACKAGE_1, { verProto: "DM/1.3" }), signed(scheme === "hmac" ? 'username="Bruce2", mac=AA==' : undefined));
      return [Buffer.from(said).toString().replaceAll(/(<NextNonce[^>]*>)[^<]*/g, "$1"), events];
    });
    assert.deepEqual(shapes[0], shapes[1], scheme);
    assert.match(String(shapes[0]?.[0]), new RegExp(TYPES[scheme]));
  }
});

// -------------------------------------------------------------------------------------------------------- resynchronization

test("A10 nonces are resynchronized once, in both directions", async () => {
  const ZERO = new Uint8Array(4);
  for (const scheme of /** @type {const} */ (["md5", "hmac", "sha256"])) {
    const lost = { clientNonce: ascii("lost at the device"), serverNonce: ascii("lost there too"), resync: true };
    const kept = { clientNonce: ascii("kept at the server"), serverNonce: ascii("kept there too"), resync: true };
    const { sent, received, seen, value, states } = await play({ client: [scheme], server: [scheme], state: lost, known: kept });
    assert.equal(value, "new", scheme);
    assert.equal(types(seen).includes("unauthenticated"), false);
    const [first, said] = [sent[0], received[0]];
    assert.ok(first && said);
    if (scheme === "md5") assert.equal(read(first).header.cred?.data, "cnPI6nO9RgujiHU0y58kNA==");
    if (scheme === "hmac") {
      assert.equal(first.headers[HMAC], bruce(ZERO, first.body));
      assert.equal(said.headers[HMAC], mac("mgmt", "SrvPw-1", ZERO, said.body));
    }
    // New nonces for both, and the special one is good for nothing any more.
    assert.deepEqual(states.device, states.desk);
    assert.equal(states.desk.resync, undefined);
    const own = new Desk({ client: ofBruce(scheme), server: ofServer(scheme), state: states.desk });
    assert.deepEqual(types(own.hear(first.body, signed(first.headers[HMAC])).events), ["unauthenticated"], scheme);
  }
  // Without a notification the server takes no such proof.
  const { seen, value } = await play({ client: ["md5"], server: ["md5"], state: { resync: true }, known: { clientNonce: ascii("x"), serverNonce: ascii("y") } });
  assert.deepEqual([seen[0], value], [{ type: "unauthenticated", retry: true }, "new"]);
});
