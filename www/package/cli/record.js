/**
 * A transcript in a folder, octet for octet as it was on the wire: `01-client.xml`, `.wbxml` or `.json`, what it was answered as `01-server.xml`, and the
 * headers of both as `01-client.headers` and `01-server.headers`. Credentials are in it as they were sent.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UsageError, fileTrouble } from "./fault.js";

export class Record {
  #folder;
  #turn = 0;

  /** @param {string} folder */
  constructor(folder) {
    this.#folder = folder;
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw new UsageError(`--record ${folder}: ${fileTrouble(error)}`);
    }
  }

  /** @param {string} url @param {Headers} headers @param {Uint8Array} body */
  sent(url, headers, body) {
    this.#turn += 1;
    this.#write("client", `POST ${url}`, headers, body);
  }

  /** @param {number} status @param {Headers} headers @param {Uint8Array} body */
  received(status, headers, body) {
    this.#write("server", String(status), headers, body);
  }

  /** What a command of DM 2.0 sends or fetches elsewhere, `02-sent` and `02-answer`. @param {string} method @param {string} url @param {{ [name: string]: string }} headers @param {Uint8Array} [body] */
  asked(method, url, headers, body = new Uint8Array()) {
    this.#turn += 1;
    this.#write("sent", `${method} ${url}`, new Headers(headers), body);
  }

  /** @param {number} status @param {Headers} headers @param {Uint8Array} body */
  answered(status, headers, body) {
    this.#write("answer", String(status), headers, body);
  }

  /** @param {"client" | "server" | "sent" | "answer"} side @param {string} first @param {Headers} headers @param {Uint8Array} body */
  #write(side, first, headers, body) {
    const name = `${String(this.#turn).padStart(2, "0")}-${side}`;
    const lines = [first, ...[...headers].map(([header, value]) => `${header}: ${value}`), ""];
    this.#put(`${name}.headers`, lines.join("\n"));
    if (body.length > 0) this.#put(`${name}.${endingOf(headers.get("content-type") ?? "")}`, body);
  }

  /** What is there is not overwritten: two sessions would be mixed. @param {string} name @param {string | Uint8Array} content */
  #put(name, content) {
    const file = join(this.#folder, name);
    try {
      writeFileSync(file, content, { flag: "wx", mode: 0o600 });
    } catch (error) {
      throw new UsageError(`--record ${file}: ${fileTrouble(error)}`);
    }
  }
}

/** @param {string} contentType */
function endingOf(contentType) {
  if (/\+wbxml\b/i.test(contentType)) return "wbxml";
  if (/\+json\b/i.test(contentType)) return "json";
  return /xml\b/i.test(contentType) ? "xml" : "body";
}
