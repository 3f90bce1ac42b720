/** Section 11.2 in the page, at once and step by step; what is shown is what went over the wire. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Bench, DeviceView, textOf } from "./browser.js";

/** @type {Bench} */
let bench;
before(async () => {
  bench = await Bench.start();
});
after(() => bench.stop());

/** @param {string} text */
const base64 = (text) => Buffer.from(text).toString("base64");
const FACTORY = "Definitions of winter";

/**
 * The commands of a message, Statuses by the command and the code, alerts by their code.
 * @param {string | undefined} xml
 */
function said(xml) {
  const body = /<SyncBody>(.*)<\/SyncBody>/s.exec(xml ?? "")?.[1] ?? "";
  const commands = body.match(/<(Status|Alert|Get|Replace|Results)>.*?<\/\1>/gs) ?? [];
  return commands.map((command) => {
    const name = /^<(\w+)>/.exec(command)?.[1];
    const data = /<Data>([^<]*)<\/Data><\/Status>/.exec(command)?.[1];
    if (name === "Status") return `${/<Cmd>(\w+)<\/Cmd>/.exec(command)?.[1]} ${data}`;
    if (name === "Alert") return `Alert ${/<Data>(\d+)<\/Data>/.exec(command)?.[1]}`;
    return `${name} ${/<LocURI>([^<]*)<\/LocURI>/.exec(command)?.[1]}`;
  });
}

const FIRST = ["Alert 1200", "Replace ./DevInfo/DevId"];
const COURSE = [
  FIRST,
  ["SyncHdr 212", "Alert 200", "Replace 200", "Alert 1100", "Get ./antivirus_data/version"],
  ["SyncHdr 212", "Alert 200", "Get 200", "Results ./antivirus_data/version"],
  ["SyncHdr 200", "Replace ./antivirus_data/defs"],
  ["SyncHdr 200", "Replace 200"],
  ["SyncHdr 200"],
];

/**
 * @param {DeviceView} device
 * @param {string} now
 * @param {string | undefined} was
 */
async function holds(device, now, was) {
  const found = await device.base64("defs");
  assert.deepEqual([found.now, found.was], [now, was]);
  assert.deepEqual(found.base64, (was === undefined ? [now] : [now, was]).map(base64));
}

for (const version of ["1.1", "1.2", "1.3"]) {
  test(`DM ${version}: the version is read, then the definitions are replaced`, async () => {
    await bench.with("device", {}, async (watched) => {
      const device = new DeviceView(watched.page);
      await device.root.getByLabel("Version").selectOption(version);
      await holds(device, FACTORY, undefined);
      await device.press("Play section 11.2");
      await device.dialog.getByText("The virus definitions are brought up to date.").waitFor();
      await device.dialog.getByRole("button", { name: "OK" }).click();
      await device.over();
      const wire = await watched.wire();
      assert.deepEqual(wire.map(said), COURSE);
      assert.deepEqual(await device.shownWire(), wire);
      for (const xml of wire) assert.ok(xml.includes(`<VerProto>DM/${version}</VerProto>`));
      await holds(device, "Definitions of spring", FACTORY);
      assert.match((await textOf(device.node("version"))) ?? "", /marram\/2026-02\/9/);
    });
  });
}

test("step by step: one message at a time, and the second step waits for the answer of the first", async () => {
  await bench.with("device", {}, async (watched) => {
    const device = new DeviceView(watched.page);
    await device.root.getByLabel("Step by step").check();
    await device.fill("Announcement to the user", "Spring <comes> & goes");
    await device.fill("New definitions", "Définitions of March");
    await device.press("Play section 11.2");
    const step = async () => {
      await device.root.getByRole("button", { name: "Step", exact: true }).and(watched.page.locator(":enabled")).click();
    };
    await device.root.getByText("next: the device sends", { exact: true }).waitFor();
    assert.equal(await device.messages.count(), 0);
    for (let count = 1; count <= 2; count += 1) {
      await step();
      await device.messages.nth(count - 1).waitFor();
      assert.equal(await device.messages.count(), count);
    }
    await device.dialog.getByText("Spring <comes> & goes", { exact: true }).waitFor();
    await watched.shoot("device-11.2-step", false);
    await device.dialog.getByRole("button", { name: "OK" }).click();
    for (let count = 3; count <= 6; count += 1) {
      // After an answer nothing goes on by itself.
      assert.equal(await device.messages.count(), count - 1);
      await step();
      await device.messages.nth(count - 1).waitFor();
    }
    await device.over();
    const wire = await watched.wire();
    assert.deepEqual(wire.map(said), COURSE);
    assert.ok(wire[3]?.includes(base64("Définitions of March")));
    assert.deepEqual(await watched.axe(), []);
    await watched.shoot("device-11.2-over");
  });
});

test("step by step: section 11.1 too", async () => {
  await bench.with("device", {}, async (watched) => {
    const device = new DeviceView(watched.page);
    await device.root.getByLabel("Step by step").check();
    await device.press("Play section 11.1");
    for (const count of [1, 2]) {
      await device.root.getByRole("button", { name: "Step", exact: true }).and(watched.page.locator(":enabled")).click();
      await device.messages.nth(count - 1).waitFor();
    }
    await device.dialog.getByRole("button", { name: "Yes" }).click();
    assert.equal(await device.messages.count(), 2);
    await device.press("Run on");
    await device.over();
    assert.equal((await watched.wire()).length, 4);
  });
});

test("MD5 over WBXML: the challenge comes first, and the two steps stay two", async () => {
  await bench.with("device", {}, async (watched) => {
    const device = new DeviceView(watched.page);
    await device.schemes("md5");
    await device.root.getByLabel("Encoding").selectOption({ label: "WBXML" });
    await device.press("Play section 11.2");
    await device.dialog.getByRole("button", { name: "OK" }).click();
    await device.over();
    const texts = [];
    for (const button of await device.messages.all()) {
      await button.click();
      texts.push(said(await device.reading("XML")));
    }
    const asks = texts.findIndex((commands) => commands.includes("Get ./antivirus_data/version"));
    assert.ok(asks > 0 && !texts[asks]?.includes("Replace ./antivirus_data/defs"));
    assert.ok(texts[asks + 2]?.includes("Replace ./antivirus_data/defs"));
    await holds(device, "Definitions of spring", FACTORY);
  });
});

test("aborted between the steps, the second does not come", async () => {
  await bench.with("device", {}, async (watched) => {
    const device = new DeviceView(watched.page);
    await device.press("Play section 11.2");
    await device.dialog.waitFor();
    await watched.page.keyboard.press("Escape");
    await device.over();
    await device.press("Play section 11.2");
    await device.dialog.waitFor();
    await device.dialog.getByRole("button", { name: "Abort the session" }).click();
    await device.over();
    await holds(device, FACTORY, undefined);
  });
});
