/** What devices are made of: the command line with the files that it names, read once however many devices there are. */
/** @import { Credential, DmVersion, Encoding, TreeSource, Trigger } from "../types.js" */
/** @import { Options } from "./options.js" */
/** @import { Script } from "./script.js" */
import { readNotification } from "./notification.js";
import { noScript, readScript } from "./script.js";
import { Transport } from "./transport.js";
import { readTree } from "./tree.js";

/**
 * @typedef {object} Plan
 * @property {string} url
 * @property {Trigger} trigger why the first session begins; each further one is the device's own wish, as is all that no notification asks for
 * @property {DmVersion} version
 * @property {Encoding} encoding
 * @property {{ serverId: string, client: Credential | "transport", server: Credential | "transport" }} account
 * @property {number | undefined} maxMsgSize
 * @property {number | undefined} maxObjSize
 * @property {boolean} implicitAdd
 * @property {boolean} treeAlerts
 * @property {string | undefined} seed
 * @property {Script} script
 * @property {TreeSource} tree
 * @property {string[]} objects
 * @property {Transport} transport of all devices
 */

/** What a device is called where nobody gives it a name. */
const DEVICE_ID = "IMEI:004999010640000";
const FLEET_ID = "IMEI:{n}";

/** @param {Options} options @param {string} version of the package @returns {Plan} */
export function planOf(options, version) {
  const { notification, resync, url, serverId, maxMsgSize, maxObjSize, implicitAdd, treeAlerts, seed, objects, timeout, retries, headers } = options;
  const encoding = options.wbxml ? "wbxml" : "xml";
  return {
    url,
    trigger: notification === undefined ? { by: "user" } : { by: "server", notification: readNotification(notification), policy: { resync } },
    version: options.version,
    encoding,
    account: {
      serverId,
      client: credentialOf(options.client, options.auth),
      server: credentialOf(options.server, options.serverAuth),
    },
    maxMsgSize,
    maxObjSize,
    implicitAdd,
    treeAlerts,
    seed,
    script: options.script === undefined ? noScript() : readScript(options.script),
    tree: readTree(options.tree),
    objects,
    transport: new Transport({ timeout, retries, headers, agent: `omadm-device/${version}`, encoding }),
  };
}

/**
 * The plan of one device of a fleet, whose user may be named after it.
 * @param {Plan} plan
 * @param {number} number
 * @returns {Plan}
 */
export function planFor(plan, number) {
  const { client } = plan.account;
  if (client === "transport" || !client.user.includes("{n}")) return plan;
  return { ...plan, account: { ...plan.account, client: { ...client, user: numbered(client.user, number) } } };
}

/** @param {Options} options @param {number} [number] of the device in its fleet */
export const deviceIdOf = ({ deviceId }, number) => (number === undefined ? (deviceId ?? DEVICE_ID) : numbered(deviceId ?? FLEET_ID, number));

/** @param {string} pattern @param {number} number */
const numbered = (pattern, number) => pattern.replaceAll("{n}", String(number));

/** Without a user there is nothing to prove, or somebody else has made sure. @param {{ user: string, password: string } | undefined} party @param {Credential["schemes"][number]} scheme */
function credentialOf(party, scheme) {
  return party === undefined ? "transport" : { user: party.user, secret: { password: party.password }, schemes: [scheme] };
}
