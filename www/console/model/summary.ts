/** A message in one line. Only names, URIs and codes: no data, so nothing secret. */
import type { Item, SyncMlCommand, SyncMlMessage } from "omadm";
import { commandName } from "./names.js";

/** `Alert 1200 · Replace ./DevInfo (5)`. */
export function summaryOf(message: SyncMlMessage): string {
  const words = merge(message.commands.map(commandSummary));
  return words.length === 0 ? "nothing to do" : words.join(" · ");
}

export function commandSummary(command: SyncMlCommand): string {
  switch (command.type) {
    case "alert":
      return command.code === undefined ? "Alert" : `Alert ${command.code}`;
    case "status":
      return `Status ${command.code}`;
    case "atomic":
    case "sequence":
      return `${commandName(command.type)} (${merge(command.commands.map(commandSummary)).join(", ")})`;
    case "unknown":
      return command.element.name;
    default:
      return `${commandName(command.type)} ${places(command.items)}`.trimEnd();
  }
}

export function uriOf(item: Item): string | undefined {
  return item.target?.uri ?? item.source?.uri;
}

function places(items: Item[]): string {
  const uris = items.map(uriOf).filter((uri): uri is string => uri !== undefined);
  const [first] = uris;
  if (first === undefined) return "";
  if (uris.length === 1) return first;
  const parent = first.slice(0, Math.max(0, first.lastIndexOf("/")));
  const shared = parent !== "" && uris.every((uri) => uri.startsWith(`${parent}/`));
  return `${shared ? parent : first} (${uris.length})`;
}

/** Equal neighbours become one word with a count. */
function merge(words: string[]): string[] {
  const merged: { word: string; count: number }[] = [];
  for (const word of words) {
    const last = merged.at(-1);
    if (last?.word === word) last.count += 1;
    else merged.push({ word, count: 1 });
  }
  return merged.map(({ word, count }) => (count === 1 ? word : `${word} ×${count}`));
}
