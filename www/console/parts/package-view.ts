/** A package of DM 2.0, or data of management objects: decoded, in both dialects, as JSON of the engine, and as it was on the wire. */
import { LitElement, css, html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { inspect } from "omadm";
import type { Dm2Document, MoDocument, Outline } from "omadm";
import { speltIn } from "../model/dialect.js";
import { redactItems, redactPackage, secretMembers } from "../model/mo-secrets.js";
import { rowsOf, textOf } from "../model/octets.js";
import { DIALECTS, PACKAGES, jsonText, reasonWords } from "../model/package.js";
import { headlineOf } from "../model/problem.js";
import { HIDDEN } from "../model/redact.js";
import { base, chips, controls } from "../theme.js";
import { itemsOf, packageItems } from "./package-tree.js";
import "./tree.js";

const FORMS = { decoded: "Decoded", draft: "Draft", approved: "Approved", json: "JSON", wire: "Wire" } as const;
type Form = keyof typeof FORMS;

@customElement("omadm-package")
export class PackageView extends LitElement {
  static override styles = [
    base,
    controls,
    chips,
    css`
      .tools { display: flex; flex-wrap: wrap; gap: 0.5rem 0.75rem; align-items: center; justify-content: space-between; margin-block-end: 0.875rem; min-height: 2.25rem; }
      .copied { margin-inline-end: auto; }
      .tools .plain { margin-inline: -0.5rem; }
      dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(12rem, 100%), 1fr)); gap: 0.5rem 1.25rem; padding-block-end: 0.875rem; margin-block-end: 0.75rem; border-block-end: 1px solid var(--line); }
      dt { font-size: 0.75rem; color: var(--soft); }
      dd { font-family: var(--mono); font-size: 0.8125rem; overflow-wrap: anywhere; }
      .about { margin-block-end: 0.5rem; overflow-wrap: anywhere; }
      .told { padding: 0.625rem 0.875rem 0.625rem 1.875rem; margin-block-end: 0.5rem; background: var(--server-wash); border: 1px solid var(--line); border-radius: 0.375rem; overflow-wrap: anywhere; list-style: disc; }
      .refused { padding: 0.625rem 0.875rem; background: var(--bad-wash); border: 1px solid var(--bad); border-radius: 0.375rem; overflow-wrap: anywhere; }
      .refused p + p { margin-block-start: 0.375rem; }
      pre { margin: 0; padding: 0.75rem 0.875rem; max-height: 32rem; overflow: auto; background: var(--sunk); border: 1px solid var(--line); border-radius: 0.375rem; line-height: 1.5; tab-size: 2; white-space: pre-wrap; overflow-wrap: anywhere; }
      @media (forced-colors: active) { .tools .plain { margin-inline: 0; } }
    `,
  ];

  @property({ attribute: false }) document: Dm2Document | MoDocument | undefined;
  @property({ attribute: false }) bytes: Uint8Array = new Uint8Array();
  /** The headers that came with it. */
  @property({ attribute: false }) headers: [string, string][] = [];
  @state() private form: Form = "decoded";
  @state() private revealed = false;
  @state() private copied = "";
  private secrets: Outline[] = [];

  override willUpdate(changed: Map<PropertyKey, unknown>): void {
    // What was copied is said until something else is shown.
    if (!changed.has("copied")) this.copied = "";
    if (changed.has("bytes")) this.secrets = secretMembers(inspect(this.bytes).outline).sort((a, b) => a.start - b.start);
  }

  override render() {
    const { document } = this;
    if (document === undefined) return nothing;
    const text = this.form === "decoded" ? undefined : this.text(document, this.form);
    return html`
      <div class="tools">
        <fieldset class="segments">
          <legend class="hush">Show the package as</legend>
          ${Object.entries(FORMS).map(
            ([form, name]) => html`<label class="small"><input type="radio" name="form" .checked=${this.form === form} @change=${() => (this.form = form as Form)} />${name}</label>`,
          )}
        </fieldset>
        ${text === undefined ? nothing : html`<button type="button" @click=${() => this.copy(text)}>Copy ${FORMS[this.form]}</button>`}
        <span class="small soft copied" role="status">${this.copied}</span>
        ${this.secrets.length === 0
          ? nothing
          : html`<button type="button" class="plain" aria-pressed=${this.revealed} @click=${() => (this.revealed = !this.revealed)}>
              ${this.revealed ? "Hide secrets" : "Show secrets"}
            </button>`}
      </div>
      ${this.form === "decoded" ? this.decoded(this.shown(document)) : this.block(document, this.form, text)}
    `;
  }

  private shown(document: Dm2Document | MoDocument): Dm2Document | MoDocument {
    if (this.revealed) return document;
    return document.type === "mo" ? { ...document, items: redactItems(document.items) } : { ...document, package: redactPackage(document.package) };
  }

  private decoded(document: Dm2Document | MoDocument): TemplateResult {
    if (document.type === "mo") return html`${facts([["Dialect", DIALECTS[document.dialect]]])}<omadm-tree label="Data" .items=${itemsOf(document.items, "d")}></omadm-tree>`;
    const { package: all, dialect } = document;
    const items = packageItems(all);
    return html`${facts([
        ["Package", PACKAGES[all.kind]],
        ["Dialect", DIALECTS[dialect]],
        ["Device", "deviceId" in all ? all.deviceId : undefined],
        ["SessionID", all.sessionId],
        ["PkgSeq", all.seq === undefined ? undefined : String(all.seq)],
        ["Reason", all.kind === "initiation" && all.reason !== undefined ? reasonWords(all.reason) : undefined],
        ["Formats taken", all.kind === "request" ? all.acceptMo : undefined],
      ])}
      <omadm-tree label="Package" .items=${items}></omadm-tree>
      ${items.length === 0 ? html`<p class="soft small">${all.kind === "request" ? "No commands: the session ends." : "Nothing else."}</p>` : nothing}`;
  }

  /** What can be copied; nothing where the dialect has no place for it. */
  private text(document: Dm2Document | MoDocument, form: Exclude<Form, "decoded">): string | undefined {
    const shown = this.shown(document);
    if (form === "wire") return this.wire();
    if (form === "json") return jsonText(shown);
    const spelt = speltIn(shown, form);
    return spelt.problem === undefined ? spelt.text : undefined;
  }

  private block(document: Dm2Document | MoDocument, form: Exclude<Form, "decoded">, text: string | undefined): TemplateResult {
    if (form === "json" || form === "wire") return html`${form === "wire" ? headersOf(this.headers) : nothing}${pre(FORMS[form], text ?? "")}`;
    const spelt = speltIn(this.shown(document), form);
    if (spelt.problem === undefined) {
      const told = spelt.told.map((words) => html`<li>${words}</li>`);
      return html`${told.length === 0 ? nothing : html`<ul class="told small" aria-label="What is not the same">${told}</ul>`}${headersOf(spelt.headers)}${pre(FORMS[form], spelt.text)}`;
    }
    const { problem } = spelt;
    return html`<div class="refused small" role="note">
      <p><span class="chip bad">Not in the ${DIALECTS[form]} dialect</span> ${headlineOf(problem)}</p>
      ${problem.path === undefined ? nothing : html`<p>Where: <code>${problem.path}</code></p>`}
      ${problem.expected === undefined ? nothing : html`<p>Expected: ${problem.expected}</p>`}
    </div>`;
  }

  private wire(): string {
    const { bytes } = this;
    const ranges = this.revealed ? [] : this.secrets;
    if (textOf(bytes) === undefined) return rowsOf(bytes, ranges);
    const decoder = new TextDecoder();
    let text = "";
    let at = 0;
    for (const { name, start, end } of ranges) {
      text += decoder.decode(bytes.subarray(at, start)) + (name.startsWith("[") ? HIDDEN : `"${name}": "${HIDDEN}"`);
      at = end;
    }
    return text + decoder.decode(bytes.subarray(at));
  }

  private async copy(text: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      this.copied = this.revealed || this.secrets.length === 0 ? "copied" : "copied without secrets";
    } catch {
      this.copied = "this page may not copy: select the text instead";
    }
  }
}

function facts(all: [string, string | undefined][]): TemplateResult {
  return html`<dl>${all.map(([name, value]) => (value === undefined ? nothing : html`<div><dt>${name}</dt><dd>${value}</dd></div>`))}</dl>`;
}

function headersOf(headers: [string, string][]): TemplateResult | typeof nothing {
  return headers.length === 0 ? nothing : html`<p class="small soft about">${headers.map(([name, value]) => html`<code>${name}: ${value}</code><br />`)}</p>`;
}

const pre = (label: string, text: string): TemplateResult => html`<pre tabindex="0" role="region" aria-label=${label}>${text}</pre>`;
