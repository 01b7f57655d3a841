import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'node:test';
import {
  DeploymentRefusedError,
  type DeployRequest,
  deployApi,
  publish,
} from '../../src/control/deployment/index.ts';
import { importDefinition } from '../../src/control/openapi/index.ts';
import { readPublishedState, readSnapshot, snapshotPath } from '../../src/resources/snapshot-file.ts';
import { openStore, type Store } from '../../src/store/index.ts';
import { temporaryFolder } from '../contract/store.ts';

const tools = {
  compileTemplate: () => null,
  compileSelectionPattern: (pattern: string) => new RegExp(pattern),
};
const now = '2024-05-06T07:08:09.000Z';

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

function request(changes: Partial<DeployRequest> = {}): DeployRequest {
  return { ...imported(), stageName: 'prod', tools, now, ...changes };
}

async function withStore(
  t: { after(work: () => void): void },
  act: (store: Store, folder: string) => Promise<void>,
) {
  const folder = temporaryFolder(t);
  const store = openStore(folder);
  await act(store, folder);
  await store.close();
}

async function refusalOf(deployment: Promise<unknown>): Promise<DeploymentRefusedError> {
  const error: unknown = await deployment.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof DeploymentRefusedError);
  return error;
}

const snapshotsIn = (folder: string) => readdirSync(dirname(snapshotPath(folder, '')));

test('deployment: what a data plane reads is the definition that was deployed', (t) =>
  withStore(t, async (store, folder) => {
    const { definition } = imported();
    const stage = { variables: { backend: '127.0.0.1:8081' } };
    const deployed = await deployApi(
      store,
      folder,
      request({ description: 'first', stage, newId: () => 'dep001' }),
    );
    assert.deepEqual(deployed, { apiId: 'petstore01', deploymentId: 'dep001', revision: 1, problems: [] });
    const state = readPublishedState(folder)!;
    const { deploymentHash } = state.stages[0]!;
    assert.deepEqual(state, {
      format: 1,
      revision: 1,
      accountId: '000000000000',
      region: 'us-east-1',
      accountThrottle: { rateRps: 10_000, burst: 5_000 },
      stages: [
        {
          apiId: 'petstore01',
          stage: {
            stageName: 'prod',
            deploymentId: 'dep001',
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
    });
    const deployment = { id: 'dep001', description: 'first', createdDate: now };
    assert.deepEqual(readSnapshot(folder, deploymentHash), { format: 1, deployment, definition });
  }));

test('deployment: a stage that is deployed again keeps what the request does not name', (t) =>
  withStore(t, async (store, folder) => {
    const settings = { '*/*': { throttlingRateLimit: 5 } };
    await deployApi(store, folder, request({ stage: { variables: { a: 'b' }, methodSettings: settings } }));
    const second = await deployApi(
      store,
      folder,
      request({ stage: { variables: { a: 'c' } }, now: '2025-01-01T00:00:00.000Z' }),
    );
    const { stage } = readPublishedState(folder)!.stages[0]!;
    assert.equal(second.revision, 2);
    assert.deepEqual(stage.methodSettings, settings);
    assert.deepEqual(stage.variables, { a: 'c' });
    assert.equal(stage.createdDate, now);
    assert.equal(stage.lastUpdatedDate, '2025-01-01T00:00:00.000Z');
  }));

test('deployment: publishing what is published changes nothing', (t) =>
  withStore(t, async (store, folder) => {
    await deployApi(store, folder, request());
    assert.equal(await publish(store, folder), 1);
    assert.equal(
      await publish(store, folder, {
        accountId: '123456789012',
        region: 'eu-west-1',
        accountThrottle: { rateRps: 1, burst: 1 },
      }),
      2,
    );
    assert.equal(readPublishedState(folder)!.region, 'eu-west-1');
  }));

test('deployment: a deletion reaches the published state at the next publish', (t) =>
  withStore(t, async (store, folder) => {
    await deployApi(store, folder, request());
    await store.deleteApi('petstore01');
    assert.equal(await publish(store, folder), 2);
    assert.deepEqual(readPublishedState(folder)!.stages, []);
    assert.deepEqual(snapshotsIn(folder), []);
  }));

test('deployment: the last ten snapshots of an API stay, and those that stages point at', (t) =>
  withStore(t, async (store, folder) => {
    await deployApi(store, folder, request({ stageName: 'old' }));
    const old = readPublishedState(folder)!.stages[0]!.deploymentHash;
    for (let i = 0; i < 15; i++) await deployApi(store, folder, request());
    const left = snapshotsIn(folder);
    assert.equal(left.length, 11);
    assert.ok(left.includes(`${old}.msgpack`));
  }));

test('deployment: what an interrupted write left is removed, and nothing that is not ours', (t) =>
  withStore(t, async (store, folder) => {
    await deployApi(store, folder, request());
    const leftover = `${snapshotPath(folder, 'a'.repeat(64))}.123.tmp`;
    const foreign = join(dirname(leftover), 'README');
    writeFileSync(leftover, 'half');
    writeFileSync(foreign, 'mine');
    await deployApi(store, folder, request());
    assert.ok(!existsSync(leftover));
    assert.ok(existsSync(foreign));
  }));

test('deployment: a damaged snapshot is told by name', (t) =>
  withStore(t, async (store, folder) => {
    await deployApi(store, folder, request({ newId: () => 'dep001' }));
    const { deploymentHash } = readPublishedState(folder)!.stages[0]!;
    writeFileSync(snapshotPath(folder, deploymentHash), 'damage');
    assert.throws(() => readSnapshot(folder, deploymentHash), /does not match its name/);
  }));

test('deployment: a refused deployment changes nothing and tells every problem', (t) =>
  withStore(t, async (store, folder) => {
    await deployApi(store, folder, request());
    const open = petstore.replace(
      'operationId: health',
      'operationId: health\n      x-amazon-apigateway-auth: { type: AWS_IAM }',
    );
    const refused = request({
      ...imported(open),
      stageName: 'not a name',
      stage: { webAclArn: 'arn:aws:wafv2:x' },
    });
    const error = await refusalOf(deployApi(store, folder, refused));
    const lineOfGet = open.slice(0, open.indexOf('operationId: health')).split('\n').length - 1;
    assert.deepEqual(
      error.problems
        .filter((problem) => problem.severity === 'error')
        .map(({ line, message }) => [line, message]),
      [
        [0, 'Invalid stage name "not a name": 1 to 128 letters, digits, "_" and "-"'],
        [
          0,
          'The stage "not a name" is behind a web ACL, which this release does not evaluate: serving it would leave it open',
        ],
        [
          lineOfGet,
          'Method "GET /health" is protected by AWS_IAM, which this release does not run: serving it would leave it open',
        ],
      ],
    );
    assert.equal(readPublishedState(folder)!.revision, 1);
    assert.equal((await store.getApi('petstore01'))?.stages.length, 1);
  }));

test('deployment: stage variables are checked as AWS checks them', (t) =>
  withStore(t, async (store, folder) => {
    const variables = { 'bad-name': 'x', value: 'a b', empty: '' };
    const error = await refusalOf(deployApi(store, folder, request({ stage: { variables } })));
    assert.deepEqual(
      error.problems.map((problem) => problem.message),
      [
        'Invalid stage variable name "bad-name": 1 to 64 letters, digits and "_"',
        'Invalid value of the stage variable "value": 1 to 512 of A-Za-z0-9-._~:/?#&=,',
        'Invalid value of the stage variable "empty": 1 to 512 of A-Za-z0-9-._~:/?#&=,',
      ],
    );
  }));

test('deployment: what is kept without effect is told as a notice', (t) =>
  withStore(t, async (store, folder) => {
    const stage = { tracingEnabled: true, cacheClusterEnabled: true, clientCertificateId: 'cert01' };
    const { problems } = await deployApi(store, folder, request({ stage }));
    assert.deepEqual(
      problems.map(({ severity, message }) => `${severity}: ${message}`),
      ['Caching', 'Tracing', 'The client certificate'].map(
        (what) => `notice: ${what} of the stage "prod" is kept, but this release does not run it`,
      ),
    );
  }));

test('deployment: what a process recorded before it ended is published at the next start', (t) =>
  withStore(t, async (store, folder) => {
    const { definition } = imported();
    await deployApi(store, folder, request());
    const { deploymentHash, stage } = readPublishedState(folder)!.stages[0]!;
    const deployment = { id: 'dep002', createdDate: now };
    await store.putDeployment(
      { apiId: definition.restApi.id, deployment, hash: deploymentHash },
      { ...stage, deploymentId: 'dep002' },
    );
    assert.equal(await publish(store, folder), 2);
    assert.equal(readPublishedState(folder)!.stages[0]!.stage.deploymentId, 'dep002');
  }));

test('deployment: deployments asked for at once are all published', (t) =>
  withStore(t, async (store, folder) => {
    const names = Array.from({ length: 12 }, (_, i) => `stage${i}`);
    const deployed = await Promise.all(
      names.map((stageName) => deployApi(store, folder, request({ stageName }))),
    );
    assert.deepEqual(
      deployed.map(({ revision }) => revision),
      names.map((_, i) => i + 1),
    );
    const { stages } = readPublishedState(folder)!;
    assert.deepEqual(stages.map(({ stage }) => stage.stageName).sort(), [...names].sort());
    for (const { deploymentHash } of stages) readSnapshot(folder, deploymentHash);
  }));

test('deployment: a folder that cannot be written to is told in one line', (t) =>
  withStore(t, async (store, folder) => {
    writeFileSync(dirname(snapshotPath(folder, '')), 'a file where the folder should be');
    await assert.rejects(
      deployApi(store, folder, request()),
      /^Error: Cannot write ".*\.msgpack": E[A-Z]+: [^\n]*$/,
    );
  }));
