import assert from 'node:assert/strict';
import test from 'node:test';
import { invokeOnce, tryEnvironments } from './try-environments.ts';

test('environments: a Node.js function answers', async (t) => {
  const tried = tryEnvironments(t);
  const environment = tried.start({ 'app.js': 'exports.handler = async (event) => ({ got: event });' });
  const { answer, result } = await invokeOnce(environment, { a: 'é' });
  assert.deepEqual(answer, { got: { a: 'é' } });
  assert.equal(result.functionError, null);
  console.log(await tried.log());
});
