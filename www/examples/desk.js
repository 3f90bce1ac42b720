/**
 * What a server does with a message: from what the store holds of a device, and the message, to what the store is to hold and the reply.
 *
 * A device that has not proved itself can make the server keep one pending session of its own, and changes nothing else.
 */
import { DmClientSession, DmError, DmServerSession, peek } from "omadm";

/** @import { Account, NewCommand, Received, Saved, ServerConfig, ServerEvent } from "omadm" */

/**
 * @typedef {"queued" | "sent" | "answered" | "unknown"} CommandState `sent`: the session has it; `unknown`: it may have run, and is not sent again
 * @typedef {{ id: number, command: NewCommand, state: CommandState, number?: number }} Queued `number` is the session's
 * @typedef {{ id: string, saved: Saved }} Kept a session, with its last reply
 * @typedef {object} Device all that is known of a device, written at once
 * @property {Account} account with the nonces of the last session
 * @property {Queued[]} queue
 * @property {number} lastId
 * @property {Kept} [live] the session that has proved itself
 * @property {Kept} [pending] one that has not
 */

/** Commands that are remembered when they are over. */
const REMEMBERED = 100;

/** Stands in where only the engine can say whether it would take something. */
const TRIAL = "https://trial.invalid/dm";

/**
 * A device that the server has never heard of. Throws for an account that makes no sense.
 * @param {Account} account
 * @returns {Device}
 */
export function newDevice(account) {
  new DmClientSession({ account, url: TRIAL, version: "1.2", encoding: "xml" }, { by: "user" }).free();
  return { account, queue: [], lastId: 0 };
}

/**
 * Puts a command behind those that wait; gives its number. Throws for one that makes no sense.
 * @param {Device} device
 * @param {NewCommand} command
 */
export function queue(device, command) {
  const trial = new DmServerSession({ serverId: device.account.serverId, url: TRIAL, binding: "respUri" });
  try {
    trial.push(command);
  } finally {
    trial.free();
  }
  device.lastId += 1;
  device.queue.push({ id: device.lastId, command, state: "queued" });
  return device.lastId;
}

/**
 * One message. `device` is changed; the caller writes it before the reply goes out, and forgets it where this throws.
 * @param {Device | undefined} device undefined where there is no account
 * @param {Received} message
 * @param {ServerConfig} config
 */
export function turn(device, message, config) {
  const { sessionId } = peek(message);
  const { session, events, kept } = open(device, sessionId, message, config);
  try {
    const proven = (kept !== undefined && kept === device?.live) || has(events, "authenticated");
    if (device === undefined || !proven || has(events, "repeated")) {
      const reply = session.respond();
      if (device !== undefined && !reply.repeated) device.pending = { id: sessionId, saved: session.save() };
      return { reply, events };
    }
    // The device has begun anew, and does not come back to what it left.
    if (kept !== device.live) settlePrevious(device, config);
    for (const event of events) take(device, event);
    const isAborted = has(events, "aborted");
    if (!isAborted) push(device, session);
    const reply = session.respond();
    // What no message to this device can hold, and what one of its version cannot be sent.
    const unsent = [...withCode(413, reply.tooLarge), ...withCode(406, reply.unsupported)];
    for (const event of unsent) take(device, event);
    events.push(...unsent);
    // An abort empties the session's queue: only the session as it was before knows what it has never sent.
    if (isAborted) settlePrevious(device, config);
    else if (reply.done) settle(device, session);
    const saved = session.save();
    device.live = { id: sessionId, saved };
    device.account.state = saved.account;
    if (kept !== undefined && kept === device.pending) delete device.pending;
    return { reply, events };
  } finally {
    session.free();
  }
}

/**
 * The session that a message belongs to, with the message received. What is not of a session that is known begins a new one.
 * @param {Device | undefined} device
 * @param {string} sessionId
 * @param {Received} message
 * @param {ServerConfig} config
 */
function open(device, sessionId, message, config) {
  for (const kept of [device?.live, device?.pending]) {
    if (kept?.id !== sessionId) continue;
    const session = DmServerSession.restore(kept.saved, config);
    try {
      const events = session.receive(message, device?.account);
      // Who cannot prove to be of the live session does not go on in it.
      if (kept === device?.pending || !has(events, "unauthenticated")) return { session, events, kept };
      session.free();
    } catch (error) {
      session.free();
      if (!(error instanceof DmError) || error.code !== "state") throw error;
      // A message that comes late does not begin a session: it is refused.
      if (kept === device?.live && peek(message).msgId > 1) throw error;
    }
  }
  const session = new DmServerSession(config);
  try {
    return { session, events: session.receive(message, device?.account), kept: undefined };
  } catch (error) {
    session.free();
    throw error;
  }
}

/** @param {ServerEvent[]} events @param {ServerEvent["type"]} type */
const has = (events, type) => events.some((event) => event.type === type);

/** What the device says of a command. @param {Device} device @param {ServerEvent} event */
function take(device, event) {
  if (event.type !== "status" && event.type !== "results" && event.type !== "unknown") return;
  const queued = device.queue.find(({ number }) => number === event.command);
  if (queued === undefined) return;
  if (event.type !== "unknown") queued.state = "answered";
  else if (queued.state === "sent") queued.state = "unknown";
}

/** @param {number} code @param {number[]} [commands] @returns {ServerEvent[]} */
const withCode = (code, commands = []) => commands.map((command) => ({ type: "status", code, command }));

/** Hands the session all that waits. @param {Device} device @param {DmServerSession} session */
function push(device, session) {
  for (const queued of device.queue.filter(({ state }) => state === "queued")) {
    queued.number = session.push(queued.command);
    queued.state = "sent";
  }
}

/** @param {Device} device @param {ServerConfig} config */
function settlePrevious(device, config) {
  const session = device.live && DmServerSession.restore(device.live.saved, config);
  try {
    settle(device, session);
  } finally {
    session?.free();
  }
}

/**
 * The session is over: what it never sent waits again, what it sent without an answer may have run.
 * @param {Device} device
 * @param {DmServerSession | undefined} session
 */
function settle(device, session) {
  for (const queued of device.queue) {
    if (queued.state === "sent") queued.state = queued.number !== undefined && session?.cancel(queued.number) ? "queued" : "unknown";
    delete queued.number;
  }
  const over = device.queue.filter(({ state }) => state === "answered" || state === "unknown");
  const forgotten = new Set(over.slice(0, -REMEMBERED));
  device.queue = device.queue.filter((queued) => !forgotten.has(queued));
}
