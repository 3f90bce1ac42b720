import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, readFile, readdir, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { copy, folder, load, rejected, thrown, wrong } from "./omadm.js";

const run = promisify(execFile);
const manifest = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));

/** @param {import("node:test").TestContext} t */
async function consumer(t) {
  const own = await copy(t);
  await mkdir(join(own, "consumer/node_modules"), { recursive: true });
  await symlink(own, join(own, "consumer/node_modules/omadm"));
  return join(own, "consumer");
}

test("the package holds what its manifest lists, and its version is the one of Cargo.toml", async () => {
  const cargo = await readFile(new URL("../../Cargo.toml", import.meta.url), "utf8");
  assert.match(cargo, new RegExp(`^version = "${manifest.version.replaceAll(".", "\\.")}"$`, "m"));
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath, entry.name)));
  assert.deepEqual(files.sort(), [...manifest.files, "package.json"].sort());
});

test("every export leads to a file, and workerd and types come before what they would match too", async () => {
  for (const entry of [".", "./codec"]) assert.deepEqual(Object.keys(manifest.exports[entry]), ["types", "workerd", "node", "browser", "default"]);
  const targets = Object.values(manifest.exports).flatMap((target) => (typeof target === "string" ? [target] : Object.values(target)));
  for (const target of targets) assert.ok((await readFile(join(folder, target))).length > 0, target);
});

test("import and require find it and get the same classes", async (t) => {
  const script = join(await consumer(t), "main.mjs");
  await writeFile(
    script,
    `import { createRequire } from "node:module";
    import * as imported from "omadm";
    const require = createRequire(import.meta.url);
    const required = require("omadm");
    const { version } = require("omadm/package.json");
    const module = await WebAssembly.compile((await import("node:fs")).readFileSync(require.resolve("omadm/omadm.wasm")));
    console.log(JSON.stringify({
      same: required.DmTree === imported.DmTree && (await import("omadm/web")).DmTree === imported.DmTree,
      names: Object.keys(imported).sort(), version, exports: WebAssembly.Module.exports(module).length > 0,
    }));`,
  );
  const { stdout } = await run(process.execPath, [script]);
  assert.deepEqual(JSON.parse(stdout), {
    same: true,
    names: ["DmClientSession", "DmError", "DmServerSession", "DmTree", "decode", "decodePush", "encode", "encodeNotification", "encodePush", "init", "initSync", "inspect", "peek", "runSession", "verifyNotification"],
    version: manifest.version,
    exports: true,
  });
});

test("nothing else can be reached from outside", async (t) => {
  const require = createRequire(join(await consumer(t), "main.mjs"));
  for (const inner of ["omadm/instance.js", "omadm/omadm.js"]) {
    assert.throws(() => require(inner), { code: "ERR_PACKAGE_PATH_NOT_EXPORTED" });
  }
});

test("on the web every call before init() says so", async (t) => {
  const web = await load(join(await copy(t), "web.js"));
  const body = new Uint8Array();
  for (const call of [
    () => web.peek({ body }),
    () => web.decode(body),
    () => new web.DmTree(),
    () => web.DmTree.restore(body),
    () => new web.DmServerSession({ serverId: "s", url: "http://localhost/", binding: "transport" }),
  ]) {
    const error = thrown(call, web);
    assert.equal(error.code, "state");
    assert.equal(error.fault, "caller");
    assert.match(error.message, /await init\(\)/);
  }
});

test("on the web init takes a module, octets, a response or a promise, once", async (t) => {
  const octets = await readFile(join(folder, "omadm_bg.wasm"));
  const response = () => new Response(octets, { headers: { "content-type": "application/wasm" } });
  for (const source of [
    new WebAssembly.Module(octets),
    octets,
    octets.buffer.slice(octets.byteOffset, octets.byteOffset + octets.length),
    response(),
    new Response(octets),
    Promise.resolve(response()),
  ]) {
    const web = await load(join(await copy(t), "web.js"));
    await Promise.all([web.init(source), web.init(source)]);
    await web.init();
    await web.init("http://localhost:1/never-asked");
    new web.DmTree().free();
  }
});

test("on the web a failed init says why, and can be repeated", async (t) => {
  const web = await load(join(await copy(t), "web.js"));
  const missing = await rejected(web.init(new Response("", { status: 404 })), web);
  assert.deepEqual([missing.code, missing.fault], ["state", "host"]);
  assert.match(String(missing.cause), /404/);
  assert.equal((await rejected(web.init(Promise.reject(new Error("offline"))), web)).fault, "host");
  const empty = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  for (const source of [new Uint8Array([1, 2, 3]), empty, 7, {}]) {
    assert.equal((await rejected(web.init(source), web)).code, "arg", String(source));
  }
  assert.equal(thrown(() => web.initSync(wrong(undefined)), web).code, "arg");
  await web.init(readFile(join(folder, "omadm_bg.wasm")));
  new web.DmTree().free();
});
