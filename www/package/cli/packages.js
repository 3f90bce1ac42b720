/** Packages of DM 2.0, and the data that commands fetch and send: in a word, and readably without secrets. */
/** @import { Dm2Document, Dm2Package, DmDocument, Outcome } from "../types.js" */
import { decode, encode } from "../node.js";
import { words } from "./fault.js";
import { HIDDEN, hasSecretText, isSecretName } from "./redact.js";

/** Members of an address that give who has it more than an address. */
const IN_QUERY = /([?&][^=&#\s]*(?:token|secret|key|sig|auth|pass|cred)[^=&#\s]*=)[^&#\s]*/gi;
/** What they fetch and send that can be read. */
const READABLE = ["mo", "tnds"];

/** Names and numbers, such as `GET + 2 HPUT`. @param {string[]} names */
function listed(names) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, number]) => (number === 1 ? name : `${number} ${/^\d/.test(name) ? "× " : ""}${name}`)).join(" + ");
}

const REASONS = { client: "begun by the device", server: "asked for by the server", bootstrap: "after a bootstrap", other: "for another reason" };

/** @param {Dm2Document} document */
export function packageSummary({ package: content }) {
  const alerts = content.kind === "request" ? [] : (content.alerts ?? []).map(({ code }) => `Alert ${code}`);
  if (content.kind === "initiation") return listed([REASONS[content.reason?.by ?? "client"], ...alerts]);
  if (content.kind === "request") return listed((content.commands ?? []).map((command) => (command.type === "unknown" ? command.name : command.type.toUpperCase()))) || "END";
  return listed([...(content.results ?? []).map(({ code }) => String(code)), ...alerts]);
}

const NUMBERS = { initiation: 1, request: 2, response: 3 };

/** What is said of it ahead of its size. @param {Dm2Document} document */
export function packageWords(document) {
  const { package: { kind, seq } } = document;
  return [`package ${NUMBERS[kind]}`, ...(seq === undefined ? [] : [`PkgSeq ${seq}`]), packageSummary(document)];
}

/** @param {Dm2Document} document */
export function packageRecord(document) {
  const { dialect, package: { kind, seq, sessionId } } = document;
  return { dialect, package: kind, ...(sessionId !== undefined && { sessionId }), ...(seq !== undefined && { seq }), commands: packageSummary(document) };
}

/** @param {Dm2Document} document @returns {Dm2Document} */
export const redactPackage = (document) => ({ ...document, package: /** @type {Dm2Package} */ (redacted(document.package)) });

/** @param {string} url */
export const redactUrl = (url) => url.replaceAll(IN_QUERY, `$1${HIDDEN}`);

/** Whatever is in it: members with the name of a secret, data of nodes with such a name, trees as text. @param {unknown} json @returns {unknown} */
function redacted(json) {
  if (typeof json === "string") return hasSecretText(json) ? HIDDEN : /^https?:/i.test(json) ? redactUrl(json) : json;
  if (Array.isArray(json)) return json.map(redacted);
  if (typeof json !== "object" || json === null) return json;
  const { uri } = /** @type {{ uri?: unknown }} */ (json);
  const isOfSecret = typeof uri === "string" && isSecretName(lastOf(uri));
  return Object.fromEntries(Object.entries(json).map(([name, value]) => [name, isSecretName(name) || (isOfSecret && name === "value") ? HIDDEN : redacted(value)]));
}

/** The name of the node that a ClientURI stands for. @param {string} uri */
const lastOf = (uri) => uri.split("?")[0]?.split("/").at(-1) ?? "";

/** @param {DmDocument} document @returns {string[]} */
export function readableJson(document) {
  try {
    return new TextDecoder().decode(encode(document, { indent: true }).body).trimEnd().split("\n");
  } catch (error) {
    return [`(cannot be shown as JSON: ${words(error)})`];
  }
}

/**
 * What was fetched or sent, in lines. Without its address a value alone may be any.
 * @param {Uint8Array | undefined} body @param {string | undefined} contentType @param {boolean} showSecrets
 */
function dataLines(body, contentType, showSecrets) {
  if (body === undefined || body.length === 0) return [];
  const document = documentIn(body, contentType);
  if (document?.type === "mo") return readableJson(showSecrets ? document : { ...document, items: /** @type {typeof document.items} */ (redacted(document.items)) });
  const text = document === undefined ? new TextDecoder().decode(body) : new TextDecoder().decode(encode(document, { encoding: "xml", indent: true }).body);
  if (showSecrets || (document !== undefined && !hasSecretText(text))) return text.split("\n").map((line) => line.replaceAll(/[\x00-\x1f\x7f-\x9f]+/g, " "));
  return [`(${body.length} octets)`];
}

/** @param {Uint8Array} body @param {string | undefined} contentType */
function documentIn(body, contentType) {
  try {
    const document = decode({ body, ...(contentType !== undefined && { contentType }) });
    return READABLE.includes(document.type) ? document : undefined;
  } catch {
    return undefined;
  }
}

/** @typedef {{ method: string, url: string, headers: Record<string, string>, body?: Uint8Array }} Asked */

/**
 * What a command, or a subscription, asked of another server, and what came of it.
 * @param {Asked} asked @param {Outcome} outcome @param {{ verbose: boolean, showSecrets: boolean }} taste
 */
export function httpRecord({ method, url, headers, body }, outcome, { verbose, showSecrets }) {
  const answer = "response" in outcome ? outcome.response : undefined;
  const type = answer === undefined ? undefined : new Headers(/** @type {[string, string][]} */ (answer.headers ?? [])).get("content-type") ?? undefined;
  return {
    method,
    url: showSecrets ? url : redactUrl(url),
    octets: body?.length ?? 0,
    ...(verbose && { headers, text: dataLines(body, headers["content-type"], showSecrets).join("\n") }),
    outcome: answer === undefined
      ? outcome
      : { status: answer.status, octets: answer.body.length, ...(verbose && { ...(type !== undefined && { contentType: type }), text: dataLines(answer.body, type, showSecrets).join("\n") }) },
  };
}

/** @param {Asked} asked @param {Outcome} outcome @param {{ verbose: boolean, showSecrets: boolean }} taste */
export function httpLines(asked, outcome, taste) {
  const { method, url, octets, text, outcome: came } = httpRecord(asked, outcome, taste);
  const end = "octets" in came ? `HTTP ${came.status}, ${came.octets} octets` : "failed" in came ? came.failed : "";
  const lines = [`   ${method} ${url}${octets === 0 ? "" : `, ${octets} octets`}: ${end}`];
  if (text) lines.push(...text.split("\n").map((line) => `      ${line}`));
  if ("text" in came && came.text) lines.push(...came.text.split("\n").map((line) => `      ${line}`));
  return lines;
}
