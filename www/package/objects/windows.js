/** @import { ChangedBy, ClientAlert, ClientEvent, Data, DmTree, Outcome, TreeValue } from "../types.js" */
/** @import { DeviceObject, WindowsOptions } from "./objects.js" */
import { checkOptions, isFlag, isResults, isText } from "./options.js";
import { PROVIDER, ROOTS, descriptions } from "./windows-nodes.js";

const [VENDOR, SCOPED] = ROOTS;
const EXECUTED = {
  Reboot: `${VENDOR}/Reboot/RebootNow`,
  Wipe: `${VENDOR}/RemoteWipe/doWipe`,
  Unenroll: `${VENDOR}/DMClient/Unenroll`,
};
const CONFIG = "/Policy/Config/";
const RESULT = "/Policy/Result/";

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
  /** What held below Policy/Result before a server configured anything, by URI. @type {Map<string, Data>} */
  #described = new Map();

  /** @param {WindowsOptions} [options] */
  constructor(options) {
    checkOptions("windows", options, { results: isResults(Object.keys(EXECUTED), 200, 599), leaves: isFlag, model: isText });
    const { results = {}, leaves = false, model = "Desk 7" } = options ?? {};
    this.#results = results;
    this.#isLeaving = leaves;
    this.#model = model;
  }

  get source() {
    /** @type {Record<string, TreeValue>} */
    const values = { ".": { acl: "Add=*&Delete=*&Exec=*&Get=*&Replace=*" } };
    for (const root of ROOTS) {
      const provider = `${root}/DMClient/Provider/${PROVIDER}`;
      values[`${provider}/EntDeviceName`] = "MARRAM-1";
      values[`${provider}/EntDMID`] = "";
      values[`${provider}/ManagementServerAddressList`] = "";
      values[`${provider}/Push/Status`] = 0;
    }
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
    if (event.type === "changed") {
      follow(event.uri, event.by, tree);
      this.#mirror(event.uri, tree);
    }
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
    return Object.fromEntries(this.#described);
  }

  /** @param {unknown} saved */
  restore(saved) {
    if (typeof saved !== "object" || saved === null || Array.isArray(saved)) throw new TypeError("not what save() gave");
    this.#described = new Map(Object.entries(saved));
  }

  /** What a server configures is what holds, and what it takes back holds no longer. @param {string} uri @param {DmTree} tree */
  #mirror(uri, tree) {
    const below = withoutScope(uri).slice(VENDOR.length);
    if (!below.startsWith(CONFIG)) return;
    for (const root of ROOTS) {
      const area = root + RESULT + below.slice(CONFIG.length);
      for (const result of tree.get(area) === undefined ? [] : tree.entries(area)) {
        const known = tree.get(result)?.data;
        if (known === undefined) continue;
        const { data, format } = tree.get(root + CONFIG + result.slice(root.length + RESULT.length)) ?? {};
        const holds = data ?? this.#described.get(result);
        if (holds === undefined || holds === known) continue;
        if (!this.#described.has(result)) this.#described.set(result, known);
        tree.set(result, holds, format && { format });
      }
    }
  }
}

/** Some descriptions of Windows say whom a node is of: the device, which is the default. @param {string} uri */
const withoutScope = (uri) => (isBelow(uri, SCOPED) ? VENDOR + uri.slice(SCOPED.length) : uri);

/** @param {string} uri @param {string} root */
const isBelow = (uri, root) => uri.startsWith(`${root}/`);

/** A node has two addresses: what happens at one happens at the other, where there is that. @param {string} uri @param {ChangedBy} by @param {DmTree} tree */
function follow(uri, by, tree) {
  const [from, to] = isBelow(uri, SCOPED) ? [SCOPED, VENDOR] : [VENDOR, SCOPED];
  if (!isBelow(uri, from)) return;
  const twin = (/** @type {string} */ one) => to + one.slice(from.length);
  if (by === "delete") tree.remove(twin(uri));
  if (tree.get(uri) === undefined || tree.get(twin(uri.slice(0, uri.lastIndexOf("/")))) === undefined) return;
  for (const one of tree.entries(uri)) {
    const { data, format, type } = tree.get(one) ?? { format: "node" };
    tree.set(twin(one), data ?? null, { format, ...(type !== undefined && { type }) });
  }
}

/** The server's own entry goes, whichever the data names. @param {DmTree} tree @param {Data | undefined} data */
function leave(tree, data) {
  const name = typeof data === "string" && data !== "" && !data.includes("/") ? data : PROVIDER;
  for (const root of ROOTS) tree.remove(`${root}/DMClient/Provider/${name}`);
}
