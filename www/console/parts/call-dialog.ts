/** What a server asks of a node that is the host's, as a real dialog: the person is the host. Escape says that it failed. */
import { LitElement, css, html, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { PropertyValues, TemplateResult } from "lit";
import type { Outcome } from "omadm";
import { FORMATS, textOfData, valueOf } from "../model/node-value.js";
import type { LeafFormat } from "../model/node-value.js";
import type { Leaf } from "../model/device-tree.js";
import type { HostCall } from "../model/entries.js";
import { base, controls, dialogs } from "../theme.js";

const TITLES = {
  exec: "The server starts something",
  read: "The server reads a value of the host",
  write: "The server writes a value of the host",
  undo: "A command failed: take the value back",
  show: "The server shows a page",
} as const;

@customElement("omadm-call")
export class CallDialog extends LitElement {
  static override styles = [
    base,
    controls,
    dialogs,
    css`
      p { font: 0.9375rem/1.4 var(--mono); }
      .pair { display: grid; grid-template-columns: minmax(0, 2fr) minmax(0, 1fr); gap: 0.625rem; }
      .problem { color: var(--bad); font: inherit; font-size: 0.8125rem; }
    `,
  ];

  @property({ attribute: false }) call: HostCall | undefined;
  /** What the tree holds for the node. */
  @property({ attribute: false }) known: Leaf | undefined;
  /** What was wrong with the last answer. */
  @property() refused = "";
  @state() private problem = "";
  @query("dialog") private dialog!: HTMLDialogElement;

  override render() {
    const { call } = this;
    return html`<dialog aria-labelledby="title" aria-describedby="text" @cancel=${this.onCancel}>
      ${call === undefined
        ? nothing
        : html`<form method="dialog" autocomplete="off" @submit=${this.onSubmit}>
            <h2 id="title">${TITLES[call.type]}</h2>
            <p id="text">${call.type === "show" ? this.page(call.url) : call.uri}${"data" in call && call.data !== undefined ? html`: “${textOfData(call.data)}”` : nothing}</p>
            ${call.type === "exec" && call.correlator !== undefined ? html`<p class="small">Correlator ${call.correlator}</p>` : nothing}
            ${call.type === "read" ? this.entry() : nothing}
            ${this.problem + this.refused === "" ? nothing : html`<p class="problem" role="alert">${this.problem || this.refused}</p>`}
            <div class="buttons">
              <button class="strong" ?autofocus=${call.type !== "read"}>${call.type === "read" ? "Answer" : "Done"}</button>
              ${call.type === "exec" ? html`<button type="button" @click=${() => this.settle({ status: 202 })}>Goes on</button>` : nothing}
              ${call.type === "show" ? html`<button type="button" @click=${() => this.settle({ status: 403 })}>Not allowed</button>` : nothing}
              <button type="button" class="last" @click=${() => this.settle({ status: 500 })}>Failed</button>
            </div>
            <button type="button" class="plain abort" @click=${() => this.dispatchEvent(new CustomEvent("abort-session"))}>Abort the session</button>
          </form>`}
    </dialog>`;
  }

  /** A link for the person, who decides whether to follow it; the page says nothing of where it came from. */
  private page(url: string): TemplateResult {
    return /^https?:/i.test(url) ? html`<a href=${url} target="_blank" rel="noopener noreferrer">${url}</a>` : html`${url}`;
  }

  private entry(): TemplateResult {
    const format = this.known?.format ?? "chr";
    return html`<div class="pair">
      <div class="field"><label for="value">Value</label><input id="value" name="value" class="mono" autofocus spellcheck="false" .value=${textOfData(this.known?.data)} /></div>
      <div class="field">
        <label for="format">Format</label>
        <select id="format" name="format">${FORMATS.map((name) => html`<option value=${name} ?selected=${name === format}>${name}</option>`)}</select>
      </div>
    </div>`;
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("call")) this.problem = "";
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (!changed.has("call")) return;
    if (this.call === undefined) this.dialog.close();
    else if (!this.dialog.open) this.dialog.showModal();
  }

  private onSubmit(event: SubmitEvent): void {
    event.preventDefault();
    if (this.call?.type !== "read") return this.settle({ status: 200 });
    const form = new FormData(event.target as HTMLFormElement);
    const format = String(form.get("format")) as LeafFormat;
    try {
      this.settle({ value: valueOf(String(form.get("value") ?? ""), format, this.known?.data) ?? "", format });
    } catch (error) {
      this.problem = (error as Error).message;
    }
  }

  private onCancel(event: Event): void {
    event.preventDefault();
    this.settle({ status: 500 });
  }

  private settle(outcome: Outcome): void {
    this.dispatchEvent(new CustomEvent<Outcome>("settle", { detail: outcome }));
  }
}
