import assert from 'node:assert/strict';
import test from 'node:test';
import { tellNotAdopted } from '../../src/cli/tell-adopted.ts';

test('what is published: a command tells who does not serve it, and fails', (t) => {
  const write = t.mock.method(process.stderr, 'write', () => true);
  const said = (): string => write.mock.calls.map(({ arguments: [text] }) => String(text)).join('');
  assert.equal(tellNotAdopted({ adopted: [], failed: [] }), 0);
  assert.equal(said(), '');
  const failed = [{ pid: 7, reason: 'its disk is full' }];
  assert.equal(tellNotAdopted({ adopted: [], failed, functionsProblem: 'the host did not start' }), 1);
  assert.match(said(), /data plane 7 still serves what it had: its disk is full\n/);
  assert.match(said(), /functions are called as before: the host did not start\n/);
});
