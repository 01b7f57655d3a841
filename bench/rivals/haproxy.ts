// HAProxy, one thread.

import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { startChild } from '../harness/child.ts';
import { freePort } from '../harness/free-port.ts';
import { mockBody } from '../services/bodies.ts';
import { requestsUnder } from './requests.ts';
import type { Rival } from './rival.ts';

const { mock, proxy, throttled } = requestsUnder('');

export const haproxy: Rival = {
  name: 'HAProxy',
  requests: { mock, proxy, throttled },
  note: 'one thread; its HTTP log goes into a ring in memory (it cannot buffer a file), which is a little less than our file; connections are reused; throttling by a stick table',
  missing: () => (spawnSync('haproxy', ['-v']).error === undefined ? null : 'HAProxy is not installed'),
  async start({ upstreamPort, folder, core }) {
    const port = await freePort();
    mkdirSync(folder, { recursive: true });
    const file = path.join(folder, 'haproxy.cfg');
    writeFileSync(file, configuration(port, upstreamPort));
    const child = await startChild('haproxy', ['-db', '-f', file], { ready: port, core });
    return { pid: child.pid, address: { port, host: null }, stop: () => child.stop() };
  },
};

const quoted = (text: string): string => `"${text.replaceAll('"', '\\"')}"`;

function configuration(port: number, upstreamPort: number): string {
  return `global
  nbthread 1
  maxconn 2000
  log ring@bench local0

ring bench
  format rfc5424
  maxlen 1200
  size 262144

defaults
  mode http
  log global
  option httplog
  timeout client 30s
  timeout server 30s
  timeout connect 5s
  timeout http-keep-alive 60s

backend counters
  stick-table type integer size 16 expire 60s store http_req_rate(1s)

frontend bench
  bind 127.0.0.1:${port}
  unique-id-format %{+X}o\\ %ci:%cp_%fi:%fp_%Ts_%rt:%pid
  unique-id-header X-Request-Id
  http-request track-sc0 int(1) table counters if { path /throttled }
  http-request return status 429 content-type application/json string ${quoted('{"message":"Too Many Requests"}')} if { path /throttled } { sc_http_req_rate(0) gt 1 }
  http-request return status 200 content-type application/json string ${quoted(mockBody)} if { path /mock } or { path /throttled }
  default_backend service

backend service
  http-reuse always
  server one 127.0.0.1:${upstreamPort} pool-max-conn 256
`;
}
