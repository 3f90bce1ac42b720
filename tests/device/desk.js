/** Servers of the tests' own: one that speaks DM with the same randomness every time, and ones that do not speak it. */
import { createServer } from "node:http";
import { once } from "node:events";
import { after } from "node:test";
import { omadm } from "../worker/package.js";

/** @import { IncomingMessage, ServerResponse } from "node:http" */
/** @import { Account, NewCommand, Saved, ServerConfig, ServerEvent } from "omadm" */

/**
 * A server that ends with the tests of the file.
 * @param {(request: IncomingMessage, body: Buffer, response: ServerResponse) => unknown} answer
 * @returns {Promise<string>} its address
 */
export async function listen(answer) {
  const server = createServer(async (request, response) => {
    /** @type {Buffer[]} */
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    await answer(request, Buffer.concat(chunks), response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/dm`;
}

/** A server of DM without chance: what it says is decided by what it has heard. */
export class Desk {
  /** @type {ServerEvent[]} */
  events = [];
  /** @type {Buffer[]} */
  heard = [];
  /** @type {NewCommand[]} */
  commands = [];
  url = "";
  #turns = 0;
  /** @type {Saved | undefined} */
  #saved;
  /** @type {Account} */
  #account;

  /** @param {Partial<Account>} [account] */
  constructor(account) {
    const md5 = /** @type {const} */ (["md5"]);
    this.#account = {
      deviceId: "IMEI:1",
      serverId: "omadm",
      client: { user: "device", secret: { password: "p" }, schemes: [...md5] },
      server: { user: "server", secret: { password: "s" }, schemes: [...md5] },
      ...account,
    };
  }

  /** As at first. @param {NewCommand[]} commands */
  forget(commands) {
    this.#turns = 0;
    this.#saved = undefined;
    delete this.#account.state;
    this.commands = [...commands];
  }

  /** @param {NewCommand[]} commands @param {Partial<Account>} [account] */
  static async open(commands, account) {
    const desk = new Desk(account);
    desk.commands = commands;
    desk.url = await listen((request, body, response) => {
      const reply = desk.turn(request, body);
      response.writeHead(reply.status, reply.headers).end(reply.body);
    });
    return desk;
  }

  /** @param {IncomingMessage} request @param {Buffer} body */
  turn(request, body) {
    this.heard.push(body);
    this.#turns += 1;
    const env = { now: this.#turns, entropy: new Uint8Array(32).fill(this.#turns) };
    /** @type {ServerConfig} */
    const config = { serverId: "omadm", url: this.url, binding: "perMessage" };
    const message = { body, headers: request.headers, url: this.url, peer: this.#account.deviceId };
    const isNew = omadm.peek(message).msgId === 1;
    const session = this.#saved === undefined || isNew ? new omadm.DmServerSession(config) : omadm.DmServerSession.restore(this.#saved, config);
    try {
      const events = session.receive(message, this.#account, env);
      this.events.push(...events);
      if (events.some(({ type }) => type === "authenticated")) for (const command of this.commands.splice(0)) session.push(command);
      const reply = session.respond(env);
      this.#saved = session.save();
      this.#account.state = this.#saved.account;
      return reply;
    } finally {
      session.free();
    }
  }
}
