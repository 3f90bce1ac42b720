/** Sessions that are only played, to see what they leave behind. */
import omadm from "./omadm.js";
import { account, clientConfig, device, env, play, serverConfig } from "./pair.js";

/** @import { NewCommand } from "../../www/package/types.js" */

/** @type {NewCommand[]} */
const COMMANDS = [
  { type: "get", uri: "./DevInfo/Man" },
  { type: "add", items: [{ uri: "./X", format: "node" }, { uri: "./X/Name", data: "first".repeat(200), format: "chr", mime: "text/plain" }] },
  { type: "atomic", commands: [{ type: "replace", items: [{ uri: "./X/Name", data: "second" }] }] },
  { type: "get", uri: "./Missing" },
];

/** A whole session on both sides, in one encoding or the other, saved and restored after every message or not, and all of it freed. @param {number} number */
export function playWhole(number) {
  const { tree } = play({ scheme: "md5", encoding: number % 4 < 2 ? "xml" : "wbxml", resting: number % 2 === 1, commands: COMMANDS });
  tree.free();
}

/** A session in its midst. @param {"server" | "client"} side @param {number} number */
export function begun(side, number) {
  const known = { ...account("md5"), client: /** @type {const} */ ("transport"), server: /** @type {const} */ ("transport") };
  const server = new omadm.DmServerSession(serverConfig());
  const client = new omadm.DmClientSession(clientConfig(known), { by: "user" }, env());
  const tree = device();
  for (let at = 0; at < 20; at += 1) {
    tree.set(`./X${at}`, `value ${at} of ${number}`);
    server.push({ type: "get", uri: `./X${at}` });
  }
  const request = client.send(tree, env());
  if (request === undefined) throw new Error("no package 1");
  server.receive({ body: request.body, url: request.url }, known, env());
  const reply = server.respond(env());
  if (side === "server") {
    client.free();
    tree.free();
    return server;
  }
  server.free();
  client.receive(tree, { body: reply.body, status: 200 }, env());
  client.send(tree, env());
  return {
    free() {
      client.free();
      tree.free();
    },
  };
}
