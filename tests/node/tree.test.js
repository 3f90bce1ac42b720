/** DmTree: sources, values, properties, changes, and trees at rest. */
import assert from "node:assert/strict";
import { test } from "node:test";
import omadm, { thrown, wrong } from "./omadm.js";

/** @import { DmTree as Tree, TndsNode, TreeSource } from "../../www/package/types.js" */

const { DmTree, encode } = omadm;
const octets = (/** @type {string} */ text) => new TextEncoder().encode(text);

const FREE = "Add=*&Delete=*&Exec=*&Get=*&Replace=*";

/** What two trees must agree in to be the same to everybody. @param {Tree} tree */
const contents = (tree) => tree.entries().map((uri) => [uri, tree.get(uri)]);

test("values of every kind, and the nodes above them", () => {
  const tree = new DmTree({
    values: {
      "./A/text": "grün & <blau>",
      "./A/int": -7,
      "./A/bool": false,
      "./A/null": null,
      "./A/octets": Uint8Array.of(0, 255),
      "./A/markup": { data: { markup: "<a xmlns='urn:x'>1</a>" } },
      "./A/b64": { data: Uint8Array.of(1, 2), format: "b64", type: "application/x" },
      "./A/float": { data: "1.5", format: "float" },
      "./B": { format: "node", type: "urn:example:mo:1.0", title: "Empty" },
    },
  });
  /** @type {[string, object | undefined][]} */
  const wanted = [
    ["./A/text", { format: "chr", type: "text/plain", data: "grün & <blau>" }],
    ["./A/int", { format: "int", type: "text/plain", data: "-7" }],
    ["./A/bool", { format: "bool", type: "text/plain", data: "false" }],
    ["./A/null", { format: "null", type: "text/plain" }],
    ["./A/octets", { format: "bin", type: "text/plain", data: Uint8Array.of(0, 255) }],
    ["./A/markup", { format: "xml", type: "text/plain", data: { markup: "<a xmlns='urn:x'>1</a>" } }],
    ["./A/b64", { format: "b64", type: "application/x", data: "AQI=" }],
    ["./A/float", { format: "float", type: "text/plain", data: "1.5" }],
    ["./B", { format: "node", type: "urn:example:mo:1.0", title: "Empty", children: [] }],
    ["./A", { format: "node", children: ["b64", "bool", "float", "int", "markup", "null", "octets", "text"] }],
    [".", { format: "node", children: ["A", "B"], acl: "Add=*&Get=*" }],
    ["./C", undefined],
  ];
  for (const [uri, node] of wanted) assert.deepEqual(tree.get(uri), node, uri);
  assert.deepEqual(tree.entries("./A").slice(0, 2), ["./A", "./A/b64"]);
  assert.equal(tree.entries().length, 11);
  assert.deepEqual(tree.entries("./C"), []);
});

test("two spellings of a URI are one node, and what is none is arg", () => {
  const tree = new DmTree({ values: { "./A/b": "1" } });
  for (const uri of ["./A/b", "A/b", " ./A/b\t"]) assert.equal(tree.get(uri)?.data, "1", uri);
  for (const uri of ["", "./A//b", "./A/../b", "./A/./b", "/A", "./A/b?prop=ACL", "./A/b?list=Struct", `./${"x/".repeat(400)}y`]) {
    for (const call of [() => tree.get(uri), () => tree.set(uri, "1"), () => tree.remove(uri), () => tree.entries(uri)]) {
      assert.equal(thrown(call).code, "arg", uri);
    }
  }
});

test("what set does not say stays: format, type, list, title, owner and place", () => {
  const tree = new DmTree();
  tree.set("./A/n", "1", { format: "int", type: "application/x", acl: "Get=s", title: "N", host: true });
  tree.set("./A/n", "2");
  assert.deepEqual(tree.get("./A/n"), { format: "int", type: "application/x", data: "2", acl: "Get=s", title: "N", host: true });
  assert.equal(thrown(() => tree.set("./A/n", "two")).expected, "a value of format int");
  assert.equal(tree.get("./A/n")?.data, "2", "an error changes nothing");
  tree.set("./A/n", "two", { format: "chr", acl: "", title: "", host: false });
  assert.deepEqual(tree.get("./A/n"), { format: "chr", type: "application/x", data: "two" });
  tree.set("./A", null, { type: "urn:example:mo:2.0", acl: FREE });
  assert.deepEqual(tree.get("./A"), { format: "node", type: "urn:example:mo:2.0", children: ["n"], acl: FREE });
  tree.set("./A", null, { title: "T" });
  assert.deepEqual(tree.get("./A"), { format: "node", type: "urn:example:mo:2.0", children: ["n"], acl: FREE, title: "T" });
  tree.set(".", null, { acl: FREE });
  tree.set(".", null, { acl: "" });
  assert.equal(tree.get(".")?.acl, "Add=*&Get=*", "the root is never without a list");
  tree.set("./A/n", null);
  assert.deepEqual(tree.get("./A/n"), { format: "null", type: "application/x" });
  tree.set("./A/n", "again");
  assert.equal(tree.get("./A/n")?.format, "chr");
});

test("what cannot be set is refused, and nothing has changed", () => {
  const tree = new DmTree({ values: { "./A/b": "1", "./A/host": { data: "x", host: true } } }, { nodes: 4 });
  const before = [contents(tree), tree.revision];
  /** @type {[() => unknown, string][]} */
  const cases = [
    [() => tree.set("./A", "leaf"), "arg"],
    [() => tree.set("./A/b/c", "below a leaf"), "arg"],
    [() => tree.set("./A/b", null, { format: "node" }), "arg"],
    [() => tree.set("./A/b", "x", { format: "node" }), "arg"],
    [() => tree.set("./A/b", null, { format: "chr" }), "arg"],
    [() => tree.set("./A/b", "a\u0001"), "arg"],
    [() => tree.set("./A/b", "x", { format: "int" }), "arg"],
    [() => tree.set("./A/b", "x", wrong({ format: "blob" })), "arg"],
    [() => tree.set("./A/b", "x", { acl: "get=*" }), "arg"],
    [() => tree.set("./A/b", "x", { acl: "Get=" }), "arg"],
    [() => tree.set("./A/b", "x", { title: "t".repeat(256) }), "arg"],
    [() => tree.set("./A/b", "x", { title: "\u0001" }), "arg"],
    [() => tree.set("./A/b", "x", wrong({ host: 1 })), "arg"],
    [() => tree.set("./A/b", "x", wrong({ ACL: "Get=*" })), "arg"],
    [() => tree.set("./A/b", wrong(7)), "arg"],
    [() => tree.set("./A/c", "one too many"), "limit"],
    [() => tree.remove("."), "arg"],
    [() => tree.changes(wrong(-1)), "arg"],
    [() => tree.changes(wrong("0")), "arg"],
    [() => tree.save(wrong(1.5)), "arg"],
    [() => tree.instances(wrong(1)), "arg"],
    [() => tree.forgetServer(wrong(undefined)), "arg"],
    [() => tree.due(wrong({ when: 1 })), "arg"],
    [() => tree.due({ now: -1 }), "arg"],
    [() => tree.due({ granted: wrong({ srv: "urn:x:1.0" }) }), "arg"],
    [() => tree.told(wrong(1), "M/"), "arg"],
    [() => tree.told("srv", "M/", wrong({ code: 200 })), "arg"],
    [() => tree.defaultSource(wrong(1)), "arg"],
    [() => new DmTree(wrong(7)), "arg"],
    [() => new DmTree(wrong({ value: {} })), "arg"],
    [() => new DmTree({ values: { "./A": {} } }), "arg"],
    [() => new DmTree({ values: wrong({ "./A": { data: "x", mime: "text/plain" } }) }), "arg"],
    [() => new DmTree({ values: { "./A": 1.5 } }), "arg"],
    [() => new DmTree({ values: { "./A": wrong(1n) } }), "arg"],
  ];
  for (const [call, code] of cases) assert.equal(thrown(call).code, code, String(call));
  assert.deepEqual([contents(tree), tree.revision], before);
});

test("what makes no node is named by its URI, and with what would make one", () => {
  const tree = new DmTree();
  const empty = thrown(() => new DmTree({ values: { "./A/b": "1", "./A/run": { format: "chr", host: true } } }));
  assert.deepEqual([empty.code, empty.path, empty.expected], ["arg", "./A/run", 'a value of format chr, such as "" of one that is only run']);
  assert.equal(thrown(() => tree.set("./A/n", "x", { format: "int" })).path, "./A/n");
  tree.set("./A/run", "", { host: true });
  assert.equal(tree.get("./A/run")?.host, true);
});

test("__proto__ and its like are names and values like any other", () => {
  const values = JSON.parse('{ "./__proto__/constructor": "c", "./__proto__/__proto__": "p", "./toString": { "format": "node" } }');
  const tree = new DmTree({ values });
  assert.equal(tree.get("./__proto__/__proto__")?.data, "p");
  assert.deepEqual(tree.get("./__proto__")?.children, ["__proto__", "constructor"]);
  assert.equal(/** @type {any} */ ({}).c, undefined);
  assert.deepEqual(contents(DmTree.restore(tree.save())), contents(tree));
  tree.set("./x", JSON.parse('{ "markup": "<__proto__/>" }'));
  // As a property it is one too many, never a prototype.
  for (const source of ['{ "__proto__": { "values": {} } }', '{ "tnds": [{ "name": "A", "__proto__": { "data": "x" }, "children": [] }] }']) {
    assert.equal(thrown(() => new DmTree(JSON.parse(source))).code, "arg", source);
  }
  assert.equal(thrown(() => tree.set("./y", "1", JSON.parse('{ "__proto__": { "format": "int" } }'))).code, "arg");
  assert.deepEqual(tree.get("./x")?.data, { markup: "<__proto__/>" });
});

test("a tree in which no server has asked for anything owes nothing", () => {
  const tree = new DmTree({ values: { "./A": "1" } });
  const before = tree.revision;
  assert.deepEqual(tree.subscriptions(), []);
  assert.deepEqual(tree.due(), { puts: [] });
  assert.deepEqual(tree.due({ now: 1, epoch: 2, granted: { srv: ["urn:x:1.0"] } }), { puts: [] });
  assert.equal(tree.told("srv", "urn:x:1.0//", { status: 200, accept: "*/*", now: 1 }), undefined);
  assert.equal(tree.defaultSource("urn:x:1.0"), undefined);
  assert.equal(tree.revision, before);
});

test("changes tell what happened behind a revision, and by whom", () => {
  const tree = new DmTree({ values: { "./A": "1" } });
  const since = tree.revision;
  assert.deepEqual(tree.changes(since), []);
  tree.set("./A", "2");
  tree.set("./B/c", "1");
  assert.equal(tree.remove("./A"), true);
  assert.equal(tree.remove("./A"), false);
  assert.deepEqual(tree.changes(since), [
    { uri: "./A", by: "replace" },
    { uri: "./B", by: "add" },
    { uri: "./B/c", by: "add" },
    { uri: "./A", by: "delete" },
  ]);
  assert.ok(tree.revision > since);
  assert.equal(DmTree.restore(tree.save()).changes(since), undefined, "a restored tree knows what came after");
  for (let count = 0; count < 10_001; count += 1) tree.set("./B/c", String(count));
  assert.equal(tree.changes(since), undefined);
  assert.equal(tree.save(since), undefined);
  assert.equal(tree.changes(tree.revision - 1)?.length, 1);
});

test("a tree comes back from a save and the deltas behind it", () => {
  const tree = new DmTree({ values: { "./A/b": "1", "./A/c/d": "2", "./E": Uint8Array.of(1), ".": { acl: FREE } } });
  const full = tree.save();
  const deltas = [];
  const steps = [
    () => tree.set("./A/b", "changed", { title: "T", acl: "Get=*" }),
    () => tree.remove("./A/c"),
    () => tree.set("./A/c", "a leaf now"),
    () => tree.set("./F/g/h", null, { format: "node", type: "urn:x:1.0" }),
    () => {},
    () => tree.remove("./F") && tree.set("./F/new", 'x"'),
    () => tree.forgetServer("nobody"),
  ];
  for (const step of steps) {
    const since = tree.revision;
    step();
    const delta = tree.save(since);
    assert.ok(delta);
    deltas.push(delta);
    const again = DmTree.restore(full, deltas);
    assert.deepEqual([contents(again), again.revision], [contents(tree), tree.revision]);
    // What comes back saves as what it came from.
    assert.deepEqual(again.save(), tree.save());
  }
  assert.ok(tree.save(tree.revision)?.length);
  for (const odd of [deltas.slice(1), [...deltas].reverse(), [deltas[0], deltas[0]], [full], [Uint8Array.of(1)]]) {
    assert.equal(thrown(() => DmTree.restore(full, wrong(odd))).code, "snapshot");
  }
  const [delta] = deltas;
  assert.ok(delta);
  assert.equal(thrown(() => DmTree.restore(delta)).code, "snapshot", "a delta alone");
  assert.equal(thrown(() => DmTree.restore(full, wrong(delta))).code, "arg");
  assert.equal(thrown(() => DmTree.restore(full, [], { nodes: 3 })).code, "limit");
});

test("a damaged snapshot is refused at every octet and at every length, and so is a damaged delta", () => {
  const tree = new DmTree({ values: { "./A/b": "1", "./C": Uint8Array.of(1, 2) } });
  const full = tree.save();
  const since = tree.revision;
  tree.set("./A/b", "2");
  const delta = /** @type {Uint8Array} */ (tree.save(since));
  /** @type {[Uint8Array, (bytes: Uint8Array) => unknown][]} */
  const kinds = [[full, (bytes) => DmTree.restore(bytes)], [delta, (bytes) => DmTree.restore(full, [bytes])]];
  for (const [bytes, restore] of kinds) {
    for (let at = 0; at < bytes.length; at += 1) {
      const damaged = Uint8Array.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      const error = thrown(() => restore(damaged));
      assert.deepEqual([error.code, error.fault], ["snapshot", "snapshot"], `octet ${at}`);
      assert.equal(thrown(() => restore(bytes.slice(0, at))).code, "snapshot", `length ${at}`);
    }
    assert.equal(thrown(() => restore(Uint8Array.from([...bytes, 0]))).code, "snapshot");
  }
});

/** @param {string} name @param {TndsNode[]} children @returns {TndsNode} */
const interior = (name, children) => ({ name, format: "node", children });
/** @type {TndsNode[]} */
const NODES = [
  interior("A", [
    { name: "int", format: "int", data: "7", acl: "Get=*", title: "Seven", children: [] },
    { name: "bin", format: "bin", data: Uint8Array.of(0, 1), children: [] },
    { name: "plain", data: "text", type: "text/x", children: [] },
  ]),
  interior("B", [interior("C", [])]),
  { name: "leaf", path: "B/C", data: "deep", children: [] },
];

test("a serialised tree is a source: as nodes, and as octets in both encodings", () => {
  /** @type {TreeSource["tnds"][]} */
  const sources = [NODES];
  for (const encoding of /** @type {const} */ (["xml", "wbxml"])) sources.push(encode({ type: "tnds", encoding, nodes: NODES }).body);
  for (const tnds of sources) {
    const tree = new DmTree({ ...(tnds && { tnds }), values: { "./A/plain": "over it", "./D": true } });
    assert.deepEqual(tree.get("./A/int"), { format: "int", type: "text/plain", data: "7", acl: "Get=*", title: "Seven" });
    assert.deepEqual(tree.get("./A/bin")?.data, Uint8Array.of(0, 1));
    assert.deepEqual(tree.get("./A/plain"), { format: "chr", type: "text/x", data: "over it" });
    assert.equal(tree.get("./B/C/leaf")?.data, "deep");
    assert.equal(tree.get("./D")?.format, "bool");
  }
  assert.deepEqual(new DmTree({ tnds: [] }).entries(), ["."]);
});

test("nodes that are no tree are refused", () => {
  /** @type {any} */
  const endless = interior("A", []);
  endless.children.push(endless);
  /** @type {any} */
  const wide = [];
  wide.push({ name: "A", children: wide }, { name: "B", children: wide });
  let deep = interior("x", []);
  for (let level = 0; level < 300; level += 1) deep = interior("x", [deep]);
  /** @type {[any, string][]} */
  const cases = [
    [[endless], "limit"],
    [wide, "limit"],
    [[deep], "limit"],
    [[7], "arg"],
    [[null], "arg"],
    [[{ name: 7, children: [] }], "arg"],
    [[{ name: "A", children: {} }], "arg"],
    [[{ name: "A", childs: [] }], "arg"],
    [[{ name: "A", verNo: 65_536, children: [] }], "arg"],
    [[{ name: "A", format: "blob", children: [] }], "arg"],
    [[{ name: "A", data: 7, children: [] }], "arg"],
    [octets("<MgmtTree>"), "truncated"],
    [octets("<MgmtTree/>"), "schema"],
    [new Uint8Array(), "truncated"],
    ["<MgmtTree/>", "arg"],
  ];
  for (const [index, [tnds, code]] of cases.entries()) {
    const error = thrown(() => new DmTree({ tnds }));
    assert.deepEqual([error.code, error.fault], [code, "caller"], `case ${index}`);
  }
  for (const node of [{ name: "A", data: "x", acl: "Got=*", children: [] }, { name: "A/B", data: "x", children: [] }, { name: "n", format: "int", data: "x", children: [] }]) {
    assert.equal(thrown(() => new DmTree({ tnds: [wrong(node)] })).fault, "caller", node.name);
  }
});

/** @param {string} name @param {string} properties @param {string} [inside] */
const described = (name, properties, inside = "") => `<Node><NodeName>${name}</NodeName>${properties}${inside}</Node>`;
/** @param {string} access @param {string} format @param {string} more @param {string} [last] */
const properties = (access, format, more, last = "") =>
  `<DFProperties><AccessType>${access}</AccessType>${more}<DFFormat><${format}/></DFFormat>${last}<DFType>${format === "node" ? "<DDFName/>" : "<MIME>text/plain</MIME>"}</DFType></DFProperties>`;
const FIXED = "<Scope><Permanent/></Scope>";
const DDF = octets(`<?xml version="1.0"?>
<!DOCTYPE MgmtTree PUBLIC "-//OMA//DTD-DM-DDF 1.2//EN" "http://www.openmobilealliance.org/tech/DTD/DM_DDF-V1_2.dtd">
<MgmtTree xmlns="syncml:dmddf1.2"><VerDTD>1.2</VerDTD><Man>Marram</Man>${described(
  "Lamp",
  properties("<Get/>", "node", "", `<Occurrence><One/></Occurrence>${FIXED}`),
  described("On", properties("<Get/><Replace/>", "bool", "<DefaultValue>true</DefaultValue>", `<Occurrence><One/></Occurrence>${FIXED}`)) +
    described("Level", properties("<Get/><Replace/>", "int", "<DefaultValue>40</DefaultValue>", `<Occurrence><One/></Occurrence>${FIXED}`)) +
    described("Scene", properties("<Add/><Get/>", "chr", "", "<Occurrence><ZeroOrOne/></Occurrence><Scope><Dynamic/></Scope>")),
)}</MgmtTree>`);

test("device descriptions are a source: nodes with their defaults, kept over save and restore", () => {
  const tree = new DmTree({ ddf: [DDF], values: { "./Lamp/Level": "55" } });
  assert.deepEqual(tree.entries(), [".", "./Lamp", "./Lamp/Level", "./Lamp/On"]);
  assert.deepEqual(tree.get("./Lamp/On"), { format: "bool", type: "text/plain", data: "true" });
  assert.deepEqual(tree.get("./Lamp/Level"), { format: "int", type: "text/plain", data: "55" });
  assert.deepEqual(contents(DmTree.restore(tree.save())), contents(tree));
  const tnds = new DmTree({ ddf: [DDF], tnds: [interior("Lamp", [{ name: "On", format: "bool", data: "false", children: [] }])] });
  assert.equal(tnds.get("./Lamp/On")?.data, "false");
  assert.equal(tnds.get("./Lamp/Level")?.data, "40");
  for (const [ddf, code] of /** @type {[any, string][]} */ ([[[octets("<MgmtTree/>")], "schema"], [[7], "arg"], [DDF, "arg"], [[new Uint8Array()], "truncated"]])) {
    const error = thrown(() => new DmTree({ ddf }));
    assert.deepEqual([error.code, error.fault], [code, "caller"]);
  }
  assert.deepEqual(new DmTree({ ddf: [] }).entries(), ["."]);
});

/** @param {string} at @param {string} server @param {"BASIC" | "DIGEST"} kind */
const accountAt = (at, server, kind) => ({
  [at]: { format: /** @type {const} */ ("node"), type: "urn:oma:mo:oma-dm-dmacc:1.0" },
  [`${at}/AppID`]: "w7",
  [`${at}/ServerID`]: server,
  [`${at}/AppAuth/1/AAuthLevel`]: "CLCRED",
  [`${at}/AppAuth/1/AAuthType`]: kind,
  [`${at}/AppAuth/1/AAuthName`]: `user of ${server}`,
  [`${at}/AppAuth/1/AAuthSecret`]: "client secret",
  [`${at}/AppAuth/1/AAuthData`]: Uint8Array.of(1, 2, 3),
  [`${at}/AppAuth/s/AAuthLevel`]: "SRVCRED",
  [`${at}/AppAuth/s/AAuthType`]: kind,
  [`${at}/AppAuth/s/AAuthName`]: server,
  [`${at}/AppAuth/s/AAuthSecret`]: "server secret",
});

test("accounts are read from the tree wherever they stand, and sessions take them", () => {
  const tree = new DmTree({
    values: {
      "./DevInfo/DevId": "IMEI:1",
      "./DevInfo/Man": "m",
      "./DevInfo/Mod": "o",
      "./DevInfo/DmV": "1.2",
      "./DevInfo/Lang": "en",
      ...accountAt("./DMAcc/one", "one.example", "DIGEST"),
      ...accountAt("./Elsewhere/two", "two.example", "BASIC"),
      "./DMAcc/three": { format: "node", type: "urn:oma:mo:oma-dm-dmacc:1.2" },
      "./DMAcc/three/ServerID": "three.example",
      "./DMAcc/nameless": { format: "node", type: "urn:oma:mo:oma-dm-dmacc:1.0" },
    },
  });
  const accounts = tree.accounts();
  assert.deepEqual(accounts.map(({ serverId }) => serverId).sort(), ["one.example", "three.example", "two.example"]);
  const one = accounts.find(({ serverId }) => serverId === "one.example");
  assert.deepEqual(one, {
    deviceId: "IMEI:1",
    serverId: "one.example",
    client: { user: "user of one.example", secret: { password: octets("client secret") }, schemes: ["md5"] },
    server: { user: "one.example", secret: { password: octets("server secret") }, schemes: ["md5"] },
    state: { clientNonce: Uint8Array.of(1, 2, 3) },
  });
  const three = accounts.find(({ serverId }) => serverId === "three.example");
  assert.deepEqual([three?.client, three?.server, three?.state], ["transport", "transport", {}]);
  for (const account of accounts) {
    const session = new omadm.DmClientSession({ account, url: "https://dm.example/dm", version: "1.2", encoding: "xml" }, { by: "user" });
    assert.equal(session.send(tree)?.url, "https://dm.example/dm");
    session.free();
  }
  // At the next reading what has changed counts.
  tree.set("./DMAcc/one/AppAuth/1/AAuthSecret", "another");
  assert.deepEqual(tree.accounts().find(({ serverId }) => serverId === "one.example")?.client, { ...Object(one?.client), secret: { password: octets("another") } });
  assert.deepEqual(new DmTree().accounts(), []);
});

test("objects by their identifier, and servers that are forgotten", () => {
  const tree = new DmTree({
    values: {
      "./x/1": { format: "node", type: "urn:oma:mo:oma-fumo:1.0", acl: "Get=old+new&Replace=old" },
      "./x/2": { format: "node", type: "urn:oma:mo:oma-fumo:1.1" },
      "./x/leaf": { data: "1", type: "urn:oma:mo:oma-fumo:1.0", acl: "Get=old" },
    },
  });
  assert.deepEqual(tree.instances("urn:oma:mo:oma-fumo:1.0"), ["./x/1"]);
  assert.deepEqual(tree.instances("urn:oma:mo:oma-fumo"), ["./x/1", "./x/2"]);
  assert.deepEqual(tree.instances("urn:oma:mo:oma-fum"), []);
  assert.deepEqual(tree.instances("__proto__"), []);
  const since = tree.revision;
  tree.forgetServer("old");
  assert.equal(tree.get("./x/1")?.acl, "Get=new");
  assert.equal(tree.get("./x/leaf")?.acl, undefined);
  assert.deepEqual(tree.changes(since)?.map(({ uri }) => uri), ["./x/1", "./x/leaf"]);
});
