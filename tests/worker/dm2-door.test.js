/** What packages of DM 2.0 are answered over HTTP, and by whom they may be sent. */
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { test } from "node:test";
import { AUTHORIZATION, DEVICE, DIALECTS, Device2, INITIATION, PUMP, REQUEST, RESPONSE, answer, basic, enrol, hello, json, post } from "./dm2.js";
import { exchange } from "./http.js";
import { Rig } from "./rig.js";

/** @import { Answered } from "./dm2.js" */

const MODE = `${PUMP}/north/Mode`;
const LIMIT = 1_048_576;

/** @param {Answered} response @param {number} status @param {string} [name] */
function assertBare({ status: own, headers, body }, status, name) {
  assert.deepEqual([own, body.length, headers.get("content-type")], [status, 0, null], name);
  assert.equal(headers.get("www-authenticate"), status === 401 ? 'Basic realm="omadm", charset="UTF-8"' : null, name);
}

/** @param {Rig} rig */
const files = async (rig) => (await readdir(rig.folder, { recursive: true })).filter((entry) => entry.endsWith(".sqlite")).length;

for (const dialect of DIALECTS) {
  test(`K09 J01 J02 J04 statuses of HTTP without a body, ${dialect}: the session is not opened`, async (t) => {
    const rig = await Rig.start(t);
    await enrol(rig, DEVICE);
    const text = JSON.stringify(hello(dialect));
    for (const [name, status, type, body, headers] of /** @type {[string, number, string, unknown, Record<string, string | undefined>?][]} */ ([
      ["another charset", 415, `${INITIATION}; charset=utf-16`, text],
      ["a package 2", 415, REQUEST, text],
      ["data of objects", 415, "application/vnd.oma.dm.mo+json", text],
      ["JSON", 415, "application/json", text],
      ["a coding", 415, INITIATION, text, { "content-encoding": "gzip" }],
      ["Accept", 406, INITIATION, text, { accept: "text/html" }],
      ["Accept and package 3", 406, RESPONSE, answer(dialect), { accept: "text/html" }],
      ["Accept with a quality of none", 406, INITIATION, text, { accept: `*/*, ${REQUEST};q=0` }],
      ["nothing", 400, INITIATION, ""],
      ["null", 400, INITIATION, "null"],
      ["an array", 400, INITIATION, "[]"],
      ["XML", 400, INITIATION, "<SyncML/>"],
      ["cut", 400, INITIATION, text.slice(0, -1)],
      ["two documents", 400, INITIATION, `${text}{}`],
      ["a member twice", 400, INITIATION, `${text.slice(0, -1)},${text.slice(1)}`],
      ["depth", 413, INITIATION, "[".repeat(10_000)],
      ["size", 413, INITIATION, " ".repeat(LIMIT + 1)],
      ["no device", 400, INITIATION, dialect === "draft" ? text.replace(`"DevID":"${DEVICE}",`, "") : text, { "omadm-devid": undefined }],
      ["a long name", 400, INITIATION, hello(dialect, "x".repeat(1_025)), { "omadm-devid": "x".repeat(1_025) }],
      ["package 3 without a session", 400, RESPONSE, answer(dialect)],
      ["a JSON document as XML", 400, "application/vnd.syncml.dm+xml", text],
    ])) {
      const response = await post(rig, type, body, headers);
      if (type === INITIATION || type === RESPONSE) assertBare(response, status, name);
      else assert.equal(response.status, status, name);
      const isOfType = status === 415 && headers === undefined;
      assert.equal(response.headers.get("omadm-accept"), isOfType ? `${INITIATION}, ${RESPONSE}` : null, name);
    }
    assert.deepEqual((await rig.read(DEVICE)).sessions, []);
    for (const [name, type, body, headers] of /** @type {[string, string, string, Record<string, string | undefined>?][]} */ ([
      ["capitals", INITIATION.toUpperCase(), text],
      ["a charset", `${INITIATION} ; Charset="UTF-8"`, text],
      ["a byte order mark", INITIATION, `\ufeff${text}`],
      ["Accept of anything", INITIATION, text, { accept: "*/*" }],
      ["no Accept", INITIATION, text, { accept: undefined }],
    ])) {
      const { status, headers: told, body: package2 } = await post(rig, type, body, headers);
      assert.deepEqual([status, told.get("content-type"), told.get("cache-control")], [200, REQUEST, "no-store"], name);
      assert.deepEqual((json(package2).Cmds ?? json(package2).CMD).length, 1, name);
    }
  });

  test(`K08 the body of a package is bounded and as long as it says, ${dialect}`, async (t) => {
    const rig = await Rig.start(t);
    const head = `POST /dm HTTP/1.1\r\nHost: device.example\r\nContent-Type: ${INITIATION}`;
    assert.equal(await exchange(`${rig.url}/dm`, `${head}\r\nContent-Length: ${LIMIT + 1}`, "", { end: false }), 413);
    assert.equal(await exchange(`${rig.url}/dm`, `${head}\r\nContent-Length: 100`, JSON.stringify(hello(dialect))), 400);
  });

  test(`credentials that are wrong or missing, and devices without an account, are answered alike, ${dialect}`, async (t) => {
    const rig = await Rig.start(t);
    await enrol(rig, DEVICE);
    const device = new Device2(rig, DEVICE, dialect);
    const [get] = await rig.queue(DEVICE, [{ type: "get", uri: MODE }]);
    const wrong = [
      undefined,
      "",
      "Basic",
      "Basic ",
      "Basic !",
      "Basic QQ",
      `Bearer ${AUTHORIZATION.slice(6)}`,
      `${AUTHORIZATION}, ${AUTHORIZATION}`,
      basic("Zoë", "p:ß-of-devicf"),
      basic("Zoë", "p:ß-of-device "),
      basic("Zoë", ""),
      basic("", "p:ß-of-device"),
      basic("Zoe", "p:ß-of-device"),
      basic("Zoë:p", "ß-of-devic"),
      `Basic ${Buffer.from("Zoë:p:ß-of-device", "latin1").toString("base64")}`,
      `Basic ${"A".repeat(16_384)}`,
    ];
    const knock = async (/** @type {string} */ when) => {
      for (const authorization of wrong) {
        for (const name of [DEVICE, "nobody"]) {
          const headers = { authorization, "omadm-devid": name };
          assertBare(await post(rig, INITIATION, hello(dialect, name), headers), 401, `${when}: package 1 of ${name}, ${authorization}`);
          assertBare(await post(rig, RESPONSE, answer(dialect, name), headers), 401, `${when}: package 3 of ${name}, ${authorization}`);
        }
      }
      // Neither is told more of what it sends.
      for (const name of [DEVICE, "nobody"]) {
        const headers = { authorization: basic("x", "y"), "omadm-devid": name };
        assertBare(await post(rig, INITIATION, { ...hello(dialect, name), MOS: 1 }, headers), 400, name);
        assertBare(await post(rig, RESPONSE, { ...answer(dialect, name), Status: 1, Results: 1 }, headers), 401, name);
      }
    };
    await knock("before");
    assert.deepEqual((await rig.read(DEVICE)).sessions, []);
    await device.turn();
    const { sessions } = await rig.read(DEVICE);
    await knock("within");
    const after = await rig.read(DEVICE);
    assert.deepEqual(after.sessions, sessions);
    assert.equal(after.challenged.count, 2 * (2 * wrong.length + 1), "what cannot be read is not counted");
    assert.equal((await rig.read(`${DEVICE}/commands/${get}`)).state, "sent");
    await device.finish();
    assert.ok(device.finished);
    assert.equal((await rig.read(`${DEVICE}/commands/${get}`)).state, "answered");
    assert.equal((await rig.api("GET", "nobody")).status, 404);
  });

  test(`a device that is asked for credentials sends its package once more with them, ${dialect}`, async (t) => {
    const rig = await Rig.start(t);
    await enrol(rig, DEVICE);
    const device = new Device2(rig, DEVICE, dialect, {});
    await device.turn();
    assert.deepEqual(device.events, [{ type: "unauthenticated" }]);
    device.headers = { authorization: AUTHORIZATION };
    await device.finish();
    assert.ok(device.finished);
    assert.deepEqual(device.sent[1]?.body, device.sent[0]?.body);
    const stranger = new Device2(rig, "nobody", dialect);
    await stranger.finish();
    assert.equal(stranger.events.at(-1)?.type, "aborted");
    assert.equal(stranger.sent.length, 2);
  });

  test(`K10 devices without an account leave nothing durable, ${dialect}`, async (t) => {
    const rig = await Rig.start(t);
    const knock = async (/** @type {number} */ from, /** @type {number} */ count) => {
      for (let at = from; at < from + count; at += 50) {
        await Promise.all(
          Array.from({ length: 50 }, async (_, step) => {
            const name = `stranger-${at + step}`;
            assert.equal((await post(rig, INITIATION, hello(dialect, name), { "omadm-devid": name })).status, 401);
          }),
        );
      }
    };
    // The directories come into being with the first questions.
    await knock(0, 200);
    const before = await files(rig);
    await knock(200, 500);
    assert.equal(await files(rig), before);
  });

  test(`an account in whose storage nothing can be read or written is 503, ${dialect}, and the package may come again`, async (t) => {
    const rig = await Rig.start(t);
    await enrol(rig, DEVICE);
    const device = new Device2(rig, DEVICE, dialect);
    const [get] = await rig.queue(DEVICE, [{ type: "get", uri: MODE }]);
    for (const fault of /** @type {const} */ (["unreadable", "throw", "unwritable", "lose"])) {
      const request = device.next();
      assert.ok(request);
      await rig.fault(DEVICE, fault);
      const response = await device.post(request);
      assert.deepEqual([response.status, response.headers.get("retry-after"), await response.text()], [503, "1", ""], fault);
      assert.equal((await rig.read(`${DEVICE}/commands/${get}`)).state, "queued", fault);
    }
    await device.finish();
    assert.ok(device.finished);
    assert.equal((await rig.read(`${DEVICE}/commands/${get}`)).state, "answered");
  });
}
