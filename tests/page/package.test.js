/** Packages of DM 2.0 and data of its objects in the view that reads messages. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Bench, textOf } from "./browser.js";

/** @import { Page } from "playwright-core" */

/** @type {Bench} */
let bench;
before(async () => {
  bench = await Bench.start();
});
after(() => bench.stop());

const PUMP = "urn:oma:mo:ext-acme-pump:1.0";

/** @param {Page} page */
const partsOf = (page) => {
  const root = page.locator("omadm-inspect");
  const shown = root.locator("omadm-package");
  return {
    root,
    area: root.getByRole("textbox"),
    state: root.locator("#input-state"),
    shown,
    capture: root.locator("omadm-capture"),
    /** @param {string} name */
    async as(name) {
      await shown.getByRole("radio", { name, exact: true }).check();
      return shown.getByRole("region", { name, exact: true });
    },
  };
};

const REQUEST = {
  SessionInfo: { SessionID: "7F", PkgSeq: 2, AcceptMO: "application/vnd.oma.dm.mo+json" },
  Cmds: [{ GET: [`${PUMP}/north/Mode`] }, { HPUT: ["https://a.example/in", `${PUMP}//`] }, { END: [] }],
  Results: [{ Code: 200 }],
};

test("a package of the draft dialect is decoded, and said in the approved one with what that has no place for", async () => {
  await bench.with("inspect", {}, async ({ page }) => {
    const { area, state, shown, as, capture } = partsOf(page);
    await area.fill(JSON.stringify(REQUEST));
    assert.match((await state.textContent()) ?? "", /DM 2\.0, draft dialect\s*Package 2: verdict 200 · GET urn:oma:mo:ext-acme-pump:1\.0\/north\/Mode · HPUT https:\/\/a\.example\/in · END/);
    for (const fact of ["Package 2", "draft", "7F", "2", "application/vnd.oma.dm.mo+json"]) await shown.getByText(fact, { exact: true }).waitFor();
    await shown.getByRole("treeitem", { name: /^HPUT https:\/\/a\.example\/in/ }).waitFor();
    await shown.getByRole("treeitem", { name: /^Alert 1 200 done/ }).waitFor();
    assert.deepEqual(JSON.parse((await (await as("Draft")).textContent()) ?? ""), REQUEST);
    assert.equal(await shown.getByRole("list", { name: "What is not the same" }).count(), 0);
    const approved = await as("Approved");
    assert.deepEqual(JSON.parse((await approved.textContent()) ?? ""), { CMD: [["GET", `${PUMP}/north/Mode`], ["HPUT", "https://a.example/in", `${PUMP}//`], ["END"]] });
    const told = await textOf(shown.getByRole("list", { name: "What is not the same" }));
    assert.match(told, /SessionID 7F and PkgSeq 2 are left out/);
    assert.match(told, /1 verdict on alerts left out/);
    await shown.getByText("omadm-accept: application/vnd.oma.dm.mo+json").waitFor();
    assert.equal(JSON.parse((await (await as("JSON")).textContent()) ?? "").package.commands[0].uri, `${PUMP}/north/Mode`);
    await capture.getByRole("treeitem", { name: /^SessionInfo/ }).waitFor();
  });
});

test("a package of the approved dialect is said in the draft one, and what is made up for it is told", async () => {
  await bench.with("inspect", {}, async ({ page }) => {
    const { area, state, shown, as } = partsOf(page);
    const alert = { AlertType: "urn:oma:at:dm:2.0:ServerInitiatedMgmt", DataType: "int", Data: { NotificationID: 42 } };
    await area.fill(JSON.stringify({ MOS: [{ MOID: PUMP, MIID: ["north"] }], Alert: [alert] }));
    assert.match((await state.textContent()) ?? "", /approved dialect\s*Package 1: asked for by the server, notification 42 · 1 object/);
    const draft = JSON.parse((await (await as("Draft")).textContent()) ?? "");
    assert.deepEqual(draft.MOS, [{ MOID: PUMP, Path: ["/north/"] }]);
    const told = await textOf(shown.getByRole("list", { name: "What is not the same" }));
    assert.match(told, /SessionID 1 and PkgSeq 1 are made up/);
    assert.match(told, /The number of the notification, 42, is left out/);
    assert.match(told, /DevID “unknown” is made up/);
  });
});

test("what one dialect has no place for at all is told where it stands", async () => {
  await bench.with("inspect", {}, async ({ page }) => {
    const { area, shown } = partsOf(page);
    const SessionInfo = { DevID: "IMEI:1", SessionID: "7", PkgSeq: 1, ReasonForSession: 1201 };
    await area.fill(JSON.stringify({ SessionInfo, Alerts: [{ Code: 1224, Item: { Type: "k" } }] }));
    await shown.getByRole("radio", { name: "Approved" }).check();
    await shown.getByText("Not in the approved dialect").waitFor();
    assert.match(await textOf(shown.getByRole("note")), /an alert that is none of the approved dialect\s+Where: package\s+Expected: a Generic Alert with a type/);
    assert.equal(await shown.getByRole("region").count(), 0);
    assert.equal(await shown.getByRole("button", { name: "Copy Approved" }).count(), 0);
  });
});

test("data of objects are read in both dialects, and secrets stay hidden in all forms until asked for", async () => {
  await bench.with("inspect", {}, async ({ page }) => {
    const { root, area, state, shown, as, capture } = partsOf(page);
    const secret = "pst-Marram-19";
    const account = { ClientURI: "urn:oma:mo:oma-dm-dmacc:2.0/a/Auth", MOData: { Auth: { Noti: { Type: 2, Secret: secret, Data: secret }, Name: "seen" } } };
    await area.fill(JSON.stringify([account, { ClientURI: "urn:oma:mo:w:1.0/x/AppAuth/AAuthSecret", MOData: { AAuthSecret: secret } }]));
    assert.match((await state.textContent()) ?? "", /Data of objects, approved dialect\s*2 items/);
    for (const form of ["Draft", "Approved", "JSON", "Wire"]) {
      const text = (await (await as(form)).textContent()) ?? "";
      assert.ok(!text.includes(secret), form);
      assert.ok(text.includes("seen"), form);
    }
    await shown.getByRole("radio", { name: "Decoded" }).check();
    assert.ok(!(await textOf(shown)).includes(secret));
    assert.ok(!(await textOf(capture)).includes(secret));
    await shown.getByRole("button", { name: "Show secrets" }).click();
    assert.ok((await textOf(shown)).includes(secret));
    assert.equal(((await (await as("Draft")).textContent()) ?? "").split(secret).length, 4);
    await area.fill(JSON.stringify([{ URI: "urn:oma:mo:w:1.0/AppAuth/AAuthSecret", MO: secret }]));
    await shown.getByRole("button", { name: "Hide secrets" }).click();
    for (const form of ["Draft", "Approved", "JSON", "Wire"]) assert.ok(!((await (await as(form)).textContent()) ?? "").includes(secret), form);
    assert.ok(!(await textOf(root)).includes(secret));
  });
});

test("a broken package shows what could be read of it, and where it ends", async () => {
  await bench.with("inspect", {}, async ({ page }) => {
    const { root, area, capture } = partsOf(page);
    await area.fill(JSON.stringify(REQUEST).slice(0, 120));
    await root.locator("omadm-problem").waitFor();
    await capture.getByRole("treeitem", { name: /^SessionID 7F/ }).waitFor();
  });
});

for (const scheme of /** @type {const} */ (["light", "dark"])) {
  test(`a package is readable in ${scheme} colours`, async () => {
    await bench.with("inspect", { colorScheme: scheme }, async (watched) => {
      const { root, as } = partsOf(watched.page);
      await root.getByRole("button", { name: "DM 2.0", exact: true }).click();
      await watched.shoot(`package-decoded-${scheme}`);
      assert.deepEqual(await watched.axe(), []);
      await as("Approved");
      await watched.shoot(`package-approved-${scheme}`);
      assert.deepEqual(await watched.axe(), []);
    });
  });
}
