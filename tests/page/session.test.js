/** Section 11.1 in the page, and the proof that nothing in it is canned: what is shown is what went over the wire. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { Bench, DeviceView, textOf } from "./browser.js";

/** @import { Watched } from "./browser.js" */

/** @type {Bench} */
let bench;
before(async () => {
  bench = await Bench.start();
});
after(() => bench.stop());

/** @param {string} text */
const base64 = (text) => Buffer.from(text).toString("base64");
/** @param {string} text */
const md5 = (text) => createHash("md5").update(text).digest("base64");

/**
 * A connectivity document of the access point, written down octet by octet, and as people read it.
 * @param {string} address
 */
function connectivity(address) {
  const before = Buffer.from("030b6a00c54601c6550187070603434e4e00018711060363" + "6e6e000187080603", "hex");
  const octets = Buffer.concat([before, Buffer.from(address), Buffer.from("000187090689010101", "hex")]);
  return { base64: octets.toString("base64"), legible: octets.toString("latin1").match(/[ -~]{3,}/g)?.join(" · ") };
}
const FACTORY = connectivity("harbour.example");

/**
 * The tree holds the access point of the factory, untouched.
 * @param {DeviceView} device
 */
async function untouched(device) {
  assert.deepEqual(await device.base64("CNN"), { now: FACTORY.legible, was: undefined, base64: [FACTORY.base64] });
}

/**
 * The tree holds what the server's message carried, and says what was there before.
 * @param {DeviceView} device
 * @param {string} address
 * @param {string | undefined} message
 */
async function replaced(device, address, message) {
  const { base64, legible } = connectivity(address);
  assert.equal(elements(/<Replace>.*<\/Replace>/s.exec(message ?? "")?.[0], "Data").at(-1), base64);
  assert.deepEqual(await device.base64("CNN"), { now: legible, was: FACTORY.legible, base64: [base64, FACTORY.base64] });
  await device.node("CNN").getByText("replaced", { exact: true }).waitFor();
}

/**
 * The text of each element of that name.
 * @param {string | undefined} xml
 * @param {string} name
 */
const elements = (xml, name) => Array.from((xml ?? "").matchAll(new RegExp(`<${name}(?: [^>]*)?>([^<]*)</${name}>`, "g")), ([, text]) => text ?? "");

/**
 * The data of the credentials in a message.
 * @param {string | undefined} xml
 */
const credOf = (xml) => elements(/<Cred>.*?<\/Cred>/s.exec(xml ?? "")?.[0], "Data")[0];

/**
 * The codes that a device gave, by command.
 * @param {string} xml
 */
const codesOf = (xml) => Object.fromEntries((xml.match(/<Status>.*?<\/Status>/gs) ?? []).map((status) => [elements(status, "Cmd")[0], elements(status, "Data")[0]]));

/**
 * What a session put on the wire equals what the timeline shows, octet for octet.
 * @param {Watched} watched
 * @param {DeviceView} device
 * @param {number} [from] messages of earlier sessions
 */
async function wireShown(watched, device, from = 0) {
  const wire = (await watched.wire()).slice(from);
  assert.ok(wire.length >= 4, `${wire.length} messages`);
  assert.deepEqual(await device.shownWire(), wire);
  return wire;
}

test("yes: the node is replaced, and the timeline shows the wire", async () => {
  await bench.with("device", {}, async (watched) => {
    const device = new DeviceView(watched.page);
    assert.equal(FACTORY.legible, "CNN · cnn · harbour.example");
    await untouched(device);
    await device.press("Play section 11.1");
    await device.dialog.getByText("Switch this device to the depot's access point?").waitFor();
    assert.equal(await device.dialog.evaluate((dialog) => dialog.matches(":modal")), true);
    await untouched(device);
    await device.dialog.getByRole("button", { name: "Yes" }).click();
    await device.over();
    for (const event of ["authenticated", "asks the user", "yes (200)", "changed", "finished"]) {
      await device.rows.getByText(event, { exact: true }).waitFor();
    }

    const [first, second, third] = await wireShown(watched, device);
    assert.deepEqual(elements(/<Alert>.*?<\/Alert>/s.exec(first ?? "")?.[0], "Data"), ["1200"]);
    assert.equal(credOf(first), base64("field-unit-7:otter-lantern"));
    assert.equal(credOf(second), base64("dm-desk:quiet-harbour"));
    assert.match(second ?? "", /<Sequence>.*<Data>1101<\/Data>.*<Replace>.*wap_settings\/CNN.*<\/Sequence>/s);
    assert.match(second ?? "", /application\/vnd\.wap\.connectivity-wbxml/);
    await replaced(device, "depot.example", second);
    const codes = codesOf(third ?? "");
    assert.deepEqual([codes.SyncHdr, codes.Sequence, codes.Alert, codes.Replace], ["212", "200", "200", "200"]);
  });
});

for (const [answer, code] of /** @type {["No" | "Cancel", string][]} */ ([["No", "304"], ["Cancel", "214"]])) {
  test(`${answer.toLowerCase()}: nothing is replaced`, async () => {
    await bench.with("device", {}, async (watched) => {
      const device = new DeviceView(watched.page);
      await device.play(answer);
      await untouched(device);
      assert.equal(await device.rows.getByText("changed", { exact: true }).count(), 0);
      const [, , third] = await wireShown(watched, device);
      const codes = codesOf(third ?? "");
      assert.equal(codes.Alert, code);
      assert.equal(codes.Replace, "215");
    });
  });
}

test("Escape cancels, and the keyboard alone plays it through", async () => {
  await bench.with("device", {}, async ({ page }) => {
    const device = new DeviceView(page);
    await device.root.getByRole("button", { name: "Play section 11.1" }).focus();
    await page.keyboard.press("Enter");
    await device.dialog.waitFor();
    await page.keyboard.press("Escape");
    await device.over();
    await device.rows.getByText("cancelled (214)").waitFor();
    assert.equal(await device.dialog.isVisible(), false);
  });
});

test("other settings make other octets, and every session has its own tokens", async () => {
  await bench.with("device", {}, async (watched) => {
    const device = new DeviceView(watched.page);
    await device.play("Yes");
    const before = await wireShown(watched, device);
    await device.play("Yes");
    const again = await wireShown(watched, device, before.length);
    const tokens = [...before, ...again].flatMap((xml) => elements(xml, "RespURI"));
    assert.ok(tokens.length >= 2);
    const sessions = [before, again].map((wire) => new Set(wire.flatMap((xml) => elements(xml, "RespURI"))));
    assert.equal([...(sessions[0] ?? [])].filter((token) => sessions[1]?.has(token)).length, 0, "no token serves two sessions");

    await device.fill("Device id", "IMEI:449912083317560");
    await device.fill("User", "kestrel", "Device");
    await device.fill("Password", "moss&<fern>", "Device");
    await device.fill("User", "overseer", "Server");
    await device.fill("Password", "ünder stone", "Server");
    await device.fill("New access point", "meadow.example");
    await device.fill("Question to the user", "Zur Wiese wechseln? <b>&amp;");
    await device.press("Play section 11.1");
    await device.dialog.getByText("Zur Wiese wechseln? <b>&amp;", { exact: true }).waitFor();
    await device.dialog.getByRole("button", { name: "Yes" }).click();
    await device.over();
    const other = await wireShown(watched, device, before.length + again.length);
    assert.equal(credOf(other[0]), base64("kestrel:moss&<fern>"));
    assert.equal(credOf(other[1]), base64("overseer:ünder stone"));
    assert.match(other[0] ?? "", /<Source><LocURI>IMEI:449912083317560<\/LocURI>/);
    assert.doesNotMatch(other.join(""), /350917284066132|depot\.example/);
    await replaced(device, "meadow.example", other[1]);
    assert.match((await device.node("DevId").textContent()) ?? "", /IMEI:449912083317560/);
  });
});

test("MD5: each digest follows from the nonce that the other side gave", async () => {
  await bench.with("device", {}, async (watched) => {
    const device = new DeviceView(watched.page);
    await device.schemes("md5");
    await device.play("Yes");
    const wire = await wireShown(watched, device);
    const secrets = [md5("field-unit-7:otter-lantern"), md5("dm-desk:quiet-harbour")];
    let checked = 0;
    for (const [index, xml] of wire.entries()) {
      const digest = credOf(xml);
      if (digest === undefined) continue;
      // The nonce is in the challenge of an earlier message of the other side; before the first it is empty.
      const nonces = wire.slice(0, index).filter((_, at) => (index - at) % 2 === 1).flatMap((earlier) => elements(earlier, "NextNonce"));
      const nonce = Buffer.from(nonces.at(-1) ?? "", "base64");
      const expected = createHash("md5").update(Buffer.concat([Buffer.from(`${secrets[index % 2]}:`), nonce])).digest("base64");
      assert.equal(digest, expected, `message ${index + 1}`);
      checked += 1;
    }
    assert.ok(checked >= 2, "both sides sent a digest");
    await replaced(device, "depot.example", wire.find((xml) => xml.includes("<Replace>") && xml.includes("<Sequence>")));
  });
});

for (const version of ["1.1", "1.2"]) {
  test(`DM ${version} plays it too, and says so`, async () => {
    await bench.with("device", {}, async (watched) => {
      const device = new DeviceView(watched.page);
      await device.root.getByLabel("Version").selectOption(version);
      await device.play("Yes");
      const wire = await wireShown(watched, device);
      for (const xml of wire) assert.deepEqual(elements(xml, "VerProto"), [`DM/${version}`]);
      await replaced(device, "depot.example", wire[1]);
      assert.deepEqual(await device.node("DmV").locator(".value").allTextContents(), [version]);
    });
  });
}

for (const version of ["1.1", "1.2", "1.3"]) {
  test(`DM ${version} in WBXML: the same session, and the timeline shows its octets`, async () => {
    await bench.with("device", {}, async (watched) => {
      const device = new DeviceView(watched.page);
      await device.root.getByLabel("Version").selectOption(version);
      await device.root.getByLabel("Encoding").selectOption({ label: "WBXML" });
      await device.play("Yes");
      const wire = await watched.octets();
      assert.ok(wire.length >= 4);
      for (const { body, type } of wire) {
        assert.equal(type, "application/vnd.syncml.dm+wbxml");
        assert.deepEqual([...body.subarray(0, 5)], version === "1.1" ? [2, 0x9f, 0x53, 0x6a, 0] : [2, 0xa4, 1, 0x6a, 0]);
      }
      const shown = (await device.shownWire()).map((rows) => rows.replaceAll(/\s/g, ""));
      assert.deepEqual(shown, wire.map(({ body }) => body.toString("hex")));
      await device.messages.nth(1).click();
      await replaced(device, "depot.example", await device.reading("XML"));
      assert.match((await device.messages.nth(1).textContent()) ?? "", /MsgID 1 · WBXML · \d+ octets/);
      assert.equal(credOf(await device.reading("XML")), base64("dm-desk:quiet-harbour"));
    });
  });
}

test("a message that the server refuses ends the session, and the settings are free again", async () => {
  await bench.with("device", { expectErrors: true }, async ({ page }) => {
    const device = new DeviceView(page);
    const field = device.root.getByLabel("Device id");
    await device.register();
    await page.route("**/dm*", (route) => route.fulfill({ status: 415, contentType: "text/plain", body: "media-type: send XML" }));
    await device.press("Start session");
    assert.equal(await field.isDisabled(), true);
    await device.press("Run on");
    await device.rows.getByText(/refused the message: HTTP 415.*media-type: send XML.*The session is over/).waitFor();
    await device.over();
    assert.equal(await field.isDisabled(), false);
    await page.unroute("**/dm*");
    await device.press("Start session");
    await device.press("Run on");
    await device.rows.getByText("finished", { exact: true }).waitFor();
  });
});

test("aborting sends a farewell, and the next session works", async () => {
  await bench.with("device", {}, async (watched) => {
    const device = new DeviceView(watched.page);
    await device.register();
    await device.queue(bench.url, [{ type: "get", uri: "./DevInfo/Man" }]);
    await device.press("Start session");
    await device.press("Step");
    await device.press("Step");
    await device.messages.nth(1).waitFor();
    await device.press("Abort");
    await device.over();
    // The farewell says what was executed.
    const [, second, farewell] = await wireShown(watched, device);
    assert.deepEqual(elements(/<Get>.*<\/Get>/s.exec(second ?? "")?.[0], "LocURI"), ["./DevInfo/Man"]);
    assert.deepEqual(elements(/<Alert>.*?<\/Alert>/s.exec(farewell ?? "")?.[0], "Data"), ["1223"]);
    assert.deepEqual(codesOf(farewell ?? ""), { SyncHdr: "212", Get: "200" });
    await device.rows.getByText("aborted", { exact: true }).waitFor();
    await device.play("Yes");
    await replaced(device, "depot.example", (await watched.wire()).at(-3));
  });
});

test("a command that the device says nothing of is flagged, in the session and among the commands", async () => {
  await bench.with("device", {}, async ({ page }) => {
    const device = new DeviceView(page);
    await device.register();
    await device.root.getByRole("button", { name: "Queue at the server" }).click();
    await device.root.locator("omadm-queue li").waitFor();
    // On its way to the server the answer to the Get is lost.
    await page.route("**/dm*", (route) => {
      const body = (route.request().postData() ?? "").replaceAll(/<Status>(?:(?!<\/Status>).)*<Cmd>Get<\/Cmd>.*?<\/Status>|<Results>.*?<\/Results>/gs, "");
      return route.continue({ postData: body });
    });
    await device.press("Start session");
    await device.press("Run on");
    await device.over();
    await device.rows.getByText(/has not said what became of command 1/).waitFor();
    await device.root.locator("omadm-queue li").getByText("no answer", { exact: true }).waitFor();
  });
});

test("a farewell that is lost goes out again, octet for octet", async () => {
  await bench.with("device", { expectErrors: true }, async (watched) => {
    const { page } = watched;
    const device = new DeviceView(page);
    await device.register();
    await device.press("Start session");
    await device.press("Step");
    await device.messages.nth(0).waitFor();
    await page.route("**/dm*", (route) => route.abort());
    await device.press("Abort");
    await device.rows.getByText(/cannot be reached/).waitFor();
    await page.unroute("**/dm*");
    await device.press("Run on");
    await device.over();
    const [, , lost, nothing, farewell, reply] = await watched.wire();
    assert.deepEqual(elements(/<Alert>.*?<\/Alert>/s.exec(lost ?? "")?.[0], "Data"), ["1223"]);
    assert.deepEqual([nothing, farewell], ["", lost]);
    assert.match(reply ?? "", /<Status>/);
  });
});

test("a session that has nothing to do ends with the server's reply, and one without a message without a word", async () => {
  await bench.with("device", {}, async (watched) => {
    const device = new DeviceView(watched.page);
    await device.register();
    await device.press("Start session");
    await device.press("Abort");
    await device.over();
    assert.deepEqual(await watched.wire(), []);
    await device.press("Start session");
    await device.press("Step");
    await device.press("Step");
    await device.over();
    await device.rows.getByText("finished", { exact: true }).waitFor();
    for (const name of ["Step", "Run on", "Abort"]) {
      assert.equal(await device.root.getByRole("button", { name, exact: true }).isDisabled(), true, name);
    }
    assert.equal((await watched.wire()).length, 2);
  });
});

test("the script holds no message but the one that is broken on purpose", async () => {
  const script = await (await fetch(`${bench.url}/console.js`)).text();
  assert.equal(script.split("<SyncML").length - 1, 1);
  assert.doesNotMatch(script, /<Status>|<Sequence>|<Alert>|<Cred>|<RespURI>/);
});

test("the device believes the wire: a text changed on its way is what the dialog asks", async () => {
  await bench.with("device", {}, async ({ page }) => {
    const device = new DeviceView(page);
    await page.route("**/dm*", async (route) => {
      const response = await route.fetch();
      const body = (await response.text()).replace("Switch this device", "Blow up this device");
      await route.fulfill({ response, body });
    });
    await device.press("Play section 11.1");
    await device.dialog.getByText("Blow up this device to the depot's access point?").waitFor();
    await device.dialog.getByRole("button", { name: "No" }).click();
    await device.over();
  });
});

test("wrong credentials are refused by the engine at the other end", async () => {
  await bench.with("device", {}, async (watched) => {
    const device = new DeviceView(watched.page);
    await device.fill("Device id", "IMEI:013998004427716");
    await device.register();
    await device.fill("Password", "not it", "Device");
    await device.press("Start session");
    await device.press("Run on");
    await device.over();
    const wire = await watched.wire();
    assert.equal(credOf(wire[0]), base64("field-unit-7:not it"));
    assert.match(codesOf(wire[1] ?? "").SyncHdr ?? "", /^40[17]$/);
  });
});

test("stepping shows one message at a time", async () => {
  await bench.with("device", {}, async ({ page }) => {
    const device = new DeviceView(page);
    await device.register();
    await device.root.getByLabel("Started by").selectOption("user");
    await device.press("Start session");
    assert.equal(await device.messages.count(), 0);
    for (let count = 1; count <= 2; count += 1) {
      await device.press("Step");
      await device.messages.nth(count - 1).waitFor();
      assert.equal(await device.messages.count(), count);
    }
    assert.match((await device.messages.nth(0).textContent()) ?? "", /Device to server.*Alert 1201 · Replace \.\/DevInfo \(5\).*MsgID 1/s);
    assert.match((await device.messages.nth(1).textContent()) ?? "", /Server to device.*Status 212/s);
    await device.over();
  });
});

test("a server that cannot be reached, answers an error or answers nonsense is reported in words", async () => {
  await bench.with("device", { expectErrors: true }, async ({ page }) => {
    const device = new DeviceView(page);
    await device.register();
    /** @type {"abort" | "refuse" | "garble" | "pass"} */
    let mode = "abort";
    await page.route("**/dm*", async (route) => {
      if (mode === "abort") return route.abort();
      if (mode === "refuse") return route.fulfill({ status: 503, contentType: "text/plain", body: "out to lunch" });
      if (mode === "pass") return route.continue();
      return route.fulfill({ status: 200, contentType: "application/vnd.syncml.dm+xml", body: "<SyncML>" });
    });
    await device.press("Start session");
    await device.press("Run on");
    await device.rows.getByText(/cannot be reached/).waitFor();
    mode = "refuse";
    await device.press("Run on");
    await device.rows.getByText(/HTTP 503.*out to lunch/).waitFor();
    mode = "pass";
    await device.press("Run on");
    await device.over();
    await device.rows.getByText("authenticated", { exact: true }).waitFor();
    mode = "garble";
    await device.press("Start session");
    await device.press("Run on");
    await device.rows.getByText(/\[\w+\]/).waitFor();
    await device.messages.getByText("Neither message nor package").waitFor();
    await page.unroute("**/dm*");
    await page.route("**/dev/token", (route) => route.abort());
    await device.press("Play section 11.1");
    await device.root.getByRole("alert").getByText(/GET \/dev\/token: the server cannot be reached/).waitFor();
  });
});

test("passwords are nowhere in addresses, summaries or storage", async () => {
  await bench.with("device", {}, async (watched) => {
    const device = new DeviceView(watched.page);
    await device.fill("Password", "zebra-quartz", "Device");
    await device.fill("Password", "umber-falcon", "Server");
    await device.play("Yes");
    const secrets = /zebra-quartz|umber-falcon/;
    const encoded = new RegExp([base64("field-unit-7:zebra-quartz"), base64("dm-desk:umber-falcon")].map((text) => text.replace(/[+=]/g, "\\$&")).join("|"));
    for (const request of watched.requests) assert.doesNotMatch(request.url(), secrets);
    for (const button of await device.messages.all()) {
      await button.click();
      const seen = await textOf(watched.page.locator("body"));
      assert.match(seen, /field-unit-7|Alert 1200/);
      assert.doesNotMatch(seen, secrets);
      assert.doesNotMatch(seen, encoded);
    }
    const stored = await watched.page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href]));
    assert.doesNotMatch(stored, secrets);
    assert.match((await watched.wire()).join(""), encoded);
  });
});

test("texts, inputs and choices come as dialogs, and the answers reach the server", async () => {
  await bench.with("device", {}, async (watched) => {
    const { page } = watched;
    const device = new DeviceView(page);
    await device.register();
    const queued = await device.queue(bench.url, [
      { type: "display", text: "The depot moves on Friday." },
      { type: "input", text: "Which bay?", options: { default: "B2", maxLength: 4 } },
      { type: "choose", text: "Which lamps?", choices: ["Red", "Amber", "Green"], multiple: true, options: { default: "2" } },
    ]);
    await device.press("Start session");
    await device.press("Run on");
    await device.dialog.getByText("The depot moves on Friday.").waitFor();
    await device.dialog.getByRole("button", { name: "OK" }).click();
    const input = device.dialog.getByRole("textbox", { name: "Which bay?" });
    assert.equal(await input.inputValue(), "B2");
    await input.fill("C7");
    await page.keyboard.press("Enter");
    await device.dialog.getByText("Which lamps?").waitFor();
    assert.equal(await device.dialog.getByRole("checkbox", { name: "Amber" }).isChecked(), true);
    await device.dialog.getByRole("checkbox", { name: "Green" }).check();
    await device.dialog.getByRole("button", { name: "OK" }).click();
    await device.over();
    const answers = await queued();
    assert.deepEqual(answers.map(({ state }) => state), ["answered", "answered", "answered"]);
    assert.match(JSON.stringify(answers[1]), /"C7"/);
    assert.match(JSON.stringify(answers[2]), /"2".*"3"|"2-3"/);
  });
});
