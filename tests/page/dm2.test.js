/** A device of DM 2.0 in the page, against the Worker. */
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

const UNIT = "urn:oma:mo:ext-marram-unit:1.0";
const REQUEST = "application/vnd.oma.dm.request+json";
const MO = "application/vnd.oma.dm.mo+json";
const DIALECTS = /** @type {const} */ (["draft", "approved"]);

/** The browser says on its console that the server wants credentials: that is as it should be. */
const USUAL = { expectErrors: true };

/** @param {Watched} watched @param {string} dialect */
async function ready({ page }, dialect) {
  const device = new DeviceView(page);
  await device.root.getByLabel("Version", { exact: true }).selectOption("2.0");
  await device.root.getByLabel("Dialect", { exact: true }).selectOption(dialect);
  assert.equal(await device.root.getByLabel("Encoding", { exact: true }).count(), 0);
  await device.register();
  return device;
}

/** @param {Watched} watched */
const complaintsOf = ({ complaints }) => complaints.filter((words) => !/401/.test(words));

for (const dialect of DIALECTS) {
  test(`a session in the ${dialect} dialect reads, sends, fetches, starts and shows`, async () => {
    await bench.with("device", USUAL, async (watched) => {
      const { page } = watched;
      /** @type {{ method: string, type: string | undefined, authorization: string | undefined, body: any }[]} */
      const asked = [];
      await page.route("**/repository/*", async (route) => {
        const request = route.request();
        const { "content-type": type, authorization } = request.headers();
        asked.push({ method: request.method(), type, authorization, body: request.postDataBuffer()?.toString("utf8") });
        if (request.method() === "GET") await route.fulfill({ body: "Depot", contentType: "text/plain" });
        else await route.fulfill({ status: 204 });
      });
      const device = await ready(watched, dialect);
      const standing = await device.queue(bench.url, [
        { type: "get", uri: `${UNIT}//Temperature` },
        { type: "hput", from: `${UNIT}//`, to: `${bench.url}/repository/in` },
        { type: "hget", from: `${bench.url}/repository/out`, to: `${UNIT}//Place` },
        { type: "hget", from: "https://elsewhere.example/out" },
        { type: "exec", uri: `${UNIT}//Restart` },
        { type: "show", url: "https://pages.example/ask" },
        { type: "display", text: "not of DM 2.0" },
      ]);
      await device.press("Start session");
      await device.press("Run on");
      for (let reads = 0; reads < 2; reads += 1) {
        await device.dialog.getByText("The server reads a value of the host").waitFor();
        await device.dialog.getByLabel("Value").fill(`2${reads}`);
        await device.dialog.getByRole("button", { name: "Answer" }).click();
      }
      await device.dialog.getByText("The server starts something").waitFor();
      await device.dialog.getByRole("button", { name: "Done" }).click();
      const link = device.dialog.getByRole("link", { name: "https://pages.example/ask" });
      await link.waitFor();
      assert.deepEqual([await link.getAttribute("target"), await link.getAttribute("rel")], ["_blank", "noopener noreferrer"]);
      assert.deepEqual(await watched.axe(), []);
      await device.dialog.getByRole("button", { name: "Done" }).click();
      await device.over();
      await device.rows.getByText("finished", { exact: true }).waitFor();

      assert.deepEqual(asked.map(({ method, authorization }) => [method, authorization]), [["PUT", undefined], ["GET", undefined]]);
      assert.equal(asked[0]?.type, MO);
      assert.match(asked[0]?.body, /"Temperature":21/);
      assert.equal(await device.node("Place").locator(".value").first().textContent(), "Depot");

      const wire = await watched.octets();
      assert.deepEqual(wire.map(({ type }) => type), ["application/vnd.oma.dm.initiation+json", undefined, "application/vnd.oma.dm.initiation+json", REQUEST, "application/vnd.oma.dm.response+json", REQUEST]);
      const [first, , again] = wire;
      assert.deepEqual(again?.body, first?.body, "the same package goes out with credentials");
      const states = (await standing()).map(({ state }) => state);
      assert.deepEqual(states, ["answered", "answered", "answered", "answered", "answered", "answered", "refused"]);

      const timeline = await textOf(device.root.locator("omadm-timeline"));
      for (const words of ["credentials wanted", `fetches${bench.url}/repository/out, GET`, `sends${bench.url}/repository/in, PUT`, "shows", "HTTP204, 0 octets", "device is known", `${dialect} dialect`]) {
        assert.ok(timeline.replaceAll(/\s+/g, " ").includes(words), `${words} in ${timeline}`);
      }
      assert.match(timeline, /Package 1: started by the device · \d+ objects?/);
      const shown = device.root.locator("omadm-package");
      await device.messages.nth(2).click();
      await shown.getByRole("treeitem", { name: /^GET urn:oma:mo:ext-marram-unit:1\.0\/\/Temperature/ }).waitFor();
      await shown.getByRole("radio", { name: "Wire", exact: true }).check();
      assert.equal(await shown.getByRole("region", { name: "Wire" }).textContent(), wire[3]?.body.toString("utf8"));
      await shown.getByText(`content-type: ${REQUEST}`).waitFor();
      assert.deepEqual(complaintsOf(watched), []);
    });
  });
}

test("wrong credentials end the session behind the second refusal", async () => {
  await bench.with("device", USUAL, async (watched) => {
    const device = await ready(watched, "draft");
    await device.fill("Password", "wrong", "Device");
    await device.press("Start session");
    await device.press("Run on");
    await device.over();
    assert.deepEqual(await device.messages.count(), 2);
    await device.rows.getByText("aborted", { exact: true }).waitFor();
    assert.ok(!(await textOf(device.root.locator("omadm-timeline"))).includes("wrong"));
  });
});

for (const dialect of DIALECTS) {
  test(`a notification of the ${dialect} form wakes the device`, async () => {
    await bench.with("device", USUAL, async (watched) => {
      const device = await ready(watched, dialect);
      await device.press("Wake by notification");
      await device.over();
      const timeline = await textOf(device.root.locator("omadm-timeline"));
      assert.match(timeline, /notified/);
      assert.match(timeline, /Package 1: asked for by the server/);
      await device.rows.getByText("finished", { exact: true }).waitFor();
      assert.deepEqual(complaintsOf(watched), []);
    });
  });
}

test("a server that cannot be reached is told, and the draft dialect sends the package once more", async () => {
  await bench.with("device", USUAL, async (watched) => {
    const device = await ready(watched, "draft");
    await watched.page.route("**/dm", (route) => route.abort(), { times: 1 });
    await device.press("Start session");
    await device.press("Step");
    await device.rows.getByText("No answer: the server cannot be reached.", { exact: false }).waitFor();
    await device.press("Run on");
    await device.over();
    await device.rows.getByText("finished", { exact: true }).waitFor();
  });
});

test("commands of DM 2.0 are composed, queued and answered in the page", async () => {
  await bench.with("device", USUAL, async (watched) => {
    const { page } = watched;
    await page.route("**/repository/*", (route) => route.fulfill({ body: "Harbour", contentType: "text/plain" }));
    const device = await ready(watched, "approved");
    const composer = device.root.locator("omadm-composer");
    const type = composer.getByLabel("Command 1", { exact: true }).and(composer.locator("select"));
    /** @type {[string, Record<string, string>, string][]} */
    const composed = [
      ["hget", { Address: `${bench.url}/repository/out`, "Node, or where the device likes": `${UNIT}//Place` }, `HGET ${bench.url}/repository/out`],
      ["sub", { Node: `${UNIT}//Place`, Address: `${bench.url}/repository/in` }, `SUB ${UNIT}//Place to ${bench.url}/repository/in`],
      ["unsub", { Node: `${UNIT}//Place` }, `UNSUB ${UNIT}//Place`],
      ["default", { Object: "urn:oma:mo:x:1.0", Address: `${bench.url}/repository/x` }, `DEFAULT urn:oma:mo:x:1.0 from ${bench.url}/repository/x`],
      ["hput", { Address: `${bench.url}/repository/in`, "Nodes, one a line": `${UNIT}//Place` }, `HPUT ${UNIT}//Place to ${bench.url}/repository/in`],
    ];
    for (const [name, fields, words] of composed) {
      await type.selectOption(name);
      for (const [label, value] of Object.entries(fields)) await composer.getByLabel(label, { exact: true }).fill(value);
      await composer.getByRole("button", { name: "Queue at the server" }).click();
      await device.root.locator("omadm-queue li").filter({ hasText: words }).waitFor();
    }
    await device.press("Start session");
    await device.press("Run on");
    await device.over();
    const states = device.root.locator("omadm-queue li");
    for (const [at] of composed.entries()) await states.nth(at).getByText("answered", { exact: true }).waitFor();
    assert.match(await textOf(states.nth(0)), /done \(200\)/);
    await device.press("Start session");
    await device.press("Run on");
    await device.over();
    assert.deepEqual(complaintsOf(watched), []);
  });
});

for (const scheme of /** @type {const} */ (["light", "dark"])) {
  test(`a session of DM 2.0 is readable in ${scheme} colours`, async () => {
    await bench.with("device", { ...USUAL, colorScheme: scheme }, async (watched) => {
      const device = await ready(watched, "draft");
      await device.queue(bench.url, [{ type: "get", uri: `${UNIT}//` }, { type: "show", url: "https://pages.example/ask" }]);
      await device.press("Start session");
      await device.press("Run on");
      await device.dialog.getByRole("button", { name: "Answer" }).click();
      await device.dialog.getByRole("link").waitFor();
      await watched.shoot(`dm2-show-${scheme}`, false);
      assert.deepEqual(await watched.axe(), []);
      await device.dialog.getByRole("button", { name: "Done" }).click();
      await device.over();
      await watched.shoot(`dm2-session-${scheme}`);
      assert.deepEqual(await watched.axe(), []);
    });
  });
}
