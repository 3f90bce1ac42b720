/** One message: decoded, as XML, WBXML and JSON, to be copied, and as it was on the wire. */
import { LitElement, css, html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { decode, encode, inspect } from "omadm";
import type { DmDocument, SyncMlDocument, SyncMlMessage } from "omadm";
import { encodingWords } from "../model/form.js";
import { base64Of, rowsOf, sizeOf, textOf } from "../model/octets.js";
import { problemOf, sentenceOf } from "../model/problem.js";
import { redact, redactHmac, redactText, secretsOf } from "../model/redact.js";
import { secretRanges } from "../model/secrets.js";
import { base, chips, controls } from "../theme.js";
import { commandItems, extraItems } from "./command-tree.js";
import type { TreeItem } from "./tree.js";
import "./tree.js";

const FORMS = { decoded: "Decoded", xml: "XML", wbxml: "WBXML", json: "JSON", wire: "Wire" } as const;
type Form = keyof typeof FORMS;

/** A message in one of its forms. */
interface Shown {
  text: string;
  /** What is copied, where that is not what is seen. */
  copy?: string;
  words?: string;
}

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
      .about { margin-block-end: 0.5rem; }
      .copied { margin-inline-end: auto; }
      @media (forced-colors: active) { .tools .plain { margin-inline: 0; } }
      @media (max-width: 30rem) { dl { grid-template-columns: repeat(2, minmax(0, 1fr)); } dl > .place { grid-column: 1 / -1; } }
      dt { font-size: 0.75rem; color: var(--soft); }
      dd { font-family: var(--mono); font-size: 0.8125rem; overflow-wrap: anywhere; }
      pre { margin: 0; padding: 0.75rem 0.875rem; max-height: 32rem; overflow: auto; background: var(--sunk); border: 1px solid var(--line); border-radius: 0.375rem; line-height: 1.5; tab-size: 2; white-space: pre-wrap; overflow-wrap: anywhere; }
    `,
  ];

  @property({ attribute: false }) document: SyncMlDocument | undefined;
  @property({ attribute: false }) bytes: Uint8Array = new Uint8Array();
  /** The header of the transport that signs the message. */
  @property() hmac: string | undefined;
  @state() private form: Form = "decoded";
  @state() private revealed = false;
  @state() private copied = "";

  /** What was copied is said until something else is shown. */
  override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (!changed.has("copied")) this.copied = "";
  }

  override render() {
    const message = this.document?.message;
    const secret = this.hasSecrets();
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
        ${this.form === "decoded" || message === undefined ? nothing : html`<button type="button" @click=${this.copy}>Copy ${FORMS[this.form]}</button>`}
        <span class="small soft copied" role="status">${this.copied}</span>
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
    const { document } = this;
    if (this.form !== "decoded" || document === undefined) {
      const { text, words } = this.shown();
      const label = document === undefined ? FORMS.wire : FORMS[this.form];
      return html`${words === undefined ? nothing : html`<p class="small soft about">${words}</p>`}${block(label, text)}`;
    }
    const shown = this.revealed ? document.message : redact(document.message);
    const extra = headerExtra(shown);
    return html`
      ${headerOf(shown, this.hmac === undefined || this.revealed ? this.hmac : redactHmac(this.hmac))}
      ${extra.length === 0 ? nothing : html`<omadm-tree label="More in the header" .items=${extra}></omadm-tree>`}
      <omadm-tree label="Commands" .items=${commandItems(shown.commands)}></omadm-tree>
      ${shown.commands.length === 0 ? html`<p class="soft small">No commands.</p>` : nothing}
    `;
  }

  private hasSecrets(): boolean {
    return this.document !== undefined && (this.hmac !== undefined || secretsOf(this.document.message).length > 0);
  }

  private shown(): Shown {
    const { document } = this;
    if (this.form === "wire" || document === undefined) return { text: this.wire() };
    const message = this.revealed ? document.message : redact(document.message);
    if (this.form === "json") return { text: jsonOf(message) };
    return this.form === "wbxml" ? wbxmlOf({ ...document, message }) : { text: xmlOf({ ...document, message }) };
  }

  private wire(): string {
    const { bytes, document, revealed } = this;
    const text = textOf(bytes);
    const covered = document !== undefined && !revealed;
    if (text === undefined) return rowsOf(bytes, covered ? secretRanges(bytes, inspect(bytes).outline, document.message) : []);
    return covered ? redactText(text, document.message) : text;
  }

  private async copy(): Promise<void> {
    const { text, copy = text } = this.shown();
    try {
      await navigator.clipboard.writeText(copy);
      this.copied = this.revealed || !this.hasSecrets() ? "copied" : "copied without credentials";
    } catch {
      this.copied = "this page may not copy: select the text instead";
    }
  }
}

function headerOf({ header, final }: SyncMlMessage, hmac: string | undefined): TemplateResult {
  const place = (location: { uri: string; name?: string }): string =>
    location.name === undefined ? location.uri : `${location.uri} (${location.name})`;
  const fact = (name: string, value: string | undefined, kind = ""): TemplateResult | typeof nothing =>
    value === undefined ? nothing : html`<div class=${kind}><dt>${name}</dt><dd>${value}</dd></div>`;
  return html`<dl>
    ${fact("Source", place(header.source), "place")}${fact("Target", place(header.target), "place")}${fact("RespURI", header.respUri, "wide")}
    ${fact("Session", header.sessionId)}${fact("Message", `${header.msgId}${final ? ", final" : ", more follow"}`)}
    ${fact("Version", `DTD ${header.verDtd}, ${header.verProto}`)}
    ${header.cred === undefined ? nothing : fact("Cred", `${header.cred.type} ${header.cred.data}`)}
    ${fact("x-syncml-hmac", hmac, "wide")}
    ${fact("MaxMsgSize", header.maxMsgSize?.toLocaleString("en"))}${fact("MaxObjSize", header.maxObjSize?.toLocaleString("en"))}
  </dl>`;
}

/** What of the header the list above does not show. */
function headerExtra({ header }: SyncMlMessage): TreeItem[] {
  const { target, source, cred, extra } = header;
  return [
    ...extraItems(source.extra, "h.source"),
    ...extraItems(target.extra, "h.target"),
    ...extraItems(cred?.extra, "h.cred"),
    ...extraItems(extra, "h"),
  ];
}

/** In the form in which it came, or else in the one that every reader takes. */
function wbxmlOf(document: SyncMlDocument): Shown {
  try {
    const { body } = encode(document, { encoding: "wbxml" });
    const rows = rowsOf(body);
    return { text: rows, copy: rows.replaceAll(/\s/g, ""), words: `${wordsOf(decode(body))}, ${sizeOf(body.length)}` };
  } catch (error) {
    return { text: sentenceOf(problemOf(error)) };
  }
}

function wordsOf(document: DmDocument): string {
  return "encoding" in document ? encodingWords(document) : "";
}

function xmlOf(document: SyncMlDocument): string {
  try {
    const { body } = encode(document, { encoding: "xml", indent: true });
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
