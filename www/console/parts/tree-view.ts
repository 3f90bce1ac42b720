/** The management tree of the device, with what the session changed. `choose` gives the URI of the node that got the focus. */
import { LitElement, css, html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { ChangedBy } from "omadm";
import { DONE, legibleLeaf, octetsBehind } from "../model/device-tree.js";
import type { Leaf, TreeNodeView } from "../model/device-tree.js";
import { cut, sizeOf } from "../model/octets.js";
import { HIDDEN } from "../model/redact.js";
import { isSecretName } from "../model/tree-secrets.js";
import { base } from "../theme.js";
import { dataTemplate, pair } from "./command-tree.js";
import type { TreeItem } from "./tree.js";
import "./tree.js";

@customElement("omadm-tree-view")
export class TreeView extends LitElement {
  static override styles = [base, css`:host { min-height: 12rem; }`];

  @property({ attribute: false }) nodes: TreeNodeView[] = [];
  @property({ attribute: false }) changes: ReadonlyMap<string, ChangedBy> = new Map();
  /** What the leaves held when the session began. */
  @property({ attribute: false }) earlier: ReadonlyMap<string, Leaf> = new Map();
  @property({ attribute: false }) selected: string | undefined;

  override render() {
    const gone = [...this.changes].filter(([, by]) => by === "delete").map(([uri]) => uri);
    return html`
      <omadm-tree label="Management tree" selectable .items=${this.nodes.map((node) => this.item(node))} .selected=${this.selected} @choose=${this.onChoose}></omadm-tree>
      ${gone.length === 0 ? nothing : html`<p class="small soft">Deleted: <code>${gone.join(", ")}</code></p>`}
    `;
  }

  private item(node: TreeNodeView): TreeItem {
    const mark = this.changes.get(node.uri);
    const earlier = mark === undefined ? undefined : this.earlier.get(node.uri);
    const base64 = [...base64Items(node.uri, "Base64", node), ...base64Items(node.uri, "Base64 before", earlier)];
    const children = node.children.slice(0, MOST).map((child) => this.item(child));
    const more = node.children.length - children.length;
    if (more > 0) children.push({ id: `${node.uri}//more`, label: html`<span class="key">and ${more.toLocaleString("en")} more</span>` });
    return { id: node.uri, label: label(node, mark, earlier), mark, folded: base64.length > 0 || children.length > OPEN, children: [...base64, ...children] };
  }

  private onChoose(event: CustomEvent<string>): void {
    const [uri] = event.detail.split("//");
    this.dispatchEvent(new CustomEvent("choose", { detail: uri }));
  }
}

/** Children of one node that are shown, and up to which they are shown at first. */
const MOST = 500;
const OPEN = 60;

function base64Items(uri: string, name: string, leaf: Leaf | undefined): TreeItem[] {
  if (leaf === undefined || octetsBehind(leaf) === undefined) return [];
  return [{ id: `${uri}//${name}`, label: pair(name, String(leaf.data)) }];
}

function label(node: TreeNodeView, mark: ChangedBy | undefined, earlier: Leaf | undefined): TemplateResult {
  const name = html`<span class="name" title=${node.uri}>${node.name}</span>`;
  const changed = mark === undefined ? nothing : html`<span class="chip notice">${DONE[mark]}</span>`;
  const host = node.host ? html`<span class="chip">host</span>` : nothing;
  const title = node.title === undefined ? nothing : html`<span class="key">${cut(node.title, WAS)}</span>`;
  const acl = node.acl === undefined ? nothing : html`<span class="key">ACL ${cut(node.acl, ACL)}</span>`;
  const words = [node.format === "node" ? undefined : node.format, node.type].filter((word) => word !== undefined && word !== "");
  const kind = words.length === 0 ? nothing : html`<span class="key">${words.join(" · ")}</span>`;
  const was = earlier === undefined || isSecretName(node.name) ? nothing : html`<span class="key">was ${legibleLeaf(earlier, WAS)}</span>`;
  return html`${name}${changed}${host}${title}${kind}${value(node)}${was}${acl}`;
}

function value(node: TreeNodeView): TemplateResult | typeof nothing {
  if (node.data === undefined) return nothing;
  if (isSecretName(node.name)) return html`<span class="value">${HIDDEN}</span>`;
  const octets = octetsBehind(node);
  if (octets === undefined) return html`<span class="leaf">${dataTemplate(node.data)}</span>`;
  return html`<span class="value">${legibleLeaf(node, VALUE)}</span><span class="key">${sizeOf(octets.length)}</span>`;
}

/** Characters that are shown of what stands behind base64, of an earlier value or a title, and of a list. */
const VALUE = 400;
const WAS = 80;
const ACL = 120;
