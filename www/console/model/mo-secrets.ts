/** The secrets of DM accounts in data of management objects: they are hidden until somebody asks for them. */
import type { Dm2Package, Json, MoItem, Outline } from "omadm";
import { HIDDEN } from "./redact.js";
import { isSecretName } from "./tree-secrets.js";

/** Of an account of DM 2.0, and those that are secret only inside one of its nodes. */
const SECRETS = new Set(["Secret", "ClientSecretKey"]);
const INSIDE: Readonly<Record<string, string>> = { Noti: "Data", Trsp: "Data" };

const isSecret = (name: string, around: string): boolean => isSecretName(name) || SECRETS.has(name) || INSIDE[around] === name;

/** The last two names of a ClientURI. */
function ends(uri: string): [string, string] {
  const names = uri.split("?", 1)[0]?.split("/").filter((name) => name !== "") ?? [];
  return [names.at(-1) ?? "", names.at(-2) ?? ""];
}

function redactJson(value: Json, name: string, around: string): Json {
  if (isSecret(name, around)) return HIDDEN;
  if (Array.isArray(value)) return value.map((each) => redactJson(each, name, around));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([inner, each]) => [inner, redactJson(each, inner, name)]));
}

/** A copy without the secrets. */
export function redactItems(items: MoItem[]): MoItem[] {
  return items.map((item) => ("value" in item ? { ...item, value: redactJson(item.value, ...ends(item.uri)) } : item));
}

/** A copy without the secrets. */
export function redactPackage(all: Dm2Package): Dm2Package {
  if (all.kind === "initiation") return { ...all, ...(all.data && { data: redactItems(all.data) }) };
  if (all.kind === "request") return all;
  const results = all.results?.map((result) => ({ ...result, ...(result.objects && { objects: redactItems(result.objects) }) }));
  return { ...all, ...(results && { results }) };
}

/** The pieces of JSON that hold a secret: members of such a name, and the data of an address that ends in one. */
export function secretMembers(outline: Outline): Outline[] {
  const found: Outline[] = [];
  const open = [outline];
  for (let piece = open.pop(); piece !== undefined; piece = open.pop()) {
    const { name: around } = piece;
    const uri = piece.children.find(({ name }) => name === "URI" || name === "ClientURI")?.text;
    const isAddressed = uri !== undefined && isSecret(...ends(uri));
    for (const child of piece.children) {
      const isData = isAddressed && (child.name === "MO" || child.name === "MOData");
      if (isData || isSecret(child.name, around)) found.push(child);
      else open.push(child);
    }
  }
  return found;
}
