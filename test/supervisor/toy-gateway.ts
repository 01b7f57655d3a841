// A gateway of one page for tests of the supervisor: it answers who it is and what it serves.
// Files in the data folder steer it: `fail-start` (its text is the reason), `revision`.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { StartGateway } from '../../src/supervisor/index.ts';

export const startToyGateway: StartGateway = async (settings) => {
  const file = (name: string): string => path.join(settings.dataDir, name);
  if (existsSync(file('fail-start'))) throw new Error(readFileSync(file('fail-start'), 'utf8'));
  let revision = 0;
  let answered = 0;
  const held = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    response.setHeader('connection', 'close');
    if (request.url === '/stuck') {
      writeFileSync(file('stuck'), ''); // is never answered: no drain ends by itself
      return;
    }
    if (request.url === '/hold') {
      held.add(response);
      writeFileSync(file('holding'), '');
      return;
    }
    answered++;
    response.end(JSON.stringify({ pid: process.pid, slot: settings.slot, revision }));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: settings.host, port: settings.port, reusePort: true }, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    adopt: async () => {
      revision = existsSync(file('revision')) ? Number(readFileSync(file('revision'), 'utf8')) : 0;
      if (revision < 0) throw new Error('the published state is broken');
      return { revision, stages: 1, tookMs: 0 };
    },
    drain: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const response of held) response.end('held until the drain');
      await closed;
    },
    reopenLogs: () => writeFileSync(file(`reopened-${process.pid}`), ''),
    stats: () => ({ series: [], logs: [], unlisted: answered, processes: [] }),
  };
};
