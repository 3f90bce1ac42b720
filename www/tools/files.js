/** Serves the files of one folder, as the platform's static assets do. */
import { readFile } from "node:fs/promises";
import { extname, join, normalize, sep } from "node:path";
import { Response } from "miniflare";

/** @type {Record<string, string>} */
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".map": "application/json; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
};

/**
 * @param {string} folder
 * @returns {(request: { url: string, method: string }) => Promise<Response>}
 */
export function filesOf(folder) {
  const root = normalize(folder + sep);
  return async ({ url, method }) => {
    const path = fileOf(new URL(url).pathname);
    const file = path === undefined ? undefined : join(root, path);
    if (file === undefined || !file.startsWith(root)) return notFound();
    try {
      const bytes = await readFile(file);
      const headers = { "content-type": TYPES[extname(file)] ?? "application/octet-stream", "cache-control": "no-cache" };
      return new Response(method === "HEAD" ? null : bytes, { headers });
    } catch {
      return notFound();
    }
  };
}

/** @param {string} pathname */
function fileOf(pathname) {
  try {
    const path = decodeURIComponent(pathname.endsWith("/") ? `${pathname}index.html` : pathname);
    return path.includes("\0") ? undefined : path;
  } catch {
    return undefined;
  }
}

const notFound = () => new Response("not found\n", { status: 404, headers: { "content-type": "text/plain; charset=utf-8" } });
