// How many invocations an environment runs at once: CapacityProviderConfig of the Lambda API, and what the function host
// is told of it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { readPublishedState } from '../../../src/resources/snapshot-file.ts';
import { runAws } from '../../support/aws-cli.ts';
import { accountId } from '../../support/control.ts';
import { guardedPort } from '../../support/guarded-port.ts';
import { managementClient, noAwsClients } from '../../support/management.ts';
import { zipFile } from '../code/zip-file.ts';
import { fakeFunctions } from './fake-functions.ts';

const functions = '/2015-03-31/functions';
const provider = `arn:aws:lambda:eu-west-1:${accountId}:capacity-provider:my_own-1`;
const capacity = (members: object = {}) => ({
  LambdaManagedInstancesCapacityProviderConfig: { CapacityProviderArn: provider, ...members },
});
const atOnce = (n: number) => capacity({ PerExecutionEnvironmentMaxConcurrency: n });

async function world(t: { after(work: () => unknown): void }) {
  const guarded = await guardedPort(t, { functions: fakeFunctions() });
  const client = managementClient(guarded.dataDir, guarded.port);
  const create = (name: string, more: object = {}) =>
    client.send('POST', functions, {
      FunctionName: name,
      Runtime: 'nodejs24.x',
      Handler: 'app.handler',
      Role: `arn:aws:iam::${accountId}:role/r`,
      Code: { ZipFile: zipFile({ name: 'app.mjs' }).toString('base64') },
      ...more,
    });
  const update = (name: string, settings: object) =>
    client.send('PUT', `${functions}/${name}/configuration`, settings);
  const publish = async (name: string) =>
    (await client.send('POST', `${functions}/${name}/versions`, {})).body;
  /** Version -> invocations at once in one environment. */
  const published = (name: string) => {
    const { functions: all } = readPublishedState(guarded.control.services.dataDir)!;
    const { versions } = all!.find(({ functionName }) => functionName === name)!;
    return Object.fromEntries(versions.map((one) => [one.version, one.concurrencyPerEnvironment]));
  };
  return { ...guarded, ...client, create, update, publish, published };
}

test('capacity provider: a function without one shows none, and its environments run one invocation at a time', async (t) => {
  const { create, published } = await world(t);
  const { status, body } = await create('f');
  assert.deepEqual([status, 'CapacityProviderConfig' in body], [201, false]);
  assert.deepEqual(published('f'), { $LATEST: 1 });
});

for (const [runtime, given, shown, effective] of [
  ['nodejs24.x', undefined, 64, 64],
  ['nodejs24.x', 10, 10, 10],
  ['nodejs18.x', 1600, 1600, 1600],
  ['nodejs20.x', 1, 1, 1],
  ['python3.13', undefined, 1, 1],
  ['python3.13', 16, 16, 1],
  ['provided.al2023', undefined, 1, 1],
  ['provided.al2023', 8, 8, 8],
  ['provided', 8, 8, 8],
] as const)
  test(`capacity provider: ${runtime} with ${given ?? 'no number'} shows ${shown} and runs ${effective} at once`, async (t) => {
    const { create, published, send } = await world(t);
    const wanted = given === undefined ? capacity() : atOnce(given);
    const { status, body } = await create('f', { Runtime: runtime, CapacityProviderConfig: wanted });
    assert.deepEqual([status, body.CapacityProviderConfig], [201, atOnce(shown)], JSON.stringify(body));
    assert.deepEqual(published('f'), { $LATEST: effective });
    const { body: listed } = await send('GET', functions);
    assert.deepEqual(listed.Functions[0].CapacityProviderConfig, atOnce(shown));
  });

test('capacity provider: an update keeps it or replaces it as a whole, and each version has its own', async (t) => {
  const { create, update, publish, published, send } = await world(t);
  await create('f', { CapacityProviderConfig: atOnce(10) });
  assert.equal((await publish('f')).Version, '1');
  assert.deepEqual((await update('f', { Timeout: 9 })).body.CapacityProviderConfig, atOnce(10));
  assert.equal((await publish('f')).Version, '2');
  assert.deepEqual((await update('f', { CapacityProviderConfig: atOnce(20) })).body.Timeout, 9);
  const third = await publish('f');
  assert.deepEqual([third.Version, third.CapacityProviderConfig], ['3', atOnce(20)]);
  assert.equal((await publish('f')).Version, '3', 'nothing has changed');
  await update('f', { CapacityProviderConfig: atOnce(20) });
  assert.equal((await publish('f')).Version, '3', 'the same was set again');
  await update('f', { CapacityProviderConfig: capacity() });
  assert.deepEqual(published('f'), { $LATEST: 64, 1: 10, 2: 10, 3: 20 });
  const { body: first } = await send('GET', `${functions}/f/configuration?Qualifier=1`);
  assert.deepEqual(first.CapacityProviderConfig, atOnce(10));
});

const inner = 'capacityProviderConfig.lambdaManagedInstancesCapacityProviderConfig';
const arnPattern =
  'arn:aws[a-zA-Z-]*:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:capacity-provider:[a-zA-Z0-9-_]+';
const failed = (value: string, at: string, constraint: string) =>
  `1 validation error detected: Value ${value} at '${at}' failed to satisfy constraint: Member must ${constraint}`;
const badArns = [
  'machine',
  `arn:aws:lambda:us-east-1:${accountId}:function:machine`,
  `arn:aws:lambda:us-east-1:${accountId}:capacity-provider:a b`,
  `x${provider}`,
  `${provider}:1`,
];

const refused: readonly (readonly [what: string, given: unknown, message: string])[] = [
  ['nothing in it', {}, failed('null', inner, 'not be null')],
  [
    'no ARN',
    {
      LambdaManagedInstancesCapacityProviderConfig: { PerExecutionEnvironmentMaxConcurrency: 2 },
    },
    failed('null', `${inner}.capacityProviderArn`, 'not be null'),
  ],
  ...badArns.map(
    (arn) =>
      [
        `the ARN ${arn}`,
        capacity({ CapacityProviderArn: arn }),
        failed(
          `'${arn}'`,
          `${inner}.capacityProviderArn`,
          `satisfy regular expression pattern: ${arnPattern}`,
        ),
      ] as const,
  ),
  [
    'an ARN that is too long',
    capacity({ CapacityProviderArn: provider.padEnd(141, 'x') }),
    failed(
      `'${provider.padEnd(141, 'x')}'`,
      `${inner}.capacityProviderArn`,
      'have length less than or equal to 140',
    ),
  ],
  [
    'no invocation',
    atOnce(0),
    failed("'0'", `${inner}.perExecutionEnvironmentMaxConcurrency`, 'have value greater than or equal to 1'),
  ],
  [
    'too many invocations',
    atOnce(1601),
    failed(
      "'1601'",
      `${inner}.perExecutionEnvironmentMaxConcurrency`,
      'have value less than or equal to 1600',
    ),
  ],
  [
    'a number that is text',
    capacity({ PerExecutionEnvironmentMaxConcurrency: 'many' }),
    'class java.lang.String can not be converted to an Integer',
  ],
  ['text', 'machine', 'Unrecognized collection type class java.lang.String'],
  [
    'memory for each CPU below what AWS takes',
    capacity({ ExecutionEnvironmentMemoryGiBPerVCpu: 1.5 }),
    failed("'1.5'", `${inner}.executionEnvironmentMemoryGiBPerVCpu`, 'have value greater than or equal to 2'),
  ],
  [
    'memory for each CPU',
    capacity({ ExecutionEnvironmentMemoryGiBPerVCpu: 2.5 }),
    'CapacityProviderConfig with ExecutionEnvironmentMemoryGiBPerVCpu is not supported: this gateway runs functions from zip files, as processes of its machine.',
  ],
];

test('capacity provider: what the service refuses is refused in its words, for new functions and in updates', async (t) => {
  const { create, update, send, published } = await world(t);
  await create('f', { CapacityProviderConfig: atOnce(3) });
  for (const [what, given, message] of refused)
    for (const answer of [
      await create('g', { CapacityProviderConfig: given }),
      await update('f', { CapacityProviderConfig: given }),
    ])
      assert.deepEqual([answer.status, answer.body.message ?? answer.body.Message], [400, message], what);
  assert.equal((await send('GET', functions)).body.Functions.length, 1);
  assert.deepEqual(published('f'), { $LATEST: 3 });
});

test('capacity provider: the variable that tells a function of it is the host’s alone', async (t) => {
  const { create } = await world(t);
  const { status, body } = await create('f', {
    Environment: { Variables: { AWS_LAMBDA_MAX_CONCURRENCY: '9' } },
  });
  assert.equal(status, 400);
  assert.match(body.message, /Reserved keys used in this request: AWS_LAMBDA_MAX_CONCURRENCY$/);
});

test('capacity provider: the aws command line sets it as the documentation says', {
  skip: noAwsClients,
}, async (t) => {
  const { admin, create, endpoint, published } = await world(t);
  await create('greeting');
  const document = readFileSync(new URL('../../../docs/functions.md', import.meta.url), 'utf8');
  const [, written] = /--capacity-provider-config '(\S+)'/.exec(document)!;
  const command = ['lambda', 'update-function-configuration', '--function-name', 'greeting'];
  const printed = await runAws(admin, endpoint, ...command, '--capacity-provider-config', written!);
  assert.deepEqual(JSON.parse(printed).CapacityProviderConfig, {
    LambdaManagedInstancesCapacityProviderConfig: {
      CapacityProviderArn: 'arn:aws:lambda:us-east-1:000000000000:capacity-provider:machine',
      PerExecutionEnvironmentMaxConcurrency: 64,
    },
  });
  assert.deepEqual(published('greeting'), { $LATEST: 64 });
});
