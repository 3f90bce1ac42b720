/** `omadm device` as a second process, against the Worker over loopback HTTP: how both sides prove themselves, and what is done in a session. */
import assert from "node:assert/strict";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { omadm } from "../worker/package.js";
import { PASSWORD, SERVER_PASSWORD, account, beside, device, fileOf, folder, outcome, rigged } from "./command.js";

/** @import { AuthScheme, NewCommand } from "omadm" */

const rig = await rigged();
const NAME = "./Setting/Name";
const values = await fileOf({ [NAME]: "before", "./Unit/Lamp": { data: "1", format: "int", host: true }, "./Unit/Off": { data: "0", format: "int" } });

for (const [scheme, version, encoding] of /** @type {[AuthScheme, string, string][]} */ ([
  ["basic", "1.1", "xml"],
  ["basic", "1.2", "wbxml"],
  ["md5", "1.2", "xml"],
  ["md5", "1.1", "wbxml"],
  ["hmac", "1.3", "xml"],
  ["hmac", "1.2", "wbxml"],
  ["sha256", "1.3", "xml"],
  ["sha256", "1.3", "wbxml"],
])) {
  beside(`both sides by ${scheme}, DM ${version} in ${encoding}: two sessions, of which the second needs no challenge`, async () => {
    const id = `${scheme}-${encoding}`;
    await account(rig, id, scheme);
    const [replace, get] = await rig.queue(id, [
      { type: "replace", items: [{ uri: NAME, data: "after" }] },
      { type: "get", uri: NAME },
    ]);
    const options = ["--auth", scheme, "--version", version, "--tree", values, "--sessions", "2", "-v", ...(encoding === "wbxml" ? ["--wbxml"] : [])];
    const { status, events, out, err } = await device(rig, id, options);
    assert.deepEqual([status, err], [0, ""]);
    assert.deepEqual((await outcome(rig, id, replace)).codes, ["200"]);
    assert.deepEqual(await outcome(rig, id, get), { codes: ["200"], values: ["after"], data: [] });
    const messages = events.filter(({ type }) => type === "message");
    assert.ok(messages.every((message) => message.encoding === encoding && message.message.header.verProto === `DM/${version}`));
    assert.deepEqual(events.flatMap(({ type, end }) => (type === "over" ? [end] : [])), ["finished", "finished"]);
    const second = events.slice(events.findLastIndex(({ type }) => type === "session"));
    const challenged = (/** @type {any[]} */ list) => list.flatMap(({ message }) => message?.commands ?? []).some(({ type, code }) => type === "status" && (code === 401 || code === 407));
    assert.equal(challenged(second), false);
    const types = new Set(messages.flatMap(({ message }) => (message.header.cred === undefined ? [] : [message.header.cred.type])));
    const wanted = { basic: "syncml:auth-basic", md5: "syncml:auth-md5", hmac: undefined, sha256: "syncml:auth-SHA256" }[scheme];
    assert.deepEqual([...types], wanted === undefined ? [] : [wanted]);
    // Each direction is proven, and nothing that proves it is shown.
    for (const direction of ["sent", "received"]) {
      const some = messages.filter((message) => message.direction === direction);
      const shown = some.flatMap(({ message, headers }) => [message.header.cred?.data, headers["x-syncml-hmac"]]).filter((proof) => proof !== undefined);
      assert.ok(shown.length > 0 && shown.every((proof) => /\*{8}$/.test(proof)), direction);
    }
    for (const secret of [PASSWORD, SERVER_PASSWORD, Buffer.from(`device:${PASSWORD}`).toString("base64")]) assert.equal(out.includes(secret), false);
  });
}

beside("a wrong password is an exit status of 1 and a reason; nothing is done", async () => {
  await account(rig, "wrong");
  await rig.queue("wrong", [{ type: "get", uri: NAME }]);
  const { status, events } = await device(rig, "wrong", ["--tree", values, "--password", "guess"]);
  assert.equal(status, 1);
  assert.deepEqual([events.at(-1).end, events.at(-1).reason], ["failed", "the server refuses the credentials of the device"]);
  assert.deepEqual(events.at(-1).counts.commands, {});
});

beside("a server that proves itself by the wrong password is not obeyed", async () => {
  await account(rig, "false");
  const [get] = await rig.queue("false", [{ type: "get", uri: NAME }]);
  const { status, events } = await device(rig, "false", ["--tree", values, "--server-password", "other"]);
  assert.equal(status, 1);
  assert.match(events.at(-1).reason, /aborted|refuses/);
  assert.deepEqual((await outcome(rig, "false", get)).values, []);
});

beside("--state keeps nonces and tree, for nobody else to read; --show-secrets shows what -v hides", async () => {
  await account(rig, "kept");
  const state = join(await folder(), "state.json");
  await rig.queue("kept", [{ type: "replace", items: [{ uri: NAME, data: "kept" }] }]);
  const first = await device(rig, "kept", ["--tree", values, "--state", state]);
  assert.equal(first.status, 0, first.err);
  assert.equal((await stat(state)).mode & 0o777, 0o600);
  assert.equal((await readFile(state, "utf8")).includes(PASSWORD), false);
  const [get] = await rig.queue("kept", [{ type: "get", uri: NAME }]);
  const second = await device(rig, "kept", ["--state", state, "-v", "--show-secrets"]);
  assert.equal(second.status, 0, second.err);
  assert.deepEqual((await outcome(rig, "kept", get)).values, ["kept"]);
  const [sent] = second.events.filter(({ type }) => type === "message");
  assert.match(sent.message.header.cred.data, /^[A-Za-z0-9+/]{22}==$/);
  const codes = second.events.flatMap(({ message }) => message?.commands ?? []).flatMap(({ type, cmd, code }) => (type === "status" && cmd === "SyncHdr" ? [code] : []));
  assert.ok(codes.length > 0 && codes.every((code) => code === 212 || code === 200), String(codes));
  const other = await device(rig, "other", ["--state", state]);
  assert.equal(other.status, 2);
  assert.match(other.err, /that of the device kept, not of other/);
});

for (const encoding of ["xml", "wbxml"]) {
  beside(`large objects both ways in ${encoding}, and one that is too large`, async () => {
    const id = `large-${encoding}`;
    await account(rig, id, "md5", { maxMsgSize: 3_000 });
    const large = "0123456789".repeat(2_000);
    const commands = /** @type {NewCommand[]} */ ([
      { type: "replace", items: [{ uri: NAME, data: large }] },
      { type: "get", uri: NAME },
      { type: "replace", items: [{ uri: "./Unit/Off", data: "1", format: "int" }] },
    ]);
    const [replace, get] = await rig.queue(id, commands);
    const transcript = join(await folder(), "transcript");
    const wbxml = encoding === "wbxml" ? ["--wbxml"] : [];
    const { status, events, err } = await device(rig, id, ["--tree", values, "--max-msg-size", "4000", "--max-obj-size", "50000", "--record", transcript, ...wbxml]);
    assert.deepEqual([status, err], [0, ""]);
    assert.deepEqual((await outcome(rig, id, replace)).codes, ["200"]);
    assert.deepEqual((await outcome(rig, id, get)).values, [large]);
    const progress = events.filter(({ type }) => type === "progress");
    assert.ok(progress.length > 2, String(progress.length));
    for (const direction of ["received", "sent"]) {
      const last = progress.findLast((event) => event.direction === direction);
      assert.deepEqual([last?.bytes, last?.total], [20_000, 20_000], direction);
    }
    const messages = events.filter(({ type }) => type === "message");
    assert.ok(messages.every(({ direction, octets }) => octets <= (direction === "sent" ? 3_000 : 4_000)));
    // The transcript is what was on the wire.
    for (const [at, { octets, direction }] of messages.entries()) {
      const number = String(Math.floor(at / 2) + 1).padStart(2, "0");
      const side = direction === "sent" ? "client" : "server";
      assert.equal((await readFile(join(transcript, `${number}-${side}.${encoding}`))).length, octets);
      assert.match(await readFile(join(transcript, `${number}-${side}.headers`), "utf8"), new RegExp(`content-type: application/vnd\\.syncml\\.dm\\+${encoding}`));
    }
    const again = await device(rig, id, ["--tree", values, "--record", transcript]);
    assert.equal(again.status, 2, "a transcript is not mixed with another");
    assert.match(again.err, /01-client\.headers: it exists already/);
    const [tooLarge] = await rig.queue(id, commands.slice(0, 1));
    await device(rig, id, ["--tree", values, "--max-msg-size", "4000", "--max-obj-size", "10000", ...wbxml]);
    assert.deepEqual((await outcome(rig, id, tooLarge)).codes, ["413"]);
  });
}

beside("a tree is made of values, a serialised tree and descriptions, told apart by their content", async () => {
  await account(rig, "tree");
  const tnds = omadm.encode({
    type: "tnds",
    encoding: "wbxml",
    nodes: [{ name: "Serialised", format: "node", children: [{ name: "Leaf", format: "chr", data: "tnds", children: [] }, { name: "Other", format: "chr", data: "tnds", children: [] }] }],
  });
  const property = (/** @type {string} */ access, /** @type {string} */ format, /** @type {string} */ type) =>
    `<DFProperties><AccessType><${access}/></AccessType><DFFormat><${format}/></DFFormat><Occurrence><One/></Occurrence><DFType>${type}</DFType></DFProperties>`;
  const described = (/** @type {string} */ name) =>
    `<MgmtTree xmlns="syncml:dmddf1.2"><VerDTD>1.2</VerDTD><Node><NodeName>${name}</NodeName>${property("Get", "node", "<DDFName/>")}
    <Node><NodeName>Leaf</NodeName>${property("Get", "chr", "<MIME>text/plain</MIME>").replace("<DFFormat>", "<DefaultValue>ddf</DefaultValue><DFFormat>")}</Node></Node></MgmtTree>`;
  const files = [await fileOf({ "./Serialised/Other": "values" }), await fileOf(tnds.body), await fileOf(described("One")), await fileOf(described("Two"))];
  const [get, denied] = await rig.queue("tree", [
    { type: "get", uri: ["./Serialised/Leaf", "./Serialised/Other", "./One/Leaf", "./Two/Leaf", "./DevInfo/Man"] },
    { type: "replace", items: [{ uri: "./One/Leaf", data: "x" }] },
  ]);
  const { status, err } = await device(rig, "tree", files.flatMap((file) => ["--tree", file]));
  assert.deepEqual([status, err], [0, ""]);
  assert.deepEqual((await outcome(rig, "tree", get)).values, ["tnds", "values", "ddf", "ddf", "omadm"]);
  assert.deepEqual((await outcome(rig, "tree", denied)).codes, ["405"]);
});

beside("an Atomic that the hardware fails is taken back whole", async () => {
  await account(rig, "atomic");
  const script = await fileOf({ write: { "./Unit/Lamp": 500 } });
  const [atomic, get] = await rig.queue("atomic", [
    {
      type: "atomic",
      commands: [
        { type: "replace", items: [{ uri: NAME, data: "after" }] },
        { type: "replace", items: [{ uri: "./Unit/Lamp", data: "2", format: "int" }] },
      ],
    },
    { type: "get", uri: NAME },
  ]);
  const { status, events } = await device(rig, "atomic", ["--tree", values, "--script", script]);
  assert.equal(status, 0);
  assert.deepEqual((await outcome(rig, "atomic", atomic)).codes, ["507", "0 216", "1 500"]);
  assert.deepEqual((await outcome(rig, "atomic", get)).values, ["before"]);
  assert.deepEqual(events.flatMap(({ type, uri, outcome }) => (type === "write" ? [[uri, outcome.status]] : [])), [["./Unit/Lamp", 500]]);
});

beside("interactions are answered as the script says, else by yes", async () => {
  await account(rig, "asked");
  const script = await fileOf({
    shows: ["display", "confirm", "input", "choose"],
    interactions: [
      { type: "confirm", match: "wipe", answer: "no" },
      { answer: { text: "1234" } },
      { match: "Colours", answer: { choices: [3, 1] } },
      { type: "choose", answer: "cancel" },
    ],
  });
  const choices = ["Red", "Green", "Blue"];
  const ids = await rig.queue("asked", [
    { type: "display", text: "Hello" },
    { type: "confirm", text: "Restart?" },
    { type: "confirm", text: "Really wipe it?" },
    { type: "input", text: "PIN" },
    { type: "choose", text: "Colours", choices, multiple: true },
    { type: "choose", text: "Colour", choices },
  ]);
  const { status } = await device(rig, "asked", ["--tree", values, "--script", script]);
  assert.equal(status, 0);
  const answers = await Promise.all(ids.map((id) => outcome(rig, "asked", id)));
  assert.deepEqual(
    answers.map(({ codes, data }) => [...codes, ...data].join(" ")),
    ["200", "200", "304", "200 1234", "200 3 1", "214"],
  );
  const dumb = await fileOf({ shows: [] });
  const [unseen] = await rig.queue("asked", [{ type: "display", text: "Hello" }]);
  await device(rig, "asked", ["--tree", values, "--script", dumb]);
  assert.deepEqual((await outcome(rig, "asked", unseen)).codes, ["406"]);
});

beside("Exec, reads and writes of the hardware are as the script says, and an alert with the Correlator follows", async () => {
  const TYPE = "urn:oma:at:ext-marram:restarted:1.0";
  await account(rig, "hardware", "md5", { alertTypes: [TYPE] });
  const script = await fileOf({
    exec: { "./Unit/Restart": { status: 202, alert: { code: 1226, alertType: TYPE, data: "done" } }, "./Unit/Broken": 500 },
    read: { "./Unit/Temperature": 21, "./Unit/Lost": 404 },
    alerts: [{ code: 1224, alertType: "com.example/Login", data: "user" }],
  });
  const [restart, broken, temperature, lost] = await rig.queue("hardware", [
    { type: "exec", uri: "./Unit/Restart", correlator: "c-7" },
    { type: "exec", uri: "./Unit/Broken" },
    { type: "get", uri: "./Unit/Temperature" },
    { type: "get", uri: "./Unit/Lost" },
  ]);
  const { status, events } = await device(rig, "hardware", ["--script", script]);
  assert.equal(status, 0);
  assert.deepEqual((await outcome(rig, "hardware", restart)).codes, ["202"]);
  assert.deepEqual((await outcome(rig, "hardware", broken)).codes, ["500"]);
  assert.deepEqual((await outcome(rig, "hardware", temperature)).values, ["21"]);
  assert.deepEqual((await outcome(rig, "hardware", lost)).codes, ["404"]);
  const { log } = await rig.read("hardware");
  const alerts = log.flatMap((/** @type {any} */ { event }) => (event.type === "alert" ? [[event.code, event.alertType, event.correlator]] : []));
  assert.deepEqual(alerts, [[1224, "com.example/Login", undefined], [1226, TYPE, "c-7"]]);
  assert.deepEqual(events.flatMap(({ type, code }) => (type === "answered" ? [code] : [])), [200, 200]);
});

beside("the device ends the session where the script says so", async () => {
  await account(rig, "leaving");
  await rig.queue("leaving", [{ type: "get", uri: NAME }]);
  const script = await fileOf({ abortAfter: 2 });
  const { status, events } = await device(rig, "leaving", ["--tree", values, "--script", script]);
  assert.equal(status, 0, "as it was meant");
  assert.equal(events.at(-1).end, "aborted");
  const { log } = await rig.read("leaving");
  assert.ok(log.some((/** @type {any} */ { event }) => event.type === "aborted" && event.by === "device"));
});
