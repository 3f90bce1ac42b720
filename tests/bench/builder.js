/** A typed message in octets on fast-xml-parser's builder: the same elements as the package writes, in the same order. */
import { XMLBuilder } from "../../www/node_modules/fast-xml-parser/src/fxp.js";

/** @import { Cred, Chal, Item, Location, Meta, SyncMlCommand, SyncMlDocument } from "../../www/package/types.js" */
/** @typedef {any} Node as the builder takes it with `preserveOrder`: one key with the children, and `#text` for text */

const builder = new XMLBuilder({ preserveOrder: true, ignoreAttributes: false, attributeNamePrefix: "", suppressEmptyNode: true });
const octets = new TextEncoder();

/** @param {string} text @returns {Node[]} */
const inside = (text) => (text === "" ? [] : [{ "#text": text }]);
const METINF = { xmlns: "syncml:metinf" };
/** @type {[keyof Meta, string][]} */
const META = [["format", "Format"], ["type", "Type"], ["mark", "Mark"], ["size", "Size"], ["nextNonce", "NextNonce"], ["maxMsgSize", "MaxMsgSize"], ["maxObjSize", "MaxObjSize"]];

/** @param {Node[]} out @param {string} name @param {string | number | undefined} text */
const leaf = (out, name, text) => void (text !== undefined && out.push({ [name]: inside(String(text)) }));
/** @param {Node[]} out @param {string} name @param {unknown} isThere */
const flag = (out, name, isThere) => void (isThere && out.push({ [name]: [] }));

/** @param {Node[]} out @param {string} name @param {Location | undefined} location */
function place(out, name, location) {
  if (location === undefined) return;
  /** @type {Node[]} */
  const made = [];
  leaf(made, "LocURI", location.uri);
  leaf(made, "LocName", location.name);
  out.push({ [name]: made });
}

/** @param {Node[]} out @param {Meta | undefined} meta */
function metaOf(out, meta) {
  if (meta === undefined) return;
  /** @type {Node[]} */
  const made = [];
  for (const [key, name] of META) {
    const value = meta[key];
    if (value !== undefined) made.push({ [name]: inside(String(value)), ":@": METINF });
  }
  out.push({ Meta: made });
}

/** @param {Node[]} out @param {Cred | undefined} cred */
function credOf(out, cred) {
  if (cred === undefined) return;
  /** @type {Node[]} */
  const made = [];
  metaOf(made, { format: cred.format, type: cred.type });
  leaf(made, "Data", cred.data);
  out.push({ Cred: made });
}

/** @param {Node[]} out @param {Chal | undefined} chal */
function chalOf(out, chal) {
  if (chal === undefined) return;
  /** @type {Node[]} */
  const made = [];
  metaOf(made, chal);
  out.push({ Chal: made });
}

/** @param {Node[]} out @param {Item[]} items */
function itemsOf(out, items) {
  for (const { target, source, meta, data, moreData } of items) {
    /** @type {Node[]} */
    const made = [];
    place(made, "Target", target);
    place(made, "Source", source);
    metaOf(made, meta);
    if (data !== undefined) leaf(made, "Data", String(data));
    flag(made, "MoreData", moreData);
    out.push({ Item: made });
  }
}

/** @param {SyncMlCommand} command @returns {Node} */
function commandOf(command) {
  /** @type {Node[]} */
  const made = [];
  leaf(made, "CmdID", command.cmdId);
  flag(made, "NoResp", command.noResp);
  switch (command.type) {
    case "unknown":
      throw new Error("no such command here");
    case "status":
      leaf(made, "MsgRef", command.msgRef);
      leaf(made, "CmdRef", command.cmdRef);
      leaf(made, "Cmd", command.cmd);
      for (const uri of command.targetRefs) leaf(made, "TargetRef", uri);
      for (const uri of command.sourceRefs) leaf(made, "SourceRef", uri);
      credOf(made, command.cred);
      chalOf(made, command.chal);
      leaf(made, "Data", command.code);
      break;
    case "results":
      leaf(made, "MsgRef", command.msgRef);
      leaf(made, "CmdRef", command.cmdRef);
      metaOf(made, command.meta);
      leaf(made, "TargetRef", command.targetRef);
      leaf(made, "SourceRef", command.sourceRef);
      break;
    case "alert":
      leaf(made, "Data", command.code);
      leaf(made, "Correlator", command.correlator);
      break;
    default:
      metaOf(made, command.meta);
      if (command.type === "exec") leaf(made, "Correlator", command.correlator);
  }
  if ("commands" in command) made.push(...command.commands.map(commandOf));
  else itemsOf(made, command.items);
  return { [command.type.charAt(0).toUpperCase() + command.type.slice(1)]: made };
}

/** @param {SyncMlDocument} document */
export function build({ message: { header, commands, final } }) {
  /** @type {Node[]} */
  const head = [];
  leaf(head, "VerDTD", header.verDtd);
  leaf(head, "VerProto", header.verProto);
  leaf(head, "SessionID", header.sessionId);
  leaf(head, "MsgID", header.msgId);
  place(head, "Target", header.target);
  place(head, "Source", header.source);
  leaf(head, "RespURI", header.respUri);
  flag(head, "NoResp", header.noResp);
  credOf(head, header.cred);
  const { maxMsgSize, maxObjSize } = header;
  if (maxMsgSize !== undefined || maxObjSize !== undefined) metaOf(head, { maxMsgSize, maxObjSize });
  const body = commands.map(commandOf);
  flag(body, "Final", final);
  const root = { SyncML: [{ SyncHdr: head }, { SyncBody: body }], ":@": { xmlns: `SYNCML:SYNCML${header.verDtd}` } };
  return octets.encode(builder.build([root]));
}
