// API keys of methods that require one.

import assert from 'node:assert/strict';
import test from 'node:test';
import { sha256Hex } from '../../src/base/sigv4/index.ts';
import type { PublishedApiKey } from '../../src/resources/index.ts';
import { api, mock } from '../support/api.ts';
import {
  answerOf,
  keyValue,
  publishedKey,
  requestAuthorizer,
  tokenAuthorizer,
} from '../support/authorized.ts';
import { done, ending, proxy, startFunctionsGateway } from '../support/functions-gateway.ts';
import { startTestGateway } from '../support/gateway.ts';
import { startGatewayWith } from '../support/republish.ts';

const needsKey = { apiKeyRequired: true } as const;
const withKey = (value: string) => ({ headers: { 'X-Api-Key': value } });
const good = publishedKey(sha256Hex(keyValue));
const forbidden = '{"message":"Forbidden"}';

test('API key: only one that is known, enabled and in a plan of the stage passes', async (t) => {
  const definition = api({ 'GET /a': mock('in', needsKey), 'GET /free': mock('free') });
  const keys: Record<string, PublishedApiKey> = {
    disabled: publishedKey(sha256Hex('disabled'), { enabled: false }),
    planless: publishedKey(sha256Hex('planless'), { stages: [] }),
    elsewhere: publishedKey(sha256Hex('elsewhere'), { stages: ['testapi001/prod', 'testapi002/test'] }),
  };
  const { call } = await startTestGateway(t, [{ definition }], {
    published: { apiKeys: [good, ...Object.values(keys)] },
  });
  for (let i = 0; i < 2; i++) assert.equal((await call('/a', withKey(keyValue))).body, 'in');
  for (const value of [...Object.keys(keys), 'unknown', '', good.valueHash, `${keyValue}x`]) {
    const { status, headers, body } = await call('/a', withKey(value));
    assert.deepEqual(
      [status, headers['x-amzn-errortype'], body],
      [403, 'ForbiddenException', forbidden],
      value,
    );
  }
  assert.equal((await call('/a')).body, forbidden);
  assert.equal((await call('/free')).body, 'free');
});

test('API key: what is published anew holds at once', async (t) => {
  const served = await startGatewayWith(t, api({ 'GET /a': mock('in', needsKey) }), { apiKeys: [good] });
  const ask = async (): Promise<number> => (await served.call('/a', withKey(keyValue))).status;
  assert.equal(await ask(), 200);
  await served.republish({ apiKeys: [{ ...good, enabled: false }] });
  assert.equal(await ask(), 403);
  await served.republish({ apiKeys: [good] });
  assert.equal(await ask(), 200);
  await served.republish({});
  assert.equal(await ask(), 403);
});

test('API key: events, templates and logs tell which it was, and logs not its value', async (t) => {
  const definition = api({
    'GET /event': { ...proxy(), ...needsKey },
    'GET /template': mock('$context.identity.apiKey $context.identity.apiKeyId', needsKey),
  });
  const stage = {
    methodSettings: { '*/*': { loggingLevel: 'INFO' } },
    accessLogSettings: {
      destinationArn: 'arn:aws:logs:us-east-1:1:log-group:access',
      format: '$context.identity.apiKeyId',
    },
  } as const;
  const { call, functions, logs } = await startFunctionsGateway(
    t,
    [{ definition, stage }],
    ending(done({ statusCode: 200, body: 'ok' })),
    { apiKeys: [good] },
  );
  assert.equal((await call('/template', withKey(keyValue))).body, `${keyValue} key0000001`);
  assert.equal((await call('/event', withKey(keyValue))).body, 'ok');
  const { apiKey, apiKeyId } = functions.event.requestContext.identity as Record<string, unknown>;
  assert.deepEqual([apiKey, apiKeyId], [keyValue, 'key0000001']);
  await call('/template', withKey('0123456789012345678901234567890'));
  const { execution, access } = await logs();
  assert.deepEqual(access.trim().split('\n'), ['key0000001', 'key0000001', '-']);
  const shown = `${'*'.repeat(24)}EFGHIJ`;
  for (const line of [
    `API Key: ${shown} API Stage: testapi001/test`,
    `Usage Plan check succeeded for API Key ${shown} and API Stage testapi001/test`,
    'API Key ID: key0000001',
    `API Key ${'*'.repeat(25)}567890 not authorized because method 'GET /template' requires API Key`,
  ])
    assert.ok(execution.includes(line), `${line}\n${execution}`);
  assert.ok(!execution.includes(keyValue));
});

test('API key: of an API whose source is AUTHORIZER, the authorizer gives it and the header is not looked at', async (t) => {
  const custom = { authorizationType: 'CUSTOM', authorizerId: 'auth01' } as const;
  const definition = api(
    {
      'GET /a': mock('$context.identity.apiKeyId', { ...needsKey, ...custom }),
      'GET /b': mock('in', needsKey),
    },
    {
      authorizers: [tokenAuthorizer({ authorizerResultTtlInSeconds: 300 })],
      restApi: { apiKeySource: 'AUTHORIZER' },
    },
  );
  const { call, logs } = await startFunctionsGateway(
    t,
    [{ definition, stage: { methodSettings: { '*/*': { loggingLevel: 'INFO', dataTraceEnabled: true } } } }],
    ({ payload }, handler) => {
      const { authorizationToken } = JSON.parse(Buffer.from(payload).toString());
      const key = authorizationToken === 'none' ? {} : { usageIdentifierKey: authorizationToken };
      handler.onEnd(done(answerOf(key)));
    },
    { apiKeys: [good] },
  );
  const ask = async (token: string) =>
    (await call('/a', { headers: { authorization: token, 'x-api-key': keyValue } })).body;
  assert.deepEqual(
    [await ask(keyValue), await ask(keyValue), await ask('another'), await ask('none')],
    ['key0000001', 'key0000001', forbidden, forbidden],
  );
  assert.equal((await call('/b', withKey(keyValue))).body, forbidden);
  assert.ok(!(await logs()).execution.includes(keyValue));
});

test('API key: a REQUEST authorizer is told of the key that came', async (t) => {
  const definition = api(
    { 'GET /a': mock('in', { ...needsKey, authorizationType: 'CUSTOM', authorizerId: 'auth01' }) },
    { authorizers: [requestAuthorizer()] },
  );
  const { call, functions } = await startFunctionsGateway(t, [{ definition }], ending(done(answerOf())), {
    apiKeys: [good],
  });
  assert.equal((await call('/a', withKey(keyValue))).body, 'in');
  const { requestContext } = JSON.parse(Buffer.from(functions.last.payload).toString());
  assert.deepEqual(
    [requestContext.identity.apiKey, requestContext.identity.apiKeyId],
    [keyValue, 'key0000001'],
  );
  assert.equal((await call('/a')).body, forbidden);
});
