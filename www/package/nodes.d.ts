/** Nodes of a management tree, as hosts set and see them. */
import type { Data, Format, TndsNode } from "./types.js";

/** What is said of a node beside its value. What is left out stays as it is; a new leaf has the format of its value and `text/plain`. */
export interface NodeOptions {
  format?: Format;
  /** The media type of a leaf, or the identifier of a management object. */
  type?: string;
  /** The node's own access control list, such as `Get=*&Replace=mgmt.example`; empty: that of the node above holds, or of the root `Add=*&Get=*`. */
  acl?: string;
  /** At most 255 octets. */
  title?: string;
  /** The node is the host's: reads, writes and Exec become tickets. One that is only run is a leaf with `data: ""`. */
  host?: boolean;
}
export interface TreeNode {
  format: Format;
  type?: string;
  /** Of a leaf; of a node of the host what the tree was told last. */
  data?: Data;
  /** Of an interior node: names. */
  children?: string[];
  /** The node's own access control list, where it has one. */
  acl?: string;
  title?: string;
  /** The node is the host's. */
  host?: true;
}
export type ChangedBy = "add" | "replace" | "delete" | "copy" | "rename";
export interface TreeChange {
  uri: string;
  by: ChangedBy;
  /** The server that did it; absent where it was the host. */
  server?: string;
}
export type TreeValue = string | number | boolean | null | Uint8Array | ({ data?: Data | null } & NodeOptions);
export interface TreeSource {
  /** URIs and their leaves; nodes above them are made. `{ format: "node" }` makes an interior node. Put over the other sources. */
  values?: Record<string, TreeValue>;
  /** A serialised tree in either encoding, or its nodes: names directly under MgmtTree are children of the root. */
  tnds?: Uint8Array | TndsNode[];
  /** Device descriptions. The tree has their nodes with their default values, and from then on servers can make only what they describe. */
  ddf?: Uint8Array[];
}
