/** HTTP as it goes over the wire, for what fetch would never send. */
import { connect } from "node:net";

/**
 * Sends octets as they are and gives the status of the first response.
 * @param {string} url whose host is called
 * @param {string} head request line and headers without the empty line
 * @param {string} body
 * @param {{ end?: boolean }} [options] whether the sender then says that there is no more
 * @returns {Promise<number>}
 */
export function exchange(url, head, body, { end = true } = {}) {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let text = "";
    socket.on("error", reject);
    socket.on("data", (data) => {
      text += data.toString("latin1");
      const status = /^HTTP\/1\.1 ([0-9]{3}) .*\r\n/.exec(text)?.[1];
      if (status === undefined) return;
      socket.destroy();
      resolve(Number(status));
    });
    socket.on("close", () => reject(new Error("closed without an answer")));
    socket.write(`${head}\r\n\r\n${body}`);
    if (end) socket.end();
  });
}
