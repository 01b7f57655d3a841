// Whatever a client sends, in the types that the protocol lets through: an answer, or a refusal in the service's form that
// changes nothing.

import assert from 'node:assert/strict';
import test from 'node:test';
import { AwsException } from '../../../src/control/protocol/exceptions.ts';
import { type OperationName, operations } from '../../../src/control/protocol/operations.ts';
import type { Member, ShapeKind } from '../../../src/control/protocol/shape.ts';
import { type TestControl, testControl } from '../../support/control.ts';
import fc from '../../support/properties.ts';
import { apiId, putApi, putMethod, putStage } from './support.ts';

const names = (Object.keys(operations) as OperationName[]).filter((name) =>
  /Model|RequestValidator|GatewayResponse|Authorizer|DocumentationPart|DocumentationVersion|Account|ApiKey|Usage|VpcLink|UpdateClientC|GetClientC|DeleteClientC/.test(
    name,
  ),
);

/** Texts that mean something somewhere, and some that mean nothing. */
const text = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      apiId,
      'id1',
      'prod',
      'Pet',
      'API_KEY',
      '1',
      '2024-01-01',
      '{"type":"object"}',
    ),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '',
      ' ',
      '__proto__',
      'constructor',
      '{}',
      '[]',
      'null',
      '-1',
      '1e999',
      `${apiId}:prod`,
      `${apiId}/prod`,
      '{"__proto__":{"a":1}}',
      '{"$ref":"#"}',
      '{"/a/GET":null}',
      'arn:aws:x:::y',
      '{stageVariables.a}',
      '\u0000\ud800',
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
);

const paths = [
  '/name',
  '/description',
  '/schema',
  '/statusCode',
  '/responseParameters/a',
  '/responseTemplates/a~1b',
  '/responseTemplates',
  '/providerARNs',
  '/identitySource',
  '/type',
  '/authorizerResultTtlInSeconds',
  '/apiStages',
  `/apiStages/${apiId}:prod/throttle`,
  `/apiStages/${apiId}:prod/throttle/~1a/GET/rateLimit`,
  `/apiStages/${apiId}:prod/throttle//a/GET`,
  '/throttle/rateLimit',
  '/quota/limit',
  '/quota/period',
  '/quota/offset',
  '/quota',
  '/properties',
  '/remaining',
  '/features',
  '/cloudwatchRoleArn',
  '/stages',
  '/labels',
  '/enabled',
  '/',
  '',
  '//',
  '/__proto__',
  '/responseParameters/__proto__',
];

const patchOperation = fc.record(
  {
    op: fc.constantFrom('add', 'remove', 'replace', 'copy', 'move', 'test'),
    path: fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...paths) }, text),
    value: text,
    from: text,
  },
  { requiredKeys: ['op'] },
);

function arbitraryOf(shape: ShapeKind): fc.Arbitrary<unknown> {
  switch (shape.type) {
    case 'string':
      if (shape.values !== undefined) return fc.constantFrom(...shape.values);
      return shape.pattern === undefined
        ? text
        : fc.constantFrom('200', '404', '*').filter((one) => new RegExp(`^(?:${shape.pattern})$`).test(one));
    case 'boolean':
      return fc.boolean();
    case 'blob':
      return fc.uint8Array();
    case 'json':
      return fc.jsonValue();
    case 'integer':
    case 'long':
      return fc.oneof(fc.constantFrom(-1, 0, 1, 300, 3601), fc.maxSafeInteger());
    case 'double':
      return fc.oneof(fc.constantFrom(-1, 0, 1.5), fc.double({ noNaN: true, noDefaultInfinity: true }));
    case 'list':
      return fc.array(arbitraryOf(shape.member), { maxLength: 3 });
    case 'map':
      return fc.dictionary(text, arbitraryOf(shape.value), { maxKeys: 3 });
    case 'structure':
      return inputOf(shape.members);
  }
}

function inputOf(members: Readonly<Record<string, Member>>): fc.Arbitrary<Record<string, unknown>> {
  const entries = Object.entries(members).map(([name, member]) => [name, memberOf(name, member)] as const);
  const requiredKeys = Object.keys(members).filter((name) => members[name]!.isRequired);
  return fc.record(Object.fromEntries(entries), { requiredKeys });
}

function memberOf(name: string, member: Member): fc.Arbitrary<unknown> {
  if (name === 'patchOperations') return fc.array(patchOperation, { maxLength: 4 });
  if (name === 'restApiId') return fc.oneof({ weight: 9, arbitrary: fc.constant(apiId) }, text);
  if (member.place === 'payload') return text.map((one) => Buffer.from(`name,key\n${one},${one.repeat(9)}`));
  // One id for everything that there is, so that most calls find something.
  if (/Id$|^apiKey$/.test(name)) return fc.oneof({ weight: 4, arbitrary: fc.constant('id1') }, text);
  return arbitraryOf(member.shape);
}

const calls = fc.array(
  fc
    .constantFrom(...names)
    .chain((name) => inputOf(operations[name].members).map((input) => ({ name, input }))),
  { maxLength: 12 },
);

async function fillWith(world: TestControl): Promise<void> {
  const { call } = world;
  await putApi(world);
  await putStage(world, 'prod');
  const tags = { _custom_id_: 'id1' };
  await call('CreateModel', {
    restApiId: apiId,
    name: 'Pet',
    contentType: 'application/json',
    schema: '{"type":"object"}',
  });
  await putMethod(world, '/a', 'GET', { requestModels: { 'application/json': 'Pet' } });
  await call('CreateApiKey', { tags });
  await call('CreateUsagePlan', { name: 'p', tags, quota: { limit: 5, period: 'DAY' } });
  await call('CreateUsagePlanKey', { usagePlanId: 'id1', keyId: 'id1', keyType: 'API_KEY' });
  await call('CreateVpcLink', { name: 'v', targetArns: ['arn:aws:elb:r:a:x'], tags });
  await world.control.services.store.write((transaction) => {
    transaction.put('requestValidator', apiId, 'id1', {
      id: 'id1',
      validateRequestBody: false,
      validateRequestParameters: false,
    });
    transaction.put('authorizer', apiId, 'id1', { id: 'id1', name: 'a', type: 'TOKEN' });
    transaction.put('documentationPart', apiId, 'id1', {
      id: 'id1',
      location: { type: 'API' },
      properties: '{}',
    });
  });
}

test('hostile input: every call is answered, or refused in the form of the service', async () => {
  await fc.assert(
    fc.asyncProperty(calls, async (sequence) => {
      const ends: (() => unknown)[] = [];
      const world = await testControl({ after: (end) => ends.push(end) });
      try {
        await fillWith(world);
        for (const { name, input } of sequence) {
          const error = await world.call(name, input as never).then(
            () => undefined,
            (reason: unknown) => reason,
          );
          if (error === undefined) continue;
          const isRefusal = error instanceof AwsException && error.status >= 400 && error.status < 500;
          assert.ok(isRefusal, `${name} ${JSON.stringify(input)}: ${(error as Error).stack}`);
        }
        // What was let in can be shown.
        for (const list of ['GetModels', 'GetAuthorizers', 'GetGatewayResponses'] as const)
          await world.call(list, { restApiId: apiId });
        for (const list of ['GetApiKeys', 'GetUsagePlans', 'GetVpcLinks'] as const)
          await world.call(list, {});
        assert.equal(({} as Record<string, unknown>).a, undefined);
      } finally {
        for (const end of ends) await end();
      }
    }),
    { numRuns: 100 },
  );
});
