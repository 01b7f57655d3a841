// What does a request over TLS cost the gateway, with uWebSockets.js's own TLS and with Node's in front of it? CPU time of the
// serving process, 16 connections that are kept, one request at a time on each; and of a connection with its handshake.

import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { headerBlock } from '../../src/base/header-field.ts';
import { openListener } from '../../src/gateway/listener/listener.ts';
import { SecureDomains } from '../../src/gateway/tls/secure-domains.ts';
import { selfSigned } from '../../test/upstream/certificates.ts';
import { summarize } from '../harness/statistics.ts';

const rounds = 5;
const requests = 4_000;
const handshakes = 300;
const connections = 16;
const [role, folder] = process.argv.slice(2);
if (role === undefined) await main();
else await serve(role, folder!);

async function serve(kind: string, files: string): Promise<void> {
  const tls = { keyFile: join(files, 'key'), certFile: join(files, 'cert') };
  const settings = { ...tls, front: 'always', domains: [], truststores: [] } as const;
  const domains = new SecureDomains({ settings, onProblem: console.error });
  domains.refresh();
  const front = kind === 'front' ? { domains, socketPath: join(files, 'front') } : null;
  const fields = headerBlock(['Content-Type', 'text/plain']);
  const listener = await openListener({ host: '127.0.0.1', port: 0, tls, front }, ({ downstream }) =>
    downstream.send(200, fields, 'hello'),
  );
  process.on('message', () => process.send!({ cpu: process.cpuUsage() }));
  process.send!({ port: listener.port });
}

interface Server {
  readonly port: number;
  /** Microseconds since it started. */
  cpuUs(): Promise<number>;
  stop(): void;
}

async function start(kind: string, files: string): Promise<Server> {
  const child = fork(fileURLToPath(import.meta.url), [kind, files]);
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return {
    port,
    cpuUs: async () => {
      child.send('cpu');
      const [{ cpu }] = (await once(child, 'message')) as [{ cpu: NodeJS.CpuUsage }];
      return cpu.user + cpu.system;
    },
    stop: () => void child.kill(),
  };
}

async function open(port: number): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  return socket;
}

async function ask(socket: TLSSocket, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    assert.ok(chunk.toString().startsWith('HTTP/1.1 200'));
  }
}

async function main(): Promise<void> {
  const files = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
  const { key, cert } = selfSigned({ host: 'x' });
  writeFileSync(join(files, 'key'), key);
  writeFileSync(join(files, 'cert'), cert);
  const servers = { uws: await start('uws', files), front: await start('front', files) };
  const results = new Map<string, number[]>();
  const note = (name: string, value: number) => results.set(name, [...(results.get(name) ?? []), value]);
  for (let round = -1; round < rounds; round++) {
    for (const [name, server] of Object.entries(servers)) {
      const sockets = await Promise.all(Array.from({ length: connections }, () => open(server.port)));
      const before = await server.cpuUs();
      await Promise.all(sockets.map((socket) => ask(socket, requests / connections)));
      const between = await server.cpuUs();
      for (const socket of sockets) socket.destroy();
      for (let i = 0; i < handshakes; i++) (await open(server.port)).destroy();
      const after = await server.cpuUs();
      if (round < 0) continue;
      note(`${name}: a request`, (between - before) / requests);
      note(`${name}: a handshake`, (after - between) / handshakes);
    }
  }
  for (const [name, values] of results) {
    const { median, min, max } = summarize(values);
    console.log(`${name}: ${median.toFixed(0)} us CPU (${min.toFixed(0)} to ${max.toFixed(0)})`);
  }
  for (const server of Object.values(servers)) server.stop();
  rmSync(files, { recursive: true });
}
