/** What a device keeps between runs, in a file: nonces, the tree, and what goes on. Written whole or not at all, for nobody else to read. */
/** @import { AccountState, ClientAlert } from "../types.js" */
/** @import { SavedReports } from "./reports.js" */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { Failure, UsageError, fileTrouble, words } from "./fault.js";
import { fromJson, isRecord, toJson } from "./json.js";
import { reportsIn } from "./reports.js";
import { accountIn, alertIn } from "./trial.js";

/**
 * @typedef {object} State
 * @property {string} deviceId
 * @property {number} runs how often it has been used
 * @property {AccountState} account
 * @property {Uint8Array} tree
 * @property {number} [epoch] what tells this tree from those before it, where DM 2.0 was spoken
 * @property {ClientAlert[]} alerts that were not told yet
 * @property {SavedReports} [reports] those that another address is to hear of
 * @property {Record<string, unknown>} objects
 */

const FORM = 1;

/**
 * @param {string} file
 * @returns {State | undefined} where there is no such file yet
 */
export function readState(file) {
  let text;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw new UsageError(`--state ${file}: ${fileTrouble(error)}`);
  }
  try {
    const json = fromJson(text);
    if (!isRecord(json) || json.form !== FORM) throw new TypeError("not written by this version of omadm device");
    const { deviceId, runs, account, tree, epoch, alerts, reports, objects } = json;
    const isWhole = typeof deviceId === "string" && Number.isInteger(runs) && isRecord(account) && tree instanceof Uint8Array && Array.isArray(alerts) && isRecord(objects) && (epoch === undefined || isEpoch(epoch));
    if (!isWhole) throw new TypeError("a part is missing");
    return {
      deviceId,
      runs: Number(runs),
      account: accountIn(account, "account"),
      tree,
      ...(epoch !== undefined && { epoch: Number(epoch) }),
      alerts: alerts.map((alert, at) => alertIn(alert, `alerts[${at}]`)),
      ...(reports !== undefined && { reports: reportsIn(reports, alertIn) }),
      objects,
    };
  } catch (error) {
    throw new UsageError(`--state ${file}: ${words(error)}`);
  }
}

/** @param {unknown} epoch */
const isEpoch = (epoch) => typeof epoch === "number" && Number.isInteger(epoch) && epoch >= 0 && epoch <= 0xffff_ffff;

/** After a crash the file holds the old state or the new one. @param {string} file @param {State} state */
export function writeState(file, state) {
  const next = `${file}.${process.pid}.new`;
  try {
    const handle = openSync(next, "w", 0o600);
    try {
      writeFileSync(handle, `${toJson({ form: FORM, ...state })}\n`);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(next, file);
  } catch (error) {
    rmSync(next, { force: true });
    throw new Failure(`--state ${file}: ${fileTrouble(error)}`);
  }
}
