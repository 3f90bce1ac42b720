/** The view that reads messages. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Bench, textOf } from "./browser.js";

/** @import { Locator, Page } from "playwright-core" */

/** @type {Bench} */
let bench;
before(async () => {
  bench = await Bench.start();
});
after(() => bench.stop());

/** @param {Page} page */
const partsOf = (page) => {
  const root = page.locator("omadm-inspect");
  return {
    root,
    area: root.getByRole("textbox"),
    state: root.locator("#input-state"),
    foot: root.locator(".foot"),
    message: root.locator("omadm-message"),
    problem: root.locator("omadm-problem"),
    capture: root.locator("omadm-capture"),
  };
};

/**
 * What is to be read in a part of the page, and in the hex that stands there in rows.
 * @param {Locator} part
 */
async function seenIn(part) {
  const text = await textOf(part);
  const rows = (text.match(/(?:[0-9a-f]{2} )+[0-9a-f]{2}/g) ?? []).join(" ");
  const cells = (await part.locator("[data-at]").allTextContents()).map((cell) => cell.trim()).join(" ");
  return [text, rows, cells].map((hex, at) => (at === 0 ? hex : Buffer.from(hex.replaceAll(/[^0-9a-f]/g, ""), "hex").toString("latin1"))).join("\n");
}

/** A Replace of octets and of a text, as WBXML: written by hand from the token tables. */
const MESSAGE = Buffer.from(
  "02a4016a00" + "6d" + // WBXML 1.2, -//SYNCML//DTD SyncML 1.2//EN, UTF-8, no string table; SyncML
    "6c7103312e3200017203444d2f312e3200016503310001" + "5b0331000" + "16e57037400010167570373000101" + "01" + // SyncHdr
    "6b" + "604b0332000154" + "6e57032e2f61000101" + "4fc30301020301" + "01" + // SyncBody, Replace, ./a with three octets
    "54" + "6e57032e2f62000101" + "4f03746578740001" + "01" + "01" + "12" + "01" + "01", // ./b with a text; Final
  "hex",
);

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
    const { area, capture, message, state } = partsOf(page);
    const secret = Buffer.from("nobody:guesses").toString("base64");
    const cred = `<Cred><Meta><Format xmlns="syncml:metinf">b64</Format><Type xmlns="syncml:metinf">syncml:auth-basic</Type></Meta><Data>${secret}</Data></Cred>`;
    await area.fill(syncml("<Alert><CmdID>1</CmdID><Data>1201</Data></Alert>", cred));
    const forms = ["Decoded", "XML", "WBXML", "JSON", "Wire"];
    const hidden = async () => {
      for (const form of forms) {
        await message.getByRole("radio", { name: form, exact: true }).check();
        assert.doesNotMatch((await seenIn(message)) + (await textOf(state)), new RegExp(secret), form);
      }
      assert.doesNotMatch(await seenIn(capture), new RegExp(secret));
    };
    const shown = async () => {
      await message.getByRole("button", { name: "Show credentials" }).click();
      for (const form of forms) {
        await message.getByRole("radio", { name: form, exact: true }).check();
        assert.match(await seenIn(message), new RegExp(secret), form);
      }
      await capture.getByRole("button", { name: "Show credentials" }).click();
      assert.match(await seenIn(capture), new RegExp(secret));
    };
    await hidden();
    await shown();
    // The same in WBXML.
    await message.getByRole("radio", { name: "WBXML", exact: true }).check();
    const wbxml = (await message.getByRole("region", { name: "WBXML" }).textContent()) ?? "";
    await message.getByRole("button", { name: "Hide credentials" }).click();
    await area.fill(wbxml);
    assert.match((await state.textContent()) ?? "", /SyncML, WBXML/);
    await hidden();
    await shown();
    // And in what is left of it when it ends too early.
    await area.fill(wbxml.split("\n").slice(0, -1).join("\n"));
    await capture.waitFor();
    assert.doesNotMatch(await seenIn(capture), new RegExp(secret));
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
      ["WBXML", /SyncML, WBXML.*Sequence \(Alert 1101, Replace \.\/settings\/wap_settings\/CNN\) · Get/],
      ["Cut off", /Not readable\s*octet 320 \(0x140\)/],
      ["Broken", /Not readable/],
    ];
    for (const [name, expected] of examples) {
      await root.getByRole("button", { name, exact: true }).click();
      assert.match((await state.textContent()) ?? "", expected);
      assert.match(await area.inputValue(), /WBXML|Cut off/.test(name) ? /^02 a4 01 6a 00 6d 6c 71/ : /^<SyncML/);
    }
    assert.equal(await problem.locator("mark").textContent(), "&");
  });
});

test("a file can be opened, of text and of octets", async () => {
  await bench.with("inspect", {}, async ({ page }) => {
    const { root, area, foot, state, problem } = partsOf(page);
    const file = root.getByLabel("Open file");
    await file.setInputFiles({ name: "a.xml", mimeType: "text/xml", buffer: Buffer.from(syncml("<Alert><CmdID>1</CmdID><Data>1222</Data></Alert>")) });
    await state.getByText("Alert 1222").waitFor();
    await file.setInputFiles({ name: "b.bin", mimeType: "application/octet-stream", buffer: MESSAGE });
    await state.getByText("Replace . (2)").waitFor();
    assert.match((await foot.textContent()) ?? "", /b\.bin as hex, 97 octets, WBXML 1\.2, public identifier 0x1201, no string table/);
    await file.setInputFiles({ name: "c.bin", mimeType: "application/octet-stream", buffer: Buffer.from([0x02, 0xff, 0xfe]) });
    await problem.waitFor();
    assert.equal(await area.inputValue(), "02 ff fe");
    await file.setInputFiles({ name: "d.txt", mimeType: "text/plain", buffer: Buffer.from(MESSAGE.toString("base64")) });
    await state.getByText("Replace . (2)").waitFor();
    assert.match((await foot.textContent()) ?? "", /^\s*Base64, 97 octets/);
    await file.setInputFiles({ name: "e.bin", mimeType: "application/octet-stream", buffer: Buffer.alloc(9_000_000) });
    await problem.getByText("e.bin has 9,000,000 octets, more than any document").waitFor();
  });
});

test("WBXML is read from hex, dumps and base64, and what it was taken for is said", async () => {
  await bench.with("inspect", {}, async ({ page }) => {
    const { area, foot, message, state } = partsOf(page);
    const digits = [...MESSAGE].map((octet) => octet.toString(16).padStart(2, "0"));
    const rows = [];
    for (let at = 0; at < digits.length; at += 16) rows.push(digits.slice(at, at + 16));
    const characters = (/** @type {number} */ at) => MESSAGE.subarray(16 * at, 16 * at + 16).toString("latin1").replaceAll(/[^ -~]/g, ".");
    const offset = (/** @type {number} */ at, /** @type {number} */ width) => (16 * at).toString(16).padStart(width, "0");
    /** @type {[string, string, string][]} */
    const forms = [
      ["Hex", "digits alone", digits.join("")],
      ["Hex", "blanks", digits.join(" ").toUpperCase()],
      ["Hex", "an array of C", `{ ${digits.map((octet) => `0x${octet}`).join(", ")} }`],
      ["Hex dump with offsets", "xxd", rows.map((row, at) => `${offset(at, 8)}: ${row.join("").replaceAll(/(.{4})(?=.)/g, "$1 ").padEnd(40)} ${characters(at)}`).join("\n")],
      ["Hex dump with offsets", "hexdump -C", rows.map((row, at) => `${offset(at, 8)}  ${`${row.slice(0, 8).join(" ")}  ${row.slice(8).join(" ")}`.padEnd(49)} |${characters(at)}|`).join("\n") + "\n00000061\n"],
      ["Hex dump with offsets", "Wireshark", rows.map((row, at) => `${offset(at, 4)}   ${row.join(" ").padEnd(47)}   ${characters(at)}`).join("\n")],
      ["Base64", "base64", MESSAGE.toString("base64").replaceAll(/.{76}/g, "$&\n")],
      ["Base64", "base64 of addresses", MESSAGE.toString("base64url")],
    ];
    for (const [kind, name, text] of forms) {
      await area.fill(text);
      assert.match((await state.textContent()) ?? "", /SyncML, WBXML\s*Replace \. \(2\)/, name);
      assert.match((await foot.textContent()) ?? "", new RegExp(`^\\s*${kind}, 97 octets, WBXML 1\\.2, public identifier 0x1201, no string table`), name);
    }
    await message.getByRole("radio", { name: "XML", exact: true }).check();
    assert.match((await message.getByRole("region", { name: "XML" }).textContent()) ?? "", /<Data>AQID<\/Data>/);
    await message.getByRole("radio", { name: "Wire" }).check();
    assert.equal((await message.getByRole("region", { name: "Wire" }).textContent())?.replaceAll(/\s/g, ""), MESSAGE.toString("hex"));
  });
});

test("a message is converted and copied, and the form of WBXML is named", async () => {
  await bench.with("inspect", { permissions: ["clipboard-read", "clipboard-write"] }, async ({ page }) => {
    const { area, message, state } = partsOf(page);
    const copied = async (/** @type {string} */ form) => {
      await message.getByRole("radio", { name: form, exact: true }).check();
      await message.getByRole("button", { name: `Copy ${form}`, exact: true }).click();
      await message.getByText("copied", { exact: true }).waitFor();
      return page.evaluate(() => navigator.clipboard.readText());
    };
    await area.fill(syncml("<Get><CmdID>9</CmdID><Item><Target><LocURI>./DevDetail/SwV</LocURI></Target></Item></Get>"));
    const hex = await copied("WBXML");
    assert.match(hex, /^02a4016a006d6c71[0-9a-f]+$/);
    await message.getByText(/^WBXML 1\.2, public identifier 0x1201, no string table, \d+ octets$/).waitFor();
    // Its public identifier in words, without the NUL behind it.
    const words = Buffer.from("-//SYNCML//DTD SyncML 1.2//EN").toString("hex");
    await area.fill(`0200006a1d${words}${hex.slice(10)}`);
    assert.match((await state.textContent()) ?? "", /SyncML, WBXML/);
    assert.equal(await copied("WBXML"), `0200006a1d${words}${hex.slice(10)}`);
    await message.getByText(/public identifier “-\/\/SYNCML\/\/DTD SyncML 1\.2\/\/EN”, which lacks its terminating NUL/).waitFor();
    const xml = await copied("XML");
    await area.fill(xml);
    assert.match((await state.textContent()) ?? "", /SyncML, XML\s*Get \.\/DevDetail\/SwV/);
    assert.equal(await copied("WBXML"), hex);
    // What WBXML has no place for.
    await area.fill(syncml('<Get><CmdID>9</CmdID><Item><Data n="1">x</Data></Item></Get>'));
    assert.match((await message.getByRole("region", { name: "WBXML" }).textContent()) ?? "", /^\[schema\] .*SyncBody\/Get/);
  });
});

test("the outline and the octets are linked both ways, by pointer and by keyboard", async () => {
  await bench.with("inspect", {}, async ({ page }) => {
    const { area, capture } = partsOf(page);
    const marked = async () => (await capture.locator('[data-at][aria-selected="true"]').evaluateAll((cells) => cells.map((cell) => Number(cell.getAttribute("data-at")))));
    const range = (/** @type {number} */ start, /** @type {number} */ end) => Array.from({ length: end - start }, (_, at) => start + at);
    const piece = (/** @type {RegExp} */ name) => capture.getByRole("treeitem", { name });
    await area.fill(MESSAGE.toString("hex"));
    assert.deepEqual(await marked(), []);
    await piece(/^VerProto DM\/1\.2 14–23$/).click();
    assert.deepEqual(await marked(), range(14, 24));
    await capture.getByText("wbxml/SyncML/SyncHdr/VerProto").waitFor();
    await page.keyboard.press("ArrowDown");
    assert.deepEqual(await marked(), range(24, 29));
    await page.keyboard.press("Home");
    assert.deepEqual(await marked(), range(0, MESSAGE.length));
    assert.equal(await capture.locator('[role="treeitem"][aria-selected="true"]').count(), 1);

    // A row is folded by its arrow or the keyboard, and opened again by what is chosen in it.
    const body = piece(/^SyncBody/);
    await body.click();
    assert.equal(await body.getAttribute("aria-expanded"), "true");
    await body.locator("svg").click();
    assert.equal(await body.getAttribute("aria-expanded"), "false");
    const at = MESSAGE.indexOf(Buffer.from([0xc3, 3, 1, 2, 3]));
    await capture.locator(`[data-at="${at}"]`).click();
    assert.equal(await body.getAttribute("aria-expanded"), "true");
    assert.deepEqual(await marked(), range(at, at + 5));
    assert.match((await capture.locator('[role="treeitem"][aria-selected="true"]').textContent()) ?? "", /#octets\s*010203/);
    const focused = () => capture.locator("[data-at]:focus").getAttribute("data-at");
    await page.keyboard.press("ArrowUp");
    assert.equal(await focused(), String(at - 16));
    await page.keyboard.press("Control+Home");
    assert.equal(await focused(), "0");
    await page.keyboard.press("ArrowLeft");
    assert.equal(await focused(), "0");
    await page.keyboard.press("ArrowRight");
    assert.deepEqual(await marked(), [1, 2]);
    assert.equal(await capture.locator('[data-at][tabindex="0"]').count(), 1);
  });
});

test("a long message is shown page by page, and each place is reached", async () => {
  await bench.with("inspect", {}, async ({ page }) => {
    const { area, capture } = partsOf(page);
    const items = Array.from({ length: 600 }, (_, at) => `<Item><Target><LocURI>./n/${at}</LocURI></Target></Item>`).join("");
    const text = syncml(`<Get><CmdID>1</CmdID>${items}</Get>`);
    await area.fill(text);
    assert.equal(await capture.locator("[data-at]").count(), 1024);
    await capture.getByRole("button", { name: "Next octets" }).click();
    await capture.locator('[data-at="1024"]').waitFor();
    const get = capture.getByRole("treeitem", { name: /^Get/ });
    assert.equal(await get.getAttribute("aria-expanded"), "true", "where an octet is chosen it is open");
    await capture.getByText("and 101 more").waitFor();
    await capture.getByRole("treeitem", { name: /^Final/ }).click();
    await capture.locator(`[data-at="${text.indexOf("<Final/>")}"]`).waitFor();
    assert.equal(await capture.locator('[data-at][aria-selected="true"]').count(), "<Final/>".length);
  });
});

test("of a capture that is cut off or broken is shown what could be read, and what stands in the way", async () => {
  await bench.with("inspect", {}, async ({ page }) => {
    const { area, state, message, problem, capture } = partsOf(page);
    const hex = MESSAGE.toString("hex");
    await area.fill(hex.slice(0, 120));
    assert.match((await state.textContent()) ?? "", /Not readable\s*octet 60 \(0x3c\)/);
    await problem.getByText("truncated", { exact: true }).waitFor();
    assert.equal(await message.count(), 0);
    await capture.getByRole("treeitem", { name: /^VerDTD 1\.2/ }).waitFor();
    await capture.getByRole("treeitem", { name: /^CmdID 2/ }).waitFor();
    assert.equal(await capture.getByRole("treeitem", { name: /^Final/ }).count(), 0);

    // A token that nothing is assigned to, in the midst.
    const at = hex.indexOf("12010", 100) / 2;
    await area.fill(`${hex.slice(0, 2 * at)}3f${hex.slice(2 * at + 2)}`);
    await problem.getByText("token", { exact: true }).waitFor();
    assert.match(await textOf(problem), new RegExp(`octet ${at} \\(0x${at.toString(16)}\\)`));
    await capture.getByRole("treeitem", { name: /^LocURI \.\/b/ }).waitFor();
    await problem.getByRole("button", { name: "Go to the place" }).click();
    assert.equal(await capture.locator(`[data-at="${at}"].bad`).count(), 1);
    const chosen = await area.evaluate((field) => {
      const { value, selectionStart, selectionEnd } = /** @type {HTMLTextAreaElement} */ (field);
      return { at: selectionStart, text: value.slice(selectionStart, selectionEnd) };
    });
    assert.deepEqual(chosen, { at: 2 * at, text: "3f" });

    await area.fill(`${hex}f`);
    assert.match((await state.textContent()) ?? "", /SyncML, WBXML/);
    await area.fill("neither this nor that");
    assert.match((await state.textContent()) ?? "", /Not readable\s*line 1, column 1/);
    await capture.getByRole("treeitem", { name: /^octets 0–20/ }).waitFor();
  });
});

test("the decoded message shows what the standard has no name for", async () => {
  await bench.with("inspect", {}, async ({ page }) => {
    const { area, message } = partsOf(page);
    const vendor = (/** @type {string} */ name) => `<v:${name} xmlns:v="urn:vendor" v:kind="k-${name}">t-${name}</v:${name}>`;
    const header = `<Meta><MaxMsgSize xmlns="syncml:metinf">5000</MaxMsgSize>${vendor("InMeta")}</Meta>${vendor("InHeader")}`;
    const item = `<Item><Target><LocURI>./a</LocURI><LocName>the name</LocName>${vendor("InTarget")}</Target><Meta><Type xmlns="syncml:metinf">text/plain</Type>${vendor("InItemMeta")}</Meta><Data unit="metre">7</Data>${vendor("InItem")}</Item>`;
    await area.fill(syncml(`<Replace><CmdID>1</CmdID>${item}${vendor("InCommand")}</Replace>`, header));
    for (const name of ["InMeta", "InHeader", "InTarget", "InItemMeta", "InItem", "InCommand"]) {
      await message.getByRole("treeitem", { name: new RegExp(`^${name} urn:vendor`) }).waitFor();
      await message.getByRole("treeitem", { name: `@{urn:vendor}kind k-${name}`, exact: true }).waitFor();
      await message.getByRole("treeitem", { name: `t-${name}`, exact: true }).waitFor();
    }
    await message.getByRole("treeitem", { name: "Target LocName the name" }).waitFor();
    await message.getByRole("treeitem", { name: "Data @unit metre" }).waitFor();
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
