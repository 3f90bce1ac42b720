/** Values that fit no message, in the page: sent, seen while they pass, and told as one. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Bench, DeviceView } from "./browser.js";

/** @type {Bench} */
let bench;
before(async () => {
  bench = await Bench.start();
});
after(() => bench.stop());

const SWV = "./DevDetail/SwV";
/** Of 22 octets each. */
const LINES = (/** @type {number} */ count) => Array.from({ length: count }, (_, at) => `line ${String(at).padStart(5, "0")} of a value\n`).join("").slice(0, -1);

/** @param {DeviceView} device @param {{ device?: string[], server?: string[] }} sizes MaxMsgSize and MaxObjSize */
async function sizes(device, { device: own = [], server = [] }) {
  for (const [group, values] of /** @type {[string, string[]][]} */ ([["Device", own], ["Server", server]])) {
    for (const [at, label] of ["MaxMsgSize", "MaxObjSize"].entries()) if (values[at] !== undefined) await device.fill(label, values[at], group);
  }
  await device.register();
}

/** @param {DeviceView} device @param {string} value */
async function compose(device, value) {
  const group = device.root.locator("omadm-composer").getByRole("group", { name: "Command 1", exact: true });
  await group.getByLabel("Command 1", { exact: true }).and(device.root.locator("select")).selectOption("replace");
  await group.getByLabel("Node", { exact: true }).fill(SWV);
  await group.getByLabel("Value", { exact: true }).fill(value);
  await queue(device);
}

/** @param {DeviceView} device */
async function queue(device) {
  await device.root.getByRole("button", { name: "Queue at the server" }).click();
  await device.root.locator("omadm-queue li").first().waitFor();
}

/** @param {DeviceView} device */
const words = async (device) => (await device.root.locator("omadm-timeline li.object .words").allTextContents()).map((text) => text.replaceAll(/\s+/g, " "));

/** Steps until an object has so many chunks. @param {DeviceView} device @param {RegExp} seen */
async function stepTo(device, seen) {
  await device.press("Start session");
  for (let steps = 0; steps < 60; steps += 1) {
    await device.press("Step");
    await device.root.getByRole("button", { name: "Step", exact: true }).and(device.page.locator(":enabled")).waitFor();
    if (seen.test((await words(device)).join())) return;
  }
  assert.fail(`never ${seen}`);
}

for (const scheme of /** @type {const} */ (["light", "dark"])) {
  test(`a value larger than MaxMsgSize is composed, passes in chunks and is seen arriving, ${scheme}`, async () => {
    await bench.with("device", { colorScheme: scheme }, async (watched) => {
      const device = new DeviceView(watched.page);
      await sizes(device, { device: ["2000", "100000"], server: ["3000", "50000"] });
      const value = LINES(500);
      assert.equal(value.length, 10_999);
      await compose(device, value.replaceAll("\n", " "));
      await stepTo(device, /chunk 3/);
      const line = device.root.locator(".under-way");
      assert.match((await line.textContent()) ?? "", /To the device: \.\/DevDetail\/SwV, chunk 3 of about \d+, [\d,]+ of 10,999 octets/);
      const bar = line.getByRole("progressbar", { name: "The value that is under way" });
      const [now, most] = await bar.evaluate((element) => [/** @type {HTMLProgressElement} */ (element).value, /** @type {HTMLProgressElement} */ (element).max]);
      assert.ok(most === 10_999 && now !== undefined && now > 2_000 && now < 6_000, `${now} of ${most}`);
      const queued = device.root.locator("omadm-queue li");
      assert.match((await queued.textContent()) ?? "", /sent\s+taken by the device: [\d,]+ of 10,999 octets/);
      assert.match((await words(device))[0] ?? "", /^\.\/DevDetail\/SwV: chunk 3 of about \d+, [\d,]+ of 10,999 octets$/);
      assert.equal(await device.root.locator("omadm-timeline .how").filter({ hasText: "chunk 3" }).count(), 1);
      assert.deepEqual(await watched.axe(), []);
      await watched.shoot(`objects-passing-${scheme}`);
      await device.press("Run on");
      await device.over();
      const [whole = ""] = await words(device);
      const chunks = Number(/: (\d+) chunks, 10,999 octets$/.exec(whole)?.[1]);
      assert.ok(chunks > 6, whole);
      assert.equal(await line.count(), 0);
      assert.equal(await device.root.locator("omadm-timeline li.object .chip").textContent(), "received");
      const wire = await watched.octets();
      for (const [at, { body }] of wire.entries()) assert.ok(body.length <= (at % 2 === 0 ? 3_000 : 2_000), `message ${at + 1}: ${body.length}`);
      assert.equal(wire.filter(({ body }) => body.includes("<MoreData")).length, chunks - 1);
      assert.match(wire[0]?.body.toString() ?? "", /<MaxObjSize[^>]*>100000</);
      assert.match(wire[1]?.body.toString() ?? "", /<MaxObjSize[^>]*>50000</);
      // All that lies between the first chunk and the last is folded away, and can be seen.
      const fold = device.root.getByRole("button", { name: `Show ${2 * chunks - 3} messages` });
      const folded = await device.messages.count();
      await fold.click();
      assert.equal((await device.messages.count()) - folded, 2 * chunks - 3);
      assert.equal(await device.messages.count(), wire.filter(({ body }) => body.length > 0).length);
      await device.root.getByRole("button", { name: `Fold ${2 * chunks - 3} messages` }).click();
      assert.equal(await device.messages.count(), folded);
      await device.node("SwV").getByText("replaced", { exact: true }).waitFor();
      assert.match((await queued.textContent()) ?? "", /answered\s+done \(200\)/);
      assert.deepEqual(await watched.axe(), []);
      await watched.shoot(`objects-whole-${scheme}`);
    });
  });
}

test("a large value that the server asks for comes in chunks, and the page shows it as one, on a phone too", async () => {
  await bench.with("device", { viewport: { width: 390, height: 844 } }, async (watched) => {
    const device = new DeviceView(watched.page);
    await sizes(device, { server: ["1500"] });
    await device.node("SwV").click();
    await device.root.locator("omadm-node").getByLabel("Value", { exact: true }).fill(LINES(300));
    await device.root.locator("omadm-node").getByRole("button", { name: /^(Set|Change|Save)/ }).click();
    const standing = await device.queue(bench.url, [{ type: "get", uri: SWV }]);
    await stepTo(device, /chunk 2/);
    assert.match((await device.root.locator(".under-way").textContent()) ?? "", /From the device: \.\/DevDetail\/SwV, chunk 2 of about \d+, [\d,]+ of 6,599 octets/);
    assert.equal((await standing())[0]?.state, "sent");
    await watched.shoot("objects-from-the-device");
    assert.ok(await watched.page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth));
    assert.deepEqual(await watched.axe(), []);
    await device.press("Run on");
    await device.over();
    assert.match((await words(device))[0] ?? "", /^\.\/DevDetail\/SwV: \d+ chunks, 6,599 octets$/);
    assert.equal(await device.root.locator("omadm-timeline li.object .chip").textContent(), "sent");
    assert.equal((await standing())[0]?.state, "answered");
  });
});

test("a session that is aborted amid an object says that it is not whole, and the node is as before", async () => {
  await bench.with("device", {}, async ({ page }) => {
    const device = new DeviceView(page);
    await sizes(device, { device: ["2000"] });
    await compose(device, LINES(500));
    await stepTo(device, /chunk 2/);
    await device.press("Abort");
    await device.over();
    assert.match((await words(device))[0] ?? "", /broken off behind chunk 2, [\d,]+ of 10,999 octets$/);
    assert.equal(await device.root.locator(".under-way").count(), 0);
    await device.node("SwV").getByText("4.2.0").waitFor();
    assert.match((await device.root.locator("omadm-queue li").textContent()) ?? "", /no answer/);
  });
});

test("what is larger than the device's MaxObjSize is not sent, and the queue says why", async () => {
  await bench.with("device", {}, async ({ page }) => {
    const device = new DeviceView(page);
    await sizes(device, { device: ["2000", "10998"] });
    await compose(device, LINES(500));
    await device.press("Start session");
    await device.press("Run on");
    await device.over();
    assert.deepEqual(await words(device), []);
    await device.root.locator("omadm-queue").getByText("too large (413)").waitFor();
  });
});

test("the value of a command comes from a file, octets or text, and not from one that is too large", async () => {
  await bench.with("device", {}, async (watched) => {
    const device = new DeviceView(watched.page);
    await sizes(device, { device: ["4000"] });
    const composer = device.root.locator("omadm-composer");
    await composer.locator("select").first().selectOption("replace");
    await composer.getByLabel("Node", { exact: true }).fill(SWV);
    const octets = Buffer.from(Array.from({ length: 30_000 }, (_, at) => (at * 7 + (at >> 8)) & 0xff));
    const file = composer.getByLabel("From a file");
    await file.setInputFiles({ name: "too-large.bin", mimeType: "application/octet-stream", buffer: Buffer.alloc(6_000_001) });
    await composer.getByRole("alert").getByText("too-large.bin has 6,000,001 octets; the server takes 6,000,000 octets at most").waitFor();
    await file.setInputFiles({ name: "firmware.bin", mimeType: "application/octet-stream", buffer: octets });
    await composer.getByText("firmware.bin, 30,000 octets").waitFor();
    assert.equal(await composer.getByLabel("Format").inputValue(), "bin");
    await composer.getByLabel("Format").selectOption("chr");
    await composer.getByRole("button", { name: "Queue at the server" }).click();
    await composer.getByRole("alert").getByText("firmware.bin holds no text; choose the format bin for it").waitFor();
    await composer.getByLabel("Format").selectOption("bin");
    await watched.shoot("objects-from-a-file");
    assert.deepEqual(await watched.axe(), []);
    await queue(device);
    await device.press("Start session");
    await device.press("Run on");
    await device.over();
    await device.node("SwV").getByText("replaced", { exact: true }).waitFor();
    assert.match((await words(device))[0] ?? "", /^\.\/DevDetail\/SwV: \d+ chunks, 40,000 octets$/, "as base64, for the message is XML");
  });
});

test("a MaxObjSize that is none is said to be none", async () => {
  await bench.with("device", { expectErrors: true }, async ({ page }) => {
    const device = new DeviceView(page);
    await device.fill("MaxObjSize", "1.5", "Server");
    await device.press("Register at the server");
    await device.root.getByRole("alert").getByText("MaxObjSize is a whole number of octets, not “1.5”").waitFor();
    await device.fill("MaxObjSize", "16777217", "Server");
    await device.press("Register at the server");
    await device.root.getByRole("alert").getByText(/maxObjSize must be a whole number from 1 to 16777216/).waitFor();
    await device.fill("MaxObjSize", "-1", "Device");
    await device.press("Start session");
    await device.rows.getByText(/MaxObjSize is a whole number/).waitFor();
  });
});
