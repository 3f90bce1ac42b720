/** Values in files: one file each, written whole or not at all. Octets stay octets. */
import { createHash } from "node:crypto";
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const OCTETS = "$octets";

/**
 * Synchronous throughout: whoever reads, changes and writes without waiting in between is alone with the value.
 * @template T
 */
export class Store {
  #folder;

  /** @param {string} folder only for this store, and for one process at a time */
  constructor(folder) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  /** A name is what a peer says it is: it never becomes part of a path. @param {string} name */
  #path(name) {
    return join(this.#folder, `${createHash("sha256").update(name).digest("hex")}.json`);
  }

  /** @param {string} name @returns {T | undefined} */
  read(name) {
    let text;
    try {
      text = readFileSync(this.#path(name), "utf8");
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
      throw error;
    }
    return JSON.parse(text, (_, value) => (typeof value?.[OCTETS] === "string" ? new Uint8Array(Buffer.from(value[OCTETS], "base64")) : value));
  }

  /** After a crash the file holds the old value or the new one. @param {string} name @param {T} value */
  write(name, value) {
    const text = JSON.stringify(value, (_, part) => (part instanceof Uint8Array ? { [OCTETS]: Buffer.from(part).toString("base64") } : part));
    const path = this.#path(name);
    const file = openSync(`${path}.new`, "w", 0o600);
    try {
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(`${path}.new`, path);
    const folder = openSync(this.#folder, "r");
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  }
}
