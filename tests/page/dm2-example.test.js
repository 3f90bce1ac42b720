/** The example session of DM 2.0 in the page, what subscriptions want of it, and the settings that it has. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Bench, DeviceView, textOf } from "./browser.js";

/** @import { Watched } from "./browser.js" */

/** @type {Bench} */
let bench;
before(async () => {
  bench = await Bench.start();
});
after(() => bench.stop());

const PLACE = "urn:oma:mo:ext-marram-unit:1.0//Place";
const REPOSITORY = "https://repository.example/unit";
const DIALECTS = /** @type {const} */ (["draft", "approved"]);
/** The browser says on its console that the server wants credentials, and what a repository refuses: that is as it should be. */
const USUAL = { expectErrors: true };

/** @param {Watched} watched */
const complaintsOf = ({ complaints }) => complaints.filter((words) => !/status of (401|415|503)/.test(words));

/** The rows of the timeline, each in one line. @param {DeviceView} device */
const told = async (device) => (await textOf(device.root.locator("omadm-timeline ol"))).replaceAll(/\s+/g, " ");

/** Plays the example to its end. @param {DeviceView} device @param {string} dialect */
async function play(device, dialect) {
  await device.press(`Play DM 2.0, ${dialect}`);
  await device.dialog.getByText("The server starts something").waitFor();
  await device.dialog.getByRole("button", { name: "Done" }).click();
  await device.over();
}

/** A device that is idle again. @param {DeviceView} device */
const idle = (device) => device.root.getByRole("button", { name: "Start session" }).and(device.page.locator(":enabled")).waitFor();

/** What of the tree changes by hand. @param {DeviceView} device @param {string} value */
async function move(device, value) {
  await idle(device);
  await device.node("Place").click();
  const editor = device.root.locator("omadm-node");
  await editor.getByLabel("Value").fill(value);
  await editor.getByRole("button", { name: "Change the node" }).click();
}

for (const dialect of DIALECTS) {
  test(`the example of the ${dialect} dialect plays whole, and what it subscribes to is sent behind it and behind a change by hand`, async () => {
    await bench.with("device", USUAL, async (watched) => {
      const device = new DeviceView(watched.page);
      await device.fill("Question to the user", "kept");
      await play(device, dialect);
      assert.equal(await device.root.getByLabel("Dialect", { exact: true }).inputValue(), dialect);
      const put = (/** @type {number} */ octets) => `tells a change${PLACE} to ${REPOSITORY}/place, PUT, ${octets} octets: HTTP 204`;
      const octets = JSON.stringify(dialect === "draft" ? [{ URI: PLACE, MO: "Depot" }] : [{ ClientURI: PLACE, MOData: { Place: "Depot" } }]).length;
      await device.rows.getByText("tells a change", { exact: true }).waitFor();
      const text = await told(device);
      for (const words of [`fetches${REPOSITORY}/first, GET`, `fetches${REPOSITORY}/next, GET`, "starts./Unit/Restart", "finished", put(octets)]) assert.ok(text.includes(words), `${words} in ${text}`);
      assert.equal(text.split("tells a change").length, 2, "both changes are told at once");
      const wire = (await watched.wire()).filter((body) => body !== "").map((body) => JSON.parse(body));
      assert.deepEqual(wire.map((each) => ("SessionInfo" in each ? "draft" : "approved")), wire.map(() => dialect));
      const commands = wire.flatMap((each) => each.Cmds?.flatMap(Object.keys) ?? each.CMD?.map(([name = ""]) => name) ?? []);
      assert.deepEqual(commands, ["HGET", "SUB", "EXEC", "HGET", "GET", "END"]);
      const answers = wire.flatMap((each) => (each.Results ?? each.Status ?? []).map((/** @type {any} */ { Code, sc }) => Code ?? sc));
      assert.deepEqual(answers.filter((code) => code >= 300), []);
      const states = device.root.locator("omadm-queue li");
      assert.equal(await states.getByText("answered", { exact: true }).count(), 5);
      await move(device, "Shipyard");
      await device.rows.getByText("tells a change", { exact: true }).nth(1).waitFor();
      assert.ok((await told(device)).includes(put(octets + 3)));
      assert.deepEqual(await watched.axe(), []);
      assert.deepEqual(complaintsOf(watched), []);
      // Once more, from the start.
      await play(device, dialect);
      assert.equal((await told(device)).split("session begins").length, 2);
    });
  });

  test(`step by step the example of the ${dialect} dialect waits for each package`, async () => {
    await bench.with("device", USUAL, async (watched) => {
      const device = new DeviceView(watched.page);
      const { page } = watched;
      await device.root.getByLabel("Step by step").check();
      await device.press(`Play DM 2.0, ${dialect}`);
      const state = device.root.locator(".controls .state");
      await state.getByText("next: the device sends", { exact: true }).waitFor();
      assert.equal(await device.messages.count(), 0);
      /** @type {string[]} */
      const states = [];
      for (let at = 0; at < 20 && states.at(-1) !== "session over"; at += 1) {
        const count = await device.messages.count();
        await device.press("Step");
        // It is carried: there is a next step, or the host is asked, or nothing is left.
        await device.root.getByRole("button", { name: "Step" }).and(page.locator(":enabled")).or(state.getByText(/waits|over/)).first().waitFor();
        assert.ok((await device.messages.count()) - count <= 1, "one package at a time");
        if (/waits/.test(await state.innerText())) await device.dialog.getByRole("button", { name: "Done" }).click();
        states.push((await state.innerText()).trim());
      }
      const [sends, reads, fetches] = ["next: the device sends", "next: the device reads the reply", "next: the device fetches or sends data"];
      // The first goes out once more with credentials.
      assert.deepEqual(states, [reads, sends, reads, fetches, sends, reads, fetches, sends, reads, "session over"]);
      await device.rows.getByText("tells a change", { exact: true }).waitFor();
    });
  });

  test(`what a subscription of the ${dialect} dialect wants is tried three times, and in another format where that is asked for`, async () => {
    await bench.with("device", USUAL, async (watched) => {
      const device = new DeviceView(watched.page);
      /** @type {{ type: string | undefined, authorization: string | undefined }[]} */
      const asked = [];
      let answer = { status: 503, headers: /** @type {Record<string, string>} */ ({}) };
      await watched.page.route("**/repository/place", async (route) => {
        const { "content-type": type, authorization } = route.request().headers();
        asked.push({ type, authorization });
        const isWanted = answer.status !== 415 || type === answer.headers["omadm-accept"];
        await route.fulfill(isWanted && answer.status === 415 ? { status: 204 } : answer);
      });
      await play(device, dialect);
      await idle(device);
      await device.queue(bench.url, [{ type: "sub", uri: PLACE, url: `${bench.url}/repository/place` }]);
      await device.press("Start session");
      await device.press("Run on");
      await device.over();
      assert.deepEqual(asked, [], "nothing has changed since");
      await move(device, "Shipyard");
      const rows = device.rows.filter({ hasText: "tells a change" });
      await rows.nth(2).getByText("HTTP 503").waitFor();
      await idle(device);
      assert.equal(await rows.count(), 3, "then it is given up");
      assert.deepEqual(asked.map(({ authorization }) => authorization), [undefined, undefined, undefined]);
      answer = { status: 415, headers: { "omadm-accept": "application/vnd.syncml.dmtnds+xml" } };
      await move(device, "Dock");
      await rows.nth(4).getByText("HTTP 204").waitFor();
      assert.deepEqual(asked.slice(3).map(({ type }) => type), ["application/vnd.oma.dm.mo+json", "application/vnd.syncml.dmtnds+xml"]);
      assert.deepEqual(complaintsOf(watched), []);
    });
  });
}

test("settings that mean nothing in DM 2.0 or in its dialect are not shown, and count for nothing", async () => {
  await bench.with("device", USUAL, async ({ page }) => {
    const device = new DeviceView(page);
    const form = device.root.locator("omadm-settings");
    const shown = async () => {
      const labels = await form.locator("label, legend").allInnerTexts();
      return labels.map((text) => text.trim());
    };
    const OLD = ["Scheme", "MaxMsgSize", "Encoding", "Add makes missing parents", "Notifications resynchronize nonces", "Section 11.1", "Section 11.2", "New access point", "New definitions"];
    const DRAFT = ["UI mode of notifications", "Package 1 tells what has changed", "Types of alert that it handles", "What it says of them"];
    const NEW = ["Dialect", "Largest document, in octets", "Example of DM 2.0", "New place of the unit"];
    const KEPT = ["Device id", "User", "Password", "Server id", "Version", "Seed", "Started by", "Firmware (FUMO)"];
    const old = await shown();
    for (const name of [...OLD, ...DRAFT, ...KEPT]) assert.ok(old.includes(name), name);
    for (const name of NEW) assert.ok(!old.includes(name), name);
    // Not to be said in DM 2.0, so that it cannot be wrong there.
    await device.fill("MaxMsgSize", "many", "Device");
    await device.fill("MaxMsgSize", "many", "Server");
    await form.getByLabel("Version", { exact: true }).selectOption("2.0");
    for (const dialect of DIALECTS) {
      await form.getByLabel("Dialect", { exact: true }).selectOption(dialect);
      const names = await shown();
      for (const name of OLD) assert.ok(!names.includes(name), `${name} in the ${dialect} dialect`);
      for (const name of [...KEPT, ...NEW]) assert.ok(names.includes(name), `${name} in the ${dialect} dialect`);
      for (const name of DRAFT) assert.equal(names.includes(name), dialect === "draft", name);
      assert.equal(names.filter((name) => name === "Password").length, 1, "the server proves itself by TLS");
    }
    await device.register();
    await device.press("Start session");
    await device.press("Run on");
    await device.over();
    await device.rows.getByText("finished", { exact: true }).waitFor();
    await form.getByLabel("Version", { exact: true }).selectOption("1.3");
    assert.deepEqual(await shown(), old);
    await device.press("Start session");
    await device.rows.getByText("MaxMsgSize is a whole number", { exact: false }).waitFor();
  });
});

test("what has changed in the tree is told in package 1 of the draft dialect where it is wanted", async () => {
  await bench.with("device", USUAL, async (watched) => {
    const device = new DeviceView(watched.page);
    await play(device, "draft");
    await idle(device);
    await device.root.getByLabel("Package 1 tells what has changed").check();
    for (const code of ["unchanged", "changed"]) {
      await device.press("Start session");
      await device.press("Run on");
      await device.over();
      await idle(device);
      if (code === "unchanged") await move(device, "Quay");
    }
    await device.rows.getByText("tree changed", { exact: true }).waitFor();
    const text = await told(device);
    assert.match(text, /urn:oma:mo:ext-marram-unit:1\.0\/.*Place.*tree changed/, text);
  });
});

for (const scheme of /** @type {const} */ (["light", "dark"])) {
  for (const dialect of DIALECTS) {
    test(`the example of the ${dialect} dialect is readable in ${scheme} colours`, async () => {
      await bench.with("device", { ...USUAL, colorScheme: scheme }, async (watched) => {
        const device = new DeviceView(watched.page);
        await play(device, dialect);
        await device.rows.getByText("tells a change", { exact: true }).waitFor();
        await watched.shoot(`dm2-example-${dialect}-${scheme}`);
        assert.deepEqual(await watched.axe(), []);
      });
    });
  }
}
