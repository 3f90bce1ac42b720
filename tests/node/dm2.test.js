/** DM 2.0: packages and data of management objects as documents. */
import assert from "node:assert/strict";
import { test } from "node:test";
import omadm, { thrown } from "./omadm.js";

/** @import { Dm2Document, Dm2Package, DmDocument, Json, MoDocument } from "../../www/package/types.js" */

const { decode, encode, inspect, peek } = omadm;
const octets = (/** @type {unknown} */ value) => new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
const json = (/** @type {Uint8Array} */ body) => JSON.parse(new TextDecoder().decode(body));
const INITIATION = "application/vnd.oma.dm.initiation+json";
const REQUEST = "application/vnd.oma.dm.request+json";
const RESPONSE = "application/vnd.oma.dm.response+json";
const MO = "application/vnd.oma.dm.mo+json";
const SESSION = { SessionID: "7F", PkgSeq: 1 };
const PUMP = "urn:oma:mo:ext-acme-pump:1.0";

/** @type {[unknown, Dm2Package][]} */
const DRAFT = [
  [
    {
      SessionInfo: { DevID: "IMEI:1", ...SESSION, ReasonForSession: 1200 },
      MOS: [{ MOID: "oma:mo:x:1.0", DDF: "https://a.example/x.ddf", Path: ["/"] }],
      MOD: [
        { URI: "oma:mo:x:1.0/", CV: "5f.12", MO: { Man: "Acme" } },
        { URI: "oma:mo:y:1.0/", Code: 304 },
      ],
      Alerts: [{ Code: 1226, Correlator: "c", Item: { Source: "s", Target: "t", Type: "k", Format: "int", Mark: "warning", Data: 3 } }],
    },
    {
      kind: "initiation",
      deviceId: "IMEI:1",
      sessionId: "7F",
      seq: 1,
      reason: { by: "server" },
      supported: [{ moid: "oma:mo:x:1.0", ddf: "https://a.example/x.ddf", instances: ["/"] }],
      data: [
        { uri: "oma:mo:x:1.0/", cv: "5f.12", value: { Man: "Acme" } },
        { uri: "oma:mo:y:1.0/", code: 304 },
      ],
      alerts: [{ code: 1226, correlator: "c", items: [{ source: "s", target: "t", type: "k", format: "int", mark: "warning", data: 3 }] }],
    },
  ],
  [
    {
      SessionInfo: { ...SESSION, AcceptMO: MO },
      Cmds: [{ HPOST: ["https://a.example/in", "m/1/", "m/2/"] }, { FROB: ["x"] }, { GET: ["a"], EXEC: ["b"] }, { END: [] }],
      Results: [{ Code: 200 }],
    },
    {
      kind: "request",
      sessionId: "7F",
      seq: 1,
      acceptMo: MO,
      commands: [
        { type: "hpost", from: ["m/1/", "m/2/"], to: "https://a.example/in" },
        { type: "unknown", name: "FROB", arguments: ["x"] },
        { type: "malformed", entry: { GET: ["a"], EXEC: ["b"] } },
        { type: "end" },
      ],
      results: [200],
    },
  ],
  [
    { SessionInfo: { DevID: "IMEI:1", ...SESSION }, Results: [{ Code: 200, MOD: { URI: "m/Mode", MO: "auto" }, URI: ["m/m1/"] }] },
    {
      kind: "response",
      deviceId: "IMEI:1",
      sessionId: "7F",
      seq: 1,
      results: [{ code: 200, objects: [{ uri: "m/Mode", value: "auto" }], created: ["m/m1/"] }],
      alerts: [],
    },
  ],
];

/** @type {[unknown, Dm2Package][]} */
const APPROVED = [
  [
    {
      MOS: [{ MOID: PUMP, MIID: ["north", "south"] }],
      Alert: [
        { AlertType: "urn:oma:at:dm:2.0:ServerInitiatedMgmt", DataType: "int", Data: { NotificationID: 42 } },
        { AlertType: "org.x", SourceURI: "s", Data: { DM1x: 200 } },
      ],
    },
    {
      kind: "initiation",
      deviceId: "IMEI:1",
      reason: { by: "server", notificationId: 42 },
      supported: [{ moid: PUMP, instances: ["north", "south"] }],
      data: [],
      alerts: [{ code: 1226, items: [{ type: "org.x", source: "s", data: 200 }] }],
    },
  ],
  [
    {
      CMD: [
        ["HGET", "https://r/new"],
        ["HGET", "https://r/mode", `${PUMP}/north/Mode`],
        ["HPUT", "https://r/7", `${PUMP}/*/Run/`],
        ["HPOST", "https://r/in", "a//", "b//"],
        ["DELETE", `${PUMP}/north/Run/2`],
        ["EXEC", "https://r/async", `${PUMP}/south/Reset`],
        ["GET", "a//CBT"],
        ["SHOW", "https://ui/ask?ui=77"],
        ["CONT", "https://s/next"],
        ["DEFAULT", "https://r/def", "urn:oma:mo:oma-dcmo:1.0"],
        ["SUB", "https://r/chg", `${PUMP}/north/Run/`],
        ["UNSUB", `${PUMP}/south/Run/`],
      ],
    },
    {
      kind: "request",
      acceptMo: MO,
      commands: [
        { type: "hget", from: "https://r/new" },
        { type: "hget", from: "https://r/mode", to: `${PUMP}/north/Mode` },
        { type: "hput", from: [`${PUMP}/*/Run/`], to: "https://r/7" },
        { type: "hpost", from: ["a//", "b//"], to: "https://r/in" },
        { type: "delete", uri: `${PUMP}/north/Run/2` },
        { type: "exec", uri: `${PUMP}/south/Reset`, reportTo: "https://r/async" },
        { type: "get", uri: "a//CBT" },
        { type: "show", url: "https://ui/ask?ui=77" },
        { type: "cont", url: "https://s/next" },
        { type: "default", url: "https://r/def", moid: "urn:oma:mo:oma-dcmo:1.0" },
        { type: "sub", url: "https://r/chg", uri: `${PUMP}/north/Run/` },
        { type: "unsub", uri: `${PUMP}/south/Run/` },
      ],
      results: [],
    },
  ],
  [
    { Status: [{ sc: 304 }, { sc: 200, URI: ["m/m1/"], MO: [{ DDF: "https://d", ClientURI: "a//CBT", CV: "1", MOData: { CBT: "LTE" } }] }] },
    {
      kind: "response",
      deviceId: "IMEI:1",
      results: [
        { code: 304, objects: [], created: [] },
        { code: 200, objects: [{ uri: "a//CBT", cv: "1", ddf: "https://d", name: "CBT", value: "LTE" }], created: ["m/m1/"] },
      ],
      alerts: [],
    },
  ],
];

/**
 * Objects that were read have no prototype.
 * @template T
 * @param {T} value
 * @returns {T}
 */
const plain = (value) => structuredClone(value);

test("packages of both dialects are read and written, with their headers", () => {
  const types = { initiation: INITIATION, request: REQUEST, response: RESPONSE };
  for (const [dialect, known] of /** @type {const} */ ([["draft", DRAFT], ["approved", APPROVED]])) {
    for (const [body, expected] of known) {
      const contentType = types[expected.kind];
      const own = dialect === "draft" ? {} : expected.kind === "request" ? { "OMADM-Accept": MO } : { "OMADM-DevID": "IMEI:1" };
      const accept = expected.kind === "request" ? {} : { Accept: REQUEST };
      const headers = /** @type {Record<string, string>} */ ({ ...own, ...accept });
      for (const input of [
        { body: octets(body), contentType, headers },
        { body: octets(body), headers: new Headers({ ...headers, "content-type": `${contentType}; charset=utf-8` }) },
        { body: octets(body), headers: Object.entries({ ...headers, "x-other": "1" }).map(([name, value]) => /** @type {[string, string]} */ ([name.toUpperCase(), value])) },
      ]) {
        const document = decode(input);
        assert.deepEqual(plain(document), { type: "dm2", dialect, package: expected });
        const again = encode(document);
        assert.deepEqual(json(again.body), body);
        assert.equal(again.contentType, contentType);
        const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
        assert.deepEqual(again.headers, { "content-type": contentType, ...lower });
        assert.deepEqual(json(encode(document, { indent: true }).body), body);
      }
    }
  }
});

test("by its octets a JSON object is a package and an array is data", () => {
  const bare = decode(octets(`\ufeff ${JSON.stringify(APPROVED[1]?.[0])}`));
  assert.ok(bare.type === "dm2" && bare.package.kind === "request" && bare.dialect === "approved");
  assert.equal("acceptMo" in bare.package, false);
  const items = [{ ClientURI: `${PUMP}/north/`, CV: "5f.13", MOData: { Pump: { Serial: "P-100", Run: { 1: { Hours: 12 } } } } }];
  const document = decode(octets(items));
  const expected = { type: "mo", dialect: "approved", items: [{ uri: `${PUMP}/north/`, cv: "5f.13", name: "Pump", value: { Serial: "P-100", Run: { 1: { Hours: 12 } } } }] };
  assert.deepEqual(plain(document), expected);
  const written = encode(document);
  assert.deepEqual([json(written.body), written.contentType, written.headers], [items, MO, { "content-type": MO }]);
  assert.deepEqual(decode({ body: octets(items), contentType: MO }), document);
  const draft = decode(octets([{ URI: "m/Mode", MO: "eco" }]));
  assert.deepEqual(plain(draft), { type: "mo", dialect: "draft", items: [{ uri: "m/Mode", value: "eco" }] });
  // The name of any node but a root is in its address.
  const made = encode({ type: "mo", dialect: "approved", items: [{ uri: `${PUMP}/north/Mode`, value: "eco" }] });
  assert.deepEqual(json(made.body), [{ ClientURI: `${PUMP}/north/Mode`, MOData: { Mode: "eco" } }]);
});

/** @param {unknown} value */
const data = (value) => {
  const document = decode(octets(`[{"ClientURI":"a//","MOData":{"R":${typeof value === "string" ? value : JSON.stringify(value)}}}]`));
  assert.ok(document.type === "mo");
  const item = document.items[0];
  assert.ok(item !== undefined && "value" in item);
  return { document, value: item.value };
};

test("J05 hostile names are names like any other", () => {
  const { document, value } = data('{"__proto__":{"isAdmin":true},"constructor":1,"prototype":2,"toString":3}');
  const record = /** @type {Record<string, Json>} */ (value);
  assert.deepEqual(Object.keys(record), ["__proto__", "constructor", "prototype", "toString"]);
  assert.equal(Object.getPrototypeOf(record), null);
  assert.equal(record["isAdmin"], undefined);
  assert.equal(/** @type {any} */ ({}).isAdmin, undefined);
  const text = new TextDecoder().decode(encode(document).body);
  assert.equal(text, '[{"ClientURI":"a//","MOData":{"R":{"__proto__":{"isAdmin":true},"constructor":1,"prototype":2,"toString":3}}}]');
});

test("J06 numbers are never rounded", () => {
  for (const [text, expected] of /** @type {[string, Json][]} */ ([
    ["9007199254740991", 9007199254740991],
    ["9007199254740992", 9007199254740992n],
    ["9007199254740993", 9007199254740993n],
    ["-9007199254740993", -9007199254740993n],
    ["123456789012345678901234567890", 123456789012345678901234567890n],
    ["1.0", 1],
    ["1e2", 100],
    ["-0.25", -0.25],
    ["0.1", 0.1],
  ])) {
    const { document, value } = data(text);
    assert.equal(value, expected, text);
    const again = decode(encode(document).body);
    assert.deepEqual(again, document, text);
  }
  const numbered = (/** @type {string} */ seq) => octets(`{"SessionInfo":{"DevID":"d","SessionID":"1","PkgSeq":${seq},"ReasonForSession":1201}}`);
  for (const good of ["1", "1.0", "1e0"]) {
    const document = decode(numbered(good));
    assert.ok(document.type === "dm2" && document.package.seq === 1);
  }
  for (const bad of ["-1", "0", "9007199254740993", "1e999", '"1"', "1.5"]) {
    const error = thrown(() => decode(numbered(bad)));
    assert.deepEqual([error.code, error.path, error.fault], ["number", "SessionInfo/PkgSeq", "input"], bad);
  }
});

test("J01 J02 J03 J04 J08 J09 J11 J12 what is refused says where", () => {
  const code = (/** @type {string | Uint8Array} */ body, contentType = INITIATION) => thrown(() => decode({ body: typeof body === "string" ? octets(body) : body, contentType, headers: { "omadm-devid": "d" } })).code;
  for (const body of ["", "null", "[]", '"x"', "1"]) assert.equal(code(body), "schema", body);
  const whole = octets(DRAFT[0]?.[0]);
  for (let cut = 1; cut < whole.length; cut += 1) assert.equal(code(whole.slice(0, cut)), "truncated", `${cut}`);
  assert.equal(code(`${new TextDecoder().decode(whole)}{}`), "trailing");
  const deep = thrown(() => decode(octets(`{"a":${"[".repeat(500_000)}`)));
  assert.deepEqual([deep.code, deep.limit], ["limit", "depth"]);
  const twice = thrown(() => decode(octets('{"SessionInfo":{"SessionID":"1","\\u0053essionID":"2"}}')));
  assert.deepEqual([twice.code, twice.offset, twice.path], ["schema", 32, "SessionInfo/SessionID"]);
  assert.equal(code('{"x":"\\ud800"}'), "char");
  assert.equal(code('{"x":"\\x"}'), "syntax");
  assert.equal(code(new Uint8Array([0x7b, 0x22, 0xff])), "encoding");
  const many = thrown(() => decode({ body: octets(`{"CMD":[${Array(1001).fill("[]").join(",")}]}`), contentType: REQUEST }));
  assert.deepEqual([many.code, many.limit], ["limit", "commands"]);
  assert.equal(thrown(() => decode(octets(`{"x":${JSON.stringify("k".repeat(1 << 20))}}`))).limit, "bytes");
  const more = decode({ body: octets({ Status: [{ sc: 200, x: [1] }], y: {} }), contentType: RESPONSE });
  assert.ok(more.type === "dm2" && more.package.kind === "response" && more.package.results?.length === 1);
  assert.equal(code("{}", `${INITIATION}; charset=utf-16`), "charset");
  assert.equal(code("{}", MO), "schema");
});

test("J13 entries that are no command keep their place", () => {
  const document = decode(octets({ CMD: [[], ["GET"], ["get", "a//"], ["END", 1], ["GET", "a//"]] }));
  assert.ok(document.type === "dm2" && document.package.kind === "request");
  assert.deepEqual(plain(document.package.commands), [
    { type: "malformed", entry: [] },
    { type: "malformed", entry: ["GET"] },
    { type: "unknown", name: "get", arguments: ["a//"] },
    { type: "malformed", entry: ["END", 1] },
    { type: "get", uri: "a//" },
  ]);
});

test("a header that stands twice, or could not stand there, is refused", () => {
  const body = octets(APPROVED[0]?.[0]);
  const twice = thrown(() => decode({ body, headers: [["content-type", INITIATION], ["omadm-devid", "a"], ["OMADM-DevID", "b"]] }));
  assert.deepEqual([twice.code, twice.fault, twice.http], ["schema", "peer", 400]);
  const document = /** @type {Dm2Document} */ ({ type: "dm2", dialect: "approved", package: { kind: "initiation", deviceId: "a\r\nx: y", reason: { by: "client" } } });
  const broken = thrown(() => encode(document));
  assert.deepEqual([broken.code, broken.fault], ["schema", "caller"]);
});

test("what a dialect cannot say, and what is none, is the caller's fault", () => {
  /** @type {[DmDocument | object, string][]} */
  const wrong = [
    [{ type: "dm2", dialect: "approved", package: { kind: "request", sessionId: "1", seq: 1 } }, "schema"],
    [{ type: "dm2", dialect: "draft", package: { kind: "request" } }, "schema"],
    [{ type: "dm2", dialect: "approved", package: { kind: "request", commands: [{ type: "hput", from: ["https://x"], to: "y" }] } }, "schema"],
    [{ type: "dm2", dialect: "approved", package: { kind: "response", alerts: [{ code: 1223 }] } }, "schema"],
    [{ type: "mo", dialect: "approved", items: [{ uri: "a//", value: 1 }] }, "schema"],
    [{ type: "mo", dialect: "approved", items: [{ uri: "a//b", code: 304 }] }, "schema"],
    [{ type: "dm2", dialect: "other", package: { kind: "request" } }, "arg"],
    [{ type: "dm2", dialect: "draft", package: { kind: "other" } }, "arg"],
    [{ type: "dm2", dialect: "draft", package: { kind: "request", seq: 1 } }, "arg"],
    [{ type: "dm2", dialect: "draft", package: { kind: "request", deviceId: "x" } }, "arg"],
    [{ type: "dm2", dialect: "draft", package: { kind: "request", commands: [{ type: "get", url: "x" }] } }, "arg"],
    [{ type: "dm2", dialect: "draft", package: { kind: "request", results: [99] } }, "arg"],
    [{ type: "mo", dialect: "draft", items: [{ uri: "a//" }] }, "arg"],
    [{ type: "mo", dialect: "draft", items: [{ uri: "a//", value: 1, code: 200 }] }, "arg"],
    ...[NaN, Infinity, () => 1, Symbol("x"), new Uint8Array(1), "\ud800", [undefined]].map((value) => /** @type {[object, string]} */ ([{ type: "mo", dialect: "draft", items: [{ uri: "a//", value }] }, "arg"])),
  ];
  for (const [document, code] of wrong) {
    const error = thrown(() => encode(/** @type {DmDocument} */ (document)));
    assert.deepEqual([error.code, error.fault], [code, "caller"], error.message);
  }
  /** @type {Json[]} */
  const ring = [];
  ring.push(ring);
  const error = thrown(() => encode({ type: "mo", dialect: "draft", items: [{ uri: "a//", value: ring }] }));
  assert.deepEqual([error.code, error.limit, error.fault], ["limit", "depth", "caller"]);
  assert.equal(thrown(() => encode(/** @type {MoDocument} */ ({ type: "mo", dialect: "draft", items: [] }), { encoding: "xml" })).code, "arg");
  // Members that are undefined are not there.
  const made = encode({ type: "mo", dialect: "draft", items: [{ uri: "a//", value: /** @type {any} */ ({ x: undefined, y: [1n, -0, 1e21, null, true] }) }] });
  assert.equal(new TextDecoder().decode(made.body), '[{"URI":"a//","MO":{"y":[1,0,1e+21,null,true]}}]');
});

test("what can be seen of a package, of one that is cut off too", () => {
  const body = octets('{"SessionInfo": {"SessionID":"1","PkgSeq":1.0},"Cmds":[{"GET":["a"]},nul');
  const { outline, document, error } = inspect(body);
  assert.deepEqual([outline.name, outline.start, outline.end, document], ["json", 0, body.length, undefined]);
  assert.deepEqual([error?.code, error?.offset, error?.path], ["truncated", body.length, "Cmds[2]"]);
  const [session, commands] = outline.children;
  assert.deepEqual(session?.children, [
    { name: "SessionID", start: 17, end: 32, text: "1", children: [] },
    { name: "PkgSeq", start: 33, end: 45, text: "1.0", children: [] },
  ]);
  assert.deepEqual(commands?.children[0]?.children[0]?.children, [{ name: "[1]", start: 63, end: 66, text: "a", children: [] }]);
  const whole = inspect({ body: octets(APPROVED[0]?.[0]), contentType: INITIATION });
  assert.equal(whole.document?.type, "dm2");
  assert.equal(inspect(octets('{"CMD":1}')).error?.path, "CMD");
  assert.equal(inspect({ body: octets("{}"), contentType: MO }).error?.code, "schema");
});

test("what a dialect needs beside what the other says is named with its place", () => {
  const value = { Mode: "eco" };
  /** @type {[object, string, string][]} */
  const wrong = [
    [{ type: "dm2", dialect: "draft", package: { kind: "request" } }, "missing session", "package.sessionId"],
    [{ type: "dm2", dialect: "draft", package: { kind: "initiation", sessionId: "1", seq: 1 } }, "missing identifier of the device", "package.deviceId"],
    [{ type: "dm2", dialect: "draft", package: { kind: "initiation", sessionId: "1", seq: 1, deviceId: "d" } }, "missing reason for the session", "package.reason"],
    [{ type: "dm2", dialect: "approved", package: { kind: "response", sessionId: "1", seq: 1 } }, "the approved dialect does not name sessions", "package.sessionId"],
    [{ type: "dm2", dialect: "approved", package: { kind: "response", results: [{ code: 200 }, { code: 200, objects: [{ uri: "a//b", value }, { uri: "a//", value }] }] } }, "missing name of an instance's root", "package.results[1].objects[1].name"],
    [{ type: "mo", dialect: "approved", items: [{ uri: "a//b", value: 1 }, { uri: "a//", value }] }, "missing name of an instance's root", "items[1].name"],
  ];
  for (const [document, problem, path] of wrong) {
    const error = thrown(() => encode(/** @type {DmDocument} */ (document)));
    assert.deepEqual([error.code, error.fault, error.path], ["schema", "caller", path]);
    assert.ok(error.message.startsWith(problem), error.message);
  }
});

test("what is no package of either dialect, and what is one of a server, is said", () => {
  assert.match(thrown(() => decode(octets('{"x":1}'))).message, /no package of either dialect/);
  assert.equal(decode(octets("{}")).type, "dm2");
  // Where the media type says it, nothing need be in it.
  assert.equal(decode({ body: octets('{"x":1}'), contentType: INITIATION }).type, "dm2");
  for (const body of ['{"CMD":[["END"]]}', '{"SessionInfo":{"SessionID":"1","PkgSeq":1},"Cmds":[]}']) {
    for (const headers of [{}, { "omadm-devid": "IMEI:1" }]) assert.match(thrown(() => peek({ body: octets(body), headers })).message, /a package of a server/);
  }
});
