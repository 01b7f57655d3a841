// What usage plans limit and count, over the wire.

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { sha256Hex } from '../../src/base/sigv4/index.ts';
import { openMeterFile } from '../../src/gateway/throttle/meter-file.ts';
import { loadAddon } from '../../src/gateway/throttle/native.ts';
import {
  counterFile,
  dayOf,
  type PublishedState,
  type PublishedUsagePlan,
  readMeterName,
  type Stage,
} from '../../src/resources/index.ts';
import { api, mock } from '../support/api.ts';
import { answerOf, keyValue, publishedKey, tokenAuthorizer } from '../support/authorized.ts';
import { done, startFunctionsGateway } from '../support/functions-gateway.ts';
import { type Answer, restoreMeters, startTestGateway, writePublished } from '../support/gateway.ts';

const loaded = loadAddon();
const skip = 'absent' in loaded && loaded.absent;

const needsKey = { apiKeyRequired: true } as const;
const definition = api({
  'GET /a': mock('a', needsKey),
  'GET /b': mock('b', needsKey),
  'GET /free': mock('free'),
});
const stages = ['testapi001/test'];
const never = { rateLimit: 1e-6 };
const month = { period: 'MONTH', offset: 0 } as const;

/** Keys `one`, `two` ... of `plan1`, with values `key-value-one` ... */
const keyNames = ['one', 'two'] as const;
const secretOf = (name: string): string => `key-value-${name}-of-enough-letters`;
const apiKeys = keyNames.map((name) => publishedKey(sha256Hex(secretOf(name)), { id: name, stages }));

const planOf = (more: Partial<PublishedUsagePlan>): Partial<PublishedState> => ({
  apiKeys,
  usagePlans: [
    {
      id: 'plan1',
      apiStages: [{ apiId: 'testapi001', stage: 'test' }],
      keyIds: [...keyNames],
      ...more,
    },
  ],
});

async function served(t: TestContext, published: Partial<PublishedState>, stage: Partial<Stage> = {}) {
  const gateway = await startTestGateway(t, [{ definition, stage }], { published });
  return {
    ...gateway,
    ask: (target: string, name: string = 'one') =>
      gateway.call(target, { headers: { 'X-API-Key': secretOf(name) } }),
    republish: async (more: Partial<PublishedState>) => {
      writePublished(gateway.dataDir, [{ definition, stage }], more);
      await gateway.gateway.adopt();
    },
  };
}

type Ask = (target: string, name?: string) => Promise<Answer>;

/** How many of so many requests are let in. */
async function admitted(ask: Ask, target: string, count: number, name?: string): Promise<number> {
  let admitted = 0;
  for (let i = 0; i < count; i++) if ((await ask(target, name)).status === 200) admitted++;
  return admitted;
}

const shown = ({ status, headers, body }: Answer) => [status, headers['x-amzn-errortype'], body];
const limitExceeded = [429, 'LimitExceededException', '{"message":"Limit Exceeded"}'];
const tooMany = [429, 'TooManyRequestsException', '{"message":"Too Many Requests"}'];

/** What the counter file says, by key and stage; and of quotas. */
function counted(dataDir: string): Record<string, number> {
  const file = openMeterFile(counterFile(dataDir))!;
  const all: Record<string, number> = {};
  for (const { name, cells } of file.changed()) {
    const meter = readMeterName(name)!;
    const key = meter.kind === 'quota' ? `${meter.keyId} quota` : `${meter.keyId} ${meter.stage}`;
    all[key] = cells.reduce((sum, { count }) => sum + count, 0);
  }
  file.close();
  return all;
}

test('usage plan: a quota answers so many requests of each key, then 429 Limit Exceeded', {
  skip,
}, async (t) => {
  const { ask, call, dataDir } = await served(t, planOf({ quota: { limit: 3, ...month } }));
  assert.equal(await admitted(ask, '/a', 2), 2);
  assert.equal(await admitted(ask, '/b', 2), 1);
  assert.deepEqual(shown(await ask('/a')), limitExceeded);
  assert.equal((await ask('/a', 'two')).status, 200);
  assert.equal((await call('/free', { headers: { 'x-api-key': secretOf('one') } })).body, 'free');
  assert.deepEqual(counted(dataDir), {
    'one quota': 3,
    'two quota': 1,
    'one testapi001/test': 3,
    'two testapi001/test': 1,
  });
});

test('usage plan: its throttle is for each key, over all methods, then 429 Too Many Requests', {
  skip,
}, async (t) => {
  const { ask, dataDir } = await served(t, planOf({ throttle: { ...never, burstLimit: 3 } }));
  assert.equal(await admitted(ask, '/a', 2), 2);
  assert.equal(await admitted(ask, '/b', 2), 1);
  assert.deepEqual(shown(await ask('/a')), tooMany);
  assert.equal(await admitted(ask, '/a', 4, 'two'), 3);
  assert.deepEqual(counted(dataDir), { 'one testapi001/test': 3, 'two testapi001/test': 3 });
});

test('usage plan: the throttle of a method is for each key and that method', { skip }, async (t) => {
  const throttle = { '/a/GET': { ...never, burstLimit: 2 } };
  const { ask } = await served(
    t,
    planOf({
      apiStages: [{ apiId: 'testapi001', stage: 'test', throttle }],
      throttle: { ...never, burstLimit: 5 },
    }),
  );
  assert.equal(await admitted(ask, '/a', 4), 2);
  assert.equal(await admitted(ask, '/b', 5), 3);
  assert.equal(await admitted(ask, '/a', 4, 'two'), 2);
});

test('usage plan: which limit a request fails by follows the order of the levels', {
  skip,
}, async (t) => {
  const nothing = { rateLimit: 0, burstLimit: 0 };
  const throttled = { throttlingRateLimit: 0, throttlingBurstLimit: 0 };
  const cases = [
    { plan: {}, stage: {}, says: null },
    { plan: {}, stage: throttled, says: tooMany, log: /Key throttle limit exceeded for RestApi testapi001/ },
    {
      plan: { quota: { limit: 0, ...month } },
      stage: throttled,
      says: limitExceeded,
      log: /Usage Plan quota limit exceeded for Usage Plan plan1, API Key ID one/,
    },
    {
      plan: { quota: { limit: 0, ...month }, throttle: nothing },
      stage: throttled,
      says: tooMany,
      log: /Usage Plan throttle limit exceeded for Usage Plan plan1, API Key ID one\. Limit: 0\.00 Burst: 0/,
    },
    {
      plan: {
        apiStages: [{ apiId: 'testapi001', stage: 'test', throttle: { '/a/GET': nothing } }],
        throttle: nothing,
        quota: { limit: 0, ...month },
      },
      stage: throttled,
      says: tooMany,
      log: /API Key ID one, method \/a\/GET/,
    },
  ];
  for (const { plan, stage, says, log } of cases) {
    const methodSettings: Stage['methodSettings'] = {
      '*/*': { ...stage, loggingLevel: 'INFO' },
    };
    const { call, logs } = await startFunctionsGateway(
      t,
      [{ definition, stage: { methodSettings } }],
      () => assert.fail('no function is called'),
      planOf(plan),
    );
    const answer = await call('/a', { headers: { 'x-api-key': secretOf('one') } });
    assert.deepEqual(shown(answer), says ?? [200, undefined, 'a']);
    const { execution } = await logs();
    if (log !== undefined) assert.match(execution, log);
    assert.ok(!execution.includes(secretOf('one')), 'a key is never logged');
  }
});

test('usage plan: a key has one plan on each stage, and its counts are apart', { skip }, async (t) => {
  const published: Partial<PublishedState> = {
    apiKeys: [
      publishedKey(sha256Hex(secretOf('one')), {
        id: 'one',
        stages: ['testapi001/test', 'testapi001/other'],
      }),
    ],
    usagePlans: [
      {
        id: 'small',
        apiStages: [{ apiId: 'testapi001', stage: 'test' }],
        keyIds: ['one'],
        quota: { limit: 1, ...month },
      },
      {
        id: 'large',
        apiStages: [{ apiId: 'testapi001', stage: 'other' }],
        keyIds: ['one'],
        quota: { limit: 3, ...month },
      },
    ],
  };
  const { call } = await startTestGateway(
    t,
    [{ definition }, { definition, stage: { stageName: 'other' } }],
    { published },
  );
  const ask = (stage: string) => (target: string) =>
    call(target, { stage, headers: { 'x-api-key': secretOf('one') } });
  assert.equal(await admitted(ask('test'), '/a', 3), 1);
  assert.equal(await admitted(ask('other'), '/a', 5), 3);
});

test('usage plan: stages of one plan share its quota and are counted apart', { skip }, async (t) => {
  const published = planOf({
    quota: { limit: 3, ...month },
    apiStages: [
      { apiId: 'testapi001', stage: 'test' },
      { apiId: 'testapi001', stage: 'other' },
    ],
  });
  const both = [
    publishedKey(sha256Hex(secretOf('one')), { id: 'one', stages: ['testapi001/test', 'testapi001/other'] }),
  ];
  const { call, dataDir } = await startTestGateway(
    t,
    [{ definition }, { definition, stage: { stageName: 'other' } }],
    { published: { ...published, apiKeys: both } },
  );
  const statuses = [];
  for (const stage of ['test', 'other', 'test', 'other', 'test'])
    statuses.push((await call('/a', { stage, headers: { 'x-api-key': secretOf('one') } })).status);
  assert.deepEqual(statuses, [200, 200, 200, 429, 429]);
  assert.deepEqual(counted(dataDir), { 'one quota': 3, 'one testapi001/test': 2, 'one testapi001/other': 1 });
});

test('usage plan: what is published anew holds at once, and what was spent stays spent', {
  skip,
}, async (t) => {
  const { ask, republish } = await served(t, planOf({ quota: { limit: 2, ...month } }));
  assert.equal(await admitted(ask, '/a', 3), 2);
  await republish(planOf({ quota: { limit: 5, ...month } }));
  assert.equal(await admitted(ask, '/a', 5), 3);
  await republish(planOf({ quota: { limit: 1, ...month } }));
  assert.deepEqual(shown(await ask('/a')), limitExceeded);
  await republish(planOf({ throttle: { ...never, burstLimit: 1 } }));
  assert.equal(await admitted(ask, '/a', 3), 1);
  await republish(planOf({}));
  assert.equal(await admitted(ask, '/a', 3), 3);
  await republish(planOf({ quota: { limit: 10, ...month } }));
  // 5 were spent of this quota before; those that came while the plan had none were counted, not spent.
  assert.equal(await admitted(ask, '/a', 9), 5);
  await republish({ apiKeys: [], usagePlans: [] });
  assert.equal((await ask('/a')).status, 403);
});

test('usage plan: another period of the quota begins anew', { skip }, async (t) => {
  const { ask, republish } = await served(t, planOf({ quota: { limit: 2, ...month } }));
  assert.equal(await admitted(ask, '/a', 3), 2);
  await republish(planOf({ quota: { limit: 2, period: 'WEEK', offset: 1 } }));
  assert.equal(await admitted(ask, '/a', 3), 2);
  await republish(planOf({ quota: { limit: 2, ...month } }));
  assert.equal(await admitted(ask, '/a', 3), 0);
});

test('usage plan: nothing that it counts is admitted until the store has told the counter file what it knows', {
  skip,
}, async (t) => {
  const gateway = await startTestGateway(t, [{ definition }], {});
  writePublished(gateway.dataDir, [{ definition }], planOf({ quota: { limit: 2, ...month } }));
  await gateway.gateway.adopt();
  const ask: Ask = (target) => gateway.call(target, { headers: { 'x-api-key': secretOf('one') } });
  assert.deepEqual(shown(await ask('/a')), tooMany);
  assert.equal((await gateway.call('/free')).body, 'free');
  const file = openMeterFile(counterFile(gateway.dataDir))!;
  const quota = { kind: 'quota', planId: 'plan1', keyId: 'one', period: 'MONTH/0' } as const;
  const now = new Date();
  file.write(quota, dayOf(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1)), 1);
  file.markRestored();
  file.close();
  assert.equal(await admitted(ask, '/a', 3), 1);
});

test('usage plan: the key that an authorizer names is counted, whatever the header says', {
  skip,
}, async (t) => {
  const custom = { authorizationType: 'CUSTOM', authorizerId: 'auth01' } as const;
  const { call } = await startFunctionsGateway(
    t,
    [
      {
        definition: api(
          { 'GET /a': mock('a', { ...needsKey, ...custom }) },
          {
            authorizers: [tokenAuthorizer({ authorizerResultTtlInSeconds: 300 })],
            restApi: { apiKeySource: 'AUTHORIZER' },
          },
        ),
      },
    ],
    ({ payload }, handler) => {
      const { authorizationToken } = JSON.parse(Buffer.from(payload).toString());
      handler.onEnd(done(answerOf({ usageIdentifierKey: secretOf(authorizationToken) })));
    },
    planOf({ quota: { limit: 2, ...month } }),
  );
  const statuses = [];
  for (const token of ['one', 'one', 'two', 'one', 'two', 'three'])
    statuses.push((await call('/a', { headers: { authorization: token, 'x-api-key': keyValue } })).status);
  assert.deepEqual(statuses, [200, 200, 200, 429, 200, 403]);
});

test('usage plan: two data planes answer one quota together', { skip }, async (t) => {
  const published = planOf({ quota: { limit: 7, ...month } });
  const one = await served(t, published);
  restoreMeters(one.dataDir);
  const { startGateway } = await import('../../src/gateway/gateway.ts');
  const { testSettings } = await import('../support/gateway.ts');
  const second = await startGateway(testSettings(one.dataDir, { slot: 1, processes: 2 }));
  t.after(() => second.drain(200));
  const both: Ask = async (target) => {
    const answer = await fetch(`http://127.0.0.1:${second.port}/_aws/execute-api/testapi001/test${target}`, {
      headers: { 'x-api-key': secretOf('one') },
    });
    await answer.text();
    return { status: answer.status } as Answer;
  };
  let answered = 0;
  for (let i = 0; i < 6; i++)
    answered += (await admitted(one.ask, '/a', 1)) + (await admitted(both, '/a', 1));
  assert.equal(answered, 7);
});
