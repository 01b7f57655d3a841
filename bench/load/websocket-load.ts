// Load on WebSockets from a process of its own, so that the server's CPU time is the server's. Its one argument is its plan as
// JSON; it prints its report as JSON.
//
// - `messages`: connections that send a message each, and the next one as soon as the answer is there
// - `connections`: opens so many, at a rate, holds them until its input ends

import net from 'node:net';
import { handshakeHead, isUpgraded } from './websocket-handshake.ts';

export interface SocketLoadPlan {
  readonly mode: 'messages' | 'connections';
  readonly port: number;
  readonly path: string;
  readonly connections: number;
  /** Of `messages`. */
  readonly seconds: number;
  readonly message: string;
  /** Bytes of the answer's frame. */
  readonly answerBytes: number;
  /** Local addresses to connect from, in turn: each has ports of its own. */
  readonly from: readonly string[];
  /** Handshakes under way at once. */
  readonly opening: number;
}

export interface SocketLoadReport {
  readonly messages: number;
  readonly seconds: number;
  readonly opened: number;
  readonly failed: number;
  readonly openSeconds: number;
}

const plan = JSON.parse(process.argv[2]!) as SocketLoadPlan;
const { port, path, from } = plan;
const head = Buffer.from(handshakeHead(path));

function frameOf(text: string): Buffer {
  const body = Buffer.from(text);
  if (body.length > 125) throw new Error('a message of at most 125 bytes was expected');
  const mask = Buffer.from([1, 2, 3, 4]);
  const masked = body.map((byte, i) => byte ^ mask[i & 3]!);
  return Buffer.concat([Buffer.from([0x81, 0x80 | body.length]), mask, masked]);
}

function open(i: number): Promise<net.Socket | null> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: '127.0.0.1', localAddress: from[i % from.length]! });
    const fail = (): void => resolve(null);
    socket.setNoDelay(true);
    socket.once('error', fail);
    socket.once('close', fail);
    socket.once('connect', () => socket.write(head));
    socket.once('data', (answer: Buffer) => {
      socket.off('error', fail);
      socket.off('close', fail);
      socket.on('error', () => {});
      resolve(isUpgraded(answer) ? socket : null);
    });
  });
}

const sockets: net.Socket[] = [];
let failed = 0;
let next = 0;
const began = performance.now();
await Promise.all(
  Array.from({ length: Math.min(plan.opening, plan.connections) }, async () => {
    while (next < plan.connections) {
      const socket = await open(next++);
      if (socket === null) failed++;
      else sockets.push(socket);
    }
  }),
);
const openSeconds = (performance.now() - began) / 1000;
const report = { opened: sockets.length, failed, openSeconds };

if (plan.mode === 'connections') {
  process.stdout.write(`${JSON.stringify({ ...report, messages: 0, seconds: 0 })}\n`);
  process.stdin.on('end', () => process.exit(0)).resume();
} else {
  const frame = frameOf(plan.message);
  let messages = 0;
  let isOver = false;
  for (const socket of sockets) {
    let bytes = 0;
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      while (bytes >= plan.answerBytes) {
        bytes -= plan.answerBytes;
        messages++;
        if (!isOver) socket.write(frame);
      }
    });
    socket.write(frame);
  }
  const started = performance.now();
  await new Promise((resolve) => setTimeout(resolve, plan.seconds * 1000));
  isOver = true;
  const seconds = (performance.now() - started) / 1000;
  process.stdout.write(`${JSON.stringify({ ...report, messages, seconds })}\n`, () => process.exit(0));
}
