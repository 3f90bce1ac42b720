/** From an octet offset, as errors give it, to a place in the text that a person sees. */
import { octetsOf } from "./octets.js";

export interface Position {
  /** UTF-16 code units from the start of the text: what a textarea counts. */
  index: number;
  /** Code units of the character that stands there; 0 at the end of the text. */
  length: number;
  /** From 1. */
  line: number;
  /** Characters (code points) from the start of the line, from 1. */
  column: number;
}

/** The character that holds the octet at `offset` in the UTF-8 form of `text`; past the end, the end. */
export function positionOf(text: string, offset: number): Position {
  let octets = 0;
  let index = 0;
  let line = 1;
  let column = 1;
  for (const character of text) {
    const width = octetsOf(character).length;
    if (offset < octets + width) return { index, length: character.length, line, column };
    octets += width;
    index += character.length;
    if (character === "\n") {
      line += 1;
      column = 1;
    } else {
      column += 1;
    }
  }
  return { index, length: 0, line, column };
}

export interface ExcerptLine {
  number: number;
  before: string;
  /** The character at fault; absent on the lines around. */
  mark?: string;
  after: string;
}

/** The line of `position` with `around` lines on either side, each cut to `width` characters about the column. */
export function excerptOf(text: string, position: Position, around = 2, width = 120): ExcerptLine[] {
  const lines = text.split("\n");
  const from = Math.max(1, position.line - around);
  const to = Math.min(lines.length, position.line + around);
  const start = Math.max(0, position.column - 1 - Math.floor(width / 2));
  const excerpt: ExcerptLine[] = [];
  for (let number = from; number <= to; number += 1) {
    const characters = Array.from(lines[number - 1] ?? "");
    const lead = start > 0 && characters.length > 0 ? "…" : "";
    const tail = characters.length > start + width ? "…" : "";
    if (number === position.line) {
      const at = position.column - 1;
      excerpt.push({
        number,
        before: lead + characters.slice(start, at).join(""),
        mark: characters[at] ?? " ",
        after: characters.slice(at + 1, start + width).join("") + tail,
      });
    } else {
      excerpt.push({ number, before: lead + characters.slice(start, start + width).join("") + tail, after: "" });
    }
  }
  return excerpt;
}
