// Clients that leave in the middle of a streamed answer. As at AWS the function is not told: it runs on to its end or its
// timeout, and what it writes goes nowhere.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { allowedFunction, startRealFunctions, streamedMethod } from '../support/real-functions.ts';

const pieceBytes = 65_536;
/** More than all sockets and windows on the way hold. */
const manyPieces = 800;

const code = `
const { once } = require('node:events');
const fs = require('node:fs');
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const piece = Buffer.alloc(${pieceBytes}, 'x');
exports.write = awslambda.streamifyResponse(async (event, output) => {
  const { 'X-Folder': folder, 'X-Pieces': pieces, 'X-Waits': waits } = event.headers;
  fs.writeFileSync(folder + '/began', '');
  while (waits === 'yes' && !fs.existsSync(folder + '/go')) await sleep(5);
  const response = awslambda.HttpResponseStream.from(output, { statusCode: 200 });
  for (let i = 1; i <= Number(pieces); i++) {
    if (!response.write(piece)) await once(response, 'drain');
    fs.writeFileSync(folder + '/written', String(i));
    if (Number(pieces) > ${manyPieces}) await sleep(1);
  }
  fs.appendFileSync(folder + '/ended', process.pid + '\\n');
  response.end();
});
`;

async function start(t: TestContext, timeoutSeconds = 60) {
  const write = allowedFunction('write', 'app.write');
  const versions = write.versions.map((version) => ({ ...version, timeoutSeconds }));
  const gateway = await startRealFunctions(t, code, [{ ...write, versions }], {
    'GET /write': streamedMethod('write'),
  });
  const { dataDir, port, host } = gateway;
  const file = (name: string): string => path.join(dataDir, name);
  const fields = (pieces: number): string[] => [`X-Folder: ${dataDir}`, `X-Pieces: ${pieces}`];
  return {
    has: (name: string) => existsSync(file(name)),
    read: (name: string) => readFileSync(file(name), 'utf8'),
    write: (name: string) => writeFileSync(file(name), ''),
    stats: () => host.stats().functions[0]!,
    /** A client that reads nothing until it is told. */
    open: (pieces: number, more: readonly string[] = []) => {
      const socket = net.connect(port, '127.0.0.1').on('error', () => {});
      const head = ['GET /_aws/execute-api/testapi001/test/write HTTP/1.1', 'Host: a'];
      socket.pause().write(`${[...head, ...fields(pieces), ...more].join('\r\n')}\r\n\r\n`);
      return socket;
    },
    call: () => gateway.call('/write', { headers: { 'x-folder': dataDir, 'x-pieces': '1' } }),
  };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Waits until nobody takes what the function writes. */
async function untilStalled(written: () => string): Promise<void> {
  for (let same = 0, last = ''; same < 40; ) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    const now = written();
    same = now === last && now !== '' ? same + 1 : 0;
    last = now;
  }
}

const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0);

test('leaving client: a function that waits for its reader goes on to its end, and serves the next', async (t) => {
  const { open, has, read, stats, call } = await start(t);
  const socket = open(manyPieces);
  await untilStalled(() => (has('written') ? read('written') : ''));
  assert.ok(!has('ended'), 'it waits for its reader');
  assert.deepEqual(stats().environments, { starting: 0, idle: 0, busy: 1 });
  socket.destroy();
  await until(() => has('ended') && stats().concurrent === 0);
  assert.equal(read('written'), String(manyPieces));
  const { invocations, errors, durationBuckets, environments } = stats();
  assert.deepEqual([invocations, errors, sum(durationBuckets)], [1, 0, 1]);
  assert.deepEqual(environments, { starting: 0, idle: 1, busy: 0 });
  const next = await call();
  assert.deepEqual([next.status, next.bytes.length], [200, pieceBytes]);
  const [first, second] = read('ended').trim().split('\n');
  assert.equal(first, second, 'in the same environment');
});

test('leaving client: a function that has not begun its answer runs on too', async (t) => {
  const { open, has, read, write, stats } = await start(t);
  const socket = open(manyPieces, ['X-Waits: yes']);
  await until(() => has('began'));
  socket.destroy();
  await once(socket, 'close');
  write('go');
  await until(() => has('ended') && stats().concurrent === 0);
  assert.equal(read('written'), String(manyPieces));
  assert.deepEqual(stats().environments, { starting: 0, idle: 1, busy: 0 });
});

test('leaving client: a function that never ends is ended by its timeout, and replaced', async (t) => {
  const { open, has, stats, call } = await start(t, 1);
  const socket = open(1_000_000);
  socket.resume();
  await until(() => has('written'));
  socket.destroy();
  await until(() => stats().errors === 1 && stats().concurrent === 0);
  const { durationMsMax, durationBuckets, environments } = stats();
  assert.ok(durationMsMax >= 900, `it ran for ${durationMsMax} ms`);
  assert.deepEqual([sum(durationBuckets), environments.busy, environments.idle], [1, 0, 0]);
  const next = await call();
  assert.deepEqual([next.status, next.bytes.length], [200, pieceBytes]);
});
