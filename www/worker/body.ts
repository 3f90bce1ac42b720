import { Refusal } from "./refusal.ts";

/** Octets that a request may have: the engine's default for one message. */
export const MAX_BODY = 1_048_576;
/** Octets asked for at once, so the most that is read beyond the limit. */
const STEP = 65_536;

/**
 * The body of a request, never more than `limit` octets.
 * Refuses with 413 what is larger, 400 what is not as long as Content-Length says, 415 what is compressed.
 */
export async function readBody(request: Request, limit = MAX_BODY): Promise<Uint8Array> {
  const coding = request.headers.get("content-encoding");
  if (coding !== null && coding.trim().toLowerCase() !== "identity") {
    throw new Refusal(415, "coding", "send the body without Content-Encoding");
  }
  const declared = declaredLength(request.headers.get("content-length"));
  if (declared !== undefined && declared > limit) throw tooLarge(limit);
  const body = await collect(request.body, declared ?? STEP, limit);
  if (declared !== undefined && declared !== body.length) throw new Refusal(400, "length", "Content-Length is not the length of the body");
  return body;
}

function declaredLength(header: string | null): number | undefined {
  if (header === null) return undefined;
  if (!/^[0-9]{1,15}$/.test(header)) throw new Refusal(400, "length", "Content-Length is no number");
  return Number(header);
}

async function collect(stream: ReadableStream<Uint8Array> | null, expected: number, limit: number): Promise<Uint8Array> {
  if (stream === null) return new Uint8Array();
  const reader = stream.getReader({ mode: "byob" });
  let body = new Uint8Array(expected);
  let length = 0;
  let step = new ArrayBuffer(STEP);
  for (;;) {
    const { value, done } = await reader.read(new Uint8Array(step)).catch(() => {
      throw new Refusal(400, "length", "the body ended early");
    });
    if (done) return body.subarray(0, length);
    if (length + value.length > limit) {
      // The sender may never end: it is not waited for.
      reader.cancel().catch(() => {});
      throw tooLarge(limit);
    }
    if (length + value.length > body.length) {
      const larger = new Uint8Array(Math.min(limit, 2 * (length + value.length)));
      larger.set(body.subarray(0, length));
      body = larger;
    }
    body.set(value, length);
    length += value.length;
    step = value.buffer as ArrayBuffer;
  }
}

const tooLarge = (limit: number): Refusal => new Refusal(413, "limit", `at most ${limit} octets`);
