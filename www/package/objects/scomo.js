/** @import { ClientAlert, ClientEvent, DmTree, NodeOptions, Outcome, TreeValue } from "../types.js" */
/** @import { DeviceObject, ScomoOptions } from "./objects.js" */
/** @import { Operation } from "./operations.js" */
import { checkOptions, isCount, isResults, isText, isUri } from "./options.js";
import { Operations, isFetchable, outcomeAlert } from "./operations.js";

const TYPE = "urn:oma:mo:oma-scomo:1.0";
const ALERT = "urn:oma:at:scomo:1.0:OperationComplete";

const IDLE = 10;
/** Values of Status, which differ from place to place. */
const DOWNLOAD = /** @type {const} */ ({ failed: 20, downloading: 30, downloaded: 40, installing: 50, installFailed: 60 });
const DELIVERED = /** @type {const} */ ({ removeFailed: 20, removing: 30, installing: 40, installFailed: 50 });
const DEPLOYED = /** @type {const} */ ({ removeFailed: 20, removing: 30, activateFailed: 40, activating: 50, deactivateFailed: 60, deactivating: 70 });
/** Values of State. */
const STATE = /** @type {const} */ ({ delivered: 10, installed: 20, inactive: 10, active: 20 });

/** What can be executed below `Operations`, by the place of the component. */
const OPERATIONS = /** @type {const} */ ({
  Download: ["Download", "DownloadInstall", "DownloadInstallInactive"],
  "Inventory/Delivered": ["Install", "InstallInactive", "Remove"],
  "Inventory/Deployed": ["Activate", "Deactivate", "Remove"],
});
/** @typedef {keyof typeof OPERATIONS} Place */

/** What goes wrong once there is a package. */
const OF_INSTALLATION = [1405, 1406, 1407, 1413];
const SUCCESS = 1200;
const CLIENT_ERROR = 1400;
const DOWNLOAD_FAILED = 1402;
const ACCEPTED = 202;
const NOT_ALLOWED = 405;

/**
 * The software of a device (SCOMO 1.0), as an example of an object whose nodes come and go.
 *
 *     Download/x ─Download─▶ Inventory/Delivered/x ─Install─▶ Inventory/Deployed/x ─Deactivate, Activate, Remove
 *
 * A server uses the slot that is there, or adds a node below Download of its own: what can be executed appears in it before the next message.
 * Nothing is fetched and nothing is installed: `results` says what comes of it.
 * @implements {DeviceObject}
 */
export class Scomo {
  name = /** @type {const} */ ("scomo");
  #operations = new Operations();
  #root;
  #results;
  #patience;
  #slot;

  /** @param {ScomoOptions} [options] */
  constructor(options) {
    const operations = [...new Set(Object.values(OPERATIONS).flat())];
    checkOptions("scomo", options, {
      root: isUri,
      results: isResults(operations, 1_200, 1_599),
      patience: isCount(1_000),
      slot: (value) => (/^[^/]+$/.test(String(value)) ? isText(value) : "the name of a node"),
    });
    const { root = "./SCOMO/Software", results = {}, patience = 0, slot = "Slot" } = options ?? {};
    this.#root = root;
    this.#results = results;
    this.#patience = patience;
    this.#slot = slot;
  }

  get source() {
    const slot = `${this.#root}/Download/${this.#slot}`;
    const deployed = `${this.#root}/Inventory/Deployed/Agent`;
    /** @type {Record<string, TreeValue>} */
    const values = {
      [this.#root]: { format: "node", type: TYPE, acl: "Get=*" },
      [`${this.#root}/Download`]: { format: "node", acl: "Add=*&Delete=*&Get=*&Replace=*" },
      [`${this.#root}/Inventory/Delivered`]: { format: "node" },
      [`${this.#root}/Inventory/Deployed`]: { format: "node" },
      [`${slot}/PkgID`]: "",
      [`${slot}/Name`]: "",
      [`${slot}/PkgURL`]: "",
      ...own(slot, "Download"),
      [`${deployed}/ID`]: "agent",
      [`${deployed}/Name`]: "Agent",
      [`${deployed}/Version`]: "1.0",
      ...own(deployed, "Inventory/Deployed", STATE.active),
    };
    return { values };
  }

  get isBusy() {
    return !this.#operations.isEmpty;
  }

  /**
   * @param {ClientEvent} event
   * @param {DmTree} tree
   * @returns {Outcome | undefined}
   */
  answer(event, tree) {
    if (event.type === "changed" && event.by !== "delete") this.#furnish(event.uri, tree);
    if (event.type !== "exec") return undefined;
    const named = this.#named(event.uri);
    if (named === undefined) return undefined;
    const { name, uri } = named;
    if (this.#operations.holds(uri)) return { status: NOT_ALLOWED };
    const isDownload = named.place === "Download";
    const address = tree.get(`${uri}/PkgURL`)?.data;
    const result = isDownload && !isFetchable(address) ? DOWNLOAD_FAILED : (this.#results[name] ?? SUCCESS);
    this.#operations.begin({ name, uri, at: 0, result, ...(event.correlator !== undefined && { correlator: event.correlator }) });
    enter(tree, uri, beginning(named.place, name));
    return { status: ACCEPTED };
  }

  /**
   * @param {DmTree} tree
   * @returns {ClientAlert[]}
   */
  work(tree) {
    return this.#operations.step((operation) => {
      if (operation.at < this.#patience) return undefined;
      const isOver = this.#advance(operation, tree, operation.at - this.#patience);
      return isOver ? outcomeAlert(ALERT, operation, isGood(operation.result)) : undefined;
    });
  }

  save() {
    return this.#operations.save();
  }

  /** @param {unknown} saved */
  restore(saved) {
    this.#operations.restore(saved);
  }

  /** The place, the component and the operation that an address names. @param {string} uri */
  #named(uri) {
    for (const place of /** @type {Place[]} */ (Object.keys(OPERATIONS))) {
      const below = `${this.#root}/${place}/`;
      const [component, folder, name, ...more] = uri.startsWith(below) ? uri.slice(below.length).split("/") : [];
      if (component === undefined || folder !== "Operations" || name === undefined || more.length > 0) continue;
      if (OPERATIONS[place].some((operation) => operation === name)) return { place, name, uri: below + component };
    }
    return undefined;
  }

  /** What a server adds below Download gets what the device has to add. @param {string} uri @param {DmTree} tree */
  #furnish(uri, tree) {
    const below = `${this.#root}/Download/`;
    const component = uri.startsWith(below) ? uri.slice(below.length).split("/")[0] : undefined;
    if (component === undefined || tree.get(below + component)?.format !== "node") return;
    for (const [node, { data = null, ...options }] of Object.entries(own(below + component, "Download"))) {
      const known = tree.get(node);
      if (known === undefined || (options.host && !known.host)) tree.set(node, data, options);
    }
  }

  /**
   * Whether the operation is over.
   * @param {Operation} operation
   * @param {DmTree} tree
   * @param {number} step
   */
  #advance(operation, tree, step) {
    const { name, uri, result } = operation;
    // The server may have deleted what it wanted something done to.
    if (tree.get(uri) === undefined) {
      operation.result = CLIENT_ERROR;
      return true;
    }
    if (uri.startsWith(`${this.#root}/Download/`)) return this.#download(name, uri, result, tree, step);
    if (uri.startsWith(`${this.#root}/Inventory/Delivered/`)) this.#delivered(name, uri, result, tree);
    else this.#deployed(name, uri, result, tree);
    return true;
  }

  /** @param {string} name @param {string} uri @param {number} result @param {DmTree} tree @param {number} step */
  #download(name, uri, result, tree, step) {
    const isWhole = name !== "Download";
    if (step === 0) {
      if (!isGood(result) && !(isWhole && OF_INSTALLATION.includes(result))) {
        enter(tree, uri, DOWNLOAD.failed);
        return true;
      }
      enter(tree, uri, isWhole ? DOWNLOAD.installing : DOWNLOAD.downloaded);
      this.#deliver(uri, tree);
      return !isWhole;
    }
    enter(tree, uri, isGood(result) ? IDLE : DOWNLOAD.installFailed);
    if (isGood(result)) this.#deploy(uri, tree, name === "DownloadInstall");
    return true;
  }

  /** @param {string} name @param {string} uri @param {number} result @param {DmTree} tree */
  #delivered(name, uri, result, tree) {
    if (name === "Remove") {
      if (isGood(result)) tree.remove(uri);
      else enter(tree, uri, DELIVERED.removeFailed);
      return;
    }
    enter(tree, uri, isGood(result) ? IDLE : DELIVERED.installFailed);
    if (isGood(result)) this.#deploy(uri, tree, name === "Install");
  }

  /** @param {string} name @param {string} uri @param {number} result @param {DmTree} tree */
  #deployed(name, uri, result, tree) {
    if (name === "Remove") {
      if (!isGood(result)) return enter(tree, uri, DEPLOYED.removeFailed);
      tree.remove(uri);
      const delivered = `${this.#root}/Inventory/Delivered/${lastOf(uri)}/State`;
      if (tree.get(delivered) !== undefined) tree.set(delivered, String(STATE.delivered));
      return;
    }
    const failed = name === "Activate" ? DEPLOYED.activateFailed : DEPLOYED.deactivateFailed;
    enter(tree, uri, isGood(result) ? IDLE : failed);
    if (isGood(result)) tree.set(`${uri}/State`, String(name === "Activate" ? STATE.active : STATE.inactive));
  }

  /** @param {string} from @param {DmTree} tree */
  #deliver(from, tree) {
    const uri = `${this.#root}/Inventory/Delivered/${lastOf(from)}`;
    for (const name of ["PkgID", "Name"]) tree.set(`${uri}/${name}`, tree.get(`${from}/${name}`)?.data ?? "");
    put(tree, own(uri, "Inventory/Delivered", STATE.delivered));
  }

  /** @param {string} from @param {DmTree} tree @param {boolean} isActive */
  #deploy(from, tree, isActive) {
    const name = lastOf(from);
    const delivered = `${this.#root}/Inventory/Delivered/${name}`;
    if (tree.get(delivered) !== undefined) tree.set(`${delivered}/State`, String(STATE.installed));
    const uri = `${this.#root}/Inventory/Deployed/${name}`;
    const id = tree.get(`${from}/PkgID`)?.data ?? "";
    tree.set(`${uri}/ID`, id);
    tree.set(`${uri}/PkgIDRef`, id);
    tree.set(`${uri}/Name`, tree.get(`${from}/Name`)?.data ?? "");
    put(tree, own(uri, "Inventory/Deployed", isActive ? STATE.active : STATE.inactive));
  }
}

/** @param {Place} place @param {string} name */
function beginning(place, name) {
  if (place === "Download") return DOWNLOAD.downloading;
  if (place === "Inventory/Delivered") return name === "Remove" ? DELIVERED.removing : DELIVERED.installing;
  if (name === "Remove") return DEPLOYED.removing;
  return name === "Activate" ? DEPLOYED.activating : DEPLOYED.deactivating;
}

/**
 * The nodes of a component that only the device changes.
 * @param {string} uri
 * @param {Place} place
 * @param {number} [state]
 * @returns {Record<string, { data?: string } & NodeOptions>}
 */
function own(uri, place, state) {
  /** @type {Record<string, { data?: string } & NodeOptions>} */
  const nodes = { [`${uri}/Status`]: { data: String(IDLE), format: "int", acl: "Get=*" } };
  if (state !== undefined) nodes[`${uri}/State`] = { data: String(state), format: "int", acl: "Get=*" };
  nodes[`${uri}/Operations`] = { format: "node", acl: "Get=*" };
  for (const name of OPERATIONS[place]) nodes[`${uri}/Operations/${name}`] = { data: "", format: "null", acl: "Exec=*&Get=*", host: true };
  return nodes;
}

/** @param {DmTree} tree @param {Record<string, { data?: string } & NodeOptions>} nodes */
function put(tree, nodes) {
  for (const [uri, { data = null, ...options }] of Object.entries(nodes)) tree.set(uri, data, options);
}

/** @param {DmTree} tree @param {string} uri @param {number} status */
function enter(tree, uri, status) {
  tree.set(`${uri}/Status`, String(status));
}

/** @param {number} result */
const isGood = (result) => result >= 1_200 && result < 1_300;

/** @param {string} uri */
const lastOf = (uri) => uri.slice(uri.lastIndexOf("/") + 1);
