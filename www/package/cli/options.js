/** The command line of `omadm device`, checked: every mistake says which option, what was given, and what was expected. */
/** @import { AuthScheme, Dialect, DmVersion } from "../types.js" */
import { parseArgs } from "node:util";
import { OBJECTS } from "../objects/objects.js";
import { UsageError, meant } from "./fault.js";

/** @type {AuthScheme[]} */
const SCHEMES = ["basic", "md5", "hmac", "sha256"];
/** @type {(DmVersion | "2.0")[]} */
const VERSIONS = ["1.1", "1.2", "1.3", "2.0"];
/** @type {Dialect[]} */
const DIALECTS = ["draft", "approved"];
/** What has no meaning in DM 2.0, and what has none before it. */
const BEFORE_DM2 = /** @type {const} */ (["server-user", "server-password", "auth", "server-auth", "wbxml", "max-msg-size", "implicit-add", "tree-alerts", "resync"]);
const OF_DM2 = /** @type {const} */ (["dialect", "origin", "bootstrap", "notification-secret", "notification-nonce"]);
/** What the message to the server, and the one from it, may have at most. */
const MAX_MESSAGE = 1_048_576;
const MAX_OBJECT = 67_108_864;

const OPTIONS = /** @type {const} */ ({
  url: { type: "string" },
  "device-id": { type: "string" },
  "server-id": { type: "string" },
  user: { type: "string" },
  password: { type: "string" },
  "server-user": { type: "string" },
  "server-password": { type: "string" },
  auth: { type: "string" },
  "server-auth": { type: "string" },
  version: { type: "string" },
  dialect: { type: "string" },
  origin: { type: "string", multiple: true },
  bootstrap: { type: "boolean" },
  wbxml: { type: "boolean" },
  tree: { type: "string", multiple: true },
  objects: { type: "string" },
  script: { type: "string" },
  notification: { type: "string" },
  "notification-secret": { type: "string" },
  "notification-nonce": { type: "string" },
  resync: { type: "boolean" },
  state: { type: "string" },
  seed: { type: "string" },
  sessions: { type: "string" },
  "max-msg-size": { type: "string" },
  "max-obj-size": { type: "string" },
  "implicit-add": { type: "boolean" },
  "tree-alerts": { type: "boolean" },
  header: { type: "string", multiple: true },
  timeout: { type: "string" },
  retry: { type: "string" },
  devices: { type: "string" },
  concurrency: { type: "string" },
  verbose: { type: "boolean", short: "v" },
  "show-secrets": { type: "boolean" },
  record: { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
});

/**
 * @typedef {object} Options
 * @property {string} url
 * @property {string | undefined} deviceId
 * @property {string} serverId
 * @property {{ user: string, password: string } | undefined} client
 * @property {{ user: string, password: string } | undefined} server
 * @property {AuthScheme} auth
 * @property {AuthScheme} serverAuth
 * @property {DmVersion | "2.0"} version
 * @property {Dialect} dialect
 * @property {string[]} origins
 * @property {boolean} bootstrap
 * @property {{ secret: Uint8Array, authData?: Uint8Array } | undefined} notified what proves notifications of DM 2.0
 * @property {boolean} wbxml
 * @property {string[]} tree
 * @property {string[]} objects
 * @property {string | undefined} script
 * @property {string | undefined} notification
 * @property {boolean} resync
 * @property {string | undefined} state
 * @property {string | undefined} seed
 * @property {number | undefined} sessions
 * @property {number | undefined} maxMsgSize
 * @property {number | undefined} maxObjSize
 * @property {boolean} implicitAdd
 * @property {boolean} treeAlerts
 * @property {[string, string][]} headers
 * @property {number} timeout milliseconds
 * @property {number} retries
 * @property {number | undefined} devices
 * @property {number} concurrency
 * @property {boolean} verbose
 * @property {boolean} showSecrets
 * @property {string | undefined} record
 * @property {boolean} json
 */

/** Devices at once where nothing is said. */
const CONCURRENCY = 50;

/**
 * @param {string[]} given
 * @param {Record<string, string | undefined>} environment
 * @returns {Options | "help"}
 */
export function parseOptions(given, environment) {
  const { values, positionals } = parse(given);
  if (values.help) return "help";
  const [stray] = positionals;
  if (stray !== undefined) throw new UsageError(`${JSON.stringify(stray)} belongs to no option`);
  for (const [name, value] of Object.entries(values)) if (value === "" && name !== "password" && name !== "server-password") throw new UsageError(`--${name} is empty`);
  const auth = oneOf("auth", values.auth, SCHEMES, "md5");
  const devices = whole("devices", values.devices, 1, 1_000_000);
  if (devices === undefined && values.concurrency !== undefined) throw new UsageError("--concurrency is for --devices");
  if (devices !== undefined && values.state !== undefined) throw new UsageError("--state is for one device, not for --devices");
  if (devices !== undefined && values.notification !== undefined) throw new UsageError("--notification is for one device, not for --devices");
  const version = oneOf("version", values.version, VERSIONS, "1.2");
  for (const name of version === "2.0" ? BEFORE_DM2 : OF_DM2) {
    if (values[name] !== undefined) throw new UsageError(version === "2.0" ? `--${name} is not for --version 2.0` : `--${name} is for --version 2.0`);
  }
  if (values.bootstrap && values.notification !== undefined) throw new UsageError("--bootstrap and --notification are two reasons for the first session; there can be one");
  if (version !== "2.0" && values.notification !== undefined && values["server-user"] === undefined) throw new UsageError("--notification needs --server-user and --server-password: what proves the server proves its notifications");
  if (values.resync && values.notification === undefined) throw new UsageError("--resync is for --notification");
  if (devices !== undefined && values.verbose) throw new UsageError("--verbose is for one device; of --devices, --record keeps the messages");
  const deviceId = values["device-id"];
  if (devices !== undefined && deviceId !== undefined && devices > 1 && !deviceId.includes("{n}")) throw new UsageError("--device-id of several devices needs {n}, the number of the device, in it");
  return {
    url: address(values.url),
    deviceId,
    serverId: values["server-id"] ?? "omadm",
    client: party("", values.user, values.password ?? environment.OMADM_PASSWORD, values.password),
    server: party("server-", values["server-user"], values["server-password"] ?? environment.OMADM_SERVER_PASSWORD, values["server-password"]),
    auth,
    serverAuth: oneOf("server-auth", values["server-auth"], SCHEMES, auth),
    version,
    dialect: oneOf("dialect", values.dialect, DIALECTS, "draft"),
    origins: (values.origin ?? []).map(originIn),
    bootstrap: values.bootstrap ?? false,
    notified: notifiedBy(values["notification-secret"] ?? (version === "2.0" ? environment.OMADM_NOTIFICATION_SECRET : undefined), values["notification-nonce"]),
    wbxml: values.wbxml ?? false,
    tree: values.tree ?? [],
    objects: objectsIn(values.objects),
    script: values.script,
    notification: values.notification,
    resync: values.resync ?? false,
    state: values.state,
    seed: values.seed,
    sessions: whole("sessions", values.sessions, 1, 1_000_000),
    maxMsgSize: whole("max-msg-size", values["max-msg-size"], 1, MAX_MESSAGE),
    maxObjSize: whole("max-obj-size", values["max-obj-size"], 1, MAX_OBJECT),
    implicitAdd: values["implicit-add"] ?? false,
    treeAlerts: values["tree-alerts"] ?? false,
    headers: (values.header ?? []).map(headerIn),
    timeout: (whole("timeout", values.timeout, 1, 3_600) ?? 30) * 1_000,
    retries: whole("retry", values.retry, 0, 100) ?? 0,
    devices,
    concurrency: whole("concurrency", values.concurrency, 1, 10_000) ?? CONCURRENCY,
    verbose: values.verbose ?? false,
    showSecrets: values["show-secrets"] ?? false,
    record: values.record,
    json: values.json ?? false,
  };
}

/** @param {string[]} given */
function parse(given) {
  try {
    return parseArgs({ args: given, options: OPTIONS, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(reworded(error));
  }
}

/** What Node says of an option, without its advice. @param {unknown} error */
function reworded(error) {
  const message = error instanceof Error ? error.message : String(error);
  const unknown = /Unknown option '([^']*)'/.exec(message)?.[1];
  if (unknown !== undefined) return `there is no option ${unknown}${meant(unknown, Object.keys(OPTIONS).map((name) => `--${name}`))}`;
  const missing = /Option '(?:-\w, )?(--[\w-]+)[^']*' argument (?:missing|is ambiguous)/.exec(message)?.[1];
  if (missing !== undefined) return `${missing} needs a value; one that begins with a hyphen is written ${missing}=VALUE`;
  const bare = /Option '(?:-\w, )?(--[\w-]+)[^']*' does not take an argument/.exec(message)?.[1];
  return bare === undefined ? message.split("\n")[0] ?? "" : `${bare} takes no value`;
}

/** @param {string | undefined} given */
function address(given) {
  if (given === undefined) throw new UsageError("--url is missing: the address of the server, such as https://mgmt.example/dm");
  const expected = `--url must be an address that begins with https:// or http://, not ${JSON.stringify(given)}`;
  const { protocol, username, password } = URL.canParse(given) ? new URL(given) : { protocol: "", username: "", password: "" };
  if (protocol !== "https:" && protocol !== "http:") {
    // A host without a scheme is the common slip; one with a port even parses.
    const isHost = /^[\w.-]+(?::\d+)?(?:\/|$)/.test(given) && URL.canParse(`http://${given}`);
    throw new UsageError(isHost ? `${expected}; did you mean http://${given}?` : expected);
  }
  if (username !== "" || password !== "") throw new UsageError("--url must not hold credentials: give --user and --password, or --header 'Authorization: ...'");
  return given;
}

/**
 * @param {"" | "server-"} side
 * @param {string | undefined} user
 * @param {string | undefined} password
 * @param {string | undefined} asOption
 */
function party(side, user, password, asOption) {
  const variable = side === "" ? "OMADM_PASSWORD" : "OMADM_SERVER_PASSWORD";
  if (user === undefined) {
    if (asOption !== undefined) throw new UsageError(`--${side}password needs --${side}user`);
    return undefined;
  }
  if (password === undefined) throw new UsageError(`--${side}user needs --${side}password, or ${variable} in the environment`);
  if (user.includes(":")) throw new UsageError(`--${side}user must have no colon in it`);
  return { user, password };
}

/** @param {string} given */
function originIn(given) {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url?.protocol !== "https:" || `${url.origin}/` !== url.href) throw new UsageError(`--origin must be https:// and a host, such as https://repository.example, not ${JSON.stringify(given)}`);
  return url.origin;
}

/** @param {string | undefined} secret @param {string | undefined} nonce */
function notifiedBy(secret, nonce) {
  if (secret !== undefined) return { secret: octetsIn(secret), ...(nonce !== undefined && { authData: octetsIn(nonce) }) };
  if (nonce !== undefined) throw new UsageError("--notification-nonce needs --notification-secret, or OMADM_NOTIFICATION_SECRET in the environment");
  return undefined;
}

/** Text, or `hex:` and digits. @param {string} given */
function octetsIn(given) {
  const [, digits] = /^hex:((?:[0-9a-f]{2})*)$/i.exec(given) ?? [];
  return new Uint8Array(Buffer.from(digits ?? given, digits === undefined ? "utf8" : "hex"));
}

/** @param {string | undefined} given */
function objectsIn(given) {
  if (given === undefined) return [];
  const names = given.split(",").map((name) => name.trim());
  for (const [at, name] of names.entries()) {
    if (!OBJECTS.some((known) => known === name)) throw new UsageError(`--objects must list some of ${OBJECTS.join(", ")} with commas between them, not ${JSON.stringify(name)}`);
    if (names.indexOf(name) !== at) throw new UsageError(`--objects names ${name} twice`);
  }
  return names;
}

/** @param {string} given @returns {[string, string]} */
function headerIn(given) {
  const [, name = "", value = ""] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x20-\x7e]*)$/.exec(given) ?? [];
  // It may hold a token.
  if (name === "") throw new UsageError("--header must be a name, a colon and a value in ASCII, such as 'X-Trace: 7'");
  if (/^(?:content-(?:type|length)|x-syncml-hmac|host|connection|transfer-encoding)$/i.test(name)) throw new UsageError(`--header cannot set ${name}`);
  return [name, value];
}

/** @template {string} T @param {string} name @param {string | undefined} given @param {T[]} known @param {T} otherwise */
function oneOf(name, given, known, otherwise) {
  if (given === undefined) return otherwise;
  const found = known.find((each) => each === given);
  if (found === undefined) throw new UsageError(`--${name} must be one of ${known.join(", ")}, not ${JSON.stringify(given)}`);
  return found;
}

/** @param {string} name @param {string | undefined} given @param {number} least @param {number} most */
function whole(name, given, least, most) {
  if (given === undefined) return undefined;
  const value = Number(given);
  if (!/^[0-9]+$/.test(given) || value < least || value > most) throw new UsageError(`--${name} must be a whole number from ${least} to ${most}, not ${JSON.stringify(given)}`);
  return value;
}
