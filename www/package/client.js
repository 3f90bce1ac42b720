/** @import { ClientAlert, ClientConfig, ClientEvent, DmTree, Env, NotificationOptions, Outcome, Outgoing, Received, Saved, SavedSince, Trigger, UiMode, Verdict } from "./types.js" */
/** @import { RawClientSession } from "./omadm.js" */
import { Slot, dispose, notA } from "./handle.js";
import { treeSlot } from "./tree.js";

/**
 * What the handle holds.
 * @type {(session: unknown) => Slot<RawClientSession>}
 */
export let clientSlot;
/**
 * Whether the host has aborted it: then no ticket is open, and no reply expected.
 * @type {(session: unknown) => boolean}
 */
export let isAborted;

/** One management session at the device. */
export class DmClientSession {
  /** @type {Slot<RawClientSession>} */
  #slot;
  #isAborted = false;

  static {
    isAborted = (session) => typeof session === "object" && session !== null && #isAborted in session && session.#isAborted;
    clientSlot = (session) => {
      if (typeof session !== "object" || session === null || !(#slot in session)) throw notA("DmClientSession");
      return session.#slot;
    };
  }

  /**
   * @param {ClientConfig | Slot<RawClientSession>} config
   * @param {Trigger} [trigger]
   * @param {Env} [env]
   */
  constructor(config, trigger, env) {
    this.#slot = Slot.is(config) ? config : Slot.make((raw) => new raw.RawClientSession(config, trigger, env));
  }

  /**
   * @param {Saved} saved
   * @param {ClientConfig} config
   * @returns {DmClientSession}
   */
  static restore(saved, config) {
    return new DmClientSession(Slot.make((raw) => raw.RawClientSession.restore(saved, config)));
  }

  /** @returns {UiMode | undefined} */
  get uiMode() {
    return clientSlot(this).use((raw) => raw.uiMode);
  }

  /**
   * @param {Uint8Array} body
   * @param {NotificationOptions} [options]
   * @param {Env} [env]
   * @returns {Verdict}
   */
  notify(body, options, env) {
    return clientSlot(this).use((raw) => raw.notify(body, options, env));
  }

  /**
   * @param {ClientAlert} alert
   * @returns {number}
   */
  raise(alert) {
    return clientSlot(this).use((raw) => raw.raise(alert));
  }

  /**
   * @param {DmTree} tree
   * @param {Env} [env]
   * @returns {(Outgoing & { url: string }) | undefined}
   */
  send(tree, env) {
    return clientSlot(this).useWith(treeSlot(tree), (raw, nodes) => raw.send(nodes, env));
  }

  /**
   * @param {DmTree} tree
   * @param {Received} message
   * @param {Env} [env]
   * @returns {ClientEvent[]}
   */
  receive(tree, message, env) {
    return clientSlot(this).useWith(treeSlot(tree), (raw, nodes) => raw.receive(nodes, message, env));
  }

  /**
   * @param {DmTree} tree
   * @param {number} ticket
   * @param {Outcome} outcome
   * @returns {ClientEvent[]}
   */
  complete(tree, ticket, outcome) {
    return clientSlot(this).useWith(treeSlot(tree), (raw, nodes) => raw.complete(nodes, ticket, outcome));
  }

  /**
   * @param {string} [reason]
   * @returns {ClientEvent[]}
   */
  abort(reason) {
    /** @type {ClientEvent[]} */
    const events = clientSlot(this).use((raw) => raw.abort(reason));
    this.#isAborted ||= events.length > 0;
    return events;
  }

  /**
   * @overload
   * @returns {Saved}
   */
  /**
   * @overload
   * @param {readonly string[]} stored
   * @returns {SavedSince}
   */
  /** @param {readonly string[]} [stored] */
  save(stored) {
    return clientSlot(this).use((raw) => raw.save(stored));
  }

  /** @returns {void} */
  free() {
    clientSlot(this).free();
  }

  /** @returns {void} */
  [dispose]() {
    this.free();
  }
}
