/** The built command as a process of its own, and folders for its files. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { request } from "node:http";
import { existsSync, statfsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Rig } from "../worker/rig.js";

/** @import { AuthScheme } from "omadm" */

export const COMMAND = fileURLToPath(new URL("../../pkg/cli/omadm.js", import.meta.url));
export const PASSWORD = "pass-of-device";
export const SERVER_PASSWORD = "pass-of-server";

// The databases of hundreds of devices are written at once: in memory, where there is room for them.
const MEMORY = "/dev/shm";
if (existsSync(MEMORY) && roomIn(MEMORY) > 1 << 30) process.env.TMPDIR = MEMORY;

/** @param {string} path */
function roomIn(path) {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}

/** A folder that ends with the tests of the file. @returns {Promise<string>} */
export async function folder() {
  const own = await mkdtemp(join(tmpdir(), "omadm-device-"));
  after(() => rm(own, { recursive: true, force: true }));
  return own;
}

/** A file of JSON in a folder of its own. @param {unknown} content */
export async function fileOf(content) {
  const path = join(await folder(), "file.json");
  await writeFile(path, typeof content === "string" || content instanceof Uint8Array ? content : JSON.stringify(content));
  return path;
}

/** The Worker, for all tests of a file. @returns {Promise<Rig>} */
export async function rigged() {
  const rig = await Rig.start(/** @type {any} */ ({ after }));
  rig.api = (method, path, body, token = rig.token) => ask(`${rig.url}/api/devices/${path}`, method, token, body);
  return rig;
}

/**
 * A connection for each: one that is kept may be closed by the runtime just when it is used, the sooner the busier the machine.
 * @param {string} url
 * @param {string} method
 * @param {string} token
 * @param {unknown} [body]
 * @returns {Promise<Response>}
 */
async function ask(url, method, token, body) {
  const headers = { authorization: `Bearer ${token}`, ...(body !== undefined && { "content-type": "application/json" }) };
  const sent = request(url, { method, headers, agent: false });
  sent.end(body === undefined ? undefined : JSON.stringify(body));
  const [response] = /** @type {[import("node:http").IncomingMessage]} */ (await once(sent, "response"));
  const chunks = await response.toArray();
  const status = response.statusCode ?? 0;
  return new Response(chunks.length === 0 ? null : Buffer.concat(chunks), { status });
}

/** As many pieces of work as there are processors, and one that waits for a process. */
let free = availableParallelism() + 1;
/** @type {(() => void)[]} */
const waiting = [];

/**
 * A test whose work goes on beside that of others of its file, in any order: it shares no device with them.
 * @param {string} name
 * @param {() => Promise<unknown>} work
 */
export function beside(name, work) {
  const done = (async () => {
    if (free > 0) free -= 1;
    else await new Promise((/** @type {(value: void) => void} */ resolve) => void waiting.push(resolve));
    try {
      await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  })();
  // It is told when it is the test's turn.
  done.catch(() => {});
  test(name, () => done);
}

/**
 * Starts the command.
 * @param {string[]} options
 * @param {Record<string, string>} [environment]
 */
export function start(options, environment = {}) {
  const { OMADM_PASSWORD: _, OMADM_SERVER_PASSWORD: __, ...inherited } = process.env;
  const child = spawn(process.execPath, [COMMAND, ...options], { stdio: ["ignore", "pipe", "pipe"], env: { ...inherited, ...environment } });
  const said = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text) => (said.out += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (said.err += text));
  const over = once(child, "close").then(([status]) => ({ status: /** @type {number | null} */ (status), ...said }));
  return { child, said, over };
}

/** Runs the command to its end. @param {string[]} options @param {Record<string, string>} [environment] */
export const run = (options, environment) => start(options, environment).over;

/**
 * Runs `omadm device` with an account at the Worker, and gives what happened, as it was told in JSON.
 * @param {Rig} rig
 * @param {string} deviceId
 * @param {string[]} options
 */
export async function device(rig, deviceId, options) {
  const given = ["device", "--url", `${rig.url}/dm`, "--device-id", deviceId, "--user", "device", "--server-user", "server", "--json", ...options];
  const { status, out, err } = await run(given, { OMADM_PASSWORD: PASSWORD, OMADM_SERVER_PASSWORD: SERVER_PASSWORD });
  const events = out.split("\n").filter(Boolean).map((line) => JSON.parse(line));
  return { status, events, out, err, types: events.map(({ type }) => type) };
}

/** An account for the device at the Worker. @param {Rig} rig @param {string} deviceId @param {AuthScheme} [scheme] @param {object} [desk] */
export async function account(rig, deviceId, scheme = "md5", desk = {}) {
  const client = { user: "device", password: PASSWORD, schemes: [scheme] };
  const server = { user: "server", password: SERVER_PASSWORD, schemes: [scheme] };
  const response = await rig.api("PUT", `${encodeURIComponent(deviceId)}/account`, { client, server, ...desk });
  if (!response.ok) throw new Error(await response.text());
}

/** What the device said of a command. @param {Rig} rig @param {string} deviceId @param {number | undefined} id */
export async function outcome(rig, deviceId, id) {
  const { outcome: events } = await rig.read(`${encodeURIComponent(deviceId)}/commands/${id}`);
  const codes = events.flatMap((/** @type {any} */ event) => (event.type === "status" ? [`${event.child === undefined ? "" : `${event.child.join(".")} `}${event.code}`] : []));
  const values = events.flatMap((/** @type {any} */ event) => (event.type === "results" ? event.items.map((/** @type {any} */ { data }) => data) : []));
  const data = events.flatMap((/** @type {any} */ event) => (event.type === "status" ? (event.data ?? []) : []));
  return { codes, values, data };
}
