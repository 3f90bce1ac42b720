/** Devices of DM 2.0 for a test: the engine's own client, and what its host does over HTTP. */
import { omadm } from "./package.js";

/**
 * @import { ClientEvent, Dialect, DmClientSession, Outcome, Outgoing, Trigger } from "omadm"
 * @import { Rig } from "./rig.js"
 * @typedef {Outgoing & { url: string }} Request
 * @typedef {{ status: number, headers: Headers, body: Uint8Array }} Answered
 */
export const INITIATION = "application/vnd.oma.dm.initiation+json";
export const REQUEST = "application/vnd.oma.dm.request+json";
export const RESPONSE = "application/vnd.oma.dm.response+json";
export const MO = "application/vnd.oma.dm.mo+json";
export const PUMP = "urn:oma:mo:ext-acme-pump:1.0";
export const REPOSITORY = "https://repo.example";
export const DIALECTS = /** @type {const} */ (["draft", "approved"]);
export const DONE = "urn:oma:at:x:1.0:done";
/** Of packages that are written by hand. */
export const DEVICE = "pump";

const USER = "Zoë";
const PASSWORD = "p:ß-of-device";

/** @param {string} user @param {string} password */
export const basic = (user, password) => `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
export const AUTHORIZATION = basic(USER, PASSWORD);
/** @param {Uint8Array} body */
export const json = (body) => (body.length === 0 ? undefined : JSON.parse(new TextDecoder().decode(body)));

/** @param {Rig} rig @param {string} deviceId @param {object} [desk] */
export async function enrol(rig, deviceId, desk) {
  const client = { user: USER, password: PASSWORD, schemes: ["md5"] };
  const response = await rig.api("PUT", `${encodeURIComponent(deviceId)}/account`, { client, server: "transport", ...desk });
  if (!response.ok) throw new Error(await response.text());
}

export function pumps() {
  const tree = new omadm.DmTree();
  for (const instance of ["north", "south"]) {
    tree.set(`./Pump/${instance}`, null, { format: "node", type: PUMP });
    tree.set(`./Pump/${instance}/Mode`, `mode-of-${instance}`);
    tree.set(`./Pump/${instance}/Hours`, "12", { format: "int" });
  }
  tree.set("./Pump/north/Reset", "", { host: true });
  return tree;
}

/** The device, and the repository that it calls. */
export class Device2 {
  static #sessions = 100;
  tree = pumps();
  /** @type {Request[]} */
  sent = [];
  /** @type {any[]} packages 2 */
  received = [];
  /** @type {ClientEvent[]} */
  events = [];
  /** @type {Map<string, unknown>} what the repository has */
  documents = new Map();
  /** @type {{ method: string, url: string, body: any }[]} what it was sent */
  stored = [];

  /**
   * @param {Rig} rig
   * @param {string} deviceId
   * @param {Dialect} dialect
   * @param {Record<string, string>} [headers] beside those of the engine
   */
  constructor(rig, deviceId, dialect, headers = { authorization: AUTHORIZATION }) {
    this.rig = rig;
    this.deviceId = deviceId;
    this.dialect = dialect;
    this.headers = headers;
    this.session = this.begin();
  }

  /** @param {Trigger} [trigger] @returns {DmClientSession} */
  begin(trigger) {
    Device2.#sessions += 1;
    this.session = new omadm.DmClientSession(
      {
        account: { deviceId: this.deviceId, serverId: "omadm", client: "transport", server: "transport", state: this.state ?? {}, ...this.secret },
        url: `${this.rig.url}/dm`,
        version: "2.0",
        dialect: this.dialect,
        origins: [REPOSITORY],
        objects: { epoch: 7, granted: [PUMP], index: { 5: PUMP } },
      },
      trigger ?? { by: "server", sessionId: Device2.#sessions },
    );
    return this.session;
  }

  /** @type {import("omadm").AccountState | undefined} */
  state;
  /** @type {object} what proves notifications */
  secret = {};

  next() {
    const request = this.session.send(this.tree);
    if (request !== undefined) this.sent.push(request);
    return request;
  }

  /** @param {Request} request @param {Record<string, string>} [more] */
  post(request, more) {
    return this.rig.post(request.url, request.body, { ...request.headers, ...this.headers, ...more });
  }

  /** @param {Response} response */
  async take(response) {
    const body = new Uint8Array(await response.arrayBuffer());
    if (response.status === 200) this.received.push(json(body));
    this.#handle(this.session.receive(this.tree, { body, headers: response.headers, status: response.status }));
  }

  /** @param {ClientEvent[]} events */
  #handle(events) {
    for (const event of events) {
      this.events.push(event);
      if ("ticket" in event) this.#handle(this.session.complete(this.tree, event.ticket, this.#answer(event)));
    }
  }

  /** @param {Extract<ClientEvent, { ticket: number }>} event @returns {Outcome} */
  #answer(event) {
    if (event.type === "read") return { value: "ready" };
    if (event.type !== "http") return { status: 200 };
    const { method, url, body } = event;
    if (method !== "GET") {
      this.stored.push({ method, url, body: json(body ?? new Uint8Array()) });
      return { response: { status: 204, body: new Uint8Array() } };
    }
    const found = this.documents.get(url);
    if (found === undefined) return { response: { status: 404, body: new Uint8Array() } };
    return { response: { status: 200, headers: { "content-type": MO }, body: new TextEncoder().encode(JSON.stringify(found)) } };
  }

  async turn() {
    const request = this.next();
    if (request === undefined) return false;
    await this.take(await this.post(request));
    return true;
  }

  /** @param {() => Promise<unknown>} [between] what happens after each package */
  async finish(between = async () => {}) {
    while (await this.turn()) await between();
  }

  /** Whether the session came to its end. */
  get finished() {
    return this.events.at(-1)?.type === "finished";
  }
}

/** Data of an object as the repository has it. @param {Dialect} dialect @param {string} instance @param {object} children */
export const documentOf = (dialect, instance, children) =>
  dialect === "draft" ? [{ URI: `${PUMP}/${instance}/`, MO: children }] : [{ ClientURI: `${PUMP}/${instance}/`, MOData: { Pump: children } }];

/** @param {Dialect} dialect @param {string} [device] */
export const hello = (dialect, device = DEVICE) =>
  dialect === "draft" ? { SessionInfo: { DevID: device, SessionID: "7F", PkgSeq: 1, ReasonForSession: 1201 } } : { Alert: [{ AlertType: "urn:oma:at:dm:2.0:ClientInitiatedMgmt" }] };
/** @param {Dialect} dialect @param {string} [device] @param {number[]} [codes] @param {number} [seq] */
export const answer = (dialect, device = DEVICE, codes = [200], seq = 2) =>
  dialect === "draft" ? { SessionInfo: { DevID: device, SessionID: "7F", PkgSeq: seq }, Results: codes.map((Code) => ({ Code })) } : { Status: codes.map((sc) => ({ sc })) };

/**
 * Posts a package as the device.
 * @param {Rig} rig
 * @param {string} type
 * @param {unknown} body
 * @param {Record<string, string | undefined>} [headers] instead of those that are usual
 * @returns {Promise<Answered>}
 */
export async function post(rig, type, body, headers) {
  const usual = { "content-type": type, accept: REQUEST, "omadm-devid": DEVICE, authorization: AUTHORIZATION, ...headers };
  const given = Object.fromEntries(Object.entries(usual).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
  const response = await rig.post(`${rig.url}/dm`, typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body), given);
  return { status: response.status, headers: response.headers, body: new Uint8Array(await response.arrayBuffer()) };
}
