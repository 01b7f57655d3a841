// A program for memory.test.ts: prints how many bytes a call leaves behind that two short collections do not free. In a
// process of its own, since the test runner keeps something of its own for every promise that is made.

import { once } from 'node:events';
import { connect } from 'node:net';
import { getHeapSpaceStatistics } from 'node:v8';
import { signRequest } from '../../../src/base/sigv4/index.ts';
import { type GuardedPort, guardedPort } from '../../support/guarded-port.ts';

const calls = 5_000;

const oldBytes = (): number =>
  getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space')!.space_used_size;

const ends: (() => unknown)[] = [];
const port = await guardedPort({ after: (end) => ends.unshift(end) });
// Compiled by then, for the most part.
await callMany(port, calls);
gc!();
const before = oldBytes();
await callMany(port, calls);
gc!({ type: 'minor' });
gc!({ type: 'minor' });
console.log(Math.round((oldBytes() - before) / calls));
for (const end of ends) await end();

/** One after the other, as one client sends them. */
async function callMany({ port, admin }: GuardedPort, count: number): Promise<void> {
  const host = `127.0.0.1:${port}`;
  const parts = { method: 'GET', path: '/account', query: '', headers: ['host', host] };
  const context = { region: 'us-east-1', service: 'apigateway', nowMs: Date.now() };
  const fields = ['host', host, ...signRequest(parts, '', admin, context)];
  const lines = Array.from({ length: fields.length / 2 }, (_, i) => `${fields[2 * i]}: ${fields[2 * i + 1]}`);
  const request = `GET /account HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  for (let i = 0; i < count; i++) {
    socket.write(request);
    const [answer] = await once(socket, 'data');
    if (!answer.toString('latin1').startsWith('HTTP/1.1 200')) throw new Error(String(answer));
  }
  socket.destroy();
}
