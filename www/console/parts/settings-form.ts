/** What the device and the server know of each other. */
import { LitElement, css, html } from "lit";
import type { TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { ENCODING_NAMES } from "../model/form.js";
import type { Settings } from "../model/settings.js";
import { base, controls } from "../theme.js";

type TextKey = { [Key in keyof Settings]: string extends Settings[Key] ? Key : never }[keyof Settings];
type ChoiceKey = Exclude<keyof Settings, TextKey>;

@customElement("omadm-settings")
export class SettingsForm extends LitElement {
  static override styles = [
    base,
    controls,
    css`
      form { display: grid; gap: 1rem; margin-block-end: 1rem; }
      .group { display: grid; gap: 0.625rem; }
      .group.ruled { border-block-start: 1px solid var(--line); padding-block-start: 0.875rem; }
      .pair { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 0.625rem; }
      legend { float: inline-start; font-size: 0.8125rem; font-weight: 650; padding: 0; }
      .device legend { color: var(--device); }
      .server legend { color: var(--server); }
      .plain { margin-inline-start: -0.5rem; }
      @media (forced-colors: active) { .plain { margin-inline-start: 0; } }
    `,
  ];

  @property({ attribute: false }) settings!: Settings;
  @property({ type: Boolean }) disabled = false;
  @state() private shown = false;

  override render() {
    const still = (event: Event): void => event.preventDefault();
    return html`
      <form autocomplete="off" @submit=${still}>
      <fieldset class="group device" ?disabled=${this.disabled}>
        <legend>Device</legend>
        ${this.text("deviceId", "Device id", true)}
        <div class="pair">${this.text("user", "User")}${this.secret("password", "Password")}</div>
      </fieldset>
      </form>
      <form autocomplete="off" @submit=${still}>
      <fieldset class="group ruled server" ?disabled=${this.disabled}>
        <legend>Server</legend>
        ${this.text("serverId", "Server id", true)}
        <div class="pair">${this.text("serverUser", "User")}${this.secret("serverPassword", "Password")}</div>
      </fieldset>
      </form>
      <form autocomplete="off" @submit=${still}>
      <fieldset class="group ruled" ?disabled=${this.disabled}>
        <legend>Session</legend>
        <div class="pair">
          ${this.choice("scheme", "Scheme", { basic: "Basic", md5: "MD5" })}
          ${this.choice("version", "Version", { "1.1": "1.1", "1.2": "1.2", "1.3": "1.3" })}
        </div>
        <div class="pair">
          ${this.choice("encoding", "Encoding", ENCODING_NAMES)}
          ${this.choice("initiatedBy", "Started by", { user: "the user", server: "the server" })}
        </div>
      </fieldset>
      <fieldset class="group ruled" ?disabled=${this.disabled}>
        <legend>Section 11.1</legend>
        <div class="field">
          <label for="question">Question to the user</label>
          <textarea id="question" class="text" rows="3" .value=${this.settings.question} @change=${(event: Event) => this.set("question", event)}></textarea>
        </div>
        ${this.text("accessPoint", "New access point", true)}
      </fieldset>
      <fieldset class="group ruled" ?disabled=${this.disabled}>
        <legend>Section 11.2</legend>
        ${this.text("announcement", "Announcement to the user")}
        ${this.text("definitions", "New definitions", true)}
      </fieldset>
      </form>
        <button type="button" class="plain" aria-pressed=${this.shown} @click=${() => (this.shown = !this.shown)}>
          ${this.shown ? "Hide passwords" : "Show passwords"}
        </button>
    `;
  }

  private text(key: TextKey, name: string, mono = false): TemplateResult {
    return html`<div class="field">
      <label for=${key}>${name}</label>
      <input id=${key} class=${mono ? "mono" : ""} spellcheck="false" autocomplete="off" .value=${this.settings[key]} @change=${(event: Event) => this.set(key, event)} />
    </div>`;
  }

  private secret(key: TextKey, name: string): TemplateResult {
    return html`<div class="field">
      <label for=${key}>${name}</label>
      <input
        id=${key}
        type=${this.shown ? "text" : "password"}
        autocomplete="new-password"
        spellcheck="false"
        .value=${this.settings[key]}
        @change=${(event: Event) => this.set(key, event)}
      />
    </div>`;
  }

  private choice<Key extends ChoiceKey>(key: Key, name: string, options: Record<Settings[Key], string>): TemplateResult {
    return html`<div class="field">
      <label for=${key}>${name}</label>
      <select id=${key} .value=${this.settings[key]} @change=${(event: Event) => this.set(key, event)}>
        ${Object.entries(options).map(
          ([value, words]) => html`<option value=${value} ?selected=${this.settings[key] === value}>${words as string}</option>`,
        )}
      </select>
    </div>`;
  }

  private set(key: keyof Settings, event: Event): void {
    const { value } = event.target as HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;
    this.dispatchEvent(new CustomEvent<Partial<Settings>>("change-settings", { detail: { [key]: value } }));
  }
}
