// What holds for stages whatever is done to them: they can be served, and writers that meet leave what one after
// another would have left.

import assert from 'node:assert/strict';
import test from 'node:test';
import { AwsException } from '../../src/control/protocol/exceptions.ts';
import type { Input } from '../../src/control/protocol/operations.ts';
import { readSnapshot } from '../../src/resources/snapshot-file.ts';
import fc from '../support/properties.ts';
import { type Deployable, deployable, restApiId } from './api/deployable.ts';

type Op = NonNullable<Input<'UpdateStage'>['patchOperations']>[number];
const stageName = 'prod';

/** The indexes stand for deployments that are there, `none` for one that is not. */
const deployment = fc.constantFrom('0', '1', '2', 'none');
const variables = fc.constantFrom('{"a":"1"}', '{"b":"2","c":"3"}', '{}', '{"a b":"1"}', '[]', '');
const text = fc.constantFrom(
  'true',
  'false',
  '',
  '0',
  '50',
  '-1',
  'INFO',
  '1.6',
  'x',
  'FAIL_WITH_403',
  '100.5',
);
const path = fc.constantFrom(
  '/description',
  '/cacheClusterEnabled',
  '/cacheClusterSize',
  '/tracingEnabled',
  '/clientCertificateId',
  '/documentationVersion',
  '/variables/a',
  '/accessLogSettings/format',
  '/accessLogSettings/destinationArn',
  '/canarySettings/percentTraffic',
  '/canarySettings/useStageCache',
  '/canarySettings/stageVariableOverrides/a',
  '/*/*/logging/loglevel',
  '/*/*/throttling/rateLimit',
  '/pets~1{id}/GET/throttling/burstLimit',
  '/pets/{id}/GET/caching/unauthorizedCacheControlHeaderStrategy',
  '/~1/GET/caching/ttlInSeconds',
  '/no/such/path',
);
const removed = fc.constantFrom(
  '/variables',
  '/variables/a',
  '/canarySettings',
  '/canarySettings/stageVariableOverrides/a',
  '/accessLogSettings',
  '/accessLogSettings/format',
  '/*/*',
  '/pets/{id}/GET',
  '/~1/GET',
  '/description',
);
const operation: fc.Arbitrary<Op> = fc.oneof(
  fc.record({ op: fc.constantFrom('replace', 'add'), path, value: text }) as fc.Arbitrary<Op>,
  fc.record({
    op: fc.constant('replace'),
    path: fc.constantFrom('/deploymentId', '/canarySettings/deploymentId'),
    value: deployment,
  }) as fc.Arbitrary<Op>,
  fc.record({
    op: fc.constant('replace'),
    path: fc.constantFrom('/variables', '/canarySettings/stageVariableOverrides'),
    value: variables,
  }) as fc.Arbitrary<Op>,
  fc.record({ op: fc.constant('remove'), path: removed }) as fc.Arbitrary<Op>,
  fc.record({
    op: fc.constant('copy'),
    path: fc.constantFrom('/deploymentId', '/variables'),
    from: fc.constantFrom('/canarySettings/deploymentId', '/canarySettings/stageVariableOverrides'),
  }) as fc.Arbitrary<Op>,
);

const isDeploymentPath = (at: string | undefined) => at?.endsWith('/deploymentId') === true;
const pointed = (op: Op, ids: readonly string[]): Op =>
  isDeploymentPath(op.path) && op.op === 'replace' ? { ...op, value: ids[Number(op.value)] ?? 'none' } : op;

/** Asserts that data planes are told of the stage all that they need, and can read it. */
function assertServed({ published, control }: Deployable): void {
  const { dataDir, store } = control.services;
  const stage = store.view.get('stage', restApiId, stageName)!;
  const [served, ...others] = published().stages;
  assert.deepEqual(others, []);
  const { methodSettings: _, ...rest } = stage;
  const { methodSettings: keys, ...shown } = served!.stage;
  assert.deepEqual(shown, rest);
  assert.equal(readSnapshot(dataDir, served!.deploymentHash).deployment.id, stage.deploymentId);
  assert.equal(Object.keys(keys).length, Object.keys(stage.methodSettings).length);
  for (const key of Object.keys(keys)) assert.match(key, /^(\*\/\*|\/GET|pets\/\{id\}\/GET)$/);
  const { canarySettings } = stage;
  assert.equal(served!.canary?.deploymentId, canarySettings?.deploymentId);
  if (canarySettings === undefined) return;
  const { deploymentHash, percentTraffic } = served!.canary!;
  assert.equal(readSnapshot(dataDir, deploymentHash).deployment.id, canarySettings.deploymentId);
  assert.ok(percentTraffic >= 0 && percentTraffic <= 100);
}

test('stages: no sequence of patches leaves one that cannot be served', async (t) => {
  const patches = fc.array(fc.array(operation, { minLength: 1, maxLength: 4 }), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(patches, async (all) => {
      const world = await deployable(t);
      const { call, deploy } = world;
      await call('CreateDeployment', { restApiId, stageName });
      const ids = [await deploy(), await deploy(), await deploy()];
      for (const operations of all) {
        const before = await call('GetStage', { restApiId, stageName });
        const patchOperations = operations.map((op) => pointed(op, ids));
        const outcome = await call('UpdateStage', { restApiId, stageName, patchOperations }).then(
          () => undefined,
          (error: unknown) => error,
        );
        if (outcome !== undefined) {
          assert.ok(outcome instanceof AwsException, String(outcome));
          assert.deepEqual(await call('GetStage', { restApiId, stageName }), before);
        }
        assertServed(world);
      }
    }),
    { numRuns: 60 },
  );
});

/** One call of a writer; which deployment it means is known when it is made. */
type Act = (world: Deployable, ids: readonly string[]) => Promise<unknown>;
const patch =
  (...patchOperations: Op[]): Act =>
  ({ call }) =>
    call('UpdateStage', { restApiId, stageName, patchOperations });

const acts: readonly Act[] = [
  ({ call }) => call('CreateDeployment', { restApiId, stageName, variables: { deployed: 'yes' } }),
  ({ call }) => call('CreateDeployment', { restApiId, stageName, canarySettings: { percentTraffic: 5 } }),
  ({ call }, ids) => call('DeleteDeployment', { restApiId, deploymentId: ids[1]! }),
  ({ call }, ids) => call('CreateStage', { restApiId, stageName: 'dev', deploymentId: ids[0]! }),
  ({ call }) => call('DeleteStage', { restApiId, stageName: 'dev' }),
  ({ call }, ids) =>
    call('UpdateStage', {
      restApiId,
      stageName,
      patchOperations: [{ op: 'replace', path: '/deploymentId', value: ids[1]! }],
    }),
  patch({ op: 'replace', path: '/variables/a', value: '1' }),
  patch({ op: 'replace', path: '/variables', value: '{"b":"2"}' }),
  patch({ op: 'replace', path: '/*/*/throttling/rateLimit', value: '5' }),
  patch({ op: 'remove', path: '/*/*' }),
  patch({ op: 'copy', path: '/deploymentId', from: '/canarySettings/deploymentId' }),
  patch({ op: 'remove', path: '/canarySettings' }),
];

async function prepared(t: { after(work: () => unknown): void }) {
  const world = await deployable(t);
  await world.call('CreateDeployment', { restApiId, stageName });
  return { world, ids: [await world.deploy(), await world.deploy()] };
}

const stateOf = ({ control }: Deployable) => {
  const { view } = control.services.store;
  const of = <const K extends 'stage' | 'deployment' | 'stageHistory'>(kind: K, parent: string) =>
    view.list(kind, parent).map((one) => ({ ...one, hash: undefined }));
  return { stages: of('stage', restApiId), deployments: of('deployment', restApiId) };
};

const answerOf = (outcome: PromiseSettledResult<unknown>) => {
  if (outcome.status === 'fulfilled') return outcome.value;
  assert.ok(outcome.reason instanceof AwsException, String(outcome.reason));
  return `${outcome.reason.status} ${outcome.reason.message}`;
};

test('stages: a hundred writers at once leave what one after another would have left', async (t) => {
  const indexes = fc.array(fc.nat({ max: acts.length - 1 }), { minLength: 100, maxLength: 100 });
  await fc.assert(
    fc.asyncProperty(indexes, async (chosen) => {
      const together = await prepared(t);
      const alone = await prepared(t);
      const atOnce = await Promise.allSettled(chosen.map((i) => acts[i]!(together.world, together.ids)));
      const inTurn: PromiseSettledResult<unknown>[] = [];
      for (const i of chosen) inTurn.push(...(await Promise.allSettled([acts[i]!(alone.world, alone.ids)])));
      assert.deepEqual(atOnce.map(answerOf), inTurn.map(answerOf));
      assert.deepEqual(stateOf(together.world), stateOf(alone.world));
      const { stages } = together.world.published();
      assert.deepEqual(stages, alone.world.published().stages);
      assert.ok(together.world.adoptions() < alone.world.adoptions());
    }),
    { numRuns: 5 },
  );
});

const segment = fc.oneof(
  fc.constantFrom(
    '*',
    'GET',
    'variables',
    'canarySettings',
    '__proto__',
    'constructor',
    '~1',
    '~0',
    '',
    'types',
  ),
  fc.constantFrom(
    'caching',
    'enabled',
    'endpointConfiguration',
    'mutualTlsAuthentication',
    'stage',
    'basePath',
  ),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
);
const anything: fc.Arbitrary<Op> = fc.record(
  {
    op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test'),
    path: fc.array(segment, { maxLength: 6 }).map((segments) => `/${segments.join('/')}`),
    value: fc.oneof(text, variables, fc.string({ unit: 'grapheme' })),
    from: fc.string(),
  },
  { requiredKeys: ['op'] },
) as fc.Arbitrary<Op>;

test('patches: whatever is sent, the answer is a change or a refusal that changes nothing', async (t) => {
  const world = await deployable(t);
  const { call, published } = world;
  const domainName = 'api.example.com';
  await call('CreateDeployment', { restApiId, stageName });
  await call('CreateDomainName', { domainName });
  const mapping = { domainName, basePath: '(none)' };
  const { id: deploymentId } = await call('CreateDeployment', { restApiId });
  const targets: ((patchOperations: Op[]) => Promise<unknown>)[] = [
    (patchOperations) => call('UpdateStage', { restApiId, stageName, patchOperations }),
    (patchOperations) => call('UpdateDomainName', { domainName, patchOperations }),
    (patchOperations) => call('UpdateBasePathMapping', { ...mapping, patchOperations }),
    (patchOperations) => call('UpdateDeployment', { restApiId, deploymentId, patchOperations }),
  ];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...targets), fc.array(anything, { maxLength: 4 }), async (act, ops) => {
      if ((await call('GetBasePathMappings', { domainName })).item[0]?.basePath !== mapping.basePath) {
        const { item } = await call('GetBasePathMappings', { domainName });
        for (const { basePath } of item) await call('DeleteBasePathMapping', { domainName, basePath });
        await call('CreateBasePathMapping', { domainName, restApiId });
      }
      const before = published().revision;
      const outcome = await act(ops).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (outcome === undefined) return;
      assert.ok(outcome instanceof AwsException, String((outcome as Error).stack));
      assert.ok(outcome.status >= 400 && outcome.status < 500);
      assert.equal(published().revision, before);
    }),
    { numRuns: 1500 },
  );
  // What came of it is published, and stays as it is when it is read back.
  const { revision } = published();
  await world.control.publish();
  assert.equal(published().revision, revision);
});
