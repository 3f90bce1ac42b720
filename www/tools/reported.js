/**
 * A reporter for `node --test` that notes every test for `conformance.js`: `ok tests/node/session.test.js: its title`.
 * What is skipped or to do has not passed.
 */
import { relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** @param {AsyncIterable<import("node:test/reporters").TestEvent>} source */
export default async function* reported(source) {
  for await (const event of source) {
    if (event.type !== "test:pass" && event.type !== "test:fail") continue;
    const { name, file, nesting, skip, todo } = event.data;
    if (nesting > 0 || file === undefined) continue;
    const result = event.type === "test:fail" ? "FAILED" : (skip ?? todo) === undefined ? "ok" : "ignored";
    yield `${result} ${relative(root, file).replaceAll("\\", "/")}: ${name.replaceAll("\n", " ")}\n`;
  }
}
