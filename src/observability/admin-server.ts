// The admin port: metrics, health and state for operators and their tools. Reads only, on loopback unless told
// otherwise; knows nothing of where the figures come from.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { prometheusContentType, prometheusText } from './prometheus.ts';
import type { FunctionsFigures, RecorderStats } from './stats.ts';

export interface Readiness {
  readonly ready: boolean;
  /** Why not, one sentence each; empty when ready. */
  readonly reasons: readonly string[];
}

export interface AdminServerOptions {
  /** Address to bind; 127.0.0.1 unless given. The port has no authentication: open it to trusted networks only. */
  readonly host?: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Merged stats of all processes; asked for at each scrape. */
  readonly stats: () => Promise<RecorderStats>;
  /** Of functions; null where no function host has run. */
  readonly functionStats?: () => Promise<FunctionsFigures | null>;
  readonly ready: () => Readiness;
  /** Anything JSON can hold. */
  readonly status: () => unknown;
}

export interface AdminServer {
  /** Binds; rejects when the address is taken or not ours. @returns the port bound */
  listen(): Promise<number>;
  /** Stops listening and ends all connections. */
  close(): Promise<void>;
}

type Pages = Readonly<Record<string, () => Answer | Promise<Answer>>>;

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/**
 * Makes the admin server. GET and HEAD only:
 * `/metrics` Prometheus text; `/healthz` 200 while this process answers; `/readyz` 200, or 503 and the reasons;
 * `/status` JSON.
 */
export function createAdminServer(options: AdminServerOptions): AdminServer {
  const pages: Pages = {
    __proto__: null as never,
    '/metrics': async () => {
      const [stats, functions] = await Promise.all([options.stats(), options.functionStats?.()]);
      return { status: 200, contentType: prometheusContentType, body: prometheusText(stats, functions) };
    },
    '/healthz': () => plain(200, 'ok'),
    '/readyz': () => readyAnswer(options.ready()),
    '/status': async () => ({
      status: 200,
      contentType: 'application/json',
      body: `${JSON.stringify(await options.status(), null, 2)}\n`,
    }),
  };
  const server = createServer((request, response) => void answer(pages, request, response));
  server.maxConnections = 64;
  server.requestTimeout = 10_000;
  server.headersTimeout = 5_000;
  return {
    listen: () => listen(server, options.port, options.host ?? '127.0.0.1'),
    close: () => close(server),
  };
}

async function answer(pages: Pages, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const target = request.url ?? '';
  const end = target.indexOf('?');
  const page = pages[end < 0 ? target : target.slice(0, end)];
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  if (page !== undefined && !isRead) response.setHeader('Allow', 'GET, HEAD');
  const { status, contentType, body } =
    page === undefined
      ? plain(404, 'Not found. Try /metrics, /healthz, /readyz or /status.')
      : isRead
        ? await pageAnswer(page)
        : plain(405, 'Only GET and HEAD.');
  response.writeHead(status, {
    'Content-Type': contentType,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(body);
  request.resume();
}

async function pageAnswer(page: () => Answer | Promise<Answer>): Promise<Answer> {
  try {
    return await page();
  } catch (error) {
    return plain(500, `Cannot answer: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function readyAnswer({ ready, reasons }: Readiness): Answer {
  return ready ? plain(200, 'ready') : plain(503, ['not ready', ...reasons].join('\n'));
}

function plain(status: number, text: string): Answer {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${text}\n` };
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
