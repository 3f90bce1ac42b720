/** `omadm device`: one device, and its sessions one after the other. */
/** @import { Options } from "./options.js" */
/** @import { Told } from "./simulated.js" */
import { deviceIdOf, planOf } from "./plan.js";
import { jsonPrinter, textPrinter } from "./print.js";
import { Record } from "./record.js";
import { SimulatedDevice } from "./simulated.js";
import { readState, writeState } from "./state.js";
import { Failure, UsageError, words } from "./fault.js";
import { ignoredWords } from "./notification.js";

/**
 * Whether all sessions went as they were meant to.
 * @param {Options} options
 * @param {string} version of the package
 * @param {{ print: (line: string) => void, warn: (line: string) => void }} to
 * @param {AbortSignal} signal somebody wants to stop
 * @returns {Promise<boolean>}
 */
export async function runDevice(options, version, to, signal) {
  const plan = planOf(options, version);
  const state = options.state === undefined ? undefined : readState(options.state);
  const deviceId = options.deviceId ?? state?.deviceId ?? deviceIdOf(options);
  if (state !== undefined && state.deviceId !== deviceId) throw new UsageError(`--state ${options.state}: it is that of the device ${state.deviceId}, not of ${deviceId}`);
  const taste = { verbose: options.verbose, showSecrets: options.showSecrets, print: to.print };
  /** @type {(told: Told) => void} */
  const tell = options.json ? jsonPrinter(taste) : textPrinter(taste);
  const device = made(() => new SimulatedDevice(plan, deviceId, { tell, ...(state && { state }), ...(options.record !== undefined && { record: new Record(options.record) }) }), options);
  if (state !== undefined && options.tree.length > 0) to.warn(`--state ${options.state} has a tree: --tree counts only where the file is made`);
  if (state !== undefined && plan.script.alerts.length > 0) to.warn(`--state ${options.state} is there: the alerts of --script are raised only where the file is made`);
  let isHeld = false;
  try {
    const verdict = device.wake();
    if (verdict?.ok === false) throw new Failure(ignoredWords(verdict.reason, plan));
    // The same notification must not count twice, whatever becomes of the session; and what cannot be kept is better not begun.
    made(() => options.state !== undefined && writeState(options.state, device.save()), { state: undefined });
    isHeld = true;
    return await sessions(device, options, to, signal);
  } finally {
    if (isHeld && options.state !== undefined) writeState(options.state, device.save());
    device.free();
    plan.transport.close();
  }
}

/**
 * What goes wrong before anything is sent is wrong with the files.
 * @template T @param {() => T} make @param {Pick<Options, "state">} options whose `state` it is made of
 */
function made(make, { state }) {
  try {
    return make();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(state === undefined ? words(error) : `--state ${state}: ${words(error)}`);
  }
}

/** @param {SimulatedDevice} device @param {Options} options @param {{ warn: (line: string) => void }} to @param {AbortSignal} signal */
async function sessions(device, { sessions: wanted, state }, to, signal) {
  for await (const { reason } of device.sessions(wanted, signal)) if (reason !== undefined) return false;
  if (device.waits && state === undefined) to.warn("an outcome was not told: there was no further session (--sessions), and there is no --state to keep it");
  return !signal.aborted;
}
