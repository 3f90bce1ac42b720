/** The management tree of the device, with what the session changed. */
import { LitElement, css, html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { legibleLeaf, octetsBehind } from "../model/device-tree.js";
import type { Leaf, TreeNodeView } from "../model/device-tree.js";
import { sizeOf } from "../model/octets.js";
import { base } from "../theme.js";
import { dataTemplate, pair } from "./command-tree.js";
import type { TreeItem } from "./tree.js";
import "./tree.js";

const DONE = { add: "added", replace: "replaced", delete: "deleted" } as const;

@customElement("omadm-tree-view")
export class TreeView extends LitElement {
  static override styles = [base, css`:host { min-height: 12rem; }`];

  @property({ attribute: false }) nodes: TreeNodeView[] = [];
  @property({ attribute: false }) changes: ReadonlyMap<string, "add" | "replace" | "delete"> = new Map();

  /** What the leaves held when the session began. */
  @property({ attribute: false }) earlier: ReadonlyMap<string, Leaf> = new Map();

  override render() {
    const gone = [...this.changes].filter(([, by]) => by === "delete").map(([uri]) => uri);
    return html`
      <omadm-tree label="Management tree" .items=${this.nodes.map((node) => this.item(node))}></omadm-tree>
      ${gone.length === 0 ? nothing : html`<p class="small soft">Deleted: <code>${gone.join(", ")}</code></p>`}
    `;
  }

  private item(node: TreeNodeView): TreeItem {
    const mark = this.changes.get(node.uri);
    const earlier = mark === undefined ? undefined : this.earlier.get(node.uri);
    const base64 = [...base64Items(node.uri, "Base64", node), ...base64Items(node.uri, "Base64 before", earlier)];
    const children = [...base64, ...node.children.map((child) => this.item(child))];
    return { id: node.uri, label: label(node, mark, earlier), mark, folded: base64.length > 0, children };
  }
}

function base64Items(uri: string, name: string, leaf: Leaf | undefined): TreeItem[] {
  if (leaf === undefined || octetsBehind(leaf) === undefined) return [];
  return [{ id: `${uri}//${name}`, label: pair(name, String(leaf.data)) }];
}

function label(node: TreeNodeView, mark: keyof typeof DONE | undefined, earlier: Leaf | undefined): TemplateResult {
  const name = html`<span class="name" title=${node.uri}>${node.name}</span>`;
  const chip = mark === undefined ? nothing : html`<span class="chip notice">${DONE[mark]}</span>`;
  if (node.format === "node") return html`${name}${chip}`;
  const kind = html`<span class="key">${node.format}${node.type === undefined ? "" : ` · ${node.type}`}</span>`;
  const was = earlier === undefined ? nothing : html`<span class="key">was ${legibleLeaf(earlier, WAS)}</span>`;
  return html`${name}${chip}${kind}${value(node)}${was}`;
}

function value(node: TreeNodeView): TemplateResult | typeof nothing {
  if (node.data === undefined) return nothing;
  const octets = octetsBehind(node);
  if (octets === undefined) return html`<span class="leaf">${dataTemplate(node.data)}</span>`;
  return html`<span class="value">${legibleLeaf(node, VALUE)}</span><span class="key">${sizeOf(octets.length)}</span>`;
}

/** Characters that are shown of what stands behind base64, and of an earlier value. */
const VALUE = 400;
const WAS = 80;
