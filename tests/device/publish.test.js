/** What subscriptions want behind a session: all of it, in as many pieces as it takes, and what fails not for ever. */
import test from "node:test";
import assert from "node:assert/strict";

// By its address, as in redact.test.js.
const { Repository } = await import(new URL("../../www/package/cli/repository.js", import.meta.url).href);

/** @param {number} status */
const answering = (status) => ({ isOwn: () => true, request: async () => ({ status, headers: [], body: new Uint8Array() }) });
/** @param {number} at */
const put = (at) => ({ server: "s", uri: `urn:a:b:1.0/${at}/`, url: `https://s.example/${at}`, contentType: "text/plain", body: new Uint8Array() });
const OPTIONS = { now: 1000, epoch: 0 };

test("what is sent in many pieces arrives, however many", async () => {
  const pieces = Array.from({ length: 40 }, (_, at) => put(at));
  const left = [...pieces];
  /** @type {unknown[]} */
  const arrived = [];
  const tree = {
    due: () => ({ puts: left.splice(0, 1), ...(left.length > 0 && { next: 1000 }) }),
    told: (/** @type {string} */ _, /** @type {string} */ uri, /** @type {{ status: number }} */ { status }) => arrived.push([uri, status]),
  };
  assert.deepEqual(await new Repository(answering(200), []).publish(tree, OPTIONS, () => undefined), []);
  assert.deepEqual(arrived, pieces.map(({ uri }) => [uri, 200]));
});

test("what does not come to an end is given up", async () => {
  for (const [puts, later] of [[[put(0)], 1], [[], 0]]) {
    let asked = 0;
    const tree = {
      due: (/** @type {{ now: number }} */ { now }) => {
        asked += 1;
        return { puts, next: now + /** @type {number} */ (later) };
      },
      told: () => undefined,
    };
    const lost = await new Repository(answering(500), []).publish(tree, OPTIONS, () => undefined);
    assert.equal(asked, 16);
    assert.equal(lost.length, /** @type {unknown[]} */ (puts).length);
  }
});
