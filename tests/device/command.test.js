/** The command itself: its options, its exit statuses, what it says where it fails, and that it ends when it is told to. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, readdir } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { beside, fileOf, folder, run, start } from "./command.js";
import { Desk, listen } from "./desk.js";
import { messageIn } from "../worker/package.js";

/** @import { NewCommand } from "omadm" */

const PACKAGE = fileURLToPath(new URL("../../pkg/", import.meta.url));
/** @type {any} */
const { parseOptions } = await import(new URL("../../pkg/cli/options.js", import.meta.url).href);
/** @type {any} */
const { parseScript } = await import(new URL("../../pkg/cli/script.js", import.meta.url).href);

const PROOFS = ["--user", "device", "--password", "p", "--server-user", "server", "--server-password", "s"];
/** @type {NewCommand[]} */
const COMMANDS = [
  { type: "get", uri: "./DevInfo/Man" },
  { type: "get", uri: "./DevDetail?list=TNDS" },
];

beside("the installed package has the command, and says what it can", async () => {
  const own = await folder();
  await mkdir(join(own, "user"));
  const call = promisify(execFile);
  const { stdout } = await call("npm", ["pack", "--silent", "--pack-destination", own, PACKAGE]);
  await call("npm", ["install", "--offline", "--no-audit", "--no-fund", "--prefix", join(own, "user"), join(own, stdout.trim())]);
  const installed = (/** @type {string[]} */ ...given) => call("npx", ["--offline", "omadm", ...given], { cwd: join(own, "user") });
  const { version } = JSON.parse(await readFile(join(PACKAGE, "package.json"), "utf8"));
  assert.equal((await installed("--version")).stdout, `${version}\n`);
  const help = (await installed("device", "--help")).stdout;
  for (const option of ["--url", "--tree", "--user", "--password", "--server-user", "--server-password", "--auth", "--version", "--wbxml", "--script", "--seed", "--max-msg-size", "--record", "--json", "--devices", "--concurrency"]) {
    assert.ok(help.includes(`  ${option} `) || help.includes(`  ${option}\n`), option);
  }
  assert.ok(help.split("\n").every((line) => line.length <= 150));
  await assert.rejects(installed("device"), { code: 2 });
});

beside("every option of the help is one, and every one is in the help", async () => {
  const { out } = await run(["device", "--help"]);
  const told = new Set([...out.matchAll(/^ {2}(?:-v, )?(--[a-z-]+)/gm)].map(([, name]) => name));
  const source = await readFile(new URL("../../pkg/cli/options.js", import.meta.url), "utf8");
  const known = new Set([...source.matchAll(/^ {2}"?([a-z-]+)"?: \{ type: "/gm)].map(([, name]) => `--${name}`));
  known.delete("--help");
  assert.deepEqual([...told].sort(), [...known].sort());
});

for (const [given, words] of /** @type {[string[], RegExp][]} */ ([
  [[], /a command is missing; there is device/],
  [["devise"], /there is no command "devise"; did you mean device\?/],
  [["fleet"], /there is no command "fleet"; there is device/],
  [["--verison"], /there is no option --verison without a command; did you mean --version\?/],
  [["device"], /--url is missing/],
  [["device", "--url", "mgmt.example/dm"], /--url must be an address that begins with https:\/\/ or http:\/\/, not "mgmt\.example\/dm"; did you mean http:\/\/mgmt\.example\/dm\?/],
])) {
  beside(`exit status 2, and words: ${JSON.stringify(given)}`, async () => {
    const { status, out, err } = await run(given);
    assert.deepEqual([status, out], [2, ""]);
    assert.match(err, words);
    assert.match(err, /--help says how it is used\n$/);
  });
}

test("every wrong option is refused in words that name it and what was expected", () => {
  for (const [given, words] of /** @type {[string[], RegExp][]} */ ([
    [["--url", "ftp://x/"], /--url must be/],
    [["--url", "http://u:p@x/"], /--url must not hold credentials/],
    [["--url", "localhost:8080/dm"], /not "localhost:8080\/dm"; did you mean http:\/\/localhost:8080\/dm\?/],
    [["--url", "mailto:someone"], /not "mailto:someone"$/],
    [["--nope"], /there is no option --nope$/],
    [["--sede", "7"], /there is no option --sede; did you mean --seed\?/],
    [["--max-message-size", "7"], /there is no option --max-message-size$/],
    [["stray"], /"stray" belongs to no option/],
    [["--auth", "digest"], /--auth must be one of basic, md5, hmac, sha256, not "digest"/],
    [["--server-auth", ""], /--server-auth is empty/],
    [["--version", "1.4"], /--version must be one of 1\.1, 1\.2, 1\.3, 2\.0, not "1\.4"/],
    [["--wbxml=yes"], /--wbxml takes no value/],
    [["--seed"], /--seed needs a value/],
    [["--seed", "--wbxml"], /--seed needs a value; one that begins with a hyphen is written --seed=VALUE/],
    [["--max-msg-size", "0"], /--max-msg-size must be a whole number from 1 to 1048576, not "0"/],
    [["--max-obj-size", "1e3"], /--max-obj-size must be a whole number/],
    [["--user", "d"], /--user needs --password, or OMADM_PASSWORD in the environment/],
    [["--password", "secret-word"], /--password needs --user/],
    [["--server-user", "d"], /--server-user needs --server-password, or OMADM_SERVER_PASSWORD/],
    [["--user", "a:b", "--password", "p"], /--user must have no colon/],
    [["--objects", "fumo,flux"], /--objects must list some of fumo, scomo, windows .*not "flux"/],
    [["--objects", "fumo,fumo"], /names fumo twice/],
    [["--header", "Authorization=secret-word"], /--header must be a name, a colon and a value/],
    [["--header", "Content-Type: text/plain"], /--header cannot set Content-Type/],
    [["--concurrency", "5"], /--concurrency is for --devices/],
    [["--devices", "2", "--state", "f"], /--state is for one device/],
    [["--devices", "2", "-v"], /--verbose is for one device/],
    [["--devices", "2", "--device-id", "x"], /needs \{n\}/],
    [["--notification", "00"], /--notification needs --server-user and --server-password/],
    [["--devices", "many"], /--devices must be a whole number from 1 to 1000000, not "many"/],
  ])) {
    assert.throws(() => parseOptions(["--url", "http://x/dm", ...given], {}), (/** @type {Error} */ { message }) => words.test(message) && !message.includes("secret-word"), JSON.stringify(given));
  }
  const { client, server } = parseOptions(["--url", "http://x/", "--user", "u", "--server-user", "s"], { OMADM_PASSWORD: "p", OMADM_SERVER_PASSWORD: "q" });
  assert.deepEqual([client, server], [{ user: "u", password: "p" }, { user: "s", password: "q" }]);
});

test("every mistake in a script is told by its place", () => {
  for (const [json, words] of /** @type {[unknown, RegExp][]} */ ([
    [[], /the script must be an object/],
    [{ answers: [] }, /the script has no member "answers"; there is shows, interactions/],
    [{ shows: ["sing"] }, /shows\[0\] must be one of display, confirm, input, choose/],
    [{ interactions: {} }, /interactions must be a list/],
    [{ interactions: [{ answer: "maybe" }] }, /interactions\[0\]\.answer must be "yes", "no"/],
    [{ interactions: [{ answer: { choices: [0] } }] }, /interactions\[0\]\.answer\.choices\[0\] must be a whole number from 1/],
    [{ exec: { "Unit/Restart": 200 } }, /exec has the member "Unit\/Restart", which is no URI/],
    [{ exec: { "./Unit/Restart": "ok" } }, /exec\["\.\/Unit\/Restart"\] must be a whole number from 200 to 599/],
    [{ exec: { "./U": { alert: { code: 1 } } } }, /exec\["\.\/U"\]\.alert: /],
    [{ read: { "./U": null } }, /read\["\.\/U"\] must be an object/],
    [{ write: { "./U": 100 } }, /write\["\.\/U"\] must be/],
    [{ alerts: [{ code: 1226, alertType: "x", data: "1" }, { code: 1200 }] }, /alerts\[1\]: /],
    [{ objects: { flux: {} } }, /objects has no member "flux"/],
    [{ abortAfter: -1 }, /abortAfter must be a whole number from 0/],
  ])) {
    assert.throws(() => parseScript(json), { message: words }, JSON.stringify(json));
  }
});

beside("files that are not what they should be are exit status 2, before anything is sent", async () => {
  const { url, heard } = await Desk.open([]);
  const empty = await folder();
  for (const [options, words] of /** @type {[string[], RegExp][]} */ ([
    [["--tree", join(empty, "none")], /--tree .*none: there is no such file/],
    [["--tree", empty], /--tree .*: it is a folder/],
    [["--tree", await fileOf("{")], /--tree /],
    [["--tree", await fileOf({ Unit: "1" })], /the member "Unit" is no URI/],
    [["--tree", await fileOf({ "./A": "1", "./A/B": "2" })], /the tree cannot be made: /],
    [["--tree", await fileOf("<SyncML xmlns='SYNCML:SYNCML1.2'/>")], /--tree /],
    [["--script", await fileOf("nothing")], /--script /],
    [["--script", await fileOf({ objects: { fumo: { results: { Download: 7 } } } }), "--objects", "fumo"], /--script: objects\.fumo\.results must be an object with result codes from 200 to 599 for Download/],
    [["--script", await fileOf({ objects: { scomo: {} } }), "--objects", "fumo"], /--script: objects\.scomo is for --objects scomo/],
    [["--state", await fileOf("{}")], /--state .*not written by this version/],
    [["--state", join(empty, "none", "state.json")], /--state .*none.state\.json: there is no such file or folder/],
  ])) {
    const { status, err } = await run(["device", "--url", url, ...options]);
    assert.equal(status, 2, err);
    assert.match(err, words);
    assert.equal(err.includes("    at "), false, "no stack");
  }
  assert.equal(heard.length, 0);
});

beside("what does not answer as a DM server does is exit status 1 and a sentence", async () => {
  /** @type {Record<string, (response: import("node:http").ServerResponse) => unknown>} */
  const answers = {
    "/503": (response) => response.writeHead(503, { "content-type": "text/plain" }).end("out of \u001b[31morder"),
    "/moved": (response) => response.writeHead(307, { location: "http://127.0.0.1:1/else" }).end(),
    "/page": (response) => response.writeHead(200, { "content-type": "text/html" }).end("<p>hello"),
    "/broken": (response) => response.writeHead(200, { "content-type": "application/vnd.syncml.dm+xml" }).end("<SyncML"),
    "/reset": (response) => response.destroy(),
    "/silent": () => undefined,
    "/none": (response) => response.writeHead(404, { "content-type": "text/html" }).end("<p>nothing"),
    "/empty": (response) => response.end(),
  };
  const url = await listen((request, _, response) => answers[request.url ?? ""]?.(response));
  const base = new URL(url).origin;
  for (const [path, words] of /** @type {[string, RegExp][]} */ ([
    ["/503", /failed: http:\S+\/503 answers HTTP 503: out of \s*\[31morder/],
    ["/moved", /answers 307, a redirect to http:\/\/127\.0\.0\.1:1\/else: redirects are not followed/],
    ["/page", /answers text\/html, not application\/vnd\.syncml\.dm\+xml or \+wbxml: a page for people; is the path in --url right\?/],
    ["/none", /answers HTTP 404: is the path in --url right\?/],
    ["/empty", /answers with nothing at all/],
    ["/broken", /failed: the server's message: .*truncated.*; --record DIR keeps it whole/],
    ["/reset", /failed: http:\S+: the connection was closed without an answer/],
    ["/silent", /failed: http:\S+: no answer within 1 s/],
  ])) {
    const { status, out, err } = await run(["device", "--url", base + path, "--timeout", "1"]);
    assert.equal(status, 1, path);
    assert.match(out, words);
    assert.equal((out + err).includes("\u001b"), false, "what a server says does not steer the terminal");
  }
  const closed = createServer().listen(0, "127.0.0.1");
  await once(closed, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (closed.address());
  closed.close();
  const { status, out } = await run(["device", "--url", `http://127.0.0.1:${port}/dm`]);
  assert.equal(status, 1);
  assert.match(out, /failed: http:\S+: connection refused: nothing listens there; where the server is only starting, --retry waits for it/);
  const tls = await run(["device", "--url", `${base.replace("http:", "https:")}/dm`]);
  assert.equal(tls.status, 1);
  assert.match(tls.out, /there is no agreement on TLS: does the server speak http:\/\/ there\?/);
  assert.deepEqual([(await run(["help", "device"])).out, (await run(["help"])).out], [(await run(["device", "--help"])).out, (await run(["--help"])).out]);
});

beside("--retry sends the same octets again; gzip is taken, and headers are sent", async () => {
  const desk = new Desk();
  /** @type {Buffer[]} */
  const bodies = [];
  /** @type {import("node:http").IncomingHttpHeaders[]} */
  const headers = [];
  const url = await listen((request, body, response) => {
    bodies.push(body);
    headers.push(request.headers);
    if (bodies.length === 1) return response.writeHead(503, { "retry-after": "0" }).end();
    const reply = desk.turn(request, body);
    return response.writeHead(200, { ...reply.headers, "content-encoding": "gzip" }).end(gzipSync(reply.body));
  });
  desk.url = url;
  const given = ["device", "--url", url, "--device-id", "IMEI:1", ...PROOFS, "--retry", "1", "--header", "X-Trace: 7", "-v", "--header", "Authorization: Bearer secret-word"];
  const { status, out } = await run(given);
  assert.equal(status, 0, out);
  assert.deepEqual(bodies[0], bodies[1]);
  const [first] = headers;
  assert.deepEqual([first?.["x-trace"], first?.authorization, first?.accept], ["7", "Bearer secret-word", "application/vnd.syncml.dm+xml, application/vnd.syncml.dm+wbxml"]);
  assert.equal(out.includes("secret-word"), false);
});

for (const encoding of ["xml", "wbxml"]) {
  beside(`the same seed gives the same octets in ${encoding}, another seed others`, async () => {
    const own = await folder();
    const wbxml = encoding === "wbxml" ? ["--wbxml"] : [];
    const desk = await Desk.open([]);
    const transcripts = [];
    for (const [at, seed] of ["7", "7", "8"].entries()) {
      desk.forget(COMMANDS);
      const to = join(own, String(at));
      const { status, out } = await run(["device", "--url", desk.url, "--device-id", "IMEI:1", ...PROOFS, "--seed", seed, "--record", to, ...wbxml]);
      assert.equal(status, 0, out);
      const names = (await readdir(to)).filter((name) => !name.endsWith(".headers")).sort();
      transcripts.push(await Promise.all(names.map((name) => readFile(join(to, name), "latin1"))));
    }
    const [one, two, three] = transcripts;
    assert.ok(one !== undefined && one.length >= 6);
    assert.deepEqual(one, two);
    assert.notDeepEqual(one, three);
  });
}

beside("an answer that cannot be given ends the session by Alert 1223, and is exit status 2", async () => {
  const { url, heard } = await Desk.open([{ type: "choose", text: "Which?", choices: ["one", "two"] }]);
  const script = await fileOf({ interactions: [{ answer: { choices: [3] } }] });
  const { status, err } = await run(["device", "--url", url, "--device-id", "IMEI:1", ...PROOFS, "--script", script]);
  assert.equal(status, 2);
  assert.match(err, /--script: no answer to the interaction "Which\?": /);
  const farewell = messageIn(heard.at(-1) ?? new Uint8Array()).message;
  assert.ok(farewell.commands.some((command) => command.type === "alert" && command.code === 1223));
});

beside("an alert that the server does not answer in two sessions is exit status 1, and kept in the state", async () => {
  const desk = new Desk();
  const url = await listen((request, body, response) => {
    const reply = desk.turn(request, body);
    const text = Buffer.from(reply.body).toString().replaceAll(/<Status>(?:(?!<\/Status>).)*<Cmd>Alert<\/Cmd>(?:(?!<\/Status>).)*<\/Status>/gs, "");
    response.writeHead(reply.status, reply.headers).end(text);
  });
  desk.url = url;
  const state = join(await folder(), "state.json");
  const script = await fileOf({ alerts: [{ code: 1226, alertType: "com.example:lamp", data: "1" }] });
  const { status, out, err } = await run(["device", "--url", url, "--device-id", "IMEI:1", ...PROOFS, "--script", script, "--state", state, "--json"]);
  assert.deepEqual([status, err], [1, ""]);
  const ends = out.trim().split("\n").map((line) => JSON.parse(line)).filter(({ type }) => type === "over");
  assert.deepEqual(ends.map(({ end, reason }) => [end, reason]), [["finished", undefined], ["failed", "the server does not answer an alert, in two sessions: com.example:lamp"]]);
  assert.deepEqual(JSON.parse(await readFile(state, "utf8")).alerts.length, 1);
});

beside("a state that is damaged is exit status 2 and named; what it makes useless is said", async () => {
  const { url, heard } = await Desk.open([]);
  const state = join(await folder(), "state.json");
  const tree = await fileOf({ "./Unit/Name": "1" });
  const script = await fileOf({ alerts: [{ code: 1226, alertType: "com.example:lamp", data: "1" }] });
  const given = ["device", "--url", url, "--device-id", "IMEI:1", ...PROOFS, "--objects", "fumo", "--tree", tree, "--script", script];
  assert.deepEqual([(await run([...given, "--state", state])).status, heard.length > 0], [0, true]);
  const again = await run([...given, "--state", state]);
  assert.equal(again.status, 0);
  assert.match(again.err, /--state .* has a tree: --tree counts only where the file is made\n.*the alerts of --script are raised only where the file is made\n$/);
  const whole = JSON.parse(await readFile(state, "utf8"));
  const before = heard.length;
  for (const [damage, words] of /** @type {[object, RegExp][]} */ ([
    [{ tree: { base64: "AAAA" } }, /--state \S*file\.json: /],
    [{ objects: { fumo: 5 } }, /--state \S*file\.json: objects\.fumo: not what save\(\) gave/],
    [{ alerts: [5] }, /--state \S*file\.json: alerts\[0\]: /],
    [{ account: { client: 5 } }, /--state \S*file\.json: account: /],
  ])) {
    const { status, err } = await run(["device", "--url", url, "--device-id", "IMEI:1", ...PROOFS, "--objects", "fumo", "--state", await fileOf({ ...whole, ...damage })]);
    assert.equal(status, 2, JSON.stringify(damage));
    assert.match(err, words);
  }
  const windows = await run(["device", "--url", url, "--device-id", "IMEI:1", ...PROOFS, "--objects", "windows", "--state", state]);
  assert.match(windows.err, /--objects windows: the tree in --state was made without it/);
  assert.deepEqual([windows.status, heard.length], [2, before]);
});

test("the progress of a fleet is drawn where somebody looks, not too often, and cleared", async () => {
  /** @type {{ Progress: new (stream: object, total: number) => { show(done: number, failed: number): void, clear(): void } }} */
  const { Progress } = await import(new URL("../../pkg/cli/progress.js", import.meta.url).href);
  for (const isTTY of [true, false]) {
    let said = "";
    const progress = new Progress({ isTTY, write: (/** @type {string} */ text) => (said += text) }, 1_000);
    for (let done = 0; done <= 1_000; done += 1) progress.show(done, done === 1_000 ? 3 : 0);
    progress.clear();
    const drawn = said.split("\r\u001b[K").slice(1);
    assert.equal(drawn.length > 0, isTTY);
    if (!isTTY) continue;
    assert.ok(drawn.length < 100, String(drawn.length));
    assert.match(drawn.at(-2) ?? "", /^\[={24}\] 1000\/1000 {2}[0-9.]+\/s {2}3 failed$/);
    assert.equal(drawn.at(-1), "");
  }
});

for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
  beside(`${signal} ends the session by Alert 1223, keeps the state, and is exit status 130`, async () => {
    const desk = new Desk();
    /** @type {Buffer[]} */
    const bodies = [];
    const state = join(await folder(), "state.json");
    /** @type {ReturnType<typeof start> | undefined} */
    let running = undefined;
    const url = await listen((request, body, response) => {
      bodies.push(body);
      if (bodies.length === 2) {
        running?.child.kill(signal);
        return undefined;
      }
      const reply = desk.turn(request, body);
      return response.writeHead(reply.status, reply.headers).end(reply.body);
    });
    desk.url = url;
    running = start(["device", "--url", url, "--device-id", "IMEI:1", ...PROOFS, "--state", state, "--json"]);
    const { status, out, err } = await running.over;
    assert.deepEqual([status, err], [130, ""]);
    const farewell = messageIn(bodies[2] ?? new Uint8Array()).message;
    assert.ok(farewell.commands.some((command) => command.type === "alert" && command.code === 1223));
    const last = JSON.parse(out.trim().split("\n").at(-1) ?? "");
    assert.deepEqual([last.type, last.end, last.reason], ["over", "aborted", "interrupted"]);
    assert.equal(JSON.parse(await readFile(state, "utf8")).deviceId, "IMEI:1");
  });
}

beside("where nobody reads on, it ends", async () => {
  const { url } = await Desk.open([...COMMANDS]);
  const { child, over } = start(["device", "--url", url, "--device-id", "IMEI:1", ...PROOFS, "-v"]);
  child.stdout.destroy();
  const { err } = await over;
  assert.equal(err, "");
});
