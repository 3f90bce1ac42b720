/** @import { ClientAlert, ClientEvent, DmTree, Outcome, TreeValue } from "../types.js" */
/** @import { DeviceObject, FumoOptions } from "./objects.js" */
/** @import { Operation } from "./operations.js" */
import { checkOptions, isCount, isFlag, isResults, isText, isUri } from "./options.js";
import { Operations, isFetchable, outcomeAlert } from "./operations.js";

const TYPE = "urn:oma:mo:oma-fumo:1.0";
const ALERT = "org.openmobilealliance.dm.firmwareupdate";

/** The values of the node State. */
export const STATE = /** @type {const} */ ({
  idle: 10,
  downloadFailed: 20,
  downloading: 30,
  downloaded: 40,
  readyToUpdate: 50,
  updating: 60,
  updateFailedWithData: 70,
  updateFailed: 80,
  updatedWithData: 90,
  updated: 100,
});
/** At the end of an update, where the package is gone. @type {number[]} */
const NO_DATA = [STATE.updateFailed, STATE.updated];
const OPERATIONS = ["Download", "Update", "DownloadAndUpdate"];
/** What can only go wrong before there is a package; everything else goes wrong with it. */
const OF_DOWNLOAD = [401, 402, 406, 407, 411, 500, 501, 503];
const SUCCESS = 200;
const BAD_URL = 411;
const ACCEPTED = 202;
const NOT_ALLOWED = 405;

/**
 * The firmware of a device that can be updated (FUMO 1.0), as an example of an object behind which there is hardware.
 *
 *     10 ─Exec Download─▶ 30 ─▶ 40 ─▶ 50 ─Exec Update─▶ 60 ─▶ 90, 100 or 70, 80
 *                         └─▶ 20
 *
 * The nodes that a server executes are the host's, so that Exec becomes a ticket; it is answered 202, and goes a step on with every call of
 * `work`. Nothing is fetched and nothing is installed: `results` says what comes of it.
 * @implements {DeviceObject}
 */
export class Fumo {
  name = /** @type {const} */ ("fumo");
  #operations = new Operations();
  #root;
  #results;
  #keepsData;
  #patience;
  #version;

  /** @param {FumoOptions} [options] */
  constructor(options) {
    checkOptions("fumo", options, {
      root: isUri,
      results: isResults(OPERATIONS, 200, 599),
      keepsData: isFlag,
      patience: isCount(1_000),
      version: isText,
    });
    const { root = "./FwUpdate/Firmware", results = {}, keepsData = false, patience = 0, version = "2.0.0" } = options ?? {};
    this.#root = root;
    this.#results = results;
    this.#keepsData = keepsData;
    this.#patience = patience;
    this.#version = version;
  }

  get source() {
    /** @type {Record<string, TreeValue>} */
    const values = {
      "": { format: "node", type: TYPE, acl: "Get=*" },
      "/PkgName": "Firmware",
      "/PkgVersion": this.#version,
      "/Download": { format: "node", acl: "Exec=*&Get=*", host: true },
      "/Download/PkgURL": { data: "", acl: "Get=*&Replace=*" },
      "/Update": { format: "node", acl: "Exec=*&Get=*", host: true },
      "/Update/PkgData": { data: new Uint8Array(), format: "bin", type: "application/octet-stream", acl: "Replace=*", host: true },
      "/DownloadAndUpdate": { format: "node", acl: "Exec=*&Get=*", host: true },
      "/DownloadAndUpdate/PkgURL": { data: "", acl: "Get=*&Replace=*" },
      "/State": { data: String(STATE.idle), format: "int" },
    };
    return { values: Object.fromEntries(Object.entries(values).map(([below, value]) => [this.#root + below, value])) };
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
    if (event.type === "changed") this.#changed(event.uri, tree);
    if (!("ticket" in event) || !("uri" in event)) return undefined;
    if (event.type === "exec") {
      const name = OPERATIONS.find((operation) => event.uri === `${this.#root}/${operation}`);
      return name === undefined ? undefined : this.#begin(name, event.correlator, tree);
    }
    if (event.uri !== `${this.#root}/Update/PkgData` || event.type === "read") return undefined;
    // The package comes over DM itself, or an Atomic that brought it has failed.
    if (this.isBusy) return { status: NOT_ALLOWED };
    this.#enter(tree, sizeOf(event.data) > 0 ? STATE.readyToUpdate : STATE.idle);
    return { status: 200 };
  }

  /**
   * @param {DmTree} tree
   * @returns {ClientAlert[]}
   */
  work(tree) {
    return this.#operations.step((operation) => this.#advance(operation, tree));
  }

  save() {
    return this.#operations.save();
  }

  /** @param {unknown} saved */
  restore(saved) {
    this.#operations.restore(saved);
  }

  /** A new address makes what was fetched from the old one worthless. @param {string} uri @param {DmTree} tree */
  #changed(uri, tree) {
    const isAddress = uri === `${this.#root}/Download/PkgURL` || uri === `${this.#root}/DownloadAndUpdate/PkgURL`;
    if (isAddress && this.#state(tree) === STATE.readyToUpdate) this.#enter(tree, STATE.idle);
  }

  /**
   * @param {string} name
   * @param {string | undefined} correlator
   * @param {DmTree} tree
   * @returns {Outcome}
   */
  #begin(name, correlator, tree) {
    const state = this.#state(tree);
    const isReady = name === "Update" ? state === STATE.readyToUpdate : state !== STATE.readyToUpdate;
    if (this.isBusy || !isReady) return { status: NOT_ALLOWED };
    const address = tree.get(`${this.#root}/${name}/PkgURL`)?.data;
    const result = name !== "Update" && !isFetchable(address) ? BAD_URL : (this.#results[name] ?? SUCCESS);
    this.#operations.begin({ name, uri: this.#root, at: 0, result, ...(correlator !== undefined && { correlator }) });
    this.#enter(tree, name === "Update" ? STATE.updating : STATE.downloading);
    return { status: ACCEPTED };
  }

  /**
   * @param {Operation} operation
   * @param {DmTree} tree
   * @returns {ClientAlert | undefined}
   */
  #advance(operation, tree) {
    const { name, at, result } = operation;
    if (at < this.#patience) return undefined;
    const path = pathOf(name, result, this.#keepsData);
    const state = path[at - this.#patience] ?? STATE.idle;
    this.#enter(tree, state);
    if (at - this.#patience < path.length - 1) return undefined;
    const isSuccess = isGood(result);
    if (isSuccess && name !== "Download" && tree.get("./DevDetail/FwV") !== undefined) tree.set("./DevDetail/FwV", this.#version);
    const data = `${this.#root}/Update/PkgData`;
    if (NO_DATA.includes(state) && sizeOf(tree.get(data)?.data) > 0) tree.set(data, new Uint8Array());
    return outcomeAlert(`${ALERT}.${name.toLowerCase()}`, operation, isSuccess);
  }

  /** @param {DmTree} tree */
  #state(tree) {
    return Number(tree.get(`${this.#root}/State`)?.data);
  }

  /** @param {DmTree} tree @param {number} state */
  #enter(tree, state) {
    tree.set(`${this.#root}/State`, String(state));
  }
}

/** @param {number} result */
const isGood = (result) => result >= 200 && result < 300;

/**
 * The states that an operation goes through behind the one in which it began.
 * @param {string} name
 * @param {number} result
 * @param {boolean} keepsData
 */
function pathOf(name, result, keepsData) {
  const failed = keepsData ? STATE.updateFailedWithData : STATE.updateFailed;
  const done = keepsData ? STATE.updatedWithData : STATE.updated;
  const last = isGood(result) ? done : failed;
  if (name === "Update") return [last];
  if (!isGood(result) && (name === "Download" || OF_DOWNLOAD.includes(result))) return [STATE.downloadFailed];
  if (name === "Download") return [STATE.downloaded, STATE.readyToUpdate];
  return [STATE.downloaded, STATE.readyToUpdate, STATE.updating, last];
}

/** @param {import("../types.js").Data | undefined} data */
function sizeOf(data) {
  if (data === undefined) return 0;
  return typeof data === "object" && "markup" in data ? data.markup.length : data.length;
}
