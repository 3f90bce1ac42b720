/** Notifications (Package#0): what the API is asked for, and what the host is to bring to the device by whatever bearer it has. */
import { type Account, type AccountState, DmError, encodeNotification, encodePush, type NewNotification, type NotificationForm, type PushOptions, type SignedNotification } from "omadm";
import { Refusal } from "./refusal.ts";

/** What is wanted, as far as the account does not say it. */
export interface Wanted {
  notification: NewNotification;
  /** Under the nonce of four zero octets. */
  resync: boolean;
  /** As WAP Push, too. */
  wap?: PushOptions;
}
/** What is to be sent; octets are told twice, as people and as machines read them. */
export interface Notified {
  notification: SignedNotification["notification"];
  /** SessionID of the session that is expected, where the form says one. */
  session?: string;
  contentType: string;
  headers: Record<string, string>;
  body: Uint8Array;
  hex: string;
  push?: { body: Uint8Array; hex: string };
}

export const FORMS = ["1.2", "2.0-draft", "2.0"] as const;
const KNOWN = {
  "1.2": ["uiMode", "initiator", "sessionId", "vendor"],
  "2.0-draft": ["uiMode", "initiator", "sessionId", "options", "requested"],
  "2.0": ["connection", "id", "timestamp", "requested"],
} as const;
const UI_MODES = ["unspecified", "background", "informative", "interaction"];
const INITIATORS = ["user", "server"];
/** Numbers of options: Requested-MO, and the list of all objects. */
const REQUESTED_MO = 3;
const REQ_MOS = 8;

/**
 * What a request body asks for: `form` (`usual`, that of the account), what {@link NewNotification} has for it, with UI mode and initiator by name or number; `requested`,
 * which is `true` for the list of all objects or, in the form "2.0-draft", an array of the numbers of those that are wanted; `resync`; and `wap`,
 * `true` or `{ transaction, sms }`.
 */
export function parseWanted(json: unknown, usual: NotificationForm): Wanted {
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw invalid("send an object, which may be empty");
  const given = json as Record<string, unknown>;
  const form = given.form === undefined ? usual : FORMS.find((known) => known === given.form);
  if (form === undefined) throw invalid(`form must be one of: ${FORMS.join(", ")}`);
  const known: readonly string[] = ["form", "resync", "wap", ...KNOWN[form]];
  const unknown = Object.keys(given).find((key) => !known.includes(key));
  if (unknown !== undefined) throw invalid(`the form ${form} has no member ${JSON.stringify(unknown.slice(0, 64))}`);
  const { resync = false, wap, requested, ...rest } = given;
  if (typeof resync !== "boolean") throw invalid("resync must be true or false");
  if (resync && form !== "1.2") throw invalid("resync is for the form 1.2");
  const notification = {
    ...rest,
    form,
    ...(rest.uiMode !== undefined && { uiMode: numbered("uiMode", rest.uiMode, UI_MODES) }),
    ...(rest.initiator !== undefined && { initiator: numbered("initiator", rest.initiator, INITIATORS) }),
    ...(requested !== undefined && asking(form, requested, rest.options)),
  };
  const push = pushOf(wap);
  // The engine says what is wrong with the rest.
  return { notification: notification as NewNotification, resync, ...(push && { wap: push }) };
}

/** A name, or the number that it stands for. */
function numbered(name: string, given: unknown, names: string[]): number {
  const at = typeof given === "string" ? names.indexOf(given) : given;
  if (typeof at !== "number" || names[at] === undefined) throw invalid(`${name} must be one of ${names.join(", ")}, or a number from 0 to ${names.length - 1}`);
  return at;
}

function asking(form: NewNotification["form"], requested: unknown, options: unknown): object {
  if (form === "2.0" && typeof requested === "boolean") return { requestMos: requested };
  const isList = Array.isArray(requested) && requested.every((index) => Number.isInteger(index) && index >= 0 && index <= 65_535);
  if (form !== "2.0-draft" || (!isList && typeof requested !== "boolean")) throw invalid("requested must be true or false, or numbers of objects from 0 to 65535 in the form 2.0-draft");
  if (options !== undefined) throw invalid("give either requested or options");
  if (!isList) return { options: requested ? [{ number: REQ_MOS, value: new Uint8Array() }] : [] };
  return { options: requested.map((index: number) => ({ number: REQUESTED_MO, value: Uint8Array.of(index >> 8, index & 0xff) })) };
}

function pushOf(wap: unknown): PushOptions | undefined {
  if (wap === undefined || wap === false) return undefined;
  if (wap === true) return {};
  if (typeof wap !== "object" || wap === null || Array.isArray(wap)) throw invalid("wap must be true or an object with transaction and sms");
  const { sms, ...rest } = wap as { sms?: unknown };
  if (sms === undefined || sms === false) return rest;
  return { ...rest, sms: (sms === true ? {} : sms) as { source?: number } };
}

/** A notification for an account, and the account's state behind it: to be stored before anybody is told. `now` in milliseconds since 1970. */
export function notificationFor(account: Account, { notification, resync, wap }: Wanted, now: number): { notified: Notified; state: AccountState } {
  try {
    const dated = notification.form === "2.0" ? { timestamp: Math.floor(now / 1_000), ...notification } : notification;
    const { state, body, contentType, headers, notification: made } = encodeNotification(dated, account, { resync });
    const push = wap && encodePush({ body, contentType }, wap);
    const notified: Notified = {
      notification: made,
      ...("sessionId" in made && { session: made.sessionId.toString(16).toUpperCase() }),
      contentType,
      headers,
      body,
      hex: hexOf(body),
      ...(push && { push: { body: push, hex: hexOf(push) } }),
    };
    return { notified, state };
  } catch (error) {
    if (error instanceof DmError && error.code === "auth") throw new Refusal(409, "secret", `${error.message}: the account has none of the server`);
    if (error instanceof DmError && error.fault === "caller") throw invalid(error.message);
    throw error;
  }
}

const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (octet) => octet.toString(16).padStart(2, "0")).join("");

const invalid = (message: string): Refusal => new Refusal(400, "notification", message);
