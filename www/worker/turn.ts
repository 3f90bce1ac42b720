/**
 * One turn of a management session, from a device's message to the reply, with all writes in one transaction.
 * Nothing here awaits: two messages of one device never interleave.
 */
import { type Account, DmError, DmServerSession, type Env, type Received, type ServerConfig, type ServerEvent } from "omadm";
import type { Server } from "./env.ts";
import { Flight } from "./flight.ts";
import { proves } from "./proof.ts";
import { redact } from "./redact.ts";
import { Refusal } from "./refusal.ts";
import type { SessionRow, Slot } from "./sessions.ts";
import type { Desk, DeviceRow, Store } from "./store.ts";

/** A message that could be peeked at. */
export interface Incoming {
  /** The generation of the protocol: DM 1.x or DM 2.0. */
  protocol: 1 | 2;
  deviceId: string;
  sessionId: string;
  msgId: number;
  body: Uint8Array;
  contentType: string;
  /** Those that count beside the content type. */
  headers: Record<string, string>;
  /** In DM 2.0 what the device proves itself with: SHA-256 of `user:password`. */
  proof?: Uint8Array;
  /** The address that was called, with the token of RespURI. */
  url: string;
  server: Server;
}
export interface Reply {
  status: number;
  contentType: string;
  headers: Record<string, string>;
  body: Uint8Array;
  /** No further message is expected. */
  done: boolean;
  /** Commands, by the engine's number, that no message to this device can hold. */
  tooLarge: number[];
  /** Commands, by the engine's number, that a device of this version cannot be sent. */
  unsupported: number[];
  /** What happened, without any value. */
  trace: string;
}
/** When a turn is taken. */
export interface Moment {
  /** Milliseconds since 1970. */
  now: number;
  /** Milliseconds that a session may rest. */
  idle: number;
  /** Time and randomness of the engine; left out: the platform's. */
  env?: Env;
}
interface Opened {
  session: DmServerSession;
  /** The saved session that the message continues. */
  row: SessionRow | undefined;
  config: ServerConfig;
  events: ServerEvent[];
}

const messageOf = ({ body, contentType, headers, url }: Incoming): Received => ({ body, contentType, headers, url });
/** One of DM 2.0 whose sender is proved. */
const provenOf = (incoming: Incoming): Received => ({ ...messageOf(incoming), peer: incoming.deviceId });
const slotOf = ({ protocol }: Incoming): Slot => (protocol === 2 ? "dm2" : "live");

const configOf = ({ serverId, strangers }: Pick<Server, "serverId"> & Partial<Server>, url: string, { maxMsgSize, maxObjSize, alertTypes, acceptMo }: Desk = {}): ServerConfig => ({
  serverId,
  url,
  ...(strangers && { strangers }),
  binding: "respUri",
  ...(maxMsgSize !== undefined && { maxMsgSize }),
  ...(maxObjSize !== undefined && { maxObjSize }),
  ...(alertTypes !== undefined && { alertTypes }),
  ...(acceptMo !== undefined && { acceptMo }),
});

/** Throws `DmError` and `Refusal`, and whatever the storage throws; then nothing has been written. */
export function turn(store: Store, incoming: Incoming, moment: Moment): Reply {
  const device = store.device();
  if (device === undefined) return stranger(incoming);
  const isOfDm2 = incoming.protocol === 2;
  if (isOfDm2 && !proves(incoming.proof, device.account.client)) return refuse(store, incoming, device, moment);
  if (isOfDm2) admit(device);
  const opened = (isOfDm2 ? resume : open)(store, incoming, device);
  try {
    if (has(opened.events, "repeated")) return respond(opened, moment.env);
    const proven = isOfDm2 || opened.row?.slot === "live" || has(opened.events, "authenticated");
    if (proven) admit(device);
    return (proven ? manage : challenge)(store, opened, incoming, device, moment);
  } finally {
    opened.session.free();
  }
}

/** Of a device that has said who it is. Nobody else is told. */
function admit({ desk }: DeviceRow): void {
  if (desk.barred) throw new Refusal(403, BARRED, "the device is barred");
}

/** The code of that refusal. */
export const BARRED = "barred";

/** A device without an account: it is challenged, and nothing is kept. In DM 2.0 one that has proved nothing is treated alike, account or not. */
export function stranger(incoming: Incoming): Reply {
  let opened: Opened;
  try {
    opened = begin(messageOf(incoming), incoming.server, undefined);
  } catch (error) {
    // A package 3 may be of a session; whoever has proved nothing must not learn whether it is.
    if (incoming.protocol === 2 && error instanceof DmError && error.code === "state") return UNPROVEN;
    throw error;
  }
  try {
    return respond(opened);
  } finally {
    opened.session.free();
  }
}

const UNPROVEN: Reply = { status: 401, contentType: "", headers: {}, body: new Uint8Array(), done: false, tooLarge: [], unsupported: [], trace: "unauthenticated" };

/** Credentials of HTTP that are missing or wrong: they are counted, and no session hears of it. */
function refuse(store: Store, incoming: Incoming, device: DeviceRow, { now }: Moment): Reply {
  const reply = stranger(incoming);
  store.transaction(() => store.save({ ...device, challenged: device.challenged + 1, challengedAt: now }));
  return reply;
}

/** The session of DM 2.0 that a package goes on with, or the one that it begins: a device has one at a time. The engine says which it is. */
function resume(store: Store, incoming: Incoming, { account, desk }: DeviceRow): Opened {
  const row = store.sessions.rows().find(({ slot }) => slot === "dm2");
  const config = configOf(incoming.server, row?.url ?? incoming.server.url, desk);
  const session = row && restore(store, row.slot, config);
  if (session === undefined) return begin(provenOf(incoming), incoming.server, account, desk);
  try {
    const events = session.receive(provenOf(incoming), account);
    if (!has(events, "started")) return { session, row, config, events };
  } catch (error) {
    session.free();
    throw error;
  }
  session.free();
  return begin(provenOf(incoming), incoming.server, account, desk);
}

/**
 * The session that the message belongs to, with the message received. A message that bears the number of a session but is not of it
 * begins a new one, exactly as with a number that nobody uses: numbers can be guessed, and a guess must not tell.
 */
function open(store: Store, incoming: Incoming, device: DeviceRow): Opened {
  let outdated: DmError | undefined;
  for (const row of store.sessions.rows().filter(({ id, slot }) => id === incoming.sessionId && slot !== "dm2")) {
    const config = configOf(incoming.server, row.url, device.desk);
    const session = restore(store, row.slot, config);
    if (session === undefined) continue;
    try {
      const events = session.receive(messageOf(incoming), device.account);
      if (row.slot === "pending" || !has(events, "unauthenticated")) return { session, row, config, events };
      session.free();
    } catch (error) {
      session.free();
      if (!(error instanceof DmError) || error.code !== "state") throw error;
      if (row.slot === "live" && !row.over && incoming.msgId > 1) outdated = error;
    }
  }
  const opened = begin(messageOf(incoming), incoming.server, device.account, device.desk);
  // An old message of the device itself, late: it must not end the session that has gone on.
  if (outdated === undefined || !has(opened.events, "authenticated")) return opened;
  opened.session.free();
  throw outdated;
}

const has = (events: ServerEvent[], kind: ServerEvent["type"]): boolean => events.some(({ type }) => type === kind);

function begin(message: Received, server: Server, account: Account | undefined, desk?: Desk): Opened {
  const config = configOf(server, server.url, desk);
  const session = new DmServerSession(config);
  try {
    return { session, row: undefined, config, events: session.receive(message, account) };
  } catch (error) {
    session.free();
    throw error;
  }
}

/** A session that another version of the engine saved and this one cannot read has ended. */
function restore(store: Store, slot: Slot, config: ServerConfig): DmServerSession | undefined {
  try {
    return DmServerSession.restore(store.sessions.load(slot), config);
  } catch (error) {
    if (error instanceof DmError && error.fault === "snapshot") return undefined;
    throw error;
  }
}

/** Nobody has proved anything: what is kept fits one row, and leaves the authenticated session and the account's nonces alone. */
function challenge(store: Store, opened: Opened, incoming: Incoming, device: DeviceRow, { now, env }: Moment): Reply {
  const { session, row, config } = opened;
  const reply = respond(opened, env);
  const continues = row?.slot === "pending";
  const saved = session.save(continues ? store.sessions.parts("pending") : []);
  store.transaction(() => {
    store.save({ ...device, challenged: device.challenged + 1, challengedAt: now });
    store.sessions.save({ slot: "pending", id: incoming.sessionId, url: config.url, over: reply.done, at: now }, saved, continues);
  });
  return reply;
}

/** The device is who it says: what it said is recorded, and what waits for it is sent. */
function manage(store: Store, opened: Opened, incoming: Incoming, device: DeviceRow, { now, idle, env }: Moment): Reply {
  const { session, row, config, events } = opened;
  const slot = slotOf(incoming);
  const continues = row?.slot === slot;
  const flight = new Flight(store.commands, incoming.sessionId, now);
  let info = device.info;
  for (const event of events) {
    // In DM 2.0 it says nothing of itself: what it has said before still holds.
    if (event.type === "started" && event.version !== "2.0") info = { ...event.devInfo };
    flight.take(event);
  }
  if (!continues) settlePrevious(store, flight, incoming.server.serverId);
  judge(session, events, device.desk);
  const reason = continues && !has(events, "aborted") ? store.sessions.abortReason(slot) : undefined;
  if (reason !== undefined) events.push(...session.abort(reason === "" ? undefined : reason));
  const isAborted = has(events, "aborted");
  if (!isAborted) flight.push(session);
  const reply = respond(opened, env);
  for (const command of reply.tooLarge) flight.take({ type: "status", code: 413, command });
  for (const command of reply.unsupported) flight.refuse(command);
  // An abort empties the session's queue: only the session as it was before knows what has never been sent.
  if (isAborted) settlePrevious(store, flight, incoming.server.serverId);
  else if (reply.done) flight.settle(session);
  const saved = session.save(continues ? store.sessions.parts(slot) : []);
  store.transaction(() => {
    store.save({ ...device, info, account: { ...device.account, state: saved.account } });
    if (!continues) for (const other of store.sessions.rows()) store.sessions.drop(other.slot);
    store.sessions.save({ slot, id: incoming.sessionId, url: config.url, over: reply.done, at: now }, saved, continues);
    if (!continues) store.wakeAt(now + idle);
    flight.write();
    store.log(now, incoming.sessionId, events.map(redact));
  });
  return reply;
}

/** Client Events, and Generic Alerts of the types that are handled, are answered as the account says. */
function judge(session: DmServerSession, events: ServerEvent[], { alertTypes = [], alertStatus }: Desk): void {
  if (alertStatus === undefined) return;
  for (const event of events) {
    const isOurs = event.type === "alert" && (event.code === CLIENT_EVENT || (event.alertType !== undefined && alertTypes.includes(event.alertType)));
    if (isOurs) session.answer(event.id, alertStatus);
  }
}

const CLIENT_EVENT = 1224;

/** The device has left its session. What it was sent may have run; what came of an object that was not whole is dropped. */
export function expire(store: Store, now: number, idle: number): void {
  const live = store.sessions.live();
  if (live === undefined || live.over) return;
  if (now < live.at + idle) {
    store.wakeAt(live.at + idle);
    return;
  }
  const flight = new Flight(store.commands, "", now);
  settlePrevious(store, flight, store.device()?.account.serverId ?? "");
  store.transaction(() => {
    store.sessions.drop(live.slot);
    flight.write();
    store.log(now, live.id, [{ type: "expired" }]);
  });
}

/** The device has begun anew: the session that it left decides what of its commands has never been sent. */
export function settlePrevious(store: Store, flight: Flight, serverId: string): void {
  const row = store.sessions.live();
  const session = row && restore(store, row.slot, configOf({ serverId }, row.url));
  try {
    flight.settle(session);
  } finally {
    session?.free();
  }
}

function respond({ session, events }: Opened, env?: Env): Reply {
  const { status, contentType, headers, body, done, repeated, tooLarge = [], unsupported = [] } = session.respond(env);
  const trace = [...new Set(events.map(({ type }) => type))].join(" ");
  return { status, contentType, headers, body, done, tooLarge, unsupported, trace: repeated ? "repeated" : trace };
}
