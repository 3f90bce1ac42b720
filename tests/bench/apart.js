/** Runs a function of a module in a thread of its own, where the package has an instance of its own. */
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";

/**
 * @param {string | URL} module its URL
 * @param {string} name of the function, which is exported
 * @param {unknown[]} given
 * @returns {Promise<any>} what the function gives
 */
export function apart(module, name, ...given) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { module: String(module), name, given } });
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", (code) => reject(new Error(`${name} ended with ${code}`)));
  });
}

// Not awaited here: the module imports this one.
if (!isMainThread && workerData?.module !== undefined) void run(workerData);

/** @param {{ module: string; name: string; given: unknown[] }} data */
async function run({ module, name, given }) {
  parentPort?.postMessage(await (await import(module))[name](...given));
}
