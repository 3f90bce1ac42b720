/** The built package, as Node loads it, with the types that users see; and copies of it, for what must not disturb the others. */
import assert from "node:assert/strict";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** @typedef {typeof import("../../www/package/types.js")} Omadm */

export const folder = fileURLToPath(new URL("../../pkg/", import.meta.url));

/**
 * @param {string} file
 * @returns {Promise<Omadm>}
 */
export const load = async (file) => import(pathToFileURL(file).href);

/**
 * A copy of the package, with a state of its own. It ends with the test.
 * @param {import("node:test").TestContext} t
 */
export async function copy(t) {
  const own = await mkdtemp(join(tmpdir(), "omadm-"));
  t.after(() => rm(own, { recursive: true, force: true }));
  await cp(folder, own, { recursive: true });
  return own;
}

/**
 * What is thrown, if it is a DmError.
 * @param {() => unknown} call
 * @param {Pick<Omadm, "DmError">} [from]
 */
export function thrown(call, from = omadm) {
  try {
    call();
  } catch (error) {
    assert.ok(error instanceof from.DmError, `not a DmError: ${String(error)}`);
    return error;
  }
  return assert.fail("nothing was thrown");
}

/**
 * As `thrown`, for a promise.
 * @param {Promise<unknown>} promise
 * @param {Pick<Omadm, "DmError">} [from]
 */
export async function rejected(promise, from = omadm) {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof from.DmError, `not a DmError: ${String(error)}`);
    return error;
  }
  return assert.fail("nothing was thrown");
}

/**
 * A document that is a message.
 * @param {Parameters<Omadm["decode"]>[0]} input
 */
export function message(input) {
  const document = omadm.decode(input);
  assert.ok(document.type === "syncml", document.type);
  return document;
}

/**
 * Something of a type that the types forbid.
 * @param {unknown} value
 */
export const wrong = (value) => /** @type {any} */ (value);

const omadm = await load(join(folder, "node.js"));
export default omadm;
