/** Chromium with a page that has the package as it is shipped, and the peers in a bundle. */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { built } from "./programs.js";

/** @import { Browser } from "playwright-core" */

const require = createRequire(new URL("../../www/package.json", import.meta.url));
const { chromium } = /** @type {typeof import("playwright-core")} */ (require("playwright-core"));
const { build } = /** @type {typeof import("esbuild")} */ (require("esbuild"));

const QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
/** @type {Record<string, string>} */
const TYPES = { ".js": "text/javascript", ".wasm": "application/wasm" };
// Isolated from other origins a page has a finer clock.
const ISOLATED = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };

/** @param {string} entry a module of this folder, for the page */
async function bundled(entry) {
  const { outputFiles } = await build({ entryPoints: [fileURLToPath(new URL(entry, import.meta.url))], bundle: true, format: "esm", platform: "browser", target: "es2022", write: false });
  return outputFiles[0]?.text ?? "";
}

/** @returns {Promise<{ url: string; stop(): void }>} */
async function serve() {
  const script = await bundled("page.js");
  const page = `<!doctype html><meta charset="utf-8"><title>bench</title><script type="module" src="/bench.js"></script>`;
  const server = createServer(async ({ url = "/" }, response) => {
    /** @param {string} type @param {string | Buffer} body */
    const give = (type, body) => void response.writeHead(200, { ...ISOLATED, "content-type": type, "cache-control": "no-store" }).end(body);
    const { pathname } = new URL(url, "http://bench.example");
    if (pathname === "/") return give("text/html", page);
    if (pathname === "/bench.js") return give("text/javascript", script);
    try {
      // `URL` has taken all `..` out of it.
      const path = pathname.startsWith("/pkg/") ? new URL(`../..${pathname}`, import.meta.url) : pathname.startsWith("/bench/") ? built(pathname) : undefined;
      const body = path && (await readFile(path));
      if (body) return give(TYPES[extname(pathname)] ?? "application/octet-stream", body);
    } catch {}
    response.writeHead(404).end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { url: `http://127.0.0.1:${address.port}`, stop: () => void server.close() };
}

/** @typedef {import("./page.js").Asked} Asked */
/**
 * @template {keyof Asked} Name
 * @typedef {Awaited<ReturnType<Asked[Name]>>} Answer
 */
/** @typedef {{ ask<Name extends keyof Asked>(name: Name, ...given: Parameters<Asked[Name]>): Promise<Answer<Name>>; version: string }} Chromium */

/**
 * @template T
 * @param {(chromium: Chromium) => Promise<T>} use is given what asks a page in a context of its own, with nothing cached
 */
export async function inChromium(use) {
  const server = await serve();
  /** @type {Browser | undefined} */
  let browser;
  try {
    const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
    const opened = await chromium.launch({ executablePath, args: QUIET }).catch((cause) => {
      throw new Error(`bench: Chromium does not start (${executablePath}): run .ci/setup browser`, { cause });
    });
    browser = opened;
    return await use({
      version: opened.version(),
      async ask(name, ...given) {
        const context = await opened.newContext();
        try {
          const page = await context.newPage();
          await page.goto(server.url);
          await page.waitForFunction(() => "race" in globalThis);
          return await page.evaluate(([name, given]) => /** @type {any} */ (globalThis)[name](...given), /** @type {const} */ ([name, given]));
        } finally {
          await context.close();
        }
      },
    });
  } finally {
    await browser?.close();
    server.stop();
  }
}

/** @param {"decode" | "decodeWbxml" | "encode"} name @param {number} rounds */
export const raceInChromium = (name, rounds) => inChromium(async ({ ask, version }) => ({ version, races: await ask("race", name, rounds) }));
