/**
 * What somebody would write who reads packages of DM 2.0 in the draft dialect by `JSON.parse`: the same document, checked by hand. It checks less:
 * of a member that is there twice the last counts, and a whole number that a double cannot hold is rounded.
 */

/** @typedef {Record<string, unknown>} Members */

const decoder = new TextDecoder("utf-8", { fatal: true });
/** Half a character. */
const LONE = /\p{Surrogate}/u;
const MOST = 10_000;
const MOST_COMMANDS = 1_000;
const DEPTH = 64;
const OCTETS = 1_048_576;

/** @param {string} words @returns {never} */
const fail = (words) => {
  throw new Error(words);
};

/** @param {unknown} value @returns {Members} */
const object = (value) => (typeof value === "object" && value !== null && !Array.isArray(value) ? /** @type {Members} */ (value) : fail("no object"));
/** @param {unknown} value */
const string = (value) => (typeof value === "string" && !LONE.test(value) ? value : fail("no string"));
/** @param {unknown} value @param {number} least @param {number} most */
const number = (value, least, most) => (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most ? value : fail("no such number"));
/** @param {unknown} value */
const status = (value) => number(value, 100, 999);
/** @param {unknown} value @param {number} [most] @returns {unknown[]} */
const array = (value, most = MOST) => (Array.isArray(value) && value.length <= most ? value : fail("no array"));
/** @template T @param {unknown} value @param {(element: unknown) => T} read @returns {T[]} */
const list = (value, read) => (value === undefined ? [] : array(value).map(read));

/** @param {Members} to @param {string} name @param {unknown} value */
const maybe = (to, name, value) => {
  if (value !== undefined) to[name] = string(value);
};

/** How deep a value lies, and that no text in it is half a character. @param {unknown} value @param {number} depth */
function sound(value, depth) {
  if (typeof value === "string") string(value);
  else if (depth > DEPTH && typeof value === "object" && value !== null) fail("too deep");
  else if (Array.isArray(value)) for (const each of value) sound(each, depth + 1);
  else if (typeof value === "object" && value !== null) {
    for (const [name, each] of Object.entries(value)) {
      string(name);
      sound(each, depth + 1);
    }
  }
}

/** @param {Members} info @param {Members} to */
function session(info, to) {
  const id = string(info.SessionID);
  const { length } = Array.from(id);
  if (length < 1 || length > 32) fail("SessionID of a wrong length");
  to.sessionId = id;
  to.seq = number(info.PkgSeq, 1, 0xffff_ffff);
  return to;
}

/** @param {unknown} value */
function moItem(value) {
  const item = object(value);
  /** @type {Members} */
  const read = { uri: string(item.URI) };
  maybe(read, "cv", item.CV);
  maybe(read, "ddf", item.DDF);
  if ((item.MO === undefined) === (item.Code === undefined)) fail("not one of MO and Code");
  if (item.Code === undefined) read.value = item.MO;
  else read.code = status(item.Code);
  return read;
}

/** @param {unknown} value */
function alertItem(value) {
  const item = object(value);
  /** @type {Members} */
  const read = {};
  for (const [to, from] of [["type", "Type"], ["source", "Source"], ["target", "Target"], ["mark", "Mark"], ["format", "Format"]]) maybe(read, to ?? "", item[from ?? ""]);
  if (item.Data !== undefined) read.data = item.Data;
  return read;
}

/** @param {unknown} value */
function alert(value) {
  const given = object(value);
  /** @type {Members} */
  const read = { code: number(given.Code, 0, 0xffff_ffff) };
  maybe(read, "correlator", given.Correlator);
  read.items = Array.isArray(given.Item) ? array(given.Item).map(alertItem) : given.Item === undefined ? [] : [alertItem(given.Item)];
  return read;
}

/** @param {unknown} value */
function supported(value) {
  const given = object(value);
  /** @type {Members} */
  const read = { moid: string(given.MOID) };
  maybe(read, "ddf", given.DDF);
  read.instances = array(given.Path).map(string);
  return read;
}

/** @param {unknown} value */
function result(value) {
  const given = object(value);
  /** @type {Members} */
  const read = { code: status(given.Code) };
  read.objects = Array.isArray(given.MOD) ? array(given.MOD).map(moItem) : given.MOD === undefined ? [] : [moItem(given.MOD)];
  read.created = list(given.URI, string);
  return read;
}

const isServer = (/** @type {string} */ text) => /^https?:/i.test(text);
const NAMES = ["HGET", "HPUT", "HPOST", "DELETE", "EXEC", "GET", "SHOW", "CONT", "END", "DEFAULT", "SUB", "UNSUB"];
const ALONE = ["DELETE", "EXEC", "GET", "END", "UNSUB"];

/** @param {unknown} entry */
function command(entry) {
  return (typeof entry === "object" && entry !== null && !Array.isArray(entry) && known(/** @type {Members} */ (entry))) || { type: "malformed", entry };
}

/** @param {Members} entry */
function known(entry) {
  const [member, ...more] = Object.entries(entry);
  if (member === undefined || more.length > 0) return undefined;
  const [name, value] = member;
  const isBlank = value === null || value === "" || (typeof value === "object" && !Array.isArray(value) && Object.keys(value).length === 0);
  if (name === "END" && isBlank) return { type: "end" };
  if (!Array.isArray(value) || !value.every((each) => typeof each === "string")) return undefined;
  if (!NAMES.includes(name)) return { type: "unknown", name, arguments: value };
  const servers = value.filter(isServer);
  const clients = value.filter((each) => !isServer(each));
  if (!ALONE.includes(name) && servers.length === 0) servers.push(...clients.splice(0, 1));
  if (servers.length > 1) return undefined;
  const [url] = servers;
  const [uri] = clients;
  const type = name.toLowerCase();
  if (name === "HPUT" || name === "HPOST") return url !== undefined && uri !== undefined ? { type, from: clients, to: url } : undefined;
  if (clients.length > 1) return undefined;
  switch (name) {
    case "HGET":
      return url === undefined ? undefined : { type, from: url, ...(uri !== undefined && { to: uri }) };
    case "EXEC":
      return uri === undefined ? undefined : { type, uri, ...(url !== undefined && { reportTo: url }) };
    case "END":
      return uri === undefined && url === undefined ? { type } : undefined;
    case "SHOW":
    case "CONT":
      return url !== undefined && uri === undefined ? { type, url } : undefined;
    case "DEFAULT":
      return url !== undefined && uri !== undefined ? { type, url, moid: uri } : undefined;
    case "SUB":
      return url !== undefined && uri !== undefined ? { type, url, uri } : undefined;
    default:
      return url === undefined && uri !== undefined ? { type, uri } : undefined;
  }
}

const BOOTSTRAP = "urn:oma:at:dm:2.0:BootstrapComplete";

/** @param {Members} root @param {Members} info */
function initiation(root, info) {
  const code = number(info.ReasonForSession, 0, 0xffff_ffff);
  const alerts = list(root.Alerts, alert);
  const isBootstrap = alerts.some((each) => Array.isArray(each.items) && each.items.some(({ type }) => type === BOOTSTRAP));
  const by = code === 1200 ? "server" : code !== 1201 ? "other" : isBootstrap ? "bootstrap" : "client";
  const read = session(info, { kind: "initiation", deviceId: string(info.DevID) });
  read.reason = by === "other" ? { by, code } : { by };
  return Object.assign(read, { supported: list(root.MOS, supported), data: list(root.MOD, moItem), alerts });
}

/** @param {Members} root @param {Members} info */
function request(root, info) {
  const read = session(info, { kind: "request" });
  maybe(read, "acceptMo", info.AcceptMO);
  const commands = root.Cmds === undefined ? [] : array(root.Cmds, MOST_COMMANDS).map(command);
  return Object.assign(read, { commands, results: list(root.Results, (each) => status(object(each).Code)) });
}

/** @param {Members} root @param {Members} info */
function response(root, info) {
  const read = session(info, { kind: "response", deviceId: string(info.DevID) });
  return Object.assign(read, { results: array(root.Results).map(result), alerts: list(root.Alerts, alert) });
}

const KINDS = { initiation, request, response };

/**
 * A package out of its octets. Throws for what is none.
 * @param {keyof typeof KINDS} kind as its media type says
 * @param {Uint8Array} body
 */
export function read(kind, body) {
  if (body.length > OCTETS) fail("too large");
  const root = object(JSON.parse(decoder.decode(body)));
  sound(root, 1);
  return { type: "dm2", dialect: "draft", package: KINDS[kind](root, object(root.SessionInfo)) };
}
