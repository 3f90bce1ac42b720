/** `--notification`: the octets of a notification (Package#0), and what is made of them. */
/** @import { Verdict } from "../types.js" */
import { readFileSync } from "node:fs";
import { DmError, decodePush } from "../node.js";
import { UsageError, fileTrouble } from "./fault.js";

/** Octets of the largest that there can be: more than any bearer takes. */
const MOST = 65_536;

/** @type {{ [reason in Extract<Verdict, { ok: false }>["reason"]]: string }} */
const REASONS = {
  malformed: "it is no notification of",
  version: "its version is none of",
  digest: "its digest is not that of the server's name, password and nonce",
  server: "it is of another server",
  repeated: "it came before",
  stale: "it is too old",
  resync: "the nonces were resynchronized a short while ago",
};

/**
 * Why a notification is ignored, with what the reason means.
 * @param {Extract<Verdict, { ok: false }>["reason"]} reason
 * @param {{ version: string, dialect: string }} spoken
 */
export function ignoredWords(reason, { version, dialect }) {
  const isDm2 = version === "2.0";
  const form = isDm2 ? `DM 2.0 in the ${dialect} dialect` : "DM 1.x";
  const what = reason === "malformed" || reason === "version" ? `${REASONS[reason]} ${form}` : REASONS[reason];
  return `the notification is ignored: ${reason}, ${isDm2 && reason === "digest" ? "its digest is missing, or not that of --notification-secret and --notification-nonce" : what}`;
}

/** How much the user is to see, and who wanted the session. */
const UI_MODES = ["the device decides what the user sees", "in the background", "the user is told", "the user is to be asked first"];

/** @param {Extract<Verdict, { ok: true }>} verdict */
export function believedWords({ notification, resync, signed }) {
  const words = [`a notification of ${JSON.stringify(notification.serverId)}`];
  if ("sessionId" in notification) {
    words.push(`session ${sessionOf(notification.sessionId)}`, UI_MODES[notification.uiMode] ?? "", `wanted by the ${notification.initiator === 0 ? "user" : "server"}`);
  }
  if ("id" in notification) words.push(`number ${notification.id}`);
  if (!signed) words.push("without proof");
  if (resync) words.push("nonces are resynchronized");
  return words.join(", ");
}

/** As SessionID has it. @param {number} number */
export const sessionOf = (number) => number.toString(16).toUpperCase();

/**
 * The octets that an option gives: in hexadecimal digits, or in a file, as they are or in such digits. Out of a WAP Push they are taken.
 * @param {string} given
 * @returns {Uint8Array}
 */
export function readNotification(given) {
  const octets = given.startsWith("@") ? inFile(given.slice(1)) : hexIn(given);
  if (octets === undefined) throw new UsageError("--notification must be hexadecimal digits, two for each octet, or @FILE");
  if (octets.length > MOST) throw new UsageError(`--notification has ${octets.length} octets, more than ${MOST}`);
  return unwrapped(octets);
}

/** @param {string} file */
function inFile(file) {
  let octets;
  try {
    octets = readFileSync(file);
  } catch (error) {
    throw new UsageError(`--notification @${file}: ${fileTrouble(error)}`);
  }
  return hexIn(octets.toString("latin1")) ?? new Uint8Array(octets);
}

/** Spaces and colons may stand between the octets. @param {string} text */
function hexIn(text) {
  const digits = text.replaceAll(/[\s:]/g, "");
  return /^(?:[0-9a-f]{2})+$/i.test(digits) ? Uint8Array.from(Buffer.from(digits, "hex")) : undefined;
}

/** @param {Uint8Array} octets */
function unwrapped(octets) {
  try {
    return decodePush(octets).body;
  } catch (error) {
    // Nor is all that is no Push a notification: that is said with the reasons.
    if (error instanceof DmError) return octets;
    throw error;
  }
}
