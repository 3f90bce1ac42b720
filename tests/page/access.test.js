/** Both views for everybody: axe finds nothing, nothing overflows, and pictures are kept for people to look at. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Bench, DeviceView } from "./browser.js";

/** @import { BrowserContextOptions, Page } from "playwright-core" */

/** @type {Bench} */
let bench;
before(async () => {
  bench = await Bench.start();
});
after(() => bench.stop());

/** @type {Record<string, BrowserContextOptions>} */
const LOOKS = {
  light: { colorScheme: "light" },
  dark: { colorScheme: "dark" },
  phone: { colorScheme: "light", viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 },
  zoomed: { colorScheme: "dark", viewport: { width: 720, height: 450 }, deviceScaleFactor: 2 },
  forced: { colorScheme: "dark", forcedColors: "active" },
};

/**
 * At any width the page scrolls downwards only.
 * @param {Page} page
 */
async function fits(page) {
  const [scrollWidth = 0, clientWidth = 0] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  assert.ok(clientWidth > 0 && scrollWidth <= clientWidth, `${scrollWidth} > ${clientWidth}`);
}

for (const [look, options] of Object.entries(LOOKS)) {
  test(`inspect, ${look}`, async () => {
    await bench.with("inspect", options, async (watched) => {
      const { page } = watched;
      assert.deepEqual(await watched.axe(), []);
      for (const name of ["Commands", "WBXML", "Cut off", "Broken"]) {
        await page.getByRole("button", { name, exact: true }).click();
        await page.locator("omadm-capture").getByRole("treeitem", { name: /^SyncHdr/ }).click();
        assert.deepEqual(await watched.axe(), [], name);
        await fits(page);
        await watched.shoot(`inspect-${name.toLowerCase().replace(" ", "-")}-${look}`);
      }
    });
  });

  test(`device, ${look}`, async () => {
    await bench.with("device", options, async (watched) => {
      const { page } = watched;
      const device = new DeviceView(page);
      assert.deepEqual(await watched.axe(), []);
      await device.press("Play section 11.1");
      await device.dialog.waitFor();
      assert.deepEqual(await watched.axe(), [], "dialog");
      await watched.shoot(`device-dialog-${look}`, false);
      await device.dialog.getByRole("button", { name: "Yes" }).click();
      await device.over();
      await device.messages.nth(1).click();
      await page.mouse.move(0, 0);
      assert.deepEqual(await watched.axe(), [], "session");
      await fits(page);
      await watched.shoot(`device-${look}`);
      await device.node("CNN").locator("svg").first().click();
      await page.locator("omadm-tree-view").getByRole("treeitem", { name: /^Base64 before/ }).waitFor();
      assert.deepEqual(await watched.axe(), [], "base64 unfolded");
      await fits(page);
    });
  });
}

test("the views have addresses, and the back button leads from one to the other", async () => {
  await bench.with("inspect", {}, async ({ page }) => {
    await page.getByRole("link", { name: "Device" }).click();
    await page.locator("omadm-device").getByRole("button", { name: "Start session" }).waitFor();
    assert.match(page.url(), /#device$/);
    assert.equal(await page.getByRole("link", { name: "Device" }).getAttribute("aria-current"), "page");
    await page.goBack();
    await page.locator("omadm-inspect").getByRole("textbox").waitFor();
    assert.match(await page.title(), /Inspect/);
  });
});

test("the page obeys a policy without inline scripts and styles", async () => {
  await bench.with("inspect", {}, async ({ page }) => {
    const policy = (await page.locator("meta[http-equiv=Content-Security-Policy]").getAttribute("content")) ?? "";
    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(policy, /unsafe-inline|unsafe-eval'(?<!wasm-unsafe-eval')/);
    assert.equal(await page.evaluate(() => document.querySelectorAll("script:not([src]), style").length), 0);
  });
});
