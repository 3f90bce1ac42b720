/** What `make bench` builds beside the package: the codec natively, libwbxml's in C, and the codec alone in wasm. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

export const target = resolve(fileURLToPath(new URL("../../", import.meta.url)), process.env["CARGO_TARGET_DIR"] ?? "target");

/** @param {string} path below the folder of what is built */
export function built(path) {
  const whole = join(target, path);
  if (!existsSync(whole)) throw new Error(`bench: ${whole} is not there: run .ci/bench`);
  return whole;
}

/** @typedef {"events" | "xml" | "wbxml" | "to-xml" | "to-wbxml"} Native what the codec does natively */

/** Bodies in files, for programs that read them. */
export class Bodies {
  #folder = mkdtempSync(join(tmpdir(), "omadm-"));
  #count = 0;

  /** @param {Uint8Array} body */
  file(body) {
    this.#count += 1;
    const path = join(this.#folder, String(this.#count));
    writeFileSync(path, body);
    return path;
  }

  end() {
    rmSync(this.#folder, { recursive: true });
  }
}

/** @param {string} program @param {string[]} given */
const microseconds = (program, given) => Number(execFileSync(program, given, { encoding: "utf8" }));
/** Microseconds that the codec takes natively. @param {Native} what @param {string} file @param {number} count */
export const native = (what, file, count) => microseconds(built("release/examples/codec"), [what, file, String(count)]);
/** Microseconds that libwbxml takes. @param {"decode" | "encode"} what @param {string} file @param {number} count */
export const libwbxml = (what, file, count) => microseconds(built("bench/wbxml"), [what, file, String(count)]);
/** What libwbxml writes of what it has read. @param {string} file */
export const rewritten = (file) => new Uint8Array(execFileSync(built("bench/wbxml"), ["write", file], { maxBuffer: 1 << 26 }));

/** The codec alone in wasm. @returns {Promise<{ new (body: Uint8Array): import("./race.js").Inside }>} */
export async function inside() {
  const glue = await import(pathToFileURL(built("bench/inside.js")).href);
  glue.initSync({ module: readFileSync(built("bench/inside_bg.wasm")) });
  return glue.Inside;
}
