/** The example in www/examples, as a user runs it: a server and a device in processes of their own, which speak over loopback. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import omadm, { folder as PACKAGE, message } from "./omadm.js";

/** @import { TestContext } from "node:test" */
/** @import { Account, AuthScheme, ClientEvent, DmVersion, NewCommand, ServerEvent } from "../../www/package/types.js" */

const EXAMPLES = fileURLToPath(new URL("../../www/examples/", import.meta.url));
// Below www, so that what a failed test leaves is ignored.
const DIST = fileURLToPath(new URL("../../www/dist/", import.meta.url));
const DEVICE = "IMEI:490154203237518";

/** @type {Account} */
const ACCOUNT = {
  deviceId: DEVICE,
  serverId: "mgmt.example",
  client: { user: "device", secret: { password: "device-secret" }, schemes: ["md5"] },
  server: { user: "mgmt.example", secret: { password: "server-secret" }, schemes: ["md5"] },
};

/** @typedef {{ listening?: string, queued?: number, account?: string, error?: string, deviceId?: string, event?: ServerEvent }} Line */

/** A folder with the example, in which `import "omadm"` finds the built package. It ends with the test. @param {TestContext} t */
async function workshop(t) {
  await mkdir(DIST, { recursive: true });
  const own = await mkdtemp(join(DIST, "example-"));
  t.after(() => rm(own, { recursive: true, force: true }));
  await cp(EXAMPLES, own, { recursive: true });
  await mkdir(join(own, "node_modules"));
  await symlink(PACKAGE, join(own, "node_modules/omadm"));
  return own;
}

/** The server of the example, and what it says. */
class Server {
  /** @type {Line[]} */
  said = [];
  url = "";

  /** @param {TestContext} t @param {string} own @param {number} [port] */
  static async start(t, own, port = 0) {
    const server = new Server(own, port);
    t.after(() => server.stop());
    server.url = (await server.until(({ listening }) => listening !== undefined)).listening ?? "";
    return server;
  }

  /** @param {string} own @param {number} port */
  constructor(own, port) {
    this.process = spawn(process.execPath, [join(own, "server.js"), join(own, "store"), String(port)], { stdio: ["pipe", "pipe", "inherit"] });
    this.lines = createInterface({ input: this.process.stdout });
    this.lines.on("line", (line) => void this.said.push(JSON.parse(line)));
  }

  /** The first line from `from` on that is meant. @param {(line: Line) => boolean} is @param {number} [from] */
  async until(is, from = 0) {
    for (;;) {
      const found = this.said.slice(from).find(is);
      if (found !== undefined) return found;
      await once(this.lines, "line", { signal: AbortSignal.timeout(20_000) });
    }
  }

  /** @param {object} order @returns {Promise<Line>} */
  async order(order) {
    const from = this.said.length;
    this.process.stdin.write(`${JSON.stringify(order)}\n`);
    return await this.until(({ event }) => event === undefined, from);
  }

  /** @param {NewCommand} command */
  async queue(command) {
    return (await this.order({ deviceId: DEVICE, command })).queued;
  }

  /** What the device has said so far, and from now on nothing of it again. */
  events() {
    const events = this.said.flatMap(({ event }) => (event === undefined ? [] : [event]));
    this.said = [];
    return events;
  }

  /** The process dies as with a power cut: nothing of its own can tidy up. */
  async stop() {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    this.process.kill("SIGKILL");
    await once(this.process, "exit");
  }
}

/** A program of the example to its end: its exit code, and what it says on either output. @param {string[]} args */
async function run(...args) {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  let [said, complained] = ["", ""];
  child.stdout.on("data", (chunk) => void (said += chunk));
  child.stderr.on("data", (chunk) => void (complained += chunk));
  const [code] = await once(child, "close");
  return { code, said, complained };
}

/** One session of the device of the example. @param {string} own @param {string} url @param {AuthScheme[]} schemes @returns {Promise<ClientEvent[]>} */
async function session(own, url, ...schemes) {
  const { code, said, complained } = await run(join(own, "device.js"), url, join(own, "device"), ...schemes);
  assert.equal(code, 0, complained);
  return said.trim().split("\n").map((line) => JSON.parse(line));
}

/** @param {ServerEvent[]} events */
const told = (events) =>
  events.flatMap((event) => {
    if (event.type === "status") return [`${event.uri ?? "user"} ${event.code}`];
    if (event.type === "results") return event.items.map(({ source, data }) => `${source?.uri}=${String(data)}`);
    return [event.type];
  });

test("a device is managed over two sessions, and the store outlives the server", async (t) => {
  const own = await workshop(t);
  const first = await Server.start(t, own);
  assert.deepEqual(await first.order({ deviceId: DEVICE, command: { type: "get", uri: "./A" } }), { deviceId: DEVICE, error: "no account" });
  assert.deepEqual(await first.order({ account: ACCOUNT }), { deviceId: DEVICE, account: "stored" });
  assert.equal(await first.queue({ type: "get", uri: ["./DevInfo/Man", "./Lamp/Temperature"] }), 1);
  assert.equal(await first.queue({ type: "sequence", commands: [{ type: "confirm", text: "Brighter?" }, { type: "replace", items: [{ uri: "./Lamp/Level", data: "55", format: "int" }] }] }), 2);
  const seen = await session(own, first.url);
  assert.ok(seen.some((event) => event.type === "interaction" && event.command.text === "Brighter?"));
  assert.ok(seen.some((event) => event.type === "changed" && event.uri === "./Lamp/Level"));
  assert.deepEqual(seen.at(-1), { type: "finished" });
  const events = first.events();
  assert.deepEqual(events.filter(({ type }) => ["violation", "unknown", "aborted"].includes(type)), []);
  assert.equal(events.filter(({ type }) => type === "started").length, 1);
  const words = told(events);
  for (const word of ["./DevInfo/Man=Meadow Devices", "./Lamp/Temperature=21", "./Lamp/Level 200"]) assert.ok(words.includes(word), `${word} in ${words.join(", ")}`);
  await first.stop();

  // Nonces and accounts are in the store, commands that were answered are not sent again, and the device remembers.
  const second = await Server.start(t, own);
  assert.equal(await second.queue({ type: "get", uri: "./Lamp/Level" }), 3);
  const again = await session(own, second.url);
  assert.equal(again.filter(({ type }) => type === "changed" || type === "unauthenticated").length, 0);
  assert.deepEqual(told(second.events()), ["authenticated", "started", "./Lamp/Level 200", "./Lamp/Level=55"]);
});

for (const schemes of /** @type {AuthScheme[][]} */ ([["hmac", "md5"], ["sha256"], ["basic"]])) {
  test(`A24 both sides of the example by ${schemes[0]}, over two sessions`, async (t) => {
    const own = await workshop(t);
    const server = await Server.start(t, own);
    const account = structuredClone(ACCOUNT);
    for (const party of [account.client, account.server]) if (party !== "transport") party.schemes = schemes;
    await server.order({ account });
    for (const [level, challenged] of /** @type {[string, boolean][]} */ ([["55", true], ["60", false]])) {
      await server.queue({ type: "replace", items: [{ uri: "./Lamp/Level", data: level, format: "int" }] });
      await server.queue({ type: "get", uri: "./Lamp/Level" });
      const seen = await session(own, server.url, ...schemes);
      assert.deepEqual(seen.at(-1), { type: "finished" });
      const events = server.events();
      assert.deepEqual(events.filter((event) => event.type === "authenticated"), [{ type: "authenticated", scheme: schemes[0] }]);
      assert.ok(told(events).includes(`./Lamp/Level=${level}`), told(events).join());
      // The nonces of the first session do for the second.
      if (schemes[0] !== "basic") assert.equal(events.some(({ type }) => type === "unauthenticated"), challenged);
    }
    // A device that wants nothing but a scheme that the account does not have leaves, and says so.
    if (schemes.includes("md5")) return;
    const { code, said } = await run(join(own, "device.js"), server.url, join(own, "device"), "md5");
    assert.equal(code, 1);
    assert.match(said, /"aborted"/);
  });
}

test("the example says how it is used, and refuses in words what makes no sense", async (t) => {
  const own = await workshop(t);
  for (const program of ["server.js", "device.js"]) {
    const help = await run(join(own, program), "--help");
    assert.deepEqual([help.code, help.complained], [0, ""]);
    assert.match(help.said, new RegExp(`^usage: node ${program} `));
    const bare = await run(join(own, program));
    assert.deepEqual([bare.code, bare.said, bare.complained], [2, "", help.said]);
  }
  // The account that the help shows is one, as its command is.
  const { said: help } = await run(join(own, "server.js"), "--help");
  const server = await Server.start(t, own);
  const [account, command] = help.slice(help.indexOf("  {")).split("\n\n")[0]?.split(/\n(?= {2}\{)/) ?? [];
  assert.deepEqual(await server.order(JSON.parse(account ?? "")), { deviceId: DEVICE, account: "stored" });
  assert.deepEqual(await server.order(JSON.parse(command ?? "")), { deviceId: DEVICE, queued: 1 });
  for (const order of [{ account: { ...ACCOUNT, client: "nobody" } }, { account: { deviceId: DEVICE } }, { deviceId: DEVICE, command: { type: "explode" } }, { deviceId: DEVICE, command: null }]) {
    assert.match((await server.order(order)).error ?? "", /^DmError: /, JSON.stringify(order));
  }
  // None of it stands in the way of the device.
  await session(own, server.url, "hmac", "md5");
  assert.ok(told(server.events()).includes("./DevInfo/Man=Meadow Devices"));
});

test("what a device cannot be sent is said, and stands in nobody's way", async (t) => {
  const own = await workshop(t);
  const server = await Server.start(t, own);
  await server.order({ account: ACCOUNT });
  await server.queue({ type: "get", uri: "./DevInfo?list=TNDS" });
  await server.queue({ type: "get", uri: "./DevInfo/Man" });
  const { send, take } = device(server.url, structuredClone(ACCOUNT), "1.1");
  for (let out = send(); out !== undefined; out = send()) take(await post(out));
  const events = server.events();
  assert.deepEqual(events.filter((event) => event.type === "status").map(({ code, command }) => [command, code]), [[0, 406], [1, 200]]);
});

/** A device in this process, message by message. @param {string} url @param {Account} account @param {DmVersion} [version] */
function device(url, account, version = "1.2") {
  const tree = new omadm.DmTree({ values: { "./DevInfo/DevId": account.deviceId, "./DevInfo/Man": "Example", "./DevInfo/Mod": "M", "./DevInfo/DmV": "1.2", "./DevInfo/Lang": "en" } });
  const session = new omadm.DmClientSession({ account, url, version, encoding: "xml" }, { by: "user" });
  return {
    send: () => session.send(tree),
    /** @param {Awaited<ReturnType<typeof post>>} reply */
    take: (reply) => session.receive(tree, reply),
  };
}

/** @param {{ url: string, headers: Record<string, string>, body: Uint8Array<ArrayBuffer> }} out */
async function post({ url, headers, body }) {
  const response = await fetch(url, { method: "POST", headers, body });
  return { status: response.status, headers: response.headers, body: new Uint8Array(await response.arrayBuffer()) };
}

test("S01 the server dies after every message, and answers it again with the same octets", async (t) => {
  const own = await workshop(t);
  let server = await Server.start(t, own);
  const port = Number(new URL(server.url).port);
  await server.order({ account: ACCOUNT });
  await server.queue({ type: "get", uri: "./DevInfo/Man" });
  const { send, take } = device(server.url, structuredClone(ACCOUNT));
  /** @type {ServerEvent[]} */
  const events = [];
  /** @type {ClientEvent[]} */
  const seen = [];
  let messages = 0;
  const restart = async () => {
    await server.stop();
    events.push(...server.events());
    server = await Server.start(t, own, port);
  };
  for (let out = send(); out !== undefined; out = send()) {
    messages += 1;
    const reply = await post(out);
    assert.equal(reply.status, 200);
    await restart();
    const repeated = await post(out);
    assert.deepEqual(repeated.body, reply.body);
    seen.push(...take(repeated));
  }
  await restart();
  assert.ok(messages >= 3, `${messages} messages`);
  assert.deepEqual(seen.at(-1), { type: "finished" });
  assert.equal(events.filter(({ type }) => type === "repeated").length, messages);
  assert.deepEqual(told(events).filter((word) => word.startsWith("./")), ["./DevInfo/Man 200", "./DevInfo/Man=Example"]);
});

test("S30 two messages at once are two messages one after the other", async (t) => {
  const own = await workshop(t);
  const server = await Server.start(t, own);
  await server.order({ account: ACCOUNT });
  await server.queue({ type: "get", uri: "./DevInfo/Man" });
  const { send, take } = device(server.url, structuredClone(ACCOUNT));
  let messages = 0;
  for (let out = send(); out !== undefined; out = send()) {
    messages += 1;
    const same = out;
    const replies = await Promise.all(Array.from({ length: 8 }, () => post(same)));
    const [first] = replies;
    assert.ok(first);
    for (const reply of replies) assert.deepEqual(reply.body, first.body);
    take(first);
  }
  const events = server.events();
  assert.equal(events.filter(({ type }) => type === "repeated").length, 7 * messages);
  assert.deepEqual(told(events).filter((word) => word.startsWith("./")), ["./DevInfo/Man 200", "./DevInfo/Man=Example"]);
});

test("A02 A25 S07 strangers change nothing for the device", async (t) => {
  const own = await workshop(t);
  const server = await Server.start(t, own);
  await server.order({ account: ACCOUNT });
  await server.queue({ type: "get", uri: "./DevInfo/Man" });
  const honest = device(server.url, structuredClone(ACCOUNT));
  const step = async () => {
    const out = honest.send();
    if (out !== undefined) honest.take(await post(out));
    return out;
  };
  await step();
  await step();
  // The session stands. A stranger has a wrong password, knows the number of the session, or names nobody that is known.
  const wrong = structuredClone(ACCOUNT);
  wrong.client = { user: "device", secret: { password: "guess" }, schemes: ["md5"] };
  const stranger = device(server.url, wrong);
  for (let out = stranger.send(), tries = 0; out !== undefined && tries < 5; out = stranger.send(), tries += 1) stranger.take(await post(out));
  const unknown = device(server.url, { ...ACCOUNT, deviceId: "IMEI:000000000000000" });
  const out = unknown.send();
  assert.ok(out);
  assert.equal(message((await post(out)).body).message.commands.some((command) => command.type === "get"), false);
  // One file, for the device that has an account; what it holds of strangers does not grow.
  const files = await readdir(join(own, "store"));
  assert.equal(files.length, 1);
  const file = join(own, "store", files[0] ?? "");
  assert.equal((await stat(file)).mode & 0o77, 0);
  assert.equal(JSON.parse(await readFile(file, "utf8")).queue[0].state, "sent");
  while ((await step()) !== undefined);
  const words = told(server.events());
  assert.ok(words.includes("./DevInfo/Man=Example"), words.join(", "));
  assert.equal(JSON.parse(await readFile(file, "utf8")).queue[0].state, "answered");
});

test("what is no message of a device is refused by its HTTP status", async (t) => {
  const own = await workshop(t);
  const { url } = await Server.start(t, own);
  const xml = { "content-type": "application/vnd.syncml.dm+xml" };
  for (const [to, init, status] of /** @type {[string, RequestInit, number][]} */ ([
    [url, {}, 405],
    [url.replace("/dm", "/"), { method: "POST" }, 404],
    [url, { method: "POST", headers: xml, body: "<SyncML" }, 400],
    [url, { method: "POST", headers: { "content-type": "text/plain" }, body: "hello" }, 415],
    [url, { method: "POST", headers: xml, body: "<".repeat(1_048_577) }, 413],
  ])) {
    assert.equal((await fetch(to, init)).status, status, `${to} ${JSON.stringify(init).slice(0, 60)}`);
  }
});
