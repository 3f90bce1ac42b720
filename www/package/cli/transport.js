/** Carries messages over HTTP, as the binding of DM to HTTP says: POST, one message each way. */
import { Agent as PlainAgent, request as plainRequest } from "node:http";
import { Agent as SecureAgent, request as secureRequest } from "node:https";
import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate } from "node:zlib";
import { Failure, words } from "./fault.js";
import { Turns } from "./turns.js";

/** Octets of a reply that are read at most. */
const MAX_REPLY = 16_777_216;
/** Statuses that may be others when the same octets are sent again. */
const PASSING = [408, 425, 429, 502, 503, 504];
/** Milliseconds before the first repetition; doubled with each up to the longest, and what a server may ask for at most. */
const FIRST_WAIT = 500;
const LONGEST_WAIT = 5_000;
const LONGEST_ASKED = 30_000;

/** What went wrong on the way, by the codes of the platform. */
/** @type {Record<string, string>} */
const TROUBLE = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "the connection was closed without an answer",
  ENOTFOUND: "no such host",
  EAI_AGAIN: "the name of the host cannot be resolved",
  EHOSTUNREACH: "the host cannot be reached",
  ENETUNREACH: "the network cannot be reached",
  ETIMEDOUT: "the connection timed out",
  EPIPE: "the connection was closed without an answer",
  HPE_INVALID_CONSTANT: "its answer is not HTTP",
  EPROTO: "there is no agreement on TLS",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is self-signed: name its issuer by NODE_EXTRA_CA_CERTS",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate has an unknown issuer: name that by NODE_EXTRA_CA_CERTS",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate has an unknown issuer: name that by NODE_EXTRA_CA_CERTS",
  CERT_HAS_EXPIRED: "its certificate has expired",
};

/** What to do about it, for one who reads it. @type {Record<string, string>} */
const ADVICE = {
  ECONNREFUSED: "nothing listens there; where the server is only starting, --retry waits for it",
  ENOTFOUND: "is the name in --url right?",
  EPROTO: "does the server speak http:// there?",
  HPE_INVALID_CONSTANT: "does the server speak https:// there?",
};
/** Of statuses that say more of the address than of the message. @type {Record<number, string>} */
const ADVICE_OF_STATUS = {
  401: "it wants credentials of HTTP: --header 'Authorization: ...'; --user is for those of DM",
  403: "it does not let this client in",
  404: "is the path in --url right?",
  405: "it takes no POST there; is the path in --url right?",
  407: "a proxy wants credentials",
};

/** The same of DM 2.0. @type {Record<number, string>} */
const ADVICE_OF_DM2 = {
  400: "it does not take the package; does it speak this dialect (--dialect)?",
  401: "it wants credentials: --user and --password are for Basic, --header 'Authorization: ...' is for anything else",
  403: "it does not let this device in: its account may be barred",
  406: "it has no answer in JSON; does it speak DM 2.0?",
  415: "it does not take JSON; does it speak DM 2.0?",
};
const REQUEST = "application/vnd.oma.dm.request+json";

const PACKED = "gzip, deflate, br";
/** How the octets of a reply may be packed. @type {Record<string, (octets: Uint8Array, options: { maxOutputLength: number }) => Promise<Uint8Array>>} */
const UNPACKED = { gzip: promisify(gunzip), "x-gzip": promisify(gunzip), deflate: promisify(inflate), br: promisify(brotliDecompress) };

/**
 * @typedef {object} Reply
 * @property {number} status
 * @property {Headers} headers
 * @property {Uint8Array} body
 * @property {number} milliseconds from the first octet sent to the last one received, of the last try
 * @property {number} tries
 */

/** The message did not arrive, or its answer did not. `reason` groups failures of many devices; `failed` is what the engine calls it. */
export class TransportError extends Failure {
  /** @param {string} message @param {string} reason @param {"network" | "timeout" | "tooLarge"} [failed] */
  constructor(message, reason, failed = "network") {
    super(message);
    this.reason = reason;
    this.failed = failed;
  }
}

export class Transport {
  #timeout;
  #retries;
  #headers;
  #agent;
  /** @type {[string, string][]} */
  #own;
  #origin;
  #turns = new Turns();
  #agents = { plain: new PlainAgent({ keepAlive: true }), secure: new SecureAgent({ keepAlive: true }) };

  /**
   * @param {object} options
   * @param {number} options.timeout milliseconds until an answer has come whole
   * @param {number} options.retries how often the same octets are sent again where no answer comes
   * @param {[string, string][]} options.headers of the user, for the origin of `url` alone
   * @param {string} options.url
   * @param {string} options.agent
   * @param {"xml" | "wbxml"} options.encoding
   */
  constructor({ timeout, retries, headers, url, agent, encoding }) {
    this.#timeout = timeout;
    this.#retries = retries;
    const types = ["application/vnd.syncml.dm+xml", "application/vnd.syncml.dm+wbxml"];
    if (encoding === "wbxml") types.reverse();
    this.#headers = [["accept", types.join(", ")], ["accept-charset", "utf-8"], ["accept-encoding", PACKED], ["cache-control", "no-store"], ["user-agent", agent]];
    this.#agent = agent;
    this.#own = headers;
    this.#origin = new URL(url).origin;
  }

  /** Whether an address is of the server that the user has named: what proves the device is for it alone. @param {string} url */
  isOwn(url) {
    return new URL(url).origin === this.#origin;
  }

  /**
   * The headers of a message as they are sent: those of the session are its own and cannot be changed.
   * @param {string} url
   * @param {Record<string, string>} own
   */
  headers(url, own) {
    const headers = new Headers();
    for (const [name = "", value = ""] of [...this.#headers, ...(this.isOwn(url) ? this.#own : [])]) headers.set(name, value);
    for (const [name, value] of Object.entries(own)) headers.set(name, value);
    return headers;
  }

  /** Resolves when a device may begin without keeping the others from their connections and their answers. */
  begin() {
    return this.#turns.begin();
  }

  /**
   * @param {string} url
   * @param {{ headers: Record<string, string>, body: Uint8Array<ArrayBuffer> }} message
   * @param {AbortSignal} [signal]
   * @param {{ isOnce?: boolean }} [how] `isOnce`: it would count twice where it came twice
   * @returns {Promise<Reply>}
   */
  async post(url, { headers, body }, signal, { isOnce = false } = {}) {
    const message = { method: "POST", headers: this.headers(url, headers), body };
    for (let tries = 1; ; tries += 1) {
      const last = isOnce || tries > this.#retries;
      let wait = Math.min(FIRST_WAIT * 2 ** (tries - 1), LONGEST_WAIT);
      try {
        const reply = await this.#once(url, message, signal, isOnce);
        await this.#turns.take();
        if (last || !PASSING.includes(reply.status)) return { ...reply, tries };
        const asked = Number(reply.headers.get("retry-after") ?? Number.NaN) * 1_000;
        if (asked >= 0) wait = Math.min(asked, LONGEST_ASKED);
      } catch (error) {
        if (signal?.aborted || last || !(error instanceof TransportError)) throw error;
      }
      await pause(wait, signal);
    }
  }

  /**
   * What no session says, but a command of DM 2.0 wants: once, with no headers but its own, and without anything that proves the device.
   * @param {string} url
   * @param {{ method: string, headers: Record<string, string>, body?: Uint8Array | undefined }} request
   * @param {AbortSignal} [signal]
   * @returns {Promise<Reply>}
   */
  async request(url, { method, headers, body }, signal) {
    const bare = new Headers({ "accept-encoding": PACKED, "user-agent": this.#agent, ...headers });
    const reply = await this.#once(url, { method, headers: bare, body }, signal, method !== "GET");
    await this.#turns.take();
    return { ...reply, tries: 1 };
  }

  /**
   * @param {string} url
   * @param {{ method: string, headers: Headers, body: Uint8Array | undefined }} message
   * @param {AbortSignal | undefined} signal
   * @param {boolean} isOnce
   */
  async #once(url, message, signal, isOnce) {
    const begun = performance.now();
    const end = new AbortController();
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      end.abort();
    }, this.#timeout);
    const stop = () => end.abort();
    signal?.addEventListener("abort", stop);
    const sent = { ...message, signal: end.signal };
    try {
      if (signal?.aborted) throw signal.reason;
      const reply = await this.#ask(new URL(url), sent, isOnce);
      return { ...reply, milliseconds: performance.now() - begun };
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (error instanceof TransportError) throw error;
      const { origin } = new URL(url);
      if (isLate) throw new TransportError(`${origin}: no answer within ${this.#timeout / 1_000} s`, "no answer in time", "timeout");
      const { reason, advice } = trouble(error);
      throw new TransportError(advice === undefined ? `${origin}: ${reason}` : `${origin}: ${reason}: ${advice}`, reason);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
    }
  }

  /**
   * A server may close a connection that was idle just when the next message is on its way: then that goes over a new one.
   * What must not come twice begins with a new one.
   * @param {URL} url
   * @param {Sent} sent
   * @param {boolean} isOnce
   */
  async #ask(url, sent, isOnce) {
    if (isOnce) return exchange(url, sent, undefined);
    const agent = url.protocol === "https:" ? this.#agents.secure : this.#agents.plain;
    try {
      return await exchange(url, sent, agent);
    } catch (error) {
      if (!(error instanceof Stale)) throw error;
      return exchange(url, sent, undefined);
    }
  }

  /** Closes the connections that wait for more. */
  close() {
    this.#agents.plain.destroy();
    this.#agents.secure.destroy();
  }
}

/** The connection had been used before, and was gone. */
class Stale extends Error {}

/**
 * @typedef {{ method: string, headers: Headers, body: Uint8Array | undefined, signal: AbortSignal }} Sent
 *
 * One request and its reply. Redirects are not followed: credentials are for the address that was named.
 * @param {URL} url
 * @param {Sent} sent
 * @param {PlainAgent | SecureAgent | undefined} agent none: a connection of its own
 * @returns {Promise<Pick<Reply, "status" | "headers" | "body">>}
 */
function exchange(url, { method, headers, body, signal }, agent) {
  return new Promise((resolve, reject) => {
    const send = url.protocol === "https:" ? secureRequest : plainRequest;
    const request = send(url, { method, headers: Object.fromEntries(headers), agent: agent ?? false, signal });
    request.on("error", (error) => {
      const isGone = "code" in error && (error.code === "ECONNRESET" || error.code === "EPIPE");
      reject(request.reusedSocket && isGone ? new Stale("", { cause: error }) : error);
    });
    request.on("response", (response) => {
      const got = new Headers();
      for (let at = 0; at + 1 < response.rawHeaders.length; at += 2) got.append(response.rawHeaders[at] ?? "", response.rawHeaders[at + 1] ?? "");
      readAll(response)
        .then((packed) => unpacked(packed, got.get("content-encoding")))
        .then((octets) => resolve({ status: response.statusCode ?? 0, headers: got, body: octets }))
        .catch(reject);
    });
    request.end(body);
  });
}

/**
 * What is no answer of a DM server is an error in words. Behind the first message an empty one may end the session.
 * @param {string} url
 * @param {Reply} reply
 * @param {boolean} isFirst
 * @param {boolean} [isDm2]
 */
export function demandMessage(url, { status, headers, body }, isFirst, isDm2 = false) {
  const type = headers.get("content-type") ?? "";
  const said = /^text\/plain\b|json\b/i.test(type) ? excerpt(body) : "";
  if (status >= 300 && status < 400) {
    const to = headers.get("location") ?? "nowhere";
    throw new TransportError(`${url} answers ${status}, a redirect to ${printable(to)}: redirects are not followed, give that address as --url`, `HTTP ${status} (redirect)`);
  }
  if (status !== 200) {
    const advice = isDm2 ? ADVICE_OF_DM2[status] : undefined;
    const more = said === "" ? (advice ?? ADVICE_OF_STATUS[status]) : said;
    throw new TransportError(`${url} answers HTTP ${status}${more === undefined ? "" : `: ${more}`}`, `HTTP ${status}`);
  }
  if (isFirst && body.length === 0) throw new TransportError(`${url} answers with nothing at all, not even the status of the first message`, "an empty answer");
  const media = type.split(";")[0]?.trim().toLowerCase() ?? "";
  const isMessage = isDm2 ? media === REQUEST : /^application\/vnd\.syncml\.dm\+(?:xml|wbxml)$/.test(media);
  if (body.length > 0 && media !== "" && !isMessage) {
    const advice = media === "text/html" ? ": a page for people; is the path in --url right?" : "";
    throw new TransportError(`${url} answers ${printable(media)}, not ${isDm2 ? REQUEST : "application/vnd.syncml.dm+xml or +wbxml"}${advice}`, `content type ${printable(media)}`);
  }
}

/** @param {import("node:http").IncomingMessage} response */
async function readAll(response) {
  /** @type {Uint8Array[]} */
  const chunks = [];
  let size = 0;
  for await (const chunk of response) {
    size += chunk.length;
    if (size > MAX_REPLY) throw tooLarge();
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/** @param {Uint8Array} octets @param {string | null} coding */
async function unpacked(octets, coding) {
  const name = coding?.trim().toLowerCase() ?? "identity";
  if (name === "identity" || octets.length === 0) return octets;
  const unpack = UNPACKED[name];
  if (unpack === undefined) throw new TransportError(`the answer is packed in a way that is not known: ${printable(name)}`, "unknown Content-Encoding");
  try {
    return new Uint8Array(await unpack(octets, { maxOutputLength: MAX_REPLY }));
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge();
    throw new TransportError(`the answer is no ${name}`, "damaged Content-Encoding");
  }
}

const tooLarge = () => new TransportError(`the answer has more than ${MAX_REPLY} octets`, "the answer is too large", "tooLarge");

/** @param {unknown} error @returns {{ reason: string, advice?: string | undefined }} */
function trouble(error) {
  for (let at = error; at instanceof Error; at = at.cause) {
    const code = "code" in at ? String(at.code) : "";
    if (TROUBLE[code] !== undefined) return { reason: TROUBLE[code], advice: ADVICE[code] };
    // A name with several addresses fails with the errors of each.
    if (at instanceof AggregateError && at.errors.length > 0) return trouble(at.errors[0]);
    if (at.cause === undefined) return { reason: code === "" ? words(at) : `${words(at)} (${code})` };
  }
  return { reason: words(error) };
}

/** @param {Uint8Array} body */
const excerpt = (body) => printable(new TextDecoder().decode(body.subarray(0, 200)).trim());

/** What a peer says may hold anything, and goes to a terminal. @param {string} text */
const printable = (text) => text.slice(0, 200).replaceAll(/[^\x20-\x7e\u00a0-\uffff]+/g, " ");

/**
 * @param {number} milliseconds
 * @param {AbortSignal} [signal]
 * @returns {Promise<void>}
 */
function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted) stop();
  });
}
