import assert from 'node:assert/strict';
import test from 'node:test';
import type { Input } from '../../../src/control/protocol/operations.ts';
import { refused } from '../../support/control.ts';
import { deployable, restApiId, start } from './deployable.ts';

const stageName = 'prod';
type Op = NonNullable<Input<'UpdateStage'>['patchOperations']>[number];

const replace = (path: string, value?: string): Op => ({
  op: 'replace',
  path,
  ...(value === undefined ? {} : { value }),
});
const remove = (path: string): Op => ({ op: 'remove', path });

/** A stage with a deployment, and another deployment that it may be moved to. */
async function staged(t: { after(work: () => unknown): void }) {
  const world = await deployable(t);
  const { id } = await world.call('CreateDeployment', { restApiId, stageName });
  const patch = (...patchOperations: Op[]) =>
    world.call('UpdateStage', { restApiId, stageName, patchOperations });
  return { ...world, id, other: await world.deploy(), patch };
}

/** What an entry of the method settings has beside what was set. */
const defaults = {
  metricsEnabled: false,
  dataTraceEnabled: false,
  throttlingBurstLimit: 5000,
  throttlingRateLimit: 10_000,
  cachingEnabled: false,
  cacheTtlInSeconds: 300,
  cacheDataEncrypted: false,
  requireAuthorizationForCacheControl: true,
  unauthorizedCacheControlHeaderStrategy: 'SUCCEED_WITH_RESPONSE_HEADER',
};

test('stage patch: members of the stage are replaced, and its date moves', async (t) => {
  const { patch, other, advance } = await staged(t);
  advance(60);
  const patched = await patch(
    replace('/deploymentId', other),
    replace('/description', 'new'),
    replace('/cacheClusterEnabled', 'True'),
    replace('/cacheClusterSize', '6.1'),
    replace('/tracingEnabled', 'true'),
    replace('/variables/a', 'x'),
    { op: 'add', path: '/variables/b', value: 'y' },
    replace('/variables/a', 'z'),
    replace('/accessLogSettings/destinationArn', 'arn:aws:logs:us-east-1:111122223333:log-group:all'),
    { op: 'add', path: '/accessLogSettings/format', value: '$context.requestId\n' },
  );
  assert.deepEqual(patched, {
    stageName,
    deploymentId: other,
    description: 'new',
    cacheClusterEnabled: true,
    cacheClusterSize: '6.1',
    cacheClusterStatus: 'AVAILABLE',
    tracingEnabled: true,
    variables: { a: 'z', b: 'y' },
    accessLogSettings: {
      destinationArn: 'arn:aws:logs:us-east-1:111122223333:log-group:all',
      format: '$context.requestId\n',
    },
    methodSettings: {},
    createdDate: start,
    lastUpdatedDate: start + 60,
  });
});

test('stage patch: members are taken away again', async (t) => {
  const { patch } = await staged(t);
  const before = await patch();
  await patch(
    replace('/description', 'x'),
    replace('/variables', '{"a":"1","b":"2"}'),
    replace('/cacheClusterSize', '1.6'),
    replace('/accessLogSettings/format', '$context.requestId'),
    replace('/canarySettings/percentTraffic', '10'),
  );
  const after = await patch(
    replace('/description', ''),
    replace('/cacheClusterSize', ''),
    remove('/variables/a'),
    remove('/variables/not-there'),
    remove('/accessLogSettings/format'),
    remove('/canarySettings'),
  );
  assert.deepEqual(after, { ...before, variables: { b: '2' } });
  assert.deepEqual(await patch(remove('/variables'), remove('/accessLogSettings')), before);
});

test('stage patch: each setting of a method has its path, and a new entry has all the others', async (t) => {
  const cases: [suffix: string, value: string, set: object][] = [
    ['metrics/enabled', 'true', { metricsEnabled: true }],
    ['metrics/enabled', 'maybe', { metricsEnabled: false }],
    ['logging/loglevel', 'INFO', { loggingLevel: 'INFO' }],
    ['logging/dataTrace', 'TRUE', { dataTraceEnabled: true }],
    ['throttling/burstLimit', '-1', { throttlingBurstLimit: -1 }],
    ['throttling/rateLimit', '0.5', { throttlingRateLimit: 0.5 }],
    ['throttling/rateLimit', '-1.0', { throttlingRateLimit: -1 }],
    ['caching/enabled', 'true', { cachingEnabled: true }],
    ['caching/ttlInSeconds', '3600', { cacheTtlInSeconds: 3600 }],
    ['caching/dataEncrypted', 'true', { cacheDataEncrypted: true }],
    ['caching/requireAuthorizationForCacheControl', 'false', { requireAuthorizationForCacheControl: false }],
    [
      'caching/unauthorizedCacheControlHeaderStrategy',
      'FAIL_WITH_403',
      { unauthorizedCacheControlHeaderStrategy: 'FAIL_WITH_403' },
    ],
  ];
  const { patch } = await staged(t);
  for (const [suffix, value, set] of cases) {
    for (const key of ['*/*', 'test/GET']) {
      const { methodSettings } = await patch(replace(`/${key}/${suffix}`, value));
      assert.deepEqual(methodSettings, { [key]: { ...defaults, ...set } }, `${suffix} = ${value}`);
      assert.deepEqual((await patch(remove(`/${key}`))).methodSettings, {});
    }
  }
});

test('stage patch: an entry made after the wildcard begins with what that has', async (t) => {
  const { patch } = await staged(t);
  const { methodSettings } = await patch(
    replace('/*/*/logging/loglevel', 'ERROR'),
    replace('/*/*/throttling/rateLimit', '7'),
    replace('/pets/ANY/throttling/burstLimit', '3'),
    replace('/*/*/logging/loglevel', 'OFF'),
  );
  const all = { ...defaults, throttlingRateLimit: 7 };
  assert.deepEqual(methodSettings, {
    '*/*': { ...all, loggingLevel: 'OFF' },
    'pets/ANY': { ...all, loggingLevel: 'ERROR', throttlingBurstLimit: 3 },
  });
});

test('stage patch: all spellings of a method mean one entry, which data planes find', async (t) => {
  const { patch, published } = await staged(t);
  const spellings = ['pets~1{id}/GET', '~1pets~1{id}/GET', 'pets/{id}/GET', '/pets/{id}/GET'];
  for (const [i, spelling] of spellings.entries()) {
    const { methodSettings } = await patch(replace(`/${spelling}/caching/ttlInSeconds`, `${i}`));
    assert.deepEqual(methodSettings, { [spelling]: { ...defaults, cacheTtlInSeconds: i } });
    const served = published().stages[0]!.stage.methodSettings;
    assert.deepEqual(served, { 'pets/{id}/GET': { ...defaults, cacheTtlInSeconds: i } });
  }
  assert.deepEqual((await patch(remove('/pets~1{id}/GET'))).methodSettings, {});
  for (const [path, key] of [
    ['/~1/GET/metrics/enabled', '~1/GET'],
    ['//GET/metrics/enabled', '/GET'],
  ] as const) {
    const { methodSettings } = await patch(replace(path, 'true'));
    assert.deepEqual(Object.keys(methodSettings), [key]);
    assert.deepEqual(Object.keys(published().stages[0]!.stage.methodSettings), ['/GET']);
  }
});

test('stage patch: the first patch of a canary starts it', async (t) => {
  const { patch, id, other } = await staged(t);
  const none = { percentTraffic: 0, useStageCache: false };
  const canary = async (...ops: Op[]) => (await patch(...ops)).canarySettings;
  assert.deepEqual(await canary(replace('/canarySettings/deploymentId', other)), {
    ...none,
    deploymentId: other,
  });
  await patch(remove('/canarySettings'));
  assert.deepEqual(await canary(replace('/canarySettings/percentTraffic', '25.5')), {
    ...none,
    deploymentId: id,
    percentTraffic: 25.5,
  });
  assert.deepEqual(
    await canary(
      replace('/canarySettings/useStageCache', 'true'),
      replace('/canarySettings/stageVariableOverrides', '{"a":"1","b":"2"}'),
      replace('/canarySettings/stageVariableOverrides/c', '3'),
      remove('/canarySettings/stageVariableOverrides/a'),
    ),
    {
      deploymentId: id,
      percentTraffic: 25.5,
      useStageCache: true,
      stageVariableOverrides: { b: '2', c: '3' },
    },
  );
});

test('stage patch: a canary is promoted by copying, and goes on until it is removed', async (t) => {
  const { patch, other } = await staged(t);
  await patch(
    replace('/variables/a', 'stage'),
    replace('/variables/b', 'stage'),
    replace('/canarySettings/deploymentId', other),
    replace('/canarySettings/percentTraffic', '10.0'),
    replace('/canarySettings/stageVariableOverrides/b', 'canary'),
  );
  const promoted = await patch(
    replace('/canarySettings/percentTraffic', '0.0'),
    { op: 'copy', from: '/canarySettings/stageVariableOverrides', path: '/variables' },
    { op: 'copy', from: '/canarySettings/deploymentId', path: '/deploymentId' },
  );
  assert.equal(promoted.deploymentId, other);
  assert.deepEqual(promoted.variables, { a: 'stage', b: 'canary' });
  assert.equal(promoted.canarySettings.percentTraffic, 0);
  assert.equal((await patch(remove('/canarySettings'))).canarySettings, undefined);
});

const list =
  '[/deploymentId, /description, /cacheClusterEnabled, /cacheClusterSize, /clientCertificateId, /accessLogSettings, /accessLogSettings/destinationArn, /accessLogSettings/format, /{resourcePath}/{httpMethod}/metrics/enabled, /{resourcePath}/{httpMethod}/logging/dataTrace, /{resourcePath}/{httpMethod}/logging/loglevel, /{resourcePath}/{httpMethod}/throttling/burstLimit/{resourcePath}/{httpMethod}/throttling/rateLimit/{resourcePath}/{httpMethod}/caching/ttlInSeconds, /{resourcePath}/{httpMethod}/caching/enabled, /{resourcePath}/{httpMethod}/caching/dataEncrypted, /{resourcePath}/{httpMethod}/caching/requireAuthorizationForCacheControl, /{resourcePath}/{httpMethod}/caching/unauthorizedCacheControlHeaderStrategy, /*/*/metrics/enabled, /*/*/logging/dataTrace, /*/*/logging/loglevel, /*/*/throttling/burstLimit /*/*/throttling/rateLimit /*/*/caching/ttlInSeconds, /*/*/caching/enabled, /*/*/caching/dataEncrypted, /*/*/caching/requireAuthorizationForCacheControl, /*/*/caching/unauthorizedCacheControlHeaderStrategy, /variables/{variable_name}, /tracingEnabled]';
const unknown = (path: string) => `Invalid method setting path: ${path}. Must be one of: ${list}`;
const noSetting = (key: string) =>
  `Cannot remove method setting ${key} because there is no method setting for this method `;
const badCopy = (path: string, from: string) =>
  `Invalid copy operation with path: ${path} and from ${from}. Valid copy:path are [/deploymentId, /variables] and valid copy:from are [/canarySettings/deploymentId, /canarySettings/stageVariableOverrides]`;
const badValue = (value: string) =>
  `Invalid stage variable value: ${value}.  Please use values with alphanumeric characters and the symbols ' ', -', '.', '_', ':', '/', '?', '&', '=', and ','.`;
const accessLogPaths =
  'Invalid accessLogSettings path. Must be one of : [/accessLogSettings/destinationArn, /accessLogSettings/format]';
const [burst, ratePath, ttl] = ['throttling/burstLimit', 'throttling/rateLimit', 'caching/ttlInSeconds'];

const refusals: [Op, string | RegExp][] = [
  [replace('/unknown', 'x'), unknown('/unknown')],
  [replace('/canarySettings/badPath', 'x'), unknown('/canarySettings/badPath')],
  [replace('/*/*/logging/notfound', 'x'), unknown('/*/*/logging/notfound')],
  [replace('/*/GET/metrics', 'x'), unknown('/*/GET/metrics')],
  [replace('/{proxy+}/ANY//throttling/burstLimit', '1'), unknown('/{proxy+}/ANY//throttling/burstLimit')],
  [replace('/*/GET/metrics/enabled', 'true'), unknown('/*/GET/metrics/enabled')],
  [replace('/pets/*/metrics/enabled', 'true'), unknown('/pets/*/metrics/enabled')],
  [replace('/pets/FETCH/metrics/enabled', 'true'), unknown('/pets/FETCH/metrics/enabled')],
  [replace('', 'x'), unknown('')],
  [{ op: 'replace', value: 'x' }, 'Invalid patch path null'],
  [remove('/*/*'), noSetting('*/*')],
  [remove('/pets~1{id}/GET'), noSetting('pets~1{id}/GET')],
  [remove('/canarySettings/badPath'), noSetting('canarySettings/badPath')],
  [remove('/accessLogSettings/destinationArn'), noSetting('accessLogSettings/destinationArn')],
  [remove('/description'), noSetting('description')],
  [replace('/accessLogSettings', 'x'), /Please choose supported operations$/],
  [replace('/accessLogSettings/other', 'x'), accessLogPaths],
  [replace('/accessLogSettings/format', ''), 'Access Log value must not be empty'],
  [replace('/accessLogSettings/destinationArn'), 'Access Log value must not be empty'],
  [replace('/accessLogSettings/destinationArn', 'wrong'), 'Invalid ARN. ARN is not well formed wrong'],
  [
    replace('/accessLogSettings/format', 'two\nlines'),
    'Access Log format must be single line, new line character is allowed only at end of the format',
  ],
  [
    { op: 'add', path: '/canarySettings/deploymentId', value: 'x' },
    'Invalid add operation with path: /canarySettings/deploymentId',
  ],
  [
    { op: 'add', path: '/*/*/metrics/enabled', value: 'true' },
    'Invalid add operation with path: /*/*/metrics/enabled',
  ],
  [{ op: 'test', path: '/description', value: 'x' }, /Please choose supported operations$/],
  [{ op: 'copy', path: '/deploymentId' }, badCopy('/deploymentId', 'null')],
  [
    { op: 'copy', path: '/deploymentId', from: '/canarySettings/stageVariableOverrides' },
    badCopy('/deploymentId', '/canarySettings/stageVariableOverrides'),
  ],
  [
    { op: 'copy', path: '/deploymentId', from: '/canarySettings/deploymentId' },
    'Promotion not available. Canary does not exist.',
  ],
  [
    { op: 'copy', path: '/variables', from: '/canarySettings/stageVariableOverrides' },
    'Promotion not available. Canary does not exist.',
  ],
  [replace('/deploymentId', 'none'), 'Deployment id does not exist'],
  [replace('/deploymentId'), 'Deployment id does not exist'],
  [replace('/canarySettings/deploymentId', 'none'), 'Deployment id does not exist'],
  [replace('/canarySettings/percentTraffic', '100.1'), 'Percent traffic must be between 0.0 and 100.0'],
  [replace('/canarySettings/percentTraffic', 'NaN'), 'Percent traffic must be between 0.0 and 100.0'],
  [replace('/variables/a', 'b c'), badValue('b c')],
  [replace('/variables/a'), badValue('null')],
  [replace('/variables', '{"a":1}'), /Must be a map of strings/],
  [
    replace('/variables/a:b', 'x'),
    'Invalid stage variable name: a:b.  Please use names with only word characters.',
  ],
  [replace('/canarySettings/stageVariableOverrides/a', 'ü'), badValue('ü')],
  [replace('/cacheClusterSize', '7'), /0\.5, 1\.6/],
  [replace('/*/*/logging/loglevel', 'DEBUG'), /OFF, ERROR, INFO/],
  [replace(`/*/*/${burst}`, '-2'), /burstLimit/],
  [replace(`/*/*/${burst}`, '1.5'), /burstLimit/],
  [replace(`/*/*/${burst}`, '9999999999'), /burstLimit/],
  [replace(`/*/*/${ratePath}`, '-0.5'), /rateLimit/],
  [replace(`/*/*/${ratePath}`, '1e999'), /rateLimit/],
  [replace(`/*/*/${ttl}`, '3601'), /between 0 and 3600/],
  [replace('/*/*/caching/unauthorizedCacheControlHeaderStrategy', 'x'), /FAIL_WITH_403/],
  [replace('/documentationVersion', '9'), 'Invalid Documentation version specified'],
];

for (const [operation, message] of refusals) {
  const { op, path, value, from } = operation;
  const shown = JSON.stringify([op, path, value, from].filter((part) => part !== undefined));
  test(`stage patch: ${shown} is refused and changes nothing`, async (t) => {
    const { call, patch } = await staged(t);
    const before = await call('GetStage', { restApiId, stageName });
    await refused(patch(replace('/description', 'first'), operation), 'BadRequestException', message);
    assert.deepEqual(await call('GetStage', { restApiId, stageName }), before);
  });
}
