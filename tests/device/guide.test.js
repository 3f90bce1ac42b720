/** docs/device.md: the steps of its workflow as a runner runs them, and every example in it. */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { fileOf, folder, run } from "./command.js";
import { Dm2Desk } from "./repository.js";
import { omadm } from "../worker/package.js";

const guide = await readFile(new URL("../../docs/device.md", import.meta.url), "utf8");
const PACKAGE = fileURLToPath(new URL("../../pkg/", import.meta.url));

/** The blocks of a language. @param {string} language */
const blocks = (language) => [...guide.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, "gms"))].map(([, block]) => block ?? "");

/** The server of whoever follows the guide. */
const SERVER = `
import { createServer } from "node:http";
import { DmServerSession, peek } from "omadm";
const url = "http://127.0.0.1:" + process.env.PORT + "/dm";
const config = { serverId: "omadm", url, binding: "perMessage", alertTypes: ["urn:oma:at:ext-marram:restarted:1.0"] };
const account = {
  deviceId: "IMEI:004999010640000",
  serverId: "omadm",
  client: { user: "device", secret: { password: process.env.OMADM_PASSWORD }, schemes: ["md5"] },
  server: { user: "mgmt.example", secret: { password: process.env.OMADM_SERVER_PASSWORD }, schemes: ["md5"] },
};
let saved;
let isAsked = false;
createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const message = { body: Buffer.concat(chunks), headers: request.headers, url };
  const session = saved && peek(message).msgId > 1 ? DmServerSession.restore(saved, config) : new DmServerSession(config);
  const isKnown = session.receive(message, account).some(({ type }) => type === "authenticated");
  if (isKnown && !isAsked) {
    session.push({ type: "confirm", text: "May it restart?" });
    session.push({ type: "exec", uri: "./Unit/Restart", correlator: "c-1" });
    isAsked = true;
  }
  const reply = session.respond();
  saved = session.save();
  account.state = saved.account;
  session.free();
  response.writeHead(reply.status, reply.headers).end(reply.body);
}).listen(Number(process.env.PORT), "127.0.0.1");
`;

test("the workflow has ten lines, and its steps succeed", async (t) => {
  const [workflow = ""] = blocks("yaml");
  const lines = workflow.trimEnd().split("\n");
  assert.ok(lines.length <= 10, String(lines.length));
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (probe.address());
  probe.close();
  const own = await folder();
  await mkdir(join(own, "vendor"));
  const { stdout } = await promisify(execFile)("npm", ["pack", "--silent", "--pack-destination", join(own, "vendor"), PACKAGE]);
  const manifest = { name: "server", version: "1.0.0", private: true, scripts: { start: "node server.mjs" } };
  await Promise.all([
    promisify(execFile)("mv", [join(own, "vendor", stdout.trim()), join(own, "vendor/omadm.tgz")]),
    writeFile(join(own, "package.json"), JSON.stringify(manifest)),
    writeFile(join(own, "package-lock.json"), JSON.stringify({ name: "server", version: "1.0.0", lockfileVersion: 3, packages: { "": manifest } })),
    writeFile(join(own, "server.mjs"), SERVER),
    writeFile(join(own, "device.json"), blocks("json")[0] ?? ""),
  ]);
  const variables = Object.fromEntries([...(/env: \{(.*)\}/.exec(workflow)?.[1] ?? "").matchAll(/(\w+): ([^,\s]+)/g)].map(([, name, value]) => [name, value]));
  assert.deepEqual(Object.keys(variables), ["OMADM_PASSWORD", "OMADM_SERVER_PASSWORD"]);
  const steps = lines.flatMap((line) => /^ +- run: (.*)$/.exec(line)?.[1] ?? []).map((step) => step.replaceAll(":8080/", `:${port}/`));
  assert.equal(steps.length, 3);
  const env = { ...process.env, ...variables, PORT: String(port), npm_config_offline: "true", npm_config_audit: "false", npm_config_fund: "false" };
  // A group of its own, because the server goes on behind the steps.
  const shell = spawn("bash", ["-eo", "pipefail", "-c", steps.join("\n")], { cwd: own, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  t.after(() => {
    if (shell.pid !== undefined) process.kill(-shell.pid, "SIGKILL");
  });
  let said = "";
  for (const stream of [shell.stdout, shell.stderr]) stream.setEncoding("utf8").on("data", (/** @type {string} */ text) => (said += text));
  const [status] = await once(shell, "exit");
  assert.equal(status, 0, said);
  const events = (await readFile(join(own, "events.jsonl"), "utf8")).trim().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(events.flatMap(({ type, outcome }) => (type === "interaction" ? [outcome.status] : [])), [200]);
  assert.deepEqual(events.flatMap(({ type, raised, code }) => (type === "answered" ? [[raised.correlator, code]] : [])), [["c-1", 200]]);
});

test("the tree of the guide is one, and what is told at the end of a session is as the guide shows it", async () => {
  const [, over = "", tree = ""] = blocks("json");
  new omadm.DmTree({ values: JSON.parse(tree) }).free();
  const { status, out } = await run(["device", "--url", "http://127.0.0.1:9/dm", "--tree", await fileOf(tree), "--timeout", "1", "--json"]);
  assert.equal(status, 1);
  const told = JSON.parse(out.trim().split("\n").at(-1) ?? "");
  const shown = JSON.parse(over);
  for (const { reason: _, detail: __, ...rest } of [told]) assert.deepEqual([Object.keys(rest), Object.keys(rest.counts)], [Object.keys(shown), Object.keys(shown.counts)]);
});

test("the pump of the guide is an object of DM 2.0", async () => {
  const [, , , pump = ""] = blocks("json");
  const desk = await Dm2Desk.open([{ type: "get", uri: "urn:oma:mo:ext-acme-pump:1.0/north/Mode" }]);
  const { status, out } = await run(["device", "--url", desk.url, "--version", "2.0", "--dialect", "approved", "--tree", await fileOf(pump)]);
  assert.deepEqual([status, desk.codes], [0, [200]], out);
});

test("every member of a script is in the guide", async () => {
  const { MEMBERS } = /** @type {{ MEMBERS: string[] }} */ (await import(new URL("../../pkg/cli/script.js", import.meta.url).href));
  for (const member of MEMBERS) assert.ok(guide.includes(`\`${member}\``), member);
});
