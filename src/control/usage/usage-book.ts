// Brings what data planes have counted into the store, and into a counter file that was made anew what the store knows. It
// speaks to the file alone: data planes need not run.
// See docs/decisions/usage-counters.md.

import {
  dateOf,
  dayOf,
  dayOfDate,
  type MeterFile,
  type MeterReading,
  type PublishedUsagePlan,
  periodName,
  periodStart,
  readMeterName,
  type UsagePlan,
} from '../../resources/index.ts';
import type { Store, View } from '../../store/index.ts';
import { forgetUsage, type KeyUse, keyUses, usageDaysKept, usagesOn, writeKeyUse } from './key-use.ts';

/** What the handlers of operations ask. */
export interface Usage {
  /** Resolves when the store has all that was counted before the call. */
  flush(): Promise<void>;
  /** From now on so many requests are left of a key's quota in its present period. */
  setRemaining(plan: UsagePlan, keyId: string, remaining: number): Promise<void>;
}

export interface UsageBookOptions {
  readonly store: Store;
  /** null: the counters are not shared, and nothing is metered. @throws Error when the file cannot be used */
  readonly openMeters: () => MeterFile | null;
  readonly nowMs: () => number;
}

const flushEveryMs = 1_000;
/** Meters of keys that are no more are looked for so often. */
const sweepEvery = 60;
/** In one transaction; others come between. */
const keysEach = 200;
/** What a usage meter of the file remembers. */
const daysInFile = 8;
const periodDaysMax = 31;

export class UsageBook implements Usage {
  readonly #options: UsageBookOptions;
  #file: MeterFile | null = null;
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> = Promise.resolve();
  #next: Promise<void> | null = null;
  /** What was read and is not in the store yet, by slot. */
  readonly #pending = new Map<number, MeterReading>();
  /** Slot -> name of every meter that was seen. */
  readonly #known = new Map<number, string>();
  #flushes = 0;
  #prunedOn = 0;

  constructor(options: UsageBookOptions) {
    this.#options = options;
  }

  /** Opens the counter file, tells it what the store knows where it is new, and flushes each second from now on. */
  async start(log: (line: string) => void): Promise<void> {
    let toldOf = '';
    const guarded = async (): Promise<void> => {
      try {
        this.#file ??= this.#open();
        await this.flush();
        toldOf = '';
      } catch (error) {
        const { message } = error as Error;
        if (message !== toldOf) log(`cannot flush what usage plans counted, trying on: ${message}`);
        toldOf = message;
      }
    };
    await guarded();
    this.#timer = setInterval(() => void guarded(), flushEveryMs);
    this.#timer.unref();
  }

  flush(): Promise<void> {
    // What is under way may have read the file before the call.
    this.#next ??= this.#running
      .catch(() => {})
      .then(() => {
        this.#next = null;
        this.#running = this.#flush();
        return this.#running;
      });
    return this.#next;
  }

  async setRemaining(plan: UsagePlan, keyId: string, remaining: number): Promise<void> {
    const { quota } = plan;
    if (quota?.limit === undefined) return;
    const today = dayOf(this.#options.nowMs());
    const start = periodStart(today, quota);
    const period = periodName(quota);
    const spent = quota.limit - remaining;
    const meter = { kind: 'quota', planId: plan.id, keyId, period } as const;
    this.#file?.write(meter, start, spent);
    const use: KeyUse = { planId: plan.id, keyId, stages: new Map(), quotas: [{ period, start, spent }] };
    await this.#options.store.write((transaction) => writeKeyUse(transaction, use, today));
    // What came between the two is told by the file.
    await this.flush();
  }

  /** Flushes once more; what cannot be stored stays in the file for the next start. */
  async close(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    await this.flush().catch(() => {});
    this.#file?.close();
    this.#file = null;
  }

  #open(): MeterFile | null {
    const file = this.#options.openMeters();
    if (file === null) return null;
    try {
      if (!file.isRestored()) {
        restore(file, this.#options.store.view, dayOf(this.#options.nowMs()));
        file.markRestored();
      }
    } catch (error) {
      file.close();
      throw error;
    }
    this.#known.clear();
    return file;
  }

  async #flush(): Promise<void> {
    const today = dayOf(this.#options.nowMs());
    if (this.#prunedOn !== today) await this.#prune(today);
    this.#prunedOn = today;
    if (this.#file === null) return;
    await this.#collect(this.#file, today);
    if (!this.#file.isCurrent()) {
      // It was deleted, and a data plane has made another. Those that count in this one are not heard any more.
      this.#file.close();
      this.#file = null;
      this.#file = this.#open();
      if (this.#file !== null) await this.#collect(this.#file, today);
    }
    if (this.#flushes++ % sweepEvery === 0) this.#sweep();
  }

  async #collect(file: MeterFile, today: number): Promise<void> {
    for (const reading of file.changed()) {
      this.#pending.set(reading.slot, reading);
      this.#known.set(reading.slot, reading.name);
    }
    const uses = keyUses(this.#pending.values());
    for (let at = 0; at < uses.length; at += keysEach) {
      const group = uses.slice(at, at + keysEach);
      await this.#options.store.write((transaction) => {
        for (const use of group) writeKeyUse(transaction, use, today);
      });
    }
    this.#pending.clear();
  }

  /** Frees the meters of keys and plans that are gone, as soon as no data plane counts in them. */
  #sweep(): void {
    const { view } = this.#options.store;
    for (const [slot, name] of this.#known) {
      const meter = readMeterName(name);
      const isThere =
        meter !== null &&
        view.get('usagePlan', '', meter.planId) !== undefined &&
        view.get('apiKey', '', meter.keyId) !== undefined;
      if (!isThere && this.#file?.vacate(slot) === true) this.#known.delete(slot);
    }
  }

  async #prune(today: number): Promise<void> {
    const { store } = this.#options;
    const last = today - usageDaysKept;
    for (const { id } of store.view.list('usagePlan', ''))
      await store.write((transaction) => void forgetUsage(transaction, id, last));
  }
}

/** Writes what the store knows of days that the file remembers, and of quotas in their present period. */
function restore(file: MeterFile, view: View, today: number): void {
  for (const plan of view.list('usagePlan', '')) {
    const quotas = new Map<string, number>();
    // From the first day on, so that the last one's word about the quota stands.
    for (let day = today - periodDaysMax; day <= today + 1; day++)
      for (const { keyId, stages = {}, quota } of usagesOn(view, plan.id, dateOf(day))) {
        if (view.get('apiKey', '', keyId) === undefined) continue;
        if (quota !== undefined && isPresent(quota, plan, today)) quotas.set(keyId, quota.spent);
        if (day <= today - daysInFile) continue;
        for (const [stage, count] of Object.entries(stages))
          file.write({ kind: 'usage', planId: plan.id, keyId, stage }, day, count);
      }
    for (const [keyId, spent] of quotas) {
      const period = periodName(plan.quota!);
      file.write({ kind: 'quota', planId: plan.id, keyId, period }, periodStart(today, plan.quota!), spent);
    }
  }
}

const isPresent = (
  { period, start }: { readonly period: string; readonly start: string },
  { quota }: Pick<PublishedUsagePlan, 'quota'>,
  today: number,
): boolean =>
  quota !== undefined && period === periodName(quota) && dayOfDate(start) === periodStart(today, quota);
