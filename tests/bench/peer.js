/**
 * The same server's turn in JavaScript, on fast-xml-parser and its builder: what somebody would write who needs it for messages like those
 * of scene.js. It does for them what the engine does, and gives the same events and the same message, element by element.
 *
 * It leaves out what these messages do not need: it neither validates XML nor cuts large objects, groups no commands, weighs no message
 * against MaxMsgSize but as a whole, and knows no scheme but MD5 and Basic. All of that would make it slower.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { XMLBuilder, XMLParser } from "../../www/node_modules/fast-xml-parser/src/fxp.js";
import { md5 } from "./scene.js";

/** @import { Account, AccountState, Credential, Env, NewCommand, ServerConfig } from "../../www/package/types.js" */
/** @typedef {any} Node an element as the parser gives it with `preserveOrder`: one key with its children, and `#text` for text */
/**
 * @typedef {object} Sent
 * @property {number} msg
 * @property {number} cmd
 * @property {number} command
 * @property {string} uri
 * @property {boolean} answered
 */

// The order of commands counts, and of the parser's ways to give them this is also the fastest.
const parser = new XMLParser({ preserveOrder: true, parseTagValue: false, ignoreAttributes: true });
const builder = new XMLBuilder({ preserveOrder: true, ignoreAttributes: false, attributeNamePrefix: "", suppressEmptyNode: true });
const [utf8, octets] = [new TextDecoder("utf-8", { fatal: true }), new TextEncoder()];

/** @param {Node} node */
const nameOf = (node) => Object.keys(node)[0] ?? "";
/** @param {Node[]} children @param {string} name @returns {Node[] | undefined} */
const find = (children, name) => children.find((child) => name in child)?.[name];
/** @param {Node[]} children @param {string[]} path @returns {string | undefined} */
function text(children, ...path) {
  /** @type {Node[] | undefined} */
  let at = children;
  for (const name of path) at = at && find(at, name);
  return at?.[0]?.["#text"] ?? (at && "");
}
/** @param {string} name @param {Node[] | string | number} inside @param {string} [xmlns] @returns {Node} */
function element(name, inside, xmlns) {
  const children = typeof inside === "object" ? inside : [{ "#text": String(inside) }];
  return xmlns === undefined ? { [name]: children } : { [name]: children, ":@": { xmlns } };
}
const METINF = "syncml:metinf";
/** @param {string} format @param {string} type @param {Node[]} [rest] */
const meta = (format, type, rest = []) => element("Meta", [element("Format", format, METINF), element("Type", type, METINF), ...rest]);
/** @param {string} name @param {string} uri @param {string} [user] */
const location = (name, uri, user) => element(name, [element("LocURI", uri), ...(user === undefined ? [] : [element("LocName", user)])]);

/** @param {Uint8Array | undefined} bytes */
const base64 = (bytes) => Buffer.from(bytes ?? []).toString("base64");
/** @param {Uint8Array} body */
const fingerprint = (body) => createHash("sha256").update(body).digest("base64");
/** @param {Credential} credential */
const passwordOf = (credential) => new TextDecoder().decode("password" in credential.secret ? octetsOf(credential.secret.password) : undefined);
/** @param {string | Uint8Array | undefined} value */
const octetsOf = (value) => (typeof value === "string" ? octets.encode(value) : value);
/** @param {string} left @param {string} right */
function isSame(left, right) {
  const [one, other] = [octets.encode(left), octets.encode(right)];
  return one.length === other.length && timingSafeEqual(one, other);
}

const NEW = {
  device: "",
  session: "",
  msgId: 0,
  token: "",
  /** What the device has proved itself with, and what it may repeat. */
  cred: "",
  isProven: false,
  isServerAccepted: false,
  started: false,
  next: 0,
  maxMsgSize: 0,
  /** @type {Sent[]} */
  sent: [],
  /** @type {{ number: number; command: NewCommand }[]} */
  queue: [],
  last: { msgId: 0, body: "", reply: "", done: false },
};

export class PeerSession {
  /** @type {AccountState} */
  #account = {};
  /** @type {Account | undefined} */
  #known;
  /** @type {{ msgId: number; body: string; header: number; target: string; statuses: [string, string, number][]; isNewly: boolean } | undefined} */
  #due;

  /** @param {ServerConfig} config @param {typeof NEW} [state] */
  constructor(config, state) {
    this.config = config;
    this.state = state ?? { ...NEW, sent: [], queue: [] };
  }

  /** @param {{ state: string; account: AccountState }} saved @param {ServerConfig} config */
  static restore(saved, config) {
    const session = new PeerSession(config, JSON.parse(saved.state));
    session.#account = saved.account;
    return session;
  }

  save() {
    return { state: JSON.stringify(this.state), account: this.#account };
  }

  /** @param {NewCommand} command */
  push(command) {
    const number = this.state.next++;
    this.state.queue.push({ number, command });
    return number;
  }

  /** @param {{ body: Uint8Array; url: string }} message @param {Account} account */
  receive({ body, url }, account) {
    const { state, config } = this;
    const root = find(parser.parse(utf8.decode(body)), "SyncML");
    const [header, commands] = [root && find(root, "SyncHdr"), root && find(root, "SyncBody")];
    if (!header || !commands) throw new Error("no message");
    if (text(header, "VerDTD") !== "1.2" || text(header, "VerProto") !== "DM/1.2") throw new Error("another version");
    const [device, session, target] = [text(header, "Source", "LocURI") ?? "", text(header, "SessionID") ?? "", text(header, "Target", "LocURI") ?? ""];
    const msgId = Number(text(header, "MsgID"));
    if (device !== account.deviceId || !Number.isInteger(msgId)) throw new Error("a stranger");
    if (target.split("?")[0] !== config.url && target !== config.serverId) throw new Error("not ours");
    const print = fingerprint(body);
    if (state.last.msgId > 0) {
      if (state.device !== device || state.session !== session) throw new Error("another session");
      if (state.last.msgId === msgId && state.last.body === print) return [{ type: "repeated" }];
      if (msgId <= state.last.msgId) throw new Error("an old message");
    }
    this.#known = account;
    this.#account = { clientNonce: account.state?.clientNonce, serverNonce: account.state?.serverNonce, ...this.#account };
    /** @type {object[]} */
    const events = [];
    const wasProven = state.isProven;
    this.#authenticate(header, url, account);
    if (!wasProven) events.push({ type: "authenticated", scheme: "md5" });
    Object.assign(state, { device, session });
    const size = text(header, "Meta", "MaxMsgSize");
    if (size !== undefined) state.maxMsgSize = Number(size);
    /** @type {[string, string, number][]} */
    const statuses = [];
    /** @type {Record<string, string>} */
    const devInfo = {};
    let initiatedBy = "client";
    for (const node of commands) {
      const [name] = [nameOf(node)];
      const command = node[name];
      if (name === "Final") continue;
      if (name === "Status") this.#onStatus(command, events);
      else if (name === "Results") this.#onResults(command, events);
      else {
        const id = text(command, "CmdID") ?? "";
        let code = 200;
        if (name === "Alert") initiatedBy = text(command, "Data") === "1200" ? "server" : "client";
        else if (name === "Replace") readInfo(command, devInfo);
        else code = 405;
        statuses.push([id, name, code]);
      }
    }
    if (!state.started) {
      state.started = true;
      events.splice(1, 0, { type: "started", deviceId: device, version: "1.2", initiatedBy, devInfo });
    }
    this.#due = { msgId, body: print, header: wasProven ? 200 : 212, target, statuses, isNewly: !wasProven };
    return events;
  }

  /** @param {Node[]} header @param {string} url @param {Account} account */
  #authenticate(header, url, { client, state: { clientNonce = new Uint8Array() } = {} }) {
    const { state, config } = this;
    const cred = find(header, "Cred");
    if (state.isProven) {
      if (!isSame(new URL(url).searchParams.get("sid") ?? "", state.token)) throw new Error("not the session's address");
      if (!cred || text(cred, "Data") === state.cred) return;
    }
    if (!cred || client === "transport") throw new Error("no credentials");
    const [type, data = ""] = [text(cred, "Meta", "Type"), text(cred, "Data")];
    const expected =
      type === "syncml:auth-md5" ? md5(client.user, passwordOf(client), clientNonce)
      : type === "syncml:auth-basic" ? Buffer.from(`${client.user}:${passwordOf(client)}`).toString("base64")
      : "";
    if (expected === "" || !isSame(data, expected)) throw new Error(`wrong credentials for ${config.serverId}`);
    Object.assign(state, { isProven: true, cred: data });
  }

  /** @param {Node[]} status @param {object[]} events */
  #onStatus(status, events) {
    const { state } = this;
    const [msg, cmd, code] = [Number(text(status, "MsgRef")), Number(text(status, "CmdRef")), Number(text(status, "Data"))];
    if (cmd === 0) {
      if (code === 212) state.isServerAccepted = true;
      const nonce = text(status, "Chal", "Meta", "NextNonce");
      if (nonce !== undefined) this.#account.serverNonce = new Uint8Array(Buffer.from(nonce, "base64"));
      return;
    }
    const sent = state.sent.find((sent) => sent.msg === msg && sent.cmd === cmd);
    if (!sent || sent.answered) {
      events.push({ type: "violation", reason: "a Status for a command that is not open" });
      return;
    }
    sent.answered = true;
    events.push({ type: "status", code, uri: text(status, "TargetRef") ?? sent.uri, command: sent.command });
  }

  /** @param {Node[]} results @param {object[]} events */
  #onResults(results, events) {
    const [msg, cmd] = [Number(text(results, "MsgRef")), Number(text(results, "CmdRef"))];
    const sent = this.state.sent.find((sent) => sent.msg === msg && sent.cmd === cmd);
    if (!sent) {
      events.push({ type: "violation", reason: "Results for a command that is not open" });
      return;
    }
    const items = results.flatMap((node) => {
      if (!("Item" in node)) return [];
      const item = node.Item;
      const [format, type] = [text(item, "Meta", "Format"), text(item, "Meta", "Type")];
      return [{ source: { uri: text(item, "Source", "LocURI") }, meta: { format, type }, data: text(item, "Data") }];
    });
    events.push({ type: "results", items, command: sent.command });
  }

  /** @param {Env} env */
  respond({ entropy }) {
    const [{ state, config }, due, known] = [this, this.#due, this.#known];
    if (!due || !known) throw new Error("no reply is due");
    this.#due = undefined;
    const { server } = known;
    if (due.isNewly) {
      this.#account.clientNonce = entropy.slice(0, 16);
      state.token = Buffer.from(entropy.subarray(16, 32)).toString("base64url");
    }
    state.msgId += 1;
    const header = [
      element("VerDTD", "1.2"),
      element("VerProto", "DM/1.2"),
      element("SessionID", state.session),
      element("MsgID", state.msgId),
      location("Target", state.device),
      location("Source", due.target, state.isServerAccepted || server === "transport" ? undefined : server.user),
      element("RespURI", `${config.url}?sid=${state.token}`),
    ];
    if (!state.isServerAccepted && server !== "transport") {
      const data = md5(server.user, passwordOf(server), this.#account.serverNonce ?? new Uint8Array());
      header.push(element("Cred", [meta("b64", "syncml:auth-md5"), element("Data", data)]));
    }
    let cmdId = 1;
    /** @param {string} ref @param {string} cmd @param {Node[]} inside @param {number} code */
    const status = (ref, cmd, inside, code) =>
      element("Status", [element("CmdID", cmdId++), element("MsgRef", due.msgId), element("CmdRef", ref), element("Cmd", cmd), ...inside, element("Data", code)]);
    const nonce = [element("NextNonce", base64(this.#account.clientNonce), METINF)];
    const chal = due.isNewly ? [element("Chal", [meta("b64", "syncml:auth-md5", nonce)])] : [];
    const body = [status("0", "SyncHdr", [element("TargetRef", due.target), element("SourceRef", state.device), ...chal], due.header)];
    for (const [ref, cmd, code] of due.statuses) body.push(status(ref, cmd, [], code));
    // What the device has answered is done with.
    state.sent = state.sent.filter((sent) => !sent.answered);
    for (const { number, command } of state.queue) body.push(this.#command(number, command, cmdId++));
    const done = state.queue.length === 0;
    state.queue = [];
    body.push(element("Final", []));
    const written = builder.build([element("SyncML", [element("SyncHdr", header), element("SyncBody", body)], "SYNCML:SYNCML1.2")]);
    const reply = octets.encode(written);
    if (reply.length > state.maxMsgSize) throw new Error("too long for this device");
    state.last = { msgId: due.msgId, body: due.body, reply: written, done };
    return { body: reply, contentType: "application/vnd.syncml.dm+xml", done };
  }

  /** @param {number} number @param {NewCommand} command @param {number} cmd */
  #command(number, command, cmd) {
    const { sent, msgId } = this.state;
    if (command.type === "get" && typeof command.uri === "string") {
      sent.push({ msg: msgId, cmd, command: number, uri: command.uri, answered: false });
      return element("Get", [element("CmdID", cmd), element("Item", [location("Target", command.uri)])]);
    }
    if (command.type === "replace") {
      const items = command.items.map(({ uri, data, format = "chr", mime = "text/plain" }) => {
        sent.push({ msg: msgId, cmd, command: number, uri, answered: false });
        return element("Item", [location("Target", uri), meta(format, mime), element("Data", String(data))]);
      });
      return element("Replace", [element("CmdID", cmd), ...items]);
    }
    throw new Error(`no ${command.type} here`);
  }
}

/** @param {Node[]} replace @param {Record<string, string>} devInfo */
function readInfo(replace, devInfo) {
  for (const node of replace) {
    const uri = "Item" in node ? text(node.Item, "Source", "LocURI") : undefined;
    if (uri?.startsWith("./DevInfo/")) devInfo[uri.slice("./DevInfo/".length)] = text(node.Item, "Data") ?? "";
  }
}
