// Which function, version and permission a call means, and what Lambda says when there is none.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { InvokedBy } from '../../../src/functions/functions.ts';
import {
  accountId,
  arnOf,
  createWorld,
  functionOf,
  invocationOf,
  versionOf,
  type World,
} from './fake-world.ts';

const hello = functionOf('hello', {
  versions: [versionOf('$LATEST'), versionOf('1'), versionOf('2')],
  aliases: [
    { name: 'prod', functionVersion: '1', additionalVersionWeights: {} },
    { name: 'canary', functionVersion: '1', additionalVersionWeights: { 2: 0.1 } },
    { name: 'dangling', functionVersion: '7', additionalVersionWeights: {} },
  ],
});

function worldOfHello(random = () => 0.5): World {
  const world = createWorld({ random });
  world.environments.onRun = (environment) => queueMicrotask(() => environment.finish());
  world.adopt(hello, functionOf('constructor'));
  return world;
}

const outcomeOf = async (world: World, name: string, qualifier: string | null = null): Promise<string> => {
  const { results } = world.call(name, { qualifier });
  await world.time.settle();
  assert.equal(results.length, 1);
  const [result] = results;
  if (result?.outcome === 'done') return `ran ${result.executedVersion}`;
  if (result?.outcome === 'refused') return `${result.status} ${result.type}: ${result.message}`;
  return 'lost';
};

const notFound = (arn: string): string => `404 ResourceNotFoundException: Function not found: ${arn}`;

const names: ReadonlyArray<readonly [name: string, qualifier: string | null, outcome: string]> = [
  ['hello', null, 'ran $LATEST'],
  ['hello', '', 'ran $LATEST'],
  ['hello', '$LATEST', 'ran $LATEST'],
  ['hello:$LATEST', null, 'ran $LATEST'],
  ['hello:1', null, 'ran 1'],
  ['hello', '2', 'ran 2'],
  ['hello:prod', null, 'ran 1'],
  ['hello:prod', 'prod', 'ran 1'],
  ['hello', 'prod', 'ran 1'],
  ['function:hello', null, 'ran $LATEST'],
  [`${accountId}:function:hello`, null, 'ran $LATEST'],
  [`${accountId}:hello:prod`, null, 'ran 1'],
  [arnOf('hello'), null, 'ran $LATEST'],
  [arnOf('hello'), '1', 'ran 1'],
  [arnOf('hello:prod'), null, 'ran 1'],
  ['constructor', null, 'ran $LATEST'],
  ['nobody', null, notFound(arnOf('nobody'))],
  ['toString', null, notFound(arnOf('toString'))],
  ['hello', 'constructor', notFound(arnOf('hello:constructor'))],
  ['hello:9', null, notFound(arnOf('hello:9'))],
  ['hello', 'dangling', notFound(arnOf('hello:dangling'))],
  [
    'arn:aws:lambda:eu-west-1:000000000000:function:hello',
    null,
    "404 ResourceNotFoundException: Functions from 'eu-west-1' are not reachable in this region ('us-east-1')",
  ],
  [
    'arn:aws:lambda:us-east-1:111122223333:function:hello',
    null,
    '403 AccessDeniedException: User: anonymous is not authorized to perform: lambda:InvokeFunction on resource: arn:aws:lambda:us-east-1:111122223333:function:hello because no resource-based policy allows the lambda:InvokeFunction action',
  ],
  [
    'hello:prod',
    '1',
    '400 InvalidParameterValueException: The derived qualifier from the function name does not match the specified qualifier.',
  ],
  [
    'no such name',
    null,
    "400 ValidationException: 1 validation error detected: Value 'no such name' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?",
  ],
  [
    'x'.repeat(171),
    null,
    `400 ValidationException: 1 validation error detected: Value '${'x'.repeat(171)}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 170`,
  ],
  [
    'hello',
    'a b',
    "400 ValidationException: 1 validation error detected: Value 'a b' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: (|[a-zA-Z0-9$_-]+)",
  ],
];

test('names: each form of a name means the same function, and strangers are refused in Lambda’s words', async () => {
  const world = worldOfHello();
  for (const [name, qualifier, outcome] of names)
    assert.equal(await outcomeOf(world, name, qualifier), outcome, `${name} ${qualifier}`);
});

test('names: the function is told the ARN by which it was called', async () => {
  const world = worldOfHello();
  const seen: string[] = [];
  world.environments.onRun = (environment, { invokedFunctionArn }) => {
    seen.push(invokedFunctionArn);
    queueMicrotask(() => environment.finish());
  };
  for (const name of ['hello', 'hello:prod', 'hello:$LATEST', arnOf('hello:1')]) await outcomeOf(world, name);
  assert.deepEqual(seen, [arnOf('hello'), arnOf('hello:prod'), arnOf('hello:$LATEST'), arnOf('hello:1')]);
});

test('aliases: the weights share out the calls between versions', async () => {
  let drawn = 0;
  const world = worldOfHello(() => (drawn++ % 100) / 100);
  const counts = new Map<string, number>();
  for (let i = 0; i < 200; i++) {
    const outcome = await outcomeOf(world, 'hello:canary');
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  }
  assert.deepEqual(Object.fromEntries(counts), { 'ran 2': 20, 'ran 1': 180 });
});

const gateway = (over: Partial<Extract<InvokedBy, { kind: 'service' }>> = {}): InvokedBy => ({
  kind: 'service',
  service: 'apigateway.amazonaws.com',
  sourceArn: `arn:aws:execute-api:us-east-1:${accountId}:abcdef1234/prod/GET/pets/{id}`,
  sourceAccount: accountId,
  ...over,
});

const policyText = (resource: string, condition: object | undefined, effect = 'Allow'): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Id: 'default',
    Statement: [
      {
        Sid: 'gateway',
        Effect: effect,
        Principal: { Service: 'apigateway.amazonaws.com' },
        Action: 'lambda:InvokeFunction',
        Resource: resource,
        Condition: condition,
      },
    ],
  });

const ofApi = (path: string): object => ({
  ArnLike: { 'AWS:SourceArn': `arn:aws:execute-api:us-east-1:${accountId}:${path}` },
});

const guarded = functionOf('guarded', {
  versions: [versionOf('$LATEST'), versionOf('1')],
  aliases: [
    { name: 'prod', functionVersion: '1', additionalVersionWeights: {} },
    { name: 'open', functionVersion: '1', additionalVersionWeights: {} },
    { name: 'broken', functionVersion: '1', additionalVersionWeights: {} },
    { name: 'account', functionVersion: '1', additionalVersionWeights: {} },
    { name: 'denied', functionVersion: '1', additionalVersionWeights: {} },
  ],
  policies: {
    '': policyText(arnOf('guarded'), ofApi('abcdef1234/*/GET/pets/*')),
    prod: policyText(arnOf('guarded:prod'), ofApi('other12345/*')),
    open: policyText(arnOf('guarded:open'), undefined),
    broken: '{"Statement": [',
    account: policyText(arnOf('guarded:account'), { StringEquals: { 'AWS:SourceAccount': accountId } }),
    denied: policyText(arnOf('guarded:denied'), undefined, 'Deny'),
  },
});

const noStatement = 'because no resource-based policy allows the lambda:InvokeFunction action';
const denial = (qualifier: string, why: string, who = 'apigateway.amazonaws.com'): string =>
  `User: ${who} is not authorized to perform: lambda:InvokeFunction on resource: ${arnOf(`guarded${qualifier}`)} ${why}`;

const permissions: ReadonlyArray<readonly [name: string, by: InvokedBy, refusal: string | null]> = [
  ['guarded', gateway(), null],
  ['guarded:$LATEST', gateway(), null],
  [
    'guarded',
    gateway({ sourceArn: `arn:aws:execute-api:us-east-1:${accountId}:abcdef1234/prod/POST/pets` }),
    denial('', noStatement),
  ],
  ['guarded', gateway({ service: 'events.amazonaws.com' }), denial('', noStatement, 'events.amazonaws.com')],
  ['guarded:1', gateway(), denial(':1', noStatement)],
  ['guarded:prod', gateway(), denial(':prod', noStatement)],
  ['guarded:open', gateway(), null],
  ['guarded:broken', gateway(), denial(':broken', noStatement)],
  ['guarded:account', gateway(), null],
  ['guarded:account', gateway({ sourceAccount: '111122223333' }), denial(':account', noStatement)],
  ['guarded:denied', gateway(), denial(':denied', 'with an explicit deny in a resource-based policy')],
  ['guarded:prod', { kind: 'identity', arn: 'arn:aws:iam::000000000000:user/x' }, null],
];

test('permission: a service is let in by the policy of exactly the qualifier it invokes', async () => {
  const world = createWorld();
  world.environments.onRun = (environment) => queueMicrotask(() => environment.finish());
  world.adopt(guarded);
  for (const [name, by, refusal] of permissions) {
    const { results } = world.call(name, { by });
    await world.time.settle();
    const [result] = results;
    const told = result?.outcome === 'refused' ? `${result.status} ${result.type} ${result.message}` : null;
    assert.equal(told, refusal === null ? null : `403 AccessDeniedException ${refusal}`, `${name}`);
  }
  assert.equal(world.log.length, 1);
  assert.match(world.log[0]!, /^Cannot read a resource policy of a function; it lets nobody in: /);
});

test('permission: a policy that is adopted later decides from then on', async () => {
  const world = createWorld();
  world.environments.onRun = (environment) => queueMicrotask(() => environment.finish());
  world.adopt(functionOf('guarded'));
  const before = world.call('guarded', { by: gateway() });
  world.adopt(guarded);
  const after = world.call('guarded', { by: gateway() });
  await world.time.settle();
  assert.deepEqual([before.results[0]?.outcome, after.results[0]?.outcome], ['refused', 'done']);
});

const contextOf = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64');
const badContext =
  '400 InvalidRequestContentException: Client context must be a valid Base64-encoded JSON object.';
const sizes: ReadonlyArray<
  readonly [what: string, over: Parameters<World['call']>[1], refusal: RegExp | null]
> = [
  ['6 MB', { payload: `"${'x'.repeat(6_291_454)}"` }, null],
  ['6 MB of two-byte letters', { payload: `"${'ü'.repeat(3_145_727)}"` }, null],
  [
    'a byte more',
    { payload: `"${'x'.repeat(6_291_455)}"` },
    /^413 RequestEntityTooLargeException: Request must be smaller than 6291456 bytes for the InvokeFunction operation$/,
  ],
  ['1 MB asynchronous', { type: 'Event', payload: Buffer.from(`"${'x'.repeat(1_048_574)}"`) }, null],
  [
    'a byte more asynchronous',
    { type: 'Event', payload: Buffer.from(`"${'x'.repeat(1_048_575)}"`) },
    /^413 RequestEntityTooLargeException: Request must be smaller than 1048576 bytes/,
  ],
  ['nothing', { payload: '' }, null],
  ['a scalar', { payload: '1' }, null],
  [
    'no JSON',
    { payload: '{' },
    /^400 InvalidRequestContentException: Could not parse request body into json: ./,
  ],
  [
    'no JSON in bytes',
    { payload: Buffer.from('{a}') },
    /^400 InvalidRequestContentException: Could not parse request body into json: ./,
  ],
  ['a client context', { clientContext: contextOf({ custom: { a: 1 } }) }, null],
  ['a list as client context', { clientContext: contextOf([1]) }, new RegExp(`^${badContext}$`)],
  ['no base64 of JSON', { clientContext: 'AAAA' }, new RegExp(`^${badContext}$`)],
  [
    'a long client context',
    { clientContext: contextOf('x'.repeat(3000)) },
    /^400 InvalidRequestContentException: Client context must be no more than 3583 bytes\.$/,
  ],
];

test('content: sizes and JSON are looked at before the function is', async () => {
  const world = createWorld();
  const payloads: string[] = [];
  world.environments.onRun = (environment, { payload }) => {
    payloads.push(Buffer.from(payload).toString().slice(0, 20));
    queueMicrotask(() => environment.finish());
  };
  world.adopt(functionOf('hello'));
  for (const [what, over, refusal] of sizes) {
    const { results } = world.call('hello', over);
    await world.time.settle();
    const [result] = results;
    const told = result?.outcome === 'refused' ? `${result.status} ${result.type}: ${result.message}` : null;
    if (refusal === null) assert.equal(told, null, what);
    else assert.match(told ?? '', refusal, what);
  }
  assert.ok(payloads.includes('{}'), 'nothing at all is an empty object');
});

test('content: an answer above 6 MB is a function error', async () => {
  const world = createWorld();
  world.environments.onRun = (environment) =>
    queueMicrotask(() => environment.finish({ payload: Buffer.alloc(6_291_557, 0x31) }));
  world.adopt(functionOf('hello'));
  const { results } = world.call('hello');
  await world.time.settle();
  const [result] = results;
  assert.ok(result?.outcome === 'done');
  assert.equal(result.functionError, 'Unhandled');
  assert.deepEqual(JSON.parse(Buffer.from(result.payload).toString()), {
    errorMessage: 'Response payload size exceeded maximum allowed payload size (6291556 bytes).',
    errorType: 'Function.ResponseSizeTooLarge',
  });
});

test('DryRun: it checks and runs nothing', async () => {
  const world = createWorld();
  world.adopt(guarded);
  const allowed = world.call('guarded:prod', { type: 'DryRun' });
  const denied = world.call('guarded:prod', { type: 'DryRun', by: gateway() });
  await world.time.settle();
  const [result] = allowed.results;
  assert.ok(result?.outcome === 'done');
  assert.deepEqual([result.executedVersion, result.payload.length, result.functionError], ['1', 0, null]);
  assert.equal(denied.results[0]?.outcome, 'refused');
  assert.equal(world.environments.all.length, 0);
});

test('invoke: nothing is told from inside it, and nothing after abort', async () => {
  const world = createWorld();
  world.environments.onRun = (environment) => environment.finish();
  world.adopt(functionOf('hello'));
  world.call('hello');
  await world.time.settle();
  let isInside = true;
  const told: boolean[] = [];
  for (const name of ['hello', 'nobody']) {
    const handler = { onHead: () => {}, onData: () => true, onEnd: () => told.push(isInside) };
    world.host.invoke(invocationOf(name), handler);
    world.host.invoke(invocationOf(name), { ...handler, onEnd: () => told.push(true) }).abort();
  }
  isInside = false;
  await world.time.settle();
  assert.deepEqual(told, [false, false]);
});
