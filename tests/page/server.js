/** The console, freshly built, on the edge server with an empty database. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildConsole } from "../../www/tools/console.js";
import { startEdge } from "../../www/tools/edge.js";

/** @returns {Promise<{ url: string, stop(): Promise<void> }>} */
export async function start() {
  const folder = await mkdtemp(join(tmpdir(), "omadm-page-"));
  const consoleFolder = join(folder, "console");
  await buildConsole({ target: consoleFolder });
  const edge = await startEdge({ port: 0, state: join(folder, "state"), consoleFolder });
  return {
    url: edge.url,
    async stop() {
      await edge.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
