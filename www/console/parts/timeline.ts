/** A session as a ladder: the device's line, the server's line, and everything that passed between them or happened at the device. */
import { LitElement, css, html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { ENCODING_NAMES } from "../model/form.js";
import { sizeOf } from "../model/octets.js";
import { between, progressWords } from "../model/large-object.js";
import type { ObjectEntry } from "../model/large-object.js";
import type { Entry, MessageEntry } from "../model/entries.js";
import { DIALECTS, packageWords } from "../model/package.js";
import { summaryOf } from "../model/summary.js";
import { base, chips, meter } from "../theme.js";
import { eventRow, failureRow, serverRow } from "./event-rows.js";

@customElement("omadm-timeline")
export class Timeline extends LitElement {
  static override styles = [
    base,
    chips,
    meter,
    css`
      :host { --rail: 1.25rem; }
      .ends { display: flex; justify-content: space-between; font-size: 0.8125rem; font-weight: 650; padding-block-end: 0.375rem; }
      .ends :first-child { color: var(--device); }
      .ends :last-child { color: var(--server); }
      ol { position: relative; min-height: 14rem; padding: 0.375rem var(--rail); background: linear-gradient(var(--device), var(--device)) calc(var(--rail) / 2 - 1px) 0 / 2px 100% no-repeat, linear-gradient(var(--server), var(--server)) calc(100% - var(--rail) / 2 + 1px) 0 / 2px 100% no-repeat; }
      ol::before, ol::after { content: ""; position: absolute; inset-block-start: 0; width: 0.625rem; height: 0.625rem; border-radius: 50%; }
      ol::before { inset-inline-start: calc(var(--rail) / 2 - 0.3125rem); background: var(--device); }
      ol::after { inset-inline-end: calc(var(--rail) / 2 - 0.3125rem); background: var(--server); }
      button { display: block; width: 100%; padding: 0.5rem 0.75rem 0; margin: 0; border: 0; background: transparent; color: var(--ink); font: inherit; text-align: start; cursor: pointer; border-radius: 0.375rem; }
      button:hover { background: var(--sunk); }
      .out { --way: var(--device); --wash: var(--device-wash); }
      .in { --way: var(--server); --wash: var(--server-wash); }
      .in button { text-align: end; }
      button[aria-pressed="true"] { background: var(--wash); }
      .what { display: block; font-size: 0.9063rem; font-weight: 550; overflow-wrap: anywhere; }
      .how { display: block; font-size: 0.75rem; color: var(--soft); }
      .arrow { display: block; position: relative; height: 0.875rem; margin-inline: -1.375rem; color: var(--way); }
      .arrow::before { content: ""; position: absolute; inset: 50% 0.25rem auto; border-block-start: 2px solid var(--way); }
      .arrow svg { position: absolute; inset-block-start: calc(50% - 0.4375rem + 1px); width: 0.875rem; height: 0.875rem; }
      .out svg { inset-inline-end: 0.0625rem; }
      .in svg { inset-inline-start: 0.0625rem; transform: scaleX(-1); }
      .event { display: flex; flex-wrap: wrap; gap: 0.25rem 0.5rem; align-items: baseline; padding: 0.3125rem 0.75rem; font-size: 0.8125rem; position: relative; overflow-wrap: anywhere; }
      .event::before { content: ""; position: absolute; inset-inline-start: calc(var(--rail) / -2 - 0.25rem); inset-block-start: 0.6875rem; width: 0.5rem; height: 0.5rem; background: var(--sheet); border: 2px solid var(--device); border-radius: 50%; }
      .event .chip { flex: none; }
      .event .words { flex: 1 1 11rem; min-width: 0; }
      .event.server { justify-content: flex-end; text-align: end; }
      .event.server::before { inset-inline: auto calc(var(--rail) / -2 - 0.25rem); border-color: var(--server); }
      .event.failure::before { border-color: var(--bad); background: var(--bad); }
      .object { --way: var(--device); padding-block: 0.4375rem; }
      .object.in { --way: var(--server); }
      .object::before { border-radius: 0.125rem; }
      .object progress { flex: 1 0 100%; }
      .object.whole progress { opacity: 0.45; }
      button.fold { width: auto; padding: 0 0.25rem; margin-inline-start: -0.25rem; color: var(--device); font-size: 0.75rem; font-weight: 500; }
      .empty { padding: 2.75rem 0.75rem; color: var(--soft); text-align: center; max-width: 26rem; margin-inline: auto; font-size: 0.9375rem; }
      .uri { font-family: var(--mono); }
      @media (forced-colors: active) {
        ol { border-inline: 2px solid CanvasText; }
        button[aria-pressed="true"] { outline: 2px solid Highlight; }
      }
    `,
  ];

  @property({ attribute: false }) entries: Entry[] = [];
  @property({ attribute: false }) selected: number | undefined;
  /** Objects whose messages are all in view. */
  @state() private unfolded: ReadonlySet<number> = new Set();

  override render() {
    return html`
      <div class="ends" aria-hidden="true"><span>Device</span><span>Server</span></div>
      <ol aria-label="Session" aria-live="polite" aria-relevant="additions">
        ${this.entries.length === 0
          ? html`<li class="empty">Play section 11.1 or 11.2, or DM 2.0, to see a whole session, or start one of your own and step through it.</li>`
          : this.shown().map((entry) => this.row(entry))}
      </ol>
    `;
  }

  /** Between the first and the last chunk of an object there is little to see. */
  private shown(): Entry[] {
    const hidden = new Set(this.entries.flatMap((entry) => (entry.kind === "object" && !this.unfolded.has(entry.id) ? between(entry) : [])));
    return this.entries.filter(({ id }) => !hidden.has(id));
  }

  private objectRow(entry: ObjectEntry): TemplateResult {
    const { id, direction, state, uri, octets, total } = entry;
    const verb = direction === "in" ? VERBS.in : VERBS.out;
    const kind = state === "whole" ? "good" : state === "broken" ? "bad" : direction === "in" ? "notice" : "good";
    const isOpen = this.unfolded.has(id);
    const count = between(entry).length;
    return html`<li class="event object ${direction} ${state}">
      <span class="chip ${kind}">${verb[state]}</span><span class="words"><span class="uri">${uri}</span>: ${progressWords(entry)}</span
      >${count === 0
        ? nothing
        : html`<button type="button" class="fold" aria-expanded=${isOpen} @click=${() => this.fold(id)}>${isOpen ? "Fold" : "Show"} ${count} messages</button>`}
      <progress max=${total} .value=${octets} aria-label="Octets of ${uri}"></progress>
    </li>`;
  }

  private fold(id: number): void {
    const unfolded = new Set(this.unfolded);
    if (!unfolded.delete(id)) unfolded.add(id);
    this.unfolded = unfolded;
  }

  private row(entry: Entry): TemplateResult {
    if (entry.kind === "object") return this.objectRow(entry);
    if (entry.kind === "message") return this.messageRow(entry);
    if (entry.kind === "event") return eventRow(entry);
    if (entry.kind === "server") return serverRow(entry);
    return failureRow(entry);
  }

  private messageRow(entry: MessageEntry): TemplateResult {
    const { direction, document, bytes, id, chunk } = entry;
    const what = document === undefined ? "Neither message nor package" : document.type === "dm2" ? packageWords(document.package) : summaryOf(document.message);
    const way = direction === "out" ? "Device to server" : "Server to device";
    return html`<li class=${direction} data-entry=${id}>
      <button type="button" aria-pressed=${this.selected === id} @click=${() => this.dispatchEvent(new CustomEvent("choose", { detail: id }))}>
        <span class="hush">${way}: </span><span class="what">${what}</span
        ><span class="how">${headWords(document)}${sizeOf(bytes.length)}${chunk === undefined ? nothing : ` · chunk ${chunk.toLocaleString("en")}`}</span>
        <span class="arrow" aria-hidden="true">${HEAD}</span>
      </button>
    </li>`;
  }
}

function headWords(document: MessageEntry["document"]): string {
  if (document === undefined) return "";
  if (document.type === "syncml") return `MsgID ${document.message.header.msgId} · ${ENCODING_NAMES[document.encoding]} · `;
  const { seq } = document.package;
  return `${seq === undefined ? "" : `PkgSeq ${seq} · `}${DIALECTS[document.dialect]} dialect · `;
}

const VERBS = {
  in: { going: "receives", whole: "received", broken: "not whole" },
  out: { going: "sends", whole: "sent", broken: "not whole" },
} as const;

const HEAD = html`<svg viewBox="0 0 14 14"><path d="M3 1.5 12.5 7 3 12.5z" fill="currentColor" /></svg>`;
