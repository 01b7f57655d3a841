// nginx, one worker.

import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { startChild } from '../harness/child.ts';
import { freePort } from '../harness/free-port.ts';
import { mockBody } from '../services/bodies.ts';
import { requestsUnder } from './requests.ts';
import type { Rival } from './rival.ts';

const { mock, proxy, throttled } = requestsUnder('');

export const nginx: Rival = {
  name: 'nginx',
  requests: { mock, proxy, throttled },
  note: 'one worker; JSON access log of the same fields, buffered (64 KB, 1 s) as ours is; upstream keep-alive; throttling by limit_req',
  missing: () => (spawnSync('nginx', ['-v']).error === undefined ? null : 'nginx is not installed'),
  async start({ upstreamPort, folder, core }) {
    const port = await freePort();
    mkdirSync(folder, { recursive: true });
    const file = path.join(folder, 'nginx.conf');
    writeFileSync(file, configuration(port, upstreamPort, folder));
    const args = ['-p', folder, '-c', file, '-e', path.join(folder, 'error.log')];
    const child = await startChild('nginx', args, { ready: port, core });
    return { pid: child.pid, address: { port, host: null }, stop: () => child.stop() };
  },
};

function configuration(port: number, upstreamPort: number, folder: string): string {
  return `daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
events { worker_connections 1024; }
http {
  log_format bench escape=json '{"requestId":"$request_id","ip":"$remote_addr","requestTime":"$time_local",'
    '"httpMethod":"$request_method","resourcePath":"$uri","status":"$status","protocol":"$server_protocol",'
    '"responseLength":"$body_bytes_sent","latency":"$request_time"}';
  access_log ${folder}/access.log bench buffer=64k flush=1s;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  keepalive_requests 100000000;
  default_type application/json;
  limit_req_zone $server_port zone=one:1m rate=1r/s;
  limit_req_status 429;
  limit_req_log_level info;
  upstream backend { server 127.0.0.1:${upstreamPort}; keepalive 128; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:${port};
    location = /mock { return 200 '${mockBody}'; }
    location = /throttled { limit_req zone=one; error_page 429 @busy; try_files /none @mock; }
    location @mock { return 200 '${mockBody}'; }
    location @busy { return 429 '{"message":"Too Many Requests"}'; }
    location = /proxy {
      proxy_pass http://backend;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header X-Request-Id $request_id;
    }
  }
}
`;
}
