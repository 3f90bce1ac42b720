/** @import { Account, Env, NewCommand, Outgoing, Received, Saved, SavedSince, ServerConfig, ServerEvent } from "./types.js" */
/** @import { RawServerSession } from "./omadm.js" */
import { Slot, dispose, notA } from "./handle.js";

/** One management session at the server. */
export class DmServerSession {
  /** @type {Slot<RawServerSession>} */
  #slot;

  /** @param {ServerConfig | Slot<RawServerSession>} config */
  constructor(config) {
    this.#slot = Slot.is(config) ? config : Slot.make((raw) => new raw.RawServerSession(config));
  }

  /**
   * @param {Saved} saved
   * @param {ServerConfig} config
   * @returns {DmServerSession}
   */
  static restore(saved, config) {
    return new DmServerSession(Slot.make((raw) => raw.RawServerSession.restore(saved, config)));
  }

  /**
   * @param {Received} message
   * @param {Account | undefined} account
   * @param {Env} [env]
   * @returns {ServerEvent[]}
   */
  receive(message, account, env) {
    return DmServerSession.#of(this).use((raw) => raw.receive(message, account, env));
  }

  /**
   * @param {NewCommand} command
   * @returns {number}
   */
  push(command) {
    return DmServerSession.#of(this).use((raw) => raw.push(command));
  }

  /**
   * @param {number} command
   * @returns {boolean}
   */
  cancel(command) {
    return DmServerSession.#of(this).use((raw) => raw.cancel(command));
  }

  /**
   * @param {number} alert
   * @param {number} status
   * @returns {void}
   */
  answer(alert, status) {
    DmServerSession.#of(this).use((raw) => raw.answer(alert, status));
  }

  /**
   * @param {Env} [env]
   * @returns {Outgoing & { status: number; repeated: boolean; tooLarge?: number[]; unsupported?: number[] }}
   */
  respond(env) {
    return DmServerSession.#of(this).use((raw) => raw.respond(env));
  }

  /** @returns {void} */
  finish() {
    DmServerSession.#of(this).use((raw) => raw.finish());
  }

  /**
   * @param {string} [reason]
   * @returns {ServerEvent[]}
   */
  abort(reason) {
    return DmServerSession.#of(this).use((raw) => raw.abort(reason));
  }

  /**
   * @overload
   * @returns {Saved}
   */
  /**
   * @overload
   * @param {readonly string[]} stored
   * @returns {SavedSince}
   */
  /** @param {readonly string[]} [stored] */
  save(stored) {
    return DmServerSession.#of(this).use((raw) => raw.save(stored));
  }

  /** @returns {void} */
  free() {
    DmServerSession.#of(this).free();
  }

  /** @returns {void} */
  [dispose]() {
    this.free();
  }

  /** @param {unknown} session */
  static #of(session) {
    if (typeof session !== "object" || session === null || !(#slot in session)) throw notA("DmServerSession");
    return session.#slot;
  }
}
