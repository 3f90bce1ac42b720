/** The commands of a message as items of a tree. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { Data, Item, Meta, RawElement, SyncMlCommand } from "omadm";
import { alertName, commandName, statusKind, statusName } from "../model/names.js";
import { fromBase64, hexOf, legible, sizeOf } from "../model/octets.js";
import { uriOf } from "../model/summary.js";
import type { TreeItem } from "./tree.js";

/** Characters of data, octets of it, and characters behind octets, that are shown before the rest is only counted. */
const TEXT = 400;
const OCTETS = 24;
const BEHIND = 96;

export function commandItems(commands: SyncMlCommand[], under = "c"): TreeItem[] {
  return commands.map((command, index) => commandItem(command, `${under}.${index}`));
}

function commandItem(command: SyncMlCommand, id: string): TreeItem {
  const children: TreeItem[] = [];
  const fact = (name: string, value: string | undefined): void => {
    if (value !== undefined && value !== "") children.push({ id: `${id}.${name}`, label: pair(name, value) });
  };
  if ("meta" in command && command.meta !== undefined) fact("Meta", metaWords(command.meta));
  switch (command.type) {
    case "status":
      command.targetRefs.forEach((uri, index) => children.push({ id: `${id}.t${index}`, label: pair("TargetRef", uri) }));
      command.sourceRefs.forEach((uri, index) => children.push({ id: `${id}.s${index}`, label: pair("SourceRef", uri) }));
      if (command.chal !== undefined) {
        const nonce = command.chal.nextNonce === undefined ? "" : `, next nonce ${command.chal.nextNonce}`;
        fact("Chal", command.chal.type + nonce);
      }
      if (command.cred !== undefined) fact("Cred", `${command.cred.type} ${command.cred.data}`);
      break;
    case "results":
      fact("MsgRef", command.msgRef);
      fact("CmdRef", command.cmdRef);
      fact("TargetRef", command.targetRef);
      fact("SourceRef", command.sourceRef);
      break;
    case "alert":
    case "exec":
      fact("Correlator", command.correlator);
      break;
    default:
  }
  const format = "meta" in command ? command.meta?.format : undefined;
  if ("items" in command) command.items.forEach((item, index) => children.push(itemItem(item, `${id}.i${index}`, format)));
  if ("commands" in command) children.push(...commandItems(command.commands, id));
  if (command.type === "unknown") children.push(...elementItems(command.element.children, id));
  return { id, label: commandLabel(command), children };
}

function commandLabel(command: SyncMlCommand): TemplateResult {
  const name = command.type === "unknown" ? command.element.name : commandName(command.type);
  return html`<strong>${name}</strong>${headline(command)}${command.cmdId === undefined
      ? nothing
      : html`<span class="key">CmdID ${command.cmdId}</span>`}${command.noResp ? html`<span class="chip">NoResp</span>` : nothing}`;
}

function headline(command: SyncMlCommand): TemplateResult | typeof nothing {
  if (command.type === "status") {
    return html`<span class="chip ${statusKind(command.code)}">${command.code}</span><span>${statusName(command.code)}</span><span class="key"
        >${command.cmd}, MsgRef ${command.msgRef ?? "missing"}, CmdRef ${command.cmdRef ?? "missing"}</span
      >`;
  }
  if (command.type === "alert" && command.code !== undefined) {
    return html`<span class="chip">${command.code}</span><span>${alertName(command.code)}</span>`;
  }
  return nothing;
}

/** `format`: what the command says for items that say nothing. */
function itemItem(item: Item, id: string, format: string | undefined): TreeItem {
  const uri = uriOf(item);
  const bare = uri === undefined && item.meta === undefined;
  const label = html`${uri === undefined ? html`<span class="key">Item</span>` : html`<span class="uri">${uri}</span>`}${item.meta === undefined
      ? nothing
      : html`<span class="key">${metaWords(item.meta)}</span>`}${item.moreData ? html`<span class="chip notice">MoreData</span>` : nothing}${item.data ===
    undefined
      ? bare ? html`<span class="key">empty</span>` : nothing
      : dataTemplate(item.data)}${(item.meta?.format ?? format) === "b64" ? behindBase64(item.data) : nothing}`;
  return { id, label };
}

/** Data, however long or hostile, in a bounded space. */
export function dataTemplate(data: Data): TemplateResult {
  if (data instanceof Uint8Array) {
    return html`<span class="value">${hexOf(data, OCTETS)}</span>${octetsTemplate(data)}`;
  }
  const text = typeof data === "string" ? data : data.markup;
  if (text === "") return html`<span class="key">empty</span>`;
  const more = text.length > TEXT ? html`<span class="key">and ${(text.length - TEXT).toLocaleString("en")} characters more</span>` : nothing;
  return html`<span class="value">${text.slice(0, TEXT)}</span>${more}`;
}

function behindBase64(data: Data | undefined): TemplateResult | typeof nothing {
  const octets = typeof data === "string" ? fromBase64(data) : undefined;
  return octets === undefined ? nothing : octetsTemplate(octets);
}

function octetsTemplate(octets: Uint8Array): TemplateResult {
  return html`<span class="key">${sizeOf(octets.length)}: ${legible(octets, BEHIND)}</span>`;
}

function metaWords(meta: Meta): string {
  const words = [meta.format, meta.type, meta.mark];
  if (meta.size !== undefined) words.push(`size ${meta.size}`);
  if (meta.maxMsgSize !== undefined) words.push(`MaxMsgSize ${meta.maxMsgSize}`);
  if (meta.maxObjSize !== undefined) words.push(`MaxObjSize ${meta.maxObjSize}`);
  return words.filter((word) => word !== undefined).join(" · ");
}

function elementItems(children: RawElement["children"], under: string): TreeItem[] {
  return children.map((child, index) => {
    const id = `${under}.${index}`;
    if (typeof child === "string" || child instanceof Uint8Array) return { id, label: dataTemplate(child) };
    return { id, label: html`<span class="name">${child.name}</span>`, children: elementItems(child.children, id) };
  });
}

export function pair(name: string, value: string): TemplateResult {
  return html`<span class="key">${name}</span><span class="value">${value}</span>`;
}
