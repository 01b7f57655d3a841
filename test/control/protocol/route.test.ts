import assert from 'node:assert/strict';
import test from 'node:test';
import type { AwsException } from '../../../src/control/protocol/exceptions.ts';
import { type Operation, operations } from '../../../src/control/protocol/operations.ts';
import { resourceArn } from '../../../src/control/protocol/resource-arn.ts';
import { routeOf } from '../../../src/control/protocol/route.ts';
import fc from '../../support/properties.ts';
import { assertRefused, testWire } from './wire.ts';

const account = { partition: 'aws', region: 'us-east-1', accountId: '111122223333' };

test('a route is found for every operation by its own method and path, with the labels in order', () => {
  for (const [name, { method, uri }] of Object.entries<Operation>(operations)) {
    const [template = '', mode] = uri.split('?');
    const labels = [...template.matchAll(/\{[^}]+\}/g)].map((_, i) => `label${i}`);
    let next = 0;
    const path = template.replace(/\{[^}]+\}/g, () => labels[next++]!);
    assert.deepEqual(routeOf(method, path, mode !== undefined), { name, labels, path });
  }
});

test('a label is given back as it was, whatever text it held, and its path is spelled in one way', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (label) => {
      const path = `/restapis/${encodeURIComponent(label)}/models/${encodeURIComponent(label)}`;
      // Every byte percent-encoded: the same path, spelled otherwise.
      const encodeAll = (text: string) =>
        [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
      const other = `/restapis/${encodeAll(label)}/models/${encodeAll(label)}`;
      assert.deepEqual(routeOf('GET', path, false), { name: 'GetModel', labels: [label, label], path });
      assert.deepEqual(routeOf('GET', other, false), { name: 'GetModel', labels: [label, label], path });
    }),
  );
});

test('a path that no operation has leads nowhere', () => {
  const none: readonly (readonly [method: string, path: string])[] = [
    ['GET', '/'],
    ['GET', '/restapi'],
    ['GET', '/restapis/'],
    ['GET', '/restapis//resources'],
    ['GET', '//restapis'],
    ['GET', '/restapis/a/'],
    ['GET', '/restapis/a/resources/b/c'],
    ['GET', '/restapis/a/x%2Fresources'],
    ['PUT', '/restapis'],
    ['get', '/restapis'],
    ['GET', '/v2'],
    ['GET', '/v2/restapis'],
    ['GET', '/RestApis'],
    ['GET', ''],
    ['GET', '*'],
  ];
  for (const [method, path] of none) assert.equal(routeOf(method, path, false), null, `${method} ${path}`);
});

test('a mode of import matters only where an operation is told by it', () => {
  const named = (method: string, path: string, isImport: boolean) => routeOf(method, path, isImport)?.name;
  assert.equal(named('POST', '/restapis', true), 'ImportRestApi');
  assert.equal(named('POST', '/restapis', false), 'CreateRestApi');
  assert.equal(named('POST', '/apikeys', true), 'ImportApiKeys');
  assert.equal(named('POST', '/apikeys', false), 'CreateApiKey');
  assert.equal(named('POST', '/usageplans', true), 'CreateUsagePlan');
});

test('a label that is not percent-encoded UTF-8 is refused', () => {
  for (const label of ['%', '%2', '%zz', '%ff', '%ed%a0%80'])
    assert.throws(
      () => routeOf('GET', `/restapis/${label}`, false),
      ({ status }: AwsException) => status === 400,
    );
});

test('a resource ARN is the path below the region, or below the account for what is private', () => {
  const cases: readonly (readonly [method: string, path: string, id: string | null, arn: string])[] = [
    ['GET', '/restapis/a/stages/b', null, 'arn:aws:apigateway:us-east-1::/restapis/a/stages/b'],
    ['GET', '/tags/arn:aws:x', null, 'arn:aws:apigateway:us-east-1::/tags/arn%3Aaws%3Ax'],
    ['GET', '/domainnames/a.example', null, 'arn:aws:apigateway:us-east-1::/domainnames/a.example'],
    [
      'GET',
      '/domainnames/a.example/basepathmappings/v1',
      'x1',
      'arn:aws:apigateway:us-east-1:111122223333:/domainnames/a.example+x1/basepathmappings/v1',
    ],
    [
      'POST',
      '/domainnameaccessassociations',
      null,
      'arn:aws:apigateway:us-east-1:111122223333:/domainnameaccessassociations',
    ],
    ['DELETE', '/domainnameaccessassociations/arn%3Ax%2Fy', null, 'arn:x/y'],
  ];
  for (const [method, path, id, arn] of cases) {
    const query = id === null ? [] : [{ name: 'domainNameId', value: id, rawValue: id }];
    assert.equal(resourceArn(routeOf(method, path, false)!, query, account), arn);
  }
});

test('a request for no operation is answered as one without a signature, and is no call', async (t) => {
  const wire = await testWire(t);
  for (const [method, path] of [
    ['GET', '/'],
    ['GET', '/restapis/'],
    ['DELETE', '/restapis'],
    ['OPTIONS', '/restapis'],
    ['GET', '/v2/restapis'],
  ] as const) {
    const answer = await wire.send(method, path);
    assertRefused(answer, 403, 'MissingAuthenticationTokenException', 'Missing Authentication Token');
  }
  const head = await wire.send('HEAD', '/restapis/a');
  assert.equal(head.status, 403);
  assert.equal(head.text, '');
  assert.deepEqual([wire.calls, wire.records], [[], []]);
});

test('a target in absolute form is read as its path', async (t) => {
  const wire = await testWire(t);
  const answer = await wire.send('GET', 'http://gateway.example/restapis/a?limit=1');
  assert.equal(answer.status, 200);
  assert.deepEqual(wire.calls, [{ name: 'GetRestApi', input: { restApiId: 'a' } }]);
});
