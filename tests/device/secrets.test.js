/** What `-v` and `--json` show of a session that is full of secrets. */
import assert from "node:assert/strict";
import { beside, fileOf, run } from "./command.js";
import { Desk } from "./desk.js";
import { omadm } from "../worker/package.js";

/** @import { Encoding, NewCommand } from "omadm" */

const PROOFS = ["--user", "device", "--password", "p", "--server-user", "server", "--server-password", "s"];

/** An account as a serialised tree. @param {string} name @param {string} data @param {Encoding} encoding */
const accountOf = (name, data, encoding) =>
  omadm.encode({ type: "tnds", encoding, nodes: [{ name: "1", format: "node", children: [{ name, format: "chr", data, children: [] }] }] }).body;
/** @param {string} name @param {string} data */
const markup = (name, data) => ({ markup: new TextDecoder().decode(accountOf(name, data, "xml")) });
const BINARY = accountOf("AAuthSecret", "secret-binary", "wbxml");
const tnds = { format: /** @type {const} */ ("xml"), mime: "application/vnd.syncml.dmtnds+xml" };
/** @param {string} text */
const base64 = (text) => Buffer.from(text).toString("base64");

/** @type {NewCommand[]} */
const COMMANDS = [
  { type: "add", items: [{ uri: "./Acc/A/AAuthSecret", data: "secret-leaf" }] },
  { type: "add", items: [{ uri: "./Acc/A/Name", data: "open-leaf" }] },
  { type: "add", items: [{ uri: "./Inbox/1", data: markup("AAuthSecret", "secret-new"), ...tnds }] },
  { type: "add", items: [{ uri: "./Inbox/2", data: markup("ClientPW", "secret-old"), ...tnds }] },
  { type: "add", items: [{ uri: "./Inbox/3", data: BINARY, format: "xml", mime: "application/vnd.syncml.dmtnds+wbxml" }] },
  { type: "add", items: [{ uri: "./Inbox/4", data: '<characteristic type="APPAUTH"><parm name="AAUTHSECRET" value="secret-parm"/></characteristic>' }] },
  { type: "add", items: [{ uri: "./Inbox/5", data: new TextEncoder().encode("secret-octets"), format: "bin", mime: "application/vnd.wap.connectivity-wbxml" }] },
  { type: "exec", uri: "./Unit/Enrol", data: '<parm name="AAUTHDATA" value="secret-exec"/>' },
  { type: "replace", items: [{ uri: "./Unit/ServerPW", data: "secret-write" }] },
  { type: "input", text: "Password?", options: { echo: "P", default: "secret-default" } },
  { type: "sequence", commands: [{ type: "input", text: "Again?", options: { echo: "P" } }] },
  { type: "input", text: "Your name?" },
];
const answers = { "Password?": "secret-typed", "Again?": "secret-again", "name?": "open-typed" };
const script = await fileOf({
  interactions: Object.entries(answers).map(([match, text]) => ({ type: "input", match, answer: { text } })),
  exec: { "./Unit/Enrol": 200 },
  write: { "./Unit/ServerPW": 200 },
});
const SECRETS = ["leaf", "new", "old", "binary", "parm", "octets", "exec", "write", "default", "typed", "again"].map((name) => `secret-${name}`);
const CODED = [base64("secret-octets"), Buffer.from(BINARY).toString("base64")];

for (const how of [[], ["--json"], ["-v"], ["-v", "--json"]]) {
  for (const wbxml of [[], ["--wbxml"]]) {
    beside(`secrets are hidden: ${[...how, ...wbxml].join(" ") || "without options"}`, async () => {
      const { url, events } = await Desk.open([...COMMANDS]);
      const options = ["device", "--url", url, "--device-id", "IMEI:1", ...PROOFS, "--implicit-add", "--script", script, ...how, ...wbxml];
      const { status, out, err } = await run(options);
      assert.deepEqual([status, err], [0, ""]);
      for (const secret of [...SECRETS, ...CODED]) assert.equal(out.includes(secret), false, secret);
      assert.ok(out.includes("open-typed"));
      if (how.includes("-v")) assert.ok(out.includes("open-leaf"));
      // The server has heard them.
      assert.ok(events.some((event) => event.type === "status" && event.data?.[0] === "secret-typed"));
    });
  }
}

beside("--show-secrets shows them", async () => {
  const { url } = await Desk.open([...COMMANDS]);
  const { out } = await run(["device", "--url", url, "--device-id", "IMEI:1", ...PROOFS, "--implicit-add", "--script", script, "-v", "--show-secrets"]);
  for (const secret of [...SECRETS.filter((name) => !/binary|octets/.test(name)), ...CODED]) assert.ok(out.includes(secret), secret);
});
