// Raw sockets against a listener in a child process.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { TlsFiles } from '../../src/gateway/tls/tls-files.ts';

export interface Seen {
  paths: string[];
  events: string[];
  refusals: string[];
  errors: string[];
  stats: { connectionCount: number; inFlightCount: number; requestCount: number };
}

export interface TestServer {
  readonly port: number;
  readonly child: ChildProcess;
  tell(act: string, deadlineMs?: number): void;
  /** What the server saw so far; asked until `until` is true of it. */
  seen(until?: (seen: Seen) => boolean): Promise<Seen>;
}

/** Starts a server that ends with the test, and fails the test when it ended before. */
export async function startServer(
  t: Pick<TestContext, 'after'>,
  options: { tls?: TlsFiles; host?: string } = {},
): Promise<TestServer> {
  const child = fork(fileURLToPath(new URL('test-server.ts', import.meta.url)), [
    JSON.stringify({ tls: options.tls ?? null, host: options.host }),
  ]);
  const [message] = (await once(child, 'message')) as [{ port: number }];
  const port = message.port;
  t.after(async () => {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`The server died: ${child.exitCode ?? child.signalCode}`);
    }
    child.send({ act: 'close' });
    const [code, signal] = await once(child, 'exit');
    if (code !== 0) throw new Error(`The server ended with ${code ?? signal}`);
  });
  const seen = async (until: (seen: Seen) => boolean = () => true): Promise<Seen> => {
    for (;;) {
      const client = open(port);
      client.send('GET /seen HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
      const answer = JSON.parse(bodyOf(await client.closed())) as Seen;
      if (until(answer)) return answer;
    }
  };
  return { port, child, seen, tell: (act, deadlineMs) => void child.send({ act, deadlineMs }) };
}

/** One raw connection that gathers what it receives. */
export class Client {
  readonly socket: Socket;
  text = '';
  isClosed = false;
  #check: () => void = () => {};

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      this.text += chunk.toString('latin1');
      this.#check();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.isClosed = true;
      this.#check();
    });
  }

  send(bytes: string | Uint8Array): void {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** Waits until `until` is true of what was received, or the connection has ended. */
  received(until: (text: string) => boolean): Promise<string> {
    return new Promise((resolve) => {
      this.#check = () => {
        if (this.isClosed || until(this.text)) resolve(this.text);
      };
      this.#check();
    });
  }

  closed(): Promise<string> {
    return this.received(() => false);
  }
}

export function open(port: number): Client {
  return new Client(connect({ port, host: '127.0.0.1' }));
}

/** Sends the bytes on a new connection and gives all that comes back until the server closes it. */
export function exchange(port: number, bytes: string | Uint8Array): Promise<string> {
  const client = open(port);
  client.send(bytes);
  return client.closed();
}

export function statusesOf(text: string): number[] {
  return Array.from(text.matchAll(/HTTP\/1\.1 (\d{3})/g), (match) => Number(match[1]));
}

export function headOf(text: string): string {
  return text.slice(0, text.indexOf('\r\n\r\n') + 2);
}

/** The body of the last answer, chunking removed. */
export function bodyOf(text: string): string {
  const at = text.lastIndexOf('HTTP/1.1 ');
  const head = text.slice(at, text.indexOf('\r\n\r\n', at) + 2);
  let rest = text.slice(at + head.length + 2);
  if (!/\r\ntransfer-encoding: chunked\r\n/i.test(head)) return rest;
  let body = '';
  for (;;) {
    const size = Number.parseInt(rest, 16);
    if (!(size > 0)) return body;
    const start = rest.indexOf('\r\n') + 2;
    body += rest.slice(start, start + size);
    rest = rest.slice(start + size + 2);
  }
}
