/** Time and randomness of the device: the browser's, or the same each time, as `omadm device --seed` has it. */
import type { Env } from "omadm";
import { sha256 } from "./sha256.js";

/** When the clock of a seeded device starts: 2026-01-01T00:00:00Z. It goes on by a second with every call of the engine. */
const EPOCH = 1_767_225_600_000;

export class Chance {
  private calls = 0;

  /** Without a seed it is the browser's. */
  constructor(
    private readonly seed: string,
    private readonly deviceId: string,
  ) {}

  isOf(seed: string, deviceId: string): boolean {
    return this.seed === seed && this.deviceId === deviceId;
  }

  /** For one call of the engine. */
  env(): Env | undefined {
    if (this.seed === "") return undefined;
    const number = this.calls;
    this.calls += 1;
    const entropy = sha256(new TextEncoder().encode(JSON.stringify([this.seed, this.deviceId, 0]) + String(number)));
    return { now: EPOCH + number * 1_000, entropy };
  }
}
