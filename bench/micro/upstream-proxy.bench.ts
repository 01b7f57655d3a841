// Is the lean client worth having? CPU per proxied 1 KB request of a bare uWebSockets.js handler over each client, beside
// nginx with one worker; interleaved rounds. Whole-gateway figures are bench/load's business.
// Run: node bench/micro/upstream-proxy.bench.ts [seconds per round]

import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { UpstreamHandler, UpstreamTarget } from '../../src/exchange/upstream.ts';
import { createUpstream } from '../../src/gateway/upstream/index.ts';

const concurrency = 64;
const rounds = 5;
const bodyBytes = 1024;
const tickUs = 10_000; // /proc counts in ticks of 10 ms
const [role = 'main', client = '', backend = ''] = /^\d*$/.test(process.argv[2] ?? '')
  ? []
  : process.argv.slice(2);

async function listen(answer: (app: ReturnType<Uws['App']>) => void): Promise<void> {
  const { uws } = await import('../../src/gateway/listener/uws.ts');
  const app = uws.App();
  answer(app);
  app.listen('127.0.0.1', 0, uws.LIBUS_LISTEN_EXCLUSIVE_PORT, (socket) => {
    if (!socket) throw new Error('cannot listen');
    process.send!(uws.us_socket_local_port(socket));
  });
}
type Uws = typeof import('../../src/gateway/listener/uws.ts')['uws'];

function runBackend(): Promise<void> {
  const body = 'x'.repeat(bodyBytes);
  return listen((app) =>
    app.any('/*', (response) => void response.writeHeader('Content-Type', 'application/json').end(body)),
  );
}

function runProxy(): Promise<void> {
  const upstream = createUpstream({ client: client as 'lean' | 'undici' });
  const target = upstream.target(backend, { insecureSkipVerification: false });
  return listen((app) => {
    app.any('/*', (response, request) => {
      const headers: string[] = [];
      request.forEach((name, value) => {
        if (name !== 'host' && name !== 'connection' && name !== 'content-length') headers.push(name, value);
      });
      let gone = false;
      response.onAborted(() => {
        gone = true;
      });
      let answerStatus = 0;
      let answerHeaders: readonly string[] = [];
      target.send(
        {
          method: request.getCaseSensitiveMethod(),
          path: request.getUrl(),
          headers,
          body: null,
          timeoutMs: 29_000,
          timeoutCovers: 'answer',
        },
        {
          onHead(status, fields) {
            answerStatus = status;
            answerHeaders = fields;
          },
          // The answers of this bench come in one piece.
          onData(chunk) {
            if (gone) return true;
            response.cork(() => {
              response.writeStatus(String(answerStatus));
              for (let i = 0; i < answerHeaders.length; i += 2) {
                const name = answerHeaders[i]!;
                if (!/^(content-length|date|connection)$/i.test(name))
                  response.writeHeader(name, answerHeaders[i + 1]!);
              }
              response.end(chunk);
            });
            return true;
          },
          onEnd() {},
          onError(failure) {
            throw new Error(failure.detail);
          },
        },
      );
    });
  });
}

interface Contender {
  readonly name: string;
  readonly pid: number;
  readonly port: number;
  readonly end: () => void;
}

async function forked(name: string, ...args: string[]): Promise<Contender> {
  const child = fork(import.meta.filename, args);
  const [port] = (await once(child, 'message')) as [number];
  return { name, pid: child.pid!, port, end: () => child.kill() };
}

async function nginx(backendPort: number): Promise<Contender | null> {
  if (spawnSync('nginx', ['-v']).error !== undefined) return null;
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-bench-'));
  const port = await freePort();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${folder}/${kind};`,
  );
  writeFileSync(
    path.join(folder, 'nginx.conf'),
    `daemon off; worker_processes 1; pid ${folder}/pid; events { worker_connections 1024; }
http { access_log off; keepalive_requests 100000000; ${temporary.join(' ')}
  upstream backend { server 127.0.0.1:${backendPort}; keepalive 128; keepalive_requests 100000000; }
  server { listen 127.0.0.1:${port};
    location / { proxy_pass http://backend; proxy_http_version 1.1; proxy_set_header Connection ""; } } }`,
  );
  const child: ChildProcess = spawn('nginx', [
    '-p',
    folder,
    '-c',
    path.join(folder, 'nginx.conf'),
    '-e',
    path.join(folder, 'errors'),
  ]);
  while (!(await answers(port))) await new Promise((resolve) => setTimeout(resolve, 20));
  const end = (): void => {
    child.once('exit', () => rmSync(folder, { recursive: true }));
    child.kill();
  };
  return { name: 'nginx', pid: workerOf(child.pid!), port, end };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket.destroy() !== null));
    socket.on('error', () => resolve(false));
  });
}

function statOf(pid: string | number): string[] {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function workerOf(master: number): number {
  for (const name of readdirSync('/proc')) {
    try {
      if (/^\d+$/.test(name) && Number(statOf(name)[1]) === master) return Number(name);
    } catch {
      // ended while we looked
    }
  }
  throw new Error('nginx has no worker');
}

function cpuUsOf(pid: number): number {
  const fields = statOf(pid);
  return (Number(fields[11]) + Number(fields[12])) * tickUs;
}

/** Keeps `concurrency` requests under way for some seconds; checks each answer. */
async function load(target: UpstreamTarget, seconds: number): Promise<number> {
  const until = performance.now() + seconds * 1000;
  let count = 0;
  let running = concurrency;
  await new Promise<void>((resolve, reject) => {
    const one = (): void => {
      let bytes = 0;
      const handler: UpstreamHandler = {
        onHead(status) {
          if (status !== 200) reject(new Error(`status ${status}`));
        },
        onData(chunk) {
          bytes += chunk.length;
          return true;
        },
        onEnd() {
          if (bytes !== bodyBytes) reject(new Error(`expected ${bodyBytes} bytes, got ${bytes}`));
          count++;
          if (performance.now() < until) one();
          else if (--running === 0) resolve();
        },
        onError: (failure) => reject(new Error(failure.detail)),
      };
      const headers = ['Accept', 'application/json', 'User-Agent', 'bench'];
      target.send(
        { method: 'GET', path: '/pets/1', headers, body: null, timeoutMs: 29_000, timeoutCovers: 'answer' },
        handler,
      );
    };
    for (let i = 0; i < concurrency; i++) one();
  });
  return count;
}

async function main(): Promise<void> {
  const seconds = Number(process.argv[2] ?? 2);
  const server = await forked('backend', 'backend');
  const origin = `http://127.0.0.1:${server.port}`;
  const contenders = [
    await nginx(server.port),
    await forked('uWS + lean', 'proxy', 'lean', origin),
    await forked('uWS + our undici', 'proxy', 'undici', origin),
  ].filter((contender) => contender !== null);
  const upstream = createUpstream({ client: 'lean' });
  const results = contenders.map((contender) => ({
    contender,
    target: upstream.target(`http://127.0.0.1:${contender.port}`, { insecureSkipVerification: false }),
    cpuUs: [] as number[],
    rps: [] as number[],
  }));
  for (let i = -1; i < rounds; i++) {
    for (const { contender, target, cpuUs, rps } of results) {
      const before = cpuUsOf(contender.pid);
      const count = await load(target, seconds);
      if (i < 0) continue; // warm-up
      cpuUs.push((cpuUsOf(contender.pid) - before) / count);
      rps.push(count / seconds);
    }
  }
  console.log(
    `${bodyBytes} bytes proxied, ${concurrency} connections, ${rounds} rounds of ${seconds} s, Node ${process.version}`,
  );
  console.log('proxy                CPU µs/request, median (least to most)     requests/s');
  for (const { contender, cpuUs, rps } of results) {
    const spread = `(${Math.min(...cpuUs).toFixed(1)} to ${Math.max(...cpuUs).toFixed(1)})`;
    console.log(
      `${contender.name.padEnd(20)} ${median(cpuUs).toFixed(1).padStart(14)} ${spread.padEnd(22)} ${median(rps).toFixed(0).padStart(14)}`,
    );
  }
  for (const { contender } of results) contender.end();
  server.end();
  setTimeout(() => process.exit(0), 200);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

if (role === 'backend') await runBackend();
else if (role === 'proxy') await runProxy();
else await main();
