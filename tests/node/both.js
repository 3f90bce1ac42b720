/** A device and a server with wishes of their own, wired back to back: what each is told, and what was on the wire. */
import assert from "node:assert/strict";
import omadm, { message } from "./omadm.js";
import { env } from "./pair.js";

/**
 * @import { Account, ClientConfig, ClientEvent, DmTree, NewCommand, Outcome, ServerConfig, ServerEvent, SyncMlMessage, TreeValue, Trigger } from "../../www/package/types.js"
 * @typedef {Extract<ClientEvent, { ticket: number }>} Ticket
 */

const URL_OF_SERVER = "https://dm.example.com/dm";
const FREE = "Add=*&Delete=*&Exec=*&Get=*&Replace=*";

/** @param {Record<string, TreeValue>} [values] */
export const tree = (values = {}) =>
  new omadm.DmTree({
    values: {
      ".": { acl: FREE },
      "./DevInfo/DevId": "IMEI:1",
      "./DevInfo/Man": "Example",
      "./DevInfo/Mod": "Model 1",
      "./DevInfo/DmV": "1.3",
      "./DevInfo/Lang": "en",
      ...values,
    },
  });

/** @returns {Account} */
const account = () => ({ deviceId: "IMEI:1", serverId: "dm.example.com", client: "transport", server: "transport" });

/**
 * A whole session. With `resting` both sides and the tree are saved, freed and restored whenever they may be.
 * @param {object} setting
 * @param {DmTree} setting.tree
 * @param {Partial<ClientConfig>} [setting.config]
 * @param {Partial<ServerConfig>} [setting.desk]
 * @param {Trigger} [setting.trigger]
 * @param {boolean} [setting.resting]
 * @param {NewCommand[]} [setting.commands] pushed once the device is known
 * @param {(event: Ticket) => Outcome} [setting.answer]
 * @param {(event: Extract<ServerEvent, { type: "alert" }>) => number | undefined} [setting.judge] the verdict on an alert
 * @param {(session: import("../../www/package/types.js").DmClientSession, sent: number) => void} [setting.before] each message of the device
 */
export function play({ tree, config = {}, desk = {}, trigger = { by: "user" }, resting = false, commands = [], answer, judge, before }) {
  /** @type {ClientConfig} */
  const ofClient = { account: account(), url: URL_OF_SERVER, version: "1.3", encoding: "xml", interactions: ["display", "confirm", "input", "choose"], ...config };
  /** @type {ServerConfig} */
  const ofServer = { serverId: "dm.example.com", url: URL_OF_SERVER, binding: "respUri", ...desk };
  const known = account();
  let client = new omadm.DmClientSession(ofClient, trigger, env());
  let server = new omadm.DmServerSession(ofServer);
  /** @type {ServerEvent[]} */
  const atServer = [];
  /** @type {ClientEvent[]} */
  const atClient = [];
  /** @type {number[]} */
  const pushed = [];
  /** @type {{ sent: SyncMlMessage[], received: SyncMlMessage[], unsupported: number[], tooLarge: number[] }} */
  const wire = { sent: [], received: [], unsupported: [], tooLarge: [] };

  const restClient = () => {
    if (!resting) return;
    const saved = { client: structuredClone(client.save()), tree: tree.save() };
    client.free();
    tree.free();
    client = omadm.DmClientSession.restore(saved.client, ofClient);
    tree = omadm.DmTree.restore(saved.tree);
  };
  const restServer = () => {
    if (!resting) return;
    const saved = structuredClone(server.save());
    server.free();
    server = omadm.DmServerSession.restore(saved, ofServer);
  };

  for (;;) {
    before?.(client, wire.sent.length);
    restClient();
    const out = client.send(tree, env());
    if (out === undefined) break;
    assert.ok(wire.sent.length < 30, "the session does not end");
    wire.sent.push(message(out.body).message);
    restClient();
    const events = server.receive({ body: out.body, headers: out.headers, url: out.url, peer: "IMEI:1" }, known, env());
    for (const event of events) {
      const verdict = event.type === "alert" ? judge?.(event) : undefined;
      if (event.type === "alert" && verdict !== undefined) server.answer(event.id, verdict);
    }
    atServer.push(...events);
    if (pushed.length === 0) pushed.push(...commands.map((command) => server.push(command)));
    const reply = server.respond(env());
    wire.received.push(message(reply.body).message);
    wire.unsupported.push(...(reply.unsupported ?? []));
    wire.tooLarge.push(...(reply.tooLarge ?? []));
    restServer();
    if (out.done) continue;
    const open = client.receive(tree, { body: reply.body, headers: reply.headers, status: reply.status }, env());
    for (let event = open.shift(); event !== undefined; event = open.shift()) {
      atClient.push(event);
      if (!("ticket" in event)) continue;
      restClient();
      open.push(...client.complete(tree, event.ticket, answer?.(event) ?? { status: 500 }));
    }
  }
  const state = client.save().account;
  for (const handle of [client, server]) handle.free();

  /** The codes of a command that was pushed, those inside a group with their places. @param {number} at */
  const codes = (at) =>
    atServer.flatMap((event) => (event.type === "status" && event.command === pushed[at] ? [`${event.child === undefined ? "" : `${event.child.join(".")} `}${event.code}`] : []));
  /** What the user or the host answered to a command. @param {number} at */
  const data = (at) => atServer.flatMap((event) => (event.type === "status" && event.command === pushed[at] && event.data !== undefined ? event.data : []));
  /** URIs and values that came for a command. @param {number} at */
  const results = (at) =>
    atServer.flatMap((event) => (event.type === "results" && event.command === pushed[at] ? event.items.map(({ source, data }) => [source?.uri, data]) : []));
  return { tree, atServer, atClient, pushed, wire, state, codes, data, results };
}

/** The alerts of a message, by their codes. @param {SyncMlMessage | undefined} message */
export const alertsOf = (message) => (message?.commands ?? []).flatMap((command) => (command.type === "alert" ? [command] : []));
