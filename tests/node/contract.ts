/** Every entry of the package is what types.d.ts says. Only the type checker reads this. */
import type * as contract from "../../www/package/types.js";
import * as node from "../../www/package/node.js";
import * as web from "../../www/package/web.js";
import * as workerd from "../../www/package/workerd.js";

export const entries: (typeof contract)[] = [node, web, workerd];

/** And nothing more. */
type Extra = Exclude<keyof typeof node | keyof typeof web | keyof typeof workerd, keyof typeof contract>;
export const extra: [Extra] extends [never] ? true : Extra = true;

/** The instances too: `typeof` compares what the classes construct, this what methods return. */
export const made = (error: node.DmError, tree: node.DmTree, server: node.DmServerSession, client: node.DmClientSession) =>
  [error, tree, server, client] satisfies [contract.DmError, contract.DmTree, contract.DmServerSession, contract.DmClientSession];
