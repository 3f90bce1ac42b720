/** What the device and the server know of each other. */
import { LitElement, css, html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { keyed } from "lit/directives/keyed.js";
import { ENCODING_NAMES } from "../model/form.js";
import { pluggedWith } from "../model/settings.js";
import type { Settings } from "../model/settings.js";
import type { ObjectName, Plugged } from "../model/plugged.js";
import { base, controls } from "../theme.js";
import "./objects-form.js";

type TextKey = { [Key in keyof Settings]: string extends Settings[Key] ? Key : never }[keyof Settings];
type SwitchKey = { [Key in keyof Settings]: Settings[Key] extends boolean ? Key : never }[keyof Settings];
type ChoiceKey = Exclude<keyof Settings, TextKey | SwitchKey | "plugged">;

const UI_MODES = { "0": "0 not specified", "1": "1 background", "2": "2 informative", "3": "3 user interaction" } as const;
const SCHEMES = { basic: "Basic", md5: "MD5", hmac: "HMAC", sha256: "SHA-256" } as const;

@customElement("omadm-settings")
export class SettingsForm extends LitElement {
  static override styles = [
    base,
    controls,
    css`
      form, omadm-objects { display: grid; gap: 1rem; margin-block-end: 1rem; }
      .group { display: grid; gap: 0.625rem; }
      .group.ruled { border-block-start: 1px solid var(--line); padding-block-start: 0.875rem; }
      .pair { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 0.625rem; }
      legend { float: inline-start; font-size: 0.8125rem; font-weight: 650; padding: 0; }
      .device legend { color: var(--device); }
      .server legend { color: var(--server); }
      textarea { field-sizing: content; min-height: 3.25rem; }
      .plain { margin-inline-start: -0.5rem; }
      .switch { display: flex; gap: 0.375rem; align-items: baseline; }
      @media (forced-colors: active) { .plain { margin-inline-start: 0; } }
    `,
  ];

  @property({ attribute: false }) settings!: Settings;
  @property({ type: Boolean }) disabled = false;
  @state() private shown = false;

  override render() {
    const still = (event: Event): void => event.preventDefault();
    const { version, dialect } = this.settings;
    const isDm2 = version === "2.0";
    const isApproved = isDm2 && dialect === "approved";
    return html`
      <form autocomplete="off" @submit=${still}>
      <fieldset class="group device" ?disabled=${this.disabled}>
        <legend>Device</legend>
        ${this.text("deviceId", "Device id", true)}
        <div class="pair">${this.text("user", "User")}${this.secret("password", "Password")}</div>
        ${isDm2
          ? html`<p class="small soft">In DM 2.0 the device proves itself by HTTP Basic.</p>
              ${this.text("maxObjSize", "Largest document, in octets", true, "16777216")}`
          : html`${this.choice("scheme", "Scheme", SCHEMES)}
              <div class="pair">${this.text("maxMsgSize", "MaxMsgSize", true, "any")}${this.text("maxObjSize", "MaxObjSize", true, "16777216")}</div>
              ${this.switch("implicitAdd", "Add makes missing parents")}`}
      </fieldset>
      </form>
      <omadm-objects
        .plugged=${this.settings.plugged}
        ?disabled=${this.disabled}
        @plug=${(event: CustomEvent<{ name: ObjectName; isOn: boolean }>) => this.change(pluggedWith(this.settings, event.detail.name, event.detail.isOn))}
        @choose-object=${(event: CustomEvent<Plugged>) => this.change({ plugged: event.detail })}
      ></omadm-objects>
      <form autocomplete="off" @submit=${still}>
      <fieldset class="group ruled server" ?disabled=${this.disabled}>
        <legend>Server</legend>
        ${this.text("serverId", "Server id", true)}
        ${isDm2
          ? nothing
          : html`<div class="pair">${this.text("serverUser", "User")}${this.secret("serverPassword", "Password")}</div>
              ${this.choice("serverScheme", "Scheme", { ...SCHEMES, transport: "Transport" })}
              <div class="pair">${this.text("serverMaxMsgSize", "MaxMsgSize", true, "any")}${this.text("serverMaxObjSize", "MaxObjSize", true, "16777216")}</div>`}
        ${isApproved
          ? html`<p class="small soft">In the approved dialect it answers no alert.</p>`
          : html`${this.lines("alertTypes", "Types of alert that it handles")}
              ${this.choice("alertStatus", "What it says of them", { "": "as specified", "200": "200 done", "202": "202 accepted", "406": "406 not supported", "500": "500 failed" })}`}
        <p class="small soft">The server learns all this when the device registers.</p>
      </fieldset>
      </form>
      <form autocomplete="off" @submit=${still}>
      <fieldset class="group ruled" ?disabled=${this.disabled}>
        <legend>Session</legend>
        <div class="pair">
          ${this.choice("version", "Version", { "1.1": "1.1", "1.2": "1.2", "1.3": "1.3", "2.0": "2.0" })}
          ${keyed(isDm2, isDm2 ? this.choice("dialect", "Dialect", { draft: "Draft", approved: "Approved" }) : this.choice("encoding", "Encoding", ENCODING_NAMES))}
        </div>
        ${this.text("seed", "Seed", true, "none: by chance")}
        ${this.choice("initiatedBy", "Started by", { user: "the user", server: "the server" })}
        ${this.settings.initiatedBy === "server" ? this.lines("requested", "Objects that it asks for") : nothing}
        ${isApproved ? nothing : this.choice("uiMode", "UI mode of notifications", UI_MODES)}
        ${isDm2 ? nothing : this.switch("resync", "Notifications resynchronize nonces")}
        ${isApproved ? nothing : this.switch("treeAlerts", "Package 1 tells what has changed")}
      </fieldset>
      ${isDm2 ? this.example() : this.examples()}
      </form>
        <button type="button" class="plain" aria-pressed=${this.shown} @click=${() => (this.shown = !this.shown)}>
          ${this.shown ? "Hide passwords" : "Show passwords"}
        </button>
    `;
  }

  /** What the example of DM 2.0 is told. */
  private example(): TemplateResult {
    return html`<fieldset class="group ruled" ?disabled=${this.disabled}>
      <legend>Example of DM 2.0</legend>
      ${this.text("place", "New place of the unit")}
    </fieldset>`;
  }

  /** What those of DM 1 are told. */
  private examples(): TemplateResult {
    return html`
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
    `;
  }

  private text(key: TextKey, name: string, mono = false, empty = ""): TemplateResult {
    return html`<div class="field">
      <label for=${key}>${name}</label>
      <input id=${key} class=${mono ? "mono" : ""} spellcheck="false" autocomplete="off" placeholder=${empty} .value=${this.settings[key]} @change=${(event: Event) => this.set(key, event)} />
    </div>`;
  }

  private switch(key: SwitchKey, words: string): TemplateResult {
    return html`<label class="switch"
      ><input type="checkbox" .checked=${this.settings[key]} @change=${(event: Event) => this.toggle(key, event)} />${words}</label
    >`;
  }

  /** Identifiers, one a line. */
  private lines(key: TextKey, name: string): TemplateResult {
    return html`<div class="field">
      <label for=${key}>${name}</label>
      <textarea id=${key} class="text mono" rows="2" spellcheck="false" .value=${this.settings[key]} @change=${(event: Event) => this.set(key, event)}></textarea>
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

  private toggle(key: SwitchKey, event: Event): void {
    const { checked } = event.target as HTMLInputElement;
    this.change({ [key]: checked });
  }

  private set(key: keyof Settings, event: Event): void {
    const { value } = event.target as HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;
    this.change({ [key]: value });
  }

  private change(detail: Partial<Settings>): void {
    this.dispatchEvent(new CustomEvent<Partial<Settings>>("change-settings", { detail }));
  }
}
