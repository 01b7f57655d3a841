// Importing again: ids stay, `overwrite` replaces, `merge` adds.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { newResourceId } from '../../src/base/ids.ts';
import fc from '../support/properties.ts';
import { importText } from './support.ts';

const examples = join(import.meta.dirname, '../../examples');
const petstore = readFileSync(join(examples, 'petstore/openapi.yaml'), 'utf8');

test('openapi: the examples are imported without a problem', () => {
  for (const name of ['petstore', 'soap']) {
    assert.deepEqual(importText(readFileSync(join(examples, name, 'openapi.yaml'), 'utf8')).problems, []);
  }
});

test('openapi: importing the same document again changes nothing', () => {
  const inline =
    'requestBody: { content: { application/json: { schema: { type: array, items: { type: string } } } } }';
  const text = petstore.replace('operationId: health', `operationId: health\n      ${inline}`);
  for (const mode of ['overwrite', 'merge'] as const) {
    const first = importText(text, { newId: newResourceId }).definition!;
    const second = importText(text, { newId: newResourceId, existing: first, mode }).definition!;
    assert.deepEqual(second, first);
  }
});

test('openapi: YAML and the same document as JSON give the same definition', async () => {
  const { parse } = await import('yaml');
  assert.deepEqual(importText(JSON.stringify(parse(petstore))).definition, importText(petstore).definition);
});

test('openapi: inline schemas that refer to themselves keep their generated models', () => {
  const place = '#/paths/~1a/post/requestBody/content/application~1json/schema';
  const schema = { type: 'object', properties: { me: { $ref: place } } };
  const list = { type: 'array', items: { $ref: place } };
  const content = (one: object) => ({ content: { 'application/json': { schema: one } } });
  const post = { ...operation, requestBody: content(schema), responses: { 200: content(list) } };
  const put = {
    ...operation,
    requestBody: content({
      type: 'object',
      properties: { me: { $ref: place.replace('~1a/post', '~1b/put') } },
    }),
  };
  const text = documentOf({ '/a': { post }, '/b': { put } });
  const first = importText(text, { newId: newResourceId }).definition!;
  assert.equal(new Set(first.models.map((model) => model.name)).size, 3);
  for (const mode of ['overwrite', 'merge'] as const)
    assert.deepEqual(importText(text, { newId: newResourceId, existing: first, mode }).definition, first);
});

const documentOf = (paths: object, more: object = {}) =>
  JSON.stringify({ openapi: '3.0.1', info: { title: 't', version: '2' }, paths, ...more });
const operation = { 'x-amazon-apigateway-integration': { type: 'mock' } };

test('openapi: overwrite drops what the document lacks and keeps the ids of what it has', () => {
  const existing = importText(documentOf({ '/a/b': { get: operation }, '/c': { get: operation } }))
    .definition!;
  const { definition } = importText(documentOf({ '/a/b': { put: operation } }), {
    existing,
    newId: newResourceId,
  });
  assert.deepEqual(
    definition!.resources.map(({ path, id, resourceMethods }) => [
      path,
      id,
      Object.keys(resourceMethods ?? {}),
    ]),
    existing.resources.slice(0, 3).map(({ path, id }) => [path, id, path === '/a/b' ? ['PUT'] : []]),
  );
  assert.equal(definition!.restApi.id, existing.restApi.id);
});

test('openapi: merge keeps what the document lacks, and appends binary media types', () => {
  const types = 'x-amazon-apigateway-binary-media-types';
  const existing = importText(documentOf({ '/a': { get: operation } }, { [types]: ['image/png'] }))
    .definition!;
  const text = documentOf(
    { '/a': { put: operation }, '/b': { get: operation } },
    { [types]: ['image/gif', 'image/png'] },
  );
  const { definition } = importText(text, { existing, mode: 'merge' });
  assert.deepEqual(
    definition!.resources.map(({ path, resourceMethods }) => [
      path,
      Object.keys(resourceMethods ?? {}).sort(),
    ]),
    [
      ['/', []],
      ['/a', ['GET', 'PUT']],
      ['/b', ['GET']],
    ],
  );
  assert.deepEqual(definition!.restApi.binaryMediaTypes, ['image/png', 'image/gif']);
});

test('openapi: merge refuses a second variable sibling of a resource that is already there', () => {
  const existing = importText(documentOf({ '/{a}': { get: operation } })).definition!;
  const { problems } = importText(documentOf({ '/{b}': { get: operation } }), { existing, mode: 'merge' });
  assert.match(problems[0]!.message, /A sibling \(\{a\}\) of this resource already has a variable path part/);
});

test('openapi: the base path is ignored, prepended or split', () => {
  const cases: [object, string, string][] = [
    [{ swagger: '2.0', basePath: '/a/b/c' }, 'ignore', '/e'],
    [{ swagger: '2.0', basePath: '/a/b/c' }, 'prepend', '/a/b/c/e'],
    [{ swagger: '2.0', basePath: '/a/b/c' }, 'split', '/b/c/e'],
    [{ openapi: '3.0.1', servers: [{ url: 'https://h.example/a/b' }] }, 'prepend', '/a/b/e'],
    [{ openapi: '3.0.1', servers: [{ url: '/a/b' }] }, 'split', '/b/e'],
    [
      {
        openapi: '3.0.1',
        servers: [{ url: 'https://h/{basePath}', variables: { basePath: { default: 'x/y' } } }],
      },
      'prepend',
      '/x/y/e',
    ],
    [{ openapi: '3.0.1' }, 'prepend', '/e'],
  ];
  for (const [head, basepath, expected] of cases) {
    const text = JSON.stringify({ info: { title: 't' }, paths: { '/e': { get: operation } }, ...head });
    const { definition } = importText(text, { basepath: basepath as 'split' });
    assert.equal(definition!.resources.at(-1)!.path, expected, `${text} ${basepath}`);
  }
});

const name = fc.constantFrom('a', 'b', 'pets', '{id}', '{proxy+}', 'x-y', '__proto__', 'constructor', '');
const pathText = fc.array(name, { maxLength: 4 }).map((parts) => `/${parts.join('/')}`);
const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<unknown>(
      null,
      true,
      7,
      '',
      'mock',
      'http',
      'http://h/',
      '200',
      '#/components/schemas/A',
      '#/paths',
    ),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom(
        ...[
          'get',
          'parameters',
          'responses',
          '200',
          'default',
          'content',
          'application/json',
          'schema',
          '$ref',
          'type',
        ],
        ...[
          'x-amazon-apigateway-integration',
          'security',
          'name',
          'in',
          'requestTemplates',
          'statusCode',
          'properties',
        ],
        ...[
          'x-amazon-apigateway-any-method',
          'items',
          'uri',
          '__proto__',
          'headers',
          'A',
          'schemas',
          'securitySchemes',
        ],
      ),
      tie('value'),
      { maxKeys: 4 },
    ),
  ),
})).value;

test('openapi: whatever a document holds is imported or told, never thrown, and always the same', () => {
  fc.assert(
    fc.property(
      fc.dictionary(pathText, value, { maxKeys: 4 }),
      value,
      fc.dictionary(
        fc.constantFrom(
          'x-amazon-apigateway-policy',
          'security',
          'tags',
          'servers',
          'x-amazon-apigateway-gateway-responses',
          'x-amazon-apigateway-documentation',
        ),
        value,
      ),
      (paths, components, more) => {
        const text = documentOf(paths, { components, ...more });
        const first = importText(text);
        const second = importText(text);
        assert.deepEqual(second.definition, first.definition);
        assert.deepEqual(second.problems, first.problems);
        for (const { line, column } of first.problems) assert.ok(line >= 1 && column >= 1);
      },
    ),
    { numRuns: 500 },
  );
});
