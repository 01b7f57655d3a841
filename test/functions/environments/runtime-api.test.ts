// The Runtime API, asked by a runtime that does what it may not: what it is told.

import assert from 'node:assert/strict';
import test from 'node:test';
import { RuntimeApi } from '../../../src/functions/environments/api/runtime-api.ts';
import { defaultLimits } from '../../../src/functions/environments/index.ts';
import type { RuntimeListener } from '../../../src/functions/environments/runtime-link.ts';
import { invocationOf } from './try-environments.ts';

const deaf: RuntimeListener = {
  onNext: () => {},
  onLeaving: () => {},
  onInitError: () => {},
  onHead: () => {},
  onData: () => true,
  onAnswer: () => {},
  onTruncated: () => {},
  onChannelEnd: () => {},
};

test('Runtime API: an answer that comes twice is refused by what was answered, and by what runs now', async (t) => {
  const api = new RuntimeApi(deaf, defaultLimits, 1);
  const address = await api.listen();
  t.after(() => api.close());
  const ask = async (path: string, body?: string): Promise<string> => {
    const url = `http://${address}/2018-06-01/runtime/invocation/${path}`;
    const response = await fetch(url, body === undefined ? {} : { method: 'POST', body });
    const { errorType, errorMessage = '' } = (await response.json()) as Record<string, string>;
    return [response.status, errorType, ...errorMessage.split(' ').slice(0, 4)].join(' ').trim();
  };
  const [first, second] = [invocationOf({}), invocationOf({})];
  api.deliver(first);
  assert.equal(await ask('next'), '200');
  const told = [
    await ask('next'),
    await ask(`${first.requestId}/response`, '1'),
    await ask(`${first.requestId}/response`, '1'),
  ];
  api.deliver(second);
  assert.equal(await ask('next'), '200');
  told.push(await ask(`${first.requestId}/response`, '1'), await ask(`${second.requestId}/error`, '{}'));
  assert.deepEqual(told, [
    '403 InvalidStateTransition State transition from Running',
    '202',
    '403 InvalidStateTransition State transition from ResponseSent',
    '400 InvalidRequestID Invalid request ID',
    '202',
  ]);
});
