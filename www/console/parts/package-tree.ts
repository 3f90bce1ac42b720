/** What is in a package of DM 2.0 as items of a tree. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { Dm2Alert, Dm2Command, Dm2Package, Dm2Result, Json, MoItem, SupportedMo } from "omadm";
import { alertName, statusKind, statusName } from "../model/names.js";
import { cut } from "../model/octets.js";
import { argumentsOf, commandTitle, jsonText } from "../model/package.js";
import { pair } from "./command-tree.js";
import type { TreeItem } from "./tree.js";

/** Characters of a value, and members of one node, that are shown. */
const TEXT = 400;
const MOST = 500;

export function packageItems(all: Dm2Package): TreeItem[] {
  if (all.kind === "initiation") {
    return [
      ...group("supported", "Objects of the device", (all.supported ?? []).map(supportedItem)),
      ...group("data", "Data", itemsOf(all.data ?? [], "data")),
      ...group("alerts", "Alerts", (all.alerts ?? []).map(alertItem)),
    ];
  }
  if (all.kind === "request") {
    const verdicts = (all.results ?? []).map((code, at): TreeItem => ({ id: `v.${at}`, label: html`<span class="key">Alert ${at + 1}</span>${codeWords(code)}` }));
    return [...group("verdicts", "What became of the alerts", verdicts), ...(all.commands ?? []).map(commandItem)];
  }
  return [...(all.results ?? []).map(resultItem), ...group("alerts", "Alerts", (all.alerts ?? []).map(alertItem))];
}

export function itemsOf(items: MoItem[], under: string): TreeItem[] {
  return items.map((item, at): TreeItem => {
    const id = `${under}.${at}`;
    const about = [item.cv === undefined ? undefined : `CV ${item.cv}`, item.ddf].filter((word) => word !== undefined).join(", ");
    const head = html`<span class="uri">${item.uri}</span>${about === "" ? nothing : html`<span class="key">${about}</span>`}`;
    if ("code" in item) return { id, label: html`${head}${codeWords(item.code)}` };
    const { name, value } = item;
    if (name === undefined) return isNode(value) ? { id, label: head, children: members(value, id) } : { id, label: html`${head}${leaf(value)}` };
    return { id, label: head, children: [member(name, value, `${id}/${name}`)] };
  });
}

function group(id: string, name: string, children: TreeItem[]): TreeItem[] {
  return children.length === 0 ? [] : [{ id, label: html`<strong>${name}</strong>`, children }];
}

const facts = (id: string, all: [string, string | undefined][]): TreeItem[] =>
  all.flatMap(([name, value], at) => (value === undefined || value === "" ? [] : [{ id: `${id}//${at}`, label: pair(name, value) }]));

function supportedItem({ moid, ddf, instances = [] }: SupportedMo, at: number): TreeItem {
  const id = `s.${at}`;
  return {
    id,
    label: html`<span class="uri">${moid ?? "(no identifier)"}</span>`,
    children: facts(id, [["DDF", ddf], ...instances.map((name): [string, string] => ["Instance", name])]),
  };
}

function commandItem(command: Dm2Command, at: number): TreeItem {
  const id = `c.${at}`;
  const named = argumentsOf(command);
  const [first] = named;
  const label = html`<strong>${commandTitle(command)}</strong>${first === undefined ? nothing : html`<span class="uri">${first[1]}</span>`}${
    command.type === "unknown" ? html`<span class="chip bad">unknown</span>` : nothing
  }`;
  const entry: [string, string][] = command.type === "malformed" ? [["Entry", cut(jsonText(command.entry), TEXT)]] : [];
  return { id, label, children: facts(id, [...(named.length > 1 ? named : []), ...entry]) };
}

function resultItem({ code, objects = [], created = [] }: Dm2Result, at: number): TreeItem {
  const id = `r.${at}`;
  return {
    id,
    label: html`<strong>Result ${at + 1}</strong>${codeWords(code)}`,
    children: [...facts(id, created.map((uri): [string, string] => ["Stored at", uri])), ...itemsOf(objects, id)],
  };
}

function alertItem({ code, correlator, items = [] }: Dm2Alert, at: number): TreeItem {
  const id = `a.${at}`;
  const inside = items.map(({ type, source, target, mark, format, data }, index): TreeItem => {
    const own = `${id}.${index}`;
    const children = facts(own, [["Source", source], ["Target", target], ["Mark", mark], ["Format", format]]);
    if (data !== undefined) children.push(member("Data", data, `${own}/data`));
    return { id: own, label: html`<span class="uri">${type ?? "(no type)"}</span>`, children };
  });
  return {
    id,
    label: html`<strong>Alert</strong><span class="chip">${code}</span><span>${alertName(code)}</span>`,
    children: [...facts(id, [["Correlator", correlator]]), ...inside],
  };
}

type Branch = { [name: string]: Json } | Json[];
const isNode = (value: Json): value is Branch => typeof value === "object" && value !== null;

/** A node of the data. The engine bounds how deep they lie. */
function member(name: string, value: Json, id: string): TreeItem {
  const label = html`<span class="name">${name}</span>`;
  return isNode(value) ? { id, label, children: members(value, id) } : { id, label: html`${label}${leaf(value)}` };
}

function members(value: Branch, id: string): TreeItem[] {
  const all = Array.isArray(value) ? value.map((each, at): [string, Json] => [`[${at + 1}]`, each]) : Object.entries(value);
  const shown = all.slice(0, MOST).map(([name, each]) => member(name, each, `${id}/${name}`));
  const rest = all.length - shown.length;
  return rest > 0 ? [...shown, { id: `${id}//more`, label: html`<span class="key">and ${rest.toLocaleString("en")} more</span>` }] : shown;
}

const leaf = (value: Json): TemplateResult => html`<span class="value">${typeof value === "string" ? `“${cut(value, TEXT)}”` : String(value)}</span>`;

function codeWords(code: number): TemplateResult {
  return html`<span class="chip ${statusKind(code)}">${code}</span><span>${statusName(code)}</span>`;
}
