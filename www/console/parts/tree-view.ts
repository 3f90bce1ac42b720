/** The management tree of the device, with what the session changed. */
import { LitElement, css, html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Data } from "omadm";
import type { TreeNodeView } from "../model/device-tree.js";
import { asciiOf } from "../model/octets.js";
import { base } from "../theme.js";
import { dataTemplate } from "./command-tree.js";
import type { TreeItem } from "./tree.js";
import "./tree.js";

const DONE = { add: "added", replace: "replaced", delete: "deleted" } as const;

@customElement("omadm-tree-view")
export class TreeView extends LitElement {
  static override styles = [base, css`:host { min-height: 12rem; }`];

  @property({ attribute: false }) nodes: TreeNodeView[] = [];
  @property({ attribute: false }) changes: ReadonlyMap<string, "add" | "replace" | "delete"> = new Map();

  /** What the leaves held when the session began. */
  @property({ attribute: false }) earlier: ReadonlyMap<string, Data> = new Map();

  override render() {
    const gone = [...this.changes].filter(([, by]) => by === "delete").map(([uri]) => uri);
    return html`
      <omadm-tree label="Management tree" .items=${this.nodes.map((node) => this.item(node))}></omadm-tree>
      ${gone.length === 0 ? nothing : html`<p class="small soft">Deleted: <code>${gone.join(", ")}</code></p>`}
    `;
  }

  private item(node: TreeNodeView): TreeItem {
    const mark = this.changes.get(node.uri);
    return { id: node.uri, label: this.label(node, mark), mark, children: node.children.map((child) => this.item(child)) };
  }

  private was(uri: string): TemplateResult | typeof nothing {
    const data = this.earlier.get(uri);
    if (data === undefined) return nothing;
    const text = data instanceof Uint8Array ? asciiOf(data) : typeof data === "string" ? data : data.markup;
    return html`<span class="key">was “${text.slice(0, 80)}”</span>`;
  }

  private label(node: TreeNodeView, mark: keyof typeof DONE | undefined): TemplateResult {
    const interior = node.format === "node";
    return html`<span class="name" title=${node.uri}>${node.name}</span>${mark === undefined
        ? nothing
        : html`<span class="chip notice">${DONE[mark]}</span>`}${interior
        ? nothing
        : html`<span class="key">${node.format}${node.type === undefined ? "" : ` · ${node.type}`}</span>${node.data === undefined
              ? nothing
              : html`<span class="leaf">${dataTemplate(node.data)}</span>`}`}${mark === undefined ? nothing : this.was(node.uri)}`;
  }
}
