/** Outcomes that another address is to hear of than the one of the session, as an Exec of DM 2.0 says: each address in a session of its own. */
/** @import { ClientAlert, DmTree } from "../types.js" */
import { isRecord } from "./json.js";

/**
 * @typedef {object} SavedReports
 * @property {{ url: string, alert: ClientAlert }[]} due
 * @property {Record<string, string>} asked where the outcome goes of what goes on at a node
 */

export class Reports {
  #due;
  /** @type {Map<string, string>} */
  #asked;

  /** @param {SavedReports} [saved] */
  constructor({ due, asked } = { due: [], asked: {} }) {
    this.#due = [...due];
    this.#asked = new Map(Object.entries(asked));
  }

  /** What is run there is to be told at an address. @param {string} uri @param {string} url */
  expect(uri, url) {
    this.#asked.set(uri, url);
  }

  /** Whether the alert is for another address than that of the session: then it waits for a session there. @param {ClientAlert} alert */
  takes(alert) {
    const url = alert.source === undefined ? undefined : this.#asked.get(alert.source);
    if (alert.source === undefined || url === undefined) return false;
    this.#asked.delete(alert.source);
    this.add(url, alert);
    return true;
  }

  /** @param {string} url @param {ClientAlert} alert */
  add(url, alert) {
    this.#due.push({ url, alert });
  }

  /** Where something is to be told. */
  get next() {
    return this.#due[0]?.url;
  }

  /** What is to be told there; it waits no longer. @param {string} url @returns {ClientAlert[]} */
  claim(url) {
    const alerts = this.#due.filter((one) => one.url === url).map(({ alert }) => alert);
    this.#due = this.#due.filter((one) => one.url !== url);
    return alerts;
  }

  /** @returns {SavedReports | undefined} nothing where nothing waits */
  save() {
    return this.#due.length === 0 && this.#asked.size === 0 ? undefined : { due: [...this.#due], asked: Object.fromEntries(this.#asked) };
  }
}

/**
 * The server at an address, by the accounts in the tree: those of DM 2.0 name it SrvURI, those of DM 1 AppAddr.
 * @param {DmTree} tree @param {string} url @returns {string | undefined} its identifier
 */
export function serverAt(tree, url) {
  const { origin } = new URL(url);
  for (const root of tree.instances("urn:oma:mo:oma-dm-dmacc")) {
    const text = (/** @type {string} */ uri) => {
      const data = tree.get(uri)?.data;
      return typeof data === "string" ? data : undefined;
    };
    const places = tree.entries(root).filter((uri) => uri === `${root}/SrvURI` || (uri.startsWith(`${root}/AppAddr/`) && uri.endsWith("/Addr")));
    const isThere = places.some((uri) => {
      const address = text(uri) ?? "";
      return URL.canParse(address) && new URL(address).origin === origin;
    });
    const serverId = text(`${root}/SrvID`) ?? text(`${root}/ServerID`);
    if (isThere && serverId !== undefined) return serverId;
  }
  return undefined;
}

/**
 * Those of a file. Throws a TypeError that names what is wrong.
 * @param {unknown} json @param {(alert: unknown, at: string) => ClientAlert} alertIn
 * @returns {SavedReports}
 */
export function reportsIn(json, alertIn) {
  const isUrl = (/** @type {unknown} */ url) => typeof url === "string" && URL.canParse(url);
  if (!isRecord(json) || !Array.isArray(json.due) || !isRecord(json.asked)) throw new TypeError("reports: a part is missing");
  const { due, asked } = json;
  if (!due.every((one) => isRecord(one) && isUrl(one.url)) || !Object.values(asked).every(isUrl)) throw new TypeError("reports: no address");
  return {
    due: due.map(({ url, alert }, at) => ({ url, alert: alertIn(alert, `reports.due[${at}]`) })),
    asked: /** @type {Record<string, string>} */ ({ ...asked }),
  };
}
