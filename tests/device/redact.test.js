/** What of an account of DM 2.0 is hidden, in what a device is asked and in documents. */
import test from "node:test";
import assert from "node:assert/strict";

// By its address: its types need those of a browser, which these tests do without.
const { HIDDEN, hasSecretText, isSecretName, redactAsked } = await import(new URL("../../www/package/cli/redact.js", import.meta.url).href);

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
