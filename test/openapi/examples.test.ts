// The examples as a user runs them: deployed, served by a gateway, with their real services behind it.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import test, { type TestContext } from 'node:test';
import { request } from 'undici';
import { startGateway } from '../../src/gateway/gateway.ts';
import { testControl } from '../support/control.ts';
import { testSettings } from '../support/gateway.ts';

const examples = join(import.meta.dirname, '../../examples');

/** Starts an example's service on a free port. @returns its address */
async function startService(t: TestContext, name: string): Promise<string> {
  const env = { ...process.env, PORT: '0' };
  const child = spawn(process.execPath, [join(examples, name, 'service.ts')], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return /127\.0\.0\.1:\d+/.exec(line)![0];
}

async function startExample(t: TestContext, name: string) {
  const backend = await startService(t, name);
  const { control, call } = await testControl(t);
  const body = readFileSync(join(examples, name, 'openapi.yaml'));
  const { id: restApiId } = await call('ImportRestApi', { body, failOnWarnings: true });
  await call('CreateDeployment', { restApiId, stageName: 'prod', variables: { backend } });
  const gateway = await startGateway(testSettings(control.services.dataDir));
  t.after(() => gateway.drain(200));
  return async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const answer = await request(
      `http://127.0.0.1:${gateway.port}/_aws/execute-api/${restApiId}/prod${path}`,
      {
        method: method as 'GET',
        headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        body: body === undefined ? null : JSON.stringify(body),
      },
    );
    const text = await answer.body.text();
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
  };
}

test('examples: the pet store answers as its document says', async (t) => {
  const call = await startExample(t, 'petstore');

  const health = await call('GET', '/health');
  assert.deepEqual([health.status, health.body], [200, { status: 'ok', stage: 'prod' }]);

  const cats = await call('GET', '/pets?kind=cat');
  assert.deepEqual(cats.body, [{ id: 1, name: 'Mia', species: 'cat', age: 3 }]);
  assert.equal(cats.headers['x-pet-count'], '1');
  assert.equal(cats.headers['access-control-allow-origin'], '*');

  const made = await call('POST', '/pets', { name: 'Tweety "T"', kind: 'bird' });
  assert.deepEqual([made.status, made.body], [201, { name: 'Tweety "T"', species: 'bird', id: 3 }]);
  assert.equal(made.headers.location, '/pets/3');

  const refused = await call('POST', '/pets', { name: '', kind: 'fish' });
  assert.equal(refused.status, 400);
  assert.equal(refused.headers['access-control-allow-origin'], '*');
  assert.deepEqual(refused.body, { message: 'Invalid request body' });
  assert.match(String(refused.headers['x-validation-errors']), /^\[string "" is too short/);

  assert.deepEqual((await call('GET', '/pets/2')).body, { id: 2, name: 'Rex', species: 'dog', age: 5 });
  assert.equal((await call('PUT', '/pets/2', { age: 6 })).body.age, 6);
  assert.equal((await call('DELETE', '/pets/2')).status, 204);
  assert.equal((await call('GET', '/pets/2')).status, 404);

  assert.deepEqual((await call('GET', '/7/genres')).body, { genre: ['jazz', 'soul'] });
  const unknown = await call('GET', '/9/genres');
  assert.deepEqual([unknown.status, unknown.body], [404, { message: 'No artist has this id' }]);

  const preflight = await call('OPTIONS', '/pets', undefined, {
    origin: 'http://page',
    'access-control-request-method': 'POST',
  });
  assert.equal(preflight.status, 200);
  assert.equal(preflight.headers['access-control-allow-methods'], 'GET,POST,OPTIONS');

  const nothing = await call('GET', '/nothing');
  assert.equal(nothing.status, 404);
  assert.match(nothing.body.message, /^There is nothing at /);
});

test('examples: JSON goes to a SOAP service as XML, and its XML comes back as JSON', async (t) => {
  const call = await startExample(t, 'soap');
  const converted = await call('POST', '/fahrenheit', { celsius: 36.6, note: 'a < b & c' });
  assert.deepEqual([converted.status, converted.body], [200, { fahrenheit: 97.88 }]);
  const refused = await call('POST', '/fahrenheit', { celsius: 'warm' });
  assert.deepEqual([refused.status, refused.body], [400, { message: 'Invalid request body' }]);
  const otherType = await call('POST', '/fahrenheit', { celsius: 1 }, { 'content-type': 'text/plain' });
  assert.equal(otherType.status, 415);
});
