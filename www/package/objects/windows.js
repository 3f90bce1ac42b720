/** @import { ClientAlert, ClientEvent, DmTree, Outcome, TreeValue } from "../types.js" */
/** @import { DeviceObject, WindowsOptions } from "./objects.js" */
import { checkOptions, isFlag, isResults, isText } from "./options.js";
import { PROVIDER, VENDOR, descriptions } from "./windows-nodes.js";

const EXECUTED = {
  Reboot: `${VENDOR}/Reboot/RebootNow`,
  Wipe: `${VENDOR}/RemoteWipe/doWipe`,
  Unenroll: `${VENDOR}/DMClient/Unenroll`,
};
const CONFIG = `${VENDOR}/Policy/Config/`;
const RESULT = `${VENDOR}/Policy/Result/`;

/**
 * A device like one that runs Windows, as an example of a tree made of device descriptions (DDF): DevInfo, DevDetail, Policy, DMClient, Reboot
 * and RemoteWipe. What a server may do with which node is said by the descriptions, and the engine holds servers to it; this only stands
 * behind what is executed, and keeps Policy/Result as Policy/Config says.
 *
 * It has access to all servers, since Windows knows no access control lists. With `ddf` of its own a maker gives the nodes.
 * @implements {DeviceObject}
 */
export class Windows {
  name = /** @type {const} */ ("windows");
  isBusy = false;
  #results;
  #isLeaving;
  #model;

  /** @param {WindowsOptions} [options] */
  constructor(options) {
    checkOptions("windows", options, { results: isResults(Object.keys(EXECUTED), 200, 599), leaves: isFlag, model: isText });
    const { results = {}, leaves = false, model = "Desk 7" } = options ?? {};
    this.#results = results;
    this.#isLeaving = leaves;
    this.#model = model;
  }

  get source() {
    const provider = `${VENDOR}/DMClient/Provider/${PROVIDER}`;
    /** @type {Record<string, TreeValue>} */
    const values = {
      ".": { acl: "Add=*&Delete=*&Exec=*&Get=*&Replace=*" },
      [`${provider}/EntDeviceName`]: "MARRAM-1",
      [`${provider}/EntDMID`]: "",
      [`${provider}/ManagementServerAddressList`]: "",
      [`${provider}/Push/Status`]: 0,
    };
    return { ddf: descriptions("urn:uuid:00000000-0000-4000-8000-000000000000", this.#model), values };
  }

  /**
   * With what every session begins.
   * @returns {ClientAlert[]}
   */
  opening() {
    /** @type {ClientAlert} */
    const login = { code: 1224, alertType: "com.microsoft/MDM/LoginStatus", data: "user" };
    /** @type {ClientAlert} */
    const leaving = { code: 1226, alertType: "com.microsoft:mdm.unenrollment.userrequest", format: "int", data: "1" };
    return this.#isLeaving ? [login, leaving] : [login];
  }

  /**
   * @param {ClientEvent} event
   * @param {DmTree} tree
   * @returns {Outcome | undefined}
   */
  answer(event, tree) {
    if (event.type === "changed") mirror(event.uri, tree);
    if (event.type !== "exec") return undefined;
    const found = Object.entries(EXECUTED).find(([, uri]) => uri === withoutScope(event.uri));
    if (found === undefined) return undefined;
    const status = this.#results[found[0]] ?? 200;
    if (found[0] === "Unenroll" && status < 300) leave(tree, event.data);
    return { status };
  }

  /** @returns {ClientAlert[]} */
  work() {
    return [];
  }

  save() {
    return null;
  }

  restore() {}
}

/** Some descriptions of Windows say whom a node is of: the device, which is the default. @param {string} uri */
const withoutScope = (uri) => (uri.startsWith("./Device/Vendor/") ? `./${uri.slice("./Device/".length)}` : uri);

/** What a server configures is what holds. @param {string} uri @param {DmTree} tree */
function mirror(uri, tree) {
  if (!uri.startsWith(CONFIG)) return;
  const { data, format } = tree.get(uri) ?? {};
  const result = RESULT + uri.slice(CONFIG.length);
  if (data !== undefined && tree.get(result)?.data !== undefined) tree.set(result, data, format && { format });
}

/** The server's own entry goes, whichever the data names. @param {DmTree} tree @param {import("../types.js").Data | undefined} data */
function leave(tree, data) {
  const name = typeof data === "string" && data !== "" && !data.includes("/") ? data : PROVIDER;
  tree.remove(`${VENDOR}/DMClient/Provider/${name}`);
}
