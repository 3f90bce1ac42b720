/**
 * Three turns of one session, as they come every day: a device that authenticates itself and is asked for 20 values, its answer with
 * those values upon which 100 are set, and its 100 Statuses. Written by hand, so that nobody measured here has written them.
 */
import { createHash } from "node:crypto";
import omadm from "../node/omadm.js";

/** @import { Account, Encoding, Env, NewCommand, ServerConfig } from "../../www/package/types.js" */

/**
 * @typedef {object} Turn
 * @property {string} name
 * @property {string} url
 * @property {Uint8Array} body
 * @property {NewCommand[]} push what the host queues when it has seen what came
 */

export const DEVICE = "IMEI:490154203237518";
/** @type {ServerConfig} */
export const CONFIG = { serverId: "desk.example", url: "https://desk.example/dm", binding: "respUri" };

const nonce = (/** @type {number} */ seed) => Uint8Array.from({ length: 16 }, (_, at) => (seed + at * 29) & 0xff);
const [CLIENT_NONCE, SERVER_NONCE, NEXT_NONCE] = [nonce(17), nonce(91), nonce(53)];
const SECRET = "OhBehave";

/** @returns {Account} */
export const account = () => ({
  deviceId: DEVICE,
  serverId: CONFIG.serverId,
  client: { user: "device", secret: { password: SECRET }, schemes: ["md5", "basic"] },
  server: { user: "desk", secret: { password: "SheSmiles" }, schemes: ["md5"] },
  state: { clientNonce: CLIENT_NONCE, serverNonce: SERVER_NONCE },
});

/** Randomness that is the same in every run: all who are measured make the same nonce and the same token of it. @type {Env} */
export const ENV = { now: 1_700_000_000_000, entropy: Uint8Array.from({ length: 32 }, (_, at) => (at * 37 + 11) & 0xff) };
const TOKEN = Buffer.from(ENV.entropy.subarray(16)).toString("base64url");

/** What proves a user by MD5 (OMA-TS-DM_Security, 5.3). @param {string} user @param {string} password @param {Uint8Array} nonce */
export function md5(user, password, nonce) {
  const inner = createHash("md5").update(`${user}:${password}`).digest("base64");
  return createHash("md5").update(`${inner}:`).update(nonce).digest("base64");
}

/** @param {string} format @param {string} type @param {string} [rest] */
const meta = (format, type, rest = "") => `<Meta><Format xmlns="syncml:metinf">${format}</Format><Type xmlns="syncml:metinf">${type}</Type>${rest}</Meta>`;
/** @param {number} id @param {number} msg @param {number} ref @param {string} cmd @param {string} inside @param {number} code */
const status = (id, msg, ref, cmd, inside, code) =>
  `<Status><CmdID>${id}</CmdID><MsgRef>${msg}</MsgRef><CmdRef>${ref}</CmdRef><Cmd>${cmd}</Cmd>${inside}<Data>${code}</Data></Status>`;

/** @param {number} msgId @param {string} target @param {string} header @param {string} body */
const message = (msgId, target, header, body) =>
  new TextEncoder().encode(
    `<?xml version="1.0" encoding="UTF-8"?>\n<SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>7A</SessionID><MsgID>${msgId}</MsgID>` +
      `<Target><LocURI>${target}</LocURI></Target><Source><LocURI>${DEVICE}</LocURI></Source>${header}</SyncHdr><SyncBody>${body}<Final/></SyncBody></SyncML>`,
  );

const SIZE = `<Meta><MaxMsgSize xmlns="syncml:metinf">65536</MaxMsgSize></Meta>`;
const INFO = { DevId: DEVICE, Man: "Tideline", Mod: "Harbour 4", DmV: "1.2", Lang: "en-GB" };
const asked = Array.from({ length: 20 }, (_, at) => `./Vendor/Tideline/Radio/Channel${at}/Frequency`);
const set = Array.from({ length: 100 }, (_, at) => `./Vendor/Tideline/Policy/Rule${at}/Value`);
const called = `${CONFIG.url}?sid=${TOKEN}`;

const packageOne = message(
  1,
  CONFIG.url,
  `<Cred>${meta("b64", "syncml:auth-md5")}<Data>${md5("device", SECRET, CLIENT_NONCE)}</Data></Cred>${SIZE}`,
  `<Alert><CmdID>1</CmdID><Data>1201</Data></Alert><Replace><CmdID>2</CmdID>${Object.entries(INFO)
    .map(([name, value]) => `<Item><Source><LocURI>./DevInfo/${name}</LocURI></Source>${meta("chr", "text/plain")}<Data>${value}</Data></Item>`)
    .join("")}</Replace>`,
);
const chal = `<Chal>${meta("b64", "syncml:auth-md5", `<NextNonce xmlns="syncml:metinf">${Buffer.from(NEXT_NONCE).toString("base64")}</NextNonce>`)}</Chal>`;
const results = message(
  2,
  called,
  SIZE,
  status(1, 1, 0, "SyncHdr", `<TargetRef>${DEVICE}</TargetRef><SourceRef>${CONFIG.url}</SourceRef>${chal}`, 212) +
    asked
      .map(
        (uri, at) =>
          status(2 * at + 2, 1, at + 4, "Get", `<TargetRef>${uri}</TargetRef>`, 200) +
          `<Results><CmdID>${2 * at + 3}</CmdID><MsgRef>1</MsgRef><CmdRef>${at + 4}</CmdRef><Item><Source><LocURI>${uri}</LocURI></Source>` +
          `${meta("chr", "text/plain")}<Data>Channel ${at}: 446.${at} MHz &amp; up, where it isn't taken</Data></Item></Results>`,
      )
      .join(""),
);
const statuses = message(
  3,
  called,
  SIZE,
  status(1, 2, 0, "SyncHdr", `<TargetRef>${DEVICE}</TargetRef><SourceRef>${CONFIG.url}</SourceRef>`, 200) +
    set.map((uri, at) => status(at + 2, 2, at + 2, "Replace", `<TargetRef>${uri}</TargetRef>`, 200)).join(""),
);

/** @type {Turn[]} */
const XML = [
  { name: "package 1 with DevInfo, answered with 20 Gets", url: CONFIG.url, body: packageOne, push: asked.map((uri) => ({ type: "get", uri })) },
  {
    name: "package 3 with Results of 20 nodes, answered with 100 Replaces",
    url: called,
    body: results,
    push: set.map((uri, at) => ({ type: "replace", items: [{ uri, data: `rule <${at}> & its value`, format: "int", mime: "text/plain" }] })),
  },
  { name: "100 Statuses, answered with one Get", url: called, body: statuses, push: [{ type: "get", uri: "./DevDetail/SwV" }] },
];

/** @param {Uint8Array} body */
function wbxml(body) {
  const document = omadm.decode(body);
  if (document.type !== "syncml") throw new Error(document.type);
  const { wbxml: _, ...rest } = { ...document, encoding: /** @type {const} */ ("wbxml") };
  return omadm.encode(rest).body;
}

/** @type {Record<Encoding, Turn[]>} */
export const TURNS = { xml: XML, wbxml: XML.map((turn) => ({ ...turn, body: wbxml(turn.body) })) };
