import type { Env } from "./env.ts";

const SECURITY = {
  "content-security-policy":
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
};
const LOOPBACK = ["127.0.0.1", "localhost", "[::1]"];

/** The console, and in development the token that it needs. */
export async function page(request: Request, env: Env): Promise<Response> {
  const url = new URL(request.url);
  if (request.method !== "GET" && request.method !== "HEAD") return plain(405, "use GET", { allow: "GET, HEAD" });
  if (url.pathname === "/dev/token") return token(url, env);
  if (env.ASSETS === undefined) return plain(404, "not found");
  const file = await env.ASSETS.fetch(request);
  const headers = new Headers(file.headers);
  for (const [name, value] of Object.entries(SECURITY)) headers.set(name, value);
  return new Response(file.body, { status: file.status, headers });
}

/** Only under a loopback name: a page whose own name was pointed here must not read the token. */
function token(url: URL, env: Env): Response {
  if (env.DEV_CONSOLE !== "1" || env.ADMIN_TOKEN === undefined || !LOOPBACK.includes(url.hostname)) return plain(404, "not found");
  return Response.json({ token: env.ADMIN_TOKEN }, { headers: { "cache-control": "no-store", ...SECURITY } });
}

const plain = (status: number, text: string, headers: Record<string, string> = {}): Response =>
  new Response(`${text}\n`, { status, headers: { "content-type": "text/plain; charset=utf-8", ...SECURITY, ...headers } });
