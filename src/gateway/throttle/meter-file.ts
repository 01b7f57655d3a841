// The meters of the counter file as the control plane sees them: what was counted, read and written. It takes no part in
// decisions. main.ts hands it over, for the planes do not know each other.

import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { assert } from '../../base/assert.ts';
import {
  counterFile,
  type Meter,
  type MeterFile,
  type MeterReading,
  meterName,
} from '../../resources/index.ts';
import { type Addon, bindMeter, loadAddon, readBootId } from './native.ts';

/** Numbers that the addon gives for each meter: its slot, then eight times a day and a count. */
const numbersEach = 17;
/** The one index that this handle binds, for as long as it writes. */
const index = 0;

/**
 * Opens the counter file, or makes it.
 * @returns null where the native addon cannot be had: then nothing is metered
 * @throws Error when the file cannot be used
 */
export function openMeterFile(file: string): MeterFile | null {
  const loaded = loadAddon();
  if ('absent' in loaded) return null;
  mkdirSync(dirname(file), { recursive: true });
  return new NativeMeterFile(loaded.addon, file);
}

/** The one of a data folder. */
export const openMeters = (dataDir: string): MeterFile | null => openMeterFile(counterFile(dataDir));

class NativeMeterFile implements MeterFile {
  readonly #addon: Addon;
  readonly #table: number;
  /** By slot: a name stays as long as its meter, which nobody else vacates. */
  readonly #names = new Map<number, string>();

  constructor(addon: Addon, file: string) {
    this.#addon = addon;
    [this.#table] = addon.open(file, readBootId());
  }

  isRestored(): boolean {
    return this.#addon.isRestored(this.#table) === 1;
  }

  markRestored(): void {
    assert(this.#addon.markRestored(this.#table) === 0, 'a closed meter file is not used');
  }

  isCurrent(): boolean {
    return this.#addon.isCurrent(this.#table) === 1;
  }

  changed(): MeterReading[] {
    const numbers = this.#addon.changedMeters(this.#table);
    const readings: MeterReading[] = [];
    for (let at = 0; at < numbers.length; at += numbersEach) {
      const slot = numbers[at]!;
      const name = this.#names.get(slot) ?? this.#addon.meterName(this.#table, slot);
      const cells = [];
      for (let cell = at + 1; cell < at + numbersEach; cell += 2) {
        const [day, count] = [numbers[cell]!, numbers[cell + 1]!];
        if (day > 0) cells.push({ day, count });
      }
      if (name === '') continue;
      this.#names.set(slot, name);
      readings.push({ slot, name, cells });
    }
    return readings;
  }

  write(meter: Meter, day: number, count: number): void {
    bindMeter(this.#addon, this.#table, index, meterName(meter), null);
    try {
      const code = this.#addon.setMeter(this.#table, index, day, count, meter.kind === 'usage');
      assert(code === 0, 'a meter is written for a day that can be');
    } finally {
      this.#addon.unbindMeter(this.#table, index);
    }
  }

  vacate(slot: number): boolean {
    const isFree = this.#addon.vacateMeter(this.#table, slot) === 1;
    if (isFree) this.#names.delete(slot);
    return isFree;
  }

  close(): void {
    this.#addon.close(this.#table);
  }
}
