/** The console: two views behind the fragment of the address. */
import { LitElement, css, html, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { init } from "omadm";
import { base } from "./theme.js";
import { problemOf, sentenceOf } from "./model/problem.js";
import "./views/inspect.js";
import "./views/device.js";

const VIEWS = { inspect: "Inspect", device: "Device" } as const;
type View = keyof typeof VIEWS;

@customElement("omadm-console")
export class Console extends LitElement {
  static override styles = [
    base,
    css`
      :host { display: flex; flex-direction: column; }
      .bar { display: flex; align-items: stretch; gap: 0.25rem 1.75rem; padding-inline: max(1rem, calc((100vw - 92rem) / 2)); border-bottom: 1px solid var(--line); background: var(--sheet); }
      h1 { margin: 0; display: flex; align-items: center; gap: 0.625rem; font: 600 0.9375rem/1 var(--mono); padding-block: 1rem; white-space: nowrap; }
      h1 svg { width: 1.5rem; height: 1.5rem; flex: none; }
      h1 span { color: var(--soft); font-weight: 400; }
      nav { display: flex; }
      nav a { display: flex; align-items: center; padding: 0.25rem 0.875rem; color: var(--soft); text-decoration: none; font-size: 0.9375rem; font-weight: 550; position: relative; }
      nav a:hover { color: var(--ink); }
      nav a[aria-current] { color: var(--ink); }
      nav a[aria-current]::after { content: ""; position: absolute; inset: auto 0 -1px; border-block-end: 3px solid var(--device); }
      nav a:focus-visible { outline-offset: -4px; }
      main { flex: 1; width: 100%; max-width: 94rem; margin-inline: auto; padding: 1.25rem 1rem 3rem; }
      .skip { position: absolute; inset-inline-start: 0.5rem; inset-block-start: 0.5rem; padding: 0.5rem 0.75rem; background: var(--ink); color: var(--paper); border-radius: 0.375rem; z-index: 1; }
      .skip:not(:focus) { clip-path: inset(50%); pointer-events: none; }
      @media (max-width: 30rem) { h1 span { display: none; } .bar { gap: 0.5rem; } }
    `,
  ];

  @state() private view: View = viewOf(location.hash);
  @state() private ready = false;
  @state() private failure = "";

  private readonly onHash = (): void => {
    this.view = viewOf(location.hash);
    document.title = `${VIEWS[this.view]} · omadm console`;
  };

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("hashchange", this.onHash);
    this.onHash();
    init().then(
      () => (this.ready = true),
      (error: unknown) => (this.failure = sentenceOf(problemOf(error))),
    );
  }

  override disconnectedCallback(): void {
    removeEventListener("hashchange", this.onHash);
    super.disconnectedCallback();
  }

  override render() {
    return html`
      <header class="bar">
        <a class="skip" href="#${this.view}" @click=${this.skip}>Skip to content</a>
        <h1>${MARK}omadm <span>console</span></h1>
        <nav aria-label="Views">
          ${Object.entries(VIEWS).map(
            ([view, name]) => html`<a href="#${view}" aria-current=${this.view === view ? "page" : nothing}>${name}</a>`,
          )}
        </nav>
      </header>
      <main tabindex="-1">
        ${this.failure === "" ? nothing : html`<p role="alert">The engine could not be loaded: ${this.failure}</p>`}
        ${this.ready
          ? html`
              <omadm-inspect ?hidden=${this.view !== "inspect"}></omadm-inspect>
              <omadm-device ?hidden=${this.view !== "device"}></omadm-device>
            `
          : nothing}
      </main>
    `;
  }

  private skip(event: Event): void {
    event.preventDefault();
    this.renderRoot.querySelector<HTMLElement>("main")?.focus();
  }
}

/** Two lifelines and a message each way. */
const MARK = html`<svg viewBox="0 0 32 32" aria-hidden="true" fill="none">
  <path d="M6 4v24M26 4v24" stroke="var(--edge)" stroke-width="2" />
  <path d="M6 11h17m-5-4.5 5 4.5-5 4.5" stroke="var(--device)" stroke-width="2.6" />
  <path d="M26 21H9m5-4.5L9 21l5 4.5" stroke="var(--server)" stroke-width="2.6" />
</svg>`;

function viewOf(hash: string): View {
  return hash === "#device" ? "device" : "inspect";
}

declare global {
  interface HTMLElementTagNameMap {
    "omadm-console": Console;
  }
}
