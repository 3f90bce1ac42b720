/** A fresh process: prints milliseconds from the import of the package to its first message, and those before. `node start-child.js ENTRY` */
import { packageOne } from "./messages.js";

const body = new TextEncoder().encode(packageOne());
const entry = process.argv[2] ?? "";
const start = performance.now();
const omadm = await import(entry);
await omadm.init?.();
if (omadm.decode(body).type !== "syncml") throw new Error("no message");
console.log(JSON.stringify([performance.now() - start, start]));
