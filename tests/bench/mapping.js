/**
 * What somebody would write who needs typed messages and has a parser that gives elements: the same object as the package's `decode`.
 *
 * It leaves out what these messages do not need: it checks neither names, order nor numbers, reads no markup inside Data, and knows neither
 * prefixes nor attributes nor elements that the DTD has no name for. All of that would make it slower.
 */

/** @import { Chal, Cred, Item, Location, Meta, SyncMlCommand, SyncMlDocument } from "../../www/package/types.js" */

/** @type {Record<string, keyof Meta>} */
const META = { Format: "format", Type: "type", Mark: "mark", Size: "size", NextNonce: "nextNonce", MaxMsgSize: "maxMsgSize", MaxObjSize: "maxObjSize" };
const OPERATIONS = new Set(["Add", "Replace", "Delete", "Copy", "Get", "Exec"]);

/**
 * @template Node
 * @param {(node: Node) => string} nameOf the element's name, empty for text
 * @param {(node: Node) => Node[]} childrenOf
 * @param {(node: Node) => string} textOf an element's own text, all of it
 */
export function mapping(nameOf, childrenOf, textOf) {
  const trimmed = (/** @type {Node} */ node) => textOf(node).trim();

  /** @param {Node} node @returns {Location} */
  function location(node) {
    /** @type {Location} */
    const made = { uri: "" };
    for (const child of childrenOf(node)) {
      const name = nameOf(child);
      if (name === "LocURI") made.uri = trimmed(child);
      else if (name === "LocName") made.name = trimmed(child);
    }
    return made;
  }

  /** @param {Node} node @returns {Meta} */
  function meta(node) {
    /** @type {any} */
    const made = {};
    for (const child of childrenOf(node)) {
      const name = nameOf(child);
      const key = META[name];
      if (key === undefined) continue;
      const text = trimmed(child);
      made[key] = key === "size" || key === "maxMsgSize" || key === "maxObjSize" ? Number(text) : text;
    }
    return made;
  }

  /** @param {Node} node @returns {Cred} */
  function cred(node) {
    /** @type {Cred} */
    let made = { type: "", data: "" };
    for (const child of childrenOf(node)) {
      const name = nameOf(child);
      if (name === "Meta") {
        const { type = "", format } = meta(child);
        made.type = type;
        if (format !== undefined) made.format = format;
      } else if (name === "Data") made.data = trimmed(child);
    }
    return made;
  }

  /** @param {Node} node @returns {Chal} */
  function chal(node) {
    /** @type {any} */
    let made = {};
    for (const child of childrenOf(node)) if (nameOf(child) === "Meta") made = meta(child);
    return made;
  }

  /** @param {Node} node @returns {Item} */
  function item(node) {
    /** @type {Item} */
    const made = {};
    for (const child of childrenOf(node)) {
      switch (nameOf(child)) {
        case "Target":
          made.target = location(child);
          break;
        case "Source":
          made.source = location(child);
          break;
        case "Meta":
          made.meta = meta(child);
          break;
        case "Data":
          made.data = textOf(child);
          break;
        case "MoreData":
          made.moreData = true;
      }
    }
    return made;
  }

  /** @param {Node} node @param {any} made */
  function request(node, made) {
    for (const child of childrenOf(node)) {
      switch (nameOf(child)) {
        case "CmdID":
          made.cmdId = trimmed(child);
          break;
        case "NoResp":
          made.noResp = true;
          break;
        case "Meta":
          made.meta = meta(child);
          break;
        case "Correlator":
          made.correlator = trimmed(child);
          break;
        case "Data":
          made.code = Number(trimmed(child));
          break;
        case "Item":
          made.items.push(item(child));
      }
    }
    return made;
  }

  /** @param {Node} node @param {any} made */
  function group(node, made) {
    for (const child of childrenOf(node)) {
      const name = nameOf(child);
      if (name === "CmdID") made.cmdId = trimmed(child);
      else if (name === "NoResp") made.noResp = true;
      else if (name === "Meta") made.meta = meta(child);
      else if (name !== "") made.commands.push(command(child, name));
    }
    return made;
  }

  /** @param {Node} node @param {any} made */
  function answer(node, made) {
    for (const child of childrenOf(node)) {
      switch (nameOf(child)) {
        case "CmdID":
          made.cmdId = trimmed(child);
          break;
        case "MsgRef":
          made.msgRef = trimmed(child);
          break;
        case "CmdRef":
          made.cmdRef = trimmed(child);
          break;
        case "Cmd":
          made.cmd = trimmed(child);
          break;
        case "TargetRef":
          if (made.type === "status") made.targetRefs.push(trimmed(child));
          else made.targetRef = trimmed(child);
          break;
        case "SourceRef":
          if (made.type === "status") made.sourceRefs.push(trimmed(child));
          else made.sourceRef = trimmed(child);
          break;
        case "Cred":
          made.cred = cred(child);
          break;
        case "Chal":
          made.chal = chal(child);
          break;
        case "Meta":
          made.meta = meta(child);
          break;
        case "Data":
          made.code = Number(trimmed(child));
          break;
        case "Item":
          made.items.push(item(child));
      }
    }
    return made;
  }

  /** @param {Node} node @param {string} name @returns {SyncMlCommand} */
  function command(node, name) {
    if (name === "Status") return answer(node, { type: "status", cmd: "", targetRefs: [], sourceRefs: [], code: 0, items: [] });
    if (name === "Results") return answer(node, { type: "results", items: [] });
    if (OPERATIONS.has(name)) return request(node, { type: name.toLowerCase(), items: [] });
    if (name === "Alert") return request(node, { type: "alert", items: [] });
    if (name === "Atomic" || name === "Sequence") return group(node, { type: name.toLowerCase(), commands: [] });
    throw new Error(`no command: ${name}`);
  }

  /** @param {Node} node */
  function header(node) {
    /** @type {any} */
    const made = {};
    for (const child of childrenOf(node)) {
      switch (nameOf(child)) {
        case "VerDTD":
          made.verDtd = trimmed(child);
          break;
        case "VerProto":
          made.verProto = trimmed(child);
          break;
        case "SessionID":
          made.sessionId = trimmed(child);
          break;
        case "MsgID":
          made.msgId = Number(trimmed(child));
          break;
        case "Target":
          made.target = location(child);
          break;
        case "Source":
          made.source = location(child);
          break;
        case "RespURI":
          made.respUri = trimmed(child);
          break;
        case "NoResp":
          made.noResp = true;
          break;
        case "Cred":
          made.cred = cred(child);
          break;
        case "Meta":
          Object.assign(made, meta(child));
      }
    }
    return made;
  }

  /** @param {Node[]} document @returns {SyncMlDocument} */
  return function read(document) {
    const root = document.find((node) => nameOf(node) === "SyncML");
    if (root === undefined) throw new Error("no message");
    /** @type {SyncMlDocument["message"]} */
    const message = { header: /** @type {any} */ (undefined), commands: [], final: false };
    for (const part of childrenOf(root)) {
      const name = nameOf(part);
      if (name === "SyncHdr") message.header = header(part);
      else if (name === "SyncBody") {
        for (const child of childrenOf(part)) {
          const name = nameOf(child);
          if (name === "Final") message.final = true;
          else if (name !== "") message.commands.push(command(child, name));
        }
      }
    }
    return { type: "syncml", encoding: "xml", message };
  };
}
