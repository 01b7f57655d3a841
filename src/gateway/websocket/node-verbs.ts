// What one process asks of another about its connections and topics: lists that msgpack can carry. The layout is what the
// processes of a rolling restart have in common: members are added at the end, verbs are never used again.

import type { RetainedValue } from './retained.ts';
import type { Deliveries } from './topics.ts';

export const verb = {
  /** apiId, stageName, id, message -> index in `posted` */
  post: 1,
  /** apiId, stageName, id -> StatusRow, or null for none */
  status: 2,
  /** apiId, stageName, id, code, reason -> whether there was one */
  close: 3,
  /** apiId, stageName, id, topic -> index in `joined` */
  join: 4,
  /** apiId, stageName, id, topic -> index in `left` */
  leave: 5,
  /** apiId, stageName, id -> MembershipRow, or null for none */
  membership: 6,
  /** stage key, topic, message, isBinary, RetainedRow or null -> [deliveries, conflated, dropped] */
  publish: 7,
  /** stage key, max -> [count of all, [[topic, members] ...]] */
  topics: 8,
  /** stage key, topic, max of ids -> [members, [id ...], RetainedRow or null] */
  presence: 9,
  /** -> [RetainedRow ...] */
  retained: 10,
  /** apiId, stageName, max -> [count of all, [id ...]] */
  list: 11,
  /** RetainedRow -> true */
  retain: 12,
} as const;

export const posted = ['sent', 'buffered', 'overflow', 'gone'] as const;
export type Posted = (typeof posted)[number];
export const joinedWords = ['joined', 'already', 'full', 'gone'] as const;
export const leftWords = ['left', 'none', 'gone'] as const;
export type Left = (typeof leftWords)[number];

/** connectedAtMs, lastActiveAtMs, sourceIp, userAgent */
export type StatusRow = readonly [number, number, string, string];
/** topics, conflated, dropped */
export type MembershipRow = readonly [readonly string[], number, number];
export type DeliveriesRow = readonly [number, number, number];

export type RetainedRow = readonly [
  stageKey: string,
  name: string,
  message: string | Uint8Array,
  isBinary: boolean,
  version: number,
  process: number,
  /** 0: never. */
  expiresAtMs: number,
];

export const retainedRow = (value: RetainedValue): RetainedRow => [
  value.stageKey,
  value.name,
  value.message,
  value.isBinary,
  value.version,
  value.process,
  value.expiresAtMs === Number.POSITIVE_INFINITY ? 0 : value.expiresAtMs,
];

/** @param message - in place of the row's, which is a view of what was received */
export const retainedOf = (row: RetainedRow, message: string | Uint8Array): RetainedValue => ({
  stageKey: row[0],
  name: row[1],
  message,
  isBinary: row[3],
  version: row[4],
  process: row[5],
  expiresAtMs: row[6] === 0 ? Number.POSITIVE_INFINITY : row[6],
});

export const deliveriesRow = ({ deliveries, conflated, dropped }: Deliveries): DeliveriesRow => [
  deliveries,
  conflated,
  dropped,
];
