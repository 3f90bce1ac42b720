/** Rows of a timeline that are no messages: what happened at the device, and what the server made of it. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { ClientAlert, Notification, Outcome, UiCommand } from "omadm";
import { alertName, statusKind, statusName } from "../model/names.js";
import { textOfData } from "../model/node-value.js";
import { DIALECTS } from "../model/package.js";
import { UI_MODES, sessionText } from "../model/notification.js";
import { cut, sizeOf } from "../model/octets.js";
import { legibleLeaf } from "../model/device-tree.js";
import { stateWords } from "../model/plugged.js";
import type { EventEntry, FailureEntry, HostCall, HttpCall, ServerEntry, Step } from "../model/entries.js";
import type { Put } from "../model/publish.js";
import { isSecretName } from "../model/tree-secrets.js";

export function failureRow({ text }: FailureEntry): TemplateResult {
  return html`<li class="event failure"><span class="chip bad">Failed</span><span class="words">${text}</span></li>`;
}

export function eventRow({ event, alert }: EventEntry): TemplateResult {
  switch (event.type) {
    case "asked":
      return row("notice", event.command.type === "display" ? "tells the user" : "asks the user", html`${event.command.text}`);
    case "settled":
      return settledRow(event.by, event.outcome, event.command);
    case "called":
      return row("notice", CALLS[event.call.type], callWords(event.call));
    case "exchanged":
      return row("notice", event.request.method === "GET" ? "fetches" : "sends", exchangedWords(event.request, event.octets));
    case "published":
      return publishedRow(event.put);
    case "challenged":
      return row("notice", "credentials wanted", html`the server asks for them by HTTP; the same package goes out with them`);
    case "raised":
      return row("notice", `raises ${event.alert.code}`, alertWords(event.alert));
    case "withheld":
      return row("bad", "not told", html`${alertWords(event.alert)}: DM 1.1 has no Generic Alert`);
    case "due":
      return row("notice", "to be told", html`${alertWords(event.alert)}, in the next session`);
    case "worked":
      return row("", "works", stepsWords(event.steps));
    case "answered":
      return row(statusKind(event.code), event.code < 400 ? "alert taken" : "alert refused", html`${alert === undefined ? nothing : html`${alertWords(alert)}: `}${statusWords(event.code)}`);
    case "delivered":
      return row("good", "alert delivered", html`${alert === undefined ? nothing : alertWords(alert)}`);
    case "unanswered":
      return row("bad", "alert unanswered", html`${alert === undefined ? nothing : html`${alertWords(alert)}: `}the server has not said what it makes of it`);
    case "believed":
      return row("good", "notified", html`${believedWords(event.notification, event.octets)}`);
    case "consented":
      return row(event.ok ? "good" : "notice", "the user answers", html`${event.ok ? "yes: the session begins" : "no: there is no session"}`);
    case "changed":
      return row("", "changed", html`${place(event.uri)} by ${event.by}`);
    case "authenticated":
      return row("good", "authenticated", html`the server accepted the device’s credentials`);
    case "unauthenticated":
      return row("bad", "not authenticated", html`the server refused the device’s credentials`);
    case "finished":
      return row("good", "finished", html``);
    case "aborted":
      return row("bad", "aborted", html`by the ${event.by}${because(event.reason)}`);
  }
}

export function serverRow({ event }: ServerEntry): TemplateResult {
  switch (event.type) {
    case "started":
      return heard("", "session begins", html`by the ${event.initiatedBy === "client" ? "device" : "server"}, DM ${event.version}${event.dialect === undefined ? nothing : `, ${DIALECTS[event.dialect]} dialect`}${event.notification === undefined ? nothing : ", as it was asked to"}${
        event.version === "2.0" ? nothing : `; told of ${event.devInfo.join(", ") || "no DevInfo"}`
      }`);
    case "authenticated":
      return heard("good", "device is known", html`by ${SCHEMES[event.scheme] ?? event.scheme}`);
    case "alert": {
      const { code, alertType, correlator, item } = event;
      const words = [alertType, item.uri === "" ? undefined : `from ${item.uri}`, correlator === undefined ? undefined : `Correlator ${correlator}`];
      return heard("notice", `alert ${code}`, html`${alertName(code)}: ${words.filter((word) => word !== undefined).join(", ")}`);
    }
    case "object":
      return heard("notice", "object", html`${place(event.uri)}, ${event.nodes} ${event.nodes === 1 ? "node" : "nodes"}`);
    case "supported":
      return heard("", "objects", html`${event.objects.slice(0, MOST_STEPS).map(({ moid }, at) => html`${at === 0 ? nothing : ", "}${place(moid ?? "(no identifier)")}`)}${
        event.count > MOST_STEPS ? ` and ${event.count - MOST_STEPS} more` : nothing
      }`);
    case "data":
      return heard("notice", "data", html`${place(event.uri)}${event.code === undefined ? nothing : `: ${statusWords(event.code)}`}`);
    case "treeChanged":
      return heard("notice", "tree changed", html`${event.uris.map((uri, at) => html`${at === 0 ? nothing : ", "}${place(uri)}`)}${
        event.count > event.uris.length ? ` and ${event.count - event.uris.length} more` : nothing
      }`);
    case "treeUnchanged":
      return heard("", "tree unchanged", html`since the last session`);
    case "unknown":
      return heard("bad", "no answer", html`the device has not said what became of command ${event.command + 1} of the session`);
    case "violation":
      return heard("bad", "violation", html`${event.reason}`);
    case "expired":
      return heard("bad", "session given up", html`the device had left it`);
    case "notified":
      return heard("notice", "notifies", html`a session is asked for, form ${event.form}${event.resync ? ", under the nonce of four zero octets" : nothing}`);
    case "told":
      return heard("bad", "told to abort", html`with its next reply${because(event.reason || undefined)}`);
    case "aborted":
      return heard("bad", "session ends", html`aborted by the ${event.by}${because(event.reason)}`);
    default:
      return heard("", event.type, html``);
  }
}

function row(kind: string, name: string, words: TemplateResult): TemplateResult {
  return html`<li class="event"><span class="chip ${kind}">${name}</span><span class="words">${words}</span></li>`;
}

function heard(kind: string, name: string, words: TemplateResult): TemplateResult {
  return html`<li class="event server"><span class="hush">At the server: </span><span class="words">${words}</span><span class="chip ${kind}">${name}</span></li>`;
}

const SCHEMES: Readonly<Record<string, string>> = { basic: "Basic", md5: "MD5", hmac: "HMAC", sha256: "SHA-256", transport: "the transport" };
const CALLS = { exec: "starts", read: "reads", write: "writes", undo: "takes back", show: "shows" } as const;

/** What an object has done in the tree: `./FwUpdate/Firmware/State “40”, downloaded`. */
function stepsWords(steps: Step[]): TemplateResult {
  // States say most; a subtree is as well told by its first leaves.
  const leaves = steps.filter(({ uri, leaf, by }) => by === "delete" || (leaf !== undefined && !isSecretName(uri.slice(uri.lastIndexOf("/") + 1))));
  const known = (leaves.length === 0 ? steps : leaves).map((step) => ({ ...step, words: stateWords(step.uri, step.leaf?.data) }));
  const shown = [...known.filter(({ words }) => words !== undefined), ...known.filter(({ words }) => words === undefined)].slice(0, MOST_STEPS);
  const more = steps.length - shown.length;
  return html`${shown.map(
    ({ uri, by, leaf, words }, at) =>
      html`${at === 0 ? nothing : "; "}${place(uri)} ${by === "delete" ? "deleted" : leaf === undefined ? "" : leaf.data === "" || (leaf.data instanceof Uint8Array && leaf.data.length === 0) ? "empty" : legibleLeaf(leaf, ANSWER)}${words === undefined ? nothing : `, ${words}`}`,
  )}${more > 0 ? ` and ${more} more` : nothing}`;
}

/** Nodes that one step of an object is told by. */
const MOST_STEPS = 3;

const place = (uri: string): TemplateResult => html`<span class="uri">${uri}</span>`;
const because = (reason: string | undefined): string => (reason === undefined ? "" : `: ${reason}`);

/** `of omadm, session A1, the user is told: 42 octets, whose digest is right`. */
function believedWords(notification: Notification, octets: number): string {
  const words = [`of ${notification.serverId}`];
  if ("sessionId" in notification) words.push(`session ${sessionText(notification.sessionId)}`, `UI mode ${notification.uiMode}, ${UI_MODES[notification.uiMode] ?? ""}`);
  return `${words.join(", ")}: ${sizeOf(octets)}, and the digest is right`;
}

/** `https://dm.example/in, PUT, 412 octets`. */
function exchangedWords({ url, method }: HttpCall, octets: number): TemplateResult {
  return html`${place(url)}, ${method}${octets === 0 ? nothing : `, ${sizeOf(octets)}`}`;
}

/** `urn:...//Place to https://dm.example/in, PUT, 41 octets: HTTP 204`. */
function publishedRow({ uri, url, octets, outcome }: Put): TemplateResult {
  const status = "response" in outcome ? outcome.response.status : 0;
  const answer = "failed" in outcome ? FAILED[outcome.failed] : `HTTP ${status}`;
  const kind = status >= 200 && status < 300 ? "good" : "bad";
  return row(kind, "tells a change", html`${place(uri)} to ${place(url)}, PUT, ${sizeOf(octets)}: ${answer}`);
}

function callWords(call: HostCall): TemplateResult {
  if (call.type === "show") return html`the page ${place(call.url)}`;
  const { uri } = call;
  return html`${place(uri)}${call.type === "exec" && call.correlator !== undefined ? `, Correlator ${call.correlator}` : nothing}`;
}

/** `urn:oma:at:... from ./Unit, warning, Correlator c-1`. */
function alertWords({ alertType, source, mark, correlator }: ClientAlert): TemplateResult {
  return html`${alertType}${source === undefined ? nothing : html` from ${place(source)}`}${mark === undefined ? nothing : `, ${mark}`}${
    correlator === undefined ? nothing : `, Correlator ${correlator}`
  }`;
}

/** `done (200)`. */
export function statusWords(code: number): string {
  const name = statusName(code);
  return name === "" ? `status ${code}` : `${name} (${code})`;
}

function settledRow(by: Answerer, outcome: Outcome, command: UiCommand | undefined): TemplateResult {
  const name = { host: "the host answers", object: "the object answers", user: "the user answers", reader: "the user answers", network: "HTTP" }[by];
  if ("value" in outcome) return row("good", name, html`“${cut(textOfData(outcome.value), ANSWER)}”`);
  if ("failed" in outcome) return row("bad", name, html`${FAILED[outcome.failed]}`);
  if ("response" in outcome) return row(statusKind(outcome.response.status), name, html`${outcome.response.status}, ${sizeOf(outcome.response.body.length)}`);
  const given = outcome.status === 200 ? givenWords(outcome.data ?? [], command) : undefined;
  const words = given ?? ANSWERS[by][outcome.status];
  return row(outcome.status < 300 && outcome.status !== 214 ? "good" : "notice", name, html`${words === undefined ? outcome.status : `${words} (${outcome.status})`}`);
}

/** What was typed, unless it was not to be seen, or what was chosen. */
function givenWords(data: string[], command: UiCommand | undefined): string | undefined {
  if (command?.type === "choose") return data.length === 0 ? "none of them" : data.map((number) => command.choices[Number(number) - 1] ?? number).join(", ");
  if (command?.type !== "input") return undefined;
  return isHidden(command) ? "a text that is not shown" : `“${cut(data.join(""), ANSWER)}”`;
}

/** Whether what the user types is not to be seen. */
export function isHidden({ options }: UiCommand): boolean {
  return options?.echo === "P";
}

/** The reader is the user who is told and not asked. */
type Answerer = "user" | "reader" | "host" | "object" | "network";
const FAILED = { network: "no answer", timeout: "no answer in time", tooLarge: "more than is taken" } as const;
const ANSWERS: Record<Answerer, Record<number, string>> = {
  reader: { 200: "seen", 214: "cancelled", 408: "not seen in time" },
  user: { 200: "yes", 304: "no", 214: "cancelled", 408: "no answer in time" },
  host: { 200: "done", 202: "goes on", 403: "not allowed", 500: "failed", 501: "no browser" },
  network: {},
  object: { 200: "done", 202: "goes on", 405: "not now", 500: "failed" },
};

/** Characters of an answer that are shown. */
const ANSWER = 200;
