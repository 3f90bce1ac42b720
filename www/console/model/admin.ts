/** The development server's own interface, at the origin that serves the page. */
import { base64Of, cut, fromBase64 } from "./octets.js";
import type { Dialect, Item, MoItem, NewCommand } from "omadm";
import { accountOf, linesIn, sizeIn } from "./settings.js";
import type { Settings } from "./settings.js";

type Fetch = typeof fetch;

/** How a queued command stands, and what the device said of it. */
export interface Standing {
  id: number;
  state: "queued" | "sent" | "answered" | "unknown" | "refused";
  outcome: CommandEvent[];
  /** How much has passed of a value that goes or comes in chunks. */
  progress?: Progress | undefined;
}
export interface Progress {
  direction: "sent" | "received";
  bytes: number;
  total?: number;
}
interface Place {
  child?: number[];
  item?: number;
}
export type CommandEvent =
  | (Place & { type: "status"; code: number; uri?: string; data?: string[]; created?: string[]; dropped?: undefined })
  | (Place & { type: "results"; items: Item[]; objects?: MoItem[]; dropped?: undefined })
  | (Place & { type: "unknown" | "refused" | "unsupported"; dropped?: undefined })
  | (Place & { type: string; dropped: true });

/** What the server writes down of a session: no values. `told` is what this page told it. */
export type LoggedEvent =
  | { type: "notified"; form: string; resync?: true }
  | { type: "started"; version: string; dialect?: Dialect; initiatedBy: "client" | "server"; notification?: number; devInfo: string[] }
  | { type: "authenticated"; scheme: string }
  | { type: "alert"; code: number; alertType?: string; correlator?: string; item: { uri: string; format?: string; size: number } }
  | { type: "object"; uri: string; nodes: number }
  | { type: "supported"; objects: { moid?: string; instances?: string[] }[]; count: number }
  | { type: "data"; uri: string; code?: number }
  | { type: "treeChanged"; uris: string[]; count: number }
  | { type: "treeUnchanged" }
  | { type: "violation"; reason: string }
  | { type: "aborted"; by: "device" | "server"; reason?: string }
  | { type: "told"; reason: string }
  | (Progress & { type: "progress"; command?: number; uri?: string })
  | { type: "unknown"; command: number }
  | { type: "unauthenticated" | "status" | "results" | "repeated" | "expired" };
export interface LogRow {
  seq: number;
  session: string;
  event: LoggedEvent;
}

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
    const { alertStatus } = settings;
    // In DM 2.0 neither side has a word for them, and the page does not ask for them.
    const sizes = settings.version !== "2.0" && {
      maxMsgSize: sizeIn(settings.serverMaxMsgSize, "MaxMsgSize"),
      maxObjSize: sizeIn(settings.serverMaxObjSize, "MaxObjSize"),
    };
    await this.call("PUT", `${path(settings.deviceId)}/account`, {
      client: flat(client),
      server: flat(server),
      ...sizes,
      alertTypes: linesIn(settings.alertTypes),
      alertStatus: alertStatus === "" ? undefined : Number(alertStatus),
    });
  }

  /** The numbers of the commands. */
  async queue(deviceId: string, commands: NewCommand[]): Promise<number[]> {
    const { ids } = (await this.call("POST", `${path(deviceId)}/commands`, commands)) as { ids: number[] };
    return ids;
  }

  async standing(deviceId: string, id: number): Promise<Standing> {
    return (await this.call("GET", `${path(deviceId)}/commands/${id}`)) as Standing;
  }

  async withdraw(deviceId: string, id: number): Promise<void> {
    await this.call("DELETE", `${path(deviceId)}/commands/${id}`);
  }

  /** A notification for the device, which nobody has brought to it yet: its octets. */
  async notify(deviceId: string, wanted: object): Promise<Uint8Array> {
    const { body } = (await this.call("POST", `${path(deviceId)}/notification`, wanted)) as { body: { base64: string } };
    return fromBase64(body.base64) ?? new Uint8Array();
  }

  /** The session that goes on ends with the server's next reply. */
  async abort(deviceId: string, reason: string): Promise<void> {
    await this.call("POST", `${path(deviceId)}/abort`, { reason });
  }

  /** What the server remembers of the sessions of a device, the oldest first. */
  async log(deviceId: string): Promise<LogRow[]> {
    const { log } = (await this.call("GET", path(deviceId))) as { log: LogRow[] };
    return log;
  }

  private async call(method: string, url: string, body?: unknown): Promise<unknown> {
    const headers: Record<string, string> = { authorization: `Bearer ${this.token}` };
    if (body !== undefined) headers["content-type"] = "application/json";
    const response = await ask(this.fetch, method, url, { headers, ...(body !== undefined && { body: jsonOf(body) }) });
    return response.status === 204 ? undefined : response.json();
  }
}

/** The Sequence of section 11.1: ask the user, then replace the WAP connectivity context. */
export function confirmedReplace(question: string, uri: string, document: Uint8Array): NewCommand {
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

/** Octets are what the interface says they are: `{"base64": "..."}`. Behind `most` characters a text is cut, for people only. */
export function jsonOf(value: unknown, { indent, most = Infinity }: { indent?: number; most?: number } = {}): string {
  const shown = (member: unknown): unknown => {
    if (member instanceof Uint8Array) return { base64: cut(base64Of(member.subarray(0, most)), most) };
    return typeof member === "string" ? cut(member, most) : member;
  };
  return JSON.stringify(value, (_, member: unknown) => shown(member), indent);
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
