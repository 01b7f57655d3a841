// `sluice usage` and `sluice usage export`: what usage plans have counted, for people and for bills.

import { renameSync, writeFileSync } from 'node:fs';
import type { ProcessConfig } from '../config/index.ts';
import type { UsageRow, UsageStanding } from '../control/local/usage-acts.ts';
import { dateOf, dayOfDate } from '../resources/index.ts';
import { CommandError } from './command-error.ts';
import { manage } from './manage/manage.ts';
import { show } from './manage/table.ts';
import { count, note } from './terminal.ts';

/** Where each key of each plan stands. @returns the exit code */
export function showUsage(
  config: ProcessConfig,
  { plan, json = false }: { plan?: string; json?: boolean },
): Promise<number> {
  return manage(config, 'reading usage', async (control) => {
    const all = await control.act('listUsage', undefined);
    const wanted = plan === undefined ? all : all.filter((one) => [one.planId, one.planName].includes(plan));
    if (json) show(wanted as never, { json, none: '' });
    else show(wanted.map(rowOf), { json: false, none: 'No key is in a usage plan.' });
  });
}

const rowOf = ({ planName, keyName, keyId, usedToday, quota }: UsageStanding) => ({
  PLAN: planName,
  KEY: keyName === '' ? keyId : keyName,
  TODAY: usedToday,
  USED: quota?.used ?? '',
  LIMIT: quota?.limit ?? 'none',
  LEFT: quota?.remaining ?? '',
  PERIOD: quota === null ? '' : `${quota.period} until ${quota.end}`,
});

export interface Days {
  readonly first: string;
  readonly last: string;
}

/** null: neither a month nor a day was named, or both, or one that is none. */
export function daysOf({ month, from, to }: { month?: string; from?: string; to?: string }): Days | null {
  if (month === undefined) {
    const days = { first: from ?? '', last: to ?? from ?? '' };
    return isDate(days.first) && isDate(days.last) ? days : null;
  }
  const first = `${month}-01`;
  if (!isDate(first) || from !== undefined || to !== undefined) return null;
  const next = dateOf(dayOfDate(first) + 31).slice(0, 7);
  return { first, last: dateOf(dayOfDate(`${next}-01`) - 1) };
}

/** A day that was spelled otherwise would end the days between it and another before they begin. */
const isDate = (text: string): boolean =>
  /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(dayOfDate(text)) && dateOf(dayOfDate(text)) === text;

/**
 * Writes all rows of some days: the same bytes whenever it is asked for, once the days are over. A row's `id` names what it
 * is about, so that a bill that takes the same row twice can tell.
 */
export function exportUsage(
  config: ProcessConfig,
  { first, last }: Days,
  { format = 'csv', partial = false, out }: { format?: 'csv' | 'jsonl'; partial?: boolean; out?: string },
): Promise<number> {
  return manage(config, 'reading usage', async (control) => {
    const rowsOf = (date: string) => control.act('listUsageOfDay', { date, isPartial: partial });
    // The last day first: when it is not over, nothing is written.
    const ending = await rowsOf(last);
    if (!(first <= last)) throw new CommandError(`the first day, ${first}, comes after the last, ${last}`);
    const rows: UsageRow[] = [];
    for (let day = dayOfDate(first); day < dayOfDate(last); day++) rows.push(...(await rowsOf(dateOf(day))));
    rows.push(...ending);
    const text =
      format === 'csv' ? csvOf(rows) : rows.map((row) => `${JSON.stringify(recordOf(row))}\n`).join('');
    if (out === undefined) {
      process.stdout.write(text);
      return;
    }
    try {
      // Whole or not at all: something may be waiting for the file.
      writeFileSync(`${out}.new`, text);
      renameSync(`${out}.new`, out);
    } catch (error) {
      throw new CommandError(`cannot write "${out}": ${(error as Error).message}`);
    }
    note(`${count(rows.length, 'row')} written to ${out}`);
  });
}

const recordOf = (row: UsageRow) => ({
  id: [row.date, row.planId, row.keyId, row.apiId, row.stage].join('/'),
  date: row.date,
  plan_id: row.planId,
  plan_name: row.planName,
  key_id: row.keyId,
  key_name: row.keyName,
  customer_id: row.customerId,
  api_id: row.apiId,
  stage: row.stage,
  requests: row.requests,
});

const columns = [
  'id',
  'date',
  'plan_id',
  'plan_name',
  'key_id',
  'key_name',
  'customer_id',
  'api_id',
  'stage',
  'requests',
] as const;

/** @see RFC 4180 */
function csvOf(rows: readonly UsageRow[]): string {
  const lines = rows.map((row) => {
    const record = recordOf(row);
    return columns.map((column) => quoted(String(record[column]))).join(',');
  });
  return [columns.join(','), ...lines].map((line) => `${line}\r\n`).join('');
}

/** Quoted where it must be; what a spreadsheet would take for a formula is made text. */
function quoted(text: string): string {
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
