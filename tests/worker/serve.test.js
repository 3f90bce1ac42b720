/** `make run`, as a process. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const SERVE = fileURLToPath(new URL("../../www/tools/serve.js", import.meta.url));

/**
 * @param {import("node:test").TestContext} t
 * @param {string} port
 */
async function serve(t, port) {
  const STATE = await mkdtemp(join(tmpdir(), "omadm-serve-"));
  const child = spawn(process.execPath, [SERVE], { env: { ...process.env, PORT: port, STATE, ADMIN_TOKEN: "a-token" } });
  t.after(async () => {
    if (child.exitCode === null) child.kill("SIGKILL");
    await rm(STATE, { recursive: true, force: true });
  });
  const text = { out: "", err: "" };
  child.stdout.on("data", (data) => (text.out += data));
  child.stderr.on("data", (data) => (text.err += data));
  return { child, text };
}

for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) {
  test(`prints its address and stops cleanly on ${signal}`, async (t) => {
    const { child, text } = await serve(t, "0");
    while (!text.out.includes("Ctrl-C")) {
      await Promise.race([once(child.stdout, "data"), once(child, "exit").then(() => assert.fail(text.err))]);
    }
    const url = /http:\/\/127\.0\.0\.1:[0-9]+/.exec(text.out)?.[0];
    assert.ok(url);
    assert.equal((await fetch(`${url}/dm`)).status, 405);
    assert.equal((await fetch(`${url}/api/devices/d`, { headers: { authorization: "Bearer a-token" } })).status, 404);
    const page = await fetch(`${url}/`);
    assert.match(page.headers.get("content-security-policy") ?? "", /script-src 'self' 'wasm-unsafe-eval'/);
    assert.equal(page.headers.get("x-content-type-options"), "nosniff");
    assert.equal((await fetch(`${url}/..%2f..%2fpackage.json`)).status, 404);
    child.kill(signal);
    const [code] = await once(child, "exit");
    assert.equal(code, 0);
    assert.equal(text.err, "");
    await assert.rejects(fetch(`${url}/dm`));
  });
}

test("says so when the port is taken", async (t) => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  t.after(() => other.close());
  const { port } = /** @type {import("node:net").AddressInfo} */ (other.address());
  const { child, text } = await serve(t, String(port));
  const [code] = await once(child, "exit");
  assert.equal(code, 1);
  assert.equal(text.err, `port ${port} is taken; set PORT to another\n`);
});
