/** @import { Account, Data, Due, DueOptions, Limits, NodeOptions, TreeChange, TreeNode, TreeSource } from "./types.js" */
/** @import { RawTree } from "./omadm.js" */
import { Slot, dispose, notA } from "./handle.js";

/**
 * What the handle holds.
 * @type {(tree: unknown) => Slot<RawTree>}
 */
export let treeSlot;

/** A device's management tree. */
export class DmTree {
  /** @type {Slot<RawTree>} */
  #slot;

  static {
    treeSlot = (tree) => {
      if (typeof tree !== "object" || tree === null || !(#slot in tree)) throw notA("DmTree");
      return tree.#slot;
    };
  }

  /**
   * @param {TreeSource | Slot<RawTree>} [source]
   * @param {Partial<Limits>} [limits]
   */
  constructor(source, limits) {
    this.#slot = Slot.is(source) ? source : Slot.make((raw) => new raw.RawTree(source, limits));
  }

  /**
   * @param {Uint8Array} full
   * @param {Uint8Array[]} [deltas]
   * @param {Partial<Limits>} [limits]
   * @returns {DmTree}
   */
  static restore(full, deltas, limits) {
    return new DmTree(Slot.make((raw) => raw.RawTree.restore(full, deltas, limits)));
  }

  /** @returns {number} */
  get revision() {
    return treeSlot(this).use((raw) => raw.revision);
  }

  /**
   * @param {string} uri
   * @returns {TreeNode | undefined}
   */
  get(uri) {
    return treeSlot(this).use((raw) => raw.get(uri));
  }

  /**
   * @param {string} uri
   * @param {Data | null} data
   * @param {NodeOptions} [options]
   * @returns {void}
   */
  set(uri, data, options) {
    treeSlot(this).use((raw) => raw.set(uri, data, options));
  }

  /**
   * @param {string} uri
   * @returns {boolean}
   */
  remove(uri) {
    return treeSlot(this).use((raw) => raw.remove(uri));
  }

  /**
   * @param {string} [uri]
   * @returns {string[]}
   */
  entries(uri) {
    return treeSlot(this).use((raw) => raw.entries(uri));
  }

  /**
   * @param {number} since
   * @returns {TreeChange[] | undefined}
   */
  changes(since) {
    return treeSlot(this).use((raw) => raw.changes(since));
  }

  /** @returns {Account[]} */
  accounts() {
    return treeSlot(this).use((raw) => raw.accounts());
  }

  /**
   * @param {string} moid
   * @returns {string[]}
   */
  instances(moid) {
    return treeSlot(this).use((raw) => raw.instances(moid));
  }

  /**
   * @param {string} serverId
   * @returns {void}
   */
  forgetServer(serverId) {
    treeSlot(this).use((raw) => raw.forgetServer(serverId));
  }

  /** @returns {{ server: string; uri: string; url: string }[]} */
  subscriptions() {
    return treeSlot(this).use((raw) => raw.subscriptions());
  }

  /**
   * @param {DueOptions} [options]
   * @returns {Due}
   */
  due(options) {
    return treeSlot(this).use((raw) => raw.due(options));
  }

  /**
   * @param {string} serverId
   * @param {string} uri
   * @param {{ status?: number; accept?: string; now?: number }} [answer]
   * @returns {number | undefined}
   */
  told(serverId, uri, answer) {
    return treeSlot(this).use((raw) => raw.told(serverId, uri, answer));
  }

  /**
   * @param {string} moid
   * @returns {{ server: string; url: string } | undefined}
   */
  defaultSource(moid) {
    return treeSlot(this).use((raw) => raw.defaultSource(moid));
  }

  /**
   * @overload
   * @returns {Uint8Array<ArrayBuffer>}
   */
  /**
   * @overload
   * @param {number} since
   * @returns {Uint8Array<ArrayBuffer> | undefined}
   */
  /**
   * @param {number} [since]
   * @returns {Uint8Array<ArrayBuffer> | undefined}
   */
  save(since) {
    return treeSlot(this).use((raw) => raw.save(since));
  }

  /** @returns {void} */
  free() {
    treeSlot(this).free();
  }

  /** @returns {void} */
  [dispose]() {
    this.free();
  }
}
