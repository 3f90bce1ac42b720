/** What the numbers of the protocol mean, in a few words each. */

const STATUS: Record<number, string> = {
  101: "in progress",
  200: "done",
  202: "accepted for processing",
  204: "no data",
  212: "authenticated for the session",
  213: "chunk buffered",
  214: "cancelled by the user",
  215: "not executed",
  216: "rolled back",
  304: "not modified, or the user said no",
  400: "malformed command",
  401: "credentials are wrong",
  403: "forbidden",
  404: "no such node",
  405: "not allowed on this node",
  406: "optional feature not supported",
  407: "credentials are missing",
  408: "no answer in time",
  410: "gone",
  411: "size is missing",
  412: "incomplete command",
  413: "too large",
  414: "URI too long",
  415: "format or type not supported",
  418: "exists already",
  420: "storage is full",
  424: "size differs from what was announced",
  425: "no permission",
  500: "command failed",
  501: "not known to the device",
  503: "service unavailable",
  505: "version of the DTD not supported",
  507: "the Atomic failed",
  513: "version of the protocol not supported",
  514: "cancelled",
  516: "roll back failed",
  517: "Atomic: response too large",
};

const ALERT: Record<number, string> = {
  1100: "show a text",
  1101: "ask yes or no",
  1102: "ask for text",
  1103: "choose one",
  1104: "choose several",
  1200: "session started by the server",
  1201: "session started by the device",
  1222: "next message, please",
  1223: "session aborted",
  1224: "event at the device",
  1225: "end of a large object is missing",
  1226: "generic alert",
  1227: "the tree has not changed",
  1228: "the tree has changed",
  1229: "a requested object",
};

export function statusName(code: number): string {
  return STATUS[code] ?? "";
}
export function alertName(code: number): string {
  return ALERT[code] ?? "";
}
/** How a status went: what a colour and a sign show. */
export function statusKind(code: number): "good" | "notice" | "bad" {
  if (code === 214 || code === 215 || code === 216 || code === 304) return "notice";
  return code < 400 ? "good" : "bad";
}
export function commandName(type: string): string {
  return type.charAt(0).toUpperCase() + type.slice(1);
}
