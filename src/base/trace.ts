// The X-Amzn-Trace-Id field, for stages without active tracing.

import { newSegmentId, newTraceRoot } from './ids.ts';

const rootPart = /(?:^|;)\s*Root=([\w-]{1,64})/;
const parentPart = /(?:^|;)\s*Parent=([\w-]{1,64})/;
const sampledPart = /(?:^|;)\s*Sampled=([01?])/;

/**
 * What goes on to the integration: the client's root and parent are kept, what is absent is made; Sampled is
 * copied, else 0, or 1 when a parent was given.
 * @param given - the client's field, or null
 * @see observability reference, section 4
 */
export function continueTrace(given: string | null, nowMs: number): string {
  if (given === null) return `Root=${newTraceRoot(nowMs)};Parent=${newSegmentId()};Sampled=0`;
  const root = rootPart.exec(given)?.[1] ?? newTraceRoot(nowMs);
  const parent = parentPart.exec(given)?.[1];
  const sampled = sampledPart.exec(given)?.[1] ?? (parent === undefined ? '0' : '1');
  return `Root=${root};Parent=${parent ?? newSegmentId()};Sampled=${sampled}`;
}

/** The root alone, as error answers carry it. */
export function rootOf(trace: string): string {
  return `Root=${rootPart.exec(trace)?.[1] ?? ''}`;
}
