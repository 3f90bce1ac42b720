/** The commands of a message as items of a tree. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { Data, Item, Location, Meta, RawElement, SyncMlCommand } from "omadm";
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
  if ("meta" in command && command.meta !== undefined) {
    fact("Meta", metaWords(command.meta));
    children.push(...metaItems(command.meta, id));
  }
  switch (command.type) {
    case "status":
      command.targetRefs.forEach((uri, index) => children.push({ id: `${id}.t${index}`, label: pair("TargetRef", uri) }));
      command.sourceRefs.forEach((uri, index) => children.push({ id: `${id}.s${index}`, label: pair("SourceRef", uri) }));
      if (command.chal !== undefined) {
        const nonce = command.chal.nextNonce === undefined ? "" : `, next nonce ${command.chal.nextNonce}`;
        fact("Chal", command.chal.type + nonce);
        children.push(...extraItems(command.chal.extra, `${id}.chal`));
      }
      if (command.cred !== undefined) {
        fact("Cred", `${command.cred.type} ${command.cred.data}`);
        children.push(...extraItems(command.cred.extra, `${id}.cred`));
      }
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
  if ("attributes" in command) children.push(...attributeItems(command.attributes, id, "Data "));
  if (command.type === "unknown") children.push(...elementItem(command.element, id).children);
  else children.push(...extraItems(command.extra, id));
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
  return { id, label, children: insideItem(item, id) };
}

/** What the label does not say: both places where there are two, and what the model has no name for. */
function insideItem(item: Item, id: string): TreeItem[] {
  const { target, source, meta } = item;
  const children: TreeItem[] = [];
  if (target !== undefined && source !== undefined) children.push({ id: `${id}.source`, label: pair("Source", source.uri) });
  children.push(...locationItems("Target", target, id), ...locationItems("Source", source, id));
  if (meta !== undefined) children.push(...metaItems(meta, id));
  children.push(...attributeItems(item.attributes, id, "Data "), ...extraItems(item.extra, id));
  return children;
}

function locationItems(name: string, location: Location | undefined, id: string): TreeItem[] {
  const named = location?.name === undefined ? [] : [{ id: `${id}.${name}.name`, label: pair(`${name} LocName`, location.name) }];
  return [...named, ...extraItems(location?.extra, `${id}.${name}`)];
}

function metaItems(meta: Meta, id: string): TreeItem[] {
  const children: TreeItem[] = [];
  if (meta.nextNonce !== undefined) children.push({ id: `${id}.meta.nonce`, label: pair("NextNonce", meta.nextNonce) });
  if (meta.text !== undefined) children.push({ id: `${id}.meta.text`, label: pair("Text in Meta", meta.text) });
  return [...children, ...extraItems(meta.extra, `${id}.meta`)];
}

/** Elements that the model has no name for. */
export function extraItems(extra: RawElement[] | undefined, id: string): TreeItem[] {
  return (extra ?? []).map((element, index) => elementItem(element, `${id}.x${index}`));
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

function elementItem(element: RawElement, id: string): TreeItem & { children: TreeItem[] } {
  const children = element.children.map((child, index): TreeItem => {
    const inner = `${id}.${index}`;
    if (typeof child === "string" || child instanceof Uint8Array) return { id: inner, label: dataTemplate(child) };
    return elementItem(child, inner);
  });
  return {
    id,
    label: html`<span class="name">${element.name}</span><span class="key">${element.ns === "" ? "no namespace" : element.ns}</span>`,
    children: [...attributeItems(element.attributes, id), ...children],
  };
}

function attributeItems(attributes: Record<string, string> | undefined, id: string, on = ""): TreeItem[] {
  return Object.entries(attributes ?? {}).map(([name, value]) => ({ id: `${id}.@${name}`, label: pair(`${on}@${name}`, value) }));
}

export function pair(name: string, value: string): TemplateResult {
  return html`<span class="key">${name}</span><span class="value">${value}</span>`;
}
