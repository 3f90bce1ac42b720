/** What devices are made of: the command line with the files that it names, read once however many devices there are. */
/** @import { Account, Credential, Dialect, DmVersion, Encoding, TreeSource, Trigger } from "../types.js" */
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
 * @property {DmVersion | "2.0"} version
 * @property {Dialect} dialect of DM 2.0
 * @property {string[]} origins beside that of `url`
 * @property {{ user: string, password: string } | undefined} basic what proves the device by HTTP, in DM 2.0
 * @property {Encoding} encoding
 * @property {Pick<Account, "serverId" | "client" | "server" | "notification">} account
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
  const { url, version: spoken, dialect, origins, serverId, maxMsgSize, maxObjSize, implicitAdd, treeAlerts, seed, objects, timeout, retries, headers } = options;
  const encoding = options.wbxml ? "wbxml" : "xml";
  const isDm2 = spoken === "2.0";
  return {
    url,
    trigger: triggerOf(options),
    version: spoken,
    dialect,
    origins,
    basic: isDm2 ? options.client : undefined,
    encoding,
    account: {
      serverId,
      client: isDm2 ? "transport" : credentialOf(options.client, options.auth),
      server: credentialOf(options.server, options.serverAuth),
      ...(options.notified && { notification: options.notified }),
    },
    maxMsgSize,
    maxObjSize,
    implicitAdd,
    treeAlerts,
    seed,
    script: options.script === undefined ? noScript() : readScript(options.script),
    tree: readTree(options.tree),
    objects,
    transport: new Transport({ timeout, retries, headers, url, agent: `omadm-device/${version}`, encoding }),
  };
}

/** Why the first session begins. @param {Options} options @returns {Trigger} */
function triggerOf({ notification, resync, version, dialect, bootstrap }) {
  if (notification === undefined) return { by: bootstrap ? "bootstrap" : "user" };
  const form = dialect === "draft" ? "2.0-draft" : "2.0";
  return { by: "server", notification: readNotification(notification), policy: version === "2.0" ? { form } : { resync } };
}

/**
 * The plan of one device of a fleet, whose user may be named after it.
 * @param {Plan} plan
 * @param {number} number
 * @returns {Plan}
 */
export function planFor(plan, number) {
  const { account: { client }, basic } = plan;
  if (basic !== undefined) return { ...plan, basic: { ...basic, user: numbered(basic.user, number) } };
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
