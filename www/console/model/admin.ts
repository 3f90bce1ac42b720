/** The development server's own interface, at the origin that serves the page. */
import { base64Of } from "./octets.js";
import { accountOf } from "./settings.js";
import type { Settings } from "./settings.js";

type Fetch = typeof fetch;

/** A command as the interface takes it. */
export type QueuedCommand =
  | { type: "confirm" | "display"; text: string }
  | { type: "get"; uri: string }
  | { type: "replace"; items: { uri: string; data: string; format: string; mime: string }[] }
  | { type: "sequence"; commands: QueuedCommand[] };

export class Admin {
  private constructor(
    private readonly fetch: Fetch,
    private readonly token: string,
  ) {}

  /** Only a development server hands out a token. */
  static async connect(fetch: Fetch): Promise<Admin> {
    const answer: unknown = await (await ask(fetch, "GET", "/dev/token")).json();
    const token = typeof answer === "object" && answer !== null && "token" in answer ? answer.token : undefined;
    if (typeof token !== "string") throw new Error("GET /dev/token gave no token");
    return new Admin(fetch, token);
  }

  /** Makes the device known to the server, with the credentials of both sides. */
  async register(settings: Settings): Promise<void> {
    const { client, server } = accountOf(settings);
    const flat = (party: typeof client): unknown =>
      party === "transport"
        ? party
        : { user: party.user, password: "password" in party.secret ? party.secret.password : undefined, schemes: party.schemes };
    await this.call("PUT", `${path(settings.deviceId)}/account`, { client: flat(client), server: flat(server) });
  }

  async queue(deviceId: string, commands: QueuedCommand[]): Promise<void> {
    await this.call("POST", `${path(deviceId)}/commands`, commands);
  }

  private async call(method: string, url: string, body: unknown): Promise<void> {
    await ask(this.fetch, method, url, {
      headers: { authorization: `Bearer ${this.token}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  }
}

/** The Sequence of section 11.1: ask the user, then replace the WAP connectivity context. */
export function confirmedReplace(question: string, uri: string, document: Uint8Array): QueuedCommand {
  // As text, as section 11.1 has it: so the node gets the same in either encoding.
  const data = base64Of(document);
  return {
    type: "sequence",
    commands: [
      { type: "confirm", text: question },
      { type: "replace", items: [{ uri, data, format: "b64", mime: "application/vnd.wap.connectivity-wbxml" }] },
    ],
  };
}

function path(deviceId: string): string {
  return `/api/devices/${encodeURIComponent(deviceId)}`;
}

async function ask(fetch: Fetch, method: string, url: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { ...init, method, cache: "no-store" });
  } catch {
    throw new Error(`${method} ${url}: the server cannot be reached. Start it with “make run”.`);
  }
  if (!response.ok) throw new Error(`${method} ${url}: ${await reasonOf(response)}`);
  return response;
}

/** `HTTP 404: no such device`: the status, with what the server says about it. */
export async function reasonOf(response: Response): Promise<string> {
  const type = response.headers.get("content-type") ?? "";
  const text = /json|text\/plain/.test(type) ? (await response.text()).trim() : "";
  const words = (messageIn(text) ?? text).slice(0, 300);
  return `HTTP ${response.status} ${response.statusText}`.trim() + (words === "" ? "" : `: ${words}`);
}

/** The message of `{"error": {"message": "..."}}`. */
function messageIn(text: string): string | undefined {
  try {
    const body = JSON.parse(text) as { error?: { message?: unknown } } | null;
    const message = body?.error?.message;
    return typeof message === "string" ? message : undefined;
  } catch {
    return undefined;
  }
}
