/** `omadm device --version 2.0` in both dialects: packages, rights of its tree, credentials of HTTP, and what goes beside the session. */
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { beside, fileOf, folder, run, start } from "./command.js";
import { Dm2Desk } from "./repository.js";
import { omadm } from "../worker/package.js";

/** @import { NewCommand } from "omadm" */

const PUMP = "urn:oma:mo:ext-acme-pump:1.0";
const DEVINFO = "urn:oma:mo:oma-dm-devinfo:1.2";
const MO = "application/vnd.oma.dm.mo+json";
const TREE = {
  "./Pump/north": { format: "node", type: PUMP },
  "./Pump/north/Mode": "auto",
  "./Pump/north/Hours": 12,
  "./Pump/north/Secret": "secret-leaf",
  "./Pump/north/Reset": "",
  "./Pump/north/Test": "",
};
const tree = await fileOf(TREE);
/** @type {(dialect: string, url: string, ...more: string[]) => string[]} */
const device = (dialect, url, ...more) => ["device", "--url", url, "--version", "2.0", "--dialect", dialect, "--device-id", "IMEI:1", "--tree", tree, ...more];
/** @param {string} out @returns {any[]} */
const told = (out) => out.split("\n").filter(Boolean).map((line) => JSON.parse(line));
/** @param {Uint8Array} body */
const json = (body) => JSON.parse(new TextDecoder().decode(body));
/** An address of the pump, as the dialect spells it. @param {string} dialect @param {string} name */
const pump = (dialect, name) => (dialect === "draft" ? `${PUMP}/${name}` : `${PUMP}/north/${name}`);

for (const dialect of /** @type {const} */ (["draft", "approved"])) {
  beside(`a session in the ${dialect} dialect: data read, fetched, sent, a page, an exec, an alert`, async () => {
    const script = await fileOf({
      alwaysListed: true,
      show: [{ match: "closed", status: 501 }],
      exec: { "./Pump/north/Reset": { status: 202, alert: { code: 1226, alertType: "a.b:done", data: "done" } } },
    });
    const value = JSON.stringify(dialect === "draft" ? [{ URI: pump(dialect, "Mode"), MO: "eco" }] : [{ ClientURI: pump(dialect, "Mode"), MOData: { Mode: "eco" } }]);
    const desk = await Dm2Desk.open([], { files: { "/mode": { body: value } } });
    desk.queue((origin) => [
      { type: "get", uri: `${DEVINFO}${dialect === "draft" ? "/" : "//"}DevID` },
      { type: "hget", from: `${origin}/mode`, to: pump(dialect, "Mode") },
      { type: "hget", from: `${origin}/nowhere`, to: pump(dialect, "Mode") },
      { type: "hget", from: "https://elsewhere.invalid/mode", to: pump(dialect, "Mode") },
      { type: "hput", from: pump(dialect, "Mode"), to: `${origin}/put` },
      { type: "hpost", from: [pump(dialect, "Mode"), pump(dialect, "Hours")], to: `${origin}/post?token=secret-token` },
      { type: "show", url: "https://ui.example/open" },
      { type: "show", url: "https://ui.example/closed" },
      { type: "exec", uri: pump(dialect, "Reset") },
    ]);
    const { status, out, err } = await run(device(dialect, desk.url, "--script", script, "--header", "X-Trace: secret-header", "--json"));
    assert.deepEqual([status, err], [0, ""], out);
    assert.deepEqual(desk.unsupported, []);
    const each = dialect === "draft" ? [200, 200] : [200];
    assert.deepEqual(desk.codes, [200, 200, 502, 403, 200, ...each, 200, 501, 202]);
    const [started] = desk.of("started");
    assert.ok(started?.type === "started" && started.version === "2.0" && started.dialect === dialect && started.deviceId === "IMEI:1");
    const [supported] = desk.of("supported");
    assert.ok(supported?.type === "supported");
    assert.deepEqual(supported.objects.map(({ moid }) => moid).sort(), [PUMP, DEVINFO]);
    const [results] = desk.of("results");
    assert.ok(results?.type === "results" && results.objects?.[0] !== undefined && "value" in results.objects[0]);
    assert.equal(results.objects[0].value, "IMEI:1");
    // What proves the device, and what the user adds, goes to the server alone.
    assert.ok(desk.packages.every(({ headers }) => headers["x-trace"] === "secret-header" && headers["x-syncml-hmac"] === undefined));
    assert.deepEqual(desk.packages.map(({ headers }) => headers["omadm-devid"]), desk.packages.map(() => (dialect === "draft" ? undefined : "IMEI:1")));
    for (const { headers } of desk.requests) assert.deepEqual([headers["x-trace"], headers["omadm-devid"], headers.authorization], [undefined, undefined, undefined]);
    assert.deepEqual(desk.requests.map(({ method, path }) => `${method} ${path}`), ["GET /mode", "GET /nowhere", "PUT /put", "POST /post?token=secret-token"]);
    const put = json(desk.requests[2]?.body ?? new Uint8Array());
    assert.equal(dialect === "draft" ? put[0].MO : put[0].MOData.Mode, "eco");
    assert.equal(desk.requests[2]?.headers["content-type"], MO);
    // What the device tells.
    const events = told(out);
    assert.ok(!out.includes("secret-"));
    const http = events.filter(({ type }) => type === "http");
    assert.deepEqual(http.map(({ method, outcome }) => [method, outcome.status]), [["GET", 200], ["GET", 404], ["PUT", 204], ["POST", 204]]);
    assert.equal(http[3].url, `${desk.origin}/post?token=********`);
    assert.deepEqual(events.filter(({ type }) => type === "show").map(({ url, outcome }) => [url.split("/").at(-1), outcome.status]), [["open", 200], ["closed", 501]]);
    assert.ok(events.some(({ type, uri }) => type === "changed" && uri === "./Pump/north/Mode"));
    const over = events.find(({ type }) => type === "over");
    assert.deepEqual(over.counts.commands, { get: 1, hget: 3, hput: 1, hpost: 1, show: 2, exec: 1 });
    assert.equal(over.counts.statuses[200], desk.codes.filter((code) => code === 200).length);
    // The outcome of the Exec is told, and the server makes something of it where the dialect lets it.
    assert.equal(desk.of("alert").length, 1);
    assert.ok(events.some(({ type, code }) => (dialect === "draft" ? type === "answered" && code === 200 : type === "delivered")));
  });

  beside(`credentials in the ${dialect} dialect: Basic when the server asks, from then on, and for nobody else`, async () => {
    const desk = await Dm2Desk.open([], { wanted: "device:p:ä" });
    desk.queue((origin) => [{ type: "hput", from: pump(dialect, "Mode"), to: `${origin}/put` }]);
    const own = await folder();
    const { status, out, err } = await run(device(dialect, desk.url, "--user", "device", "--password", "p:ä", "--sessions", "2", "-v", "--record", join(own, "t")));
    assert.deepEqual([status, err], [0, ""], out);
    assert.deepEqual(desk.packages.map(({ headers }) => headers.authorization !== undefined), [false, true, true, true]);
    assert.deepEqual(desk.packages[0]?.body, desk.packages[1]?.body);
    assert.equal(desk.requests[0]?.headers.authorization, undefined);
    assert.match(out, /\n   the server wants credentials\n/);
    assert.ok(!out.includes(Buffer.from("device:p:ä").toString("base64")) && out.includes("authorization: ********"));
    const names = await readdir(join(own, "t"));
    assert.ok(names.includes("01-client.json") && names.includes("03-sent.json"), names.join(" "));
    assert.equal(await readFile(join(own, "t", "01-client.json"), "utf8"), desk.packages[0]?.body.toString());
    assert.match(await readFile(join(own, "t", "02-client.headers"), "utf8"), /^authorization: Basic /m);
  });

  beside(`wrong credentials in the ${dialect} dialect are tried once, none are not, and other schemes are told`, async () => {
    const desk = await Dm2Desk.open([], { wanted: "device:right" });
    const wrong = await run(device(dialect, desk.url, "--user", "device", "--password", "wrong"));
    assert.deepEqual([wrong.status, desk.packages.length], [1, 2]);
    assert.match(wrong.out, /refuses the credentials of the device/);
    const none = await run(device(dialect, desk.url));
    assert.deepEqual([none.status, desk.packages.length], [1, 3]);
    assert.match(none.out, /answers HTTP 401: it wants credentials: --user and --password are for Basic/);
    desk.challenge = 'Digest realm="dm", nonce="basic"';
    const other = await run(device(dialect, desk.url, "--user", "device", "--password", "right"));
    assert.deepEqual([other.status, desk.packages.length], [1, 4]);
  });

  beside(`a subscription of the ${dialect} dialect is served behind the session, and where it fails the command does`, async () => {
    const state = join(await folder(), "state.json");
    const script = await fileOf({ write: { "./Pump/north/Hours": 200 } });
    const desk = await Dm2Desk.open();
    const body = JSON.stringify(dialect === "draft" ? [{ URI: pump(dialect, "Mode"), MO: "eco" }] : [{ ClientURI: pump(dialect, "Mode"), MOData: { Mode: "eco" } }]);
    desk.files["/mode"] = { body };
    desk.queue((origin) => [{ type: "sub", url: `${origin}/changed`, uri: pump(dialect, "Mode") }]);
    const options = device(dialect, desk.url, "--state", state, "--script", script, "--json");
    const first = await run(options);
    assert.deepEqual([first.status, desk.codes, desk.requests.length], [0, [200], 0], first.out);
    // In another run, to which the file has carried it.
    desk.queue((origin) => [{ type: "hget", from: `${origin}/mode`, to: pump(dialect, "Mode") }]);
    const second = await run(options);
    assert.equal(second.status, 0, second.out);
    assert.deepEqual(desk.requests.map(({ method, path }) => `${method} ${path}`), ["GET /mode", "PUT /changed"]);
    const [item] = json(desk.requests[1]?.body ?? new Uint8Array());
    assert.equal(dialect === "draft" ? item.MO : item.MOData.Mode, "eco");
    const put = told(second.out).find(({ type }) => type === "put");
    assert.deepEqual([put.uri, put.outcome.status], [pump(dialect, "Mode"), 204]);
    // Tried three times, then given up.
    desk.files["/mode"] = { body: body.replace("eco", "off") };
    desk.files["/changed"] = { status: 503 };
    desk.queue((origin) => [{ type: "hget", from: `${origin}/mode`, to: pump(dialect, "Mode") }]);
    const third = await run(options);
    assert.equal(third.status, 1, third.out);
    assert.deepEqual(desk.requests.slice(2).map(({ method }) => method), ["GET", "PUT", "PUT", "PUT"]);
    assert.match(told(third.out).at(-1).reason, /what a subscription wants does not arrive/);
  });

  beside(`the outcome of an Exec of the ${dialect} dialect is told where it says, in a session of its own`, async () => {
    const desk = await Dm2Desk.open();
    const other = await Dm2Desk.open();
    const secure = await other.secure();
    assert.ok(secure !== undefined, "openssl is missing");
    const reset = `${secure.origin}/dm?token=secret-token`;
    desk.queue(() => [
      { type: "exec", uri: pump(dialect, "Reset"), reportTo: reset },
      { type: "exec", uri: pump(dialect, "Test"), reportTo: "https://elsewhere.example/dm" },
      { type: "exec", uri: pump(dialect, "Test"), reportTo: reset },
    ]);
    const state = join(await folder(), "state.json");
    const script = await fileOf({ exec: { "./Pump/north/Reset": { status: 202, alert: { code: 1226, alertType: "a.b:done", data: "0" }, after: 1 }, "./Pump/north/Test": 200 } });
    const options = { NODE_EXTRA_CA_CERTS: secure.issuer };
    const account = (/** @type {string} */ id, /** @type {string} */ url) => ({
      [`./Accounts/${id}`]: { format: "node", type: "urn:oma:mo:oma-dm-dmacc:1.2" },
      [`./Accounts/${id}/SrvID`]: id,
      [`./Accounts/${id}/SrvURI`]: url,
      [`./Accounts/${id}/Perm/1/MOID`]: PUMP,
    });
    const accounts = await fileOf({ ...account("omadm", desk.url), ...account("other", `${secure.origin}/1`) });
    const given = [...device(dialect, desk.url, "--tree", accounts), "--script", script, "--header", "X-Trace: secret-header", "--state", state];
    const held = await run([...given, "--origin", "https://elsewhere.example", "--sessions", "1", "--json"], options);
    assert.equal(held.status, 0, held.out + held.err);
    assert.deepEqual([desk.codes, other.packages.length], [[202, 403, 202], 0]);
    assert.ok((await readFile(state, "utf8")).includes("secret-token"));
    // What waits outlives the command.
    const { status, out, err } = await run([...given, "--json"], options);
    assert.equal(status, 0, out + err);
    assert.deepEqual(desk.of("alert"), []);
    const alerts = other.of("alert").map((event) => (event.type === "alert" ? [event.alertType, event.item.source?.uri, String(event.data)] : []));
    assert.deepEqual(alerts, [["Reversed-Domain-Name:omadm.device.executed", pump(dialect, "Test"), "200"], ["a.b:done", pump(dialect, "Reset"), "0"]]);
    assert.deepEqual(other.of("started").map((event) => event.type === "started" && event.initiatedBy), ["client"]);
    assert.ok(other.packages.every(({ headers, path }) => headers["x-trace"] === undefined && path === "/dm?token=secret-token"));
    const sessions = told(out).filter(({ type }) => type === "session").map(({ url }) => url);
    assert.deepEqual(sessions, [undefined, `${secure.origin}/dm?token=********`]);
    assert.ok(!out.includes("secret-"));
  });

  beside(`secrets in the ${dialect} dialect are hidden, unless they are wanted`, async () => {
    const commands = /** @type {NewCommand[]} */ ([
      { type: "get", uri: dialect === "draft" ? `${PUMP}/` : `${PUMP}/north/` },
      { type: "show", url: "https://ui.example/?access_token=secret-page" },
    ]);
    for (const how of [["-v"], ["-v", "--json"]]) {
      const desk = await Dm2Desk.open(commands);
      const { status, out } = await run(device(dialect, desk.url, ...how));
      assert.equal(status, 0);
      assert.ok(!out.includes("secret-"), out);
      assert.ok(out.includes("Mode") && out.includes("auto") && out.includes("********"), out);
      const shown = await run(device(dialect, (await Dm2Desk.open(commands)).url, ...how, "--show-secrets"));
      assert.ok(shown.out.includes("secret-leaf") && shown.out.includes("secret-page"));
    }
  });

  beside(`CONT in the ${dialect} dialect goes on at the address it names`, async () => {
    const desk = await Dm2Desk.open();
    desk.queue((origin) => [{ type: "cont", url: `${origin}/dm/second` }]);
    const { status, out } = await run(device(dialect, desk.url));
    assert.equal(status, 0, out);
    assert.deepEqual(desk.packages.map(({ path }) => path), ["/dm", "/dm/second"]);
    const foreign = await Dm2Desk.open([{ type: "cont", url: "https://elsewhere.invalid/dm" }]);
    assert.equal((await run(device(dialect, foreign.url))).status, 0);
    assert.deepEqual([foreign.codes, foreign.packages.length], [[403], 2]);
  });

  beside(`a notification of the ${dialect} dialect asks for the session, and counts once`, async () => {
    const state = join(await folder(), "state.json");
    const notification = { secret: new TextEncoder().encode("pw"), authData: new Uint8Array([1, 2, 3, 4]) };
    const account = { deviceId: "IMEI:1", serverId: "omadm", client: /** @type {const} */ ("transport"), server: /** @type {const} */ ("transport"), notification };
    const made = omadm.encodeNotification(
      dialect === "draft" ? { form: "2.0-draft", sessionId: 0x4d2, options: [{ number: 8, value: new Uint8Array() }] } : { form: "2.0", id: 7, requestMos: true },
      account,
    );
    const desk = await Dm2Desk.open();
    Object.assign(desk.account, { notification, state: made.state });
    const options = device(dialect, desk.url, "--state", state, "--notification", Buffer.from(made.body).toString("hex"), "--notification-nonce", "hex:01020304", "--json");
    const { status, out, err } = await run(options, { OMADM_NOTIFICATION_SECRET: "pw" });
    assert.deepEqual([status, err], [0, ""], out);
    assert.equal(told(out)[0].ok, true);
    const [started] = desk.of("started");
    assert.ok(started?.type === "started" && started.initiatedBy === "server");
    assert.equal(started.notification, dialect === "draft" ? 0x4d2 : 7);
    if (dialect === "draft") assert.equal(json(desk.packages[0]?.body ?? new Uint8Array()).SessionInfo.SessionID, "4D2");
    assert.equal(desk.of("supported").length, 1, "REQ-MOS");
    const again = await run(options, { OMADM_NOTIFICATION_SECRET: "pw" });
    assert.deepEqual([again.status, told(again.out)[0].reason, desk.packages.length], [1, "repeated", 1]);
    const forged = await run(options, { OMADM_NOTIFICATION_SECRET: "other" });
    assert.deepEqual([forged.status, told(forged.out)[0].reason], [1, "digest"]);
  });

  beside(`what is no package ends a session of the ${dialect} dialect`, async () => {
    for (const [given, words] of /** @type {[import("./repository.js").Given, RegExp][]} */ ([
      [{ status: 415 }, /answers HTTP 415: it does not take JSON/],
      [{ status: 200, headers: { "content-type": "text/html" }, body: "<p>" }, /answers text\/html, not application\/vnd\.oma\.dm\.request\+json: a page for people/],
      [{ status: 200, headers: { "content-type": "application/vnd.oma.dm.request+json" }, body: "{" }, /aborted by the device: /],
      [{ status: 302, headers: { location: "https://elsewhere.invalid/" } }, /redirects are not followed/],
    ])) {
      const desk = await Dm2Desk.open([], { instead: { 1: given } });
      const { status, out } = await run(device(dialect, desk.url));
      assert.deepEqual([status, desk.packages.length], [1, 1]);
      assert.match(out, words);
    }
  });
}

beside("a repository that is silent, says too much, or is left behind by who interrupts", async () => {
  const files = { "/silent": /** @type {const} */ ({ isSilent: true }), "/huge": { body: "x".repeat(17 << 20) } };
  const desk = await Dm2Desk.open([], { files });
  const fetches = (/** @type {string[]} */ ...paths) => desk.queue((origin) => paths.map((path) => ({ type: "hget", from: `${origin}${path}`, to: pump("draft", "Mode") })));
  fetches("/silent", "/huge");
  const { status, out } = await run(device("draft", desk.url, "--timeout", "1", "-v"));
  assert.deepEqual([status, desk.codes], [0, [504, 413]], out);
  assert.match(out, /\/silent: timeout\n/);
  assert.match(out, /package 3, PkgSeq 2, 504 \+ 413, /);
  fetches("/silent");
  const [before, asked] = [desk.packages.length, desk.requests.length];
  const { child, over } = start(device("draft", desk.url, "--json"));
  while (desk.requests.length === asked) await new Promise((resolve) => void setTimeout(resolve, 20));
  child.kill("SIGINT");
  assert.equal((await over).status, 130);
  assert.equal(desk.packages.length, before + 2);
  assert.deepEqual(json(desk.packages.at(-1)?.body ?? new Uint8Array()).Alerts, [{ Code: 1223 }]);
  assert.equal(desk.of("aborted").length, 1);
});

beside("an origin that is allowed is fetched from and gone on to, and nothing that proves the device goes there", async () => {
  const desk = await Dm2Desk.open([], { files: { "/mode": { headers: { "content-type": "text/plain" }, body: "eco" } } });
  const other = await desk.secure();
  if (other === undefined) {
    console.log("one case is left out: there is no openssl");
    return;
  }
  const { origin, issuer } = other;
  /** @type {NewCommand[]} */
  const commands = [{ type: "hget", from: `${origin}/mode`, to: pump("approved", "Mode") }, { type: "cont", url: `${origin}/dm/2` }];
  const options = (/** @type {string[]} */ ...more) =>
    device("approved", desk.url, "--user", "device", "--password", "p", "--header", "X-Trace: 1", "--header", "Authorization: Bearer own", ...more);
  const environment = { NODE_EXTRA_CA_CERTS: issuer };
  desk.commands.push(...commands);
  const allowed = await run(options("--origin", `${origin}/`), environment);
  assert.equal(allowed.status, 0, allowed.out);
  assert.deepEqual(desk.codes, [200, 200]);
  const [, second] = desk.packages;
  assert.deepEqual(desk.packages.map(({ path }) => path), ["/dm", "/dm/2"]);
  assert.deepEqual([desk.packages[0]?.headers["x-trace"], desk.packages[0]?.headers.authorization], ["1", "Bearer own"]);
  for (const heard of [second, ...desk.requests]) assert.deepEqual([heard?.headers["x-trace"], heard?.headers.authorization], [undefined, undefined]);
  // It asks for credentials, and gets none.
  desk.commands.push(...commands.slice(1));
  desk.instead = { 4: { status: 401, headers: { "www-authenticate": "Basic" } } };
  const asked = await run(options("--origin", origin), environment);
  assert.deepEqual([asked.status, desk.packages.length], [1, 4], asked.out);
  // Without being allowed, and without an issuer that is known.
  desk.instead = {};
  for (const [more, given, codes] of /** @type {[string[], Record<string, string>, number[]][]} */ ([[[], environment, [403]], [["--origin", origin], {}, [502]]])) {
    desk.events = [];
    desk.commands.push(...commands.slice(0, 1));
    assert.equal((await run(options(...more), given)).status, 0);
    assert.deepEqual(desk.codes, codes);
  }
  assert.equal(desk.requests.length, 1);
});

beside("package 3 of the approved dialect is never sent again, package 1 and all of the draft are", async () => {
  const script = await fileOf({});
  const none = { status: 503, headers: { "retry-after": "0" } };
  /** @param {"draft" | "approved"} dialect @param {number} number of the package */
  const sent = async (dialect, number) => {
    const desk = await Dm2Desk.open([{ type: "get", uri: pump(dialect, "Mode") }], { instead: { [number]: none } });
    const { status } = await run(device(dialect, desk.url, "--script", script, "--retry", "1"));
    return [status, desk.packages.length];
  };
  assert.deepEqual(await sent("draft", 1), [0, 3]);
  assert.deepEqual(await sent("draft", 2), [0, 3]);
  assert.deepEqual(await sent("approved", 1), [0, 3]);
  assert.deepEqual(await sent("approved", 2), [1, 2]);
});

beside("alerts for which the approved dialect has no place are withheld, bootstrap is told, and redirects of a repository are not followed", async () => {
  const alerts = [{ code: 1224, alertType: "urn:oma:at:x:1.0:y", data: "1" }, { code: 1226, alertType: "a.b:done", data: "2" }];
  const script = await fileOf({ alerts });
  const desk = await Dm2Desk.open([], { files: { "/moved": { status: 302, headers: { location: "/mode" } } } });
  desk.queue((origin) => [{ type: "hget", from: `${origin}/moved`, to: pump("approved", "Mode") }]);
  const { status, out } = await run(device("approved", desk.url, "--script", script, "--bootstrap"));
  assert.equal(status, 0, out);
  assert.match(out, /does not raise Alert 1224 .*: neither Client Event nor Correlator is in the approved dialect/);
  assert.deepEqual([desk.codes, desk.requests.length], [[502], 1]);
  const [started] = desk.of("started");
  assert.ok(started?.type === "started" && started.bootstrap === true);
  assert.equal(desk.of("alert").length, 1);
});

beside("--seed gives the same octets, and a firmware is updated in the draft dialect", async () => {
  const FUMO = "urn:oma:mo:oma-fumo:1.0";
  const once = async () => {
    const desk = await Dm2Desk.open([{ type: "exec", uri: `${FUMO}/Download` }, { type: "get", uri: `${FUMO}/State` }]);
    const { status, out } = await run(device("draft", desk.url, "--seed", "7", "--objects", "fumo"));
    assert.equal(status, 0, out);
    return { packages: desk.packages.map(({ body }) => body.toString()), codes: desk.codes };
  };
  const [one, two] = [await once(), await once()];
  assert.deepEqual(one, two);
  assert.equal(one.codes[1], 200);
});

beside("a fleet of DM 2.0, each with a user of its own", async () => {
  const desk = await Dm2Desk.open([], { isBrief: true });
  const summary = async (/** @type {string[]} */ ...more) =>
    run(["device", "--url", desk.url, "--version", "2.0", "--dialect", "approved", "--devices", "20", "--json", ...more]);
  const { status, out } = await summary();
  assert.equal(status, 0, out);
  assert.deepEqual([told(out).at(-1).sessions, told(out).at(-1).failed, desk.packages.length], [20, 0, 20]);
  assert.equal(new Set(desk.packages.map(({ headers }) => headers["omadm-devid"])).size, 20);
  desk.wanted = "user-3:p";
  const mixed = await summary("--user", "user-{n}", "--password", "p");
  assert.deepEqual([mixed.status, told(mixed.out).at(-1).failed], [1, 19]);
});

beside("options that belong to the other protocols are refused", async () => {
  for (const [given, words] of /** @type {[string[], RegExp][]} */ ([
    [["--version", "2.0", "--wbxml"], /--wbxml is not for --version 2\.0/],
    [["--version", "2.0", "--auth", "md5"], /--auth is not for --version 2\.0/],
    [["--dialect", "draft"], /--dialect is for --version 2\.0/],
    [["--version", "2.0", "--dialect", "old"], /--dialect must be one of draft, approved, not "old"/],
    [["--version", "2.0", "--origin", "http://x"], /--origin must be https:\/\/ and a host/],
    [["--version", "2.0", "--origin", "https://x/y"], /--origin must be/],
    [["--version", "2.0", "--notification-nonce", "x"], /--notification-nonce needs --notification-secret/],
    [["--version", "2.0", "--bootstrap", "--notification", "00"], /--bootstrap and --notification/],
  ])) {
    const { status, err } = await run(["device", "--url", "http://127.0.0.1:9/dm", ...given]);
    assert.equal(status, 2);
    assert.match(err, words);
  }
});
