import type { AuthScheme, Credential } from "omadm";
import { toBase64 } from "./json.ts";
import { Refusal } from "./refusal.ts";
import type { StoredAccount } from "./store.ts";

const SCHEMES: readonly AuthScheme[] = ["basic", "md5", "hmac", "sha256"];
/** Characters of a user name or a password. */
const MAX_TEXT = 1_024;

/** The account that a request body describes: `{ client: { user, password, schemes }, server: the same or "transport" }`. */
export async function parseAccount(json: unknown, deviceId: string, serverId: string): Promise<StoredAccount> {
  const { client, server } = members(json, "the account", ["client", "server"]);
  return {
    deviceId,
    serverId,
    client: await credential(client, "client"),
    server: server === "transport" ? server : await credential(server, "server"),
    state: {},
  };
}

async function credential(json: unknown, name: string): Promise<Credential> {
  const { user, password, schemes } = members(json, name, ["user", "password", "schemes"]);
  if (!isText(user) || user.includes(":")) throw invalid(`${name}.user must be a text of 1 to ${MAX_TEXT} characters without a colon`);
  // It goes into a header of HTTP.
  if (Array.isArray(schemes) && schemes.includes("hmac") && !/^[ -~]+$/.test(user)) throw invalid(`${name}.user must be printable ASCII for the scheme hmac`);
  if (!isText(password)) throw invalid(`${name}.password must be a text of 1 to ${MAX_TEXT} characters`);
  if (!isSchemes(schemes)) throw invalid(`${name}.schemes must list some of: ${SCHEMES.join(", ")}`);
  return { user, secret: await secretFor(schemes, user, password), schemes };
}

/** Only `basic` needs the password itself; the others need no more than their inner hash. */
async function secretFor(schemes: AuthScheme[], user: string, password: string): Promise<Credential["secret"]> {
  if (schemes.includes("basic")) return { password };
  const hash = async (name: "MD5" | "SHA-256"): Promise<string> =>
    toBase64(new Uint8Array(await crypto.subtle.digest(name, new TextEncoder().encode(`${user}:${password}`))));
  if (!schemes.includes("sha256")) return { md5: await hash("MD5") };
  const sha256 = await hash("SHA-256");
  return schemes.length === 1 ? { sha256 } : { md5: await hash("MD5"), sha256 };
}

function members(json: unknown, name: string, known: string[]): Record<string, unknown> {
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw invalid(`${name} must be an object with ${known.join(", ")}`);
  const unknown = Object.keys(json).find((key) => !known.includes(key));
  if (unknown !== undefined) throw invalid(`${name} has no member ${JSON.stringify(unknown.slice(0, 64))}`);
  return json as Record<string, unknown>;
}

const isText = (value: unknown): value is string => typeof value === "string" && value.length > 0 && value.length <= MAX_TEXT;

const isSchemes = (value: unknown): value is AuthScheme[] =>
  Array.isArray(value) &&
  value.length > 0 &&
  new Set(value).size === value.length &&
  value.every((scheme) => SCHEMES.some((known) => known === scheme));

const invalid = (message: string): Refusal => new Refusal(400, "account", message);
