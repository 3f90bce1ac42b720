/** Octets and their characters as a grid: one stop for Tab, arrows inside. A range is highlighted, one octet may be at fault, some are hidden. */
import { LitElement, css, html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { hexDigits, isIn, sizeOf } from "../model/octets.js";
import type { Ranges } from "../model/octets.js";
import { base, chips, controls } from "../theme.js";
import { scrollWithin } from "./scroll.js";

const WIDTH = 16;
/** Octets that are shown at once. */
const PAGE = 64 * WIDTH;

const STEPS: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -WIDTH, ArrowDown: WIDTH, PageUp: -PAGE, PageDown: PAGE };

@customElement("omadm-hex")
export class HexView extends LitElement {
  static override styles = [
    base,
    chips,
    controls,
    css`
      .pages { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: center; margin-block-end: 0.5rem; font-size: 0.8125rem; }
      .scroll { overflow: auto; max-height: 34rem; }
      [role="grid"] { display: inline-block; min-width: 100%; font: 0.8125rem/1.6 var(--mono); white-space: pre; }
      [role="row"] { display: flex; }
      [role="rowheader"] { color: var(--soft); padding-inline-end: 0.875rem; user-select: none; }
      [role="gridcell"], .blank { padding-inline: 0.25rem; cursor: pointer; }
      [role="row"] > :nth-child(9) { margin-inline-end: 0.5rem; }
      [role="gridcell"]:hover { background: var(--sunk); }
      [role="gridcell"]:focus-visible { outline-offset: -2px; }
      .characters { padding-inline-start: 0.875rem; color: var(--soft); }
      .in { background: var(--device-wash); color: var(--device); }
      [role="gridcell"].bad { background: var(--bad); color: var(--on-strong); }
      .end { margin-block-start: 0.5rem; }
      @media (forced-colors: active) { .in { forced-color-adjust: none; background: Highlight; color: HighlightText; } [role="gridcell"].bad { forced-color-adjust: none; background: CanvasText; color: Canvas; } }
    `,
  ];

  @property({ attribute: false }) bytes: Uint8Array = new Uint8Array();
  /** What is highlighted. */
  @property({ attribute: false }) range: { start: number; end: number } | undefined;
  /** Where an error is. */
  @property({ attribute: false }) fault: number | undefined;
  @property({ attribute: false }) covered: Ranges = [];
  @state() private current = 0;

  override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has("bytes")) this.current = 0;
    const { range } = this;
    if (changed.has("range") && range !== undefined && !isIn(this.current, [range])) this.current = this.within(range.start);
  }

  override updated(changed: Map<PropertyKey, unknown>): void {
    if (changed.has("range") && this.range !== undefined) this.bring(this.cell(this.current));
  }

  override render() {
    const { length } = this.bytes;
    if (length === 0) return html`<p class="small soft">No octets.</p>`;
    const from = Math.floor(this.current / PAGE) * PAGE;
    const to = Math.min(length, from + PAGE);
    const rows: TemplateResult[] = [];
    for (let at = from; at < to; at += WIDTH) rows.push(this.row(at, Math.min(to, at + WIDTH)));
    return html`
      ${length > PAGE ? this.pages(from, to) : nothing}
      <div class="scroll">
        <div role="grid" aria-label="Octets" aria-rowcount=${Math.ceil(length / WIDTH)} aria-colcount=${WIDTH + 2} @keydown=${this.onKey}>${rows}</div>
      </div>
      ${this.fault === length ? html`<p class="small end"><span class="chip bad">octet ${length}</span> is missing: the octets end here</p>` : nothing}
    `;
  }

  /** Shows the octet, and tells of it as if it had been chosen. */
  show(offset: number): void {
    this.choose(this.within(offset), false);
  }

  private pages(from: number, to: number): TemplateResult {
    const turn = (by: number) => () => this.choose(this.within(from + by), false);
    return html`<div class="pages">
      <button type="button" ?disabled=${from === 0} @click=${turn(-PAGE)}>Previous octets</button>
      <button type="button" ?disabled=${to === this.bytes.length} @click=${turn(PAGE)}>Next octets</button>
      <span class="soft">${from.toLocaleString("en")} to ${(to - 1).toLocaleString("en")} of ${sizeOf(this.bytes.length)}</span>
    </div>`;
  }

  private row(from: number, to: number): TemplateResult {
    const cells: TemplateResult[] = [];
    for (let at = from; at < to; at += 1) cells.push(this.octet(at));
    // The last row may be short.
    const blanks = Array.from({ length: WIDTH - (to - from) }, () => html`<span class="blank" aria-hidden="true">  </span>`);
    return html`<div role="row" aria-rowindex=${from / WIDTH + 1}
      ><span role="rowheader">${from.toString(16).padStart(6, "0")}</span>${cells}${blanks}<span role="gridcell" class="characters">${this.characters(from, to)}</span></div>`;
  }

  private octet(at: number): TemplateResult {
    const kind = at === this.fault ? "bad" : this.isMarked(at) ? "in" : "";
    const digits = isIn(at, this.covered) ? "··" : hexDigits(this.bytes[at] ?? 0);
    return html`<span role="gridcell" class=${kind} data-at=${at} aria-selected=${this.isMarked(at)} tabindex=${at === this.current ? 0 : -1} @click=${() => this.choose(at, true)}
      >${digits}</span
    >`;
  }

  /** In pieces: what lies in the range apart from what does not. */
  private characters(from: number, to: number): TemplateResult[] {
    const pieces: { marked: boolean; text: string }[] = [];
    for (let at = from; at < to; at += 1) {
      const byte = this.bytes[at] ?? 0;
      const text = isIn(at, this.covered) ? "•" : byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·";
      const marked = this.isMarked(at);
      const last = pieces.at(-1);
      if (last?.marked === marked) last.text += text;
      else pieces.push({ marked, text });
    }
    return pieces.map(({ marked, text }) => html`<span class=${marked ? "in" : ""}>${text}</span>`);
  }

  private isMarked(at: number): boolean {
    return this.range !== undefined && isIn(at, [this.range]);
  }

  private within(offset: number): number {
    return Math.max(0, Math.min(this.bytes.length - 1, offset));
  }

  private onKey(event: KeyboardEvent): void {
    if (event.altKey || event.metaKey) return;
    let goal: number | undefined;
    if (event.key === "Home") goal = event.ctrlKey ? 0 : this.current - (this.current % WIDTH);
    else if (event.key === "End") goal = event.ctrlKey ? this.bytes.length - 1 : this.current - (this.current % WIDTH) + WIDTH - 1;
    else if (!event.ctrlKey && STEPS[event.key] !== undefined) goal = this.current + (STEPS[event.key] ?? 0);
    if (goal === undefined) return;
    event.preventDefault();
    this.choose(this.within(goal), true);
  }

  private choose(at: number, focused: boolean): void {
    this.current = at;
    this.dispatchEvent(new CustomEvent("choose", { detail: at }));
    void this.updateComplete.then(() => {
      const cell = this.cell(at);
      if (focused) cell?.focus();
      else this.bring(cell);
    });
  }

  private bring(cell: HTMLElement | null): void {
    scrollWithin(this.renderRoot.querySelector(".scroll"), cell);
  }

  private cell(at: number): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>(`[data-at="${at}"]`);
  }
}
