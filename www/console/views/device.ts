/** A simulated device in session with the server that serves this page. */
import { LitElement, css, html, nothing } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import type { ClientAlert, Dialect, DmTree, NewCommand, Outcome } from "omadm";
import { Desk } from "../model/desk.js";
import type { QueuedCommand } from "../model/desk.js";
import { viewOf } from "../model/device-tree.js";
import type { TreeNodeView } from "../model/device-tree.js";
import * as dm2 from "../model/dm2-example.js";
import { progressWords } from "../model/large-object.js";
import { sizeOf } from "../model/octets.js";
import { problemOf, sentenceOf } from "../model/problem.js";
import * as oneStep from "../model/section-11-1.js";
import * as twoSteps from "../model/section-11-2.js";
import { namesOf } from "../model/plugged.js";
import { DEFAULTS, triggerOf } from "../model/settings.js";
import type { Settings } from "../model/settings.js";
import { SimulatedDevice } from "../model/simulated-device.js";
import type { MessageEntry } from "../model/entries.js";
import { base, chips, controls, meter, panel } from "../theme.js";
import type { Edit } from "../parts/node-editor.js";
import "../parts/alert-form.js";
import "../parts/call-dialog.js";
import type { Composer } from "../parts/composer.js";
import "../parts/composer.js";
import "../parts/interaction-dialog.js";
import "../parts/message-view.js";
import "../parts/node-editor.js";
import "../parts/package-view.js";
import "../parts/queue-view.js";
import "../parts/settings-form.js";
import "../parts/timeline.js";
import "../parts/tree-view.js";

@customElement("omadm-device")
export class DeviceView extends LitElement {
  static override styles = [
    base,
    panel,
    controls,
    chips,
    meter,
    css`
      .controls { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: center; margin-block-end: 1rem; }
      .controls .state { margin-inline-start: auto; min-width: 14rem; text-align: end; }
      .trouble { padding: 0.625rem 0.875rem; margin-block-end: 1rem; background: var(--bad-wash); border: 1px solid var(--bad); border-radius: var(--radius); overflow-wrap: anywhere; }
      .grid { display: grid; gap: 1rem; grid-template-columns: minmax(0, 17.5rem) minmax(0, 1.25fr) minmax(0, 1fr); grid-template-areas: "settings timeline tree" "settings message message" "settings commands alert"; grid-template-rows: auto auto 1fr; align-items: start; }
      .settings { grid-area: settings; }
      .timeline { grid-area: timeline; }
      .tree { grid-area: tree; }
      .message { grid-area: message; }
      .commands { grid-area: commands; }
      .alert { grid-area: alert; }
      .abort { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: center; }
      .abort input { width: 13rem; }
      .under-way { display: grid; gap: 0.3125rem; padding: 0.5rem 0.875rem 0.625rem; border-block-end: 1px solid var(--line); overflow-wrap: anywhere; }
      .under-way.in { --way: var(--server); }
      .under-way .uri { font-family: var(--mono); }
      .timeline, .tree { align-self: stretch; }
      .timeline .body, .tree .body { min-height: 19rem; }
      @media (min-width: 50rem) { omadm-tree-view { max-height: 60rem; overflow: auto; } }
      .dropping { outline: 2px dashed var(--device); outline-offset: -6px; }
      .slow { display: inline-flex; gap: 0.375rem; align-items: center; font-size: 0.875rem; margin-inline-end: 0.5rem; }
      .file { position: relative; }
      .file label { font: inherit; }
      .file input { position: absolute; inset: 0; opacity: 0; cursor: pointer; width: 100%; font-size: 0; }
      .file:focus-within { outline: 2px solid var(--focus); outline-offset: 2px; }
      .file.off { color: var(--soft); border-color: var(--line); }
      @media (max-width: 72rem) { .grid { grid-template-columns: minmax(0, 17.5rem) minmax(0, 1fr); grid-template-areas: "settings timeline" "settings tree" "settings message" "settings commands" "settings alert"; grid-template-rows: repeat(4, auto) 1fr; } }
      @media (max-width: 50rem) { .grid { grid-template-columns: minmax(0, 1fr); grid-template-areas: "timeline" "tree" "message" "commands" "alert" "settings"; grid-template-rows: none; } .controls .state { margin-inline-start: 0; width: 100%; text-align: start; } }
    `,
  ];

  @state() private settings: Settings = { ...DEFAULTS };
  @state() private selected: number | undefined;
  @state() private notice = "";
  @state() private arranging = false;
  @state() private dropping = false;
  /** An example is only made ready, to be stepped through. */
  @state() private slow = false;
  /** The node that is chosen in the tree, and why the engine did not take what became of it. */
  @state() private uri: string | undefined;
  @state() private refusedEdit = "";
  @state() private refusedAnswer = "";
  @state() private refusedAlert = "";
  @state() private refusedCommands = "";
  /** Why a session is aborted. */
  @state() private reason = "stopped at the console";
  /** The Exec that goes on, and whose outcome an alert is to tell. */
  @state() private pending: { uri: string; correlator: string } | undefined;
  @query("omadm-composer") private composer!: Composer;
  /** What the tree was made of, where that was a file. */
  @state() private loaded = "";
  /** After an answer the session goes on by itself, unless it is being stepped through. */
  private stepping = false;
  private seen: { tree: DmTree; revision: number; nodes: TreeNodeView[] } | undefined;
  private readonly fetch: typeof globalThis.fetch = (input, init) => globalThis.fetch(input, init);
  private readonly desk = new Desk(this.fetch, () => this.requestUpdate());
  private readonly device = new SimulatedDevice(this.settings, `${location.origin}/dm`, this.fetch, () => this.onDevice(), this.desk);

  override render() {
    const { device } = this;
    const busy = device.busy || this.arranging;
    const open = device.phase !== "idle" && device.phase !== "over";
    const chosen = this.chosen();
    const nodes = this.nodes();
    const node = find(nodes, this.uri);
    return html`
      <h2 class="hush">Simulate a device</h2>
      <div class="controls" role="group" aria-label="Session">
        ${Object.entries(EXAMPLES).map(
          ([section, example]) => html`<button type="button" class="strong" ?disabled=${busy || device.phase === "interaction" || this.settings.version === "2.0"} @click=${() => this.play(example)}>
            Play section ${section}
          </button>`,
        )}
        ${DM2.map(
          (dialect) => html`<button type="button" class="strong" ?disabled=${busy || device.phase === "interaction"} @click=${() => this.playDm2(dialect)}>
            Play DM 2.0, ${dialect}
          </button>`,
        )}
        <label class="slow"><input type="checkbox" .checked=${this.slow} @change=${(event: Event) => (this.slow = (event.target as HTMLInputElement).checked)} />Step by step</label>
        <button type="button" ?disabled=${busy || open} @click=${this.start}>Start session</button>
        <button type="button" ?disabled=${busy || open} @click=${this.wake}>Wake by notification</button>
        <button type="button" ?disabled=${busy || !open || device.phase === "interaction"} @click=${this.step}>Step</button>
        <button type="button" ?disabled=${busy || !open || device.phase === "interaction"} @click=${this.run}>Run on</button>
        <button type="button" ?disabled=${busy} @click=${this.reset}>Reset device</button>
        <button type="button" ?disabled=${busy} @click=${this.register}>Register at the server</button>
        <span class="abort" role="group" aria-label="End of the session">
          <label for="reason">Reason to abort</label
          ><input id="reason" maxlength="256" .value=${this.reason} @change=${(event: Event) => (this.reason = (event.target as HTMLInputElement).value)} />
          <button type="button" ?disabled=${busy || !open} @click=${this.abort}>Abort</button>
          <button type="button" ?disabled=${busy || !open} @click=${this.abortAtServer}>Abort at the server</button>
        </span>
        <span class="state small" role="status">${this.stateWords()}</span>
      </div>
      ${this.notice === "" ? nothing : html`<p class="trouble small" role="alert">${this.notice}</p>`}
      <div class="grid">
        <section class="panel timeline" aria-label="Timeline">
          <header><h2>Session</h2><span class="small soft">${this.countWords()}</span></header>
          ${this.underWay()}
          <div class="body">
            <omadm-timeline
              .entries=${device.entries}
              .selected=${chosen?.id}
              @choose=${(event: CustomEvent<number>) => (this.selected = event.detail)}
            ></omadm-timeline>
          </div>
        </section>
        <section class="panel tree ${this.dropping ? "dropping" : ""}" aria-label="Tree"
          @dragover=${this.onDrag} @dragleave=${() => (this.dropping = false)} @drop=${this.onDrop}>
          <header>
            <h2>Management tree</h2>
            <span class="small soft">${device.changes.size === 0 ? "unchanged" : `${device.changes.size} changed`}</span>
            <span class="file button ${busy || open ? "off" : ""}"
              ><label for="tree-file">Open DDF or TNDS</label
              ><input id="tree-file" type="file" multiple ?disabled=${busy || open} @change=${this.onFile}
            /></span>
          </header>
          <div class="body">
            <p class="small soft" role="status">${this.loaded}</p>
            <omadm-tree-view
              .nodes=${nodes}
              .changes=${new Map(device.changes)}
              .earlier=${device.before}
              .selected=${node?.uri}
              @choose=${(event: CustomEvent<string>) => this.chooseNode(event.detail)}
            ></omadm-tree-view>
            <omadm-node .node=${node} .problem=${this.refusedEdit} ?disabled=${busy || open} @edit=${this.onEdit}></omadm-node>
          </div>
        </section>
        <section class="panel message" aria-label="Message">
          <header>
            <h2>${chosen?.document?.type === "dm2" ? "Package" : "Message"}</h2>
            ${chosen === undefined
              ? nothing
              : html`<span class="small soft">${chosen.direction === "out" ? "device to server" : "server to device"}</span>`}
          </header>
          <div class="body">
            ${chosen === undefined
              ? html`<p class="small soft">Choose a message in the session to read it.</p>`
              : chosen.document?.type === "dm2"
                ? html`<omadm-package .document=${chosen.document} .bytes=${chosen.bytes} .headers=${chosen.headers ?? []}></omadm-package>`
                : html`<omadm-message .document=${chosen.document} .bytes=${chosen.bytes} .hmac=${chosen.hmac}></omadm-message>`}
          </div>
        </section>
        <section class="panel commands" aria-label="Commands">
          <header><h2>Commands of the server</h2></header>
          <div class="body">
            <omadm-composer .refused=${this.refusedCommands} ?disabled=${this.arranging} @queue=${this.onQueue}></omadm-composer>
            <omadm-queue .commands=${this.desk.commands} @withdraw=${this.onWithdraw} @tidy=${() => this.desk.tidy()}></omadm-queue>
          </div>
        </section>
        <section class="panel alert" aria-label="Alert of the device">
          <header><h2>Alert of the device</h2></header>
          <div class="body">
            <omadm-alert
              .waiting=${device.waiting}
              .pending=${this.pending}
              .refused=${this.refusedAlert}
              ?open=${open}
              ?disabled=${busy}
              @raise=${this.onRaise}
              @take-back=${(event: CustomEvent<ClientAlert>) => device.takeBack(event.detail)}
            ></omadm-alert>
          </div>
        </section>
        <section class="panel settings" aria-label="Settings">
          <header><h2>Settings</h2></header>
          <div class="body">
            <omadm-settings .settings=${this.settings} ?disabled=${busy || open} @change-settings=${this.onSettings}></omadm-settings>
          </div>
        </section>
      </div>
      <omadm-call
        .call=${device.call}
        .known=${device.call === undefined || device.call.type === "show" ? undefined : device.tree.get(device.call.uri)}
        .refused=${this.refusedAnswer}
        @settle=${this.onSettle}
        @abort-session=${this.abort}
      ></omadm-call>
      <omadm-interaction .command=${device.question?.command} .refused=${this.refusedAnswer} @settle=${this.onSettle} @abort-session=${this.abort}></omadm-interaction>
    `;
  }

  /** The tree as it is now, read again only where it has changed. */
  private nodes(): TreeNodeView[] {
    const { tree } = this.device;
    if (this.seen?.tree !== tree || this.seen.revision !== tree.revision) this.seen = { tree, revision: tree.revision, nodes: viewOf(tree) };
    return this.seen.nodes;
  }

  private stateWords() {
    if (this.arranging) return html`<span class="chip">arranging</span>`;
    switch (this.device.phase) {
      case "idle":
        return html`<span class="chip">no session</span>`;
      case "send":
        return html`<span class="chip good">next: the device sends</span>`;
      case "receive":
        return html`<span class="chip notice">next: the device reads the reply</span>`;
      case "fetch":
        return html`<span class="chip notice">next: the device fetches or sends data</span>`;
      case "interaction":
        return html`<span class="chip notice">waits for the ${this.device.call === undefined ? "user" : "host"}</span>`;
      case "over":
        return html`<span class="chip">session over</span>`;
    }
  }

  /** The value that is passing in chunks. */
  private underWay() {
    const { going } = this.device;
    if (going === undefined) return nothing;
    const { direction, uri, octets, total } = going;
    return html`<div class="under-way small ${direction}">
      <span>${direction === "in" ? "To the device" : "From the device"}: <span class="uri">${uri}</span>, ${progressWords(going)}</span>
      <progress max=${total} .value=${octets} aria-label="The value that is under way"></progress>
    </div>`;
  }

  private countWords(): string {
    const messages = this.messages();
    const octets = messages.reduce((sum, { bytes }) => sum + bytes.length, 0);
    return messages.length === 0 ? "" : `${messages.length} ${messages.length === 1 ? "message" : "messages"}, ${octets.toLocaleString("en")} octets`;
  }

  private messages(): MessageEntry[] {
    return this.device.entries.filter((entry) => entry.kind === "message");
  }

  /** The message that was picked, or else the latest. */
  private chosen(): MessageEntry | undefined {
    const messages = this.messages();
    return messages.find(({ id }) => id === this.selected) ?? messages.at(-1);
  }

  private onDevice(): void {
    this.requestUpdate();
  }

  private onSettings(event: CustomEvent<Partial<Settings>>): void {
    const before = namesOf(this.settings.plugged).join();
    this.settings = { ...this.settings, ...event.detail };
    if (namesOf(this.settings.plugged).join() !== before) this.plug();
  }

  /** What has other objects is another device. */
  private plug(): void {
    this.notice = "";
    this.selected = undefined;
    this.pending = undefined;
    try {
      this.loaded = this.device.plug(this.settings);
    } catch (error) {
      this.notice = sentenceOf(problemOf(error));
    }
  }

  private start(): void {
    this.stepping = true;
    this.notice = "";
    this.selected = undefined;
    this.device.start(this.settings, triggerOf(this.settings));
  }

  /** The server makes a notification, which the page brings to the device in place of a bearer. */
  private async wake(): Promise<void> {
    this.stepping = this.slow;
    this.selected = undefined;
    await this.arrange(async () => {
      const octets = await this.desk.notify(this.settings);
      const ignored = this.device.wake(this.settings, octets, this.settings.resync);
      if (ignored !== undefined) throw new Error(ignored);
      if (!this.slow) await this.device.run();
    });
  }

  private async step(): Promise<void> {
    this.stepping = true;
    this.selected = undefined;
    await this.device.step();
  }

  private async run(): Promise<void> {
    this.stepping = false;
    this.selected = undefined;
    await this.device.run();
  }

  /** The farewell goes out at once. */
  private async abort(): Promise<void> {
    this.selected = undefined;
    this.refusedAnswer = "";
    this.device.abort(this.reason);
    await this.device.run();
  }

  /** The server's next reply ends the session. */
  private async abortAtServer(): Promise<void> {
    await this.arrange(async () => {
      await this.desk.abort(this.settings.deviceId, this.reason);
      this.device.toldToAbort(this.reason);
    });
  }

  private reset(): void {
    this.notice = "";
    this.loaded = "";
    this.selected = undefined;
    this.pending = undefined;
    this.device.reset(this.settings);
  }

  private async play(example: Example): Promise<void> {
    this.stepping = this.slow;
    this.loaded = "";
    this.selected = undefined;
    await this.arrange(async () => {
      await example.prepare(this.device, this.settings, this.desk);
      if (!this.slow) await this.device.run();
    });
  }

  /** The settings become those of the dialect. */
  private async playDm2(dialect: Dialect): Promise<void> {
    this.settings = { ...this.settings, version: "2.0", dialect };
    await this.play(dm2);
  }

  private async register(): Promise<void> {
    await this.arrange(async () => {
      await this.desk.register(this.settings);
      this.device.forgetNonces();
    });
  }

  /** Runs what talks to the server, and shows why it failed. */
  private async arrange(work: () => Promise<void>): Promise<void> {
    this.notice = "";
    this.arranging = true;
    try {
      await work();
    } catch (error) {
      this.notice = sentenceOf(problemOf(error));
    } finally {
      this.arranging = false;
    }
  }

  private async onQueue({ detail }: CustomEvent<NewCommand[]>): Promise<void> {
    this.refusedCommands = "";
    try {
      await this.desk.queue(this.settings.deviceId, detail);
      this.composer.clear();
    } catch (error) {
      this.refusedCommands = sentenceOf(problemOf(error));
    }
  }

  private async onWithdraw({ detail }: CustomEvent<QueuedCommand>): Promise<void> {
    await this.arrange(() => this.desk.withdraw(detail));
  }

  private onRaise({ detail }: CustomEvent<ClientAlert>): void {
    try {
      this.device.raise(detail, this.settings);
      this.refusedAlert = "";
      if (detail.correlator === this.pending?.correlator) this.pending = undefined;
    } catch (error) {
      this.refusedAlert = sentenceOf(problemOf(error));
    }
  }

  private onSettle(event: CustomEvent<Outcome>): void {
    const { call } = this.device;
    const goesOn = call?.type === "exec" && "status" in event.detail && event.detail.status === 202;
    if (goesOn && call.correlator !== undefined) this.pending = { uri: call.uri, correlator: call.correlator };
    this.refusedAnswer = this.device.answer(event.detail) ?? "";
    if (this.refusedAnswer === "" && !this.stepping) void this.device.run();
  }

  private chooseNode(uri: string): void {
    if (this.uri !== uri) this.refusedEdit = "";
    this.uri = uri;
  }

  private onEdit({ detail: { uri, data, options } }: CustomEvent<Edit>): void {
    try {
      this.device.tree.set(uri, data, options);
      this.refusedEdit = "";
      void this.device.publish();
    } catch (error) {
      this.refusedEdit = sentenceOf(problemOf(error));
    }
    this.requestUpdate();
  }

  private onDrag(event: DragEvent): void {
    event.preventDefault();
    this.dropping = true;
  }

  private onDrop(event: DragEvent): void {
    event.preventDefault();
    this.dropping = false;
    void this.open([...(event.dataTransfer?.files ?? [])]);
  }

  private onFile(event: Event): void {
    const input = event.target as HTMLInputElement;
    const files = [...(input.files ?? [])];
    input.value = "";
    void this.open(files);
  }

  private async open(files: File[]): Promise<void> {
    const busy = ["send", "receive", "fetch", "interaction"].includes(this.device.phase) || this.arranging;
    if (files.length === 0 || busy) return;
    await this.arrange(async () => {
      const large = files.find(({ size }) => size > MAX_FILE);
      if (large !== undefined) throw new Error(`${large.name} has ${sizeOf(large.size)}, more than any description`);
      const read = files.map(async (file) => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) }));
      this.loaded = this.device.load(this.settings, await Promise.all(read));
      this.selected = undefined;
      this.uri = undefined;
    });
  }
}

/** The examples of chapter 11. */
const EXAMPLES = { "11.1": oneStep, "11.2": twoSteps };
type Example = Pick<typeof oneStep, "prepare">;
/** Those in which DM 2.0 is played. */
const DM2: Dialect[] = ["draft", "approved"];

/** Octets of a file that is opened. */
const MAX_FILE = 16_777_216;

function find(nodes: TreeNodeView[], uri: string | undefined): TreeNodeView | undefined {
  if (uri === undefined) return undefined;
  const open = [...nodes];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.uri === uri) return next;
    if (uri.startsWith(`${next.uri}/`)) open.push(...next.children);
  }
  return undefined;
}
