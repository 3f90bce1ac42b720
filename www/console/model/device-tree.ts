/** The management tree of the simulated device, and what a session did to it. */
import { DmTree, decode } from "omadm";
import type { ChangedBy, TreeNode, TreeSource, TreeValue } from "omadm";
import { sourceWith } from "omadm/objects";
import type { DeviceObject } from "omadm/objects";
import { connectivityDocument } from "./connectivity.js";
import { base64Of, cut, fromBase64, legible, octetsOf } from "./octets.js";

export const CNN = "./settings/wap_settings/CNN";
/** A node with a child cannot hold a value, so the definitions of section 11.2 stand beside their version. */
export const DEFS_VERSION = "./antivirus_data/version";
export const DEFS = "./antivirus_data/defs";
export const DEFS_TYPE = "application/x-marram-defs";

/** What ./Unit is an object of: a notification can ask for it. */
export const UNIT = "urn:oma:mo:ext-marram-unit:1.0";

/** Octets and nodes of a description or a tree that somebody brings. */
const LIMITS = { bytes: 1 << 24, textBytes: 1 << 24, nodes: 200_000 };

/** A description or a serialised tree that somebody brings. */
export interface TreeFile {
  name: string;
  bytes: Uint8Array;
}

/** What a leaf holds. */
export type Leaf = Pick<TreeNode, "format" | "type" | "data">;

export interface TreeNodeView extends Omit<TreeNode, "children"> {
  uri: string;
  name: string;
  children: TreeNodeView[];
}

/** What every device here says of itself. The maker lets its servers change everything. */
const own = (deviceId: string): Record<string, TreeValue> => ({
  ".": { acl: "Add=*&Delete=*&Exec=*&Get=*&Replace=*" },
  "./DevInfo/DevId": deviceId,
  "./DevInfo/DmV": "1.3",
});
/** Of one of our own make. */
const MARRAM: Readonly<Record<string, TreeValue>> = {
  "./DevInfo/Man": "Marram Instruments",
  "./DevInfo/Mod": "Field Unit 7",
  "./DevInfo/Lang": "en-GB",
};

/** A tree as it leaves the factory, with what is plugged into the device. */
export function newTree(deviceId: string, objects: readonly DeviceObject[] = []): DmTree {
  const connectivity = { data: connectivityDocument("harbour.example"), format: "b64", type: "application/vnd.wap.connectivity-wbxml" } as const;
  const has = (name: string): boolean => objects.some((object) => object.name === name);
  return new DmTree(
    sourceWith(objects, {
      values: {
        ...own(deviceId),
        // One like Windows says by itself what it is.
        ...(!has("windows") && { ...MARRAM, "./DevDetail/SwV": "4.2.0", "./DevDetail/HwV": "C" }),
        ...(has("fumo") && { "./DevDetail/FwV": "1.0.0" }),
        "./Unit": { format: "node", type: UNIT },
        "./Unit/Temperature": { data: "21", format: "int", title: "Degrees Celsius", host: true },
        "./Unit/Restart": { format: "null", acl: "Exec=*&Get=*", host: true },
        [CNN]: connectivity,
        [DEFS_VERSION]: "marram/2026-02/9",
        [DEFS]: { data: base64Of(octetsOf("Definitions of winter")), format: "b64", type: DEFS_TYPE },
      },
    }),
  );
}

/** A tree of descriptions (DDF) or of one serialised tree (TNDS), and in words what it was made of. */
export function treeOf(deviceId: string, files: readonly TreeFile[], objects: readonly DeviceObject[] = []): { tree: DmTree; words: string } {
  const kinds = new Set(files.map(({ bytes }) => decode(bytes, LIMITS).type));
  const names = files.map(({ name }) => name).join(", ");
  const octets = files.map(({ bytes }) => bytes);
  const [only] = octets;
  let source: TreeSource;
  if (kinds.size === 1 && kinds.has("ddf")) source = { ddf: octets };
  else if (octets.length === 1 && only !== undefined && kinds.has("tnds")) source = { tnds: only };
  else throw new Error(`${names}: neither device descriptions (DDF) nor one serialised tree (TNDS)`);
  const tree = new DmTree(sourceWith(objects, { ...source, values: { ...own(deviceId), ...MARRAM } }), { nodes: LIMITS.nodes });
  return { tree, words: `${names}: ${tree.entries().length.toLocaleString("en")} nodes` };
}

/** The tree as nested nodes; the root is `.`. */
export function viewOf(tree: DmTree): TreeNodeView[] {
  const roots: TreeNodeView[] = [];
  const byUri = new Map<string, TreeNodeView>();
  for (const uri of tree.entries()) {
    const node = tree.get(uri);
    if (node === undefined) continue;
    const at = uri.lastIndexOf("/");
    const view: TreeNodeView = { ...node, uri, name: uri.slice(at + 1), children: [] };
    byUri.set(uri, view);
    const parent = at < 0 ? undefined : byUri.get(uri.slice(0, at));
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

/** What has become of a node, in a word. */
export const DONE: Readonly<Record<ChangedBy, string>> = { add: "added", replace: "replaced", delete: "deleted", copy: "copied", rename: "renamed" };

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
