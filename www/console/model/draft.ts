/** Commands while they are being composed: everything is text until it is sent. */
import type { Data, Dm2NewCommand, Format, NewCommand, UiOptions } from "omadm";
import { valueOf } from "./node-value.js";
import type { LeafFormat } from "./node-value.js";
import { textOf } from "./octets.js";
import { linesIn } from "./settings.js";

export type CommandType = NewCommand["type"];
export interface DraftItem {
  key: number;
  uri: string;
  format: Format;
  mime: string;
  value: string;
  /** What stands in for `value`. */
  file?: { name: string; bytes: Uint8Array } | undefined;
}
export interface Draft {
  key: number;
  type: CommandType;
  /** Of Get and Delete, and what HPUT and HPOST send, one a line. */
  uris: string;
  /** Of Add and Replace. */
  items: DraftItem[];
  /** Of Copy, HGET, HPUT and HPOST. */
  from: string;
  to: string;
  /** Of Exec. */
  uri: string;
  data: string;
  format: Format;
  mime: string;
  correlator: string;
  reportTo: string;
  /** An address, and the identifier of an object, of commands of DM 2.0. */
  url: string;
  moid: string;
  /** Of an interaction. */
  text: string;
  choices: string;
  multiple: boolean;
  options: Record<keyof UiOptions, string>;
  /** Of Atomic and Sequence. */
  commands: Draft[];
}

export const COMMANDS: Readonly<Record<CommandType, string>> = {
  get: "Get",
  add: "Add",
  replace: "Replace",
  delete: "Delete",
  copy: "Copy",
  exec: "Exec",
  atomic: "Atomic",
  sequence: "Sequence",
  display: "Show a text",
  confirm: "Ask yes or no",
  input: "Ask for text",
  choose: "Offer a choice",
  hget: "HGET: fetch",
  hput: "HPUT: send",
  hpost: "HPOST: send",
  show: "SHOW: a page",
  cont: "CONT: go on at",
  default: "DEFAULT: source",
  sub: "SUB: subscribe",
  unsub: "UNSUB: no longer",
};

/** What is of DM 2.0 alone. */
const DM2: readonly CommandType[] = ["hget", "hput", "hpost", "show", "cont", "default", "sub", "unsub"] satisfies Dm2NewCommand["type"][];

/** What a group may hold: an Atomic neither reads, executes nor holds a group. */
export function innerTypes(group: CommandType | undefined): CommandType[] {
  const types = Object.keys(COMMANDS) as CommandType[];
  if (group === undefined) return types;
  const barred: readonly CommandType[] = group === "atomic" ? ["get", "exec", "atomic", "sequence", ...DM2] : ["atomic"];
  return types.filter((type) => !barred.includes(type));
}

/** Groups in each other that can be composed. */
export const MAX_DEPTH = 4;

let lastKey = 0;
const nextKey = (): number => (lastKey += 1);

export function newItem(): DraftItem {
  return { key: nextKey(), uri: "", format: "chr", mime: "", value: "" };
}

export function newDraft(type: CommandType): Draft {
  return {
    key: nextKey(),
    type,
    uris: "",
    items: [newItem()],
    from: "",
    to: "",
    uri: "",
    data: "",
    format: "chr",
    mime: "",
    correlator: "",
    reportTo: "",
    url: "",
    moid: "",
    text: "",
    choices: "",
    multiple: false,
    options: { minDisplay: "", maxDisplay: "", default: "", maxLength: "", inputType: "", echo: "" },
    commands: [],
  };
}

/** The command that a draft stands for. Throws in words for one that stands for none; the rest the engine says. */
export function commandOf(draft: Draft): NewCommand {
  const { type } = draft;
  switch (type) {
    case "get":
    case "delete": {
      const uris = linesIn(draft.uris);
      const [first] = uris;
      if (first === undefined) throw new Error(`${COMMANDS[type]} names no node`);
      return { type, uri: uris.length === 1 ? first : uris };
    }
    case "add":
    case "replace":
      return { type, items: draft.items.map((item) => ({ uri: item.uri.trim(), ...valued(item) })) };
    case "copy":
      return { type, from: draft.from.trim(), to: draft.to.trim() };
    case "exec": {
      const { uri, data, format, mime, correlator, reportTo } = draft;
      const value = data === "" ? {} : valued({ format, mime, value: data });
      return { type, uri: uri.trim(), ...value, ...(correlator !== "" && { correlator }), ...(reportTo.trim() !== "" && { reportTo: reportTo.trim() }) };
    }
    case "atomic":
    case "sequence":
      if (draft.commands.length === 0) throw new Error(`${COMMANDS[type]} holds no command`);
      return { type, commands: draft.commands.map(commandOf) };
    case "choose": {
      const choices = linesIn(draft.choices);
      return { type, text: draft.text, choices, ...(draft.multiple && { multiple: true }), ...optionsOf(draft) };
    }
    case "hget":
      return { type, from: draft.from.trim(), ...(draft.to.trim() !== "" && { to: draft.to.trim() }) };
    case "hput":
    case "hpost": {
      const from = linesIn(draft.uris);
      if (from.length === 0) throw new Error(`${type.toUpperCase()} sends no node`);
      return { type, from, to: draft.to.trim() };
    }
    case "show":
    case "cont":
      return { type, url: draft.url.trim() };
    case "default":
      return { type, url: draft.url.trim(), moid: draft.moid.trim() };
    case "sub":
      return { type, url: draft.url.trim(), uri: draft.uri.trim() };
    case "unsub":
      return { type, uri: draft.uri.trim() };
    default:
      return { type, text: draft.text, ...optionsOf(draft) };
  }
}

function valued({ format, mime, value, file }: Pick<DraftItem, "format" | "mime" | "value" | "file">): { data?: Data; format?: Format; mime?: string } {
  const type = mime.trim() === "" ? {} : { mime: mime.trim() };
  if (format === "node") return { format, ...type };
  if (file !== undefined && format !== "null") return { data: dataIn(file, format), format, ...type };
  if (format === "xml") return { data: { markup: value }, format, ...type };
  const data = valueOf(value, format as LeafFormat);
  return { ...(data !== null && { data }), format, ...type };
}

/** The octets of a file for a node that holds octets, else the text in it. */
function dataIn({ name, bytes }: { name: string; bytes: Uint8Array }, format: Format): Data {
  if (format === "bin") return bytes;
  const text = textOf(bytes);
  if (text === undefined) throw new Error(`${name} holds no text; choose the format bin for it`);
  return format === "xml" ? { markup: text } : text;
}

function optionsOf({ options }: Draft): { options?: UiOptions } {
  const seconds = (text: string, name: string): number | undefined => {
    if (text.trim() === "") return undefined;
    const number = Number(text);
    if (!Number.isInteger(number) || number < 1) throw new Error(`${name} is a whole number from 1, not “${text}”`);
    return number;
  };
  const given = {
    minDisplay: seconds(options.minDisplay, "The shortest time"),
    maxDisplay: seconds(options.maxDisplay, "The longest time"),
    default: options.default === "" ? undefined : options.default,
    maxLength: seconds(options.maxLength, "The longest answer"),
    inputType: options.inputType === "" ? undefined : options.inputType,
    echo: options.echo === "" ? undefined : options.echo,
  };
  const present = Object.entries(given).filter(([, value]) => value !== undefined);
  return present.length === 0 ? {} : { options: Object.fromEntries(present) as UiOptions };
}

/** A command in one line. */
export function wordsOf(command: NewCommand): string {
  const name = DM2.includes(command.type) ? command.type.toUpperCase() : COMMANDS[command.type];
  switch (command.type) {
    case "get":
    case "delete":
      return `${name} ${several([command.uri].flat())}`;
    case "add":
    case "replace":
      return `${name} ${several(command.items.map(({ uri }) => uri))}`;
    case "copy":
      return `${name} ${command.from} to ${command.to}`;
    case "exec":
      return `${name} ${command.uri}`;
    case "atomic":
    case "sequence":
      return `${name} (${command.commands.map(wordsOf).join(", ")})`;
    case "hget":
      return `${name} ${command.from}`;
    case "hput":
    case "hpost":
      return `${name} ${several([command.from].flat())} to ${command.to}`;
    case "show":
    case "cont":
      return `${name} ${command.url}`;
    case "default":
      return `${name} ${command.moid} from ${command.url}`;
    case "sub":
      return `${name} ${command.uri} to ${command.url}`;
    case "unsub":
      return `${name} ${command.uri}`;
    default:
      return `${name}: ${command.text}`;
  }
}

function several([first = "", ...more]: string[]): string {
  return more.length === 0 ? first : `${first} and ${more.length} more`;
}
