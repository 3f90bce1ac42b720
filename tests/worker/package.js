/** The built package, as Node loads it. */
/** @type {typeof import("omadm")} */
export const omadm = await import(new URL("../../pkg/node.js", import.meta.url).href);
await omadm.init();
