/** A data repository in the page: commands of DM 2.0 fetch from it and send to it. Nothing goes out; what it holds lives in memory only. */

/** Where it is, as commands name it. No such host exists. */
export const REPOSITORY = "https://repository.example";

/** A document as it was sent. */
export interface Stored {
  type: string;
  body: Uint8Array<ArrayBuffer>;
}

export class Repository {
  /** By address. */
  readonly documents = new Map<string, Stored>();

  /** Whether an address is in it. */
  static has(url: string): boolean {
    return new URL(url).origin === REPOSITORY;
  }

  /** Answers a request as an HTTP server would. */
  answer(method: string, url: string, type: string, body: Uint8Array = new Uint8Array()): Response {
    if (method === "PUT" || method === "POST") {
      this.documents.set(url, { type, body: body.slice() });
      return new Response(null, { status: 204 });
    }
    const document = this.documents.get(url);
    if (document === undefined) return new Response(null, { status: 404 });
    return new Response(document.body, { headers: { "content-type": document.type } });
  }
}
