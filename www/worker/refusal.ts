import { DmError, init } from "omadm";

/** A request that is answered with an HTTP error. `code` and `message` are shown to whoever sent it. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Record<string, string>;

  constructor(status: number, code: string, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** The platform could not read or write; nothing was changed, and the request may be sent again. */
export const unavailable = (): Refusal => new Refusal(503, "storage", "try again later", { "retry-after": "1" });

/** What a failure may be called in public: only the sender's own faults are explained. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof DmError && (error.fault === "input" || error.fault === "peer")) {
    return new Refusal(error.http ?? 400, error.code, error.message);
  }
  // A trapped engine serves nobody again: the next request finds a new one. No session is lost, for all of them are at rest.
  if (error instanceof DmError && error.code === "poisoned") void init();
  return new Refusal(500, "internal", "internal error");
}
