/** The API of whoever operates the devices. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { exchange } from "./http.js";
import { Rig } from "./rig.js";

const PARTY = { user: "u", password: "p", schemes: ["basic"] };

test("without the token everybody is refused alike", async (t) => {
  const rig = await Rig.start(t);
  await rig.device("d");
  for (const path of ["d", "absent", "d/commands/1", "d/account"]) {
    for (const token of ["", "x", rig.token.slice(1), `${rig.token}x`, rig.token.toUpperCase()]) {
      const response = await rig.api("GET", path, undefined, token);
      assert.equal(response.status, 401);
      assert.match(response.headers.get("www-authenticate") ?? "", /^Bearer/);
      assert.deepEqual(await response.json(), { error: { code: "token", message: "send the bearer token" } });
    }
  }
  assert.equal((await fetch(`${rig.url}/api/devices/d`)).status, 401);
  assert.equal((await fetch(`${rig.url}/api/devices/d`, { headers: { authorization: `Basic ${rig.token}` } })).status, 401);
});

test("addresses and methods", async (t) => {
  const rig = await Rig.start(t);
  await rig.device("d");
  for (const [method, path, status] of /** @type {const} */ ([
    ["GET", "absent", 404],
    ["GET", "absent/commands/1", 404],
    ["GET", "d/commands/1", 404],
    ["GET", "d/commands/x", 404],
    ["GET", "d/commands/1/more", 404],
    ["GET", "d/other", 404],
    ["GET", "%", 400],
    ["GET", "x".repeat(1_025), 400],
    ["PUT", "d", 405],
    ["GET", "d/account", 405],
    ["GET", "d/commands", 405],
    ["PUT", "d/commands/1", 405],
    ["PUT", "d/account", 415],
    ["GET", "d/abort", 405],
    ["POST", "d/abort", 415],
    ["POST", "absent/abort", 404],
  ])) {
    const response = await rig.api(method, path);
    assert.equal(response.status, status, `${method} ${path.slice(0, 20)}`);
    const { error } = /** @type {any} */ (await response.json());
    assert.match(error.message, /^[^\n]{1,200}$/);
  }
});

test("an account that makes no sense is refused in words", async (t) => {
  const rig = await Rig.start(t);
  for (const [body, words] of /** @type {[unknown, RegExp][]} */ ([
    [null, /the account must be an object/],
    [[], /the account must be an object/],
    [{ server: "transport" }, /client must be an object/],
    [{ client: "transport", server: "transport" }, /client must be an object/],
    [{ client: PARTY, server: "none" }, /server must be an object/],
    [{ client: { ...PARTY, user: "Zo\u00eb", schemes: ["hmac"] }, server: "transport" }, /client\.user must be printable ASCII/],
    [{ client: { ...PARTY, user: "a:b" }, server: "transport" }, /client\.user/],
    [{ client: { ...PARTY, password: 1 }, server: "transport" }, /client\.password/],
    [{ client: { ...PARTY, schemes: [] }, server: "transport" }, /client\.schemes/],
    [{ client: { ...PARTY, schemes: ["digest"] }, server: "transport" }, /basic, md5, hmac, sha256/],
    [{ client: PARTY, server: "transport", maxMsgSize: 0 }, /maxMsgSize/],
    [{ client: PARTY, server: "transport", maxObjSize: 0 }, /maxObjSize must be a whole number from 1 to 16777216/],
    [{ client: PARTY, server: "transport", maxObjSize: 16_777_217 }, /maxObjSize/],
    [{ client: PARTY, server: "transport", alertTypes: "urn" }, /alertTypes/],
    [{ client: PARTY, server: "transport", alertTypes: [""] }, /alertTypes/],
    [{ client: PARTY, server: "transport", alertStatus: 600 }, /alertStatus/],
    [{ client: PARTY, server: "transport", alertStatus: 404 }, /alertStatus must be one of 200, 202/],
    [{ client: { ...PARTY, schemes: ["md5", "md5"] }, server: "transport" }, /client\.schemes/],
    [{ client: { ...PARTY, more: 1 }, server: "transport" }, /no member "more"/],
    [{ client: PARTY, server: "transport", state: {} }, /no member "state"/],
  ])) {
    const response = await rig.api("PUT", "d/account", body);
    assert.equal(response.status, 400);
    assert.match(/** @type {any} */ (await response.json()).error.message, words);
  }
  assert.equal((await rig.api("GET", "d")).status, 404, "nothing was created");
});

test("the engine judges commands, and a bad one takes the others with it", async (t) => {
  const rig = await Rig.start(t);
  await rig.device("d");
  const good = { type: "get", uri: "./DevInfo" };
  for (const body of [
    [],
    null,
    "get",
    { type: "explode" },
    { type: "get" },
    { type: "get", uri: 1 },
    [good, { type: "replace", items: [{ uri: "./x", data: { base64: "*" } }] }],
    [good, { type: "replace", items: [{ uri: "./x", data: { base64: "AAEC", more: 1 } }] }],
    [good, { type: "replace", items: "x" }],
    [good, { type: "sequence", commands: [{ type: "nothing" }] }],
  ]) {
    const response = await rig.api("POST", "d/commands", body);
    assert.equal(response.status, 400, JSON.stringify(body));
    assert.match(/** @type {any} */ (await response.json()).error.message, /^[^\n]{1,300}$/);
  }
  const headers = { authorization: `Bearer ${rig.token}`, "content-type": "application/json" };
  const url = `${rig.url}/api/devices/d/commands`;
  for (const [body, status] of /** @type {const} */ ([["{", 400], ["\u00ff", 400], ["[".repeat(200_000), 400], ["x".repeat(1_048_577), 400]])) {
    assert.equal((await fetch(url, { method: "POST", headers, body: Buffer.from(body, "latin1") })).status, status);
  }
  const head = `POST /api/devices/d/commands HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${rig.token}\r\nContent-Type: application/json\r\nContent-Length: 8388609`;
  assert.equal(await exchange(url, head, "", { end: false }), 413);
  assert.deepEqual((await rig.read("d")).commands, []);
  assert.deepEqual(await rig.queue("d", [/** @type {any} */ (good)]), [1]);
  assert.deepEqual((await rig.read("d/commands/1")).command, good);
});

test("at most 1,000 commands wait", async (t) => {
  const rig = await Rig.start(t);
  await rig.device("d");
  /** @type {any} */
  const get = { type: "get", uri: "./DevInfo" };
  await rig.queue("d", Array(990).fill(get));
  assert.equal((await rig.api("POST", "d/commands", Array(11).fill(get))).status, 409);
  assert.equal((await rig.queue("d", Array(10).fill(get))).length, 10);
});

test("at most 64 Mi characters of commands wait, and one that is taken back makes room", async (t) => {
  const rig = await Rig.start(t);
  await rig.device("d");
  const large = { type: "replace", items: [{ uri: "./Setting/Name", data: "x".repeat(8_388_000) }] };
  const before = await rig.fault("d", "rows");
  /** @type {number[]} */
  const ids = [];
  for (let sent = 0; sent < 8; sent += 1) ids.push(...(await rig.queue("d", [/** @type {any} */ (large)])));
  assert.equal((await rig.api("POST", "d/commands", large)).status, 409);
  assert.equal((await rig.read(`d/commands/${ids[7]}`)).command.items[0].data.length, 8_388_000);
  for (const id of ids) assert.equal((await rig.api("DELETE", `d/commands/${id}`)).status, 204);
  assert.deepEqual(await rig.fault("d", "rows"), before);
});

test("the page is told the token under a loopback name only", async (t) => {
  const rig = await Rig.start(t);
  const answer = await fetch(`${rig.url}/dev/token`);
  assert.deepEqual(await answer.json(), { token: rig.token });
  assert.equal(answer.headers.get("access-control-allow-origin"), null);
  assert.equal(await exchange(rig.url, "GET /dev/token HTTP/1.1\r\nHost: rebound.example", "", { end: false }), 404);
});
