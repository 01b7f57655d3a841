// Reads the audit log: current and rotated files, filtered, newest last.

import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { auditFile, rotatedAuditFiles } from './audit-log.ts';

/** What reading looks at; records have more. */
export interface AuditedCall {
  /** ISO 8601, whole seconds. */
  readonly eventTime: string;
  readonly eventName: string;
  readonly eventSource: string;
  readonly sourceIPAddress: string;
  readonly userIdentity: {
    readonly type: string;
    readonly userName?: string;
    readonly arn?: string;
    readonly accessKeyId?: string;
  };
  readonly errorCode?: string;
  readonly errorMessage?: string;
  readonly requestParameters: Readonly<Record<string, unknown>> | null;
}

export interface AuditFilter {
  /** Milliseconds since 1970; the first moment that counts. */
  readonly sinceMs?: number;
  /** The first moment that no longer counts. */
  readonly untilMs?: number;
  /** User name, ARN or access key id; `unknown` for calls whose signature was refused. */
  readonly user?: string;
  /** Name of an event; `*` stands for any characters, and capitals do not matter. */
  readonly event?: string;
  /** Only what was refused or failed. */
  readonly onlyErrors?: boolean;
  /** Only the newest so many. */
  readonly limit?: number;
}

export interface AuditPage {
  /** Newest last. */
  readonly records: readonly AuditedCall[];
  /** Lines that are no record: cut by a crash or a full disk. */
  readonly linesUnreadable: number;
}

/** @throws (rejects) Error when a file cannot be read */
export async function readAudit(logsDir: string, filter: AuditFilter): Promise<AuditPage> {
  const wanted = compileFilter(filter);
  const limit = filter.limit ?? Number.POSITIVE_INFINITY;
  let records: AuditedCall[] = [];
  let linesUnreadable = 0;
  // From the newest file back, so that the last few are found without reading everything.
  for (const file of [...rotatedAuditFiles(logsDir), auditFile(logsDir)].reverse()) {
    if (records.length >= limit || endedBefore(file, filter.sinceMs)) break;
    const found: AuditedCall[] = [];
    for (const line of (await textOf(file)).split('\n')) {
      if (line === '') continue;
      const record = parse(line);
      if (record === null) linesUnreadable += 1;
      else if (wanted(record)) found.push(record);
    }
    records = [...found, ...records];
  }
  return { records: records.length > limit ? records.slice(-limit) : records, linesUnreadable };
}

/** The time in a rotated file's name is that of its end. */
function endedBefore(file: string, sinceMs: number | undefined): boolean {
  const match = /^audit-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z/.exec(basename(file));
  if (match === null || sinceMs === undefined) return false;
  const [, year, month, day, hour, minute, second, ms] = match.map(Number);
  return Date.UTC(year!, month! - 1, day!, hour!, minute!, second!, ms!) < sinceMs;
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    // Not there yet, or rotated away between listing and reading.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw new Error(`Cannot read the audit log "${file}": ${(error as Error).message}`, { cause: error });
  }
}

function parse(line: string): AuditedCall | null {
  try {
    const record = JSON.parse(line) as AuditedCall;
    return typeof record.eventTime === 'string' && typeof record.eventName === 'string' ? record : null;
  } catch {
    return null;
  }
}

function compileFilter({
  sinceMs = Number.NEGATIVE_INFINITY,
  untilMs = Number.POSITIVE_INFINITY,
  user,
  event,
  onlyErrors = false,
}: AuditFilter): (record: AuditedCall) => boolean {
  const eventPattern = event === undefined ? null : wildcard(event);
  return (record) => {
    const ms = Date.parse(record.eventTime);
    // Times are whole seconds: one that began before `since` may have ended after it.
    return (
      ms > sinceMs - 1000 &&
      ms < untilMs &&
      (!onlyErrors || record.errorCode !== undefined) &&
      (eventPattern === null || eventPattern.test(record.eventName)) &&
      (user === undefined || isBy(user, record))
    );
  };
}

function isBy(user: string, { userIdentity: { type, userName, arn, accessKeyId } }: AuditedCall): boolean {
  if (user === 'unknown' && type === 'Unknown') return true;
  return user === userName || user === arn || user === accessKeyId || `local:${user}` === userName;
}

const wildcard = (pattern: string): RegExp =>
  new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\*+/g, '.*')}$`, 'i');
