/** What the device tells of its own accord: an alert to be raised in the session that goes on, or in the next. */
import { LitElement, css, html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { ClientAlert } from "omadm";
import { FORMATS, valueOf } from "../model/node-value.js";
import type { LeafFormat } from "../model/node-value.js";
import { ALERT_TYPE } from "../model/settings.js";
import { base, chips, controls } from "../theme.js";

const CODES = { 1226: "1226 Generic Alert", 1224: "1224 Client Event" } as const;
const MARKS: readonly NonNullable<ClientAlert["mark"]>[] = ["fatal", "critical", "minor", "warning", "informational", "harmless", "indeterminate"];

@customElement("omadm-alert")
export class AlertForm extends LitElement {
  static override styles = [
    base,
    controls,
    chips,
    css`
      form { display: grid; gap: 0.625rem; }
      .pair { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 0.625rem; }
      .foot { display: flex; flex-wrap: wrap; gap: 0.5rem 0.75rem; align-items: center; justify-content: space-between; }
      .problem { color: var(--bad); overflow-wrap: anywhere; }
      li { display: flex; flex-wrap: wrap; gap: 0.25rem 0.5rem; align-items: center; overflow-wrap: anywhere; padding-block: 0.125rem; }
      li button { margin-inline-start: auto; }
      ul { border-block-start: 1px solid var(--line); margin-block-start: 0.75rem; padding-block-start: 0.5rem; }
      @media (max-width: 30rem) { .pair { grid-template-columns: minmax(0, 1fr); } }
    `,
  ];

  /** Those that the next session starts with. */
  @property({ attribute: false }) waiting: ClientAlert[] = [];
  /** A session goes on, and takes the alert along. */
  @property({ type: Boolean }) open = false;
  @property({ type: Boolean }) disabled = false;
  /** Why the engine did not take the last one. */
  @property() refused = "";
  /** The Exec whose outcome is still to be told. */
  @property({ attribute: false }) pending: { uri: string; correlator: string } | undefined;
  @state() private problem = "";

  override render() {
    const problem = this.problem || this.refused;
    return html`
      <form autocomplete="off" aria-label="Alert" @submit=${this.onSubmit}>
        <div class="pair">
          <div class="field">
            <label for="code">Alert</label>
            <select id="code" name="code">${Object.entries(CODES).map(([code, words]) => html`<option value=${code} ?selected=${code === "1226"}>${words}</option>`)}</select>
          </div>
          <div class="field">
            <label for="mark">Mark</label>
            <select id="mark" name="mark"><option value="">none</option>${MARKS.map((mark) => html`<option value=${mark}>${mark}</option>`)}</select>
          </div>
        </div>
        ${this.field("alertType", "Type", ALERT_TYPE)}
        <div class="pair">${this.field("source", "Source", this.pending?.uri ?? "")}${this.field("target", "Target")}</div>
        <div class="pair">
          <div class="field">
            <label for="format">Format</label>
            <select id="format" name="format">${FORMATS.filter((format) => format !== "null").map((format) => html`<option value=${format}>${format}</option>`)}</select>
          </div>
          ${this.field("correlator", "Correlator", this.pending?.correlator ?? "")}
        </div>
        ${this.field("data", "Data")}
        ${problem === "" ? nothing : html`<p class="problem small" role="alert">${problem}</p>`}
        <div class="foot">
          <p class="small soft">${this.open ? "It goes out with the next message." : "The next session starts with it."}</p>
          <button ?disabled=${this.disabled}>Raise alert</button>
        </div>
      </form>
      ${this.waiting.length === 0 ? nothing : html`<ul aria-label="Alerts that wait">${this.waiting.map((alert) => this.row(alert))}</ul>`}
    `;
  }

  private row(alert: ClientAlert): TemplateResult {
    const takeBack = (): boolean => this.dispatchEvent(new CustomEvent<ClientAlert>("take-back", { detail: alert }));
    return html`<li class="small">
      <span class="chip notice">${alert.code}</span><span>${alert.alertType}</span><button type="button" class="plain" @click=${takeBack}>Take back</button>
    </li>`;
  }

  private field(name: string, label: string, value = ""): TemplateResult {
    return html`<div class="field"><label for=${name}>${label}</label><input id=${name} name=${name} class="mono" spellcheck="false" .value=${value} /></div>`;
  }

  private onSubmit(event: SubmitEvent): void {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const text = (name: string): string => String(form.get(name) ?? "");
    const format = text("format") as LeafFormat;
    const optional = { mark: text("mark"), source: text("source").trim(), target: text("target").trim(), correlator: text("correlator") };
    const given = Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== ""));
    this.problem = "";
    try {
      const data = format === "xml" ? { markup: text("data") } : (valueOf(text("data"), format) ?? "");
      const alert: ClientAlert = { code: Number(text("code")) as ClientAlert["code"], alertType: text("alertType").trim(), format, data, ...given };
      this.dispatchEvent(new CustomEvent<ClientAlert>("raise", { detail: alert }));
    } catch (error) {
      this.problem = (error as Error).message;
    }
  }
}
