/** What of an account of DM 2.0 is hidden, in what a device is asked and in documents. */
import test from "node:test";
import assert from "node:assert/strict";

// By its address: its types need those of a browser, which these tests do without.
const { HIDDEN, Redaction, hasSecretText, isSecretName, redactAsked } = await import(new URL("../../www/package/cli/redact.js", import.meta.url).href);

const KEYS = ["ClientSecretKey", "ClientPubKey", "ServerPubKey", "Secret"];

test("keys of accounts are hidden where the host is asked for them", () => {
  for (const name of KEYS) {
    const uri = `./DMAcc/x/Auth/Any/${name}`;
    for (const type of ["write", "undo"]) {
      const asked = redactAsked({ event: { type, ticket: 1, uri, data: "k-1" }, outcome: { status: 200 } });
      assert.deepEqual(asked, { event: { type, ticket: 1, uri, data: HIDDEN }, outcome: { status: 200 } });
    }
    const { outcome } = redactAsked({ event: { type: "read", ticket: 1, uri }, outcome: { value: "k-1" } });
    assert.deepEqual(outcome, { value: HIDDEN });
  }
  const open = { event: { type: "read", ticket: 1, uri: "./DMAcc/Secret/Name" }, outcome: { value: "n" } };
  assert.deepEqual(redactAsked(open), open);
});

test("keys of accounts are known in documents", () => {
  for (const name of KEYS) {
    assert.ok(isSecretName(name), name);
    for (const text of [name, ` <![CDATA[${name}]]>`]) assert.ok(hasSecretText(`<Node><NodeName>${text}</NodeName><Value>k-1</Value></Node>`), text);
  }
  assert.ok(!isSecretName("ClientKey"));
  assert.ok(!hasSecretText("<Node><NodeName>Name</NodeName><Value>Secret</Value></Node>"));
});

test("keys of accounts are hidden in messages of DM 1.x", () => {
  const tnds = { format: "xml", type: "application/vnd.syncml.dmtnds+xml" };
  const node = { markup: "<MgmtTree><Node><NodeName>Secret</NodeName><Value>k-1</Value></Node></MgmtTree>" };
  const open = { target: { uri: "./DMAcc/Secret/Name" }, data: "n" };
  for (const type of ["add", "replace"]) {
    const items = [
      ...KEYS.map((name) => ({ target: { uri: `./DMAcc/x/Auth/Any/${name}` }, data: "k-1" })),
      { target: { uri: "./DMAcc/x/Auth/Noti/Secret?prop=Title" }, data: "k-1" },
      { target: { uri: "./DMAcc/x" }, meta: tnds, data: node },
      { target: { uri: "./DMAcc/x" }, meta: { format: "b64" }, data: Buffer.from(node.markup).toString("base64") },
    ];
    const message = { header: { sessionId: "1", msgId: 1 }, commands: [{ type, cmdId: "1", items: [...items, open] }] };
    const [command] = new Redaction().message(message).commands;
    assert.deepEqual(command.items, [...items.map((item) => ({ ...item, data: HIDDEN })), open], type);
  }
  const item = { source: { uri: "./DMAcc/x/Auth/Noti/Secret" }, data: "k-1" };
  const [results] = new Redaction().message({ header: { sessionId: "1", msgId: 1 }, commands: [{ type: "results", cmdId: "1", items: [item] }] }).commands;
  assert.deepEqual(results.items, [{ ...item, data: HIDDEN }]);
});
