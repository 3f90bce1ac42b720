/** What `make bench` compares the package with gives the same objects. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { XMLParser } from "../../www/node_modules/fast-xml-parser/src/fxp.js";
import { build } from "../bench/builder.js";
import { LIMITS, OTHERS, inXml } from "../bench/messages.js";
import { PEERS } from "../bench/peers.js";
import omadm from "./omadm.js";

const octets = new TextEncoder();
const elements = new XMLParser({ preserveOrder: true, parseTagValue: false, ignoreAttributes: false, trimValues: false, ignoreDeclaration: true });
const measured = inXml();
const others = Object.entries(OTHERS).map(([name, body]) => ({ name, body: octets.encode(body) }));

for (const [peer, read] of Object.entries(PEERS)) {
  for (const { name, body } of [...measured, ...others]) {
    test(`${peer} with mapping code gives the object of the package: ${name}`, () => {
      assert.deepStrictEqual(read(body), omadm.decode(body, LIMITS));
    });
  }
}

for (const { name, body } of [...measured, ...others]) {
  test(`fast-xml-parser's builder writes what the package writes: ${name}`, () => {
    const document = omadm.decode(body, LIMITS);
    assert.ok(document.type === "syncml");
    const [own, peer] = [omadm.encode(document).body, build(document)];
    assert.deepStrictEqual(omadm.decode(peer, LIMITS), document);
    assert.deepStrictEqual(elements.parse(new TextDecoder().decode(peer)), elements.parse(new TextDecoder().decode(own)));
  });
}
