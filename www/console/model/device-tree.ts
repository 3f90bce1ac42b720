/** The management tree of the simulated device, and what a session did to it. */
import { DmTree } from "omadm";
import type { Data, Format } from "omadm";
import { connectivityDocument } from "./connectivity.js";

export const CNN = "./settings/wap_settings/CNN";

export interface TreeNodeView {
  uri: string;
  name: string;
  format: Format;
  type?: string;
  data?: Data;
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

export function leavesOf(tree: DmTree): Map<string, Data> {
  const leaves = new Map<string, Data>();
  for (const uri of tree.entries()) {
    const data = tree.get(uri)?.data;
    if (data !== undefined) leaves.set(uri, data);
  }
  return leaves;
}
