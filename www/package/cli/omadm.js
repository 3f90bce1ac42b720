#!/usr/bin/env node
/** The command `omadm`. */
import { setMaxListeners } from "node:events";
import { readFileSync } from "node:fs";
import { UsageError, meant, words } from "./fault.js";
import { DEVICE_HELP, HELP } from "./help.js";

/** @typedef {(given: string[], signal: AbortSignal) => Promise<number>} Command gives the exit status */

const DONE = 0;
const FAILED = 1;
const MISUSED = 2;
const INTERRUPTED = 130;

/** @param {string} line */
const print = (line) => void process.stdout.write(`${line}\n`);
/** @param {string} line */
const warn = (line) => void process.stderr.write(`omadm: ${line}\n`);

const version = () => String(JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).version);

/** @type {Command} */
async function device(given, signal) {
  const { parseOptions } = await import("./options.js");
  const options = parseOptions(given, process.env);
  if (options === "help") {
    print(DEVICE_HELP);
    return DONE;
  }
  const isFleet = options.devices !== undefined;
  const isWell = isFleet
    ? await (await import("./fleet.js")).runFleet(options, version(), { print, progress: process.stderr }, signal)
    : await (await import("./device.js")).runDevice(options, version(), { print, warn }, signal);
  return isWell ? DONE : FAILED;
}

/** Each loads only what it needs. @type {Record<string, Command>} */
const COMMANDS = { device };

/** @param {string[]} given @param {AbortSignal} signal @returns {Promise<number>} */
async function run([name, ...given], signal) {
  if (name === "--version") {
    print(version());
    return DONE;
  }
  if (name === "help" && given[0] !== undefined) return run([given[0], "--help"], signal);
  if (name === "--help" || name === "-h" || name === "help") {
    print(HELP);
    return DONE;
  }
  const known = Object.keys(COMMANDS);
  if (name === undefined) throw new UsageError(`a command is missing; there is ${known.join(", ")}`);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined && name.startsWith("-")) throw new UsageError(`there is no option ${name} without a command${meant(name, ["--help", "--version"])}`);
  if (command === undefined) throw new UsageError(`there is no command ${JSON.stringify(name)}${meant(name, known) || `; there is ${known.join(", ")}`}`);
  return command(given, signal);
}

const stop = new AbortController();
// Every device of a fleet listens.
setMaxListeners(0, stop.signal);
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
  process.on(signal, () => {
    // Whoever asks twice does not want to wait for the farewell.
    if (stop.signal.aborted) process.exit(INTERRUPTED);
    stop.abort(new Error("interrupted"));
  });
}
// Whoever reads us may have heard enough.
process.stdout.on("error", (/** @type {NodeJS.ErrnoException} */ error) => {
  if (error.code === "EPIPE") process.exit(FAILED);
  throw error;
});

const [, , ...given] = process.argv;
try {
  const status = await run(given, stop.signal);
  process.exitCode = stop.signal.aborted ? INTERRUPTED : status;
} catch (error) {
  warn(words(error));
  if (error instanceof UsageError) warn(`${given[0] === "device" ? "omadm device --help" : "omadm --help"} says how it is used`);
  process.exitCode = error instanceof UsageError ? MISUSED : FAILED;
}
