/** An edge server of its own for a test, and devices that talk to it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startEdge } from "../../www/tools/edge.js";
import { omadm } from "./package.js";

/**
 * @import { Account, AuthScheme, ClientConfig, ClientEvent, DmClientSession, DmTree, NewCommand, Outgoing } from "omadm"
 * @import { TestContext } from "node:test"
 * @typedef {Outgoing & { url: string }} Request
 * @typedef {Partial<Pick<ClientConfig, "version" | "encoding" | "maxMsgSize" | "maxObjSize">>} Speech how a device speaks
 */
export const MEDIA_TYPE = "application/vnd.syncml.dm+xml";
export const WBXML = "application/vnd.syncml.dm+wbxml";
const FAULTS = fileURLToPath(new URL("./faults.ts", import.meta.url));

/** The server with its storage, and a way to restart it or to break it. */
export class Rig {
  /** @type {string[]} lines that the server printed */
  printed = [];
  /** @type {string} */
  #folder;
  /** @type {Awaited<ReturnType<typeof startEdge>>} */
  #edge;

  /**
   * @param {string} folder
   * @param {Awaited<ReturnType<typeof startEdge>>} edge
   */
  constructor(folder, edge) {
    this.#folder = folder;
    this.#edge = edge;
  }

  /**
   * @param {TestContext} test
   * @param {Record<string, string>} [variables] of the Worker
   */
  static async start(test, variables) {
    const folder = await mkdtemp(join(tmpdir(), "omadm-edge-"));
    /** @type {string[]} */
    const printed = [];
    const edge = await startEdge({ port: 0, state: folder, entry: FAULTS, variables, print: (line) => printed.push(line) });
    const rig = new Rig(folder, edge);
    rig.printed = printed;
    test.after(async () => {
      await rig.#edge.stop();
      await rm(folder, { recursive: true, force: true });
    });
    return rig;
  }

  get url() {
    return this.#edge.url;
  }

  get token() {
    return this.#edge.token;
  }

  get folder() {
    return this.#folder;
  }

  /** Ends the process of the runtime and starts another at the same address over the same storage. */
  async restart() {
    const { url, token } = this.#edge;
    await this.#edge.stop();
    this.#edge = await startEdge({ port: Number(new URL(url).port), state: this.#folder, entry: FAULTS, token, print: (line) => this.printed.push(line) });
  }

  /**
   * @param {string} method
   * @param {string} path below `/api/devices/`
   * @param {unknown} [body]
   * @param {string} [token]
   */
  api(method, path, body, token = this.token) {
    /** @type {Record<string, string>} */
    const headers = { authorization: `Bearer ${token}` };
    if (body !== undefined) headers["content-type"] = "application/json";
    return fetch(`${this.url}/api/devices/${path}`, { method, headers, body: body === undefined ? null : JSON.stringify(body) });
  }

  /**
   * @param {string} path below `/api/devices/`
   * @returns {Promise<any>}
   */
  async read(path) {
    const response = await this.api("GET", path);
    if (!response.ok) throw new Error(`GET ${path}: ${response.status}`);
    return response.json();
  }

  /**
   * Queues commands and gives their numbers.
   * @param {string} deviceId
   * @param {NewCommand[]} commands
   * @returns {Promise<number[]>}
   */
  async queue(deviceId, commands) {
    const response = await this.api("POST", `${encodeURIComponent(deviceId)}/commands`, commands);
    if (response.status !== 201) throw new Error(await response.text());
    return /** @type {{ ids: number[] }} */ (await response.json()).ids;
  }

  /**
   * Makes the object of a device fail once, or tells about it.
   * @param {string} deviceId
   * @param {"evict" | "lose" | "crash" | "throw" | "unreadable" | "unwritable" | "unwritten" | "rows" | "watch" | "written" | "alarm" | "late"} kind
   * @returns {Promise<any>}
   */
  async fault(deviceId, kind) {
    const response = await fetch(`${this.url}/fault?${new URLSearchParams({ device: deviceId, kind })}`, { method: "POST" });
    if (!response.ok) throw new Error(await response.text());
    return response.json();
  }

  /**
   * Posts one message as it is.
   * @param {string} url
   * @param {Uint8Array | string} body
   * @param {Record<string, string>} [headers]
   */
  post(url, body, headers = { "content-type": MEDIA_TYPE }) {
    return fetch(url, { method: "POST", headers, body: typeof body === "string" ? body : Buffer.from(body) });
  }

  /**
   * A device with an account.
   * @param {string} deviceId
   * @param {{ scheme?: AuthScheme, server?: "transport", desk?: object } & Speech} [options]
   */
  async device(deviceId, { scheme = "basic", server, desk, ...speech } = {}) {
    const client = { user: "device", password: "pass-of-device", schemes: [scheme] };
    const other = server ?? { user: "server", password: "pass-of-server", schemes: [scheme] };
    const response = await this.api("PUT", `${encodeURIComponent(deviceId)}/account`, { client, server: other, ...desk });
    if (response.status !== 201) throw new Error(await response.text());
    /** @type {Account} */
    const account = {
      deviceId,
      serverId: "omadm",
      client: { user: client.user, secret: { password: client.password }, schemes: [scheme] },
      server: other === "transport" ? other : { user: other.user, secret: { password: other.password }, schemes: [scheme] },
    };
    return new Device(this, account, speech);
  }
}

/** A device in which the engine's own client speaks. */
export class Device {
  static #sessions = 4_000;
  /** @type {DmTree} */
  tree = new omadm.DmTree({
    values: {
      // The maker lets every server change everything.
      ".": { acl: "Add=*&Delete=*&Exec=*&Get=*&Replace=*" },
      "./DevInfo/DevId": "a device",
      "./DevInfo/Man": "Maker of the test",
      "./DevInfo/Mod": "Model",
      "./DevInfo/DmV": "1.2",
      "./DevInfo/Lang": "en",
      "./Setting/Name": "value-in-the-tree",
    },
  });
  /** @type {Request[]} all that was sent */
  sent = [];
  /** @type {Uint8Array[]} all that was received */
  received = [];
  /** @type {string[]} the content types of what was received */
  types = [];
  /** @type {ClientEvent[]} */
  events = [];

  /**
   * @param {Rig} rig
   * @param {Account} account
   * @param {Speech} [speech]
   */
  constructor(rig, account, speech = {}) {
    this.rig = rig;
    this.account = account;
    this.speech = speech;
    this.session = this.begin();
  }

  /**
   * A new session, whose number nobody else uses.
   * @returns {DmClientSession}
   */
  begin() {
    Device.#sessions += 1;
    this.session = new omadm.DmClientSession(
      { account: this.account, url: `${this.rig.url}/dm`, version: "1.2", encoding: "xml", ...this.speech },
      { by: "server", sessionId: Device.#sessions },
    );
    return this.session;
  }

  /** The next message, or undefined when the session is over. */
  next() {
    const request = this.session.send(this.tree);
    if (request !== undefined) this.sent.push(request);
    return request;
  }

  /**
   * Sends a message once more or for the first time, without looking at the reply.
   * @param {Request} request
   */
  post(request) {
    return this.rig.post(request.url, request.body, request.headers);
  }

  /** @param {Response} response */
  async take(response) {
    const body = new Uint8Array(await response.arrayBuffer());
    if (response.status !== 200) throw new Error(`${response.status} ${new TextDecoder().decode(body)}`);
    this.received.push(body);
    const contentType = response.headers.get("content-type") ?? "";
    this.types.push(contentType);
    const events = this.session.receive(this.tree, { body, headers: response.headers, status: response.status });
    this.events.push(...events);
    return events;
  }

  /** One message and its reply; false when there is none to send. */
  async turn() {
    const request = this.next();
    if (request === undefined) return false;
    const response = await this.post(request);
    if (!request.done) await this.take(response);
    return true;
  }

  /**
   * Goes on until the server has sent something that the device has to answer, and gives that answer, not sent yet.
   * @param {string} uri what the server asks for
   * @returns {Promise<Request>}
   */
  async answerTo(uri) {
    while (await this.turn()) {
      const [last] = this.received.slice(-1);
      if (new TextDecoder().decode(last).includes(uri)) {
        const request = this.next();
        if (request !== undefined) return request;
      }
    }
    throw new Error(`the server never asked for ${uri}`);
  }

  /** @param {() => Promise<unknown>} [between] what happens after each message */
  async finish(between = async () => {}) {
    while (await this.turn()) await between();
  }
}
