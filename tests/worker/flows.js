/** The fourteen flows of a session, each with what comes of it where nothing fails. */

/**
 * @import { AuthScheme, ClientAlert, ClientConfig, NewCommand, TreeValue } from "omadm"
 *
 * @typedef {object} Flow
 * @property {string} name
 * @property {AuthScheme} [scheme] of both sides; left out: the device's is basic, and the transport proves the server
 * @property {Partial<Pick<ClientConfig, "version" | "encoding" | "maxMsgSize">>} [speech] how the device speaks
 * @property {{ maxMsgSize?: number }} [desk] what the server's account says of the device
 * @property {number} [notified] the session id of the notification with which it starts
 * @property {boolean} [stale] an earlier session has been held, and the device has forgotten what it was told there
 * @property {Record<string, TreeValue>} [values] what stands in the tree beside what always does
 * @property {(NewCommand[] | undefined)[]} batches what the server's host queues: the first before the session, each other before one more message
 * @property {number} [exec] what an Exec comes to; 200
 * @property {{ ahead: number, alert: ClientAlert }} [report] an alert that the device raises ahead of its message of this number, from 1
 * @property {{ ahead: number, by: "device" | "server" }} [abort] who ends the session ahead of this message
 * @property {string[]} told what the server was told of its commands: number, path in groups, code
 * @property {number} messages how many the device sends
 */

/** The type of the alerts that the server's host handles. */
export const DONE = "urn:oma:at:x:1.0:done";

/** @param {string} uri @param {string} data @returns {NewCommand} */
const replace = (uri, data) => ({ type: "replace", items: [{ uri, data }] });
/** @param {string} uri @param {string} data @returns {NewCommand} */
const add = (uri, data) => ({ type: "add", items: [{ uri, data }] });
/** @param {string} uri @returns {NewCommand} */
const get = (uri) => ({ type: "get", uri });
/** @param {string} uri @returns {NewCommand} */
const remove = (uri) => ({ type: "delete", uri });

/** What there is to do in a session that is about something else. @returns {NewCommand[][]} */
const errands = () => [
  [replace("./E", "new"), get("./A/B"), { type: "exec", uri: "./Go", correlator: "order" }],
  [add("./A/N", "n"), remove("./F"), get("./R")],
];
const DONE_ALL = ["1 200", "2 200", "3 200", "4 200", "5 200", "6 200"];

/** An Atomic of six commands, two of which go to the host of the device; one of them fails, or none does. @param {number} [failing] @returns {Flow} */
function atomic(failing) {
  /** @type {NewCommand[]} */
  const commands = [
    replace("./E", "new"),
    replace("./H1", "one"),
    add("./A/N", "n"),
    replace("./H2", "two"),
    { type: "replace", items: [{ uri: "./A/B", data: "1" }, { uri: "./A/C", data: "2" }] },
    remove("./F"),
  ];
  if (failing !== undefined) commands[failing] = replace("./Missing", "x");
  const code = (/** @type {number} */ at) => (failing === undefined ? 200 : at < failing ? 216 : at === failing ? 404 : 215);
  return {
    name: failing === undefined ? "Atomic that is committed" : `Atomic that fails at ${failing + 1}`,
    batches: [[{ type: "atomic", commands }, get("./A/C")]],
    told: [`1 ${failing === undefined ? 200 : 507}`, ...commands.map((_, at) => `1.${at} ${code(at)}`), "2 200"],
    messages: 2,
  };
}

/** @type {Flow} */
const byTheDevice = { name: "start by the device", batches: errands(), told: DONE_ALL, messages: 3 };
/** The first message asks for a nonce, and is answered by nothing else. */
const [first, second] = errands();
const challenged = { batches: [first, undefined, second], messages: 4 };
const OBJECT = "0123456789 grün & <blau>\n".repeat(160);

/** @type {Flow[]} */
export const FLOWS = [
  byTheDevice,
  { ...byTheDevice, name: "start by a notification", notified: 0x2a },
  { ...byTheDevice, name: "basic", scheme: "basic" },
  { ...byTheDevice, name: "MD5 with a stale nonce", ...challenged, scheme: "md5", stale: true },
  { ...byTheDevice, name: "SHA-256", ...challenged, scheme: "sha256" },
  { ...byTheDevice, name: "HMAC", ...challenged, scheme: "hmac" },
  {
    name: "results over several messages",
    desk: { maxMsgSize: 1_400 },
    values: Object.fromEntries([0, 1, 2, 3].map((at) => [`./L${at}`, `${at} of four `.repeat(50)])),
    batches: [[{ type: "get", uri: ["./L0", "./L1", "./L2", "./L3"] }, replace("./E", "new")]],
    told: ["1 200", "2 200"],
    messages: 6,
  },
  { name: "large object to the device", speech: { maxMsgSize: 1_500 }, batches: [[replace("./E", OBJECT), get("./A/B")]], told: ["1 200", "2 200"], messages: 10 },
  { name: "large object from the device", desk: { maxMsgSize: 1_500 }, values: { "./L": OBJECT }, batches: [[get("./L"), replace("./E", "new")]], told: ["1 200", "2 200"], messages: 10 },
  { name: "large object to the device in WBXML", speech: { maxMsgSize: 1_500, encoding: "wbxml" }, batches: [[replace("./E", OBJECT), get("./A/B")]], told: ["1 200", "2 200"], messages: 5 },
  { name: "large object from the device in WBXML", speech: { encoding: "wbxml" }, desk: { maxMsgSize: 1_500 }, values: { "./L": OBJECT }, batches: [[get("./L"), replace("./E", "new")]], told: ["1 200", "2 200"], messages: 5 },
  atomic(),
  ...[0, 1, 2, 3, 4, 5].map(atomic),
  {
    name: "Sequence with a confirmation",
    batches: [[{ type: "sequence", commands: [replace("./E", "new"), { type: "confirm", text: "Now?" }, replace("./F", "newer"), get("./A/B")] }, add("./A/N", "n")]],
    told: ["1 200", "1.0 200", "1.1 200", "1.2 200", "1.3 200", "2 200"],
    messages: 2,
  },
  {
    name: "Exec with a later alert",
    batches: [...errands(), [get("./E")]],
    exec: 202,
    report: { ahead: 4, alert: { code: 1226, alertType: DONE, source: "./Go", correlator: "order", format: "int", data: "200" } },
    told: ["1 200", "2 200", "3 202", "4 200", "5 200", "6 200", "7 200"],
    messages: 4,
  },
  { ...byTheDevice, name: "abort by the device", abort: { ahead: 3, by: "device" } },
  { ...byTheDevice, name: "abort by the server", abort: { ahead: 2, by: "server" }, told: ["1 200", "2 200", "3 200"], messages: 2 },
];
