/** @import { ClientEvent, DmClientSession, DmTree, HeaderList, Outcome } from "./types.js" */
import { clientSlot, isAborted } from "./client.js";
import { misuse } from "./error.js";
import { treeSlot } from "./tree.js";

/** What a ticket counts as when `handle` has no answer: the user cancelled an interaction, and nothing was done about anything else. */
const CANCELLED = { status: 214 };
const FAILED = { status: 500 };
/** What a page counts as that nobody opens, and data that nobody fetches. */
const UNSHOWN = { status: 501 };
/** @type {Outcome} */
const UNREACHED = { failed: "network" };

/**
 * @param {ClientEvent["type"]} type
 * @returns {Outcome}
 */
function unanswered(type) {
  if (type === "interaction") return CANCELLED;
  if (type === "show") return UNSHOWN;
  return type === "http" ? UNREACHED : FAILED;
}

/**
 * The whole loop: send, fetch, receive, until done.
 * @param {DmClientSession} session
 * @param {DmTree} tree
 * @param {(
 *   url: string,
 *   init: { method: "POST"; headers: Record<string, string>; body: Uint8Array<ArrayBuffer> },
 * ) => Promise<{ status: number; headers: HeaderList; arrayBuffer(): Promise<ArrayBuffer> }>} transport
 * @param {(event: ClientEvent) => Outcome | undefined | Promise<Outcome | undefined>} handle
 * @returns {Promise<ClientEvent[]>}
 */
export async function runSession(session, tree, transport, handle) {
  clientSlot(session);
  treeSlot(tree);
  if (typeof transport !== "function") throw misuse("arg", "transport is not a function");
  if (typeof handle !== "function") throw misuse("arg", "handle is not a function");
  /** @type {ClientEvent[]} */
  const events = [];
  for (let next = session.send(tree); next !== undefined; next = session.send(tree)) {
    const response = await transport(next.url, { method: "POST", headers: next.headers, body: next.body });
    if (typeof response?.arrayBuffer !== "function") throw misuse("arg", "transport gave no response with arrayBuffer()");
    const { status, headers } = response;
    const body = octets(await response.arrayBuffer());
    if (next.done || isAborted(session)) continue;
    const open = session.receive(tree, { body, headers, status });
    for (let event = open.shift(); event !== undefined; event = open.shift()) {
      if ("ticket" in event && isAborted(session)) continue;
      events.push(event);
      const outcome = await handle(event);
      if (!("ticket" in event) || isAborted(session)) continue;
      open.unshift(...session.complete(tree, event.ticket, outcome ?? unanswered(event.type)));
    }
  }
  return events;
}

/**
 * A buffer of another realm is as good as one of ours; a number is none.
 * @param {unknown} buffer
 */
function octets(buffer) {
  const named = Object.prototype.toString.call(buffer);
  if (named !== "[object ArrayBuffer]") throw misuse("arg", "arrayBuffer() of transport's response gave no ArrayBuffer");
  return new Uint8Array(/** @type {ArrayBuffer} */ (buffer));
}
