/** Notifications in the page: read in every wrapping, and the way from the server's to the session that it asks for. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Bench, DeviceView, textOf } from "./browser.js";

/** @type {Bench} */
let bench;
before(async () => {
  bench = await Bench.start();
});
after(() => bench.stop());

/** Vectors of the specification, and of the notes: digest, header, name. */
const N1 = "59af2bf6f16d21f0b7a0b9d318606da7 02d0000000123412 636f6d2e6d676d747372762e6d616e616765";
const N2 = "291cd675cfb6925cc92b7c48cf85cfec 02e8000000000110 6d676d742e6578616d706c652e636f6d";
const PUSH = "010603c4af87";
const SMS = "0605040b84c002";
const A4 = "2200157372762D31 22002A 1F11 9DDFFDD3814C123169F5ED4AABFE7EF8AFEA8A89517250AB704B3C008862EE21 146553F100";
const D2 = "21B004D2 10057372762D31 7004 0001 7237 7005 0002 723431 6BBF5EE8E4D815503C91AF9A08EAA93A";
const HTTP = Buffer.from("POST / HTTP/1.1\r\nContent-Type: application/vnd.syncml.notification\r\n\r\n").toString("hex");

/** @param {import("playwright-core").Page} page */
const partsOf = (page) => {
  const root = page.locator("omadm-inspect");
  return { root, area: root.locator("textarea"), state: root.locator("#input-state"), view: root.locator("omadm-notification"), problem: root.locator("omadm-problem"), capture: root.locator("omadm-capture") };
};

for (const [name, hex, facts, pieces] of /** @type {[string, string, string[], string[]][]} */ ([
  ["octets of DM 1.x", N1, ["com.mgmtsrv.manage", "11 (1.1)", "1234", "1 in the background", "0 the user"], ["digest", "session-id", "Server-ID"]],
  ["WAP Push", PUSH + N2, ["WAP Push, transaction 1", "mgmt.example.com", "2 the user is told", "1 the server"], ["WSP", "notification", "ui-mode"]],
  ["a short message", SMS + PUSH + N2, ["WAP Push in a short message from port 49154, transaction 1", "mgmt.example.com"], ["user data header", "WSP", "digest"]],
  ["HTTP", HTTP + N2.replaceAll(" ", ""), ["HTTP", "mgmt.example.com"], ["HTTP head", "notification"]],
  ["the approved form of DM 2.0", A4, ["srv-1", "DM 2.0, approved", "42", "1700000000 (2023-11-14T22:13:20Z)"], ["NOTIFICATION-ID", "SHA256-DIGEST"]],
  ["the draft form of DM 2.0", D2, ["srv-1", "DM 2.0, draft", "4D2", "object 1, unless it is still r7", "object 2, unless it is still r41"], ["Requested-MO-CV", "digest"]],
])) {
  test(`a notification is read from hex: ${name}`, async () => {
    await bench.with("inspect", {}, async ({ page }) => {
      const { area, state, view, capture } = partsOf(page);
      await area.fill(hex);
      assert.match((await state.textContent()) ?? "", /^\s*Notification, /);
      for (const fact of facts) await view.getByText(fact, { exact: true }).first().waitFor();
      for (const piece of pieces) await capture.getByRole("treeitem", { name: new RegExp(`^${piece}\\b`) }).first().waitFor();
      // What a piece says lies where it says.
      await capture.getByRole("treeitem", { name: /^Server-ID/ }).first().click();
      const said = (await capture.getByRole("status").textContent()) ?? "";
      const [, from = ""] = /octets (\d+)/.exec(said) ?? [];
      const octets = Buffer.from(hex.replaceAll(" ", ""), "hex");
      assert.ok(facts.some((fact) => octets.subarray(Number(from)).toString("latin1").startsWith(fact)), said);
    });
  });
}

test("a notification is shown in what it may be brought in, and read again from each", async () => {
  await bench.with("inspect", {}, async (watched) => {
    const { page } = watched;
    const { area, view } = partsOf(page);
    const raw = N2.replaceAll(" ", "");
    for (const [form, prefix] of /** @type {const} */ ([["Octets", ""], ["WAP Push", PUSH], ["Short message", SMS + PUSH]])) {
      await area.fill(N2);
      await view.getByRole("radio", { name: form, exact: true }).check();
      const rows = (await view.getByRole("region", { name: form, exact: true }).textContent()) ?? "";
      assert.equal(rows.replaceAll(/\s/g, ""), prefix + raw, form);
      await view.getByRole("radio", { name: "Decoded", exact: true }).check();
    }
    await view.getByRole("radio", { name: "HTTP", exact: true }).check();
    const http = (await view.getByRole("region", { name: "HTTP", exact: true }).textContent()) ?? "";
    assert.match(Buffer.from(http.replaceAll(/\s/g, ""), "hex").toString("latin1"), /^POST \/ HTTP\/1\.1\r\ncontent-type: application\/vnd\.syncml\.notification\r\ncontent-length: 40\r\n\r\n/);
    await area.fill(http);
    await view.getByText("HTTP", { exact: true }).first().waitFor();
    await view.getByRole("radio", { name: "JSON", exact: true }).check();
    assert.equal(JSON.parse((await view.getByRole("region", { name: "JSON", exact: true }).textContent()) ?? "").notification.serverId, "mgmt.example.com");
    assert.deepEqual(await watched.axe(), []);
  });
});

test("what is wrong with a broken notification is said, at its octet", async () => {
  await bench.with("inspect", {}, async (watched) => {
    const { page } = watched;
    const { root, area, state, problem, capture } = partsOf(page);
    await root.getByLabel("Read as").selectOption("1.2");
    for (const [hex, words] of /** @type {[string, RegExp][]} */ ([
      [N1.slice(0, 40), /truncated/],
      [N1.replace("02d0000000123412", "02d0000000123413"), /range.*length 19/s],
      [N1.replace("02d0000000123412", "02d0000000123400"), /schema/],
      [N1.replace("02d0", "0010"), /version 0/],
    ])) {
      await area.fill(hex);
      assert.match((await state.textContent()) ?? "", /Not readable/);
      assert.match(await textOf(problem), words);
      assert.equal(await capture.isVisible(), true);
    }
    // In a Push the place is that in the whole.
    await root.getByLabel("Read as").selectOption("auto");
    await area.fill(PUSH + N1.replace("02d0", "0010"));
    assert.match((await state.textContent()) ?? "", /octet 22 \(0x16\)/);
    await root.getByLabel("Read as").selectOption("2");
    await area.fill("21 00 15 73 72 76 2D 31");
    assert.match((await state.textContent()) ?? "", /Not readable/);
    await watched.shoot("notification-broken");
    await root.getByLabel("Read as").selectOption("1.2");
    await area.fill(N2);
    await watched.shoot("notification");
  });
});

/** @param {DeviceView} device */
const wake = (device) => device.press("Wake by notification");

test("N13 the whole way: the server makes a notification, the device believes it, and the session bears its number", async () => {
  await bench.with("device", {}, async (watched) => {
    const device = new DeviceView(watched.page);
    await device.register();
    const numbers = [];
    for (let turn = 0; turn < 2; turn += 1) {
      await wake(device);
      await device.over();
      const rows = await Promise.all((await device.rows.all()).map((row) => textOf(row)));
      const [believed = ""] = rows.filter((row) => row.includes("notified"));
      assert.match(believed, /of omadm, session [1-9A-F][0-9A-F]{0,3}, UI mode 2, the user is told: \d+ octets, and the digest is right/);
      assert.ok(rows.some((row) => row.includes("by the server, DM 1.3, as it was asked to")), rows.join("\n"));
      const [, number] = /session ([0-9A-F]+)/.exec(believed) ?? [];
      const wire = await watched.wire();
      const first = wire.findLast((text) => text.includes("<MsgID>1</MsgID>") && text.includes("<Alert>"));
      assert.ok(first?.includes(`<SessionID>${number}</SessionID>`) && first.includes("<Data>1200</Data>"), first);
      numbers.push(number);
      await watched.shoot("woken");
    }
    assert.equal(new Set(numbers).size, 2);
    assert.deepEqual(await watched.axe(), []);
  });
});

test("UI mode 3: the user is asked first, and without a yes there is no session", async () => {
  await bench.with("device", {}, async (watched) => {
    const device = new DeviceView(watched.page);
    await device.register();
    await device.root.getByLabel("UI mode of notifications").selectOption("3");
    await wake(device);
    await device.dialog.getByText("omadm asks for a management session. Shall it begin?").waitFor();
    assert.deepEqual(await watched.wire(), []);
    await watched.shoot("consent");
    await device.dialog.getByRole("button", { name: "No", exact: true }).click();
    await device.over();
    assert.deepEqual(await watched.wire(), []);
    await wake(device);
    await device.dialog.getByRole("button", { name: "Yes", exact: true }).click();
    await device.over();
    assert.ok((await watched.wire()).length >= 2);
  });
});

test("N07 N08 a device that has lost its nonces ignores the notification, unless nonces are resynchronized", async () => {
  await bench.with("device", {}, async (watched) => {
    const device = new DeviceView(watched.page);
    await device.schemes("md5");
    await device.register();
    await wake(device);
    await device.over();
    const from = (await watched.wire()).length;
    await device.press("Reset device");
    await wake(device);
    await device.root.getByRole("alert").getByText("The notification is ignored: digest.").waitFor();
    assert.equal((await watched.wire()).length, from);
    await device.root.getByLabel("Notifications resynchronize nonces").check();
    await wake(device);
    await device.over();
    assert.ok((await watched.wire()).length > from);
    await device.root.getByLabel("Notifications resynchronize nonces").uncheck();
    await wake(device);
    await device.over();
    assert.equal(await device.root.getByRole("alert").count(), 0);
  });
});

test("a device that the server does not know is not woken, and why is said", async () => {
  await bench.with("device", { expectErrors: true }, async (watched) => {
    const device = new DeviceView(watched.page);
    await device.fill("Device id", "IMEI:nobody");
    await wake(device);
    await device.root.getByRole("alert").getByText(/HTTP 404.*no such device/).waitFor();
  });
});
