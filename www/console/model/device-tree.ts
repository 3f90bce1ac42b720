/** The management tree of the simulated device, and what a session did to it. */
import { DmTree } from "omadm";
import type { Data, Format } from "omadm";
import { connectivityDocument } from "./connectivity.js";
import { cut, fromBase64, legible } from "./octets.js";

export const CNN = "./settings/wap_settings/CNN";

/** What a leaf holds. */
export interface Leaf {
  format: Format;
  type?: string;
  data?: Data;
}

export interface TreeNodeView extends Leaf {
  uri: string;
  name: string;
  children: TreeNodeView[];
}

export function newTree(deviceId: string): DmTree {
  const tree = new DmTree({
    values: {
      "./DevInfo/DevId": deviceId,
      "./DevInfo/Man": "Marram Instruments",
      "./DevInfo/Mod": "Field Unit 7",
      "./DevInfo/DmV": "1.3",
      "./DevInfo/Lang": "en-GB",
      "./DevDetail/SwV": "4.2.0",
      "./DevDetail/HwV": "C",
    },
  });
  tree.set(CNN, connectivityDocument("harbour.example"), {
    format: "b64",
    type: "application/vnd.wap.connectivity-wbxml",
  });
  return tree;
}

/** The tree as nested nodes; the root is `.`. */
export function viewOf(tree: DmTree): TreeNodeView[] {
  const roots: TreeNodeView[] = [];
  const byUri = new Map<string, TreeNodeView>();
  for (const uri of tree.entries()) {
    const node = tree.get(uri);
    if (node === undefined) continue;
    const cut = uri.lastIndexOf("/");
    const view: TreeNodeView = { uri, name: uri.slice(cut + 1), format: node.format, children: [] };
    if (node.type !== undefined) view.type = node.type;
    if (node.data !== undefined) view.data = node.data;
    byUri.set(uri, view);
    const parent = cut < 0 ? undefined : byUri.get(uri.slice(0, cut));
    (parent === undefined ? roots : parent.children).push(view);
  }
  return roots;
}

export function leavesOf(tree: DmTree): Map<string, Leaf> {
  const leaves = new Map<string, Leaf>();
  for (const uri of tree.entries()) {
    const node = tree.get(uri);
    if (node?.data !== undefined) leaves.set(uri, node);
  }
  return leaves;
}

/** The octets that a leaf stands for where its value is base64: by its format, and in fact. */
export function octetsBehind({ format, data }: Leaf): Uint8Array | undefined {
  return format === "b64" && typeof data === "string" ? fromBase64(data) : undefined;
}

/** What a leaf holds, in at most `most` characters as people read them. */
export function legibleLeaf(leaf: Leaf, most: number): string {
  const octets = octetsBehind(leaf) ?? (leaf.data instanceof Uint8Array ? leaf.data : undefined);
  if (octets !== undefined) return legible(octets, most);
  const text = typeof leaf.data === "object" && "markup" in leaf.data ? leaf.data.markup : String(leaf.data ?? "");
  return `“${cut(text, most)}”`;
}
