/** What is plugged into the device, and what comes of its operations. `plug` puts an object in or takes it out, `choose-object` says how it is. */
import { LitElement, css, html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { OPERATIONS, RESULTS, TITLES } from "../model/plugged.js";
import type { ObjectName, Plugged } from "../model/plugged.js";
import { base, controls } from "../theme.js";

/** Messages that an operation takes longer. */
const PATIENCE = { 0: "as short as can be", 1: "1 message longer", 2: "2 messages longer", 5: "5 messages longer" } as const;

@customElement("omadm-objects")
export class ObjectsForm extends LitElement {
  static override styles = [
    base,
    controls,
    css`
      .group { display: grid; gap: 0.625rem; border-block-start: 1px solid var(--line); padding-block-start: 0.875rem; }
      .object { display: grid; gap: 0.625rem; padding-inline-start: 0.75rem; margin-block-end: 0.25rem; border-inline-start: 2px solid var(--device); }
      legend { float: inline-start; font-size: 0.8125rem; font-weight: 650; padding: 0; color: var(--device); }
      .switch { display: flex; gap: 0.375rem; align-items: baseline; }
    `,
  ];

  @property({ attribute: false }) plugged!: Plugged;
  @property({ type: Boolean }) disabled = false;

  override render() {
    const names = Object.keys(TITLES) as ObjectName[];
    return html`<fieldset class="group" ?disabled=${this.disabled}>
      <legend>Objects of the device</legend>
      ${names.map((name) => {
        const { isOn } = this.plugged[name];
        return html`<label class="switch"
            ><input type="checkbox" .checked=${isOn} @change=${(event: Event) => this.plug(name, (event.target as HTMLInputElement).checked)} />${TITLES[name]}</label
          >${isOn ? this.options(name) : nothing}`;
      })}
      <p class="small soft">A device with other objects is a new one. Their alerts are known to the server once it is registered.</p>
    </fieldset>`;
  }

  private options(name: ObjectName): TemplateResult {
    const { fumo, windows } = this.plugged;
    return html`<div class="object" role="group" aria-label=${TITLES[name]}>
      ${OPERATIONS[name].map((operation) => this.result(name, operation))} ${name === "windows" ? nothing : this.patience(name)}
      ${name === "fumo" ? this.version() : nothing}
      ${name === "fumo" ? this.toggle("Keeps the package", fumo.keepsData, (keepsData) => this.choose("fumo", { keepsData })) : nothing}
      ${name === "windows" ? this.toggle("The user wants to leave", windows.leaves, (leaves) => this.choose("windows", { leaves })) : nothing}
    </div>`;
  }

  private result(name: ObjectName, operation: string): TemplateResult {
    const { results } = this.plugged[name];
    const codes = Object.entries(RESULTS[name]);
    const current = results[operation] ?? codes[0]?.[0];
    const change = (event: Event): void => this.choose(name, { results: { ...results, [operation]: (event.target as HTMLSelectElement).value } });
    const id = `${name}-${operation}`;
    return html`<div class="field">
      <label for=${id}>${operation}</label>
      <select id=${id} @change=${change}>${codes.map(([code, words]) => html`<option value=${code} ?selected=${code === current}>${code} ${words}</option>`)}</select>
    </div>`;
  }

  private patience(name: ObjectName): TemplateResult {
    const { patience } = this.plugged[name];
    const change = (event: Event): void => this.choose(name, { patience: (event.target as HTMLSelectElement).value });
    return html`<div class="field">
      <label for="${name}-patience">Duration</label>
      <select id="${name}-patience" @change=${change}>${Object.entries(PATIENCE).map(([value, words]) => html`<option value=${value} ?selected=${value === patience}>${words}</option>`)}</select>
    </div>`;
  }

  private version(): TemplateResult {
    const change = (event: Event): void => this.choose("fumo", { version: (event.target as HTMLInputElement).value });
    return html`<div class="field">
      <label for="version">New version</label>
      <input id="version" class="mono" spellcheck="false" autocomplete="off" .value=${this.plugged.fumo.version} @change=${change} />
    </div>`;
  }

  private toggle(words: string, isOn: boolean, change: (isOn: boolean) => void): TemplateResult {
    return html`<label class="switch"
      ><input type="checkbox" .checked=${isOn} @change=${(event: Event) => change((event.target as HTMLInputElement).checked)} />${words}</label
    >`;
  }

  private plug(name: ObjectName, isOn: boolean): void {
    this.dispatchEvent(new CustomEvent<{ name: ObjectName; isOn: boolean }>("plug", { detail: { name, isOn } }));
  }

  private choose<Name extends ObjectName>(name: Name, change: Partial<Plugged[Name]>): void {
    const plugged: Plugged = { ...this.plugged, [name]: { ...this.plugged[name], ...change } };
    this.dispatchEvent(new CustomEvent<Plugged>("choose-object", { detail: plugged }));
  }
}
