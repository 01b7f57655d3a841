// `sluice ws connections`: who is connected to a stage, in all data planes.

import type { ProcessConfig } from '../../config/index.ts';
import { CommandError } from '../command-error.ts';
import { show } from '../manage/table.ts';
import { note, say } from '../terminal.ts';
import { type AskStage, type StageName, withStage } from './stage-call.ts';

interface Connection {
  readonly connectionId: string;
  readonly connectedAt: string;
  readonly lastActiveAt: string;
  readonly sourceIp: string;
  readonly userAgent: string;
  readonly topics: readonly string[];
}

/** Questions under way at once. */
const askedAtOnce = 16;

/** @returns the exit code */
export function connections(
  config: ProcessConfig,
  name: StageName,
  { limit = 1_000, json }: { readonly limit?: number; readonly json?: boolean },
): Promise<number> {
  return withStage(config, name, async (ask) => {
    const list = (await ask('GET', `/@connections?limit=${limit}`)) as {
      connections: number;
      connectionIds: readonly string[];
    };
    const found: Connection[] = [];
    for (let i = 0; i < list.connectionIds.length; i += askedAtOnce) {
      const some = list.connectionIds.slice(i, i + askedAtOnce);
      const rows = await Promise.all(some.map((id) => look(ask, id)));
      found.push(...rows.filter((row) => row !== null));
    }
    found.sort((a, b) => a.connectedAt.localeCompare(b.connectedAt));
    if (json === true) {
      say(JSON.stringify({ count: list.connections, connections: found }, null, 2));
      return;
    }
    show(
      found.map(({ connectionId, connectedAt, lastActiveAt, sourceIp, userAgent, topics }) => ({
        connection: connectionId,
        connected: shown(connectedAt),
        active: shown(lastActiveAt),
        address: sourceIp,
        topics: topics.join(', ') || '-',
        agent: userAgent.slice(0, 40) || '-',
      })),
      { json: false, none: 'Nobody is connected.' },
    );
    const more = list.connections - found.length;
    if (more > 0) note(`${more} more`);
  });
}

/** null for one that has gone meanwhile. */
async function look(ask: AskStage, connectionId: string): Promise<Connection | null> {
  const path = `/@connections/${encodeURIComponent(connectionId)}`;
  try {
    const [status, membership] = (await Promise.all([ask('GET', path), ask('GET', `${path}/topics`)])) as [
      {
        connectedAt: string;
        lastActiveAt: string;
        identity: { sourceIp: string; userAgent: string };
      },
      { topics: readonly string[] },
    ];
    const { connectedAt, lastActiveAt, identity } = status;
    return { connectionId, connectedAt, lastActiveAt, ...identity, topics: membership.topics };
  } catch (error) {
    if (error instanceof CommandError && error.message === 'the connection is gone') return null;
    throw error;
  }
}

/** `2026-01-02 03:04:05` */
const shown = (iso: string): string => iso.slice(0, 19).replace('T', ' ');
