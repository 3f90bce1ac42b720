/** Peers that say what they like: messages written by hand, to a server at its desk or to a device. */
import assert from "node:assert/strict";
import omadm, { message, thrown } from "./omadm.js";
import { env } from "./pair.js";

/** @import { Account, AccountState, ClientEvent, Credential, NewCommand, Received, ServerConfig, ServerEvent, SyncMlMessage, TreeValue } from "../../www/package/types.js" */

export const DEVICE = "IMEI:352471960083145";
export const URL_OF_SERVER = "https://desk.example/dm";
export const PACKAGE_1 =
  "<Alert><CmdID>1</CmdID><Data>1201</Data></Alert>" +
  "<Replace><CmdID>2</CmdID><Item><Source><LocURI>./DevInfo/Man</LocURI></Source><Data>Tideline</Data></Item></Replace>";
export const NEXT = "<Alert><CmdID>1</CmdID><Data>1222</Data></Alert>";
export const ABORT = "<Alert><CmdID>1</CmdID><Data>1223</Data></Alert>";

/**
 * @typedef {object} Letter
 * @property {string} [verDtd]
 * @property {string} [verProto]
 * @property {string} [session]
 * @property {number} [msgId]
 * @property {string} [target]
 * @property {string} [source]
 * @property {string} [header] everything of the header behind Source
 * @property {string} [body]
 * @property {boolean} [final]
 */

/** @param {Letter} letter */
function write({ verDtd = "1.2", verProto = "DM/1.2", session = "1", msgId = 1, target = URL_OF_SERVER, source = DEVICE, header = "", body = "", final = true }) {
  return new TextEncoder().encode(
    `<SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>${verDtd}</VerDTD><VerProto>${verProto}</VerProto><SessionID>${session}</SessionID><MsgID>${msgId}</MsgID>` +
      `<Target><LocURI>${target}</LocURI></Target><Source><LocURI>${source}</LocURI></Source>${header}</SyncHdr><SyncBody>${body}${final ? "<Final/>" : ""}</SyncBody></SyncML>`,
  );
}

/** What a device says. @param {number} msgId @param {string} [header] @param {string} [body] @param {Letter} [rest] */
export const request = (msgId, header = "", body = "", rest = {}) => write({ msgId, header, body, ...rest });

/** What a server says to a device whose session is 1. @param {number} msgId @param {string} [header] @param {string} [body] @param {Letter} [rest] */
export const reply = (msgId, header = "", body = "", rest = {}) => write({ target: DEVICE, source: URL_OF_SERVER, msgId, header, body, ...rest });

/** @param {"basic" | "md5" | "sha256"} kind @param {string} data */
export const cred = (kind, data) =>
  `<Cred><Meta><Format xmlns="syncml:metinf">b64</Format><Type xmlns="syncml:metinf">syncml:auth-${kind}</Type></Meta><Data>${data}</Data></Cred>`;

/** The nonce is base64. @param {string} kind @param {string} [nonce] */
export const chal = (kind, nonce) =>
  `<Chal><Meta><Format xmlns="syncml:metinf">b64</Format><Type xmlns="syncml:metinf">syncml:auth-${kind}</Type>` +
  `${nonce === undefined ? "" : `<NextNonce xmlns="syncml:metinf">${nonce}</NextNonce>`}</Meta></Chal>`;

/** @param {number} msgRef @param {number} code @param {string} [chal] */
export const ofHeader = (msgRef, code, chal = "") =>
  `<Status><CmdID>1</CmdID><MsgRef>${msgRef}</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd>${chal}<Data>${code}</Data></Status>`;

/** @param {number} msgRef @param {number} cmdRef @param {number} code */
export const status = (msgRef, cmdRef, code) =>
  `<Status><CmdID>9</CmdID><MsgRef>${msgRef}</MsgRef><CmdRef>${cmdRef}</CmdRef><Cmd>Get</Cmd><Data>${code}</Data></Status>`;

/** @param {string} uri */
export const getOf = (uri) => `<Get><CmdID>4</CmdID><Item><Target><LocURI>${uri}</LocURI></Target></Item></Get>`;

/** @param {SyncMlMessage} from */
export const codes = (from) => from.commands.flatMap((command) => (command.type === "status" ? [command.code] : []));

/** The commands that are no Status, alerts by their code. @param {SyncMlMessage} from */
export const others = (from) => from.commands.flatMap((command) => (command.type === "status" ? [] : [command.type === "alert" ? String(command.code) : command.type]));

/** The challenge in the Status of the header. @param {SyncMlMessage} from */
export const challenge = (from) => from.commands.flatMap((command) => (command.type === "status" && command.cmd === "SyncHdr" && command.chal ? [command.chal] : []))[0];

/** @param {readonly (ServerEvent | ClientEvent)[]} events */
export const types = (events) => events.map(({ type }) => type);

/** A server with one account, which is saved, freed and restored after every reply. */
export class Desk {
  /** @param {Partial<Account>} [account] @param {Partial<ServerConfig>} [config] */
  constructor(account = {}, config = {}) {
    /** @type {Account | undefined} */
    this.account = { deviceId: DEVICE, serverId: "desk.example", client: "transport", server: "transport", ...account };
    /** @type {ServerConfig} */
    this.config = { serverId: "desk.example", url: URL_OF_SERVER, binding: "transport", ...config };
    this.server = new omadm.DmServerSession(this.config);
  }

  /** @param {Uint8Array} body @param {Partial<Received>} [rest] */
  receive(body, rest = {}) {
    return this.server.receive({ body, ...rest }, this.account, env());
  }

  /** @param {Uint8Array} body @param {Partial<Received>} [rest] */
  hear(body, rest) {
    const events = this.receive(body, rest);
    const { body: octets, headers, done, repeated, tooLarge } = this.server.respond(env());
    const saved = this.server.save();
    this.server.free();
    this.server = omadm.DmServerSession.restore(saved, this.config);
    if (this.account) this.account.state = saved.account;
    return { events, octets, headers, done, repeated, tooLarge, message: message(octets).message };
  }

  /** A message that must be refused, and change nothing. @param {Uint8Array} body */
  refuse(body) {
    const before = this.server.save();
    const error = thrown(() => this.receive(body));
    assert.deepEqual(this.server.save(), before);
    return error;
  }

  /** Package 1 is answered with one Get, of CmdID 4. @param {NewCommand} [command] */
  static asked(command = { type: "get", uri: "./A" }) {
    const desk = new Desk();
    desk.server.push(command);
    assert.equal(others(desk.hear(request(1, "", PACKAGE_1)).message).length, 1);
    return desk;
  }
}

/** A device whose session is 1. */
export class Device {
  /** @param {Partial<Account>} [account] @param {Record<string, TreeValue>} [values] */
  constructor(account = {}, values = {}) {
    this.tree = new omadm.DmTree({
      values: { ".": { acl: "Add=*&Delete=*&Exec=*&Get=*&Replace=*" }, "./DevInfo/DevId": DEVICE, "./DevInfo/Man": "Tideline", ...values },
    });
    this.session = new omadm.DmClientSession(
      { account: { deviceId: DEVICE, serverId: "desk.example", client: "transport", server: "transport", ...account }, url: URL_OF_SERVER, version: "1.3", encoding: "xml" },
      { by: "server", sessionId: 1 },
      env(),
    );
  }

  next() {
    return this.session.send(this.tree, env());
  }

  say() {
    const out = this.next();
    assert.ok(out);
    return message(out.body).message;
  }

  /** @param {Uint8Array} body @param {Partial<Received>} [rest] */
  hear(body, rest = {}) {
    return this.session.receive(this.tree, { body, status: 200, ...rest }, env());
  }

  /** A message that must be refused, and change nothing. @param {Uint8Array} body */
  refuse(body) {
    const before = [this.session.save(), this.tree.save()];
    const error = thrown(() => this.hear(body));
    assert.deepEqual([this.session.save(), this.tree.save()], before);
    return error;
  }

  /** @returns {AccountState} */
  get state() {
    return this.session.save().account;
  }
}

/** @param {string} user @param {string} password @param {Credential["schemes"]} schemes @returns {Credential} */
export const party = (user, password, schemes) => ({ user, secret: { password }, schemes });
