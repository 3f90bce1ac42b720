/** The size of each module of the package, as it lies there and as it is sent. */
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { folder } from "../node/omadm.js";

/** @import { Bar, Section } from "./report.js" */

const KILO = 1_000;
/** Kilobytes in gzip: of everything, and of a codec alone; and what is aimed at. */
const BARS = { whole: { bar: 150, aim: 100 }, codec: { bar: 70, aim: 70 } };
/** @param {number} octets */
const kilobytes = (octets) => `${(octets / KILO).toFixed(1)} kB`;

/** @returns {Promise<Section>} */
export async function measure() {
  const modules = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".wasm")).sort();
  /** @type {Bar[]} */
  const bars = [];
  const rows = modules.map((file) => {
    const octets = readFileSync(join(folder, file));
    // The program, as `make build` counts: of Node's zlib there are several, which differ.
    const gzip = execFileSync("gzip", ["-9c"], { input: octets, maxBuffer: 1 << 26 }).length;
    const brotli = brotliCompressSync(octets, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: octets.length } }).length;
    const { bar, aim } = BARS[file.includes("codec") ? "codec" : "whole"];
    bars.push({ what: `size of ${file} in gzip`, bar: `at most ${bar} kB${aim < bar ? ` (aim ${aim} kB)` : ""}`, found: kilobytes(gzip), isHeld: gzip <= bar * KILO });
    return [file, kilobytes(octets.length), kilobytes(gzip), kilobytes(brotli)];
  });
  if (!modules.some((file) => file.includes("codec"))) bars.push({ what: "size of a module with the codec alone in gzip", bar: `at most ${BARS.codec.bar} kB`, found: "there is none", isHeld: false });
  return {
    title: "Size",
    text: "Each module of the package: as it lies there, in gzip (`gzip -9`) and in brotli (quality 11). A kilobyte is 1,000 octets.",
    tables: [{ title: "Modules", head: ["module", "octets", "gzip", "brotli"], rows }],
    bars,
  };
}
