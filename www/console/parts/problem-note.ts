/** An error of the codec, with the place that caused it: in the text or, without a text, in the octets. */
import { LitElement, css, html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { excerptOf, positionOf } from "../model/position.js";
import { headlineOf, octetWords } from "../model/problem.js";
import type { Problem } from "../model/problem.js";
import { base, chips, controls } from "../theme.js";

@customElement("omadm-problem")
export class ProblemNote extends LitElement {
  static override styles = [
    base,
    controls,
    chips,
    css`
      .head { display: flex; flex-wrap: wrap; gap: 0.375rem 0.625rem; align-items: baseline; }
      .message { font-weight: 600; overflow-wrap: anywhere; }
      .message code { font-weight: 600; font-size: 0.9em; padding-inline: 0.25em; background: var(--sunk); border-radius: 0.1875rem; }
      dl { display: grid; grid-template-columns: auto 1fr; gap: 0.25rem 1rem; margin-block: 0.75rem; font-size: 0.875rem; }
      dt { color: var(--soft); }
      dd { font-family: var(--mono); font-size: 0.8125rem; overflow-wrap: anywhere; align-self: center; }
      pre { margin: 0 0 0.875rem; padding-block: 0.5rem; background: var(--sunk); border: 1px solid var(--line); border-radius: 0.375rem; overflow-x: auto; line-height: 1.65; }
      .line { display: flex; width: max-content; min-width: 100%; padding-inline-end: 0.75rem; border-inline-start: 3px solid transparent; }
      .line.at { background: var(--bad-wash); border-inline-start-color: var(--bad); }
      .number { flex: none; width: 3.25rem; padding-inline-end: 0.875rem; text-align: end; color: var(--soft); user-select: none; }
      mark { background: var(--bad); color: var(--on-strong); border-radius: 0.125rem; outline: 2px solid var(--bad); }
      @media (forced-colors: active) { mark { background: Mark; color: MarkText; outline-color: Highlight; } }
    `,
  ];

  @property({ attribute: false }) problem: Problem | undefined;
  /** Absent where the octets stand for no text. */
  @property({ attribute: false }) text: string | undefined;

  override render() {
    const { problem, text } = this;
    if (problem === undefined) return nothing;
    const { offset } = problem;
    const position = offset === undefined || text === undefined ? undefined : positionOf(text, offset);
    const fact = (name: string, value: string | undefined) =>
      value === undefined || value === "" ? nothing : html`<dt>${name}</dt><dd>${codeIn(value)}</dd>`;
    return html`
      <div class="head">
        ${problem.code === undefined ? nothing : html`<span class="chip bad">${problem.code}</span>`}
        <p class="message">${codeIn(headlineOf(problem))}</p>
      </div>
      <dl>
        ${offset === undefined
          ? nothing
          : fact("Position", position === undefined ? octetWords(offset) : `line ${position.line}, column ${position.column} (octet ${offset})`)}
        ${fact("Path", problem.path)}${fact("Expected", problem.expected)}${fact("Limit", problem.limit)}
      </dl>
      ${position === undefined || text === undefined
        ? nothing
        : html`
            <pre tabindex="0" role="region" aria-label="Excerpt">${excerptOf(text, position).map(
                (line) =>
                  html`<span class="line ${line.mark === undefined ? "" : "at"}"
                    ><span class="number">${line.number}</span><span>${line.before}${line.mark === undefined ? nothing : html`<mark>${line.mark}</mark>`}${line.after}</span></span
                  >`,
              )}</pre>
          `}
      ${offset === undefined ? nothing : html`<button type="button" @click=${() => this.dispatchEvent(new CustomEvent("locate", { detail: offset }))}>Go to the place</button>`}
    `;
  }
}

/** What stands between backticks, as code. */
function codeIn(words: string): (TemplateResult | string)[] {
  return words.split("`").map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part));
}
