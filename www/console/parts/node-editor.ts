/** The chosen node of the tree and its properties, to be changed. `edit` says what is to be; what is wrong with it comes back as `problem`. */
import { LitElement, css, html, nothing } from "lit";
import type { PropertyValues, TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { keyed } from "lit/directives/keyed.js";
import type { Data, NodeOptions } from "omadm";
import { FORMATS, textOfData, valueOf } from "../model/node-value.js";
import type { LeafFormat } from "../model/node-value.js";
import type { TreeNodeView } from "../model/device-tree.js";
import { isSecretName } from "../model/tree-secrets.js";
import { base, chips, controls } from "../theme.js";

export interface Edit {
  uri: string;
  data: Data | null;
  options: NodeOptions;
}

@customElement("omadm-node")
export class NodeEditor extends LitElement {
  static override styles = [
    base,
    controls,
    chips,
    css`
      form, p.blank { border-block-start: 1px solid var(--line); margin-block-start: 0.75rem; padding-block-start: 0.75rem; }
      form { display: grid; gap: 0.625rem; }
      .pair { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 2fr); gap: 0.625rem; }
      .uri { font-family: var(--mono); font-size: 0.8125rem; font-weight: 600; overflow-wrap: anywhere; }
      .foot { display: flex; flex-wrap: wrap; gap: 0.5rem 0.75rem; align-items: center; }
      .host { display: flex; gap: 0.375rem; align-items: center; }
      .foot .last { margin-inline-start: auto; }
      .problem { color: var(--bad); overflow-wrap: anywhere; }
      @media (max-width: 30rem) { .pair { grid-template-columns: minmax(0, 1fr); } }
    `,
  ];

  @property({ attribute: false }) node: TreeNodeView | undefined;
  @property({ type: Boolean }) disabled = false;
  @property() problem = "";
  /** What is wrong with the value as it is written. */
  @state() private misspelt = "";

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("node") && changed.get("node")?.uri !== this.node?.uri) this.misspelt = "";
  }

  override render() {
    const { node } = this;
    if (node === undefined) return html`<p class="small soft blank">Choose a node to see and change its properties.</p>`;
    // What was typed stays when it is refused, and goes with its node.
    return keyed(node.uri, this.form(node));
  }

  private form(node: TreeNodeView): TemplateResult {
    const problem = this.misspelt || this.problem;
    const isLeaf = node.format !== "node";
    return html`<form autocomplete="off" aria-label="Properties of ${node.uri}" @submit=${this.onSubmit}>
      <p class="uri">${node.uri}</p>
      <div class="pair">
        ${isLeaf ? this.format(node) : this.field("format", "Format", "node", true)}
        ${this.field("type", "Type", node.type ?? "")}
      </div>
      ${this.field("title", "Title", node.title ?? "")}
      ${this.field("acl", "ACL", node.acl ?? "")}
      ${isLeaf
        ? html`<div class="field">
            <label for="value">${node.data instanceof Uint8Array ? "Value (hex)" : "Value"}</label>
            ${isSecretName(node.name)
              ? html`<input id="value" name="value" type="password" autocomplete="new-password" ?disabled=${this.disabled} .value=${textOfData(node.data)} />`
              : html`<textarea id="value" name="value" class="text" rows="2" spellcheck="false" ?disabled=${this.disabled} .value=${textOfData(node.data)}></textarea>`}
          </div>`
        : nothing}
      ${problem === "" ? nothing : html`<p class="problem small" role="alert">${problem}</p>`}
      <div class="foot">
        <label class="host"><input type="checkbox" name="host" ?disabled=${this.disabled} .checked=${node.host === true} />Answered by the host</label>
        <button class="last" ?disabled=${this.disabled}>Change the node</button>
      </div>
    </form>`;
  }

  private format(node: TreeNodeView): TemplateResult {
    return html`<div class="field">
      <label for="format">Format</label>
      <select id="format" name="format" ?disabled=${this.disabled} .value=${node.format}>
        ${FORMATS.map((format) => html`<option value=${format} ?selected=${format === node.format}>${format}</option>`)}
      </select>
    </div>`;
  }

  private field(name: string, label: string, value: string, fixed = false): TemplateResult {
    return html`<div class="field">
      <label for=${name}>${label}</label>
      <input id=${name} name=${name} class="mono" spellcheck="false" ?disabled=${this.disabled || fixed} .value=${value} />
    </div>`;
  }

  private onSubmit(event: SubmitEvent): void {
    event.preventDefault();
    const { node } = this;
    if (node === undefined) return;
    const form = new FormData(event.target as HTMLFormElement);
    const text = (name: string): string => String(form.get(name) ?? "");
    const options: NodeOptions = { acl: text("acl"), title: text("title"), host: form.has("host") };
    const type = text("type");
    if (type !== (node.type ?? "")) options.type = type;
    let data: Data | null = null;
    if (node.format !== "node") {
      const format = text("format") as LeafFormat;
      options.format = format;
      try {
        data = valueOf(text("value"), format, node.data);
      } catch (error) {
        this.misspelt = (error as Error).message;
        return;
      }
    }
    this.misspelt = "";
    this.dispatchEvent(new CustomEvent<Edit>("edit", { detail: { uri: node.uri, data, options } }));
  }
}
