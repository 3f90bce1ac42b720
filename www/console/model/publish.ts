/** What servers of DM 2.0 subscribed to (SUB): sent by HTTP PUT whenever it has changed. */
import type { DmTree, DuePut, Outcome } from "omadm";
import type { Request } from "./exchange.js";

/** A PUT, and what came of it. */
export type Put = Pick<DuePut, "server" | "uri" | "url"> & { octets: number; outcome: Outcome };

/** Rounds in which subscriptions are looked after at most: changes, and two more tries each. */
const ROUNDS = 16;

/**
 * Sends all that is due, and what fails again as often as the engine wants: the time between is not waited for. Ends early where
 * `isOver` says that the tree is another by now.
 */
export async function publish(
  tree: DmTree,
  { now, epoch }: { now: number; epoch: number },
  send: (request: Request) => Promise<Outcome>,
  tell: (put: Put) => void,
  isOver: () => boolean,
): Promise<void> {
  for (let round = 0, at = now; round < ROUNDS; ) {
    const { puts, next } = tree.due({ now: at, epoch });
    for (const { server, uri, url, contentType, body } of puts) {
      const outcome = await send({ method: "PUT", url, headers: { "content-type": contentType }, body });
      if (isOver()) return;
      const answer = "response" in outcome ? outcome.response : undefined;
      const accept = answer?.headers === undefined ? null : new Headers(answer.headers as HeadersInit).get("omadm-accept");
      tree.told(server, uri, { now: at, ...(answer && { status: answer.status }), ...(accept !== null && { accept }) });
      tell({ server, uri, url, octets: body.length, outcome });
    }
    if (puts.length === 0 && next === undefined) return;
    // What is too much for once goes on at the same time, which is no round.
    if (puts.length === 0 || (next ?? at) > at) round += 1;
    at = Math.max(at, next ?? at);
  }
}
