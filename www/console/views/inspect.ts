/** Paste or drop whatever was captured; see it decoded, piece by piece, or what is wrong with it and where. */
import { LitElement, css, html, nothing } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import type { DdfNode, DmDocument, Outline, TndsNode } from "omadm";
import { KIND_NAMES, captureOf } from "../model/capture.js";
import type { Capture } from "../model/capture.js";
import { EXAMPLES } from "../model/examples.js";
import { ENCODING_NAMES, encodingWords } from "../model/form.js";
import { FORM_NAMES, READINGS, sessionText, unwrapAndInspect } from "../model/notification.js";
import type { Reading } from "../model/notification.js";
import { rowsOf, sizeOf, textOf } from "../model/octets.js";
import { positionOf } from "../model/position.js";
import { DIALECTS, counted, packageWords } from "../model/package.js";
import { octetWords, problemOf } from "../model/problem.js";
import type { Problem } from "../model/problem.js";
import { summaryOf } from "../model/summary.js";
import { base, chips, controls, panel } from "../theme.js";
import type { CaptureView } from "../parts/capture-view.js";
import "../parts/capture-view.js";
import "../parts/document-view.js";
import "../parts/message-view.js";
import "../parts/notification-view.js";
import "../parts/package-view.js";
import "../parts/problem-note.js";

/** Octets of a file that is opened: descriptions may have several megabytes. */
const MAX_FILE = 8_388_608;
const LIMITS = { bytes: MAX_FILE, textBytes: MAX_FILE };

const TYPES = { syncml: "SyncML", tnds: "TNDS", ddf: "DDF", notification: "Notification", dm2: "DM 2.0", mo: "Data of objects" } as const;

@customElement("omadm-inspect")
export class InspectView extends LitElement {
  static override styles = [
    base,
    panel,
    controls,
    chips,
    css`
      .split { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 1rem; align-items: start; }
      .octets { margin-block-start: 1rem; }
      .split header { min-height: 4.125rem; }
      .tries { display: flex; flex-wrap: wrap; gap: 0.375rem; align-items: center; }
      .input { display: flex; flex-direction: column; }
      textarea { display: block; width: 100%; height: clamp(16rem, calc(100vh - 24rem), 40rem); padding: 0.875rem; border: 0; border-radius: 0 0 var(--radius) var(--radius); background: transparent; color: var(--ink); font: 0.8125rem/1.6 var(--mono); tab-size: 2; resize: vertical; }
      textarea::placeholder { color: var(--soft); opacity: 1; }
      textarea:focus-visible { outline-offset: -2px; }
      .dropping { outline: 2px dashed var(--device); outline-offset: -6px; }
      .foot { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: center; padding: 0.5rem 0.875rem; border-top: 1px solid var(--line); min-height: 2.875rem; }
      .foot select { width: auto; }
      .foot > :first-child { margin-inline-end: auto; }
      .result { min-height: 24rem; }
      .state { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0.25rem 0.625rem; overflow-wrap: anywhere; min-width: 0; }
      .blank { max-width: 34rem; padding-block: 1rem; color: var(--soft); }
      .read { margin-block-start: 0.75rem; }
      .blank p + p { margin-block-start: 0.625rem; }
      .file { position: relative; }
      .file label { font: inherit; }
      .file input { position: absolute; inset: 0; opacity: 0; cursor: pointer; width: 100%; font-size: 0; }
      .file:focus-within { outline: 2px solid var(--focus); outline-offset: 2px; }
      @media (max-width: 56rem) { .split { grid-template-columns: minmax(0, 1fr); } textarea { height: 16rem; } .result { min-height: 16rem; } }
    `,
  ];

  @state() private text = "";
  @state() private document: DmDocument | undefined;
  @state() private outline: Outline | undefined;
  @state() private problem: Problem | undefined;
  @state() private dropping = false;
  /** What the octets are taken for. */
  @state() private reading: Reading = "auto";
  private capture: Capture = captureOf("");
  /** A notification without what it came in, and what that was. */
  private unwrapped: { body: Uint8Array; wrapper?: string } = { body: new Uint8Array() };
  /** What the text was made of, where it was no text. */
  private file = "";
  @query("textarea") private area!: HTMLTextAreaElement;
  @query("omadm-capture") private view!: CaptureView;

  override render() {
    return html`
      <h2 class="hush">Inspect a message</h2>
      <div class="split">
        <section class="panel input ${this.dropping ? "dropping" : ""}" aria-label="Input"
          @dragover=${this.onDrag} @dragleave=${() => (this.dropping = false)} @drop=${this.onDrop}>
          <header>
            <h2 id="input-name">Message or tree</h2>
            <div class="tries" role="group" aria-label="Examples">
              ${EXAMPLES.map(
                (example) => html`<button type="button" @click=${() => this.show(example.text())}>${example.name}</button>`,
              )}
            </div>
          </header>
          <textarea
            aria-labelledby="input-name"
            aria-describedby="input-state"
            aria-invalid=${this.problem === undefined ? nothing : "true"}
            spellcheck="false"
            autocomplete="off"
            autocapitalize="off"
            wrap="off"
            placeholder="Paste a message, a serialised tree (TNDS) or a device description (DDF): XML; a package of DM 2.0 or data of its objects: JSON; WBXML or a notification (Package#0, WAP Push) as hex, base64 or the output of xxd; or drop a file of any of these, or of WBXML itself"
            .value=${this.text}
            @input=${() => this.read(this.area.value, "")}
          ></textarea>
          <div class="foot">
            <span class="small soft">${this.captureWords()}</span>
            <label class="small" for="reading">Read as</label>
            <select id="reading" @change=${this.onReading}>
              ${Object.entries(READINGS).map(([value, words]) => html`<option value=${value} ?selected=${this.reading === value}>${words}</option>`)}
            </select>
            <span class="file button"><label for="file">Open file</label><input id="file" type="file" @change=${this.onFile} /></span>
            <button type="button" ?disabled=${this.text === ""} @click=${() => this.show("")}>Clear</button>
          </div>
        </section>
        <section class="panel result" aria-label="Result">
          <header>
            <div class="state" id="input-state" role="status">${this.stateWords()}</div>
          </header>
          <div class="body">${this.result()}</div>
        </section>
      </div>
      ${this.outline === undefined
        ? nothing
        : html`<section class="panel octets" aria-label="Octets">
            <header><h2>Outline and octets</h2></header>
            <div class="body">
              <omadm-capture .bytes=${this.capture.bytes} .outline=${this.outline} .message=${this.document?.type === "syncml" ? this.document.message : undefined} .fault=${this.problem?.offset}></omadm-capture>
            </div>
          </section>`}
    `;
  }

  private stateWords() {
    if (this.problem !== undefined) return html`<span class="chip bad">Not readable</span><span class="small">${this.placeWords(this.problem)}</span>`;
    const { document } = this;
    if (document !== undefined) {
      return html`<span class="chip good">${TYPES[document.type]}, ${writtenIn(document)}</span><span class="small">${documentWords(document)}</span>`;
    }
    return html`<span class="small soft">Waiting for a message</span>`;
  }

  private placeWords({ offset, message }: Problem): string {
    if (offset === undefined) return message;
    if (this.capture.kind !== "text") return octetWords(offset);
    const { line, column } = positionOf(this.text, offset);
    return `line ${line}, column ${column}`;
  }

  private result() {
    if (this.problem !== undefined) {
      const text = this.capture.kind === "text" ? this.text : undefined;
      return html`<omadm-problem .problem=${this.problem} .text=${text} @locate=${this.onLocate}></omadm-problem>
        ${this.outline === undefined ? nothing : html`<p class="small soft read">What could be read of it stands below, with its octets.</p>`}`;
    }
    const { document } = this;
    if (document?.type === "syncml") return html`<omadm-message .document=${document} .bytes=${this.capture.bytes}></omadm-message>`;
    if (document?.type === "notification") return html`<omadm-notification .document=${document} .bytes=${this.unwrapped.body} .wrapper=${this.unwrapped.wrapper}></omadm-notification>`;
    if (document?.type === "dm2" || document?.type === "mo") return html`<omadm-package .document=${document} .bytes=${this.capture.bytes}></omadm-package>`;
    if (document !== undefined) return html`<omadm-document .document=${document} .bytes=${this.capture.bytes}></omadm-document>`;
    return html`<div class="blank">
      <p>The message is decoded while you type, by the same engine that runs in servers and devices. Nothing leaves this page.</p>
      <p>Credentials and nonces stay hidden in the result until you ask for them.</p>
    </div>`;
  }

  /** `Hex dump with offsets, 320 octets, WBXML 1.2, public identifier 0x1201, no string table`. */
  private captureWords(): string {
    const { kind, bytes, rest } = this.capture;
    if (bytes.length === 0) return sizeOf(0);
    const { document } = this;
    const form = document === undefined || !("wbxml" in document) || document.wbxml === undefined ? [] : [encodingWords(document)];
    const words = [this.file === "" ? KIND_NAMES[kind] : `${this.file} as hex`, sizeOf(bytes.length), ...form];
    return [...words, ...(rest === undefined ? [] : [rest])].join(", ");
  }

  private show(text: string, file = ""): void {
    this.area.value = text;
    this.area.scrollTop = 0;
    this.read(this.area.value, file);
  }

  private read(text: string, file: string): void {
    this.text = text;
    this.file = file;
    this.capture = captureOf(text);
    this.document = undefined;
    this.outline = undefined;
    this.problem = undefined;
    if (text === "") return;
    try {
      const { outline, document, error, body, wrapper } = unwrapAndInspect(this.capture.bytes, this.reading, LIMITS);
      this.unwrapped = { body, ...(wrapper !== undefined && { wrapper }) };
      this.outline = outline;
      this.document = document;
      if (error !== undefined) this.problem = problemOf(error);
    } catch (error) {
      this.problem = problemOf(error);
    }
  }

  private onReading(event: Event): void {
    this.reading = (event.target as HTMLSelectElement).value as Reading;
    this.read(this.text, this.file);
  }

  private onLocate(event: CustomEvent<number>): void {
    const offset = event.detail;
    const { index, length } = this.capture.placeOf?.(offset) ?? positionOf(this.text, offset);
    const line = this.text.slice(0, index).split("\n").length;
    void this.view.show(offset);
    this.area.focus();
    this.area.setSelectionRange(index, index + Math.max(length, 1));
    const height = this.area.scrollHeight / Math.max(1, this.text.split("\n").length);
    this.area.scrollTop = Math.max(0, (line - 1) * height - this.area.clientHeight / 2);
  }

  private onDrag(event: DragEvent): void {
    event.preventDefault();
    this.dropping = true;
  }

  private onDrop(event: DragEvent): void {
    event.preventDefault();
    this.dropping = false;
    const file = event.dataTransfer?.files[0];
    if (file !== undefined) void this.open(file);
    else this.show(event.dataTransfer?.getData("text/plain") ?? "");
  }

  private onFile(event: Event): void {
    const input = event.target as HTMLInputElement;
    const file = input.files?.[0];
    input.value = "";
    if (file !== undefined) void this.open(file);
  }

  private async open(file: File): Promise<void> {
    this.show("");
    if (file.size > MAX_FILE) {
      this.problem = { message: `${file.name} has ${sizeOf(file.size)}, more than any document` };
      return;
    }
    const bytes = new Uint8Array(await file.arrayBuffer());
    const text = textOf(bytes);
    this.show(text ?? rowsOf(bytes), text === undefined ? file.name : "");
  }
}

function writtenIn(document: DmDocument): string {
  if (document.type === "notification") return FORM_NAMES[document.notification.form];
  if (document.type === "dm2" || document.type === "mo") return `${DIALECTS[document.dialect]} dialect`;
  return ENCODING_NAMES[document.type === "ddf" ? "xml" : document.encoding];
}

function documentWords(document: DmDocument): string {
  if (document.type === "syncml") return summaryOf(document.message);
  if (document.type === "notification") {
    const { notification } = document;
    return `of ${notification.serverId}${"sessionId" in notification ? `, session ${sessionText(notification.sessionId)}` : ""}`;
  }
  if (document.type === "dm2") return packageWords(document.package);
  if (document.type === "mo") return counted(document.items, "item", "items").join("") || "no items";
  const count = document.type === "tnds" ? countTnds(document.nodes) : countDdf(document.ddf.nodes);
  return `${document.type === "tnds" ? "Serialised tree" : "Device description"}, ${count.toLocaleString("en")} ${count === 1 ? "node" : "nodes"}`;
}

function countTnds(nodes: TndsNode[]): number {
  return nodes.reduce((sum, { children }) => sum + 1 + countTnds(children), 0);
}

function countDdf(nodes: DdfNode[]): number {
  return nodes.reduce((sum, { nodes: inside = [] }) => sum + 1 + countDdf(inside), 0);
}
