/** @import { Data, Format, Limits, TreeValue } from "./types.js" */
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
   * @param {{ values?: Record<string, TreeValue> } | Slot<RawTree>} [source]
   * @param {Partial<Limits>} [limits]
   */
  constructor(source, limits) {
    this.#slot = Slot.is(source) ? source : Slot.make((raw) => new raw.RawTree(source, limits));
  }

  /**
   * @param {Uint8Array} full
   * @param {Partial<Limits>} [limits]
   * @returns {DmTree}
   */
  static restore(full, limits) {
    return new DmTree(Slot.make((raw) => raw.RawTree.restore(full, limits)));
  }

  /** @returns {number} */
  get revision() {
    return treeSlot(this).use((raw) => raw.revision);
  }

  /**
   * @param {string} uri
   * @returns {{ format: Format; type?: string; data?: Data; children?: string[] } | undefined}
   */
  get(uri) {
    return treeSlot(this).use((raw) => raw.get(uri));
  }

  /**
   * @param {string} uri
   * @param {Data | null} data
   * @param {{ format?: Format; type?: string }} [options]
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

  /** @returns {Uint8Array} */
  save() {
    return treeSlot(this).use((raw) => raw.save());
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
