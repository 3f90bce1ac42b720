/** What the engine takes, tried before anything is sent: what is wrong with it the engine says itself. */
/** @import { AccountState, ClientAlert, ClientConfig, Trigger } from "../types.js" */
import { DmClientSession } from "../node.js";
import { words } from "./fault.js";

/** An alert of a file. Throws a TypeError that names `at`. @param {unknown} json @param {string} at @returns {ClientAlert} */
export function alertIn(json, at) {
  const alert = /** @type {ClientAlert} */ (json);
  attempt(at, { by: "user", alerts: [alert] });
  return alert;
}

/** What an account has come to. Throws a TypeError that names `at`. @param {unknown} json @param {string} at @returns {AccountState} */
export function accountIn(json, at) {
  const state = /** @type {AccountState} */ (json);
  attempt(at, { by: "user" }, state);
  return state;
}

/** @param {string} at @param {Trigger} trigger @param {AccountState} [state] */
function attempt(at, trigger, state) {
  /** @type {ClientConfig} */
  const config = {
    account: { deviceId: "-", serverId: "-", client: "transport", server: "transport", ...(state !== undefined && { state }) },
    url: "http://127.0.0.1/",
    version: "1.3",
    encoding: "xml",
  };
  try {
    new DmClientSession(config, trigger).free();
  } catch (error) {
    throw new TypeError(`${at}: ${words(error)}`);
  }
}
