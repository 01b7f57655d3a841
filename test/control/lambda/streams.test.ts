// Streams of InvokeWithResponseStream: as fast as the client reads, and ended when it leaves.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as startRequest } from 'node:http';
import test from 'node:test';
import { createManagementServer } from '../../../src/control/protocol/server.ts';
import type { Functions, InvocationHandler } from '../../../src/functions/functions.ts';
import { caller, testControl } from '../../support/control.ts';
import { done } from './fake-functions.ts';

const path = '/2021-11-15/functions/f/response-streaming-invocations';

/** A function that a test makes answer, step by step. */
async function world(t: { after(work: () => unknown): void }) {
  let handler: InvocationHandler | null = null;
  const told: string[] = [];
  let onTold = (): void => {};
  const tell = (what: string): void => {
    told.push(what);
    onTold();
  };
  const functions: Functions = {
    invoke: (_, given) => {
      handler = given;
      setImmediate(() => tell('invoked'));
      return { abort: () => tell('abort'), resume: () => tell('resume') };
    },
  };
  const { control } = await testControl(t, {}, { functions });
  const server = createManagementServer({
    controlPlane: control,
    host: '127.0.0.1',
    port: 0,
    authenticate: () => caller,
    onCall: () => {},
    log: assert.fail,
  });
  const port = await server.listen();
  t.after(() => server.close());
  const until = (what: string): Promise<void> =>
    new Promise((resolve) => {
      onTold = () => {
        if (told.includes(what)) resolve();
      };
      onTold();
    });
  const request = startRequest({ host: '127.0.0.1', port, path, method: 'POST', agent: false });
  request.on('error', () => {});
  request.end('{}');
  await until('invoked');
  return { handler: handler!, told, until, request };
}

test('a stream is paused while its client does not read, and resumed when it does', async (t) => {
  const { handler, told, until, request } = await world(t);
  handler.onHead('text/event-stream');
  const [response] = await once(request, 'response');
  await until('resume');
  told.length = 0;
  response.pause();
  const chunk = Buffer.alloc(64 * 1024);
  let sent = 0;
  while (handler.onData(chunk)) sent++;
  assert.ok(sent < 1_000, 'it is asked to pause');
  let size = 0;
  response.on('data', (bytes: Buffer) => {
    size += bytes.length;
  });
  response.resume();
  await until('resume');
  handler.onEnd(done({ wantsLogTail: false }, ''));
  await once(response, 'end');
  assert.ok(size > (sent + 1) * chunk.length);
});

test('a stream whose client leaves is aborted', async (t) => {
  const { handler, until, request } = await world(t);
  handler.onHead('text/event-stream');
  await once(request, 'response');
  await until('resume');
  request.destroy();
  await until('abort');
});

test('a stream whose client has left before its head is aborted too', async (t) => {
  const { handler, until, request } = await world(t);
  request.destroy();
  await new Promise((resolve) => request.once('close', resolve));
  // The server learns of it in its own time.
  await new Promise((resolve) => setImmediate(resolve));
  handler.onHead('text/event-stream');
  await until('abort');
});
