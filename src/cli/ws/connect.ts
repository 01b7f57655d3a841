// `sluice ws connect`: a client for people and scripts. On a terminal lines that are typed are sent; elsewhere the lines of
// standard input are, and the end comes when nothing has come back for a while.

import diagnostics from 'node:diagnostics_channel';
import { createInterface } from 'node:readline';
import type { ProcessConfig } from '../../config/index.ts';
import { CommandError } from '../command-error.ts';
import { UsageError } from '../config-options.ts';
import { complain, note, paint, say } from '../terminal.ts';
import { credentialsOf, signed } from './signing.ts';
import { pairs } from './stage-call.ts';

export interface ConnectRequest {
  /** Name, value, name, value. */
  readonly header?: readonly string[];
  readonly protocol?: readonly string[];
  readonly sign?: boolean;
  /** Seconds. */
  readonly wait?: number;
  readonly json?: boolean;
}

/** What Node.js's own WebSocket takes beside the standard's protocols. */
type ClientSocket = new (
  url: string,
  options: {
    readonly protocols: readonly string[];
    readonly headers: readonly (readonly [string, string])[];
  },
) => WebSocket;

const normal = 1000;
const noStatus = 1005;

/** @returns the exit code: 1 when the handshake was refused, or the other side closed with an error */
export async function connect(
  config: ProcessConfig,
  given: string,
  request: ConnectRequest,
): Promise<number> {
  const url = socketUrl(given);
  const { header = [], protocol = [], sign = false } = request;
  const fields = sign ? [...header, ...signature(config, url)] : header;
  const refusal = watchRefusal(url);
  const Client = WebSocket as unknown as ClientSocket;
  const socket = new Client(url.href, { protocols: protocol, headers: pairs(fields) });
  socket.binaryType = 'arraybuffer';
  const isOpen = await new Promise<boolean>((resolve) => {
    socket.addEventListener('open', () => resolve(true), { once: true });
    socket.addEventListener('error', () => resolve(false), { once: true });
  });
  refusal.stop();
  if (!isOpen) throw new CommandError(await refusal.text());
  return await talk(socket, request);
}

/** @throws UsageError */
function socketUrl(given: string): URL {
  const url = URL.canParse(given) ? new URL(given) : null;
  const scheme = url === null ? undefined : schemes[url.protocol];
  if (url === null || scheme === undefined)
    throw new UsageError(`"${given}" is no URL of a WebSocket API, such as ws://127.0.0.1:8080/...`);
  url.protocol = scheme;
  url.hash = '';
  return url;
}

const schemes: Readonly<Record<string, string>> = {
  'ws:': 'ws:',
  'wss:': 'wss:',
  'http:': 'ws:',
  'https:': 'wss:',
};

function signature(config: ProcessConfig, url: URL): string[] {
  return signed('GET', url, '', credentialsOf(config, true), config.region);
}

interface Answered {
  readonly request: { readonly path: string; readonly origin: string };
  readonly response: { readonly statusCode: number; readonly statusText: string };
}

/** WebSockets keep to themselves why a handshake was refused; Node.js tells it to who listens. */
function watchRefusal(url: URL): { stop(): void; text(): Promise<string> } {
  let status = '';
  let body = '';
  const isOurs = ({ path }: Answered['request']): boolean => path === `${url.pathname}${url.search}`;
  const onHeaders = (message: unknown): void => {
    const { request, response } = message as Answered;
    if (isOurs(request)) status = `${response.statusCode} ${response.statusText}`.trim();
  };
  const onChunk = (message: unknown): void => {
    const { request, chunk } = message as Pick<Answered, 'request'> & { readonly chunk: Uint8Array };
    if (isOurs(request) && body.length < 2_000) body += Buffer.from(chunk).toString();
  };
  diagnostics.subscribe('undici:request:headers', onHeaders);
  diagnostics.subscribe('undici:request:bodyChunkReceived', onChunk);
  return {
    stop: () => {
      // What is told of a refusal may come a moment after it.
      setTimeout(() => {
        diagnostics.unsubscribe('undici:request:headers', onHeaders);
        diagnostics.unsubscribe('undici:request:bodyChunkReceived', onChunk);
      }, 100).unref();
    },
    text: async () => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      if (status === '') return `"${url.host}" does not answer as a WebSocket`;
      return `the handshake was refused: ${status}${body === '' ? '' : ` ${body.trim()}`}`;
    },
  };
}

async function talk(socket: WebSocket, request: ConnectRequest): Promise<number> {
  const isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
  const lines = createInterface({
    input: process.stdin,
    ...(isTerminal ? { output: process.stdout, prompt: '> ' } : {}),
    terminal: isTerminal,
  });
  const print = printer(isTerminal, request.json === true, () => lines.prompt(true));
  const waitMs = (request.wait ?? 1) * 1000;
  let isEnding = false;
  let leaving: NodeJS.Timeout | null = null;
  const leave = (): void => {
    if (leaving !== null) clearTimeout(leaving);
    leaving = setTimeout(() => socket.close(normal), isTerminal ? 0 : waitMs);
  };
  const closed = new Promise<CloseEvent>((resolve) => {
    socket.addEventListener('close', resolve, { once: true });
  });
  socket.addEventListener('message', ({ data }) => {
    print(data as string | ArrayBuffer);
    if (isEnding) leave();
  });
  lines.on('line', (line) => {
    if (line !== '') socket.send(line);
    if (isTerminal) lines.prompt();
  });
  lines.on('close', () => {
    isEnding = true;
    leave();
  });
  lines.on('SIGINT', () => lines.close());
  const onSignal = (): void => {
    socket.close(normal);
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  if (isTerminal) {
    const protocol = socket.protocol === '' ? '' : `, sub-protocol ${socket.protocol}`;
    note(`Connected${protocol}. Each line is a message; Ctrl-D ends it.`);
    lines.prompt();
  }
  const { code, reason } = await closed;
  if (leaving !== null) clearTimeout(leaving);
  process.off('SIGINT', onSignal);
  process.off('SIGTERM', onSignal);
  const wasOurs = isEnding;
  lines.close();
  process.stdin.pause();
  if (wasOurs || code === normal || code === noStatus) {
    if (!wasOurs) note(`Closed by the other side: ${code}${reason === '' ? '' : ` ${reason}`}`);
    return 0;
  }
  complain(`closed by the other side: ${code}${reason === '' ? '' : ` ${reason}`}`);
  return 1;
}

/** @param prompt - shows again what is being typed */
function printer(isTerminal: boolean, isJson: boolean, prompt: () => void) {
  return (data: string | ArrayBuffer): void => {
    const time = new Date();
    const isText = typeof data === 'string';
    const text = isText ? data : Buffer.from(data).toString('base64');
    if (isJson) {
      say(JSON.stringify({ time: time.toISOString(), ...(isText ? { text } : { base64: text }) }));
      return;
    }
    if (isTerminal) process.stdout.write('\r\x1b[K');
    const clock = paint('dim', time.toISOString().slice(11, 23));
    say(`${clock} ${isText ? text : `(${data.byteLength} bytes) ${text}`}`);
    if (isTerminal) prompt();
  };
}
