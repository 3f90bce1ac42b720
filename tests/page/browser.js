/** Chromium with a page that is watched: every request, and every complaint. */
import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { start } from "./server.js";

/** @import { Browser, BrowserContextOptions, Locator, Page, Request } from "playwright-core" */

const require = createRequire(new URL("../../www/package.json", import.meta.url));
const { chromium } = /** @type {typeof import("playwright-core")} */ (require("playwright-core"));
const AXE = readFile(require.resolve("axe-core/axe.min.js"), "utf8");
const SHOTS = fileURLToPath(new URL("../../www/dist/shots/", import.meta.url));

const QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** Milliseconds until something that does not come is a fault, and until a page is closed whatever it does. */
const WAIT = 10_000;
const LIMIT = 30_000;

/** The server and the browser of one file of tests. */
export class Bench {
  /**
   * @param {string} url
   * @param {Browser} browser
   * @param {() => Promise<void>} stop
   */
  constructor(url, browser, stop) {
    this.url = url;
    this.browser = browser;
    this.stop = stop;
  }

  static async start() {
    const server = await start();
    try {
      const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: QUIET });
      return new Bench(server.url, browser, async () => {
        await browser.close();
        await server.stop();
      });
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /**
   * Opens a view in a context of its own, and afterwards checks that the page did not complain and asked nobody else.
   * @param {"inspect" | "device"} view
   * @param {BrowserContextOptions & { expectErrors?: boolean }} options
   * @param {(watched: Watched) => Promise<void>} use
   */
  async with(view, { expectErrors = false, ...options }, use) {
    const context = await this.browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
    const bound = setTimeout(() => void context.close(), LIMIT);
    try {
      context.setDefaultTimeout(WAIT);
      const page = await context.newPage();
      const watched = new Watched(page, this.url);
      await page.goto(`${this.url}/#${view}`);
      await page.locator(`omadm-${view}`).waitFor();
      await use(watched);
      if (!expectErrors) assert.deepEqual(watched.complaints, []);
      for (const request of watched.requests) assert.equal(new URL(request.url()).origin, this.url, request.url());
    } finally {
      clearTimeout(bound);
      await context.close();
    }
  }
}

export class Watched {
  /** @type {string[]} */
  complaints = [];
  /** @type {Request[]} */
  requests = [];

  /**
   * @param {Page} page
   * @param {string} origin
   */
  constructor(page, origin) {
    this.page = page;
    this.origin = origin;
    page.on("request", (request) => void this.requests.push(request));
    page.on("pageerror", (error) => void this.complaints.push(error.message));
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) this.complaints.push(message.text());
    });
  }

  /**
   * What was posted to the server's device address and what it answered, in turn.
   * @returns {Promise<string[]>}
   */
  async wire() {
    return (await this.octets()).map(({ body }) => body.toString("utf8"));
  }

  /**
   * The same as it was, with the content types.
   * @returns {Promise<{ body: Buffer, type: string | undefined }[]>}
   */
  async octets() {
    const wire = [];
    for (const request of this.requests.filter((each) => new URL(each.url()).pathname.startsWith("/dm"))) {
      wire.push({ body: request.postDataBuffer() ?? Buffer.alloc(0), type: request.headers()["content-type"] });
      const response = await request.response();
      // The browser keeps no body of a reply that has none.
      const hasBody = response !== null && response.headers()["content-type"] !== undefined;
      wire.push({ body: hasBody ? await response.body() : Buffer.alloc(0), type: response?.headers()["content-type"] });
    }
    return wire;
  }

  /** What axe has to say, as one line for each fault. */
  async axe() {
    // The protocol puts it into the page, so the page's own policy stays as it is.
    if (!(await this.page.evaluate(() => "axe" in globalThis))) await this.page.evaluate(await AXE);
    const faults = await this.page.evaluate(async () => {
      const { axe } = /** @type {{ axe: typeof import("axe-core") }} */ (/** @type {unknown} */ (globalThis));
      const { violations } = await axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] });
      return violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`));
    });
    return faults;
  }

  /**
   * @param {string} name
   * @param {boolean} [fullPage]
   */
  async shoot(name, fullPage = true) {
    await mkdir(SHOTS, { recursive: true });
    await this.page.screenshot({ path: `${SHOTS}${name}.png`, fullPage, animations: "disabled" });
  }
}

/**
 * All text at and below an element, through every shadow root: `textContent` stops at them.
 * @param {Locator} locator
 * @returns {Promise<string>}
 */
export function textOf(locator) {
  return locator.evaluate((element) => {
    /** @type {(node: Node) => string} */
    const walk = (node) => {
      if (node.nodeType === Node.TEXT_NODE) return node.nodeValue ?? "";
      if (node instanceof HTMLStyleElement) return "";
      const root = node instanceof Element ? (node.shadowRoot ?? node) : node;
      return Array.from(root.childNodes, walk).join("");
    };
    return walk(element);
  });
}

/** The device view, by what a person sees of it. */
export class DeviceView {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    this.root = page.locator("omadm-device");
    this.dialog = page.getByRole("dialog");
    this.rows = this.root.locator("omadm-timeline li");
    this.messages = this.root.locator("omadm-timeline li[data-entry] button");
  }

  /** @param {string} name */
  press(name) {
    return this.root.getByRole("button", { name, exact: true }).click();
  }

  /**
   * Plays section 11.1 and gives the answer.
   * @param {"Yes" | "No" | "Cancel"} answer
   */
  async play(answer) {
    await this.press("Play section 11.1");
    await this.dialog.getByRole("button", { name: answer, exact: true }).click();
    await this.over();
  }

  over() {
    return this.root.getByText("session over", { exact: true }).waitFor();
  }

  /** Registers the device, and waits until the server has it. */
  async register() {
    await this.press("Register at the server");
    await this.root.getByRole("button", { name: "Start session" }).and(this.page.locator(":enabled")).waitFor();
  }

  /**
   * @param {string} label
   * @param {string} value
   * @param {string} [group]
   */
  async fill(label, value, group) {
    const scope = group === undefined ? this.root : this.root.getByRole("group", { name: group, exact: true });
    const field = scope.getByLabel(label, { exact: true });
    await field.fill(value);
    await field.blur();
  }

  /**
   * How the device proves itself, and how the server does.
   * @param {string} device
   * @param {string} [server]
   */
  async schemes(device, server = device) {
    await this.root.getByRole("group", { name: "Device", exact: true }).getByLabel("Scheme").selectOption(device);
    await this.root.getByRole("group", { name: "Server", exact: true }).getByLabel("Scheme").selectOption(server);
  }

  /** The octets of every message in the timeline, credentials included, as text. */
  async shownWire() {
    const texts = [];
    for (const button of await this.messages.all()) {
      await button.click();
      texts.push(await this.reading("Wire"));
    }
    return texts;
  }

  /**
   * The chosen message in one of its forms, with everything revealed.
   * @param {"XML" | "JSON" | "Wire"} form
   */
  async reading(form) {
    const message = this.root.locator("omadm-message");
    await message.getByRole("radio", { name: form, exact: true }).check();
    const reveal = message.getByRole("button", { name: "Show credentials" });
    if (await reveal.isVisible()) await reveal.click();
    return (await message.getByRole("region", { name: form, exact: true }).textContent()) ?? "";
  }

  /**
   * @param {string} name
   * @returns {Locator}
   */
  node(name) {
    return this.root.locator("omadm-tree-view").getByRole("treeitem", { name: new RegExp(`^${name}\\b`) });
  }

  /**
   * Queues commands for the device at the server; the promise gives what asks how they stand.
   * @param {string} url
   * @param {unknown[]} data
   * @returns {Promise<() => Promise<{ state: string }[]>>}
   */
  async queue(url, data) {
    const { request } = this.page;
    const { token } = await (await request.get(`${url}/dev/token`)).json();
    const headers = { authorization: `Bearer ${token}` };
    const address = `${url}/api/devices/${encodeURIComponent("IMEI:350917284066132")}/commands`;
    const { ids } = await (await request.post(address, { headers, data })).json();
    return async () => {
      const standing = [];
      for (const id of ids) standing.push(await (await request.get(`${address}/${id}`, { headers })).json());
      return standing;
    };
  }

  /**
   * What a node of format b64 holds, and held before the session changed it: as the row says it, and the base64 folded away below.
   * @param {string} name
   */
  async base64(name) {
    const row = this.node(name);
    const said = async (/** @type {string} */ key) => (await row.locator(key).allTextContents()).map((text) => /“(.*)”/s.exec(text)?.[1]).filter((text) => text !== undefined);
    const [now] = await said(".value");
    const [was] = await said(".key");
    if ((await row.getAttribute("aria-expanded")) === "false") await row.locator("svg").first().click();
    const below = this.root.locator("omadm-tree-view").getByRole("treeitem", { name: /^Base64\b/ });
    return { now, was, base64: await below.locator(".value").allTextContents() };
  }
}
