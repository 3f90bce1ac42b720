/** What a server asks of the user, as a real dialog. Escape cancels. */
import { LitElement, css, html, nothing } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import type { PropertyValues, TemplateResult } from "lit";
import type { Outcome, UiCommand } from "omadm";
import { base, controls, dialogs } from "../theme.js";

const TITLES = {
  display: "The server says",
  confirm: "The server asks",
  input: "The server asks for text",
  choose: "The server offers a choice",
} as const;

@customElement("omadm-interaction")
export class InteractionDialog extends LitElement {
  static override styles = [
    base,
    controls,
    dialogs,
    css`
      .choice { display: flex; gap: 0.5rem; align-items: baseline; font-size: 0.9375rem; padding-block: 0.125rem; }
    `,
  ];

  @property({ attribute: false }) command: UiCommand | undefined;
  @query("dialog") private dialog!: HTMLDialogElement;

  override render() {
    const { command } = this;
    return html`<dialog aria-labelledby="title" aria-describedby="text" @cancel=${this.onCancel}>
      ${command === undefined
        ? nothing
        : html`<form method="dialog" @submit=${this.onSubmit}>
            <h2 id="title">${TITLES[command.type]}</h2>
            <p id="text">${command.text}</p>
            ${this.entry(command)}
            <div class="buttons">${this.buttons(command)}</div>
          </form>`}
    </dialog>`;
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (!changed.has("command")) return;
    if (this.command === undefined) this.dialog.close();
    else if (!this.dialog.open) this.dialog.showModal();
  }

  private buttons(command: UiCommand): TemplateResult {
    const cancel = html`<button type="button" class="last" @click=${() => this.settle({ status: 214 })}>Cancel</button>`;
    if (command.type === "display") return html`<button class="strong" autofocus>OK</button>`;
    if (command.type !== "confirm") return html`<button class="strong">OK</button>${cancel}`;
    return html`
      <button class="strong" autofocus>Yes</button>
      <button type="button" @click=${() => this.settle({ status: 304 })}>No</button>
      ${cancel}
    `;
  }

  private entry(command: UiCommand): TemplateResult | typeof nothing {
    const { options } = command;
    if (command.type === "input") {
      return html`<input
        name="text"
        aria-labelledby="text"
        autofocus
        type=${options?.echo === "P" || options?.inputType === "P" ? "password" : "text"}
        maxlength=${options?.maxLength ?? nothing}
        .value=${options?.default ?? ""}
      />`;
    }
    if (command.type !== "choose") return nothing;
    const preset = new Set((options?.default ?? "").split("-"));
    return html`<fieldset aria-labelledby="text">
      ${command.choices.map(
        (choice, index) =>
          html`<label class="choice"
            ><input
              type=${command.multiple ? "checkbox" : "radio"}
              name="choice"
              value=${index + 1}
              ?checked=${preset.has(String(index + 1))}
            />${choice}</label
          >`,
      )}
    </fieldset>`;
  }

  private onSubmit(event: SubmitEvent): void {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    if (this.command?.type === "input") this.settle({ status: 200, data: [String(form.get("text") ?? "")] });
    else if (this.command?.type === "choose") this.settle({ status: 200, data: form.getAll("choice").map(String) });
    else this.settle({ status: 200 });
  }

  private onCancel(event: Event): void {
    event.preventDefault();
    this.settle({ status: this.command?.type === "display" ? 200 : 214 });
  }

  private settle(outcome: Outcome): void {
    this.dispatchEvent(new CustomEvent<Outcome>("settle", { detail: outcome }));
  }
}
