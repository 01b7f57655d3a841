// boto3 against apigatewayv2: for each operation of WebSocket APIs success with the answer's shape, and the main
// refusals; the others are refused by name. The cases are in boto3/case_v2_*.py.

import assert from 'node:assert/strict';
import test from 'node:test';
import { apigatewayv2Operations } from '../../src/control/protocol/apigatewayv2/operations.ts';
import { runCases, skip } from './boto3/serve.ts';

test('boto3 is answered by every operation of WebSocket APIs as by the service', { skip }, async (t) => {
  const logged: string[] = [];
  const told = await runCases(t, 'apigatewayv2', (text) => logged.push(text));
  for (const name of Object.keys(apigatewayv2Operations))
    await t.test(`${name} of apigatewayv2 answers and refuses boto3 as the service does`, () => {
      const cases = told.filter(({ operation }) => operation === name);
      assert.ok(cases.length > 0, 'it has no case');
      assert.ok(
        cases.some(({ title }) => title.includes('refuse')),
        'it has no case of a refusal',
      );
      const failures = cases.flatMap(({ title, failure }) =>
        failure === null ? [] : [`${title}: ${failure}`],
      );
      assert.equal(failures.join('\n'), '');
    });
  await t.test('no case of apigatewayv2 met a failure of ours', () => assert.deepEqual(logged, []));
});
