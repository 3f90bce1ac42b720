import assert from "node:assert/strict";
import { test } from "node:test";
import omadm, { thrown, wrong } from "./omadm.js";
import { clientConfig, serverConfig, account } from "./pair.js";

const { DmClientSession, DmError, DmServerSession, DmTree, decode } = omadm;

const tree = () => new DmTree({ values: { "./DevInfo/Man": "Example" } });
const server = () => new DmServerSession(serverConfig());
const client = () => new DmClientSession(clientConfig(account("basic")), { by: "user" });

test("DmError is an Error with a name of its own that nobody changes", () => {
  const error = thrown(() => tree().get(wrong(7)));
  assert.ok(error instanceof Error);
  assert.deepEqual(Object.getOwnPropertyDescriptor(error, "name"), {
    value: "DmError",
    writable: false,
    enumerable: false,
    configurable: true,
  });
  assert.equal(error.code, "arg");
  assert.equal(error.fault, "caller");
  assert.ok(String(error).startsWith("DmError: "));
  assert.equal(Object.hasOwn(error, "limit"), false);
});

test("what a getter throws becomes arg, with the cause, whatever it looks like", () => {
  /** @type {unknown[]} */
  const causes = [new Error("mine"), "text", undefined, null, 7, new RangeError("deep"), new WebAssembly.RuntimeError("not a trap")];
  causes.push(Object.assign(new Error("errno"), { code: "syntax", fault: "input" }));
  causes.push(new DmError("mine"), new Proxy({}, { getPrototypeOf: () => assert.fail("asked") }));
  for (const cause of causes) {
    const input = wrong({
      get body() {
        throw cause;
      },
    });
    const error = thrown(() => decode(input));
    assert.equal(error.code, "arg");
    if (cause !== undefined) assert.equal(error.cause, cause);
  }
  // And nothing is broken by it.
  assert.equal(tree().get("./DevInfo/Man")?.data, "Example");
});

test("a freed handle is disposed, and freeing it again does nothing", () => {
  const freed = { tree: tree(), server: server(), client: client() };
  for (const handle of Object.values(freed)) {
    handle.free();
    handle.free();
    handle[Symbol.dispose ?? Symbol.for("Symbol.dispose")]();
  }
  const other = tree();
  for (const call of [
    () => freed.tree.revision,
    () => freed.tree.get("./DevInfo"),
    () => freed.tree.save(),
    () => freed.server.save(),
    () => freed.server.receive({ body: new Uint8Array() }, undefined),
    () => freed.client.save(),
    () => freed.client.send(other),
    () => client().send(freed.tree),
  ]) {
    const error = thrown(call);
    assert.deepEqual([error.code, error.fault], ["disposed", "caller"]);
  }
  assert.equal(other.get("./DevInfo/Man")?.data, "Example");
});

test("the wrong this and the wrong tree are arg", () => {
  for (const alien of [Object.create(DmTree.prototype), {}, null, undefined, 7, server(), new Proxy(tree(), {})]) {
    assert.equal(thrown(() => DmTree.prototype.get.call(alien, "./DevInfo")).code, "arg");
    assert.equal(thrown(() => DmTree.prototype.free.call(alien)).code, "arg");
    assert.equal(thrown(() => client().send(wrong(alien))).code, "arg");
  }
  assert.equal(thrown(() => DmServerSession.prototype.save.call(wrong(tree()))).code, "arg");
  assert.equal(thrown(() => DmClientSession.prototype.save.call(wrong(tree()))).code, "arg");
  assert.equal(thrown(() => Object.create(DmTree.prototype).revision).code, "arg");
});

test("a handle inside a call is busy for others, and that call goes on", () => {
  const own = tree();
  /** @type {string[]} */
  const codes = [];
  const options = wrong({
    get format() {
      for (const call of [() => own.get("./DevInfo"), () => own.free(), () => own.revision, () => client().send(own)]) {
        codes.push(thrown(call).code);
      }
      return "int";
    },
  });
  own.set("./X/Count", "7", options);
  assert.deepEqual(codes, ["busy", "busy", "busy", "busy"]);
  assert.deepEqual(own.get("./X/Count"), { ...own.get("./X/Count"), data: "7", format: "int" });
  own.free();
});

test("a call into another handle from inside a call is no trouble", () => {
  const [outer, inner] = [tree(), tree()];
  outer.set("./X/A", "1", wrong({
    get format() {
      return inner.get("./DevInfo/Man")?.format;
    },
  }));
  assert.equal(outer.get("./X/A")?.data, "1");
});

test("an error inside leaves the handle open", () => {
  const own = tree();
  assert.equal(thrown(() => own.get(wrong(7))).code, "arg");
  assert.equal(own.get("./DevInfo/Man")?.data, "Example");
});

test("a tree is kept by save and restore, and grows its revision", () => {
  const own = tree();
  const before = own.revision;
  own.set("./X/Blob", new Uint8Array([1, 2, 3]), { format: "bin" });
  assert.ok(own.revision > before);
  const again = DmTree.restore(own.save());
  assert.deepEqual(again.get("./X/Blob"), own.get("./X/Blob"));
  assert.deepEqual(again.entries(), own.entries());
  assert.equal(again.remove("./X/Blob"), true);
  assert.equal(again.remove("./X/Blob"), false);
  assert.equal(again.get("./X/Blob"), undefined);
  const damaged = own.save();
  damaged[damaged.length >> 1] = (damaged[damaged.length >> 1] ?? 0) ^ 0xff;
  const error = thrown(() => DmTree.restore(damaged));
  assert.deepEqual([error.code, error.fault], ["snapshot", "snapshot"]);
});
