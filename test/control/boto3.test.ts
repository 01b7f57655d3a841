// boto3 against a whole control plane over a store on disk: for each of the 124 operations, success with the answer's
// shape, and the main refusals. The cases are in boto3/case_*.py.

import assert from 'node:assert/strict';
import test from 'node:test';
import { type OperationName, operations } from '../../src/control/protocol/operations.ts';
import { runCases, skip } from './boto3/serve.ts';

/** Of operations that take nothing that could be wrong. */
const neverRefused: readonly OperationName[] = ['GetAccount'];

test('boto3 is answered by every operation as by the service', { skip }, async (t) => {
  const logged: string[] = [];
  const told = await runCases(t, 'apigateway', (text) => logged.push(text));
  for (const name of Object.keys(operations) as OperationName[])
    await t.test(`${name} answers and refuses boto3 as the service does`, () => {
      const cases = told.filter(({ operation }) => operation === name);
      assert.ok(cases.length > 0, 'it has no case');
      const isRefused = cases.some(({ title }) => title.includes('refuse'));
      assert.ok(isRefused || neverRefused.includes(name), 'it has no case of a refusal');
      const failures = cases.flatMap(({ title, failure }) =>
        failure === null ? [] : [`${title}: ${failure}`],
      );
      assert.equal(failures.join('\n'), '');
    });
  await t.test('no case met a failure of ours', () => assert.deepEqual(logged, []));
});
