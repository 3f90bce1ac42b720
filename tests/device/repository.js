/** A server of DM 2.0 of the tests' own, with a repository beside it: what commands fetch and send, and who asks for it how. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:https";
import { join } from "node:path";
import { after } from "node:test";
import { promisify } from "node:util";
import { folder } from "./command.js";
import { listen } from "./desk.js";
import { omadm } from "../worker/package.js";

/** @import { IncomingMessage, ServerResponse } from "node:http" */
/** @import { Account, NewCommand, Saved, ServerConfig, ServerEvent } from "omadm" */

/**
 * @typedef {{ method: string, path: string, headers: IncomingMessage["headers"], body: Buffer }} Heard
 * @typedef {{ isSilent?: true, status?: number, headers?: Record<string, string>, body?: string }} Given
 */

const MO = "application/vnd.oma.dm.mo+json";

export class Dm2Desk {
  /** @type {ServerEvent[]} */
  events = [];
  /** Packages of the device. @type {Heard[]} */
  packages = [];
  /** What came to the repository. @type {Heard[]} */
  requests = [];
  /** What is fetched there, by its path. @type {Record<string, Given>} */
  files = {};
  /** @type {NewCommand[]} */
  commands = [];
  /** Numbers of commands that the device's protocol has no words for. @type {number[]} */
  unsupported = [];
  /** The user and the password that HTTP wants. @type {string | undefined} */
  wanted;
  challenge = 'Basic realm="dm", charset="UTF-8"';
  /** Ends every session with the first answer. */
  isBrief = false;
  /** What comes instead of the answer to a package, by its number. @type {Record<number, Given>} */
  instead = {};
  url = "";
  origin = "";
  /** By device. @type {Map<string, Saved>} */
  #saved = new Map();
  /** What all of them have. @type {Account} */
  account = { deviceId: "IMEI:1", serverId: "omadm", client: "transport", server: "transport" };

  /** @param {NewCommand[]} [commands] @param {Partial<Dm2Desk>} [more] */
  static async open(commands = [], more = {}) {
    const desk = Object.assign(new Dm2Desk(), more);
    desk.commands = [...commands];
    desk.url = await listen((request, body, response) => desk.#answer(request, body, response));
    desk.origin = new URL(desk.url).origin;
    return desk;
  }

  /**
   * The same on another origin, with a certificate of its own.
   * @returns {Promise<{ origin: string, issuer: string } | undefined>} nothing where there is no openssl
   */
  async secure() {
    const own = await folder();
    const [key, issuer] = [join(own, "key.pem"), join(own, "cert.pem")];
    const given = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", issuer, "-days", "2"];
    try {
      await promisify(execFile)("openssl", [...given, "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]);
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
      throw error;
    }
    const server = createServer({ key: await readFile(key), cert: await readFile(issuer) }, async (request, response) => {
      this.#answer(request, Buffer.concat(await request.toArray()), response);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    after(() => {
      server.closeAllConnections();
      server.close();
    });
    const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
    return { origin: `https://127.0.0.1:${port}`, issuer };
  }

  /** Commands that are made of its address. @param {(origin: string) => NewCommand[]} make */
  queue(make) {
    this.commands.push(...make(this.origin));
  }

  /** @param {IncomingMessage} request @param {Buffer} body @param {ServerResponse} response */
  #answer(request, body, response) {
    const heard = { method: request.method ?? "", path: request.url ?? "", headers: request.headers, body };
    const isPackage = heard.path.startsWith("/dm");
    (isPackage ? this.packages : this.requests).push(heard);
    const given = isPackage ? this.instead[this.packages.length] : (this.files[heard.path] ?? { status: heard.method === "GET" ? 404 : 204 });
    if (given?.isSilent) return;
    if (given !== undefined) {
      response.writeHead(given.status ?? 200, given.headers ?? { "content-type": MO }).end(given.body);
      return;
    }
    const reply = this.#turn(request, body);
    response.writeHead(reply.status, reply.headers).end(reply.body);
  }

  /** @param {IncomingMessage} request @param {Buffer} body @returns {{ status: number, headers: Record<string, string>, body?: Uint8Array }} */
  #turn(request, body) {
    if (this.wanted !== undefined && request.headers.authorization !== `Basic ${Buffer.from(this.wanted).toString("base64")}`) {
      return { status: 401, headers: { "www-authenticate": this.challenge } };
    }
    /** @type {ServerConfig} */
    const config = { serverId: "omadm", url: this.url, binding: "transport", acceptMo: MO, alertTypes: ["a.b:done"] };
    const message = { body, headers: request.headers, url: this.url };
    const { package: kind, source } = /** @type {import("omadm").Dm2Peek} */ (omadm.peek(message));
    const saved = this.#saved.get(source);
    const session = saved === undefined || kind === "initiation" ? new omadm.DmServerSession(config) : omadm.DmServerSession.restore(saved, config);
    try {
      this.events.push(...session.receive({ ...message, peer: source }, { ...this.account, deviceId: source }));
      for (const command of this.commands.splice(0)) session.push(command);
      if (this.isBrief) session.finish();
      const { status, headers, body: out, unsupported = [] } = session.respond();
      this.unsupported.push(...unsupported);
      const rest = session.save();
      this.#saved.set(source, rest);
      this.account.state = rest.account;
      return { status, headers, body: out };
    } catch (error) {
      return { status: /** @type {{ http?: number }} */ (error).http ?? 500, headers: {} };
    } finally {
      session.free();
    }
  }

  /** Codes of what became of commands, in order. */
  get codes() {
    return this.events.flatMap((event) => (event.type === "status" ? [event.code] : []));
  }

  /** @returns {ServerEvent[]} those of a type @param {ServerEvent["type"]} type */
  of(type) {
    return this.events.filter((event) => event.type === type);
  }
}
