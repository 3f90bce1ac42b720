/** Each scheme of each side, and the largest message of each, in the page: checked against what was on the wire. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { Bench, DeviceView } from "./browser.js";

/** @type {Bench} */
let bench;
before(async () => {
  bench = await Bench.start();
});
after(() => bench.stop());

/** @param {string} algorithm @param {(string | Buffer)[]} parts */
const hash = (algorithm, ...parts) => createHash(algorithm).update(Buffer.concat(parts.map((part) => Buffer.from(part)))).digest("base64");
const USERS = { device: "field-unit-7:otter-lantern", server: "dm-desk:quiet-harbour" };

for (const [device, server] of [["hmac", "hmac"], ["sha256", "sha256"], ["md5", "hmac"], ["hmac", "basic"], ["sha256", "transport"]]) {
  test(`the device by ${device}, the server by ${server}`, async () => {
    await bench.with("device", {}, async (watched) => {
      const view = new DeviceView(watched.page);
      await view.schemes(device ?? "", server);
      await view.play("Yes");
      await view.node("CNN").getByText("replaced", { exact: true }).waitFor();
      const requests = watched.requests.filter((request) => new URL(request.url()).pathname === "/dm");
      /** @type {{ from: "device" | "server", body: Buffer, mac: string | undefined }[]} */
      const wire = [];
      for (const request of requests) {
        wire.push({ from: "device", body: request.postDataBuffer() ?? Buffer.alloc(0), mac: request.headers()["x-syncml-hmac"] });
        const response = await request.response();
        wire.push({ from: "server", body: (await response?.body()) ?? Buffer.alloc(0), mac: response?.headers()["x-syncml-hmac"] });
      }
      let proofs = 0;
      for (const [at, { from, body, mac }] of wire.entries()) {
        const scheme = from === "device" ? device : server;
        const earlier = wire.slice(0, at).filter((other) => other.from !== from).map((other) => other.body.toString());
        const nonces = earlier.flatMap((xml) => Array.from(xml.matchAll(/<NextNonce[^>]*>([^<]*)<\/NextNonce>/g), ([, nonce]) => nonce ?? ""));
        const nonce = Buffer.from(nonces.at(-1) ?? "", "base64");
        const cred = /<Cred>.*?<Type[^>]*>([^<]*)<\/Type>.*?<Data>([^<]*)<\/Data><\/Cred>/s.exec(body.toString());
        if (mac !== undefined) {
          assert.equal(scheme, "hmac", `message ${at + 1} of the ${from}`);
          const digest = hash("md5", `${hash("md5", USERS[from])}:`, nonce, `:${hash("md5", body)}`);
          assert.match(mac, new RegExp(`mac="?${digest.replaceAll(/[+/]/g, "\\$&")}`), `message ${at + 1} of the ${from}`);
          proofs += 1;
        }
        if (cred?.[1] === "syncml:auth-SHA256") {
          assert.equal(cred[2], hash("sha256", `${hash("sha256", USERS[from])}:`, nonce));
          assert.equal(scheme, "sha256");
          proofs += 1;
        }
        if (cred !== null && server === "transport") assert.equal(from, "device");
      }
      assert.ok(proofs >= 1, `${proofs} proofs`);
      for (const [at, button] of (await view.messages.all()).entries()) {
        await button.click();
        const header = view.root.locator("omadm-message dd").filter({ hasText: "mac=" });
        assert.equal(await header.count(), wire[at]?.mac === undefined ? 0 : 1);
        if (wire[at]?.mac === undefined) continue;
        const digest = /mac="?([^",]+)/.exec(wire[at].mac)?.[1] ?? "";
        assert.equal((await header.textContent())?.includes(digest), false, "hidden until somebody asks");
        await view.root.getByRole("button", { name: "Show credentials" }).click();
        assert.equal(await header.textContent(), wire[at].mac);
        await view.root.getByRole("button", { name: "Hide credentials" }).click();
      }
      await watched.shoot(`schemes-${device}-${server}`);
    });
  });
}

test("no message is larger than what either side takes, and both say what that is", async () => {
  await bench.with("device", {}, async (watched) => {
    const view = new DeviceView(watched.page);
    await view.fill("MaxMsgSize", "1500", "Device");
    await view.fill("MaxMsgSize", "1600", "Server");
    await view.register();
    await view.queue(bench.url, Array.from({ length: 24 }, (_, at) => ({ type: "get", uri: ["./DevInfo/Man", "./DevInfo/Mod", "./DevDetail/SwV"][at % 3] })));
    await view.press("Start session");
    await view.press("Run on");
    await view.over();
    await view.rows.getByText("finished", { exact: true }).waitFor();
    const wire = await watched.octets();
    assert.ok(wire.length > 6, `${wire.length} messages`);
    for (const [at, { body }] of wire.entries()) assert.ok(body.length <= (at % 2 === 0 ? 1_600 : 1_500), `message ${at + 1}: ${body.length}`);
    assert.match(wire[0]?.body.toString() ?? "", /<MaxMsgSize[^>]*>1500</);
    assert.match(wire[1]?.body.toString() ?? "", /<MaxMsgSize[^>]*>1600</);
    assert.equal(wire.reduce((sum, { body }) => sum + (body.toString().match(/<Results>/g) ?? []).length, 0) >= 1, true);
  });
});

test("a size that is none is said to be none", async () => {
  await bench.with("device", {}, async ({ page }) => {
    const view = new DeviceView(page);
    await view.fill("MaxMsgSize", "many", "Server");
    await view.press("Register at the server");
    await view.root.getByRole("alert").getByText("MaxMsgSize is a whole number of octets, not “many”").waitFor();
    await view.fill("MaxMsgSize", "0", "Device");
    await view.press("Start session");
    await view.rows.getByText(/MaxMsgSize is a whole number/).waitFor();
  });
});
