import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { createControlPlane } from '../../src/control/control-plane.ts';
import {
  DeploymentRefusedError,
  type DeployRequest,
  deployDefinition,
  historyOf,
} from '../../src/control/deployment/index.ts';
import { createPublisher } from '../../src/control/deployment/publish.ts';
import { importDefinition } from '../../src/control/openapi/index.ts';
import {
  publishedStatePath,
  readPublishedState,
  readSnapshot,
  snapshotPath,
} from '../../src/resources/snapshot-file.ts';
import { accountId, caller, type TestControl, testControl } from '../support/control.ts';

const now = '2024-01-02T03:04:05.000Z';

function counter(): (length: number) => string {
  let count = 0;
  return (length) => String(++count).padStart(length, 'x');
}

const petstore = readFileSync(join(import.meta.dirname, '../../examples/petstore/openapi.yaml'), 'utf8');

function imported(text = petstore, apiId = 'petstore01') {
  const { definition, problems, sourceMap } = importDefinition(text, {
    apiId,
    newId: counter(),
    createdDate: now,
  });
  assert.deepEqual(problems, []);
  return { definition: definition!, sourceMap };
}

interface World extends TestControl {
  readonly folder: string;
  deploy(changes?: Partial<DeployRequest>): Promise<ReturnType<typeof deployDefinition>>;
}

async function world(t: { after(work: () => unknown): void }): Promise<World> {
  const made = await testControl(t);
  const { services } = made.control;
  const context = { ...services, caller, operation: 'CreateDeployment' } as const;
  return {
    ...made,
    folder: services.dataDir,
    deploy: (changes = {}) =>
      services.store.write((transaction) =>
        deployDefinition(transaction, context, { ...imported(), stageName: 'prod', ...changes }),
      ),
  };
}

async function refusalOf(deployment: Promise<unknown>): Promise<DeploymentRefusedError> {
  const error: unknown = await deployment.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof DeploymentRefusedError, String(error));
  return error;
}

const snapshotsIn = (folder: string) => readdirSync(dirname(snapshotPath(folder, '')));
/** Makes files old enough to be removed when nobody names them. */
const age = (folder: string) => {
  const before = new Date(Date.now() - 120_000);
  for (const name of snapshotsIn(folder)) utimesSync(join(folder, 'snapshots', name), before, before);
};

test('deployment: what a data plane reads is the definition that was deployed', async (t) => {
  const { deploy, folder, control, adoptions } = await world(t);
  const { definition } = imported();
  const stage = { variables: { backend: '127.0.0.1:8081' } };
  const deployed = await deploy({ description: 'first', stage });
  const { deploymentId } = deployed;
  assert.deepEqual(deployed, { apiId: 'petstore01', deploymentId, problems: [] });
  const state = readPublishedState(folder)!;
  const { deploymentHash } = state.stages[0]!;
  assert.deepEqual(state, {
    format: 1,
    revision: 1,
    accountId,
    region: 'us-east-1',
    accountThrottle: { rateRps: 10_000, burst: 5_000 },
    stages: [
      {
        apiId: 'petstore01',
        stage: {
          stageName: 'prod',
          deploymentId,
          variables: { backend: '127.0.0.1:8081' },
          methodSettings: {},
          tracingEnabled: false,
          cacheClusterEnabled: false,
          createdDate: now,
          lastUpdatedDate: now,
        },
        deploymentHash,
      },
    ],
    functions: [],
    backends: { pools: [], roles: [], services: [], introspection: [], tokenKeys: [], vpcLinks: [] },
    domainNames: [],
    firewall: { webAcls: [], ruleGroups: [], ipSets: [], regexPatternSets: [] },
    v2Stages: [],
    identities: [],
    roles: [],
    sessionKeys: [],
    managedPolicies: {},
    apiKeys: [],
    usagePlans: [],
    tokenRevocations: [],
  });
  const deployment = { id: deploymentId, description: 'first', createdDate: now };
  assert.deepEqual(readSnapshot(folder, deploymentHash), { format: 1, deployment, definition });
  assert.deepEqual(historyOf(control.services.store.view, 'petstore01', 'prod'), [
    {
      number: 1,
      date: now,
      deploymentId,
      event: 'CreateDeployment',
      caller: caller.arn,
      description: 'first',
    },
  ]);
  assert.equal(adoptions(), 1);
});

test('deployment: the store has the definition, and nothing else of the API', async (t) => {
  const { deploy, control } = await world(t);
  await deploy();
  const { view } = control.services.store;
  await control.services.store.write((transaction) => {
    const apiId = 'petstore01';
    transaction.put('resource', apiId, 'old', { id: 'old', path: '/old' });
    transaction.put('model', apiId, 'Old', { id: 'old', name: 'Old', contentType: 'application/json' });
    transaction.put('documentationVersion', apiId, '0', { version: '0', createdDate: now, parts: [] });
  });
  const { definition } = imported();
  await deploy({ definition: { ...definition, documentationVersion: '1' } });
  const kinds = [
    ['resource', definition.resources],
    ['model', definition.models],
    ['requestValidator', definition.requestValidators],
    ['authorizer', definition.authorizers],
    ['gatewayResponse', definition.gatewayResponses],
    ['documentationPart', definition.documentationParts],
  ] as const;
  for (const [kind, documents] of kinds) assert.deepEqual(view.list(kind, 'petstore01'), documents, kind);
  assert.deepEqual(
    view.list('documentationVersion', 'petstore01').map(({ version }) => version),
    ['0', '1'],
  );
});

test('deployment: a stage that is deployed again keeps what the request does not name', async (t) => {
  const { deploy, folder, advance } = await world(t);
  const settings = { '*/*': { throttlingRateLimit: 5 } };
  await deploy({ stage: { variables: { a: 'b' }, methodSettings: settings } });
  advance(60);
  await deploy({ stage: { variables: { a: 'c' } } });
  const { stage } = readPublishedState(folder)!.stages[0]!;
  assert.deepEqual(stage.methodSettings, settings);
  assert.deepEqual(stage.variables, { a: 'c' });
  assert.equal(stage.createdDate, now);
  assert.equal(stage.lastUpdatedDate, '2024-01-02T03:05:05.000Z');
});

test('deployment: a refused deployment changes nothing and tells every problem', async (t) => {
  const { deploy, folder, control } = await world(t);
  await deploy();
  const { definition } = imported();
  const resources = definition.resources.map((resource) => ({
    ...resource,
    ...(resource.resourceMethods === undefined
      ? {}
      : {
          resourceMethods: Object.fromEntries(
            Object.entries(resource.resourceMethods).map(([verb, method]) => {
              const { methodIntegration: _, ...without } = method;
              return [verb, without];
            }),
          ),
        }),
  }));
  const error = await refusalOf(
    deploy({
      definition: { ...definition, resources },
      stageName: 'not a name',
      stage: { variables: { 'bad-name': 'x' } },
    }),
  );
  const errors = error.problems.filter(({ severity }) => severity === 'error').map(({ message }) => message);
  assert.deepEqual(errors.slice(0, 3), [
    'Invalid stage name "not a name": 1 to 128 letters, digits, "_" and "-"',
    'Invalid stage variable name: bad-name.  Please use names with only word characters.',
    'No integration defined for method',
  ]);
  assert.equal(readPublishedState(folder)!.revision, 1);
  assert.equal(control.services.store.view.list('stage', 'petstore01').length, 1);
  assert.equal(control.services.store.view.list('deployment', 'petstore01').length, 1);
});

test('deployment: what is kept without effect is told as a notice', async (t) => {
  const { deploy } = await world(t);
  const { problems } = await deploy({ stage: { tracingEnabled: true, cacheClusterEnabled: true } });
  assert.deepEqual(
    problems.map(({ severity, message }) => `${severity}: ${message}`),
    ['Caching', 'Tracing'].map(
      (what) => `notice: ${what} of the stage "prod" is kept, but this release does not run it`,
    ),
  );
});

test('deployment: the ten newest that no stage has stay, and those that stages and canaries have', async (t) => {
  const { deploy, call, control } = await world(t);
  const { deploymentId: old } = await deploy({ stageName: 'old' });
  const { deploymentId: canary } = await deploy();
  const patchOperations = [{ op: 'replace', path: '/canarySettings/deploymentId', value: canary }] as const;
  await call('UpdateStage', { restApiId: 'petstore01', stageName: 'old', patchOperations });
  const ids: string[] = [];
  for (let i = 0; i < 15; i++) ids.push((await deploy()).deploymentId);
  const left = control.services.store.view.list('deployment', 'petstore01').map(({ id }) => id);
  assert.deepEqual(left, [old, canary, ...ids.slice(4)]);
});

test('publish: what is published already is not published again', async (t) => {
  const { deploy, folder, control } = await world(t);
  await deploy();
  const { ino } = statSync(publishedStatePath(folder));
  await control.publish();
  assert.equal(readPublishedState(folder)!.revision, 1);
  assert.equal(statSync(publishedStatePath(folder)).ino, ino);
});

test("publish: the published state, which may hold private keys, is its owner's only", async (t) => {
  const { deploy, folder } = await world(t);
  await deploy();
  assert.equal(statSync(publishedStatePath(folder)).mode & 0o777, 0o600);
});

test('publish: whoever asks while one is under way shares the next, and one that fails fails alone', async (t) => {
  const { control } = await world(t);
  const waiting: PromiseWithResolvers<void>[] = [];
  const publisher = createPublisher({
    ...control.services,
    dataPlanes: {
      ...control.services.dataPlanes,
      adopt: () => {
        const adoption = Promise.withResolvers<void>();
        waiting.push(adoption);
        return adoption.promise;
      },
    },
  });
  const [first, second, third] = [publisher.follow(), publisher.follow(), publisher.follow()];
  assert.equal(second, third);
  assert.equal(waiting.length, 1);
  waiting[0]!.reject(new Error('no data plane answers'));
  // Asked for in the moment between the two: it shares the next one too.
  const fourth = first.catch(() => publisher.follow());
  await assert.rejects(first, /no data plane answers/);
  while (waiting.length < 2) await new Promise(setImmediate);
  const fifth = publisher.follow();
  waiting[1]!.resolve();
  await Promise.all([second, third, fourth]);
  while (waiting.length < 3) await new Promise(setImmediate);
  waiting[2]!.resolve();
  await fifth;
  assert.equal(waiting.length, 3);
});

test('publish: a deletion reaches the published state, and old snapshots that nobody names go', async (t) => {
  const { deploy, folder, call } = await world(t);
  const { deploymentId } = await deploy();
  age(folder);
  await call('DeleteStage', { restApiId: 'petstore01', stageName: 'prod' });
  assert.deepEqual(readPublishedState(folder)!.stages, []);
  assert.equal(snapshotsIn(folder).length, 1);
  await call('DeleteDeployment', { restApiId: 'petstore01', deploymentId });
  await call('CreateDomainName', { domainName: 'a.example.com' });
  assert.deepEqual(snapshotsIn(folder), []);
});

test('publish: a snapshot of which the transaction has not ended yet is not removed', async (t) => {
  const { deploy, folder } = await world(t);
  await deploy();
  const young = snapshotPath(folder, 'b'.repeat(64));
  writeFileSync(young, 'of a transaction that goes on');
  await deploy();
  assert.ok(existsSync(young));
  age(folder);
  await deploy();
  assert.ok(!existsSync(young));
  assert.equal(snapshotsIn(folder).length, 3);
});

test('publish: what an interrupted write left is removed, and nothing that is not ours', async (t) => {
  const { deploy, folder } = await world(t);
  await deploy();
  const leftover = `${snapshotPath(folder, 'a'.repeat(64))}.123.tmp`;
  const foreign = join(dirname(leftover), 'README');
  writeFileSync(leftover, 'half');
  writeFileSync(foreign, 'mine');
  age(folder);
  await deploy();
  assert.ok(!existsSync(leftover));
  assert.ok(existsSync(foreign));
});

test('publish: what a process that was ended has left is removed at the start', async (t) => {
  const { deploy, folder, control } = await world(t);
  await deploy();
  writeFileSync(snapshotPath(folder, 'c'.repeat(64)), 'of a transaction that was never committed');
  age(folder);
  await createControlPlane(control.services).publish();
  assert.equal(readPublishedState(folder)!.revision, 1);
  assert.equal(snapshotsIn(folder).length, 1);
});

test('publish: what a process recorded before it ended is published at the next start', async (t) => {
  const { deploy, folder, control } = await world(t);
  await deploy();
  rmSync(publishedStatePath(folder));
  await control.publish();
  assert.equal(readPublishedState(folder)!.stages.length, 1);
});

test('publish: a published state that is damaged is written anew, and data planes see that it is another', async (t) => {
  const { deploy, folder, control } = await world(t);
  await deploy();
  await deploy();
  const { revision, ...state } = readPublishedState(folder)!;
  writeFileSync(publishedStatePath(folder), 'damage');
  await control.publish();
  const { revision: next, ...healed } = readPublishedState(folder)!;
  assert.deepEqual(healed, state);
  assert.ok(next > revision);
});

test('snapshots: a damaged one is told by name', async (t) => {
  const { deploy, folder } = await world(t);
  await deploy();
  const { deploymentHash } = readPublishedState(folder)!.stages[0]!;
  writeFileSync(snapshotPath(folder, deploymentHash), 'damage');
  assert.throws(() => readSnapshot(folder, deploymentHash), /does not match its name/);
});

test('snapshots: a folder that cannot be written to is told in one line, and nothing is deployed', async (t) => {
  const { deploy, folder, control } = await world(t);
  writeFileSync(dirname(snapshotPath(folder, '')), 'a file where the folder should be');
  await assert.rejects(deploy(), /^Error: Cannot write ".*\.msgpack": E[A-Z]+: [^\n]*$/);
  assert.deepEqual(control.services.store.view.list('restApi', ''), []);
});
