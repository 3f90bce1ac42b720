/** The native build of the same code: the example `turn`, which `make bench` builds. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { built } from "./programs.js";

/** @import { Encoding } from "../../www/package/types.js" */
/** @import { Turn } from "./scene.js" */

export class Native {
  /** @param {Record<Encoding, Turn[]>} turns */
  constructor(turns) {
    this.folder = mkdtempSync(join(tmpdir(), "omadm-"));
    for (const [encoding, list] of Object.entries(turns)) list.forEach(({ body }, at) => writeFileSync(join(this.folder, `${encoding}-${at}`), body));
  }

  /** @param {string[]} given */
  #run(...given) {
    return execFileSync(built("release/examples/turn"), [this.folder, ...given], { maxBuffer: 1 << 26 });
  }

  /** The reply of a turn. @param {Encoding} encoding @param {number} index */
  reply(encoding, index) {
    return this.#run(encoding, String(index), "reply");
  }

  /** Microseconds that a turn takes. @param {Encoding} encoding @param {number} index @param {"live" | "resting"} mode @param {number} count */
  time(encoding, index, mode, count) {
    return Number(this.#run(encoding, String(index), mode, String(count)).toString());
  }

  end() {
    rmSync(this.folder, { recursive: true });
  }
}
