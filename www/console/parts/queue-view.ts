/** The commands that were queued from this page, and what the device said of each. */
import { LitElement, css, html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Item, MoItem } from "omadm";
import type { CommandEvent, Progress } from "../model/admin.js";
import { isOpen } from "../model/desk.js";
import type { QueuedCommand } from "../model/desk.js";
import { wordsOf } from "../model/draft.js";
import { redactItems } from "../model/mo-secrets.js";
import { statusKind } from "../model/names.js";
import { textOfData } from "../model/node-value.js";
import { cut } from "../model/octets.js";
import { jsonText } from "../model/package.js";
import { uriOf } from "../model/summary.js";
import { base, chips, controls, meter } from "../theme.js";
import { statusWords } from "./event-rows.js";

const STATES = { queued: "queued", sent: "sent", answered: "answered", unknown: "no answer", refused: "not sent" } as const;
const KINDS = { queued: "", sent: "notice", answered: "good", unknown: "bad", refused: "bad" } as const;
/** Characters of a value, and answers to one command, that are shown. */
const VALUE = 200;
const ANSWERS = 50;

@customElement("omadm-queue")
export class QueueView extends LitElement {
  static override styles = [
    base,
    controls,
    chips,
    meter,
    css`
      li { padding-block: 0.375rem; border-block-start: 1px solid var(--line); overflow-wrap: anywhere; }
      ol { margin-block-start: 0.875rem; }
      .line { display: flex; gap: 0.25rem 0.5rem; align-items: baseline; font-size: 0.875rem; }
      .line .what { flex: 1; min-width: 0; font-weight: 550; }
      .line .chip { flex: none; }
      .answer { display: flex; flex-wrap: wrap; gap: 0.125rem 0.5rem; align-items: baseline; font-size: 0.8125rem; padding: 0.125rem 0 0 0.75rem; }
      .way { --way: var(--server); display: grid; gap: 0.1875rem; padding: 0.1875rem 0 0.125rem 0.75rem; font-size: 0.8125rem; }
      .way.received { --way: var(--device); }
      .uri, .value { font-family: var(--mono); }
      .tidy { margin-block-start: 0.5rem; }
    `,
  ];

  @property({ attribute: false }) commands: QueuedCommand[] = [];

  override render() {
    if (this.commands.length === 0) return nothing;
    return html`
      <ol aria-label="Queued commands">${this.commands.map((command) => this.row(command))}</ol>
      ${this.commands.every(isOpen)
        ? nothing
        : html`<button type="button" class="tidy" @click=${() => this.dispatchEvent(new CustomEvent("tidy"))}>Clear what has ended</button>`}
    `;
  }

  private row(queued: QueuedCommand): TemplateResult {
    const { command, state, outcome, progress } = queued;
    const isGroup = command.type === "atomic" || command.type === "sequence";
    return html`<li>
      <div class="line">
        <span class="what">${wordsOf(command)}</span><span class="chip ${KINDS[state]}">${STATES[state]}</span>${state !== "queued"
          ? nothing
          : html`<button type="button" class="plain" @click=${() => this.dispatchEvent(new CustomEvent("withdraw", { detail: queued }))}>Take back</button>`}
      </div>
      ${state !== "sent" || progress === undefined ? nothing : wayOf(progress)}
      ${outcome.slice(0, ANSWERS).flatMap((event) => answers(event, isGroup))}
      ${outcome.length > ANSWERS ? html`<p class="small soft">and ${outcome.length - ANSWERS} answers more</p>` : nothing}
    </li>`;
  }
}

/** How much of the value has passed. */
function wayOf({ direction, bytes, total }: Progress): TemplateResult {
  const octets = (count: number): string => count.toLocaleString("en");
  const words = total === undefined ? `${octets(bytes)} octets` : `${octets(bytes)} of ${octets(total)} octets`;
  return html`<div class="way ${direction}">
    <span class="soft">${direction === "sent" ? "taken by the device" : "come from the device"}: ${words}</span>
    ${total === undefined ? nothing : html`<progress max=${total} .value=${bytes} aria-label="Octets of the value"></progress>`}
  </div>`;
}

function answers(event: CommandEvent, isGroup: boolean): TemplateResult[] {
  if (event.dropped) return [answer("", html`<span>an answer that was too long to keep</span>`)];
  const number = isGroup && event.child !== undefined ? `${event.child.map((at) => at + 1).join(".")} ` : "";
  switch (event.type) {
    case "status": {
      const uri = event.uri === undefined ? nothing : html`<span class="uri">${event.uri}</span>`;
      const data = event.data === undefined || event.data.length === 0 ? nothing : html`<span class="value">“${cut(event.data.join("”, “"), VALUE)}”</span>`;
      const created = event.created === undefined || event.created.length === 0 ? nothing : html`<span>stored at <span class="uri">${event.created.join(", ")}</span></span>`;
      return [answer(number, html`<span class="chip ${statusKind(event.code)}">${statusWords(event.code)}</span>${uri}${data}${created}`)];
    }
    case "results":
      return [...event.items.map((item) => answer(number, resultOf(item))), ...redactItems(event.objects ?? []).map((item) => answer(number, objectOf(item)))];
    case "unsupported":
      return [answer(number, html`<span>not in the device’s version of DM</span>`)];
    case "refused":
      return [answer(number, html`<span>the engine did not take it</span>`)];
    default:
      return [answer(number, html`<span>the device has not said what became of it</span>`)];
  }
}

function answer(number: string, words: TemplateResult): TemplateResult {
  return html`<div class="answer">${number === "" ? nothing : html`<span class="soft">${number}</span>`}${words}</div>`;
}

function objectOf(item: MoItem): TemplateResult {
  const words = "code" in item ? statusWords(item.code) : cut(jsonText(item.value), VALUE);
  return html`<span class="uri">${item.uri}</span><span class="value">${words}</span>`;
}

function resultOf(item: Item): TemplateResult {
  const data: unknown = item.data;
  // The interface gives octets as base64.
  const text = typeof data === "object" && data !== null && "base64" in data ? `base64 ${String(data.base64)}` : textOfData(item.data);
  return html`<span class="uri">${uriOf(item) ?? ""}</span><span class="value">${text === "" ? "empty" : cut(text, VALUE)}</span>`;
}
