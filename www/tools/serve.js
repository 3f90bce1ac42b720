/**
 * `make run`: starts the edge server on 127.0.0.1 and builds the console that it serves, until Ctrl-C.
 *
 * PORT (8787), STATE (the folder .state of the repository) and ADMIN_TOKEN (a random one) may be set in the environment.
 */
import { fileURLToPath } from "node:url";
import { buildConsole } from "./console.js";
import { startEdge } from "./edge.js";

const port = Number(process.env.PORT ?? 8787);
const state = process.env.STATE ?? fileURLToPath(new URL("../../.state/", import.meta.url));

const edge = await start().catch((error) => {
  console.error(error.code === "EADDRINUSE" ? `port ${port} is taken; set PORT to another` : `cannot start: ${error.message}`);
  process.exit(1);
});
console.log(`console  ${edge.url}/\ndevices  ${edge.url}/dm\nAPI      ${edge.url}/api/  Authorization: Bearer ${edge.token}\nCtrl-C stops the server.`);

let stopping = false;
for (const signal of ["SIGINT", "SIGTERM"]) {
  // Miniflare would end the process at once.
  process.removeAllListeners(signal);
  process.on(signal, async () => {
    if (stopping) return;
    stopping = true;
    await edge.stop();
    process.exit(0);
  });
}

async function start() {
  const edge = await startEdge({ port, state, token: process.env.ADMIN_TOKEN, print: (line) => console.log(line) });
  await buildConsole();
  return edge;
}
