/** The objects that are plugged into a device: what a server sees of them, in sessions, and every state and result by itself. */
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { account, beside, device, fileOf, folder, outcome, rigged } from "./command.js";
import { omadm } from "../worker/package.js";

/** @import { ClientAlert, ClientEvent, DmTree, NewCommand, Outcome } from "omadm" */
/** @typedef {import("../../www/package/objects/objects.js")} Objects */
/** @typedef {import("../../www/package/objects/objects.js").DeviceObject} DeviceObject */

/** @type {Objects} */
const { Fumo, OBJECTS, Scomo, Windows, answerOf, objectsNamed, sourceWith, workOf } = await import(new URL("../../pkg/objects/objects.js", import.meta.url).href);

const FUMO = "./FwUpdate/Firmware";
const SCOMO = "./SCOMO/Software";
const MSFT = "./Vendor/MSFT";
const DEVICE_MSFT = "./Device/Vendor/MSFT";
const DOWNLOAD = "org.openmobilealliance.dm.firmwareupdate.download";
const SCOMO_ALERT = "urn:oma:at:scomo:1.0:OperationComplete";

/** A tree with an object. @param {DeviceObject} object @returns {DmTree} */
const treeWith = (object) => new omadm.DmTree(sourceWith([object], { values: { "./DevDetail/FwV": "1.0.0" } }));

/** @param {DeviceObject} object @param {DmTree} tree @param {string} uri @param {string} [correlator] @returns {Outcome | undefined} */
const exec = (object, tree, uri, correlator) => object.answer({ type: "exec", ticket: 1, uri, ...(correlator !== undefined && { correlator }) }, tree);

/**
 * Lets time pass until nothing goes on: the values of a node on the way, and what is told.
 * @param {DeviceObject} object @param {DmTree} tree @param {string} uri
 */
function rest(object, tree, uri) {
  const values = [tree.get(uri)?.data];
  /** @type {ClientAlert[]} */
  const alerts = [];
  for (let steps = 0; object.isBusy && steps < 20; steps += 1) {
    alerts.push(...object.work(tree));
    values.push(tree.get(uri)?.data);
  }
  return { values: values.map(Number), alerts };
}

for (const [operation, options, states, result] of /** @type {[string, object, number[], number][]} */ ([
  ["Download", {}, [30, 40, 50], 200],
  ["Download", { results: { Download: 250 } }, [30, 40, 50], 250],
  ["Download", { results: { Download: 501 } }, [30, 20], 501],
  ["Download", { results: { Download: 410 } }, [30, 20], 410],
  ["Download", { patience: 2 }, [30, 30, 30, 40, 50], 200],
  ["DownloadAndUpdate", {}, [30, 40, 50, 60, 100], 200],
  ["DownloadAndUpdate", { keepsData: true }, [30, 40, 50, 60, 90], 200],
  ["DownloadAndUpdate", { results: { DownloadAndUpdate: 503 } }, [30, 20], 503],
  ["DownloadAndUpdate", { results: { DownloadAndUpdate: 404 } }, [30, 40, 50, 60, 80], 404],
  ["DownloadAndUpdate", { keepsData: true, results: { DownloadAndUpdate: 410 } }, [30, 40, 50, 60, 70], 410],
])) {
  test(`FUMO ${operation} with ${JSON.stringify(options)} goes through ${states.join(", ")}`, () => {
    const fumo = new Fumo({ ...options, version: "3.1" });
    const tree = treeWith(fumo);
    tree.set(`${FUMO}/${operation}/PkgURL`, "https://fw.example/3.1");
    assert.deepEqual(exec(fumo, tree, `${FUMO}/${operation}`, "c-1"), { status: 202 });
    assert.deepEqual(exec(fumo, tree, `${FUMO}/${operation}`), { status: 405 }, "one at a time");
    const { values, alerts } = rest(fumo, tree, `${FUMO}/State`);
    assert.deepEqual(values, states);
    const isGood = result < 300;
    const alert = { code: 1226, alertType: `org.openmobilealliance.dm.firmwareupdate.${operation.toLowerCase()}`, format: "int", mark: isGood ? "informational" : "warning", source: FUMO, correlator: "c-1", data: String(result) };
    assert.deepEqual(alerts, [alert]);
    assert.equal(tree.get("./DevDetail/FwV")?.data, isGood && operation !== "Download" ? "3.1" : "1.0.0");
  });
}

test("FUMO: Update needs a package, which comes by Download or over DM itself", () => {
  const fumo = new Fumo({ results: { Update: 410 } });
  const tree = treeWith(fumo);
  assert.deepEqual(exec(fumo, tree, `${FUMO}/Update`), { status: 405 });
  /** @type {ClientEvent} */
  const write = { type: "write", ticket: 1, uri: `${FUMO}/Update/PkgData`, data: new Uint8Array([1, 2]) };
  assert.deepEqual(fumo.answer(write, tree), { status: 200 });
  assert.equal(tree.get(`${FUMO}/State`)?.data, "50");
  assert.deepEqual(fumo.answer({ ...write, type: "undo", data: new Uint8Array() }, tree), { status: 200 });
  assert.equal(tree.get(`${FUMO}/State`)?.data, "10", "the Atomic that brought it has failed");
  fumo.answer(write, tree);
  assert.deepEqual(exec(fumo, tree, `${FUMO}/Update`), { status: 202 });
  const { values, alerts } = rest(fumo, tree, `${FUMO}/State`);
  assert.deepEqual([values, alerts.map(({ data, correlator }) => [data, correlator])], [[60, 80], [["410", undefined]]]);
});

for (const [result, keepsData, state, data] of /** @type {[number, boolean, string, Uint8Array | string][]} */ ([
  [200, false, "100", ""],
  [200, true, "90", new Uint8Array([1, 2])],
  [410, false, "80", ""],
  [410, true, "70", new Uint8Array([1, 2])],
])) {
  test(`FUMO: State ${state} says whether the package is still there`, () => {
    const fumo = new Fumo({ results: { Update: result }, keepsData });
    const tree = treeWith(fumo);
    tree.set(`${FUMO}/Update/PkgData`, new Uint8Array([1, 2]));
    tree.set(`${FUMO}/State`, "50");
    exec(fumo, tree, `${FUMO}/Update`);
    rest(fumo, tree, `${FUMO}/State`);
    const left = tree.get(`${FUMO}/Update/PkgData`)?.data;
    assert.deepEqual([tree.get(`${FUMO}/State`)?.data, left instanceof Uint8Array && left.length > 0 ? left : ""], [state, data]);
  });
}

test("FUMO: an address that is none is result 411, and a new address makes a package worthless", () => {
  for (const address of ["", "nowhere", "ftp://fw.example/x", "https://"]) {
    const fumo = new Fumo();
    const tree = treeWith(fumo);
    tree.set(`${FUMO}/Download/PkgURL`, address);
    exec(fumo, tree, `${FUMO}/Download`);
    assert.deepEqual(rest(fumo, tree, `${FUMO}/State`).alerts.map(({ data }) => data), ["411"], address);
  }
  const fumo = new Fumo();
  const tree = treeWith(fumo);
  tree.set(`${FUMO}/State`, "50");
  fumo.answer({ type: "changed", uri: `${FUMO}/Download/PkgURL`, by: "replace" }, tree);
  assert.equal(tree.get(`${FUMO}/State`)?.data, "10");
});

test("FUMO: what goes on is saved, and goes on with another object", () => {
  const fumo = new Fumo({ results: { Download: 402 } });
  const tree = treeWith(fumo);
  tree.set(`${FUMO}/Download/PkgURL`, "https://fw.example/");
  exec(fumo, tree, `${FUMO}/Download`, "c-9");
  const again = new Fumo();
  again.restore(JSON.parse(JSON.stringify(fumo.save())));
  assert.deepEqual(rest(again, tree, `${FUMO}/State`).alerts.map(({ data, correlator }) => [data, correlator]), [["402", "c-9"]]);
  for (const wrong of [null, {}, [7], [{ name: "Download" }]]) assert.throws(() => new Fumo().restore(wrong), TypeError);
});

for (const [operation, result, statuses, delivered, deployed] of /** @type {[string, number, number[], string | undefined, string | undefined][]} */ ([
  ["Download", 1200, [30, 40], "10", undefined],
  ["Download", 1402, [30, 20], undefined, undefined],
  ["DownloadInstall", 1200, [30, 50, 10], "20", "20"],
  ["DownloadInstallInactive", 1200, [30, 50, 10], "20", "10"],
  ["DownloadInstall", 1501, [30, 20], undefined, undefined],
  ["DownloadInstall", 1405, [30, 50, 60], "10", undefined],
])) {
  test(`SCOMO ${operation} with result ${result} goes through ${statuses.join(", ")}`, () => {
    const scomo = new Scomo({ results: { [operation]: result } });
    const tree = treeWith(scomo);
    tree.set(`${SCOMO}/Download/Slot/PkgURL`, "https://sw.example/editor");
    tree.set(`${SCOMO}/Download/Slot/PkgID`, "editor");
    assert.deepEqual(exec(scomo, tree, `${SCOMO}/Download/Slot/Operations/${operation}`, "c-2"), { status: 202 });
    const { values, alerts } = rest(scomo, tree, `${SCOMO}/Download/Slot/Status`);
    assert.deepEqual(values, statuses);
    assert.deepEqual(alerts.map(({ alertType, source, correlator, data }) => [alertType, source, correlator, data]), [[SCOMO_ALERT, `${SCOMO}/Download/Slot`, "c-2", String(result)]]);
    assert.equal(tree.get(`${SCOMO}/Inventory/Delivered/Slot/State`)?.data, delivered);
    assert.equal(tree.get(`${SCOMO}/Inventory/Deployed/Slot/State`)?.data, deployed);
    assert.equal(tree.get(`${SCOMO}/Inventory/Deployed/Slot/ID`)?.data, deployed && "editor");
  });
}

for (const [place, operation, result, status, state] of /** @type {[string, string, number, (string | undefined)[], string | undefined][]} */ ([
  ["Deployed/Agent", "Deactivate", 1200, ["70", "10"], "10"],
  ["Deployed/Agent", "Deactivate", 1410, ["70", "60"], "20"],
  ["Deployed/Agent", "Activate", 1409, ["50", "40"], "20"],
  ["Deployed/Agent", "Remove", 1200, ["30", undefined], undefined],
  ["Deployed/Agent", "Remove", 1408, ["30", "20"], "20"],
  ["Delivered/Slot", "Install", 1200, ["40", "10"], "20"],
  ["Delivered/Slot", "InstallInactive", 1405, ["40", "50"], "10"],
  ["Delivered/Slot", "Remove", 1200, ["30", undefined], undefined],
  ["Delivered/Slot", "Remove", 1408, ["30", "20"], "10"],
])) {
  test(`SCOMO ${operation} of ${place} with result ${result}`, () => {
    const scomo = new Scomo({ results: { [operation]: result } });
    const tree = treeWith(scomo);
    tree.set(`${SCOMO}/Download/Slot/PkgURL`, "https://sw.example/editor");
    exec(scomo, tree, `${SCOMO}/Download/Slot/Operations/Download`);
    rest(scomo, tree, ".");
    const uri = `${SCOMO}/Inventory/${place}`;
    assert.deepEqual(exec(scomo, tree, `${uri}/Operations/${operation}`), { status: 202 });
    const seen = [tree.get(`${uri}/Status`)?.data];
    const { alerts } = rest(scomo, tree, ".");
    seen.push(tree.get(`${uri}/Status`)?.data);
    assert.deepEqual([seen, tree.get(`${uri}/State`)?.data, alerts.map(({ data }) => data)], [status, state, [String(result)]]);
  });
}

test("SCOMO: what was deployed and is removed is only delivered again", () => {
  const scomo = new Scomo();
  const tree = treeWith(scomo);
  tree.set(`${SCOMO}/Download/Slot/PkgURL`, "https://sw.example/editor");
  exec(scomo, tree, `${SCOMO}/Download/Slot/Operations/DownloadInstall`);
  rest(scomo, tree, ".");
  assert.equal(tree.get(`${SCOMO}/Inventory/Delivered/Slot/State`)?.data, "20");
  exec(scomo, tree, `${SCOMO}/Inventory/Deployed/Slot/Operations/Remove`);
  rest(scomo, tree, ".");
  assert.equal(tree.get(`${SCOMO}/Inventory/Delivered/Slot/State`)?.data, "10");
});

for (const [uri, operation] of /** @type {[string, string][]} */ ([
  [`${SCOMO}/Download/Slot`, "DownloadInstall"],
  [`${SCOMO}/Inventory/Deployed/Agent`, "Deactivate"],
])) {
  test(`SCOMO ${operation} of what is deleted meanwhile is result 1400`, () => {
    const scomo = new Scomo({ patience: 2 });
    const tree = treeWith(scomo);
    tree.set(`${SCOMO}/Download/Slot/PkgURL`, "https://sw.example/editor");
    assert.deepEqual(exec(scomo, tree, `${uri}/Operations/${operation}`, "c-4"), { status: 202 });
    scomo.work(tree);
    tree.remove(uri);
    const { alerts } = rest(scomo, tree, ".");
    assert.deepEqual(alerts.map(({ data, mark, correlator }) => [data, mark, correlator]), [["1400", "warning", "c-4"]]);
    assert.equal(tree.get(uri), undefined);
  });
}

for (const [at, other] of /** @type {[string, string][]} */ ([
  [MSFT, DEVICE_MSFT],
  [DEVICE_MSFT, MSFT],
])) {
  test(`Windows: what is configured below ${at} holds at both addresses, until it is deleted`, () => {
    let windows = new Windows();
    const tree = treeWith(windows);
    const config = `${at}/Policy/Config/Update`;
    const told = (/** @type {string} */ uri, /** @type {"add" | "delete"} */ by) => windows.answer({ type: "changed", uri, by }, tree);
    const held = () => [at, other].flatMap((root) => ["ActiveHoursStart", "ActiveHoursEnd"].map((name) => tree.get(`${root}/Policy/Result/Update/${name}`)?.data));
    const described = ["8", "17", "8", "17"];
    assert.deepEqual(held(), described);
    const add = () => {
      tree.set(config, null, { format: "node" });
      told(config, "add");
      for (const [name, data] of [["ActiveHoursStart", "9"], ["ActiveHoursEnd", "10"]]) {
        tree.set(`${config}/${name}`, data ?? "", { format: "int" });
        told(`${config}/${name}`, "add");
      }
    };
    add();
    assert.deepEqual([held(), tree.get(`${other}/Policy/Config/Update/ActiveHoursEnd`)?.data], [["9", "10", "9", "10"], "10"]);
    tree.remove(`${config}/ActiveHoursStart`);
    told(`${config}/ActiveHoursStart`, "delete");
    assert.deepEqual([held(), tree.get(`${other}/Policy/Config/Update/ActiveHoursStart`)], [["8", "10", "8", "10"], undefined]);
    // In another process, an area as a whole.
    const saved = JSON.parse(JSON.stringify(windows.save()));
    windows = new Windows();
    windows.restore(saved);
    add();
    tree.remove(config);
    told(config, "delete");
    assert.deepEqual([held(), tree.get(`${other}/Policy/Config/Update`)], [described, undefined]);
    windows.answer({ type: "exec", ticket: 1, uri: `${at}/DMClient/Unenroll` }, tree);
    assert.deepEqual([at, other].map((root) => tree.get(`${root}/DMClient/Provider/Marram`)), [undefined, undefined]);
    for (const wrong of [null, 7, []]) assert.throws(() => windows.restore(wrong), TypeError);
  });
}

test("Windows: descriptions of one's own are all that there is", () => {
  const nothing = new TextEncoder().encode(
    `<MgmtTree xmlns="syncml:dmddf1.2"><VerDTD>1.2</VerDTD><Node><NodeName>Own</NodeName><DFProperties><AccessType><Get/></AccessType>
    <DFFormat><chr/></DFFormat><Occurrence><One/></Occurrence><DFType><MIME>text/plain</MIME></DFType></DFProperties></Node></MgmtTree>`,
  );
  const tree = new omadm.DmTree(sourceWith([new Windows()], { ddf: [nothing] }));
  assert.deepEqual([tree.get("./Vendor"), tree.get("./Device"), tree.get("./Own")?.format], [undefined, undefined, "chr"]);
  assert.equal(tree.get(".")?.acl, "Add=*&Delete=*&Exec=*&Get=*&Replace=*");
});

test("options that make no sense are said in words", () => {
  for (const [name, options, words] of /** @type {[string, any, RegExp][]} */ ([
    ["fumo", { root: "FwUpdate" }, /fumo\.root must be a URI such as/],
    ["fumo", { results: { Upload: 200 } }, /result codes from 200 to 599 for Download, Update, DownloadAndUpdate/],
    ["fumo", { result: {} }, /fumo: there is no "result"; there is root, results/],
    ["scomo", { results: { Remove: 200 } }, /from 1200 to 1599/],
    ["scomo", { slot: "a/b" }, /scomo\.slot must be the name of a node/],
    ["windows", { leaves: 1 }, /windows\.leaves must be true or false/],
    ["windows", 7, /windows: the options must be an object/],
    ["flux", {}, /there is no object "flux"; there is fumo, scomo, windows/],
  ])) {
    assert.throws(() => objectsNamed([name], { [name]: options }), { name: "TypeError", message: words });
  }
});

test("nothing of the objects needs Node, and the entries of the package need nothing of the command", async () => {
  const folder = new URL("../../pkg/", import.meta.url);
  for (const file of await readdir(new URL("objects/", folder))) {
    const text = await readFile(new URL(`objects/${file}`, folder), "utf8");
    const imports = [...text.matchAll(/^import .* from "(.*)";$/gm)].map(([, from]) => from ?? "");
    assert.ok(imports.every((from) => from.startsWith("./") || from === "../types.js"), file);
  }
  for (const entry of ["web.js", "workerd.js", "node.js", "api.js"]) assert.equal(/\.\/(?:cli|objects)\//.test(await readFile(new URL(entry, folder), "utf8")), false);
  // All at once in one tree, as a page would have them.
  const objects = objectsNamed(OBJECTS);
  const tree = new omadm.DmTree(sourceWith(objects));
  assert.deepEqual(answerOf(objects, { type: "exec", ticket: 1, uri: `${MSFT}/Reboot/RebootNow` }, tree), { status: 200 });
  assert.equal(answerOf(objects, { type: "exec", ticket: 1, uri: "./Else" }, tree), undefined);
  assert.deepEqual(workOf(objects, tree), []);
  assert.equal(new Windows({ leaves: true }).opening().at(-1)?.alertType, "com.microsoft:mdm.unenrollment.userrequest");
});

const rig = await rigged();

beside("FUMO in sessions: 202, then the alert with the Correlator in a session of its own; State is read on the way", async () => {
  await account(rig, "fumo", "md5", { alertTypes: [DOWNLOAD] });
  const [replace, exec, state, denied] = await rig.queue("fumo", [
    { type: "replace", items: [{ uri: `${FUMO}/Download/PkgURL`, data: "https://fw.example/1" }] },
    { type: "exec", uri: `${FUMO}/Download`, correlator: "abc123" },
    { type: "get", uri: `${FUMO}/State` },
    { type: "replace", items: [{ uri: `${FUMO}/State`, data: "10" }] },
  ]);
  const script = await fileOf({ objects: { fumo: { results: { Download: 402 } } } });
  const { status, events, err } = await device(rig, "fumo", ["--objects", "fumo", "--script", script, "--version", "1.3"]);
  assert.deepEqual([status, err], [0, ""]);
  assert.deepEqual((await outcome(rig, "fumo", replace)).codes, ["200"]);
  assert.deepEqual((await outcome(rig, "fumo", exec)).codes, ["202"]);
  assert.deepEqual((await outcome(rig, "fumo", state)).values, ["30"]);
  assert.deepEqual((await outcome(rig, "fumo", denied)).codes, ["425"]);
  assert.deepEqual(events.flatMap(({ type, number }) => (type === "session" ? [number] : [])), [1, 2]);
  const { log } = await rig.read("fumo");
  const [alert] = log.flatMap((/** @type {any} */ { event }) => (event.type === "alert" ? [event] : []));
  assert.deepEqual([alert.code, alert.alertType, alert.correlator], [1226, DOWNLOAD, "abc123"]);
  assert.deepEqual(events.flatMap(({ type, code, raised }) => (type === "answered" ? [[code, raised.data, raised.source]] : [])), [[200, "402", FUMO]]);
});

beside("what a script says to an Exec counts, and the object behind the node begins nothing", async () => {
  await account(rig, "scripted");
  const script = await fileOf({ exec: { [`${FUMO}/Download`]: 500 } });
  const [exec, state] = await rig.queue("scripted", [
    { type: "exec", uri: `${FUMO}/Download`, correlator: "c-5" },
    { type: "get", uri: `${FUMO}/State` },
  ]);
  const { status, types } = await device(rig, "scripted", ["--objects", "fumo", "--script", script]);
  assert.equal(status, 0);
  assert.deepEqual((await outcome(rig, "scripted", exec)).codes, ["500"]);
  assert.deepEqual((await outcome(rig, "scripted", state)).values, ["10"]);
  assert.equal(types.includes("raised"), false);
});

beside("SCOMO in a session: a server adds a download of its own, and executes what the device has put into it", async () => {
  await account(rig, "scomo", "md5", { alertTypes: [SCOMO_ALERT] });
  const own = `${SCOMO}/Download/editor`;
  /** @type {NewCommand[]} */
  const commands = [
    { type: "add", items: [{ uri: own, format: "node" }] },
    { type: "add", items: [{ uri: `${own}/PkgURL`, data: "https://sw.example/editor" }] },
  ];
  await rig.queue("scomo", commands);
  const state = join(await folder(), "state.json");
  assert.equal((await device(rig, "scomo", ["--objects", "scomo", "--state", state])).status, 0);
  const [idle, exec] = await rig.queue("scomo", [
    { type: "get", uri: `${own}/Status` },
    { type: "exec", uri: `${own}/Operations/DownloadInstall`, correlator: "c-3" },
  ]);
  // The outcome waits in the state until the next run.
  assert.equal((await device(rig, "scomo", ["--objects", "scomo", "--state", state, "--sessions", "1"])).status, 0);
  assert.deepEqual((await outcome(rig, "scomo", idle)).values, ["10"]);
  assert.deepEqual((await outcome(rig, "scomo", exec)).codes, ["202"]);
  const [list] = await rig.queue("scomo", [{ type: "get", uri: `${SCOMO}/Inventory/Deployed` }]);
  const { status, events } = await device(rig, "scomo", ["--objects", "scomo", "--state", state]);
  assert.equal(status, 0);
  assert.deepEqual((await outcome(rig, "scomo", list)).values, ["Agent/editor"]);
  assert.deepEqual(events.flatMap(({ type, code, raised }) => (type === "answered" ? [[code, raised.correlator, raised.data]] : [])), [[200, "c-3", "1200"]]);
});

beside("the Windows-like device is as its descriptions say: policies, what may not be, and what is executed", async () => {
  await account(rig, "windows");
  const policy = (/** @type {string} */ name) => `${MSFT}/Policy/Config/${name}`;
  const text = { format: /** @type {const} */ ("chr"), mime: "text/plain" };
  const ids = await rig.queue("windows", [
    { type: "add", items: [{ uri: policy("Update"), format: "node" }] },
    { type: "add", items: [{ uri: policy("Update/ActiveHoursStart"), data: "9", format: "int" }] },
    { type: "add", items: [{ uri: policy("Update/ActiveHoursEnd"), data: "24", format: "int" }] },
    { type: "add", items: [{ uri: policy("Update/Elsewhere"), data: "1", format: "int" }] },
    { type: "add", items: [{ uri: policy("Lantern~Policy~Lantern"), format: "node" }] },
    { type: "add", items: [{ uri: policy("Lantern~Policy~Lantern/Dim"), data: '<enabled/><data id="Level" value="3"/>', ...text }] },
    { type: "get", uri: `${MSFT}/Policy/Result/Update/ActiveHoursStart` },
    { type: "replace", items: [{ uri: "./DevInfo/Man", data: "x" }] },
    { type: "exec", uri: `${MSFT}/Reboot/RebootNow` },
    { type: "exec", uri: `${MSFT}/Policy` },
    { type: "get", uri: `${MSFT}/DMClient/Provider/Marram/EntDeviceName` },
    { type: "get", uri: `${DEVICE_MSFT}/DMClient/Provider/Marram/EntDeviceName` },
    { type: "replace", items: [{ uri: `${DEVICE_MSFT}/Policy/Config/Update/ActiveHoursStart`, data: "10", format: "int" }] },
    { type: "exec", uri: `${DEVICE_MSFT}/Reboot/RebootNow` },
  ]);
  const { status, events, err } = await device(rig, "windows", ["--objects", "windows"]);
  assert.deepEqual([status, err], [0, ""]);
  const answers = await Promise.all(ids.map((id) => outcome(rig, "windows", id)));
  assert.deepEqual(answers.map(({ codes }) => codes.join()), ["200", "200", "415", "405", "200", "200", "200", "405", "200", "405", "200", "200", "200", "200"]);
  assert.deepEqual([answers[6]?.values, answers[10]?.values, answers[11]?.values], [["8"], ["MARRAM-1"], ["MARRAM-1"]]);
  assert.deepEqual(events.flatMap(({ type, alert }) => (type === "raised" ? [[alert.alertType, alert.data]] : [])), [["com.microsoft/MDM/LoginStatus", "user"]]);
});
