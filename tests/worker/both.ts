/** A Worker on both entries of the package. */
import { encode } from "omadm";
import { decode } from "omadm/codec";

export default {
  async fetch(request: Request): Promise<Response> {
    const { body } = encode(decode(new Uint8Array(await request.arrayBuffer())), { encoding: "xml" });
    return new Response(body);
  },
};
