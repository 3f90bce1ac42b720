/** The view that reads messages. */
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

/** @param {Page} page */
const partsOf = (page) => {
  const root = page.locator("omadm-inspect");
  return { root, area: root.getByRole("textbox"), state: root.getByRole("status"), message: root.locator("omadm-message"), problem: root.locator("omadm-problem") };
};

/** @param {string} body @param {string} [header] */
const syncml = (body, header = "") =>
  `<SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>77</SessionID><MsgID>3</MsgID>` +
  `<Target><LocURI>https://desk.example/dm</LocURI></Target><Source><LocURI>IMEI:490154203237518</LocURI></Source>${header}</SyncHdr>` +
  `<SyncBody>${body}<Final/></SyncBody></SyncML>`;

test("a pasted message is decoded while it is typed", async () => {
  await bench.with("inspect", {}, async ({ page }) => {
    const { area, state, message } = partsOf(page);
    await area.fill(syncml("<Get><CmdID>9</CmdID><Item><Target><LocURI>./DevDetail/Ärger</LocURI></Target></Item></Get>"));
    assert.match((await state.textContent()) ?? "", /Get \.\/DevDetail\/Ärger/);
    for (const fact of ["IMEI:490154203237518", "https://desk.example/dm", "77", "3, final"]) await message.getByText(fact, { exact: true }).waitFor();
    await message.getByRole("treeitem", { name: /Get.*CmdID 9/ }).waitFor();
    await area.fill(syncml('<Status><CmdID>1</CmdID><MsgRef>2</MsgRef><CmdRef>5</CmdRef><Cmd>Replace</Cmd><Data>404</Data></Status>'));
    await message.getByRole("treeitem", { name: /Status 404 no such node/ }).waitFor();
    await message.getByRole("radio", { name: "JSON" }).check();
    const json = JSON.parse((await message.getByRole("region", { name: "JSON" }).textContent()) ?? "");
    assert.equal(json.commands[0].code, 404);
    await message.getByRole("radio", { name: "XML", exact: true }).check();
    const xml = (await message.getByRole("region", { name: "XML" }).textContent()) ?? "";
    assert.match(xml, /\n\s+<Status>\n/);
    await area.fill("");
    assert.match((await state.textContent()) ?? "", /Waiting/);
  });
});

test("what a message says is text, never markup", async () => {
  await bench.with("inspect", {}, async ({ page }) => {
    const { area, message } = partsOf(page);
    const hostile = "&lt;img src=x onerror=alert(1)>";
    await area.fill(syncml(`<Get><CmdID>1</CmdID><Item><Target><LocURI>./a</LocURI></Target><Data>${hostile}</Data></Item></Get>`));
    await message.getByText("<img src=x onerror=alert(1)>").waitFor();
    assert.equal(await page.locator("img").count(), 0);
  });
});

test("an error names its place in characters, and leads there", async () => {
  await bench.with("inspect", {}, async ({ page }) => {
    const { area, state, problem } = partsOf(page);
    // Before the fault stand characters of two, three and four octets: an octet offset taken for an index would miss it.
    const text = syncml("\n<Get><CmdID>1</CmdID><Item><Target><LocURI>./é€𝄞</LocURI></Target><Data>\n a & b</Data></Item></Get>");
    await area.fill(text);
    await problem.waitFor();
    assert.equal(await area.getAttribute("aria-invalid"), "true");
    assert.match((await state.textContent()) ?? "", /Not readable\s*line 3, column [34]/);
    assert.match(await textOf(problem), new RegExp(`octet ${Buffer.byteLength(text.slice(0, text.indexOf("& b")))}|octet ${Buffer.byteLength(text.slice(0, text.indexOf("& b") + 1))}`));
    assert.equal((await problem.locator("dd").filter({ hasText: "SyncBody/Get" }).count()), 1);
    assert.doesNotMatch((await problem.locator(".message").textContent()) ?? "at byte", /at byte|SyncBody|`/);
    const mark = (await problem.locator("mark").textContent()) ?? "";
    await problem.getByRole("button", { name: "Go to the place" }).click();
    const found = await area.evaluate((element) => {
      const field = /** @type {HTMLTextAreaElement} */ (element);
      const root = /** @type {ShadowRoot} */ (field.getRootNode());
      return { start: field.selectionStart, text: field.value.slice(field.selectionStart, field.selectionEnd), focused: root.activeElement === field };
    });
    assert.equal(found.text, mark);
    assert.ok([text.indexOf("& b"), text.indexOf("& b") + 1].includes(found.start));
    assert.ok(found.focused);
    await area.fill(text.slice(0, 200));
    await problem.getByText("truncated", { exact: true }).waitFor();
  });
});

test("credentials are hidden until asked for", async () => {
  await bench.with("inspect", {}, async ({ page }) => {
    const { area, message, state } = partsOf(page);
    const secret = Buffer.from("nobody:guesses").toString("base64");
    const cred = `<Cred><Meta><Format xmlns="syncml:metinf">b64</Format><Type xmlns="syncml:metinf">syncml:auth-basic</Type></Meta><Data>${secret}</Data></Cred>`;
    await area.fill(syncml("<Alert><CmdID>1</CmdID><Data>1201</Data></Alert>", cred));
    const forms = ["Decoded", "XML", "JSON", "Wire"];
    for (const form of forms) {
      await message.getByRole("radio", { name: form, exact: true }).check();
      assert.doesNotMatch((await textOf(message)) + (await textOf(state)), new RegExp(secret), form);
    }
    await message.getByRole("button", { name: "Show credentials" }).click();
    for (const form of forms) {
      await message.getByRole("radio", { name: form, exact: true }).check();
      assert.match(await textOf(message), new RegExp(secret), form);
    }
  });
});

test("every example does what its name says", async () => {
  await bench.with("inspect", {}, async ({ page }) => {
    const { root, area, state, problem } = partsOf(page);
    /** @type {[string, RegExp][]} */
    const examples = [
      ["Session start", /Alert 1201 · Replace \.\/DevInfo \(5\)/],
      ["Commands", /Sequence \(Alert 1101, Replace \.\/settings\/wap_settings\/CNN\) · Get/],
      ["Answers", /Status 304 · Status 215.*Results/],
      ["Broken", /Not readable/],
    ];
    for (const [name, expected] of examples) {
      await root.getByRole("button", { name, exact: true }).click();
      assert.match((await state.textContent()) ?? "", expected);
      assert.match(await area.inputValue(), /^<SyncML/);
    }
    assert.equal(await problem.locator("mark").textContent(), "&");
  });
});

test("a file can be opened; one that is no text is refused in words", async () => {
  await bench.with("inspect", {}, async ({ page }) => {
    const { root, state, problem } = partsOf(page);
    const file = root.getByLabel("Open file");
    await file.setInputFiles({ name: "a.xml", mimeType: "text/xml", buffer: Buffer.from(syncml("<Alert><CmdID>1</CmdID><Data>1222</Data></Alert>")) });
    await state.getByText("Alert 1222").waitFor();
    await file.setInputFiles({ name: "b.bin", mimeType: "application/octet-stream", buffer: Buffer.from([0x02, 0xff, 0xfe]) });
    await problem.getByText("b.bin is not UTF-8 text").waitFor();
  });
});

test("the tree of commands is walked with the keyboard", async () => {
  await bench.with("inspect", {}, async ({ page }) => {
    const { root, message } = partsOf(page);
    await root.getByRole("button", { name: "Commands", exact: true }).click();
    const sequence = message.getByRole("treeitem", { name: /^Sequence/ });
    await message.getByRole("treeitem", { name: /^Status/ }).focus();
    assert.equal(await message.locator('[role="treeitem"][tabindex="0"]').count(), 1);
    await page.keyboard.press("End");
    await page.keyboard.press("Home");
    while (!(await sequence.evaluate((item) => /** @type {ShadowRoot} */ (item.getRootNode()).activeElement === item))) await page.keyboard.press("ArrowDown");
    assert.equal(await sequence.getAttribute("aria-expanded"), "true");
    await page.keyboard.press("ArrowLeft");
    assert.equal(await sequence.getAttribute("aria-expanded"), "false");
    assert.equal(await message.getByRole("treeitem", { name: /^Alert/ }).count(), 0);
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    const alert = message.getByRole("treeitem", { name: /^Alert/ });
    assert.ok(await alert.evaluate((item) => /** @type {ShadowRoot} */ (item.getRootNode()).activeElement === item));
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    assert.ok(await sequence.evaluate((item) => /** @type {ShadowRoot} */ (item.getRootNode()).activeElement === item));
  });
});
