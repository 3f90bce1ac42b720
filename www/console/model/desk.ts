/** What the page knows of the server: the commands that it has queued there, and what the server writes down. */
import type { NewCommand } from "omadm";
import { Admin } from "./admin.js";
import type { LoggedEvent, Standing } from "./admin.js";
import { formOf } from "./settings.js";
import type { Settings } from "./settings.js";

export interface QueuedCommand extends Standing {
  deviceId: string;
  command: NewCommand;
}

/** Commands that are kept in view. */
const MOST = 100;

export class Desk {
  commands: QueuedCommand[] = [];
  private admin: Admin | undefined;
  /** Devices that the server is known to know: it is asked about no others. */
  private readonly known = new Set<string>();
  private seen: { deviceId: string; seq: number } | undefined;

  constructor(
    private readonly fetch: typeof globalThis.fetch,
    private readonly changed: () => void,
  ) {}

  async register(settings: Settings): Promise<void> {
    this.admin = await Admin.connect(this.fetch);
    await this.admin.register(settings);
    this.known.add(settings.deviceId);
  }

  async queue(deviceId: string, commands: NewCommand[]): Promise<void> {
    const ids = await (await this.connected()).queue(deviceId, commands);
    this.known.add(deviceId);
    const rows = ids.flatMap((id, at): QueuedCommand[] => {
      const command = commands[at];
      return command === undefined ? [] : [{ id, deviceId, command, state: "queued", outcome: [] }];
    });
    this.commands = [...this.commands, ...rows].slice(-MOST);
    this.changed();
  }

  /** Takes back a command that has not been sent. */
  async withdraw({ deviceId, id }: QueuedCommand): Promise<void> {
    await (await this.connected()).withdraw(deviceId, id);
    this.commands = this.commands.filter((row) => row.deviceId !== deviceId || row.id !== id);
    this.changed();
  }

  /** The octets of a notification for the device. */
  async notify(settings: Settings): Promise<Uint8Array> {
    const { deviceId, uiMode, resync } = settings;
    const form = formOf(settings);
    const mode = { uiMode: Number(uiMode) };
    const wanted = { "1.2": { form, ...mode, resync }, "2.0-draft": { form, ...mode, requested: true }, "2.0": { form, requested: true } }[form];
    const octets = await (await this.connected()).notify(deviceId, wanted);
    this.known.add(deviceId);
    return octets;
  }

  async abort(deviceId: string, reason: string): Promise<void> {
    await (await this.connected()).abort(deviceId, reason);
  }

  /** Commands that have ended go out of view. */
  tidy(): void {
    this.commands = this.commands.filter(isOpen);
    this.changed();
  }

  /** What the server writes down from here on is news. */
  async begin(deviceId: string): Promise<void> {
    this.seen = undefined;
    if (this.admin === undefined || !this.known.has(deviceId)) return;
    const log = await this.admin.log(deviceId);
    this.seen = { deviceId, seq: log.at(-1)?.seq ?? 0 };
  }

  /** What the server has written down since, and how the commands stand now. */
  async news(): Promise<LoggedEvent[]> {
    const { admin, seen } = this;
    if (admin === undefined || seen === undefined) return [];
    const log = (await admin.log(seen.deviceId)).filter(({ seq }) => seq > seen.seq);
    seen.seq = log.at(-1)?.seq ?? seen.seq;
    const isHeard = log.some(({ event }) => ["status", "results", "unknown"].includes(event.type));
    for (const row of this.commands) {
      const isAsked = row.deviceId === seen.deviceId && (isOpen(row) || (isHeard && row.state === "answered"));
      if (isAsked) Object.assign(row, { progress: undefined }, await admin.standing(row.deviceId, row.id), { command: row.command });
    }
    this.commands = [...this.commands];
    this.changed();
    return log.map(({ event }) => event);
  }

  private async connected(): Promise<Admin> {
    this.admin ??= await Admin.connect(this.fetch);
    return this.admin;
  }
}

export function isOpen({ state }: Standing): boolean {
  return state === "queued" || state === "sent";
}
