/** Objects that are plugged into the device of the page: their tree, their answers, what they do while time passes, and what they tell. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Bench, DeviceView } from "./browser.js";

/** @type {Bench} */
let bench;
before(async () => {
  bench = await Bench.start();
});
after(() => bench.stop());

const FUMO = "./FwUpdate/Firmware";
const SLOT = "./SCOMO/Software/Download/Slot";
const ALERT = "org.openmobilealliance.dm.firmwareupdate";
const FIRMWARE = "Firmware (FUMO)";
const SOFTWARE = "Software (SCOMO)";
const WINDOWS = "Like Windows";

/** @param {DeviceView} device @param {string} object @param {Record<string, string>} [options] by their labels */
async function plug(device, object, options = {}) {
  await device.root.getByLabel(object, { exact: true }).and(device.page.locator("input")).check();
  const group = device.root.getByRole("group", { name: object, exact: true });
  for (const [label, value] of Object.entries(options)) {
    const field = group.getByLabel(label, { exact: true });
    if (await field.evaluate((element) => element instanceof HTMLSelectElement)) await field.selectOption(value);
    else await field.fill(value);
    await field.blur();
  }
}

/** Holds a session from its beginning to its end. @param {DeviceView} device */
async function hold(device) {
  await device.press("Start session");
  await device.press("Run on");
  await device.over();
}

/** The rows of the timeline, each in one line. @param {DeviceView} device */
const told = async (device) => (await device.rows.allInnerTexts()).map((text) => text.replaceAll(/\s+/g, " ").trim());

/** @param {string[]} rows */
const worked = (rows) => rows.filter((text) => text.startsWith("works ")).map((text) => text.slice("works ".length));

test("an update of the firmware, composed: 202, its steps, and in the next session the Generic Alert with the Correlator", async () => {
  await bench.with("device", {}, async (watched) => {
    const device = new DeviceView(watched.page);
    const composer = device.root.locator("omadm-composer");
    await plug(device, FIRMWARE, { "New version": "3.1" });
    await device.node("State").getByText("10", { exact: true }).waitFor();
    assert.match(await device.root.getByLabel("Types of alert that it handles").inputValue(), /restart:1\.0\n.*firmwareupdate\.download\n/);
    await device.register();
    const command = (/** @type {number} */ number) => composer.getByRole("group", { name: `Command ${number}`, exact: true });
    await command(1).locator("select").first().selectOption("replace");
    await command(1).getByLabel("Node", { exact: true }).fill(`${FUMO}/DownloadAndUpdate/PkgURL`);
    await command(1).getByLabel("Value", { exact: true }).fill("https://firmware.example/3.1");
    await composer.getByRole("button", { name: "Add a command", exact: true }).click();
    await command(2).locator("select").first().selectOption("exec");
    await command(2).getByLabel("Node", { exact: true }).fill(`${FUMO}/DownloadAndUpdate`);
    await command(2).getByLabel("Correlator", { exact: true }).fill("update-9");
    await composer.getByRole("button", { name: "Queue at the server" }).click();
    await device.root.locator("omadm-queue li").nth(1).waitFor();
    await hold(device);
    const queue = device.root.locator("omadm-queue li");
    assert.match((await queue.nth(1).innerText()).replaceAll(/\s+/g, " "), /Exec \.\/FwUpdate\/Firmware\/DownloadAndUpdate.*accepted for processing \(202\)/);
    const rows = await told(device);
    assert.ok(rows.includes("the object answers goes on (202)"), rows.join("\n"));
    const states = ["“30”, downloading", "“40”, downloaded", "“50”, ready to update", "“60”, updating", "“100”, updated; ./DevDetail/FwV “3.1”"];
    assert.deepEqual(worked(rows), states.map((words) => `${FUMO}/State ${words}`));
    assert.equal(rows.at(-1), `to be told ${ALERT}.downloadandupdate from ${FUMO}, informational, Correlator update-9, in the next session`);
    await device.node("FwV").getByText("replaced", { exact: true }).waitFor();
    await device.root.locator("omadm-alert").getByRole("listitem").getByText(`${ALERT}.downloadandupdate`).waitFor();
    assert.deepEqual(await watched.axe(), []);
    await watched.shoot("plugged-update");

    const before = (await watched.wire()).length;
    await hold(device);
    const [first = ""] = (await watched.wire()).slice(before);
    assert.match(first, /<Data>1226<\/Data><Correlator>update-9<\/Correlator>/);
    const second = await told(device);
    assert.ok(second.includes(`At the server: generic alert: ${ALERT}.downloadandupdate, from ${FUMO}, Correlator update-9 alert 1226`), second.join("\n"));
    assert.ok(second.some((text) => /^alert taken .*Correlator update-9: done \(200\)$/.test(text)), second.join("\n"));
    await hold(device);
    assert.equal((await told(device)).some((text) => text.includes("1226")), false, "it is told once");
  });
});

for (const { name, object, options, address, operation, steps, last, result } of [
  {
    name: "a corrupt package, downloaded for two messages longer",
    object: FIRMWARE,
    options: { Download: "402", Duration: "2" },
    address: `${FUMO}/Download/PkgURL`,
    operation: `${FUMO}/Download`,
    steps: [`${FUMO}/State “30”, downloading`, `${FUMO}/State “20”, download failed`],
    last: "behind",
    result: "402",
  },
  {
    name: "an installation that fails",
    object: SOFTWARE,
    options: { DownloadInstall: "1405" },
    address: `${SLOT}/PkgURL`,
    operation: `${SLOT}/Operations/DownloadInstall`,
    steps: [`${SLOT}/Status “30”, downloading`, `${SLOT}/Status “50”, installing; ./SCOMO/Software/Inventory/Delivered/Slot/Status “10”, idle; ./SCOMO/Software/Inventory/Delivered/Slot/State “10”, delivered and 7 more`, `${SLOT}/Status “60”, installation failed`],
    last: "behind",
    result: "1405",
  },
  {
    name: "a Download that nobody waits for",
    object: FIRMWARE,
    options: { Download: "503" },
    address: `${FUMO}/Download/PkgURL`,
    operation: `${FUMO}/Download`,
    steps: [`${FUMO}/State “30”, downloading`, `${FUMO}/State “20”, download failed`],
    last: "within",
    result: "503",
  },
]) {
  test(`${name}: the outcome that was chosen`, async () => {
    await bench.with("device", {}, async (watched) => {
      const device = new DeviceView(watched.page);
      await plug(device, object, options);
      await device.register();
      await device.queue(bench.url, [
        { type: "replace", items: [{ uri: address, data: "https://files.example/package" }] },
        { type: "exec", uri: operation, correlator: "c-1" },
      ]);
      await hold(device);
      const rows = await told(device);
      assert.deepEqual(worked(rows), steps);
      assert.equal(rows.indexOf(`works ${steps.at(-1)}`) < rows.indexOf("finished") ? "within" : "behind", last, "of the session");
      await hold(device);
      const alert = (await watched.wire()).find((xml) => xml.includes("<Data>1226</Data>")) ?? "";
      assert.match(alert, new RegExp(`<Correlator>c-1</Correlator>.*<Mark[^>]*>warning</Mark>.*<Data>${result}</Data>`, "s"));
      assert.deepEqual(await watched.axe(), []);
    });
  });
}

test("what is chosen between two sessions holds in the next, and a Download under way is no place for another", async () => {
  await bench.with("device", {}, async ({ page }) => {
    const device = new DeviceView(page);
    await plug(device, FIRMWARE);
    await device.register();
    const exec = { type: "exec", uri: `${FUMO}/Download` };
    await device.queue(bench.url, [{ type: "replace", items: [{ uri: `${FUMO}/Download/PkgURL`, data: "https://files.example/1" }] }, exec, exec]);
    await hold(device);
    const rows = await told(device);
    assert.deepEqual(rows.filter((text) => text.startsWith("the object answers")), ["the object answers goes on (202)", "the object answers not now (405)"]);
    await plug(device, FIRMWARE, { Update: "410" });
    await device.queue(bench.url, [{ type: "exec", uri: `${FUMO}/Update` }]);
    await hold(device);
    assert.deepEqual(worked(await told(device)), [`${FUMO}/State “60”, updating`, `${FUMO}/State “80”, update failed`]);
  });
});

test("a device like one that runs Windows: every session begins with its alert, policies are held to, DM 1.1 cannot tell that the user leaves", async () => {
  await bench.with("device", {}, async (watched) => {
    const device = new DeviceView(watched.page);
    await plug(device, WINDOWS, { Reboot: "202" });
    await device.root.getByLabel("The user wants to leave").check();
    await device.node("Mod").getByText("Desk 7").waitFor();
    await device.register();
    const policy = "./Vendor/MSFT/Policy/Config/Update";
    const standing = await device.queue(bench.url, [
      { type: "add", items: [{ uri: policy, format: "node" }] },
      { type: "add", items: [{ uri: `${policy}/ActiveHoursStart`, data: "24", format: "int" }] },
      { type: "add", items: [{ uri: `${policy}/ActiveHoursEnd`, data: "9", format: "int" }] },
      { type: "exec", uri: "./Vendor/MSFT/Reboot/RebootNow" },
    ]);
    await hold(device);
    const codes = (await standing()).map((command) => /** @type {{ outcome: { code?: number }[] }} */ (/** @type {unknown} */ (command)).outcome.flatMap(({ code }) => code ?? []));
    assert.deepEqual(codes, [[200], [415], [200], [202]]);
    const rows = await told(device);
    assert.ok(rows.some((text) => text.startsWith("raises 1224 com.microsoft/MDM/LoginStatus")), rows.join("\n"));
    assert.ok(rows.some((text) => text.startsWith("alert taken com.microsoft:mdm.unenrollment.userrequest")), rows.join("\n"));
    assert.deepEqual(await watched.axe(), []);
    await watched.shoot("plugged-windows");
    await device.root.getByLabel("Version", { exact: true }).selectOption("1.1");
    await hold(device);
    const old = await told(device);
    assert.ok(old.some((text) => /^not told com\.microsoft:mdm\.unenrollment\.userrequest: DM 1\.1 has no Generic Alert$/.test(text)), old.join("\n"));
    assert.ok(old.includes("finished"), old.join("\n"));
  });
});

test("objects are pulled out again; a tree of a file stays, and takes them along", async () => {
  await bench.with("device", {}, async ({ page }) => {
    const device = new DeviceView(page);
    const box = device.root.getByLabel(FIRMWARE, { exact: true }).and(page.locator("input"));
    const types = device.root.getByLabel("Types of alert that it handles");
    const at = await types.inputValue();
    await box.check();
    await device.node("FwUpdate").waitFor();
    await box.uncheck();
    await device.node("FwUpdate").waitFor({ state: "detached" });
    assert.equal(await types.inputValue(), at);
    const ddf = `<MgmtTree><VerDTD>1.2</VerDTD><Node><NodeName>Radio</NodeName><DFProperties><AccessType><Get/></AccessType><DFFormat><node/></DFFormat><Occurrence><One/></Occurrence><DFType><DDFName/></DFType></DFProperties></Node></MgmtTree>`;
    await device.root.getByLabel("Open DDF or TNDS").setInputFiles({ name: "radio.xml", mimeType: "text/xml", buffer: Buffer.from(ddf) });
    await device.node("Radio").waitFor();
    await box.check();
    await device.node("FwUpdate").waitFor();
    await device.node("Radio").waitFor();
    await device.press("Reset device");
    await device.node("Radio").waitFor({ state: "detached" });
    await device.node("FwUpdate").waitFor();
  });
});

test("the same seed gives the same octets, another one others", async () => {
  await bench.with("device", {}, async (watched) => {
    const device = new DeviceView(watched.page);
    await device.register();
    const firsts = [];
    for (const seed of ["7", "7", "8", ""]) {
      await device.fill("Seed", seed);
      await device.press("Reset device");
      const before = (await watched.octets()).length;
      await hold(device);
      firsts.push((await watched.octets())[before]?.body.toString("utf8") ?? "");
    }
    const [one = "", two, three, four] = firsts;
    assert.match(one, /^<\?xml|^<SyncML/);
    assert.equal(one, two);
    assert.equal(new Set([one, three, four]).size, 3);
  });
});
