// `sluice audit`: who called the management API, from where, and how it ended.

import { logsFolder, type ProcessConfig } from '../config/index.ts';
import { type AuditedCall, type AuditFilter, readAudit } from '../observability/read-audit.ts';
import { CommandError } from './command-error.ts';
import { type Row, tableLines } from './manage/table.ts';
import { note, say } from './terminal.ts';

export interface AuditRequest {
  /** A time, ISO 8601, or how long ago: `90s`, `30m`, `12h`, `7d`. */
  readonly since?: string;
  readonly until?: string;
  /** User name, ARN or access key id; `unknown` for refused signatures. */
  readonly user?: string;
  /** `*` stands for any characters. */
  readonly event?: string;
  readonly errors?: boolean;
  readonly limit?: number;
  /** One record a line, whole. */
  readonly json?: boolean;
}

/** What a person reads; scripts get everything. */
const limitDefault = 50;

/**
 * Prints the records, newest last.
 * @returns the exit code
 * @throws (rejects) CommandError when a time is none
 */
export async function audit(
  config: ProcessConfig,
  request: AuditRequest,
  nowMs = Date.now(),
): Promise<number> {
  const limit = request.limit ?? (request.json === true ? undefined : limitDefault);
  const filter: AuditFilter = {
    ...(request.since === undefined ? {} : { sinceMs: momentOf(request.since, nowMs) }),
    ...(request.until === undefined ? {} : { untilMs: momentOf(request.until, nowMs) }),
    ...(request.user === undefined ? {} : { user: request.user }),
    ...(request.event === undefined ? {} : { event: request.event }),
    ...(limit === undefined ? {} : { limit }),
    onlyErrors: request.errors === true,
  };
  const { records, linesUnreadable } = await readAudit(logsFolder(config), filter);
  if (request.json === true) for (const record of records) say(JSON.stringify(record));
  else if (records.length === 0) say('No call is recorded that matches.');
  else for (const line of tableLines(records.map(rowOf))) say(line);
  if (request.limit === undefined && records.length === limitDefault && request.json !== true)
    note(`The last ${limitDefault} are shown; --limit shows more, --since earlier ones.`);
  if (linesUnreadable > 0)
    note(`${linesUnreadable} lines of the audit log are no records: cut off by a crash or a full disk.`);
  return 0;
}

function rowOf(record: AuditedCall): Row {
  const { eventTime, userIdentity, sourceIPAddress, eventName, errorCode, errorMessage } = record;
  return {
    time: safe(eventTime),
    user: safe(userIdentity?.userName ?? '-'),
    from: safe(sourceIPAddress ?? ''),
    event: safe(eventName),
    on: safe(targetOf(record)),
    result: errorCode === undefined ? 'ok' : safe(shortened(`${errorCode}: ${errorMessage ?? ''}`, 100)),
  };
}

/** What the call was about: what stands in its path and query. */
function targetOf({ requestParameters }: AuditedCall): string {
  const parameters = Object.entries(requestParameters ?? {}).filter(
    ([, value]) => typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean',
  );
  return shortened(parameters.map(([name, value]) => `${name}=${value}`).join(' '), 80);
}

const shortened = (text: string, lengthMax: number): string =>
  text.length <= lengthMax ? text : `${text.slice(0, lengthMax - 3)}...`;

/** Callers choose some of these texts: one that moves the cursor could hide another line. */
const safe = (text: string): string => text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]/g, '?');

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** @throws CommandError */
export function momentOf(text: string, nowMs: number): number {
  const ago = /^(\d{1,9})([smhd])$/.exec(text);
  if (ago !== null) return nowMs - Number(ago[1]) * unitMs[ago[2] as keyof typeof unitMs];
  const ms = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms))
    throw new CommandError(`"${text}" is no time: expected 2024-01-31, 2024-01-31T12:00:00Z, 30m, 12h or 7d`);
  return ms;
}
