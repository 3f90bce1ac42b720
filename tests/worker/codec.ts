/** A Worker on the codec alone: what it is posted comes back as JSON, or as the code of the error. */
import { DmError, decode } from "omadm/codec";

export default {
  async fetch(request: Request): Promise<Response> {
    const contentType = request.headers.get("content-type") ?? undefined;
    try {
      return Response.json(decode({ body: new Uint8Array(await request.arrayBuffer()), ...(contentType && { contentType }) }));
    } catch (error) {
      if (!(error instanceof DmError)) throw error;
      return Response.json({ code: error.code, offset: error.offset }, { status: 400 });
    }
  },
};
