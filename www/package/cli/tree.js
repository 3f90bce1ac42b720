/** The tree of a device, from files whose kind is told by their content: values (JSON), one serialised tree (TNDS), descriptions (DDF). */
/** @import { TreeSource, TreeValue } from "../types.js" */
/** @import { DeviceObject } from "../objects/objects.js" */
import { readFileSync } from "node:fs";
import { DmTree, decode } from "../node.js";
import { sourceWith } from "../objects/objects.js";
import { UsageError, fileTrouble, words } from "./fault.js";
import { fromJson, isRecord } from "./json.js";

/** Of files that the user names; descriptions have several megabytes. */
const LIMITS = { bytes: 1 << 26, textBytes: 1 << 26, nodes: 200_000, depth: 256, items: 1_000_000 };
/** What a server may do where the tree says nothing else. */
const OPEN = "Add=*&Delete=*&Exec=*&Get=*&Replace=*";

/** The objects that the numbers of notifications in the draft dialect stand for, where nothing is said. @satisfies {Record<number, string>} */
export const INDEX = { 1: "urn:oma:mo:oma-dm-devinfo:1.2", 2: "urn:oma:mo:oma-dm-devdetail:1.2", 3: "urn:oma:mo:oma-dm-dmacc:1.2" };

/** What a device has that nothing is said of. @type {Record<string, TreeValue>} */
const OWN = {
  "./DevInfo/Man": "omadm",
  "./DevInfo/Mod": "Simulated device",
  "./DevInfo/Lang": "en",
  "./DevDetail/DevTyp": "simulator",
  "./DevDetail/OEM": "omadm",
  "./DevDetail/FwV": "1.0.0",
  "./DevDetail/SwV": "1.0.0",
  "./DevDetail/HwV": "1",
  "./DevDetail/LrgObj": { data: "true", format: "bool" },
  "./DevDetail/URI/MaxDepth": "0",
  "./DevDetail/URI/MaxTotLen": "0",
  "./DevDetail/URI/MaxSegLen": "0",
};

/** The same in DM 2.0, in which what was in DevDetail is here. @type {Record<string, TreeValue>} */
const OWN_DM2 = {
  "./DevInfo": { format: "node", type: INDEX[1] },
  "./DevInfo/Man": "omadm",
  "./DevInfo/Mod": "Simulated device",
  "./DevInfo/Lang": "en",
  "./DevInfo/DevType": "simulator",
  "./DevInfo/OEM": "omadm",
  "./DevInfo/FwV": "1.0.0",
  "./DevInfo/SwV": "1.0.0",
  "./DevInfo/HwV": "1",
};

/**
 * @param {string[]} files
 * @returns {TreeSource}
 */
export function readTree(files) {
  /** @type {TreeSource} */
  const source = {};
  for (const file of files) {
    try {
      add(source, readFileSync(file));
    } catch (error) {
      const isOfFile = error instanceof Error && "syscall" in error;
      throw new UsageError(`--tree ${file}: ${isOfFile ? fileTrouble(error) : words(error)}`);
    }
  }
  return source;
}

/** @param {TreeSource} source @param {Uint8Array} octets */
function add(source, octets) {
  const body = new Uint8Array(octets);
  const [first] = new TextDecoder().decode(body.subarray(0, 64)).trim();
  if (first === "{" || first === "[") {
    const json = fromJson(new TextDecoder().decode(body));
    if (!isRecord(json)) throw new TypeError("values must be an object whose members are URIs");
    const [wrong] = Object.keys(json).filter((uri) => uri !== "." && !uri.startsWith("./"));
    if (wrong !== undefined) throw new TypeError(`the member ${JSON.stringify(wrong)} is no URI that begins with ./`);
    source.values = { ...source.values, .../** @type {Record<string, TreeValue>} */ (json) };
    return;
  }
  const type = kindOf(body);
  if (type === "syncml") throw new TypeError("a SyncML message, no tree");
  if (type === "ddf") {
    source.ddf = [...(source.ddf ?? []), body];
  } else {
    if (source.tnds !== undefined) throw new TypeError("a second serialised tree; there can be one");
    source.tnds = body;
  }
}

/** @param {Uint8Array} body */
function kindOf(body) {
  try {
    return decode(body, LIMITS).type;
  } catch (error) {
    throw new TypeError(`neither values (JSON) nor a serialised tree (TNDS) or a description (DDF): ${words(error)}`);
  }
}

/**
 * A new tree with the objects, and what every device has.
 * @param {TreeSource} own
 * @param {readonly DeviceObject[]} objects
 * @param {boolean} isDm2
 */
export function treeOf(own, objects, isDm2) {
  let tree;
  try {
    const source = sourceWith(objects, own);
    tree = new DmTree({ ...source, values: { ".": { acl: OPEN }, ...source.values } }, { nodes: LIMITS.nodes });
  } catch (error) {
    throw new UsageError(`the tree cannot be made: ${words(error)}`);
  }
  // The root of an object is known by its type, which may be missing where values are below it.
  if (isDm2 && tree.get("./DevInfo")?.format === "node" && !tree.get("./DevInfo")?.type) tree.set("./DevInfo", null, { format: "node", type: INDEX[1] });
  for (const [uri, value] of Object.entries(isDm2 ? OWN_DM2 : OWN)) {
    if (tree.get(uri) !== undefined) continue;
    const { data = null, ...options } = typeof value === "string" ? { data: value } : /** @type {{ data: string }} */ (value);
    tree.set(uri, data, options);
  }
  return tree;
}

/**
 * A tree as it was saved, with what new objects bring that it does not have yet.
 * @param {Uint8Array} saved
 * @param {readonly DeviceObject[]} objects that were not plugged in when it was saved
 */
export function treeAgain(saved, objects) {
  const tree = DmTree.restore(saved, [], { nodes: LIMITS.nodes });
  for (const { name, source } of objects) {
    if (source.ddf !== undefined) throw new UsageError(`--objects ${name}: the tree in --state was made without it, and takes no further descriptions`);
    for (const [uri, value] of Object.entries(source.values ?? {})) {
      if (uri === "." || tree.get(uri) !== undefined) continue;
      const { data = null, ...options } = isRecord(value) ? value : { data: value === null ? null : value };
      try {
        tree.set(uri, typeof data === "number" ? String(data) : /** @type {string | null} */ (data), options);
      } catch (error) {
        throw new UsageError(`--objects ${name}: ${uri}: ${words(error)}`);
      }
    }
  }
  return tree;
}
