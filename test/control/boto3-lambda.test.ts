// boto3 against Lambda's operations: success with the answer's shape, and the main refusals. The cases are in
// boto3/case_lambda_*.py; functions are only pretended to run.

import assert from 'node:assert/strict';
import test from 'node:test';
import { lambdaOperations } from '../../src/control/protocol/lambda/operations.ts';
import { runCases, skip } from './boto3/serve.ts';
import { fakeFunctions } from './lambda/fake-functions.ts';

/** Ours: the address that GetFunction gives leads there. */
const notOfAws = ['GetFunctionCode'];
/** Of operations that take nothing that could be wrong. */
const neverRefused = ['GetAccountSettings'];

test('boto3 is answered by every operation of Lambda as by the service', { skip }, async (t) => {
  const logged: string[] = [];
  const told = await runCases(t, 'lambda', (text) => logged.push(text), fakeFunctions());
  for (const name of Object.keys(lambdaOperations).filter((one) => !notOfAws.includes(one)))
    await t.test(`${name} of Lambda answers and refuses boto3 as the service does`, () => {
      const cases = told.filter(({ operation }) => operation === name);
      assert.ok(cases.length > 0, 'it has no case');
      const isRefused = cases.some(({ title }) => title.includes('refuse'));
      assert.ok(isRefused || neverRefused.includes(name), 'it has no case of a refusal');
      const failures = cases.flatMap(({ title, failure }) =>
        failure === null ? [] : [`${title}: ${failure}`],
      );
      assert.equal(failures.join('\n'), '');
    });
  await t.test('no case of Lambda met a failure of ours', () => assert.deepEqual(logged, []));
});
