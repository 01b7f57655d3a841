// ImportDocumentationParts.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { DocumentationPart } from '../../../src/resources/index.ts';
import { refused, testControl } from '../../support/control.ts';

const bytes = (documentationParts: unknown): Uint8Array =>
  Buffer.from(
    JSON.stringify({
      openapi: '3.0.1',
      info: { title: 't' },
      paths: {},
      'x-amazon-apigateway-documentation': { version: '1', documentationParts },
    }),
  );
const part = (location: object, properties: object) => ({ location, properties });

async function withApi(t: Parameters<typeof testControl>[0]) {
  const testing = await testControl(t);
  const { id: restApiId } = await testing.call('CreateRestApi', { name: 'x' });
  const parts = () =>
    testing.control.services.store.view
      .list('documentationPart', restApiId)
      .map(({ location, properties }: DocumentationPart) => [location.type, JSON.parse(properties)]);
  return { ...testing, restApiId, parts };
}

test('ImportDocumentationParts: merge lays properties over those that are there, and keeps ids', async (t) => {
  const { call, restApiId, parts } = await withApi(t);
  const first = await call('ImportDocumentationParts', {
    restApiId,
    body: bytes([
      part({ type: 'API' }, { description: 'a', info: { description: 'i' } }),
      part({ type: 'METHOD', path: '/', method: 'GET' }, { summary: 's' }),
    ]),
  });
  assert.equal(new Set(first.ids).size, 2);
  assert.deepEqual(first.warnings, []);
  const second = await call('ImportDocumentationParts', {
    restApiId,
    mode: 'merge',
    body: bytes([
      part({ type: 'MODEL', name: 'Pet' }, { description: 'm' }),
      part({ method: 'GET', type: 'METHOD' }, { description: 'd' }),
    ]),
  });
  assert.equal(second.ids[1], first.ids[1]);
  assert.deepEqual(parts(), [
    ['API', { description: 'a', info: { description: 'i' } }],
    ['METHOD', { summary: 's', description: 'd' }],
    ['MODEL', { description: 'm' }],
  ]);
});

test('ImportDocumentationParts: overwrite puts the document in the place of all parts', async (t) => {
  const { call, restApiId, parts } = await withApi(t);
  const body = bytes([part({ type: 'API' }, { a: 1 }), part({ type: 'RESOURCE', path: '/x' }, { b: 2 })]);
  const { ids } = await call('ImportDocumentationParts', { restApiId, body });
  const answer = await call('ImportDocumentationParts', {
    restApiId,
    mode: 'overwrite',
    body: bytes([part({ type: 'API' }, { c: 3 })]),
  });
  assert.deepEqual(answer, { ids: [ids[0]], warnings: [] });
  assert.deepEqual(parts(), [['API', { c: 3 }]]);
});

test('ImportDocumentationParts: a part about nothing is left out with a warning, which may fail', async (t) => {
  const { call, restApiId, parts } = await withApi(t);
  const cases: [unknown, RegExp][] = [
    [part({}, {}), /needs a location with a type/],
    ['text', /needs a location with a type/],
    [
      part({ type: 'WRONG' }, {}),
      /Value 'WRONG' at 'documentationPart.location.type' failed .* \[RESPONSE_BODY, /,
    ],
    [part({ type: 'MODEL' }, {}), /of type MODEL needs a name/],
    [part({ type: 'API', path: '/' }, {}), /of type API has no "path"/],
  ];
  const good = part({ type: 'API' }, {});
  for (const [wrong, text] of cases) {
    const body = bytes([wrong, good]);
    const { ids, warnings } = await call('ImportDocumentationParts', { restApiId, body });
    assert.equal(ids.length, 1);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0], text);
    await refused(
      call('ImportDocumentationParts', { restApiId, body, failOnWarnings: true }),
      'BadRequestException',
      text,
    );
  }
  assert.deepEqual(parts(), [['API', {}]]);
});

test('ImportDocumentationParts: what is no document, and an API that is not there, are refused', async (t) => {
  const { call, restApiId } = await withApi(t);
  for (const text of ['', 'invalid', '{', '{"x-amazon-apigateway-documentation": {}}'])
    await refused(
      call('ImportDocumentationParts', { restApiId, body: Buffer.from(text) }),
      'BadRequestException',
      'Unable to build importer with provided input.',
    );
  await refused(
    call('ImportDocumentationParts', { restApiId: 'none', body: bytes([]) }),
    'NotFoundException',
    /^Invalid API identifier specified \d{12}:none$/,
  );
});

test('ImportDocumentationParts: an API has at most 2000 parts', async (t) => {
  const { call, restApiId, parts } = await withApi(t);
  const many = (count: number, prefix: string) =>
    bytes(Array.from({ length: count }, (_, i) => part({ type: 'MODEL', name: `${prefix}${i}` }, {})));
  await call('ImportDocumentationParts', { restApiId, body: many(2000, 'a') });
  await refused(
    call('ImportDocumentationParts', { restApiId, body: many(1, 'b') }),
    'LimitExceededException',
    /documentation parts/,
  );
  await call('ImportDocumentationParts', { restApiId, mode: 'overwrite', body: many(2000, 'c') });
  assert.equal(parts().length, 2000);
});
