import { type AuthScheme, type Credential, DmError, DmServerSession } from "omadm";
import { toBase64 } from "./json.ts";
import { FORMS } from "./notification.ts";
import { Refusal } from "./refusal.ts";
import { isSchemes, SCHEMES } from "./schemes.ts";
import type { Desk, StoredAccount } from "./store.ts";

/** Characters of a user name or a password. */
const MAX_TEXT = 1_024;

const KNOWN = ["client", "server", "notification", "maxMsgSize", "maxObjSize", "alertTypes", "alertStatus", "acceptMo", "notificationForm", "barred"];

/** Types of alert that an account may name. */
const MAX_TYPES = 64;
/** What can be said to a Generic Alert. */
const VERDICTS = [200, 202, 401, 406, 407, 412, 415, 500];
/** The engine refuses messages larger than this anyway. */
const MAX_MESSAGE = 1_048_576;
/** What the engine takes where nothing is said; an isolate has no room for much more. */
const MAX_OBJECT = 16_777_216;

/**
 * The account that a request body describes: `{ client: { user, password, schemes }, server: the same or "transport", notification: { secret,
 * authData } }`, of which the last is only for notifications of DM 2.0, as text or as octets, `{"base64": "..."}`; and in it what the server
 * does with this device: `maxMsgSize`, `maxObjSize`, `alertTypes`, `alertStatus`, `acceptMo`, `notificationForm` and `barred`. The schemes are those of
 * DM 1.x; in DM 2.0 the device proves itself by HTTP Basic with user and password of `client`.
 */
export async function parseAccount(json: unknown, deviceId: string, serverId: string): Promise<StoredAccount & { desk: Desk }> {
  const { client, server, notification, ...desk } = members(json, "the account", KNOWN);
  return {
    deviceId,
    serverId,
    client: await credential(client, "client"),
    server: server === "transport" ? server : await credential(server, "server"),
    ...(notification !== undefined && { notification: parseNotification(notification) }),
    state: {},
    desk: parseDesk(desk),
  };
}

function parseNotification(json: unknown): NonNullable<StoredAccount["notification"]> {
  const { secret, authData } = members(json, "notification", ["secret", "authData"]);
  return { secret: octetsOf(secret, "secret", 1), ...(authData !== undefined && { authData: octetsOf(authData, "authData", 0) }) };
}

function octetsOf(given: unknown, name: string, least: number): Uint8Array {
  const octets = typeof given === "string" ? new TextEncoder().encode(given) : given;
  if (!(octets instanceof Uint8Array) || octets.length < least || octets.length > MAX_TEXT) throw invalid(`notification.${name} must have ${least} to ${MAX_TEXT} octets, as text or as {"base64": "..."}`);
  return octets;
}

function parseDesk({ maxMsgSize, maxObjSize, alertTypes, alertStatus, acceptMo, notificationForm, barred }: Record<string, unknown>): Desk {
  const desk: Desk = {};
  if (maxMsgSize !== undefined) {
    if (!isWhole(maxMsgSize, 1, MAX_MESSAGE)) throw invalid(`maxMsgSize must be a whole number from 1 to ${MAX_MESSAGE}`);
    desk.maxMsgSize = maxMsgSize;
  }
  if (maxObjSize !== undefined) {
    if (!isWhole(maxObjSize, 1, MAX_OBJECT)) throw invalid(`maxObjSize must be a whole number from 1 to ${MAX_OBJECT}`);
    desk.maxObjSize = maxObjSize;
  }
  if (alertTypes !== undefined) {
    if (!Array.isArray(alertTypes) || alertTypes.length > MAX_TYPES || !alertTypes.every(isText)) throw invalid(`alertTypes must list at most ${MAX_TYPES} texts`);
    desk.alertTypes = alertTypes;
  }
  if (alertStatus !== undefined) {
    const verdict = VERDICTS.find((code) => code === alertStatus);
    if (verdict === undefined) throw invalid(`alertStatus must be one of ${VERDICTS.join(", ")}`);
    desk.alertStatus = verdict;
  }
  if (acceptMo !== undefined) {
    if (!isText(acceptMo)) throw invalid(`acceptMo must be a text of 1 to ${MAX_TEXT} characters`);
    desk.acceptMo = accepted(acceptMo);
  }
  if (notificationForm !== undefined) {
    const form = FORMS.find((known) => known === notificationForm);
    if (form === undefined) throw invalid(`notificationForm must be one of: ${FORMS.join(", ")}`);
    desk.notificationForm = form;
  }
  if (barred !== undefined) {
    if (typeof barred !== "boolean") throw invalid("barred must be true or false");
    desk.barred = barred;
  }
  return desk;
}

/** The engine itself says whether it would take it. */
function accepted(acceptMo: string): string {
  try {
    new DmServerSession({ serverId: "omadm", url: "https://omadm.invalid/dm", binding: "transport", acceptMo }).free();
    return acceptMo;
  } catch (error) {
    if (error instanceof DmError && error.fault === "caller") throw invalid(error.message);
    throw error;
  }
}

const isWhole = (value: unknown, least: number, most: number): value is number => Number.isInteger(value) && Number(value) >= least && Number(value) <= most;

async function credential(json: unknown, name: "client" | "server"): Promise<Credential> {
  const { user, password, schemes } = members(json, name, ["user", "password", "schemes"]);
  if (!isText(user) || user.includes(":")) throw invalid(`${name}.user must be a text of 1 to ${MAX_TEXT} characters without a colon`);
  // It goes into a header of HTTP.
  if (Array.isArray(schemes) && schemes.includes("hmac") && !/^[ -~]+$/.test(user)) throw invalid(`${name}.user must be printable ASCII for the scheme hmac`);
  if (!isText(password)) throw invalid(`${name}.password must be a text of 1 to ${MAX_TEXT} characters`);
  if (!isSchemes(schemes)) throw invalid(`${name}.schemes must list some of: ${SCHEMES.join(", ")}`);
  return { user, secret: await secretFor(name, schemes, user, password), schemes };
}

/** Only who proves itself by `basic` needs the password itself; all else needs no more than a hash. */
async function secretFor(name: "client" | "server", schemes: AuthScheme[], user: string, password: string): Promise<Credential["secret"]> {
  if (name === "server" && schemes.includes("basic")) return { password };
  const hash = async (name: "MD5" | "SHA-256"): Promise<string> =>
    toBase64(new Uint8Array(await crypto.subtle.digest(name, new TextEncoder().encode(`${user}:${password}`))));
  const sha256 = await hash("SHA-256");
  return schemes.includes("md5") || schemes.includes("hmac") ? { md5: await hash("MD5"), sha256 } : { sha256 };
}

function members(json: unknown, name: string, known: string[]): Record<string, unknown> {
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw invalid(`${name} must be an object with ${known.join(", ")}`);
  const unknown = Object.keys(json).find((key) => !known.includes(key));
  if (unknown !== undefined) throw invalid(`${name} has no member ${JSON.stringify(unknown.slice(0, 64))}`);
  return json as Record<string, unknown>;
}

const isText = (value: unknown): value is string => typeof value === "string" && value.length > 0 && value.length <= MAX_TEXT;

const invalid = (message: string): Refusal => new Refusal(400, "account", message);
