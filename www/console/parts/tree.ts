/**
 * A tree for the keyboard: one stop for Tab, arrows inside, as the ARIA practices describe it. Where it is `selectable`, `choose`
 * tells which item got the focus, to whoever then says which one is selected, and only the arrow beside an item folds it with the pointer.
 */
import { LitElement, css, html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { ChangedBy } from "omadm";
import { base, chips } from "../theme.js";

export interface TreeItem {
  /** Unique within the tree, and stable over renderings. */
  id: string;
  label: TemplateResult;
  children?: TreeItem[];
  /** Closed until somebody opens it. */
  folded?: boolean;
  /** A sign of change: takes a bar at the side. */
  mark?: ChangedBy | undefined;
}

interface Row {
  item: TreeItem;
  level: number;
  parent: string;
  place: number;
  of: number;
}

@customElement("omadm-tree")
export class Tree extends LitElement {
  static override styles = [
    base,
    chips,
    css`
      [role="tree"] { font-size: 0.875rem; }
      [role="treeitem"] { display: flex; gap: 0.25rem; align-items: stretch; padding-inline-end: 0.375rem; border-radius: 0.25rem; cursor: default; outline-offset: -2px; }
      [role="treeitem"]:hover { background: var(--sunk); }
      .rail { flex: none; width: 0.875rem; margin-inline-start: 0.4375rem; margin-inline-end: -0.4375rem; border-inline-start: 1px solid var(--line); }
      svg { flex: none; width: 0.875rem; height: 0.875rem; margin-block-start: 0.4375rem; color: var(--soft); }
      [aria-expanded="true"] > svg { transform: rotate(90deg); }
      .label { flex: 1; padding-block: 0.1875rem; min-width: 0; display: flex; flex-wrap: wrap; gap: 0.125rem 0.5rem; align-items: baseline; overflow-wrap: anywhere; }
      [role="treeitem"][aria-selected="true"] { background: var(--device-wash); box-shadow: inset 3px 0 var(--device); }
      .marked { background: var(--server-wash); box-shadow: inset 3px 0 var(--server); }
      .marked .chip.notice { background: var(--sheet); }
      .uri, .name { font-family: var(--mono); font-size: 0.8125rem; }
      .value { font-family: var(--mono); font-size: 0.8125rem; overflow-wrap: anywhere; white-space: pre-wrap; }
      .leaf { display: contents; }
      .key { color: var(--soft); font-size: 0.8125rem; }
      @media (forced-colors: active) { [aria-selected="true"] { outline: 2px solid Highlight; } .marked { border-inline-start: 3px solid Highlight; } }
      @media (prefers-reduced-motion: no-preference) { svg { transition: transform 0.12s; } }
    `,
  ];

  @property({ attribute: false }) items: TreeItem[] = [];
  @property() label = "";
  @property({ type: Boolean }) selectable = false;
  @property({ attribute: false }) selected: string | undefined;
  @state() private toggled = new Map<string, boolean>();
  @state() private current = "";

  override render() {
    const rows = this.visible();
    if (!rows.some(({ item }) => item.id === this.current)) this.current = this.items[0]?.id ?? "";
    return html`<div role="tree" aria-label=${this.label} @keydown=${this.onKey}>${rows.map((row) => this.row(row))}</div>`;
  }

  /** The rows lie flat, and say their place in the tree: so the name of a node does not take in all that is below it. */
  private row({ item, level, place, of }: Row): TemplateResult {
    const inner = (item.children ?? []).length > 0;
    const open = this.isOpen(item);
    return html`<div
      role="treeitem"
      class=${item.mark === undefined ? "" : "marked"}
      data-id=${item.id}
      aria-level=${level}
      aria-posinset=${place}
      aria-setsize=${of}
      aria-expanded=${inner ? open : nothing}
      aria-selected=${this.selectable ? item.id === this.selected : nothing}
      tabindex=${item.id === this.current ? 0 : -1}
      @focus=${() => this.choose(item.id)}
      @click=${(event: Event) => this.onClick(item, event)}
    >
      ${Array.from({ length: level - 1 }, () => RAIL)}${inner ? ARROW : LEAF}<span class="label">${item.label}</span>
    </div>`;
  }

  private isOpen(item: TreeItem): boolean {
    return this.toggled.get(item.id) ?? !item.folded;
  }

  private toggle(item: TreeItem, open: boolean): void {
    if ((item.children ?? []).length > 0) this.toggled = new Map(this.toggled).set(item.id, open);
  }

  private onClick(item: TreeItem, event: Event): void {
    if (getSelection()?.isCollapsed === false) return;
    const isArrow = event.composedPath().some((target) => target instanceof SVGElement);
    if (!this.selectable || isArrow) this.toggle(item, !this.isOpen(item));
    void this.focusItem(item.id);
  }

  private choose(id: string): void {
    this.current = id;
    if (this.selectable && this.selected !== id) this.dispatchEvent(new CustomEvent("choose", { detail: id }));
  }

  /** Opens the items of `path` but the last, and gives the element of that; the focus stays where it is. */
  async reveal(path: string[]): Promise<HTMLElement | null> {
    const last = path.at(-1);
    if (last === undefined) return null;
    this.toggled = new Map([...this.toggled, ...path.slice(0, -1).map((id) => [id, true] as const)]);
    this.current = last;
    await this.updateComplete;
    return this.element(last);
  }

  private visible(): Row[] {
    const rows: Row[] = [];
    const walk = (items: TreeItem[], level: number, parent: string): void => {
      for (const [index, item] of items.entries()) {
        rows.push({ item, level, parent, place: index + 1, of: items.length });
        if (this.isOpen(item)) walk(item.children ?? [], level + 1, item.id);
      }
    };
    walk(this.items, 1, "");
    return rows;
  }

  private onKey(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const rows = this.visible();
    const at = rows.findIndex(({ item }) => item.id === this.current);
    const row = rows[at];
    if (row === undefined) return;
    const { item, parent } = row;
    const inner = (item.children ?? []).length > 0;
    const open = inner && this.isOpen(item);
    let goal: string | undefined;
    if (event.key === "ArrowDown") goal = rows[at + 1]?.item.id;
    else if (event.key === "ArrowUp") goal = rows[at - 1]?.item.id;
    else if (event.key === "Home") goal = rows[0]?.item.id;
    else if (event.key === "End") goal = rows.at(-1)?.item.id;
    else if (event.key === "ArrowRight" && inner && !open) this.toggle(item, true);
    else if (event.key === "ArrowRight" && open) goal = rows[at + 1]?.item.id;
    else if (event.key === "ArrowLeft" && open) this.toggle(item, false);
    else if (event.key === "ArrowLeft") goal = parent;
    else if ((event.key === "Enter" || event.key === " ") && inner) this.toggle(item, !open);
    else return;
    event.preventDefault();
    if (goal !== undefined && goal !== "") void this.focusItem(goal);
  }

  private async focusItem(id: string): Promise<void> {
    this.choose(id);
    await this.updateComplete;
    this.element(id)?.focus();
  }

  private element(id: string): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>(`[data-id="${CSS.escape(id)}"]`);
  }
}

const ARROW = html`<svg viewBox="0 0 16 16" aria-hidden="true"><path d="m6 3.5 5 4.5-5 4.5" fill="none" stroke="currentColor" stroke-width="1.8" /></svg>`;
const LEAF = html`<svg viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="1.6" fill="currentColor" /></svg>`;
const RAIL = html`<span class="rail"></span>`;
