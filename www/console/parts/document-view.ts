/** A serialised tree or a device description: decoded, as XML, WBXML and JSON, and as it came. */
import { LitElement, css, html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { encode, inspect } from "omadm";
import type { DdfDocument, DdfNode, TndsDocument, TndsNode } from "omadm";
import { base64Of, cut, rowsOf, textOf } from "../model/octets.js";
import { problemOf, sentenceOf } from "../model/problem.js";
import { HIDDEN } from "../model/redact.js";
import { standing } from "../model/secrets.js";
import { hasTreeSecrets, redactNodes } from "../model/tree-secrets.js";
import { base, chips, controls } from "../theme.js";
import { dataTemplate, pair } from "./command-tree.js";
import type { TreeItem } from "./tree.js";
import "./tree.js";

const FORMS = { decoded: "Decoded", xml: "XML", wbxml: "WBXML", json: "JSON", wire: "Wire" } as const;
type Form = keyof typeof FORMS;

/** Nodes up to which all is open at first, children of one node that are shown, and characters of a description. */
const OPEN = 200;
const MOST = 500;
const WORDS = 240;

@customElement("omadm-document")
export class DocumentView extends LitElement {
  static override styles = [
    base,
    controls,
    chips,
    css`
      .tools { display: flex; flex-wrap: wrap; gap: 0.5rem 0.75rem; align-items: center; justify-content: space-between; margin-block-end: 0.875rem; min-height: 2.25rem; }
      .about { margin-block-end: 0.5rem; }
      pre { margin: 0; padding: 0.75rem 0.875rem; max-height: 32rem; overflow: auto; background: var(--sunk); border: 1px solid var(--line); border-radius: 0.375rem; line-height: 1.5; tab-size: 2; white-space: pre-wrap; overflow-wrap: anywhere; }
    `,
  ];

  @property({ attribute: false }) document: TndsDocument | DdfDocument | undefined;
  @property({ attribute: false }) bytes: Uint8Array = new Uint8Array();
  @state() private form: Form = "decoded";
  @state() private revealed = false;

  override render() {
    const { document } = this;
    if (document === undefined) return nothing;
    // A description is only read.
    const forms = Object.entries(FORMS).filter(([form]) => document.type === "tnds" || (form !== "xml" && form !== "wbxml"));
    const form = forms.some(([each]) => each === this.form) ? this.form : "decoded";
    const secret = document.type === "tnds" && hasTreeSecrets(document.nodes);
    return html`
      <div class="tools">
        <fieldset class="segments">
          <legend class="hush">Show the document as</legend>
          ${forms.map(
            ([each, name]) => html`<label class="small"><input type="radio" name="form" .checked=${form === each} @change=${() => (this.form = each as Form)} />${name}</label>`,
          )}
        </fieldset>
        ${secret
          ? html`<button type="button" class="plain" aria-pressed=${this.revealed} @click=${() => (this.revealed = !this.revealed)}>
              ${this.revealed ? "Hide secrets" : "Show secrets"}
            </button>`
          : nothing}
      </div>
      ${form === "decoded" ? this.decoded(document) : block(FORMS[form], this.text(document, form))}
    `;
  }

  private shown(document: TndsDocument): TndsDocument {
    return this.revealed ? document : { ...document, nodes: redactNodes(document.nodes) };
  }

  private decoded(document: TndsDocument | DdfDocument): TemplateResult {
    const about = document.type === "ddf" ? document.ddf : document;
    const words = [about.man, about.mod].filter((word) => word !== undefined && word !== "").join(", ");
    const items = document.type === "ddf" ? ddfItems(document.ddf.nodes) : tndsItems(this.shown(document).nodes);
    if (count(items) > OPEN) fold(items, 0);
    return html`${words === "" ? nothing : html`<p class="small soft about">${words}</p>`}<omadm-tree label="Nodes" .items=${items}></omadm-tree>`;
  }

  private text(document: TndsDocument | DdfDocument, form: Exclude<Form, "decoded">): string {
    if (form === "wire") return this.wire();
    const shown = document.type === "tnds" ? this.shown(document) : document;
    if (form === "json") return JSON.stringify(shown, (_, value: unknown) => (value instanceof Uint8Array ? { base64: base64Of(value) } : value), 2);
    try {
      const { body } = encode(shown, { encoding: form, indent: true });
      return form === "wbxml" ? rowsOf(body) : new TextDecoder().decode(body);
    } catch (error) {
      return sentenceOf(problemOf(error));
    }
  }

  private wire(): string {
    const { bytes } = this;
    const ranges = this.revealed ? [] : standing(inspect(bytes).outline).sort((a, b) => a.start - b.start);
    if (textOf(bytes) === undefined) return rowsOf(bytes, ranges);
    const decoder = new TextDecoder();
    let text = "";
    let at = 0;
    for (const { start, end } of ranges) {
      text += decoder.decode(bytes.subarray(at, start)) + HIDDEN;
      at = end;
    }
    return text + decoder.decode(bytes.subarray(at));
  }
}

function more<Node>(nodes: Node[], id: string, item: (node: Node, id: string) => TreeItem): TreeItem[] {
  const items = nodes.slice(0, MOST).map((node, index) => item(node, `${id}.${index}`));
  const rest = nodes.length - items.length;
  if (rest > 0) items.push({ id: `${id}.more`, label: html`<span class="key">and ${rest.toLocaleString("en")} more</span>` });
  return items;
}

function facts(id: string, all: Record<string, string | number | undefined>): TreeItem[] {
  const known = Object.entries(all).filter(([, value]) => value !== undefined && value !== "");
  return known.map(([name, value]) => ({ id: `${id}//${name}`, label: pair(name, cut(String(value), WORDS)) }));
}

function tndsItems(nodes: TndsNode[], under = "n"): TreeItem[] {
  return more(nodes, under, (node, id) => {
    const { name, format, type, data, path, acl, title, tstamp, verNo } = node;
    const words = [format, type].filter((word) => word !== undefined && word !== "").join(" · ");
    return {
      id,
      label: html`<span class="name">${name === undefined || name === "" ? "(no name)" : name}</span><span class="key">${words}</span>${data === undefined
          ? nothing
          : html`<span class="leaf">${dataTemplate(data)}</span>`}`,
      children: [...facts(id, { Path: path, ACL: acl, Title: title, TStamp: tstamp, VerNo: verNo }), ...tndsItems(node.children, id)],
    };
  });
}

function ddfItems(nodes: DdfNode[], under = "n"): TreeItem[] {
  return more(nodes, under, (node, id) => {
    const { access, format, occurrence, scope, defaultValue, description, title, type, microsoft } = node.properties;
    const times = typeof occurrence === "string" ? occurrence : JSON.stringify(occurrence);
    const words = [format, scope, times, access.join(" ")].join(" · ");
    const kind = "mime" in type ? type.mime.join(", ") : type.ddfName;
    const allowed = microsoft?.allowedValues;
    return {
      id,
      label: html`<span class="name">${node.name ?? "(named at run time)"}</span><span class="key">${words}</span>`,
      children: [
        ...facts(id, { Path: node.path, Type: kind, Title: title, Default: defaultValue, Value: node.value, Description: description }),
        ...facts(id, { "Allowed values": allowed === undefined ? undefined : [allowed.valueType, ...(allowed.values ?? []).map(({ value }) => value)].join(" ") }),
        ...ddfItems(node.nodes ?? [], id),
      ],
    };
  });
}

function count(items: TreeItem[]): number {
  return items.reduce((sum, { children }) => sum + 1 + count(children ?? []), 0);
}

/** What lies deeper than the second level is folded. */
function fold(items: TreeItem[], level: number): void {
  for (const item of items) {
    item.folded = level > 0;
    fold(item.children ?? [], level + 1);
  }
}

function block(label: string, text: string): TemplateResult {
  return html`<pre tabindex="0" role="region" aria-label=${label}>${text}</pre>`;
}
