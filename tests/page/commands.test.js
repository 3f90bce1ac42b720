/** What a server can ask of a device and what a device can tell, composed in the page and played by both engines. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Bench, DeviceView } from "./browser.js";

/** @import { Locator } from "playwright-core" */

/** @type {Bench} */
let bench;
before(async () => {
  bench = await Bench.start();
});
after(() => bench.stop());

const TYPE = "urn:oma:at:ext-marram:restart:1.0";

/** The composer, by the numbers of its commands. */
class Composer {
  /** @param {DeviceView} device */
  constructor(device) {
    this.device = device;
    this.root = device.root.locator("omadm-composer");
  }

  /** @param {string} number such as `2.1` @returns {Locator} */
  command(number) {
    return this.root.getByRole("group", { name: `Command ${number}`, exact: true });
  }

  /** @param {string} number @param {string} type @param {Record<string, string>} [fields] */
  async set(number, type, fields = {}) {
    const group = this.command(number);
    await group.getByLabel(`Command ${number}`, { exact: true }).and(this.root.locator("select")).selectOption(type);
    for (const [label, value] of Object.entries(fields)) {
      const field = group.getByLabel(label, { exact: true });
      if (await field.evaluate((element) => element instanceof HTMLSelectElement)) await field.selectOption(value);
      else await field.fill(value);
    }
  }

  /** @param {string} [to] a group, such as `Atomic 1` */
  add(to) {
    return this.root.getByRole("button", { name: to === undefined ? "Add a command" : `Add a command to ${to}`, exact: true }).click();
  }

  queue() {
    return this.root.getByRole("button", { name: "Queue at the server" }).click();
  }

  /** What became of the commands, one line each. */
  async standing() {
    const rows = this.device.root.locator("omadm-queue li");
    return (await rows.all()).length === 0 ? [] : (await rows.allInnerTexts()).map((text) => text.replaceAll(/\s+/g, " "));
  }
}

/** @param {DeviceView} device */
async function start(device) {
  await device.press("Start session");
  await device.press("Run on");
}

test("Atomic, Copy, Sequence and Get: composed, queued, executed, answered", async () => {
  await bench.with("device", {}, async (watched) => {
    const device = new DeviceView(watched.page);
    const composer = new Composer(device);
    await device.register();
    await composer.set("1", "atomic");
    await composer.add("Atomic 1");
    await composer.set("1.1", "replace", { Node: "./DevDetail/SwV", Value: "5.0.0" });
    await composer.add("Atomic 1");
    await composer.set("1.2", "add", { Node: "./Note", Value: "one & two" });
    await composer.add();
    await composer.set("2", "copy", { From: "./Note", To: "./Second" });
    await composer.add();
    await composer.set("3", "sequence");
    await composer.add("Sequence 3");
    await composer.set("3.1", "delete", { "Nodes, one a line": "./Note" });
    await composer.add("Sequence 3");
    await composer.set("3.2", "get", { "Nodes, one a line": "./Second\n./Note" });
    await watched.shoot("commands-composed");
    assert.deepEqual(await watched.axe(), []);
    await composer.queue();
    await device.root.locator("omadm-queue li").nth(2).waitFor();
    assert.deepEqual((await composer.standing()).map((line) => / queued Take back$/.test(line)), [true, true, true]);
    await start(device);
    await device.over();
    const [atomic = "", copy = "", sequence = ""] = await composer.standing();
    assert.match(atomic, /^Atomic \(Replace \.\/DevDetail\/SwV, Add \.\/Note\) answered .*1 done \(200\) \.\/DevDetail\/SwV 2 done \(200\) \.\/Note/);
    assert.match(copy, /^Copy \.\/Note to \.\/Second answered done \(200\)/);
    assert.match(sequence, /1 done \(200\) \.\/Note/);
    assert.match(sequence, /2 no such node \(404\) \.\/Note/);
    assert.match(sequence, /2 \.\/Second one & two/);
    await device.node("SwV").getByText("replaced", { exact: true }).waitFor();
    const wire = (await watched.wire()).join("");
    assert.match(wire, /<Atomic>.*<Replace>.*<Add>.*<\/Atomic>.*<Copy>.*<Sequence>.*<Delete>.*<Get>.*<\/Sequence>/s);
    assert.deepEqual(await watched.axe(), []);
    await device.press("Clear what has ended");
    assert.deepEqual(await composer.standing(), []);
  });
});

test("an Atomic that fails is rolled back, and each of its commands says so", async () => {
  await bench.with("device", {}, async ({ page }) => {
    const device = new DeviceView(page);
    const composer = new Composer(device);
    await device.register();
    await composer.set("1", "atomic");
    await composer.add("Atomic 1");
    await composer.set("1.1", "replace", { Node: "./DevDetail/SwV", Value: "5.0.0" });
    await composer.add("Atomic 1");
    await composer.set("1.2", "replace", { Node: "./Absent", Value: "x" });
    await composer.queue();
    await start(device);
    await device.over();
    const [line = ""] = await composer.standing();
    assert.match(line, /the Atomic failed \(507\).*1 rolled back \(216\).*2 no such node \(404\)/);
    assert.deepEqual(await device.node("SwV").getByText("4.2.0").count(), 1);
  });
});

test("what the composer or the server does not take is said in words, and nothing is queued", async () => {
  await bench.with("device", { expectErrors: true }, async ({ page }) => {
    const device = new DeviceView(page);
    const composer = new Composer(device);
    const problem = composer.root.getByRole("alert");
    await composer.set("1", "get", { "Nodes, one a line": " " });
    await composer.queue();
    await problem.getByText("Get names no node").waitFor();
    await composer.set("1", "sequence");
    await composer.queue();
    await problem.getByText("Sequence holds no command").waitFor();
    await composer.set("1", "add", { Node: "./X", Format: "bin", "Value (hex)": "0" });
    await composer.queue();
    await problem.getByText(/hex digits/).waitFor();
    await device.register();
    await composer.set("1", "replace", { Node: "./a//b", Format: "chr" });
    await composer.queue();
    await problem.getByText(/HTTP 400.*command 0/).waitFor();
    assert.deepEqual(await composer.standing(), []);
    await device.fill("Device id", "IMEI:353918057236416");
    await composer.set("1", "get", { "Nodes, one a line": "./DevInfo" });
    await composer.queue();
    await problem.getByText(/no such device/).waitFor();
  });
});

test("a command is taken back before it is sent", async () => {
  await bench.with("device", {}, async (watched) => {
    const device = new DeviceView(watched.page);
    const composer = new Composer(device);
    await device.register();
    await composer.queue();
    await device.press("Take back");
    await device.root.locator("omadm-queue li").waitFor({ state: "detached" });
    await start(device);
    await device.over();
    assert.doesNotMatch((await watched.wire()).join(""), /<Get>/);
  });
});

test("an Exec that goes on: 202, and later the alert with its Correlator and the server's verdict", async () => {
  await bench.with("device", {}, async (watched) => {
    const device = new DeviceView(watched.page);
    const composer = new Composer(device);
    const alert = device.root.locator("omadm-alert");
    await device.root.getByLabel("What it says of them").selectOption("202");
    await device.register();
    await composer.set("1", "exec", { Node: "./Unit/Restart", Correlator: "restart-7" });
    await composer.queue();
    await start(device);
    await device.dialog.getByText("Correlator restart-7").waitFor();
    await device.dialog.getByRole("button", { name: "Goes on" }).click();
    await device.over();
    await device.rows.getByText("goes on (202)", { exact: true }).waitFor();
    assert.match((await composer.standing())[0] ?? "", /accepted for processing \(202\)/);

    assert.equal(await alert.getByLabel("Correlator").inputValue(), "restart-7");
    assert.equal(await alert.getByLabel("Source").inputValue(), "./Unit/Restart");
    await alert.getByLabel("Mark").selectOption("informational");
    await alert.getByLabel("Data").fill("restarted");
    await alert.getByRole("button", { name: "Raise alert" }).click();
    await alert.getByRole("listitem").getByText(TYPE).waitFor();
    assert.deepEqual(await watched.axe(), []);
    await start(device);
    await device.over();
    const told = await device.rows.allInnerTexts();
    const row = (/** @type {RegExp} */ pattern) => told.map((text) => text.replaceAll(/\s+/g, " ")).find((text) => pattern.test(text)) ?? assert.fail(told.join("\n"));
    row(/raises 1226 .*restart:1\.0 from \.\/Unit\/Restart, informational, Correlator restart-7/);
    row(/At the server: generic alert: .*from \.\/Unit\/Restart, Correlator restart-7 alert 1226/);
    row(/alert taken .*accepted for processing \(202\)/);
    const first = (await watched.wire()).find((xml) => xml.includes("<Data>1226</Data>")) ?? "";
    assert.match(first, /<Correlator>restart-7<\/Correlator>/);
    assert.match(first, /<Mark[^>]*>informational<\/Mark>/);
    assert.equal(await alert.getByRole("listitem").count(), 0);
    await watched.shoot("alert-answered");
  });
});

test("alerts while a session goes on: a Client Event is taken, a type that nobody handles is refused", async () => {
  await bench.with("device", {}, async ({ page }) => {
    const device = new DeviceView(page);
    const alert = device.root.locator("omadm-alert");
    await device.register();
    await device.queue(bench.url, [{ type: "get", uri: "./DevInfo/Man" }]);
    await device.press("Start session");
    await device.press("Step");
    await device.press("Step");
    await device.messages.nth(1).waitFor();
    await alert.getByLabel("Alert", { exact: true }).and(alert.locator("select")).selectOption("1224");
    await alert.getByLabel("Type").fill("com.example/Login");
    await alert.getByRole("button", { name: "Raise alert" }).click();
    await alert.getByLabel("Alert", { exact: true }).and(alert.locator("select")).selectOption("1226");
    await alert.getByLabel("Type").fill("urn:oma:at:other:1.0");
    await alert.getByRole("button", { name: "Raise alert" }).click();
    await device.press("Run on");
    await device.over();
    const told = (await device.rows.allInnerTexts()).map((text) => text.replaceAll(/\s+/g, " "));
    assert.ok(told.some((text) => /alert taken com\.example\/Login: done \(200\)/.test(text)), told.join("\n"));
    assert.ok(told.some((text) => /alert refused urn:oma:at:other:1\.0: format or type not supported \(415\)/.test(text)), told.join("\n"));
  });
});

test("an alert that no session could carry is refused in words, and one that stays without an answer is said to", async () => {
  await bench.with("device", {}, async ({ page }) => {
    const device = new DeviceView(page);
    const alert = device.root.locator("omadm-alert");
    const raise = alert.getByRole("button", { name: "Raise alert" });
    await device.root.getByLabel("Version").selectOption("1.1");
    await raise.click();
    await alert.getByRole("alert").getByText(/DM 1\.1/).waitFor();
    await device.root.getByLabel("Version").selectOption("1.3");
    await alert.getByLabel("Source").fill("./a//b");
    await raise.click();
    await alert.getByRole("alert").getByText(/no URI of a node/).waitFor();
    await alert.getByLabel("Source").fill("");
    await raise.click();
    assert.equal(await alert.getByRole("alert").count(), 0);
    await raise.click();
    await alert.getByRole("button", { name: "Take back" }).first().click();
    assert.equal(await alert.getByRole("listitem").count(), 1);
    await device.press("Start session");
    await device.press("Abort");
    await device.over();
    await device.rows.getByText("alert unanswered", { exact: true }).waitFor();
    await device.rows.getByText("by the device: stopped at the console").waitFor();
  });
});

test("package 1 tells what has changed since, and holds the objects that the notification asks for", async () => {
  await bench.with("device", {}, async (watched) => {
    const device = new DeviceView(watched.page);
    await device.root.getByLabel("Package 1 tells what has changed").check();
    await device.register();
    for (const _ of [1, 2]) {
      await start(device);
      await device.over();
    }
    await device.rows.getByText("tree unchanged", { exact: true }).waitFor();
    await device.node("SwV").click();
    await device.root.locator("omadm-node").getByLabel("Value").fill("6.1.0");
    await device.root.getByRole("button", { name: "Change the node" }).click();
    await device.node("SwV").getByText("6.1.0").waitFor();
    await device.root.getByLabel("Started by").selectOption("server");
    await device.fill("Objects that it asks for", "urn:oma:mo:ext-marram-unit:1.0");
    const before = (await watched.wire()).length;
    await start(device);
    await device.over();
    await device.rows.getByText("tree changed", { exact: true }).waitFor();
    await device.rows.getByText(/^\.\/Unit, 3 nodes$/).waitFor();
    const [first = ""] = (await watched.wire()).slice(before);
    assert.match(first, /<Data>1200<\/Data>/);
    assert.match(first, /<Data>1229<\/Data>.*<MgmtTree/s);
    assert.match(first, /<Data>1228<\/Data>/);
    assert.match((await device.messages.first().textContent()) ?? "", /Alert 1229/);
  });
});

test("the server aborts, says why in its log, and the device says who it was", async () => {
  await bench.with("device", { expectErrors: true }, async (watched) => {
    const device = new DeviceView(watched.page);
    await device.register();
    await device.queue(bench.url, [{ type: "get", uri: "./DevInfo/Man" }, { type: "get", uri: "./DevInfo/Mod" }]);
    await device.fill("Reason to abort", "the desk closes");
    await device.press("Start session");
    await device.press("Abort at the server");
    await device.root.getByRole("alert").getByText(/HTTP 409.*no session of the device goes on/).waitFor();
    await device.press("Step");
    await device.press("Step");
    await device.messages.nth(1).waitFor();
    await device.press("Abort at the server");
    await device.rows.getByText("told to abort", { exact: true }).waitFor();
    await device.press("Run on");
    await device.over();
    await device.rows.getByText("aborted by the server: the desk closes").waitFor();
    await device.rows.getByText("by the server", { exact: true }).waitFor();
    assert.ok((await watched.wire()).some((xml) => /<Alert>.*<Data>1223<\/Data>/s.test(xml)));
    await device.play("Yes");
    await device.rows.getByText("finished", { exact: true }).waitFor();
  });
});

test("the device aborts inside an Atomic: the host takes back what it wrote, and the server learns of it", async () => {
  await bench.with("device", {}, async (watched) => {
    const device = new DeviceView(watched.page);
    const composer = new Composer(device);
    await device.register();
    await composer.set("1", "atomic");
    await composer.add("Atomic 1");
    await composer.set("1.1", "replace", { Node: "./Unit/Temperature", Format: "int", Value: "35" });
    await composer.add("Atomic 1");
    await composer.set("1.2", "confirm", { Text: "So warm?" });
    await composer.queue();
    await device.root.locator("omadm-queue li").waitFor();
    await start(device);
    await device.dialog.getByText("The server writes a value of the host").waitFor();
    await device.dialog.getByRole("button", { name: "Done" }).click();
    await device.dialog.getByText("So warm?").waitFor();
    await device.dialog.getByRole("button", { name: "Abort the session" }).click();
    await device.dialog.getByText("A command failed: take the value back").waitFor();
    await device.dialog.getByText("./Unit/Temperature: “21”").waitFor();
    await device.dialog.getByRole("button", { name: "Done" }).click();
    await device.over();
    await device.rows.getByText("by the device: stopped at the console").waitFor();
    const farewell = (await watched.wire()).find((xml) => xml.includes("<Data>1223</Data>")) ?? "";
    assert.match(farewell, /<Cmd>Atomic<\/Cmd>.*?<Data>507<\/Data>/s);
    await device.node("Temperature").getByText("21", { exact: true }).waitFor();
    await device.rows.getByText("session ends", { exact: true }).waitFor();
  });
});

test("the wishes of section 10.3: how long, how many characters, hidden, offered", async () => {
  await bench.with("device", {}, async ({ page }) => {
    const device = new DeviceView(page);
    const composer = new Composer(device);
    await device.register();
    await composer.set("1", "input", { Text: "The code?", "Characters at most": "4", "Kind of text": "N", "Typing is": "P", "Shown at least, s": "1" });
    await composer.add();
    await composer.set("2", "confirm", { Text: "Restart now?", "Offered: 1 yes, 0 no": "0" });
    await composer.add();
    await composer.set("3", "choose", { Text: "Which lamp?", "Choices, one a line": "Red\nGreen", "Offered: 1, or 1-3": "2" });
    await composer.add();
    await composer.set("4", "input", { Text: "The colour?" });
    await composer.add();
    await composer.set("5", "input", { Text: "The size?", "Offered text": "XL" });
    await composer.add();
    await composer.set("6", "confirm", { Text: "Still there?", "Shown at most, s": "1" });
    await composer.queue();
    await device.root.locator("omadm-queue li").nth(5).waitFor();
    await start(device);
    const code = device.dialog.getByLabel("The code?");
    const ok = device.dialog.getByRole("button", { name: "OK" });
    assert.deepEqual([await code.getAttribute("type"), await code.getAttribute("maxlength"), await code.getAttribute("inputmode")], ["password", "4", "decimal"]);
    assert.equal(await ok.isDisabled(), true);
    await code.fill("4711");
    await ok.click();
    await device.dialog.getByText("Restart now?").waitFor();
    await page.keyboard.press("Enter");
    await device.dialog.getByText("Which lamp?").waitFor();
    assert.equal(await device.dialog.getByRole("radio", { name: "Green" }).isChecked(), true);
    await ok.click();
    await device.dialog.getByLabel("The colour?").fill("Amber");
    await page.keyboard.press("Enter");
    assert.equal(await device.dialog.getByLabel("The size?").inputValue(), "XL");
    await page.keyboard.press("Enter");
    await device.over();
    const told = (await device.rows.allInnerTexts()).filter((text) => text.includes("the user answers")).map((text) => text.replaceAll(/\s+/g, " ").trim());
    assert.deepEqual(told, ["the user answers a text that is not shown (200)", "the user answers no (304)", "the user answers Green (200)", "the user answers “Amber” (200)", "the user answers “XL” (200)", "the user answers no answer in time (408)"]);
    const standing = await composer.standing();
    assert.match(standing[0] ?? "", /done \(200\) “4711”/);
    assert.match(standing[5] ?? "", /no answer in time \(408\)/);
  });
});
