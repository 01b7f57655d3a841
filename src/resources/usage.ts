// What usage plans count, and what it is called in the counter file that data planes write and the control plane reads.

import type { QuotaSettings } from './account.ts';

const dayMs = 86_400_000;

/** Days since 1970, UTC. */
export const dayOf = (timeMs: number): number => Math.floor(timeMs / dayMs);
/** `YYYY-MM-DD` */
export const dateOf = (day: number): string => new Date(day * dayMs).toISOString().slice(0, 10);
/** @param date - `YYYY-MM-DD` */
export const dayOfDate = (date: string): number => dayOf(Date.parse(`${date}T00:00:00Z`));

export type QuotaPeriod = Pick<QuotaSettings, 'period' | 'offset'>;

/**
 * The day on which the quota's period began that a day is in. Weeks begin on Sunday and months on their first day,
 * `offset` days later.
 *
 * @param day - days since 1970
 */
export function periodStart(day: number, { period = 'DAY', offset = 0 }: QuotaPeriod): number {
  if (period === 'DAY') return day;
  const date = new Date(day * dayMs);
  if (period === 'WEEK') return day - ((date.getUTCDay() - offset + 7) % 7);
  const monthsBack = date.getUTCDate() - 1 < offset ? 1 : 0;
  return dayOf(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - monthsBack, 1 + offset));
}

/** The day after the last of the period that begins on `start`. */
export function periodEnd(start: number, { period = 'DAY' }: QuotaPeriod): number {
  if (period === 'DAY') return start + 1;
  if (period === 'WEEK') return start + 7;
  const date = new Date(start * dayMs);
  return dayOf(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()));
}

/** What a meter counts. Its name in the file is made of these, and read back. */
export type Meter =
  | {
      readonly kind: 'quota';
      readonly planId: string;
      readonly keyId: string;
      /** Of the plan's quota: `MONTH/0`. Another one is another meter. */
      readonly period: string;
    }
  | {
      readonly kind: 'usage';
      readonly planId: string;
      readonly keyId: string;
      /** `{apiId}/{stage}` */
      readonly stage: string;
    };

export const periodName = ({ period = 'DAY', offset = 0 }: QuotaPeriod): string => `${period}/${offset}`;

export const meterName = (meter: Meter): string =>
  `${meter.kind}/${meter.planId}/${meter.keyId}/${meter.kind === 'quota' ? meter.period : meter.stage}`;

/** null for what no release of ours has written. */
export function readMeterName(name: string): Meter | null {
  const [kind, planId, keyId, first, second, ...rest] = name.split('/');
  if (!planId || !keyId || !first || !second || rest.length > 0) return null;
  if (kind === 'quota') return { kind, planId, keyId, period: `${first}/${second}` };
  return kind === 'usage' ? { kind, planId, keyId, stage: `${first}/${second}` } : null;
}

/** What one meter of the file holds. */
export interface MeterReading {
  /** Where it lies; the same as long as the meter is there. */
  readonly slot: number;
  readonly name: string;
  /**
   * A quota's first: the day on which the period began, and what was spent of it. A usage meter's: days and their
   * requests, in any order. Only what was ever written.
   */
  readonly cells: readonly { readonly day: number; readonly count: number }[];
}

/** The file that all data planes count in. */
export const counterFile = (dataDir: string): string => `${dataDir}/run/throttle.counters`;

/** The meters of the counter file, for the control plane. */
export interface MeterFile {
  /** What the store knew has been written since the file was made; until then no data plane admits what a plan counts. */
  isRestored(): boolean;
  markRestored(): void;
  /** Whether the file still has its name; another means that this one was deleted and made anew. */
  isCurrent(): boolean;
  /** Meters that are others than at the last call; at first, all. */
  changed(): MeterReading[];
  /**
   * Writes what was counted.
   * @param day - of a quota, on which the period began
   * @throws Error when there is no room
   */
  write(meter: Meter, day: number, count: number): void;
  /** Frees a meter, unless somebody counts in it. @returns whether it is free */
  vacate(slot: number): boolean;
  close(): void;
}
