/** What a server asks of the user, as a real dialog, with all that section 10.3 lets the server wish for. Escape cancels. */
import { LitElement, css, html, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { keyed } from "lit/directives/keyed.js";
import type { PropertyValues, TemplateResult } from "lit";
import type { Outcome, UiCommand } from "omadm";
import { base, controls, dialogs } from "../theme.js";
import { isHidden } from "./event-rows.js";

const TITLES = {
  display: "The server says",
  confirm: "The server asks",
  input: "The server asks for text",
  choose: "The server offers a choice",
} as const;

/** What IT wishes to be typed (section 10.3.5): the keyboard for it, and a hint. */
const INPUT_MODES = { A: "text", N: "decimal", D: "numeric", T: "numeric", P: "tel", I: "decimal" } as const;
const WISHED = { A: "", N: "a number", D: "DDMMYYYY", T: "hhmmss", P: "a phone number", I: "an IP address" } as const;

@customElement("omadm-interaction")
export class InteractionDialog extends LitElement {
  static override styles = [
    base,
    controls,
    dialogs,
    css`
      .problem { color: var(--bad); font-size: 0.8125rem; }
      .time { font-size: 0.8125rem; color: var(--soft); }
      .choice { display: flex; gap: 0.5rem; align-items: baseline; font-size: 0.9375rem; padding-block: 0.125rem; }
    `,
  ];

  @property({ attribute: false }) command: UiCommand | undefined;
  /** What was wrong with the last answer. */
  @property() refused = "";
  /** Seconds that the dialog has been open. */
  @state() private age = 0;
  private clock: ReturnType<typeof setInterval> | undefined;
  @query("dialog") private dialog!: HTMLDialogElement;

  override render() {
    const { command } = this;
    return html`<dialog aria-labelledby="title" aria-describedby="text" @cancel=${this.onCancel}>
      ${command === undefined
        ? nothing
        : keyed(command, html`<form method="dialog" autocomplete="off" @submit=${this.onSubmit}>
            <h2 id="title">${TITLES[command.type]}</h2>
            <p id="text">${command.text}</p>
            ${this.entry(command)}
            ${this.refused === "" ? nothing : html`<p class="problem" role="alert">${this.refused}</p>`}
            ${this.time(command)}
            <div class="buttons">${this.buttons(command)}</div>
            <button type="button" class="plain abort" @click=${() => this.dispatchEvent(new CustomEvent("abort-session"))}>Abort the session</button>
          </form>`)}
    </dialog>`;
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("command")) return;
    this.age = 0;
    clearInterval(this.clock);
    const { minDisplay, maxDisplay } = this.command?.options ?? {};
    if (minDisplay !== undefined || maxDisplay !== undefined) this.clock = setInterval(() => this.tick(), 1_000);
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (!changed.has("command")) return;
    // Opened anew for each question, so that the focus is where that wants it.
    this.dialog.close();
    if (this.command !== undefined) this.dialog.showModal();
  }

  override disconnectedCallback(): void {
    clearInterval(this.clock);
    super.disconnectedCallback();
  }

  /** A text has been shown when its time is over; a question has not been answered. */
  private tick(): void {
    this.age += 1;
    const { command } = this;
    const most = command?.options?.maxDisplay;
    if (command !== undefined && most !== undefined && this.age >= most) this.settle({ status: command.type === "display" ? 200 : 408 });
  }

  /** Seconds for which the dialog cannot be left yet. */
  private held(): number {
    return Math.max(0, (this.command?.options?.minDisplay ?? 0) - this.age);
  }

  private time({ options }: UiCommand): TemplateResult | typeof nothing {
    const held = this.held();
    const left = options?.maxDisplay === undefined ? undefined : Math.max(0, options.maxDisplay - this.age);
    if (held === 0 && left === undefined) return nothing;
    const words = [held === 0 ? undefined : `shown for ${held} s at least`, left === undefined ? undefined : `closes in ${left} s`];
    return html`<p class="time" role="timer">${words.filter((word) => word !== undefined).join(", ")}</p>`;
  }

  private buttons(command: UiCommand): TemplateResult {
    const held = this.held() > 0;
    const cancel = html`<button type="button" class="last" ?disabled=${held} @click=${() => this.settle({ status: 214 })}>Cancel</button>`;
    if (command.type === "display") return html`<button class="strong" autofocus ?disabled=${held}>OK</button>`;
    if (command.type !== "confirm") return html`<button class="strong" ?disabled=${held}>OK</button>${cancel}`;
    const isNo = command.options?.default === "0";
    return html`
      <button class=${isNo ? "" : "strong"} ?autofocus=${!isNo} ?disabled=${held}>Yes</button>
      <button type="button" class=${isNo ? "strong" : ""} ?autofocus=${isNo} ?disabled=${held} @click=${() => this.settle({ status: 304 })}>No</button>
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
        type=${isHidden(command) ? "password" : "text"}
        inputmode=${INPUT_MODES[options?.inputType ?? "A"]}
        placeholder=${WISHED[options?.inputType ?? "A"]}
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
    if (this.held() > 0) return;
    const form = new FormData(event.target as HTMLFormElement);
    if (this.command?.type === "input") this.settle({ status: 200, data: [String(form.get("text") ?? "")] });
    else if (this.command?.type === "choose") this.settle({ status: 200, data: form.getAll("choice").map(String) });
    else this.settle({ status: 200 });
  }

  private onCancel(event: Event): void {
    event.preventDefault();
    if (this.held() > 0) return;
    this.settle({ status: this.command?.type === "display" ? 200 : 214 });
  }

  private settle(outcome: Outcome): void {
    this.dispatchEvent(new CustomEvent<Outcome>("settle", { detail: outcome }));
  }
}
