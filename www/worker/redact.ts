import type { Item, MoItem, ServerEvent, SupportedMo, TndsNode } from "omadm";
import type { Logged } from "./store.ts";

/** Characters that are kept of a text that a device chose. */
const MAX_TEXT = 256;

/** An event without any value of the device's tree: fit for a log. */
export function redact(event: ServerEvent): Logged {
  switch (event.type) {
    case "started":
      return { ...event, deviceId: undefined, devInfo: Object.keys(event.devInfo).map(cut) };
    case "alert":
      return { ...event, alertType: event.alertType && cut(event.alertType), correlator: event.correlator && cut(event.correlator), item: bare(event.item), data: undefined };
    case "object":
      return { type: event.type, uri: cut(event.uri), nodes: event.value.reduce((sum, node) => sum + count(node), 0) };
    case "supported":
      return { type: event.type, objects: event.objects.slice(0, 64).map(supported), count: event.objects.length };
    case "data":
      return { type: event.type, ...named(event) };
    case "treeChanged":
      return { type: event.type, uris: event.uris.slice(0, 16).map(cut), count: event.uris.length };
    case "status":
      return { ...event, uri: event.uri && cut(event.uri), data: event.data?.length, created: event.created?.slice(0, 16).map(cut) };
    case "results":
      return { ...event, items: event.items.slice(0, 16).map(bare), objects: event.objects?.slice(0, 16).map(named) };
    case "progress":
      return event.uri === undefined ? { ...event } : { ...event, uri: cut(event.uri) };
    case "violation":
      return { type: event.type, reason: cut(event.reason) };
    case "aborted":
      return { type: event.type, by: event.by, reason: event.reason && cut(event.reason) };
    default:
      return { ...event };
  }
}

const cut = (text: string): string => (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text);

/** A node and all that is below it. */
function count(node: TndsNode): number {
  let nodes = 0;
  const open = [node];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    nodes += 1;
    open.push(...next.children);
  }
  return nodes;
}

/** An object of DM 2.0 that a device has. */
const supported = ({ moid, ddf, instances }: SupportedMo): object => ({ moid: moid && cut(moid), ddf: ddf && cut(ddf), instances: instances?.slice(0, 16).map(cut) });

/** Data of DM 2.0, of which the place and the code are not secret. */
const named = (item: MoItem): { uri: string; code?: number } => ({ uri: cut(item.uri), ...("code" in item && { code: item.code }) });

const bare = (item: Item): object => ({
  uri: cut(item.source?.uri ?? item.target?.uri ?? ""),
  format: item.meta?.format && cut(item.meta.format),
  size: size(item),
});

function size({ data }: Item): number {
  if (data === undefined) return 0;
  if (data instanceof Uint8Array || typeof data === "string") return data.length;
  return data.markup.length;
}
