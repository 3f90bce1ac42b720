/** The edge server in the real Workers runtime, on the loopback interface only. */
import { randomBytes } from "node:crypto";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { Log, LogLevel, Miniflare } from "miniflare";
import { bundleWorker } from "./bundle.js";
import { filesOf } from "./files.js";

const HOST = "127.0.0.1";
const COMPATIBLE = "2026-04-01";
const CONSOLE = fileURLToPath(new URL("../dist/console/", import.meta.url));

/**
 * @typedef {object} EdgeOptions
 * @property {number} port 0: any that is free
 * @property {string} state the folder of the Durable Objects' databases
 * @property {string} [token] of the API; left out: a random one
 * @property {string} [consoleFolder] the built console
 * @property {string} [entry] the Worker
 * @property {string} [packageFolder] the built npm package
 * @property {Record<string, string>} [variables] of the Worker, beside the token
 * @property {(line: string) => void} [print] takes each line that the Worker logs
 *
 * @typedef {object} Edge
 * @property {string} url the origin, without a slash at its end
 * @property {string} token
 * @property {() => Promise<void>} stop
 */

/**
 * Starts the server; it is ready when the promise resolves. Nothing goes to the network.
 * @param {EdgeOptions} options
 * @returns {Promise<Edge>}
 */
export async function startEdge({ port, state, token = randomBytes(24).toString("base64url"), consoleFolder = CONSOLE, entry, packageFolder, variables, print }) {
  if (port !== 0) await claim(port);
  const miniflare = new Miniflare({
    name: "omadm",
    host: HOST,
    port,
    cf: false,
    telemetry: { enabled: false },
    log: new Log(LogLevel.ERROR),
    modulesRoot: "/",
    modules: await bundleWorker(entry, packageFolder),
    compatibilityDate: COMPATIBLE,
    durableObjects: { DEVICE: { className: "Device", useSQLite: true }, DIRECTORY: { className: "Directory", useSQLite: true } },
    durableObjectsPersist: state,
    bindings: { ...variables, ADMIN_TOKEN: token, DEV_CONSOLE: "1" },
    serviceBindings: { ASSETS: filesOf(consoleFolder) },
    /** @type {(stdout: import("node:stream").Readable, stderr: import("node:stream").Readable) => void} */
    handleRuntimeStdio: (stdout, stderr) => {
      for (const stream of [stdout, stderr]) lines(stream, print ?? (() => {}));
    },
  });
  const { origin } = await miniflare.ready;
  return { url: origin, token, stop: () => miniflare.dispose() };
}

/**
 * Throws `EADDRINUSE` when another program listens on the port.
 * @param {number} port
 * @returns {Promise<void>}
 */
function claim(port) {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(port, HOST, () => probe.close(() => resolve()));
  });
}

/**
 * @param {import("node:stream").Readable} stream
 * @param {(line: string) => void} print
 */
function lines(stream, print) {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (/** @type {string} */ text) => {
    const whole = (rest + text).split("\n");
    rest = whole.pop() ?? "";
    whole.forEach(print);
  });
}

/**
 * A Worker without storage in the same runtime, asked in the process.
 * @param {string} entry
 * @param {string} [packageFolder]
 */
export async function startWorker(entry, packageFolder) {
  const modules = await bundleWorker(entry, packageFolder);
  const miniflare = new Miniflare({ modules, modulesRoot: "/", compatibilityDate: COMPATIBLE, cf: false, telemetry: { enabled: false }, log: new Log(LogLevel.ERROR) });
  await miniflare.ready;
  return {
    /** @param {Uint8Array | string} body @param {Record<string, string>} [headers] */
    post: (body, headers) => miniflare.dispatchFetch("http://localhost/", { method: "POST", body, headers }),
    stop: () => miniflare.dispose(),
  };
}
