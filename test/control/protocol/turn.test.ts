import assert from 'node:assert/strict';
import test from 'node:test';
import { Turn } from '../../../src/control/protocol/turn.ts';
import { testWire } from './wire.ts';

const turnEnd = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('turn: what was added in a turn is flushed once and called after that, in order', async () => {
  const seen: string[] = [];
  const turn = new Turn(() => seen.push('flush'));
  turn.add(() => seen.push('a'));
  turn.add(() => {
    seen.push('b');
    turn.add(() => seen.push('c'));
  });
  assert.deepEqual(seen, []);
  await turnEnd();
  assert.deepEqual(seen, ['flush', 'a', 'b']);
  await turnEnd();
  assert.deepEqual(seen, ['flush', 'a', 'b', 'flush', 'c']);
});

test('turn: no call is answered before its record was told and the turn ended', async (t) => {
  const told: string[] = [];
  const wire = await testWire(t, () => ({}), {
    onCall: ({ requestId }) => told.push(requestId),
    onTurnEnd: () => told.push('end'),
  });
  const answers = await Promise.all(Array.from({ length: 20 }, () => wire.send('GET', '/restapis')));
  assert.equal(told.at(-1), 'end');
  for (const { headers } of answers) assert.ok(told.includes(String(headers['x-amzn-requestid'])));
});
