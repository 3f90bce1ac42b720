/** Many devices in one process against the Worker: all of them at once, and what is told of them. */
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { PASSWORD, SERVER_PASSWORD, account, fileOf, folder, rigged, run, start } from "./command.js";
import { Desk, listen } from "./desk.js";
import { messageIn, omadm } from "../worker/package.js";

const rig = await rigged();
const DEVICES = 500;
/** So many of them are asked for something. */
const ASKED = 100;
const WHO = ["--user", "device", "--server-user", "server"];
const SECRETS = { OMADM_PASSWORD: PASSWORD, OMADM_SERVER_PASSWORD: SERVER_PASSWORD };

/** @param {string} out */
const lines = (out) => out.split("\n").filter(Boolean).map((line) => JSON.parse(line));

test(`${DEVICES} devices at once, without a failure`, async () => {
  const ids = Array.from({ length: DEVICES }, (_, at) => `IMEI:${at + 1}`);
  for (let at = 0; at < ids.length; at += 25) {
    await Promise.all(
      ids.slice(at, at + 25).map(async (id, place) => {
        await account(rig, id);
        if (at + place >= ASKED) return;
        await rig.queue(id, [{ type: "get", uri: "./DevInfo/Man" }]);
      }),
    );
  }
  const given = ["device", "--url", `${rig.url}/dm`, ...WHO, "--devices", String(DEVICES), "--concurrency", String(DEVICES), "--json", "--timeout", "600"];
  // Nobody calls twice: the runtime hangs up on whom it has not heard within 15 seconds, and a device that has its turn late would be one of them.
  const { status, out, err } = await run(given, SECRETS);
  const summary = lines(out).at(-1);
  assert.deepEqual([status, err], [0, ""], JSON.stringify(summary.failures));
  const { type, devices, sessions, failed, commands, statuses, messages, resent, latency, failures } = summary;
  assert.deepEqual({ type, devices, sessions, failed, resent, failures }, { type: "summary", devices: DEVICES, sessions: DEVICES, failed: 0, resent: 0, failures: [] });
  assert.deepEqual([commands, statuses], [{ get: ASKED }, { 200: ASKED }]);
  assert.equal(messages, 2 * DEVICES + ASKED);
  assert.ok(latency.message.median > 0 && latency.message.median <= latency.message.p95 && latency.message.p95 <= latency.message.max);
  assert.ok(latency.session.median >= latency.message.median);
  const last = await rig.read(`${encodeURIComponent(`IMEI:${ASKED}`)}/commands/1`);
  assert.equal(last.state, "answered");
});

test("failures are counted by their reasons, with some of the devices; each device has a transcript and a user of its own", async () => {
  for (const number of [1, 2]) {
    const client = { user: `user-${number}`, password: PASSWORD, schemes: ["basic"] };
    await rig.api("PUT", `fleet-${number}/account`, { client, server: { user: "server", password: SERVER_PASSWORD, schemes: ["basic"] } });
  }
  const to = join(await folder(), "transcripts");
  const given = ["device", "--url", `${rig.url}/dm`, "--device-id", "fleet-{n}", "--user", "user-{n}", "--server-user", "server", "--auth", "basic", "--devices", "4", "--concurrency", "2"];
  const { status, out } = await run([...given, "--record", to], SECRETS);
  assert.equal(status, 1);
  assert.match(out, /^sessions {3}4, 2 failed/m);
  assert.match(out, /^failed {5}[12]: .*\(fleet-3|fleet-4/m);
  assert.match(out, /^answers {4}median [0-9.]+ ms, 95 % within [0-9.]+ ms, at most [0-9.]+ ms$/m);
  assert.equal(out.includes("\r"), false, "no progress where nobody looks");
  assert.deepEqual((await readdir(to)).sort(), ["000001", "000002", "000003", "000004"]);
});

test("a script that cannot be is told once, and ends the fleet", async () => {
  await account(rig, "IMEI:1");
  await rig.queue("IMEI:1", [{ type: "choose", text: "Which?", choices: ["one", "two"] }]);
  const script = await fileOf({ interactions: [{ answer: { choices: [3] } }] });
  const { status, out, err } = await run(["device", "--url", `${rig.url}/dm`, ...WHO, "--devices", "100000", "--concurrency", "1", "--script", script], SECRETS);
  assert.deepEqual([status, out], [2, ""]);
  assert.match(err, /--script: no answer to the interaction "Which\?": /);
});

test("a script that cannot be ends the session of the others only when they are at their end", async () => {
  const ids = ["IMEI:1", "IMEI:2", "IMEI:3"];
  const desks = new Map(ids.map((id) => [id, new Desk({ deviceId: id, client: "transport", server: "transport" })]));
  const [wrong] = desks.values();
  wrong?.commands.push({ type: "choose", text: "Which?", choices: ["one", "two"] });
  let leave = () => {};
  const left = new Promise((/** @type {(value: void) => void} */ resolve) => (leave = resolve));
  const url = await listen(async (request, body, response) => {
    const { source, msgId } = omadm.peek({ body, headers: request.headers });
    const desk = desks.get(source);
    // The others are answered when the first has said farewell, and has failed.
    if (source !== ids[0] && msgId === 1) await left;
    const reply = desk?.turn(request, body);
    response.writeHead(reply?.status ?? 500, reply?.headers).end(reply?.body);
    if (messageIn(body).message.commands.some((command) => command.type === "alert" && command.code === 1223)) response.on("close", () => setTimeout(leave, 200));
  });
  for (const desk of desks.values()) desk.url = url;
  const script = await fileOf({ interactions: [{ answer: { choices: [3] } }] });
  const { status, out, err } = await run(["device", "--url", url, "--devices", "3", "--concurrency", "3", "--script", script, "--json"]);
  assert.equal(status, 2);
  assert.match(err, /--script: no answer to the interaction "Which\?": /);
  assert.deepEqual(lines(out).map(({ type, deviceId, end }) => [type, deviceId, end]).sort(), [["over", "IMEI:2", "finished"], ["over", "IMEI:3", "finished"]]);
});

test("an abort of the server ends the session of the device with exit status 1", async () => {
  await account(rig, "ended");
  await rig.queue("ended", [{ type: "get", uri: "./DevInfo/Man" }]);
  let turns = 0;
  const through = await listen(async (request, body, response) => {
    turns += 1;
    // What the server asks for is on its way when somebody ends the session.
    if (turns === 3) await rig.api("POST", "ended/abort", { reason: "the desk closes" });
    const reply = await fetch(`${rig.url}/dm`, { method: "POST", headers: { "content-type": request.headers["content-type"] ?? "" }, body: new Uint8Array(body) });
    const octets = Buffer.from(await reply.arrayBuffer());
    // The next message would go to the server itself.
    const text = octets.toString().replaceAll(/<RespURI>[^<]*<\/RespURI>/g, "");
    response.writeHead(reply.status, { "content-type": reply.headers.get("content-type") ?? "" }).end(text);
  });
  const { status, out } = await run(["device", "--url", through, "--device-id", "ended", ...WHO], SECRETS);
  assert.equal(status, 1, out);
  assert.match(out, /aborted: aborted by the server/);
});

test("Ctrl-C ends a fleet with what it has done so far", async () => {
  /** @type {ReturnType<typeof start> | undefined} */
  let running = undefined;
  let seen = 0;
  const url = await listen(() => {
    seen += 1;
    if (seen === 5) running?.child.kill("SIGINT");
  });
  const script = await fileOf({});
  running = start(["device", "--url", url, "--devices", "1000", "--concurrency", "5", "--script", script, "--json"]);
  const { status, out, err } = await running.over;
  assert.deepEqual([status, err], [130, ""]);
  const summary = lines(out).at(-1);
  assert.deepEqual([summary.type, summary.devices, summary.failures.map((/** @type {any} */ { reason, count }) => [reason, count])], ["summary", 5, [["interrupted", 5]]]);
});

/** @type {{ Turns: new () => { take(): Promise<void>, begin(): Promise<void> } }} */
const { Turns } = await import(new URL("../../pkg/cli/turns.js", import.meta.url).href);

test("whoever is in a session has its turn before all that begin one", async () => {
  const turns = new Turns();
  /** @type {string[]} */
  const log = [];
  const begun = [1, 2, 3].map((number) => turns.begin().then(() => log.push(`begins ${number}`)));
  await Promise.all([...begun, turns.take().then(() => log.push("goes on"))]);
  assert.deepEqual(log, ["goes on", "begins 1", "begins 2", "begins 3"]);
  await turns.take();
});

test("between two turns all connections are looked after, however many devices wait for theirs", async () => {
  const turns = new Turns();
  /** @type {string[]} */
  const log = [];
  let isOver = false;
  const look = () => {
    log.push("connections");
    if (!isOver) setImmediate(look);
  };
  setImmediate(look);
  await Promise.all(Array.from({ length: 5 }, () => turns.take().then(() => log.push("device"))));
  isOver = true;
  assert.equal(log.filter((who) => who === "device").length, 5);
  assert.ok(log.every((who, at) => who === "connections" || log[at - 1] === "connections"), log.join());
});
