/** The examples of README.md, as they stand there: type-checked, and run where they belong. */
import assert from "node:assert/strict";
import { spawn, execFile } from "node:child_process";
import { createServer } from "node:http";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { bundleWorker } from "../../www/tools/bundle.js";
import { examples, folder, freePort } from "./examples.js";

const require = createRequire(new URL("../../www/package.json", import.meta.url));
const { chromium } = /** @type {typeof import("playwright-core")} */ (require("playwright-core"));
const { build } = /** @type {typeof import("esbuild")} */ (require("esbuild"));
const { Miniflare } = /** @type {typeof import("miniflare")} */ (require("miniflare"));
const run = promisify(execFile);

/** @type {import("playwright-core").Browser} */
let browser;
before(async () => {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"] });
});
after(() => browser.close());

/**
 * Runs the example of the page in Chromium against a server, and gives what it logs.
 * @param {string} own
 */
async function device(own) {
  const page = await browser.newPage();
  /** @type {string[]} */
  const logged = [];
  page.on("console", (message) => logged.push(message.text()));
  page.on("pageerror", (error) => logged.push(String(error)));
  const bundle = await build({
    entryPoints: [join(own, "device.js")],
    bundle: true,
    format: "esm",
    conditions: ["browser"],
    write: false,
    logLevel: "error",
  });
  const script = bundle.outputFiles[0]?.text ?? "";
  const wasm = await readFile(join(own, "node_modules/omadm/omadm_bg.wasm"));
  const host = createServer((request, response) => {
    if (request.url === "/omadm_bg.wasm") return response.writeHead(200, { "content-type": "application/wasm" }).end(wasm);
    if (request.url === "/device.js") return response.writeHead(200, { "content-type": "text/javascript" }).end(script);
    return response.writeHead(200, { "content-type": "text/html" }).end(`<link rel="icon" href="data:,"><script type="module" src="device.js"></script>`);
  });
  await once(host.listen(0, "127.0.0.1"), "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (host.address());
  try {
    const done = page.waitForEvent("console", { timeout: 15_000 });
    await page.goto(`http://127.0.0.1:${port}/`);
    await done;
    return logged;
  } finally {
    await page.close();
    host.close();
  }
}

test("every example is there", async () => {
  assert.deepEqual([...(await examples()).keys()], ["read.mjs", "inspect.mjs", "server.mjs", "device.js", "tree.mjs", "dm2.mjs", "worker.js"]);
});

test("the examples are strict TypeScript", async (t) => {
  const own = await folder(t);
  const strict = { strict: true, allowJs: true, checkJs: true, noEmit: true, target: "ES2022", module: "ESNext", moduleResolution: "Bundler" };
  const projects = {
    node: { compilerOptions: { ...strict, lib: ["ES2023"], types: ["node"] }, files: ["read.mjs", "inspect.mjs", "server.mjs", "tree.mjs", "dm2.mjs"] },
    page: { compilerOptions: { ...strict, lib: ["ES2023", "DOM", "DOM.Iterable"], types: [] }, files: ["device.js"] },
    worker: { compilerOptions: { ...strict, lib: ["ES2023"], types: ["@cloudflare/workers-types"] }, files: ["worker.js"] },
  };
  const tsc = require.resolve("typescript/bin/tsc");
  for (const [name, project] of Object.entries(projects)) {
    const file = join(own, `tsconfig.${name}.json`);
    await writeFile(file, JSON.stringify(project));
    await run(process.execPath, [tsc, "-p", file], { cwd: own }).catch((error) => assert.fail(`${name}: ${error.stdout}`));
  }
});

test("a message is read", async (t) => {
  const { stdout } = await run(process.execPath, ["read.mjs"], { cwd: await folder(t) });
  assert.match(stdout, /^IMEI:490154203237518 alert\nsyntax \d+ SyncBody\/Alert\/Data\n$/);
});

test("a message in WBXML is converted, and what is left of it inspected", async (t) => {
  const { stdout } = await run(process.execPath, ["inspect.mjs"], { cwd: await folder(t) });
  const [form, xml, ...rest] = stdout.trimEnd().split("\n");
  assert.equal(form, 'wbxml {"version":2,"publicId":4609,"stringTable":false}');
  assert.match(String(xml), /<Data>AQID<\/Data><\/Item><\/Replace><Final\/><\/SyncBody><\/SyncML>$/);
  assert.deepEqual(rest, ["42-47 LocURI s", "51-56 CmdID 2", "58-62 LocURI ./", "truncated 62 SyncBody/Replace/Item/Target/LocURI a NUL behind the string"]);
});

test("a tree is made, changed, saved and restored", async (t) => {
  const { stdout } = await run(process.execPath, ["tree.mjs"], { cwd: await folder(t) });
  assert.deepEqual(stdout.trimEnd().split("\n"), [
    '{"format":"int","type":"text/plain","data":"55"} [{"uri":"./Lamp/Level","by":"replace"}]',
    "55 Get=*&Replace=mgmt.example 3",
  ]);
});

test("both sides of DM 2.0 hold a session, and what changes behind it is sent", async (t) => {
  const { stdout } = await run(process.execPath, ["dm2.mjs"], { cwd: await folder(t) });
  assert.deepEqual(stdout.trimEnd().split("\n"), [
    "urn:oma:mo:ext-example-lamp:1.0//Level",
    "55",
    'PUT https://mgmt.example/changes [{"URI":"urn:oma:mo:ext-example-lamp:1.0//Level","MO":60}]',
  ]);
});

test("the device in a page holds a session with the server in Node", async (t) => {
  const own = await folder(t, await freePort());
  const server = spawn(process.execPath, ["server.mjs"], { cwd: own, stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => server.kill());
  let output = "";
  server.stdout.on("data", (data) => (output += data));
  await once(server.stdout, "data");
  const events = "authenticated finished";
  assert.deepEqual(await device(own), [events]);
  const told = output.split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
  assert.deepEqual(told.map(({ type }) => type), ["unauthenticated", "authenticated", "started", "status", "results"]);
  assert.deepEqual(told[4].items.map((/** @type {any} */ { data }) => data), ["Meadow Devices", "M-7"]);
});

test("the device in a page holds a session with the Worker", async (t) => {
  const port = await freePort();
  const own = await folder(t, port);
  const worker = new Miniflare({
    modules: await bundleWorker(join(own, "worker.js"), join(own, "node_modules/omadm")),
    compatibilityDate: "2026-04-01",
    durableObjects: { DEVICES: { className: "Device", useSQLite: true } },
    cf: false,
    host: "127.0.0.1",
    port: 0,
  });
  t.after(() => worker.dispose());
  const url = await worker.ready;
  // The page is of another origin: its requests go through a door that allows that.
  const door = createServer(async (request, response) => {
    response.setHeader("access-control-allow-origin", "*").setHeader("access-control-allow-headers", "*");
    if (request.method !== "POST") return response.writeHead(204).end();
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const headers = { "content-type": request.headers["content-type"] ?? "" };
    const reply = await fetch(new URL(request.url ?? "", url), { method: "POST", headers, body: Buffer.concat(chunks) });
    response.writeHead(reply.status, { "content-type": reply.headers.get("content-type") ?? "" }).end(Buffer.from(await reply.arrayBuffer()));
    return undefined;
  });
  await once(door.listen(port, "127.0.0.1"), "listening");
  t.after(() => door.close());
  assert.deepEqual(await device(own), ["authenticated finished"]);
});
