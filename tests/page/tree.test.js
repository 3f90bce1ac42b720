/** Trees in the console: documents to inspect, a device made of one, its nodes changed by hand, and its host's nodes answered by hand. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Bench, DeviceView, textOf } from "./browser.js";

/** @type {Bench} */
let bench;
before(async () => {
  bench = await Bench.start();
});
after(() => bench.stop());

const leaf = (/** @type {string} */ name, /** @type {string} */ value) => `<Node><NodeName>${name}</NodeName><Value>${value}</Value></Node>`;
const TNDS = `<MgmtTree xmlns="syncml:dmddf1.2"><VerDTD>1.2</VerDTD><Man>Heath &amp; Co</Man><Node><NodeName>Acc</NodeName><RTProperties><ACL>Get=*</ACL><Format><node/></Format><Type><DDFName>urn:oma:mo:oma-dm-dmacc:1.0</DDFName></Type></RTProperties>${leaf(
  "ServerID",
  "mgmt.example",
)}${leaf("AAuthSecret", "marsh-violet")}</Node></MgmtTree>`;
const properties = (/** @type {string} */ access, /** @type {string} */ format, /** @type {string} */ fallback) =>
  `<DFProperties><AccessType>${access}</AccessType>${fallback}<DFFormat><${format}/></DFFormat><Occurrence><One/></Occurrence><Scope><Permanent/></Scope><DFType>${format === "node" ? "<DDFName>urn:example:lamp:1.0</DDFName>" : "<MIME>text/plain</MIME>"}</DFType></DFProperties>`;
const DDF = `<MgmtTree xmlns="syncml:dmddf1.2"><VerDTD>1.2</VerDTD><Node><NodeName>Lamp</NodeName>${properties("<Get/>", "node", "")}<Node><NodeName>Level</NodeName>${properties("<Get/><Replace/>", "int", "<DefaultValue>40</DefaultValue>")}</Node></Node></MgmtTree>`;
const file = (/** @type {string} */ name, /** @type {string} */ text) => ({ name, mimeType: "text/xml", buffer: Buffer.from(text) });

test("inspect shows a serialised tree and a description, and hides the secrets of accounts until asked", async () => {
  await bench.with("inspect", {}, async (watched) => {
    const { page } = watched;
    const view = page.locator("omadm-inspect");
    const area = view.getByRole("textbox");
    await area.fill(TNDS);
    await view.getByText("TNDS, XML").waitFor();
    await view.getByText("Serialised tree, 3 nodes").waitFor();
    const shown = view.locator("omadm-document");
    await shown.getByRole("treeitem", { name: /^Acc\b.*urn:oma:mo:oma-dm-dmacc:1\.0/ }).waitFor();
    await shown.getByRole("treeitem", { name: /^ACL.*Get=\*/ }).waitFor();
    await shown.getByText("Heath & Co").waitFor();
    for (const form of ["XML", "WBXML", "JSON", "Wire", "Decoded"]) {
      await shown.getByRole("radio", { name: form, exact: true }).check();
      assert.doesNotMatch(await textOf(shown), /marsh-violet/, form);
      assert.doesNotMatch((await textOf(shown)).replaceAll(/\s/g, ""), new RegExp(Buffer.from("marsh-violet").toString("hex")), form);
    }
    assert.doesNotMatch(await textOf(view.locator("omadm-capture")), /marsh-violet/);
    assert.deepEqual(await watched.axe(), []);
    await shown.getByRole("radio", { name: "XML", exact: true }).check();
    await shown.getByRole("button", { name: "Show secrets" }).click();
    assert.match(await textOf(shown), /marsh-violet/);
    const octets = (await (async () => {
      await shown.getByRole("radio", { name: "WBXML", exact: true }).check();
      return (await shown.getByRole("region", { name: "WBXML" }).textContent()) ?? "";
    })());
    await area.fill(octets);
    await view.getByText("TNDS, WBXML").waitFor();
    await area.fill(DDF);
    await view.getByText("DDF, XML").waitFor();
    await view.getByText("Device description, 2 nodes").waitFor();
    await shown.getByRole("treeitem", { name: /^Level\b.*int · permanent · one · get replace/ }).waitFor();
    await shown.getByRole("treeitem", { name: /^Default.*40/ }).waitFor();
    assert.equal(await shown.getByRole("radio", { name: "XML", exact: true }).count(), 0);
    assert.deepEqual(await watched.axe(), []);
    await watched.shoot("inspect-ddf");
    await area.fill(DDF.slice(0, 300));
    await view.getByText("Not readable").waitFor();
  });
});

test("a node's properties and value are changed by hand, and what is wrong is said beside it", async () => {
  await bench.with("device", {}, async (watched) => {
    const device = new DeviceView(watched.page);
    const editor = device.root.locator("omadm-node");
    await editor.getByText("Choose a node").waitFor();
    await device.node("SwV").click();
    await editor.getByText("./DevDetail/SwV", { exact: true }).waitFor();
    assert.equal(await editor.getByLabel("Value").inputValue(), "4.2.0");
    await editor.getByLabel("Title").fill("Firmware");
    await editor.getByLabel("ACL").fill("Get=omadm");
    await editor.getByLabel("Value").fill("5.0.0");
    await editor.getByLabel("ACL").press("Enter");
    await device.node("SwV").getByText("ACL Get=omadm").waitFor();
    assert.match((await device.node("SwV").textContent()) ?? "", /Firmware.*5\.0\.0/s);
    await editor.getByLabel("Format").selectOption("int");
    await editor.getByRole("button", { name: "Change the node" }).click();
    await editor.getByRole("alert").getByText(/does not fit its format/).waitFor();
    assert.deepEqual(await watched.axe(), [], "with an alert");
    await device.node("HwV").click();
    assert.equal(await editor.getByRole("alert").count(), 0);
    await editor.getByLabel("Format").selectOption("bin");
    await editor.getByLabel("Value").fill("00 ff 1");
    await editor.getByRole("button", { name: "Change the node" }).click();
    await editor.getByRole("alert").getByText(/hex digits/).waitFor();
    await editor.getByLabel("Value").fill("00 ff 10");
    await editor.getByRole("button", { name: "Change the node" }).click();
    await device.node("HwV").getByText(/bin/).waitFor();
    // The keyboard alone chooses a node.
    await device.node("DevDetail").click();
    await watched.page.keyboard.press("ArrowUp");
    assert.equal(await device.root.locator("omadm-tree-view [aria-selected=true]").count(), 1);
    await editor.getByText(/^\.\/DevDetail$/).waitFor({ state: "detached" });
    assert.equal(await editor.getByLabel("Format").count(), 1);
  });
});

test("a device is made of a description that is brought to it, and serves a session; what is neither is refused in words", async () => {
  await bench.with("device", {}, async (watched) => {
    const device = new DeviceView(watched.page);
    const input = device.root.getByLabel("Open DDF or TNDS");
    await input.setInputFiles([file("lamp.xml", DDF)]);
    await device.root.getByText(/^lamp\.xml: \d+ nodes$/).waitFor();
    assert.match((await device.node("Level").textContent()) ?? "", /int.*40/s);
    assert.equal(await device.node("SwV").count(), 0);
    await device.register();
    const queued = await device.queue(bench.url, [{ type: "get", uri: "./Lamp/Level" }, { type: "replace", items: [{ uri: "./Lamp/Level", data: "55", format: "int" }] }]);
    await device.press("Start session");
    assert.equal(await input.isDisabled(), true);
    await device.press("Run on");
    await device.over();
    assert.match(JSON.stringify(await queued()), /"40"/);
    assert.match((await device.node("Level").textContent()) ?? "", /replaced.*55.*was.*40/s);
    await input.setInputFiles([file("tree.xml", TNDS)]);
    await device.root.getByText(/^tree\.xml: \d+ nodes$/).waitFor();
    await device.node("ServerID").getByText("mgmt.example").waitFor();
    await device.node("AAuthSecret").click();
    assert.equal(await device.root.locator("omadm-node").getByLabel("Value").getAttribute("type"), "password");
    assert.doesNotMatch(await textOf(device.root), /marsh-violet/);
    for (const [files, words] of /** @type {[ReturnType<typeof file>[], RegExp][]} */ ([
      [[file("a.xml", TNDS), file("b.xml", DDF)], /a\.xml, b\.xml: neither device descriptions/],
      [[file("broken.xml", "<MgmtTree>")], /\[truncated\]/],
    ])) {
      await input.setInputFiles(files);
      await device.root.getByRole("alert").getByText(words).waitFor();
    }
    await device.node("ServerID").waitFor();
    assert.deepEqual(await watched.axe(), []);
  });
});

test("what a server reads and writes of the host is asked in a dialog, and the answer reaches the server", async () => {
  await bench.with("device", {}, async (watched) => {
    const { page } = watched;
    const device = new DeviceView(page);
    await device.register();
    const queued = await device.queue(bench.url, [
      { type: "get", uri: "./Unit/Temperature" },
      { type: "replace", items: [{ uri: "./Unit/Temperature", data: "30", format: "int" }] },
      { type: "get", uri: "./Unit/Temperature" },
    ]);
    await device.press("Start session");
    await device.press("Run on");
    await device.dialog.getByText("The server reads a value of the host").waitFor();
    await device.root.getByText("waits for the host").waitFor();
    const value = device.dialog.getByLabel("Value");
    assert.equal(await value.inputValue(), "21");
    assert.deepEqual(await watched.axe(), []);
    await watched.shoot("device-host", false);
    await value.fill("warm");
    await page.keyboard.press("Enter");
    await device.dialog.getByRole("alert").getByText(/does not fit its format/).waitFor();
    await value.fill("23");
    await page.keyboard.press("Enter");
    await device.dialog.getByText("The server writes a value of the host").waitFor();
    await device.dialog.getByText(/\.\/Unit\/Temperature: “30”/).waitFor();
    await device.dialog.getByRole("button", { name: "Done" }).click();
    await device.dialog.getByText("The server reads a value of the host").waitFor();
    await page.keyboard.press("Escape");
    await device.over();
    for (const words of ["“23”", "done (200)", "failed (500)"]) await device.rows.getByText(words, { exact: true }).waitFor();
    const [read, , failed] = await queued();
    assert.match(JSON.stringify(read), /"23"/);
    assert.match(JSON.stringify(failed), /500/);
    assert.match((await device.node("Temperature").textContent()) ?? "", /30/);
  });
});

test("an Exec and an Atomic that fails: each step of the host is a dialog, and what was written is taken back", async () => {
  await bench.with("device", {}, async (watched) => {
    const { page } = watched;
    const device = new DeviceView(page);
    await device.register();
    // The Worker sends no Exec and no Atomic: they are put into its reply on the way.
    const exec = (/** @type {number} */ id) => `<Exec><CmdID>${id}</CmdID><Item><Target><LocURI>./Unit/Restart</LocURI></Target></Item></Exec>`;
    const replace = "<Replace><CmdID>92</CmdID><Item><Target><LocURI>./Unit/Temperature</LocURI></Target><Meta><Format xmlns='syncml:metinf'>int</Format></Meta><Data>30</Data></Item></Replace>";
    let isFirst = true;
    await page.route("**/dm*", async (route) => {
      const response = await route.fetch();
      const text = await response.text();
      const body = isFirst ? text.replace("<Final/>", `${exec(90)}<Atomic><CmdID>91</CmdID>${replace}${exec(93)}</Atomic><Final/>`) : text;
      isFirst = false;
      await route.fulfill({ response, body });
    });
    await device.press("Start session");
    await device.press("Run on");
    const step = async (/** @type {string} */ title, /** @type {string} */ button) => {
      await device.dialog.getByRole("heading", { name: title }).waitFor();
      await device.dialog.getByRole("button", { name: button, exact: true }).click();
    };
    await step("The server starts something", "Goes on");
    await step("The server writes a value of the host", "Done");
    // An Exec has no place in an Atomic, so that this fails.
    await device.dialog.getByText("./Unit/Temperature: “21”").waitFor();
    await step("A command failed: take the value back", "Done");
    await device.over();
    const sent = (await watched.wire())[2] ?? "";
    const codes = [...sent.matchAll(/<CmdRef>9(\d)<\/CmdRef>.*?<Data>(\d+)<\/Data>/gs)].map(([, ref, code]) => `9${ref} ${code}`);
    assert.deepEqual(codes, ["90 202", "91 507", "92 216", "93 500"]);
    assert.match((await device.node("Temperature").textContent()) ?? "", /21\s*$/);
  });
});

test("a description can be dropped on the tree, and not while a session is open", async () => {
  await bench.with("device", {}, async (watched) => {
    const device = new DeviceView(watched.page);
    const panel = device.root.getByRole("region", { name: "Tree", exact: true });
    const drop = (/** @type {string} */ name) =>
      panel.evaluate(
        (element, [text, called]) => {
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File([text ?? ""], called ?? ""));
          for (const type of ["dragover", "drop"]) element.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
        },
        [DDF, name],
      );
    await device.press("Start session");
    await drop("open.xml");
    await device.press("Abort");
    await device.over();
    assert.equal(await device.node("Lamp").count(), 0);
    await drop("lamp.xml");
    await panel.getByText(/^lamp\.xml: \d+ nodes$/).waitFor();
    await device.node("Lamp").waitFor();
    await device.press("Reset device");
    await device.node("SwV").click();
    await device.root.locator("omadm-node").getByLabel("Value").waitFor();
    assert.deepEqual(await watched.axe(), []);
    await watched.shoot("device-node");
  });
});
