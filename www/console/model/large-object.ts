/** A value that goes through a session in chunks, told as one. */
import type { DmDocument } from "omadm";
import { uriOf } from "./summary.js";

export interface ObjectEntry {
  kind: "object";
  id: number;
  /** Seen from the device. */
  direction: "out" | "in";
  uri: string;
  /** Chunks and octets so far, and octets in all. */
  chunks: number;
  octets: number;
  total: number;
  state: "going" | "whole" | "broken";
  /** The numbers of the messages from its first chunk on, those between the chunks included. */
  messages: number[];
}

/** How far it is: `chunk 3 of about 12, 4,096 of 48,000 octets`. How many chunks there are is known when the last has come. */
export function progressWords({ state, chunks, octets, total }: ObjectEntry): string {
  const number = (count: number): string => count.toLocaleString("en");
  const far = `${number(octets)} of ${number(total)} octets`;
  if (state === "whole") return `${chunks === 1 ? "1 chunk" : `${number(chunks)} chunks`}, ${number(total)} octets`;
  if (state === "broken") return `broken off behind chunk ${number(chunks)}, ${far}`;
  return `chunk ${number(chunks)} of about ${number(Math.max(chunks + 1, Math.ceil((total * chunks) / Math.max(1, octets))))}, ${far}`;
}

/** Messages that are left out of view where there are more: those between the first chunk and the last. */
export function between({ state, messages }: ObjectEntry): number[] {
  const middle = state === "going" ? messages.slice(1) : messages.slice(1, -1);
  return middle.length > FEW ? middle : [];
}

const FEW = 6;

/** What a device sends in chunks, by where it comes from; the last chunk is like any other item. */
export function chunkIn(document: DmDocument | undefined): string | undefined {
  if (document?.type !== "syncml") return undefined;
  const results = document.message.commands.filter((command) => command.type === "results");
  const item = results.flatMap((command) => command.items).find(({ moreData }) => moreData);
  return item === undefined ? undefined : uriOf(item);
}
