/** What a device is to do, from a file of JSON: answers to the user interactions, results of Exec, alerts to raise. */
/** @import { ClientAlert, ClientEvent, Outcome, UiCommand } from "../types.js" */
/** @import { ObjectOptions } from "../objects/objects.js" */
import { readFileSync } from "node:fs";
import { OBJECTS } from "../objects/objects.js";
import { UsageError, fileTrouble, words } from "./fault.js";
import { fromJson, isRecord } from "./json.js";
import { alertIn } from "./trial.js";

/**
 * @typedef {{ status: number } | { text: string } | { choices: number[] } | "yes" | "no" | "cancel" | "timeout"} Answer
 * @typedef {{ type?: UiCommand["type"], match?: string, answer: Answer }} Rule
 * @typedef {{ match?: string, status: 200 | 403 | 500 | 501 }} PageRule
 * @typedef {{ status: number, alert?: ClientAlert, after?: number }} ExecResult `after` messages the alert is raised
 *
 * @typedef {object} Script
 * @property {UiCommand["type"][]} shows the interactions that the device can show
 * @property {Rule[]} interactions the first that fits counts
 * @property {PageRule[]} show of pages in DM 2.0; the first that fits counts
 * @property {Record<number, string> | undefined} index the objects that numbers in notifications of DM 2.0 stand for
 * @property {boolean} alwaysListed package 1 of DM 2.0 lists the objects
 * @property {Record<string, ExecResult>} exec
 * @property {Record<string, Outcome>} read
 * @property {Record<string, { status: number }>} write
 * @property {ClientAlert[]} alerts
 * @property {ObjectOptions} objects
 * @property {number | undefined} abortAfter messages of the server, behind which the device ends the session
 */

/** @type {UiCommand["type"][]} */
const INTERACTIONS = ["display", "confirm", "input", "choose"];
/** Of a script. */
export const MEMBERS = ["shows", "interactions", "show", "index", "alwaysListed", "exec", "read", "write", "alerts", "objects", "abortAfter"];
/** What the engine takes as the outcome of a ticket. */
const STATUSES = { yes: 200, no: 304, cancel: 214, timeout: 408 };

/** @returns {Script} what a device does of its own accord */
export const noScript = () => ({ shows: [...INTERACTIONS], interactions: [], show: [], index: undefined, alwaysListed: false, exec: {}, read: {}, write: {}, alerts: [], objects: {}, abortAfter: undefined });

/**
 * @param {string} file
 * @returns {Script}
 */
export function readScript(file) {
  let text;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(`--script ${file}: ${fileTrouble(error)}`);
  }
  try {
    return parseScript(fromJson(text));
  } catch (error) {
    throw new UsageError(`--script ${file}: ${words(error)}`);
  }
}

/** @param {unknown} json @returns {Script} */
export function parseScript(json) {
  const given = members(json, "the script", MEMBERS);
  const script = noScript();
  if (given.shows !== undefined) script.shows = list(given.shows, "shows").map((kind, at) => oneOf(kind, INTERACTIONS, `shows[${at}]`));
  if (given.interactions !== undefined) script.interactions = list(given.interactions, "interactions").map((rule, at) => parseRule(rule, `interactions[${at}]`));
  if (given.show !== undefined) script.show = list(given.show, "show").map((rule, at) => parsePage(rule, `show[${at}]`));
  if (given.index !== undefined) script.index = parseIndex(given.index);
  if (given.alwaysListed !== undefined) script.alwaysListed = yesOrNo(given.alwaysListed, "alwaysListed");
  if (given.exec !== undefined) script.exec = mapped(given.exec, "exec", parseExec);
  if (given.read !== undefined) script.read = mapped(given.read, "read", parseRead);
  if (given.write !== undefined) script.write = mapped(given.write, "write", parseWrite);
  if (given.alerts !== undefined) script.alerts = list(given.alerts, "alerts").map((alert, at) => alertIn(alert, `alerts[${at}]`));
  if (given.objects !== undefined) script.objects = /** @type {ObjectOptions} */ (members(given.objects, "objects", [...OBJECTS]));
  if (given.abortAfter !== undefined) script.abortAfter = whole(given.abortAfter, "abortAfter", 0, 1_000);
  return script;
}

/** @param {unknown} json @param {string} at @returns {Rule} */
function parseRule(json, at) {
  const { type, match, answer } = members(json, at, ["type", "match", "answer"]);
  if (match !== undefined && typeof match !== "string") throw new TypeError(`${at}.match must be a text`);
  return {
    ...(type !== undefined && { type: oneOf(type, INTERACTIONS, `${at}.type`) }),
    ...(match !== undefined && { match }),
    answer: parseAnswer(answer, `${at}.answer`),
  };
}

/** @param {unknown} json @param {string} at @returns {PageRule} */
function parsePage(json, at) {
  const { match, status } = members(json, at, ["match", "status"]);
  if (match !== undefined && typeof match !== "string") throw new TypeError(`${at}.match must be a text`);
  const known = /** @type {const} */ ([200, 403, 500, 501]).find((code) => code === status);
  if (known === undefined) throw new TypeError(`${at}.status must be one of 200, 403, 500, 501`);
  return { ...(match !== undefined && { match }), status: known };
}

/** @param {unknown} json @returns {Record<number, string>} */
function parseIndex(json) {
  const isIndex = isRecord(json) && Object.entries(json).every(([number, moid]) => /^\d{1,5}$/.test(number) && Number(number) <= 0xffff && typeof moid === "string");
  if (!isIndex) throw new TypeError("index must be an object whose members are numbers up to 65535, each with the identifier of an object");
  return /** @type {Record<number, string>} */ (json);
}

/** @param {unknown} json @param {string} at @returns {Answer} */
function parseAnswer(json, at) {
  const known = /** @type {const} */ (["yes", "no", "cancel", "timeout"]).find((word) => word === json);
  if (known !== undefined) return known;
  const expected = `${at} must be "yes", "no", "cancel", "timeout", {"text": "..."}, {"choices": [1, 2]} or {"status": 500}`;
  if (!isRecord(json) || Object.keys(json).length !== 1) throw new TypeError(expected);
  const { status, text, choices } = json;
  if (status !== undefined) return { status: whole(status, `${at}.status`, 200, 599) };
  if (typeof text === "string") return { text };
  if (choices === undefined) throw new TypeError(expected);
  return { choices: list(choices, `${at}.choices`).map((choice, index) => whole(choice, `${at}.choices[${index}]`, 1, 1_000)) };
}

/** @param {unknown} json @param {string} at @returns {ExecResult} */
function parseExec(json, at) {
  if (!isRecord(json)) return { status: whole(json, at, 200, 599) };
  const { status = 202, alert, after } = members(json, at, ["status", "alert", "after"]);
  return {
    status: whole(status, `${at}.status`, 200, 599),
    ...(alert !== undefined && { alert: alertIn(alert, `${at}.alert`) }),
    ...(after !== undefined && { after: whole(after, `${at}.after`, 0, 1_000) }),
  };
}

/** @param {unknown} json @param {string} at @returns {Outcome} */
function parseRead(json, at) {
  if (typeof json === "string") return { value: json };
  if (typeof json === "number") return Number.isInteger(json) && json >= 400 && json < 600 ? { status: json } : { value: String(json), format: "int" };
  const { value, format, mime, status } = members(json, at, ["value", "format", "mime", "status"]);
  if (status !== undefined) return { status: whole(status, `${at}.status`, 400, 599) };
  if (typeof value !== "string" && !(value instanceof Uint8Array)) throw new TypeError(`${at}.value must be a text or {"base64": "..."}`);
  return /** @type {Outcome} */ ({ value, ...(format !== undefined && { format }), ...(mime !== undefined && { mime }) });
}

/** @param {unknown} json @param {string} at */
const parseWrite = (json, at) => ({ status: whole(json, at, 200, 599) });

/** The interaction that an answer is for, where it can be only one. @param {Answer} answer @returns {UiCommand["type"] | undefined} */
function kindOf(answer) {
  if (typeof answer !== "object" || "status" in answer) return undefined;
  return "text" in answer ? "input" : "choose";
}

/**
 * What the user answers: what the first rule says that fits, else yes.
 * @param {Script} script
 * @param {UiCommand} command
 * @returns {Outcome}
 */
export function answerUser(script, command) {
  const rule = script.interactions.find(({ type, match, answer }) => (type ?? kindOf(answer) ?? command.type) === command.type && (match === undefined || command.text.includes(match)));
  const answer = rule?.answer ?? "yes";
  if (typeof answer === "object") {
    if ("status" in answer) return { status: answer.status };
    return { status: 200, data: "text" in answer ? [answer.text] : answer.choices.map(String) };
  }
  if (answer !== "yes") return { status: STATUSES[answer] };
  const offered = command.options?.default;
  if (command.type === "input") return { status: 200, data: [offered ?? ""] };
  if (command.type === "choose") return { status: 200, data: offered === undefined ? ["1"] : offered.split("-") };
  return { status: 200 };
}

/** What becomes of a page: it is opened, where no rule says something else. @param {Script} script @param {string} url @returns {Outcome} */
export function answerPage({ show }, url) {
  return { status: show.find(({ match }) => match === undefined || url.includes(match))?.status ?? 200 };
}

/**
 * What the script says to a ticket of a node, if it says anything.
 * @param {Script} script
 * @param {ClientEvent} event
 * @returns {Outcome | undefined}
 */
export function answerNode(script, event) {
  if (event.type === "exec") {
    const result = own(script.exec, event.uri);
    return result && { status: result.status };
  }
  if (event.type === "read") return own(script.read, event.uri);
  return event.type === "write" ? own(script.write, event.uri) : undefined;
}

/** @template T @param {Record<string, T>} record @param {string} name @returns {T | undefined} */
export const own = (record, name) => (Object.hasOwn(record, name) ? record[name] : undefined);

/** @param {unknown} json @param {string} name @param {string[]} known */
function members(json, name, known) {
  if (!isRecord(json)) throw new TypeError(`${name} must be an object with ${known.join(", ")}`);
  const unknown = Object.keys(json).find((key) => !known.includes(key));
  if (unknown !== undefined) throw new TypeError(`${name} has no member ${JSON.stringify(unknown)}; there is ${known.join(", ")}`);
  return json;
}

/** By URI. @template T @param {unknown} json @param {string} name @param {(value: unknown, at: string) => T} parse @returns {Record<string, T>} */
function mapped(json, name, parse) {
  if (!isRecord(json)) throw new TypeError(`${name} must be an object whose members are URIs`);
  return Object.fromEntries(
    Object.entries(json).map(([uri, value]) => {
      if (!/^\.\/./.test(uri)) throw new TypeError(`${name} has the member ${JSON.stringify(uri)}, which is no URI that begins with ./`);
      return [uri, parse(value, `${name}[${JSON.stringify(uri)}]`)];
    }),
  );
}

/** @param {unknown} json @param {string} name @returns {unknown[]} */
function list(json, name) {
  if (!Array.isArray(json)) throw new TypeError(`${name} must be a list`);
  return json;
}

/** @param {unknown} value @param {string} name @param {number} least @param {number} most */
function whole(value, name, least, most) {
  if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most) throw new TypeError(`${name} must be a whole number from ${least} to ${most}`);
  return value;
}

/** @param {unknown} value @param {string} name */
function yesOrNo(value, name) {
  if (typeof value !== "boolean") throw new TypeError(`${name} must be true or false`);
  return value;
}

/** @template {string} T @param {unknown} value @param {T[]} known @param {string} name @returns {T} */
function oneOf(value, known, name) {
  const found = known.find((each) => each === value);
  if (found === undefined) throw new TypeError(`${name} must be one of ${known.join(", ")}`);
  return found;
}
