/** A server and a device wired back to back. Time and randomness are counted, so that every run is the same. */
import assert from "node:assert/strict";
import omadm, { message } from "./omadm.js";

/** @import { Account, AuthScheme, ClientConfig, Encoding, ClientEvent, Env, NewCommand, Outcome, ServerConfig, ServerEvent } from "../../www/package/types.js" */

const URL_OF_SERVER = "https://dm.example.com/dm";

let calls = 0;
/**
 * New for every call.
 * @returns {Env}
 */
export function env() {
  calls += 1;
  return { now: 1_700_000_000_000 + calls * 1_000, entropy: Uint8Array.from({ length: 32 }, (_, at) => (calls * 31 + at * 7) & 0xff) };
}

/**
 * @param {AuthScheme} scheme
 * @returns {Account}
 */
export const account = (scheme) => ({
  deviceId: "IMEI:490154203237518",
  serverId: "com.example.dm",
  client: { user: "device", secret: { password: "DevicePassword-1" }, schemes: [scheme] },
  server: { user: "com.example.dm", secret: { password: "ServerPassword-1" }, schemes: [scheme] },
});

/** @returns {ServerConfig} */
export const serverConfig = () => ({ serverId: "com.example.dm", url: URL_OF_SERVER, binding: "respUri" });

/**
 * @param {Account} account
 * @param {Encoding} [encoding]
 * @returns {ClientConfig}
 */
export const clientConfig = (account, encoding = "xml") => ({ account, url: URL_OF_SERVER, version: "1.2", encoding, interactions: ["confirm"] });

export const device = () =>
  new omadm.DmTree({
    values: {
      "./DevInfo/DevId": "IMEI:490154203237518",
      "./DevInfo/Man": "Example",
      "./DevInfo/Mod": "Model 1",
      "./DevInfo/DmV": "1.2",
      "./DevInfo/Lang": "en",
    },
  });

/**
 * A whole session. With `resting` everything is saved, freed and restored after every message, and after every interaction.
 * @param {object} setting
 * @param {AuthScheme} setting.scheme
 * @param {boolean} setting.resting
 * @param {Encoding} [setting.encoding] of the device; the server answers in the same
 * @param {NewCommand[]} setting.commands pushed as soon as the device is authenticated
 * @param {(event: ClientEvent) => Outcome} [setting.answer]
 */
export function play({ scheme, resting, encoding = "xml", commands, answer }) {
  const shared = { server: account(scheme), client: account(scheme) };
  let server = new omadm.DmServerSession(serverConfig());
  let client = new omadm.DmClientSession(clientConfig(shared.client, encoding), { by: "user" }, env());
  let tree = device();
  /** @type {ServerEvent[]} */
  const atServer = [];
  /** @type {ClientEvent[]} */
  const atClient = [];
  /** @type {number[]} */
  const pushed = [];

  function rest() {
    if (!resting) return;
    const saved = { server: server.save(), client: client.save(), tree: tree.save() };
    for (const handle of [server, client, tree]) handle.free();
    server = omadm.DmServerSession.restore(structuredClone(saved.server), serverConfig());
    client = omadm.DmClientSession.restore(structuredClone(saved.client), clientConfig(shared.client, encoding));
    tree = omadm.DmTree.restore(saved.tree);
  }

  let messages = 0;
  for (let next = client.send(tree, env()); next !== undefined; next = client.send(tree, env())) {
    messages += 1;
    assert.ok(messages <= 20, "the session does not end");
    rest();
    const events = server.receive({ body: next.body, headers: next.headers, url: next.url }, shared.server, env());
    atServer.push(...events);
    if (events.some((event) => event.type === "authenticated")) pushed.push(...commands.map((command) => server.push(command)));
    const reply = server.respond(env());
    assert.equal(reply.status, 200);
    for (const { body, contentType } of [next, reply]) {
      assert.equal(contentType, `application/vnd.syncml.dm+${encoding}`);
      assert.equal(message(body).encoding, encoding);
    }
    rest();
    if (next.done) continue;
    const open = client.receive(tree, { body: reply.body, headers: reply.headers, status: reply.status }, env());
    rest();
    for (let event = open.shift(); event !== undefined; event = open.shift()) {
      atClient.push(event);
      if (event.type === "interaction") {
        open.push(...client.complete(tree, event.ticket, answer?.(event) ?? { status: 214 }));
        rest();
      }
    }
  }
  const states = { server: server.save().account, client: client.save().account };
  for (const handle of [server, client]) handle.free();
  return { messages, atServer, atClient, pushed, tree, states };
}
