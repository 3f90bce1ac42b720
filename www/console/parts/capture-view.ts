/** The outline of octets beside the octets themselves: whoever chooses in one sees it in the other. */
import { LitElement, css, html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { keyed } from "lit/directives/keyed.js";
import type { Outline, SyncMlMessage } from "omadm";
import { cut, sizeOf } from "../model/octets.js";
import type { Ranges } from "../model/octets.js";
import { nodeAt, nodeOf, pathTo, rangeWords } from "../model/outline.js";
import type { Node } from "../model/outline.js";
import { HIDDEN } from "../model/redact.js";
import { secretRanges, standing } from "../model/secrets.js";
import { base, chips, controls } from "../theme.js";
import type { HexView } from "./hex-view.js";
import "./hex-view.js";
import { scrollWithin } from "./scroll.js";
import type { Tree, TreeItem } from "./tree.js";
import "./tree.js";

/** Characters of a text that are shown. */
const TEXT = 120;

@customElement("omadm-capture")
export class CaptureView extends LitElement {
  static override styles = [
    base,
    controls,
    chips,
    css`
      .said { display: flex; flex-wrap: wrap; gap: 0.25rem 0.75rem; align-items: center; justify-content: space-between; min-height: 2.25rem; margin-block-end: 0.5rem; }
      .plain { margin-inline: -0.5rem; }
      .sides { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, max-content); gap: 1rem 1.5rem; align-items: start; }
      .side { max-height: 36rem; overflow: auto; min-width: 0; }
      .side + .side { border-inline-start: 1px solid var(--line); padding-inline-start: 1.25rem; }
      @media (forced-colors: active) { .plain { margin-inline: 0; } }
      @media (max-width: 72rem) { .sides { grid-template-columns: minmax(0, 1fr); } .side + .side { border: 0; padding: 0; } .side { max-height: 24rem; } }
    `,
  ];

  @property({ attribute: false }) bytes: Uint8Array = new Uint8Array();
  @property({ attribute: false }) outline: Outline | undefined;
  @property({ attribute: false }) message: SyncMlMessage | undefined;
  /** Where an error is. */
  @property({ attribute: false }) fault: number | undefined;
  @state() private root: Node | undefined;
  @state() private covered: Ranges = [];
  private secret: ReadonlySet<Outline> = new Set();
  @state() private chosen: Node | undefined;
  @state() private revealed = false;
  @query("omadm-tree") private tree!: Tree;
  @query("omadm-hex") private hex!: HexView;

  override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (!changed.has("outline")) return;
    this.root = this.outline && nodeOf(this.outline);
    this.secret = new Set(this.outline === undefined ? [] : standing(this.outline).flatMap(within));
    this.covered = secretRanges(this.bytes, this.outline, this.message);
    this.chosen = undefined;
    this.revealed = false;
  }

  override render() {
    const { root, chosen, bytes } = this;
    if (root === undefined) return nothing;
    return html`
      <div class="said">
        <p class="small soft" role="status">${chosen === undefined
          ? "Choose a piece of the outline to see its octets, or an octet to see what it belongs to."
          : html`<code>${placeWords(root, chosen)}</code>: octets ${rangeWords(chosen.piece)}, ${sizeOf(chosen.piece.end - chosen.piece.start)}`}</p>
        ${this.covered.length === 0
          ? nothing
          : html`<button type="button" class="plain" aria-pressed=${this.revealed} @click=${() => (this.revealed = !this.revealed)}>
              ${this.revealed ? "Hide credentials" : "Show credentials"}
            </button>`}
      </div>
      <div class="sides">
        <div class="side">${keyed(root, html`<omadm-tree label="Outline" selectable .items=${[this.item(root)]} .selected=${chosen?.id} @choose=${this.onPiece}></omadm-tree>`)}</div>
        <div class="side">
          <omadm-hex .bytes=${bytes} .range=${chosen?.piece} .fault=${this.fault} .covered=${this.revealed ? [] : this.covered} @choose=${this.onOctet}></omadm-hex>
        </div>
      </div>
    `;
  }

  /** Shows an octet in both. */
  async show(offset: number): Promise<void> {
    await this.updateComplete;
    this.hex.show(offset);
    this.scrollIntoView({ block: "nearest" });
  }

  private item(node: Node): TreeItem {
    const children = node.children.map((child) => this.item(child));
    if (node.more > 0) children.push({ id: `${node.id}.more`, label: html`<span class="key">and ${node.more.toLocaleString("en")} more</span>` });
    return { id: node.id, label: this.label(node), children, folded: node.folded };
  }

  private label({ piece, children }: Node): TemplateResult {
    const hidden = !this.revealed && this.secret.has(piece);
    const value = (text: string): TemplateResult => html`<span class="value">${hidden ? HIDDEN : cut(text, TEXT)}</span>`;
    const isEmpty = piece.text === undefined || piece.text === "";
    // What was expected behind the last octet is missing in the piece that ends there.
    const at = this.fault === this.bytes.length ? this.bytes.length - 1 : this.fault;
    const fault = at !== undefined && children.length === 0 && at >= piece.start && at < piece.end;
    return html`<span class="name">${piece.name}</span>${isEmpty ? nothing : value(piece.text ?? "")}<span class="key">${rangeWords(piece)}</span>${fault
      ? html`<span class="chip bad">here</span>`
      : nothing}`;
  }

  private onPiece(event: CustomEvent<string>): void {
    this.chosen = this.root && nodeAt(this.root, event.detail);
  }

  private onOctet(event: CustomEvent<number>): void {
    if (this.root === undefined) return;
    const path = pathTo(this.root, event.detail);
    this.chosen = path.at(-1);
    void this.tree.reveal(path.map(({ id }) => id)).then((item) => scrollWithin(this.renderRoot.querySelector(".side"), item));
  }
}

/** A piece and all that is inside it. */
function within(piece: Outline): Outline[] {
  return [piece, ...piece.children.flatMap(within)];
}

/** `SyncML/SyncHdr/VerDTD`. */
function placeWords(root: Node, { id }: Node): string {
  const ids = id.split(".");
  return ids.map((_, at) => nodeAt(root, ids.slice(0, at + 1).join("."))?.piece.name ?? "").join("/");
}
