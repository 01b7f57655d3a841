// What the command line does to functions.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { acts } from '../../../src/control/local/acts.ts';
import type { Invocation } from '../../../src/functions/functions.ts';
import { readPublishedState } from '../../../src/resources/snapshot-file.ts';
import { accountId, caller, refused, testControl } from '../../support/control.ts';
import { zipFile } from '../code/zip-file.ts';
import { fakeFunctions } from './fake-functions.ts';

async function world(t: { after(work: () => unknown): void }) {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-acts-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'app.mjs'), 'export const handler = () => 1');
  const asked: Invocation[] = [];
  const made = await testControl(t, {}, { functions: fakeFunctions(asked) });
  const add = (more: object = {}) =>
    acts.addFunction(
      { functionName: 'hello', runtime: 'nodejs24.x', handler: 'app.handler', code: folder, ...more },
      made.control,
    );
  return { ...made, folder, asked, add };
}

const arn = (qualifier = '') => `arn:aws:lambda:us-east-1:${accountId}:function:hello${qualifier}`;
const statement = (qualifier = '') => ({
  Sid: 'sluice-apis',
  Effect: 'Allow',
  Principal: { Service: 'apigateway.amazonaws.com' },
  Action: 'lambda:InvokeFunction',
  Resource: arn(qualifier),
  Condition: { ArnLike: { 'AWS:SourceArn': `arn:aws:execute-api:us-east-1:${accountId}:*` } },
});

test('functions: a folder is added, found unchanged, and updated; each is published', async (t) => {
  const { add, folder, control } = await world(t);
  const first = await add({ variables: { A1: 'x' }, reservedConcurrentExecutions: 5 });
  assert.deepEqual([first.outcome, first.functionArn, first.version], ['created', arn(), '$LATEST']);
  const revision = () => readPublishedState(control.services.dataDir)!.revision;
  const published = readPublishedState(control.services.dataDir)!.functions![0]!;
  assert.deepEqual(
    [published.functionName, published.reservedConcurrency, published.versions[0]!.environment],
    ['hello', 5, { A1: 'x' }],
  );
  assert.deepEqual(JSON.parse(published.policies['']!).Statement, [statement()]);
  const before = revision();
  assert.deepEqual(await add(), { ...first, outcome: 'unchanged' });
  assert.equal(revision(), before, 'nothing was published');
  writeFileSync(join(folder, 'app.mjs'), 'export const handler = () => 2');
  const second = await add({ publish: true });
  assert.deepEqual([second.outcome, second.version], ['updated', '1']);
  assert.notEqual(second.codeSha256, first.codeSha256);
  assert.equal(revision(), before + 1);
});

test('functions: an environment runs as many invocations at once as was asked for, until it is one again', async (t) => {
  const { add, call, control } = await world(t);
  const published = () =>
    readPublishedState(control.services.dataDir)!.functions![0]!.versions.map(
      ({ version, concurrencyPerEnvironment }) => [version, concurrencyPerEnvironment],
    );
  const providerOf = async () =>
    (await call('lambda:GetFunctionConfiguration', { FunctionName: 'hello' })).CapacityProviderConfig
      ?.LambdaManagedInstancesCapacityProviderConfig;
  const provider = (CapacityProviderArn: string, PerExecutionEnvironmentMaxConcurrency: number) => ({
    CapacityProviderArn,
    PerExecutionEnvironmentMaxConcurrency,
  });
  const machine = `arn:aws:lambda:us-east-1:${accountId}:capacity-provider:machine`;
  const told = async (more: object = {}) => {
    const { outcome, version, environmentConcurrency } = await add(more);
    return [outcome, version, environmentConcurrency];
  };
  assert.deepEqual(await told({ environmentConcurrency: 1, publish: true }), ['created', '1', 1]);
  assert.equal(await providerOf(), undefined);
  assert.deepEqual(await told({ environmentConcurrency: 64, publish: true }), ['updated', '2', 64]);
  assert.deepEqual(await providerOf(), provider(machine, 64));
  assert.deepEqual(await told({ publish: true }), ['unchanged', '2', 64], 'absent is as before');
  assert.deepEqual(await told({ environmentConcurrency: 64 }), ['unchanged', '$LATEST', 64]);
  assert.deepEqual(published(), [
    ['$LATEST', 64],
    ['1', 1],
    ['2', 64],
  ]);
  assert.deepEqual(acts.listFunctions(undefined, control)[0]!.environmentConcurrency, 64);
  // One that a client of the Lambda API has named stays.
  const own = provider(`arn:aws:lambda:us-east-1:${accountId}:capacity-provider:own`, 2);
  await call('lambda:UpdateFunctionConfiguration', {
    FunctionName: 'hello',
    CapacityProviderConfig: { LambdaManagedInstancesCapacityProviderConfig: own },
  });
  assert.deepEqual(await told({ environmentConcurrency: 3 }), ['updated', '$LATEST', 3]);
  assert.deepEqual(await providerOf(), { ...own, PerExecutionEnvironmentMaxConcurrency: 3 });
  assert.deepEqual(await told({ environmentConcurrency: 1, publish: true }), ['updated', '3', 1]);
  assert.equal(await providerOf(), undefined);
  assert.deepEqual(await told({ environmentConcurrency: 1 }), ['unchanged', '$LATEST', 1]);
});

test('functions: Python that asks for several invocations in an environment is told to have one', async (t) => {
  const { add, folder, control } = await world(t);
  writeFileSync(join(folder, 'app.py'), 'def handler(event, context): return 1');
  const added = await add({ runtime: 'python3.13', environmentConcurrency: 16 });
  assert.equal(added.environmentConcurrency, 1);
  assert.equal(acts.listFunctions(undefined, control)[0]!.environmentConcurrency, 1);
});

test('functions: a zip file is added too; what is no code is refused', async (t) => {
  const { add, folder, control } = await world(t);
  const zip = join(folder, 'f.zip');
  writeFileSync(zip, zipFile({ name: 'app.mjs' }));
  assert.equal((await add({ code: zip })).outcome, 'created');
  const invalid = 'InvalidParameterValueException';
  await refused(add({ code: join(folder, 'nope') }), invalid, /is not there/);
  await refused(add({ code: 'relative' }), invalid, /is not an absolute path/);
  await refused(add({ code: join(folder, 'app.mjs') }), invalid, /it is no zip file/);
  await refused(add({ functionName: '__proto__' }), invalid, /cannot be the name/);
  await refused(add({ runtime: 'java21' }), invalid, /It runs nodejs18.x/);
  await refused(add({ timeout: 901 }), 'ValidationException', /at 'timeout'/);
  const atOnce =
    'capacityProviderConfig.lambdaManagedInstancesCapacityProviderConfig.perExecutionEnvironmentMaxConcurrency';
  for (const environmentConcurrency of [0, 1601, -1])
    await refused(add({ environmentConcurrency }), 'ValidationException', new RegExp(`at '${atOnce}'`));
  await refused(add({ variables: { AWS_REGION: 'x' } }), invalid, /AWS_REGION/);
  assert.equal(control.services.store.view.list('lambdaFunction', '').length, 1);
});

test('functions: APIs may invoke an added function and its aliases, unless they are told not to', async (t) => {
  const { add, call } = await world(t);
  await add({ publish: true });
  const named = { FunctionName: 'hello' };
  await call('lambda:CreateAlias', { ...named, Name: 'prod', FunctionVersion: '1' });
  const ofAlias = await call('lambda:GetPolicy', { ...named, Qualifier: 'prod' });
  assert.deepEqual(JSON.parse(ofAlias.Policy).Statement, [statement(':prod')]);
  const own = { StatementId: 'own', Action: 'lambda:InvokeFunction', Principal: accountId };
  await call('lambda:AddPermission', { ...named, ...own });
  await add({ allowApis: false });
  const { Policy } = await call('lambda:GetPolicy', named);
  assert.deepEqual(
    JSON.parse(Policy).Statement.map(({ Sid }: { Sid: string }) => Sid),
    ['own'],
  );
  await refused(
    call('lambda:GetPolicy', { ...named, Qualifier: 'prod' }),
    'ResourceNotFoundException',
    /does not exist/,
  );
  // A function that APIs may not invoke has aliases that they may not.
  await call('lambda:CreateAlias', { ...named, Name: 'beta', FunctionVersion: '1' });
  await refused(
    call('lambda:GetPolicy', { ...named, Qualifier: 'beta' }),
    'ResourceNotFoundException',
    /does not exist/,
  );
});

test('functions: they are listed, invoked and removed', async (t) => {
  const { add, control, call, asked } = await world(t);
  await add({ functionName: 'echo', publish: true });
  await call('lambda:CreateAlias', { FunctionName: 'echo', Name: 'prod', FunctionVersion: '1' });
  const [listed] = acts.listFunctions(undefined, control);
  assert.deepEqual(
    [listed!.functionName, listed!.versions, listed!.aliases],
    ['echo', ['1'], [{ name: 'prod', functionVersion: '1' }]],
  );
  const invoked = await acts.invokeFunction(
    { functionName: 'echo', qualifier: 'prod', payload: '[1]' },
    control,
    caller,
  );
  assert.deepEqual(
    [invoked.functionError, invoked.logTail],
    [null, Buffer.from('START\nEND\n').toString('base64')],
  );
  assert.deepEqual(
    [asked[0]!.qualifier, asked[0]!.payload, asked[0]!.by],
    ['prod', '[1]', { kind: 'identity', arn: caller.arn }],
  );
  await refused(
    Promise.resolve().then(() => acts.invokeFunction({ functionName: 'nope' }, control, caller)),
    'ResourceNotFoundException',
    /nope/,
  );
  await acts.removeFunction({ functionName: 'echo' }, control, caller);
  assert.deepEqual(acts.listFunctions(undefined, control), []);
  assert.deepEqual(readPublishedState(control.services.dataDir)!.functions, []);
  await refused(
    acts.removeFunction({ functionName: 'echo' }, control, caller),
    'ResourceNotFoundException',
    /echo/,
  );
});
