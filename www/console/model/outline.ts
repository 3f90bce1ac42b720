/** An outline as rows of a tree, and the way from an octet back to its row. */
import type { Outline } from "omadm";

/** Pieces inside one piece that are shown, and pieces in all up to which everything is open at first. */
export const MOST = 500;
const OPEN = 300;
/** What lies deeper is folded at first where there is much. */
const DEPTH = 3;

export interface Node {
  /** Places among the pieces, from the root: `0.2.1`. */
  id: string;
  piece: Outline;
  children: Node[];
  /** Pieces that are there and not shown. */
  more: number;
  folded: boolean;
}

export function nodeOf(outline: Outline): Node {
  const isLarge = count(outline) > OPEN;
  const build = (piece: Outline, id: string, depth: number): Node => ({
    id,
    piece,
    children: piece.children.slice(0, MOST).map((child, index) => build(child, `${id}.${index}`, depth + 1)),
    more: Math.max(0, piece.children.length - MOST),
    folded: isLarge && depth >= DEPTH,
  });
  return build(outline, "0", 0);
}

function count(outline: Outline): number {
  const open = [outline];
  let found = 0;
  for (let next = open.pop(); next !== undefined && found <= OPEN; next = open.pop()) {
    found += 1;
    for (const child of next.children.slice(0, OPEN)) open.push(child);
  }
  return found;
}

/** The nodes that hold the octet at `offset`, outermost first. */
export function pathTo(root: Node, offset: number): Node[] {
  const path: Node[] = [];
  for (let next: Node | undefined = root; next !== undefined; next = next.children.find(({ piece }) => offset >= piece.start && offset < piece.end)) path.push(next);
  return path;
}

export function nodeAt(root: Node, id: string): Node | undefined {
  let node: Node | undefined = root;
  for (const place of id.split(".").slice(1)) node = node?.children[Number(place)];
  return node;
}

/** `5–96`, both included. */
export function rangeWords({ start, end }: { start: number; end: number }): string {
  if (end <= start) return `${start}, empty`;
  return end - start === 1 ? String(start) : `${start}–${end - 1}`;
}
