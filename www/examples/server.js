/**
 * A server that manages devices, with a store of its own: `node server.js FOLDER [PORT]`.
 *
 * It listens on this machine only, as mgmt.example, and keeps what it knows of devices in the folder. On standard input it takes one line of JSON for each thing to do,
 *
 *     {"account":{"deviceId":"IMEI:490154203237518","serverId":"mgmt.example","client":{...},"server":{...}}}
 *     {"deviceId":"IMEI:490154203237518","command":{"type":"get","uri":"./DevInfo/Man"}}
 *
 * and on standard output it says, one line of JSON each, where it listens, what it has queued and what devices say.
 */
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { DmError, peek } from "omadm";
import { newDevice, queue, turn } from "./desk.js";
import { Store } from "./store.js";
import { asked } from "./usage.js";

/** @import { IncomingMessage, ServerResponse } from "node:http" */
/** @import { AddressInfo } from "node:net" */
/** @import { ServerConfig } from "omadm" */
/** @import { Device } from "./desk.js" */

const [folder = "", port = "0"] = asked(
  1,
  `usage: node server.js FOLDER [PORT]

Manages devices at http://127.0.0.1:PORT/dm, on any free port where none is named, and keeps accounts, commands and sessions in FOLDER.
Standard input takes one line of JSON for each thing to do; standard output tells in such lines what became of it and what devices say:

  {"account":{"deviceId":"IMEI:490154203237518","serverId":"mgmt.example",
   "client":{"user":"device","secret":{"password":"device-secret"},"schemes":["md5","hmac"]},
   "server":{"user":"mgmt.example","secret":{"password":"server-secret"},"schemes":["md5","hmac"]}}}
  {"deviceId":"IMEI:490154203237518","command":{"type":"get","uri":"./DevInfo/Man"}}

An account, too, stands on one line. Of its schemes (basic, md5, hmac, sha256) the first is asked for. The server goes on until Ctrl-C, also
when the input has ended.`,
);

/** Octets of the largest message that is read. */
const MOST = 1_048_576;

/** @type {Store<Device>} */
const store = new Store(folder);
/** @param {unknown} value */
const say = (value) => console.log(JSON.stringify(value));

/**
 * @param {IncomingMessage} request
 * @param {ServerResponse} response
 * @param {ServerConfig} config
 */
async function answer(request, response, config) {
  const { pathname } = new URL(request.url ?? "/", config.url);
  if (pathname !== "/dm") return response.writeHead(404).end();
  if (request.method !== "POST") return response.writeHead(405, { allow: "POST" }).end();
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MOST) return response.writeHead(413, { connection: "close" }).end();
    chunks.push(chunk);
  }
  const message = {
    body: Buffer.concat(chunks),
    contentType: request.headers["content-type"] ?? "",
    // Among them the proof of a device by HMAC.
    headers: request.headers,
    url: new URL(request.url ?? "/", config.url).href,
  };
  const { source } = peek(message);
  // From here to the write nothing waits, so that the messages of a device follow one another.
  const device = store.read(source);
  const { reply, events } = turn(device, message, config);
  if (device !== undefined) store.write(source, device);
  for (const event of events) say({ deviceId: source, event });
  return response.writeHead(reply.status, reply.headers).end(reply.body);
}

/** @param {string} line */
function order(line) {
  const { account, deviceId, command } = JSON.parse(line);
  if (account !== undefined) {
    store.write(account.deviceId, newDevice(account));
    return say({ deviceId: account.deviceId, account: "stored" });
  }
  const device = store.read(deviceId);
  if (device === undefined) return say({ deviceId, error: "no account" });
  const queued = queue(device, command);
  store.write(deviceId, device);
  return say({ deviceId, queued });
}

const server = createServer();
server.listen(Number(port), "127.0.0.1", () => {
  const url = `http://127.0.0.1:${/** @type {AddressInfo} */ (server.address()).port}/dm`;
  /** @type {ServerConfig} */
  const config = { serverId: "mgmt.example", url, binding: "respUri" };
  server.on("request", (request, response) => {
    answer(request, response, config).catch((error) => {
      const isTheirs = error instanceof DmError && error.fault !== "caller";
      if (!isTheirs) console.error(error);
      response.writeHead(isTheirs ? (error.http ?? 400) : 500).end(isTheirs ? error.message : "internal error");
    });
  });
  say({ listening: url });
  createInterface({ input: process.stdin }).on("line", (line) => {
    try {
      if (line.trim() !== "") order(line);
    } catch (error) {
      say({ error: String(error) });
    }
  });
});
