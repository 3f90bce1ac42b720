/** A notification: its fields in words, as JSON, and in whatever it may be brought to a device. */
import { LitElement, css, html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { NotificationDocument } from "omadm";
import { jsonOf } from "../model/admin.js";
import { MEDIA_TYPES, WRAPPERS, fieldsOf, wrapped } from "../model/notification.js";
import { rowsOf } from "../model/octets.js";
import { base, chips, controls } from "../theme.js";

const FORMS = { decoded: "Decoded", json: "JSON", ...WRAPPERS } as const;
type Form = keyof typeof FORMS;

@customElement("omadm-notification")
export class NotificationView extends LitElement {
  static override styles = [
    base,
    controls,
    chips,
    css`
      .tools { display: flex; flex-wrap: wrap; gap: 0.5rem 0.75rem; align-items: center; margin-block-end: 0.875rem; min-height: 2.25rem; }
      .about { margin-block-end: 0.5rem; }
      dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0.4375rem 1.25rem; align-items: baseline; }
      dt { font-size: 0.8125rem; color: var(--soft); }
      dd { font-family: var(--mono); font-size: 0.8125rem; overflow-wrap: anywhere; }
      pre { margin: 0; padding: 0.75rem 0.875rem; max-height: 32rem; overflow: auto; background: var(--sunk); border: 1px solid var(--line); border-radius: 0.375rem; line-height: 1.5; white-space: pre-wrap; overflow-wrap: anywhere; }
    `,
  ];

  @property({ attribute: false }) document: NotificationDocument | undefined;
  /** Without what it came in. */
  @property({ attribute: false }) bytes: Uint8Array = new Uint8Array();
  /** What it came in, in words. */
  @property() wrapper: string | undefined;
  @state() private form: Form = "decoded";
  @state() private copied = "";

  /** What was copied is said until something else is shown. */
  override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (!changed.has("copied")) this.copied = "";
  }

  override render() {
    const { document } = this;
    if (document === undefined) return nothing;
    return html`
      <div class="tools">
        <fieldset class="segments">
          <legend class="hush">Show the notification as</legend>
          ${Object.entries(FORMS).map(
            ([form, name]) => html`<label class="small"><input type="radio" name="form" .checked=${this.form === form} @change=${() => (this.form = form as Form)} />${name}</label>`,
          )}
        </fieldset>
        ${this.form === "decoded" ? nothing : html`<button type="button" @click=${this.copy}>Copy ${FORMS[this.form]}</button>`}
        <span class="small soft" role="status">${this.copied}</span>
      </div>
      ${this.form === "decoded" ? this.fields(document) : this.block()}
    `;
  }

  private fields(document: NotificationDocument): TemplateResult {
    return html`<dl>
      ${this.wrapper === undefined ? nothing : html`<dt>Came in</dt><dd>${this.wrapper}</dd>`}
      ${fieldsOf(document).map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}
    </dl>`;
  }

  private shown(): { text: string; words?: string } {
    const { document, form } = this;
    if (document === undefined || form === "decoded" || form === "json") return { text: jsonOf(document, { indent: 2 }) };
    const type = document.notification.form === "1.2" ? MEDIA_TYPES["1.2"] : MEDIA_TYPES["2"];
    const { octets, words } = wrapped(this.bytes, type, form);
    return { text: rowsOf(octets), words };
  }

  private block(): TemplateResult {
    const { text, words } = this.shown();
    return html`${words === undefined ? nothing : html`<p class="small soft about">${words}</p>`}<pre tabindex="0" role="region" aria-label=${FORMS[this.form]}>${text}</pre>`;
  }

  private async copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.shown().text);
      this.copied = "copied";
    } catch {
      this.copied = "this page may not copy: select the text instead";
    }
  }
}
