/** One message: decoded, as XML, as JSON, and as it was on the wire. */
import { LitElement, css, html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { encode } from "omadm";
import type { SyncMlMessage } from "omadm";
import { base64Of, hexOf, textOf } from "../model/octets.js";
import { problemOf, sentenceOf } from "../model/problem.js";
import { redact, redactText, secretsOf } from "../model/redact.js";
import { base, chips, controls } from "../theme.js";
import { commandItems } from "./command-tree.js";
import "./tree.js";

const FORMS = { decoded: "Decoded", xml: "XML", json: "JSON", wire: "Wire" } as const;
type Form = keyof typeof FORMS;

@customElement("omadm-message")
export class MessageView extends LitElement {
  static override styles = [
    base,
    controls,
    chips,
    css`
      .tools { display: flex; flex-wrap: wrap; gap: 0.5rem 0.75rem; align-items: center; justify-content: space-between; margin-block-end: 0.875rem; min-height: 2.25rem; }
      dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(15rem, 100%), 1fr)); gap: 0.5rem 1.25rem; padding-block-end: 0.875rem; margin-block-end: 0.75rem; border-block-end: 1px solid var(--line); }
      dl > div { min-width: 0; }
      dl > .wide { grid-column: 1 / -1; }
      .tools .plain { margin-inline: -0.5rem; }
      @media (forced-colors: active) { .tools .plain { margin-inline: 0; } }
      @media (max-width: 30rem) { dl { grid-template-columns: repeat(2, minmax(0, 1fr)); } dl > .place { grid-column: 1 / -1; } }
      dt { font-size: 0.75rem; color: var(--soft); }
      dd { font-family: var(--mono); font-size: 0.8125rem; overflow-wrap: anywhere; }
      pre { margin: 0; padding: 0.75rem 0.875rem; max-height: 32rem; overflow: auto; background: var(--sunk); border: 1px solid var(--line); border-radius: 0.375rem; line-height: 1.5; tab-size: 2; white-space: pre-wrap; overflow-wrap: anywhere; }
    `,
  ];

  @property({ attribute: false }) message: SyncMlMessage | undefined;
  @property({ attribute: false }) bytes: Uint8Array = new Uint8Array();
  @state() private form: Form = "decoded";
  @state() private revealed = false;

  override render() {
    const { message } = this;
    const secret = message !== undefined && secretsOf(message).length > 0;
    return html`
      <div class="tools">
        <fieldset class="segments">
          <legend class="hush">Show the message as</legend>
          ${Object.entries(FORMS).map(
            ([form, name]) => html`<label class="small"
              ><input type="radio" name="form" .checked=${this.form === form} @change=${() => (this.form = form as Form)} />${name}</label
            >`,
          )}
        </fieldset>
        ${secret
          ? html`<button type="button" class="plain" aria-pressed=${this.revealed} @click=${() => (this.revealed = !this.revealed)}>
              ${this.revealed ? "Hide credentials" : "Show credentials"}
            </button>`
          : nothing}
      </div>
      ${this.content()}
    `;
  }

  private content(): TemplateResult {
    const { message } = this;
    if (this.form === "wire" || message === undefined) return block("Wire", this.wire());
    const shown = this.revealed ? message : redact(message);
    if (this.form === "xml") return block("XML", xmlOf(shown));
    if (this.form === "json") return block("JSON", jsonOf(shown));
    return html`
      ${headerOf(shown)}
      <omadm-tree label="Commands" .items=${commandItems(shown.commands)}></omadm-tree>
      ${shown.commands.length === 0 ? html`<p class="soft small">No commands.</p>` : nothing}
    `;
  }

  private wire(): string {
    const text = textOf(this.bytes) ?? hexOf(this.bytes);
    return this.message === undefined || this.revealed ? text : redactText(text, this.message);
  }
}

function headerOf({ header, final }: SyncMlMessage): TemplateResult {
  const place = (location: { uri: string; name?: string }): string =>
    location.name === undefined ? location.uri : `${location.uri} (${location.name})`;
  const fact = (name: string, value: string | undefined, kind = ""): TemplateResult | typeof nothing =>
    value === undefined ? nothing : html`<div class=${kind}><dt>${name}</dt><dd>${value}</dd></div>`;
  return html`<dl>
    ${fact("Source", place(header.source), "place")}${fact("Target", place(header.target), "place")}${fact("RespURI", header.respUri, "wide")}
    ${fact("Session", header.sessionId)}${fact("Message", `${header.msgId}${final ? ", final" : ", more follow"}`)}
    ${fact("Version", `DTD ${header.verDtd}, ${header.verProto}`)}
    ${header.cred === undefined ? nothing : fact("Cred", `${header.cred.type} ${header.cred.data}`)}
    ${fact("MaxMsgSize", header.maxMsgSize?.toLocaleString("en"))}${fact("MaxObjSize", header.maxObjSize?.toLocaleString("en"))}
  </dl>`;
}

function xmlOf(message: SyncMlMessage): string {
  try {
    const { body } = encode({ type: "syncml", encoding: "xml", message }, { indent: true });
    return new TextDecoder().decode(body);
  } catch (error) {
    return sentenceOf(problemOf(error));
  }
}

function jsonOf(message: SyncMlMessage): string {
  return JSON.stringify(message, (_, value: unknown) => (value instanceof Uint8Array ? { base64: base64Of(value) } : value), 2);
}

function block(label: string, text: string): TemplateResult {
  return html`<pre tabindex="0" role="region" aria-label=${label}>${text}</pre>`;
}
