/** The built package, as Node loads it. */
/** @type {typeof import("omadm")} */
export const omadm = await import(new URL("../../pkg/node.js", import.meta.url).href);
await omadm.init();

/**
 * A document that is a message.
 * @param {Uint8Array} body
 */
export function messageIn(body) {
  const document = omadm.decode(body);
  if (document.type !== "syncml") throw new Error(`a document of type ${document.type}`);
  return document;
}
