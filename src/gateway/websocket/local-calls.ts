// What a process does for the others with its own connections and topics: one answer for each verb.

import type { Hub } from './hub.ts';
import {
  type DeliveriesRow,
  deliveriesRow,
  joinedWords,
  leftWords,
  type MembershipRow,
  posted,
  type RetainedRow,
  retainedOf,
  retainedRow,
  type StatusRow,
  verb,
} from './node-verbs.ts';
import type { Session } from './session.ts';

/** @returns what the verb's line in node-verbs.ts says */
export function performCall(hub: Hub, body: readonly unknown[]): unknown {
  const [what, a, b, c, d, e] = body as [number, string, string, string, unknown, unknown];
  switch (what) {
    case verb.post:
      return posted.indexOf(sessionOf(hub, a, b, c)?.post(kept(d as Uint8Array)) ?? 'gone');
    case verb.status:
      return statusOf(sessionOf(hub, a, b, c));
    case verb.close:
      return sessionOf(hub, a, b, c)?.close(d as number, e as string) ?? false;
    case verb.join: {
      const session = sessionOf(hub, a, b, c);
      return joinedWords.indexOf(session === null ? 'gone' : hub.topics.join(session, d as string));
    }
    case verb.leave: {
      const session = sessionOf(hub, a, b, c);
      if (session === null) return leftWords.indexOf('gone');
      return leftWords.indexOf(hub.topics.leave(session, d as string) ? 'left' : 'none');
    }
    case verb.membership:
      return membershipOf(sessionOf(hub, a, b, c));
    case verb.publish:
      return publish(hub, a, b, c as string | Uint8Array, d as boolean, e as RetainedRow | null);
    case verb.topics:
      return topicsOf(hub, a, Number(b));
    case verb.presence:
      return presenceOf(hub, a, b, Number(c));
    case verb.retained:
      return Array.from(hub.topics.retained.values(), retainedRow);
    case verb.list:
      return listOf(hub, a, b, Number(c));
    case verb.retain:
      adoptRetained(hub, [body[1] as RetainedRow]);
      return true;
    default:
      throw new Error(`unknown verb ${what}`);
  }
}

/** Keeps the values that another process has kept. */
export function adoptRetained(hub: Hub, rows: readonly RetainedRow[]): void {
  for (const row of rows) hub.topics.retained.set(retainedOf(row, kept(row[2])));
}

/** A connection of another API or stage is none. */
function sessionOf(hub: Hub, apiId: string, stageName: string, id: string): Session | null {
  const session = hub.find(id);
  return session?.apiId === apiId && session.stageName === stageName ? session : null;
}

/** What came from another process is a view of a whole batch: it would keep all of it. */
function kept<T extends string | Uint8Array>(message: T): T {
  return (
    typeof message === 'string' || message.byteLength === message.buffer.byteLength
      ? message
      : Buffer.from(message)
  ) as T;
}

function publish(
  hub: Hub,
  stageKey: string,
  name: string,
  message: string | Uint8Array,
  isBinary: boolean,
  row: RetainedRow | null,
): DeliveriesRow {
  const own = kept(message);
  const keep = row === null ? null : retainedOf(row, own);
  return deliveriesRow(hub.topics.publish(stageKey, name, { message: own, isBinary }, keep));
}

const statusOf = (session: Session | null): StatusRow | null =>
  session === null
    ? null
    : [session.connectedAtMs, session.lastActiveAtMs, session.sourceIp, session.userAgent];

function membershipOf(session: Session | null): MembershipRow | null {
  if (session === null) return null;
  const { membership } = session;
  return [[...session.topics], membership?.conflatedCount ?? 0, membership?.droppedCount ?? 0];
}

function listOf(hub: Hub, apiId: string, stageName: string, max: number): [number, string[]] {
  const ids = hub.list(apiId, stageName, Number.POSITIVE_INFINITY).map(({ id }) => id);
  return [ids.length, ids.slice(0, max)];
}

function topicsOf(hub: Hub, stageKey: string, max: number): [number, [string, number][]] {
  const rows: [string, number][] = [];
  let count = 0;
  for (const { name, members } of hub.topics.list(stageKey)) {
    count++;
    if (rows.length < max) rows.push([name, members.size]);
  }
  return [count, rows];
}

function presenceOf(
  hub: Hub,
  stageKey: string,
  name: string,
  idsMax: number,
): [number, string[], RetainedRow | null] {
  const members = hub.topics.members(stageKey, name);
  const ids: string[] = [];
  for (const { id } of members ?? []) {
    if (ids.length >= idsMax) break;
    ids.push(id);
  }
  const last = hub.topics.retained.get(stageKey, name, hub.topics.wallMs());
  return [members?.size ?? 0, ids, last === null ? null : retainedRow(last)];
}
