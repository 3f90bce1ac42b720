/**
 * The edge server: `/dm` for devices, `/api/` for whoever operates them, the console for everything else.
 * Each device lives in a Durable Object of its own, named by its identifier.
 */
import { api } from "./api.ts";
import { page } from "./page.ts";
import { dm } from "./dm.ts";
import type { Env } from "./env.ts";

export { Device } from "./device.ts";
export { Directory } from "./directory.ts";

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === "/dm") return dm(request, env);
    if (pathname.startsWith("/api/")) return api(request, env);
    return page(request, env);
  },
} satisfies ExportedHandler<Env>;
