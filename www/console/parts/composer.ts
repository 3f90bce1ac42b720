/** Commands for a device, put together by hand and queued at the server. */
import { LitElement, css, html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { Format, NewCommand, UiOptions } from "omadm";
import { jsonOf } from "../model/admin.js";
import { COMMANDS, MAX_DEPTH, commandOf, innerTypes, newDraft, newItem } from "../model/draft.js";
import type { CommandType, Draft, DraftItem } from "../model/draft.js";
import { FORMATS } from "../model/node-value.js";
import { sizeOf, textOf } from "../model/octets.js";
import { base, controls } from "../theme.js";

/** Octets of a file, which stand in the request as base64 or as text; characters of one value that are shown. */
const MAX_VALUE = 6_000_000;
const MAX_SHOWN = 1_000;

/** Above this, whatever has a name is a place in one of these. */
type TextKey = { [Key in keyof Draft]: string extends Draft[Key] ? Key : never }[keyof Draft];

@customElement("omadm-composer")
export class Composer extends LitElement {
  static override styles = [
    base,
    controls,
    css`
      .commands { display: grid; gap: 0.75rem; }
      fieldset { display: grid; gap: 0.625rem; border: 1px solid var(--line); border-inline-start: 3px solid var(--server); border-radius: 0.375rem; padding: 0.625rem 0.75rem 0.75rem; }
      fieldset.item { border-style: dashed; border-inline-start: 1px dashed var(--edge); }
      fieldset fieldset { background: var(--paper); }
      .head { display: flex; gap: 0.5rem; align-items: end; }
      .head .field { flex: 1; }
      .head .field:has(select) { max-width: 14rem; }
      .head button { margin-inline-start: auto; }
      .pair { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 0.625rem; }
      .trio { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 0.625rem; }
      .switch { display: flex; gap: 0.375rem; align-items: baseline; }
      .file { position: relative; flex: none; }
      .file label { font: inherit; }
      .file input { position: absolute; inset: 0; opacity: 0; cursor: pointer; width: 100%; font-size: 0; }
      .file:focus-within { outline: 2px solid var(--focus); outline-offset: 2px; }
      .taken { display: flex; flex-wrap: wrap; gap: 0.25rem 0.5rem; align-items: center; justify-content: space-between; overflow-wrap: anywhere; }
      .foot { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: center; margin-block-start: 0.75rem; }
      .foot .last { margin-inline-start: auto; }
      .problem { color: var(--bad); overflow-wrap: anywhere; margin-block-start: 0.5rem; }
      details { margin-block-start: 0.75rem; }
      summary { font-size: 0.8125rem; font-weight: 500; cursor: pointer; }
      pre { margin: 0.375rem 0 0; padding: 0.625rem 0.75rem; max-height: 16rem; overflow: auto; background: var(--sunk); border: 1px solid var(--line); border-radius: 0.375rem; white-space: pre-wrap; overflow-wrap: anywhere; }
      .plain { justify-self: start; }
      @media (max-width: 30rem) { .pair, .trio { grid-template-columns: minmax(0, 1fr); } }
    `,
  ];

  @property({ type: Boolean }) disabled = false;
  /** Why the server did not take the last ones. */
  @property() refused = "";
  @state() private drafts: Draft[] = [{ ...newDraft("get"), uris: "./DevInfo/Man" }];
  @state() private problem = "";

  override render() {
    const problem = this.problem || this.refused;
    return html`
      <div class="commands">${this.list(this.drafts, undefined, "", 0)}</div>
      <div class="foot">
        <button type="button" @click=${() => this.grow(this.drafts, "get")}>Add a command</button>
        <button type="button" class="last" ?disabled=${this.disabled || this.drafts.length === 0} @click=${this.onQueue}>Queue at the server</button>
      </div>
      ${problem === "" ? nothing : html`<p class="problem small" role="alert">${problem}</p>`}
      <details>
        <summary>As JSON</summary>
        <pre tabindex="0" role="region" aria-label="Commands as JSON">${this.json()}</pre>
      </details>
    `;
  }

  /** What was composed went through: an empty desk for the next. */
  clear(): void {
    this.drafts = [newDraft("get")];
  }

  private list(drafts: Draft[], group: CommandType | undefined, under: string, depth: number): unknown {
    return repeat(drafts, ({ key }) => key, (draft, at) => this.command(draft, drafts, group, `${under}${at + 1}`, depth));
  }

  private command(draft: Draft, among: Draft[], group: CommandType | undefined, number: string, depth: number): TemplateResult {
    const types = innerTypes(group).filter((type) => depth < MAX_DEPTH || (type !== "atomic" && type !== "sequence"));
    const id = `type-${draft.key}`;
    return html`<fieldset>
      <legend class="hush">Command ${number}</legend>
      <div class="head">
        <div class="field">
          <label for=${id}>Command ${number}</label>
          <select id=${id} .value=${draft.type} @change=${(event: Event) => this.retype(draft, (event.target as HTMLSelectElement).value as CommandType)}>
            ${types.map((type) => html`<option value=${type} ?selected=${type === draft.type}>${COMMANDS[type]}</option>`)}
          </select>
        </div>
        <button type="button" aria-label="Remove command ${number}" @click=${() => this.shrink(among, draft)}>Remove</button>
      </div>
      ${this.fields(draft, number, depth)}
    </fieldset>`;
  }

  private fields(draft: Draft, number: string, depth: number): unknown {
    switch (draft.type) {
      case "get":
      case "delete":
        return this.area(draft, "uris", "Nodes, one a line");
      case "add":
      case "replace":
        return html`${repeat(draft.items, ({ key }) => key, (item, at) => this.item(item, draft, at))}
          <button type="button" class="plain" @click=${() => this.grow(draft.items, newItem())}>Add an item</button>`;
      case "copy":
        return html`<div class="pair">${this.text(draft, "from", "From")}${this.text(draft, "to", "To")}</div>`;
      case "exec":
        return html`<div class="pair">${this.text(draft, "uri", "Node")}${this.text(draft, "correlator", "Correlator")}</div>
          ${this.text(draft, "reportTo", "Outcome told at (DM 2.0)")}
          <div class="trio">${this.text(draft, "data", "Value")}${this.format(draft, false)}${this.text(draft, "mime", "Type")}</div>`;
      case "atomic":
      case "sequence":
        return html`${this.list(draft.commands, draft.type, `${number}.`, depth + 1)}
          <button type="button" class="plain" @click=${() => this.grow(draft.commands, draft.type === "atomic" ? "replace" : "get")}>Add a command to ${COMMANDS[draft.type]} ${number}</button>`;
      case "hget":
        return html`${this.text(draft, "from", "Address")}${this.text(draft, "to", "Node, or where the device likes")}`;
      case "hput":
      case "hpost":
        return html`${this.text(draft, "to", "Address")}${this.area(draft, "uris", "Nodes, one a line")}`;
      case "show":
      case "cont":
        return this.text(draft, "url", "Address");
      case "default":
        return html`${this.text(draft, "moid", "Object")}${this.text(draft, "url", "Address")}`;
      case "sub":
        return html`${this.text(draft, "uri", "Node")}${this.text(draft, "url", "Address")}`;
      case "unsub":
        return this.text(draft, "uri", "Node");
      default:
        return this.interaction(draft);
    }
  }

  private item(item: DraftItem, draft: Draft, at: number): TemplateResult {
    const hasValue = item.format !== "node" && item.format !== "null";
    return html`<fieldset class="item">
      <legend class="hush">Item ${at + 1}</legend>
      <div class="head">
        ${this.entry(item.key, "uri", "Node", item.uri, (value) => (item.uri = value))}
        ${draft.items.length < 2
          ? nothing
          : html`<button type="button" aria-label="Remove item ${at + 1}" @click=${() => this.shrink(draft.items, item)}>Remove</button>`}
      </div>
      <div class="pair">${this.format(item, true)}${this.entry(item.key, "mime", "Type", item.mime, (value) => (item.mime = value))}</div>
      ${hasValue ? this.value(item) : nothing}
    </fieldset>`;
  }

  /** Typed, or what a file holds. */
  private value(item: DraftItem): TemplateResult {
    const { file } = item;
    if (file !== undefined) {
      return html`<div class="taken small">
        <span><span class="mono">${file.name}</span>, ${sizeOf(file.bytes.length)}</span>
        <button type="button" class="plain" @click=${() => this.change(() => (item.file = undefined))}>Type the value instead</button>
      </div>`;
    }
    const id = `file-${item.key}`;
    return html`<div class="head">
      ${this.entry(item.key, "value", item.format === "bin" ? "Value (hex)" : "Value", item.value, (value) => (item.value = value))}
      <span class="file button"><label for=${id}>From a file</label><input id=${id} type="file" @change=${(event: Event) => this.open(item, event)} /></span>
    </div>`;
  }

  private async open(item: DraftItem, event: Event): Promise<void> {
    const [file] = (event.target as HTMLInputElement).files ?? [];
    if (file === undefined) return;
    if (file.size > MAX_VALUE) {
      this.problem = `${file.name} has ${sizeOf(file.size)}; the server takes ${sizeOf(MAX_VALUE)} at most`;
      return;
    }
    const bytes = new Uint8Array(await file.arrayBuffer());
    this.change(() => {
      item.file = { name: file.name, bytes };
      if (textOf(bytes) === undefined) item.format = "bin";
    });
  }

  private interaction(draft: Draft): TemplateResult {
    const { type } = draft;
    const isInput = type === "input";
    return html`
      ${this.text(draft, "text", "Text", false)}
      ${type === "choose"
        ? html`${this.area(draft, "choices", "Choices, one a line", false)}
            <label class="switch"
              ><input type="checkbox" .checked=${draft.multiple} @change=${(event: Event) => this.change(() => (draft.multiple = (event.target as HTMLInputElement).checked))} />Several may be
              chosen</label
            >`
        : nothing}
      <div class="trio">
        ${this.option(draft, "minDisplay", "Shown at least, s")}${this.option(draft, "maxDisplay", "Shown at most, s")}
        ${type === "display" ? nothing : this.option(draft, "default", DEFAULT_OF[type as keyof typeof DEFAULT_OF] ?? "Offered")}
      </div>
      ${isInput
        ? html`<div class="trio">
            ${this.option(draft, "maxLength", "Characters at most")}${this.wish(draft, "inputType", "Kind of text", INPUT_TYPES)}${this.wish(draft, "echo", "Typing is", ECHOES)}
          </div>`
        : nothing}
    `;
  }

  private format(of: { key: number; format: Format }, mayBeNode: boolean): TemplateResult {
    const id = `format-${of.key}`;
    const formats: Format[] = mayBeNode ? [...FORMATS, "node"] : [...FORMATS];
    return html`<div class="field">
      <label for=${id}>Format</label>
      <select id=${id} @change=${(event: Event) => this.change(() => (of.format = (event.target as HTMLSelectElement).value as Format))}>
        ${formats.map((format) => html`<option value=${format} ?selected=${format === of.format}>${format}</option>`)}
      </select>
    </div>`;
  }

  private text(draft: Draft, name: TextKey, label: string, mono = true): TemplateResult {
    return this.entry(draft.key, name, label, draft[name], (value) => (draft[name] = value), mono);
  }

  private option(draft: Draft, name: keyof UiOptions, label: string): TemplateResult {
    return this.entry(draft.key, name, label, draft.options[name], (value) => (draft.options[name] = value));
  }

  private wish(draft: Draft, name: keyof UiOptions, label: string, words: Record<string, string>): TemplateResult {
    const id = `${name}-${draft.key}`;
    return html`<div class="field">
      <label for=${id}>${label}</label>
      <select id=${id} @change=${(event: Event) => this.change(() => (draft.options[name] = (event.target as HTMLSelectElement).value))}>
        ${Object.entries(words).map(([value, word]) => html`<option value=${value} ?selected=${value === draft.options[name]}>${word}</option>`)}
      </select>
    </div>`;
  }

  private entry(key: number, name: string, label: string, value: string, take: (value: string) => void, mono = true): TemplateResult {
    const id = `${name}-${key}`;
    return html`<div class="field">
      <label for=${id}>${label}</label>
      <input id=${id} class=${mono ? "mono" : ""} spellcheck="false" autocomplete="off" .value=${value} @input=${(event: Event) => this.change(() => take((event.target as HTMLInputElement).value))} />
    </div>`;
  }

  private area(draft: Draft, name: TextKey, label: string, mono = true): TemplateResult {
    const id = `${name}-${draft.key}`;
    const take = (event: Event): void => this.change(() => (draft[name] = (event.target as HTMLTextAreaElement).value));
    return html`<div class="field">
      <label for=${id}>${label}</label>
      <textarea id=${id} class="text ${mono ? "mono" : ""}" rows="2" spellcheck="false" .value=${draft[name]} @input=${take}></textarea>
    </div>`;
  }

  private change(work: () => unknown): void {
    work();
    this.problem = "";
    this.requestUpdate();
  }

  private retype(draft: Draft, type: CommandType): void {
    this.change(() => {
      draft.type = type;
      // What a Sequence may hold, an Atomic may not.
      const inner = innerTypes(type);
      draft.commands = draft.commands.filter((command) => inner.includes(command.type));
    });
  }

  private grow(list: Draft[], type: CommandType): void;
  private grow(list: DraftItem[], item: DraftItem): void;
  private grow(list: unknown[], what: CommandType | DraftItem): void {
    this.change(() => list.push(typeof what === "string" ? newDraft(what) : what));
  }

  private shrink<Part>(list: Part[], part: Part): void {
    this.change(() => list.splice(list.indexOf(part), 1));
  }

  private json(): string {
    try {
      return jsonOf(this.drafts.map(commandOf), { indent: 2, most: MAX_SHOWN });
    } catch (error) {
      return (error as Error).message;
    }
  }

  private onQueue(): void {
    this.problem = "";
    try {
      this.dispatchEvent(new CustomEvent<NewCommand[]>("queue", { detail: this.drafts.map(commandOf) }));
    } catch (error) {
      this.problem = (error as Error).message;
    }
  }
}

const DEFAULT_OF = { confirm: "Offered: 1 yes, 0 no", input: "Offered text", choose: "Offered: 1, or 1-3" } as const;
const INPUT_TYPES = { "": "any", A: "letters and digits", N: "a number", D: "a date", T: "a time", P: "a phone number", I: "an IP address" };
const ECHOES = { "": "as the device likes", T: "shown", P: "hidden" };
