import assert from 'node:assert/strict';
import test from 'node:test';
import type { Input } from '../../../src/control/protocol/operations.ts';
import { compileTemplate } from '../../../src/mapping/index.ts';
import { accountId, refused, type TestControl, testControl } from '../../support/control.ts';
import fc from '../../support/properties.ts';
import { apiId, putApi, putMethod } from './support.ts';

const restApiId = apiId;
const contentType = 'application/json';
const address = (name: string) => `https://apigateway.amazonaws.com/restapis/${apiId}/models/${name}`;

/** What a template makes of a body, read as JSON. */
const rendered = (template: string, body: unknown): unknown => {
  const input = { body: JSON.stringify(body), path: {}, querystring: {}, header: {} };
  return JSON.parse(compileTemplate(template).render({ input, context: {}, stageVariables: {} }).output);
};

const create = ({ call }: TestControl, name: string, schema: object) =>
  call('CreateModel', { restApiId, name, contentType, schema: JSON.stringify(schema) });

test('models: one is created, shown, listed, changed and deleted', async (t) => {
  const world = await testControl(t);
  const { call } = world;
  await putApi(world);
  const schema = '{"type":"object"}';
  const created = await call('CreateModel', {
    restApiId,
    name: 'Pet',
    contentType,
    schema,
    description: 'a pet',
  });
  const { id, ...rest } = created;
  assert.match(id, /^[a-z0-9]{6}$/);
  assert.deepEqual(rest, { name: 'Pet', description: 'a pet', schema, contentType });
  assert.deepEqual(await call('GetModel', { restApiId, modelName: 'Pet' }), created);
  assert.deepEqual(await call('GetModels', { restApiId }), { item: [created] });
  const changed = await call('UpdateModel', {
    restApiId,
    modelName: 'Pet',
    patchOperations: [
      { op: 'replace', path: '/description', value: 'another' },
      { op: 'replace', path: '/schema', value: '{"type":"array","items":{}}' },
    ],
  });
  assert.deepEqual(changed, { ...created, description: 'another', schema: '{"type":"array","items":{}}' });
  assert.equal(await call('DeleteModel', { restApiId, modelName: 'Pet' }), undefined);
  const none = 'Invalid model name specified: Pet';
  for (const where of [restApiId, 'none'])
    for (const name of ['GetModel', 'GetModelTemplate', 'UpdateModel', 'DeleteModel'] as const)
      await refused(call(name, { restApiId: where, modelName: 'Pet' }), 'NotFoundException', none);
});

test('models: an empty description is none', async (t) => {
  const world = await testControl(t);
  await putApi(world);
  const given = { restApiId, name: 'Pet', contentType, schema: '{"type":"object"}', description: '' };
  assert.equal('description' in (await world.call('CreateModel', given)), false);
  const patchOperations = [{ op: 'replace', path: '/description', value: '' }] as const;
  const changed = await world.call('UpdateModel', { restApiId, modelName: 'Pet', patchOperations });
  assert.equal('description' in changed, false);
});

test("models: what cannot be a model is refused in the service's words", async (t) => {
  const world = await testControl(t);
  const { call } = world;
  await putApi(world);
  await create(world, 'Pet', { type: 'object' });
  const given = { restApiId, name: 'New', contentType, schema: '{"type":"object"}' };
  const nothing = 'Model schema must have at least 1 property or array items defined';
  const invalid =
    /^Invalid model specified: Validation Result: warnings : \[\], errors : \[Invalid model schema /;
  const { schema: _, ...withoutSchema } = given;
  const cases: readonly (readonly [Input<'CreateModel'>, string, string | RegExp])[] = [
    [
      { ...given, restApiId: 'none' },
      'NotFoundException',
      `Invalid API identifier specified ${accountId}:none`,
    ],
    [{ ...given, name: '' }, 'BadRequestException', 'Model name must be non-empty'],
    [{ ...given, name: 'a-b' }, 'BadRequestException', 'Model name must be alphanumeric: a-b'],
    [{ ...given, name: 'Pet' }, 'ConflictException', 'Model name already exists for this REST API'],
    [withoutSchema, 'BadRequestException', nothing],
    [{ ...given, schema: '' }, 'BadRequestException', nothing],
    [{ ...given, schema: '{}' }, 'BadRequestException', nothing],
    [{ ...given, schema: '{}', contentType: 'application/xml' }, 'BadRequestException', nothing],
    [{ ...given, schema: '{"type":' }, 'BadRequestException', invalid],
    [{ ...given, schema: '"text"' }, 'BadRequestException', invalid],
    [{ ...given, schema: '{"maxLength":"35"}' }, 'BadRequestException', invalid],
    [{ ...given, schema: '{"type":"object","required":[]}' }, 'BadRequestException', invalid],
    [{ ...given, schema: `{"$ref":"${address('None')}"}` }, 'BadRequestException', /model 'None'/],
    [{ ...given, schema: '{"$ref":"http://example.com/x.json"}' }, 'BadRequestException', invalid],
    [{ ...given, schema: '['.repeat(200_000) }, 'BadRequestException', invalid],
    [{ ...given, schema: JSON.stringify({ title: 'x'.repeat(410_000) }) }, 'BadRequestException', /400 KB/],
  ];
  for (const [input, type, message] of cases) await refused(call('CreateModel', input), type, message);
  assert.equal((await call('GetModels', { restApiId })).item.length, 1);
});

test('models: patches of anything but description and schema are refused', async (t) => {
  const world = await testControl(t);
  const { call } = world;
  await putApi(world);
  await create(world, 'Pet', { type: 'object' });
  const patch = (op: 'add' | 'replace', path: string, value: string) =>
    call('UpdateModel', { restApiId, modelName: 'Pet', patchOperations: [{ op, path, value }] });
  await refused(
    patch('replace', '/name', 'x'),
    'BadRequestException',
    "Invalid patch path  '/name' specified for op 'replace'. Must be one of: [/description, /schema]",
  );
  await refused(
    patch('add', '/description', 'x'),
    'BadRequestException',
    "Invalid patch path  '/description' specified for op 'add'. Please choose supported operations",
  );
  await refused(
    patch('replace', '/schema', ''),
    'BadRequestException',
    'Model schema must have at least 1 property or array items defined',
  );
});

test('models: one that a method or another model refers to cannot be deleted', async (t) => {
  const world = await testControl(t);
  const { call } = world;
  await putApi(world);
  for (const name of ['Pet', 'Cat', 'Dog', 'Free']) await create(world, name, { type: 'object' });
  await create(world, 'Pets', { type: 'array', items: { $ref: address('Dog') } });
  await putMethod(world, '/', 'ANY', { requestModels: { [contentType]: 'Pet' } });
  await putMethod(world, '/cats', 'GET', {
    methodResponses: { 200: { statusCode: '200', responseModels: { [contentType]: 'Cat' } } },
  });
  const cases = [
    ['Pet', 'method request: //ANY'],
    ['Cat', 'method response: /cats/GET'],
    ['Dog', 'model: Pets'],
  ] as const;
  for (const [modelName, where] of cases) {
    await refused(
      call('DeleteModel', { restApiId, modelName }),
      'ConflictException',
      `Cannot delete model '${modelName}', is referenced in ${where}`,
    );
  }
  await call('DeleteModel', { restApiId, modelName: 'Free' });
});

test('models: flatten puts the schemas referred to in place, and recursive ones into definitions', async (t) => {
  const world = await testControl(t);
  const { call } = world;
  await putApi(world);
  await create(world, 'Size', { $schema: 'http://json-schema.org/draft-04/schema#', type: 'integer' });
  await create(world, 'Node', {
    type: 'object',
    properties: { next: { $ref: address('Node') }, size: { $ref: address('Size') } },
  });
  await create(world, 'Tree', {
    type: 'object',
    properties: { root: { $ref: address('Node') }, own: { $ref: '#/definitions/own' } },
    definitions: { own: { type: 'string', enum: [{ $ref: address('Size') }] } },
  });
  const flat = async (modelName: string) =>
    JSON.parse((await call('GetModel', { restApiId, modelName, flatten: true })).schema);
  const node = {
    type: 'object',
    properties: { next: { $ref: '#/definitions/Node' }, size: { type: 'integer' } },
  };
  assert.deepEqual(await flat('Tree'), {
    type: 'object',
    properties: { root: node, own: { $ref: '#/definitions/own' } },
    definitions: { own: { type: 'string', enum: [{ $ref: address('Size') }] }, Node: node },
  });
  assert.deepEqual(await flat('Node'), {
    type: 'object',
    properties: { next: { $ref: '#' }, size: { type: 'integer' } },
  });
});

test('models: flatten of models that double with each reference stays small', async (t) => {
  const world = await testControl(t);
  await putApi(world);
  await create(world, 'M0', { type: 'string' });
  for (let i = 1; i <= 20; i++) {
    const part = { $ref: address(`M${i - 1}`) };
    await create(world, `M${i}`, { type: 'object', properties: { a: part, b: part } });
  }
  const { schema } = await world.call('GetModel', { restApiId, modelName: 'M20', flatten: true });
  assert.ok(schema.length < 4_000_000, `${schema.length} characters`);
  assert.ok(!schema.includes('amazonaws.com/restapis'));
});

test('models: the template of a model writes each member; that of Empty is an empty object', async (t) => {
  const world = await testControl(t);
  const { call } = world;
  await putApi(world);
  await create(world, 'Empty', { title: 'Empty Schema', type: 'object' });
  await create(world, 'Tag', { type: 'object', properties: { label: { type: 'string' } } });
  await create(world, 'Pet', {
    type: 'object',
    properties: {
      id: { type: 'integer' },
      name: { type: ['null', 'string'] },
      tags: { type: 'array', items: { $ref: address('Tag') } },
      'first-seen#': { type: 'string' },
    },
  });
  const value = async (modelName: string) =>
    (await call('GetModelTemplate', { restApiId, modelName })).value as string;
  assert.equal(await value('Empty'), "#set($inputRoot = $input.path('$'))\n{ }");
  const template = await value('Pet');
  assert.equal(
    template,
    `#set($inputRoot = $input.path('$'))
{
  "id" : $inputRoot.id,
  "name" : "$inputRoot.name",
  "tags" : [
#foreach($elem in $inputRoot.tags)
    {
      "label" : "$elem.label"
    }#if($foreach.hasNext),#end
#end
  ],
  "first-seen\\u0023" : "$inputRoot.get('first-seen#')"
}`,
  );
  const body = { id: 7, name: 'Rex', tags: [{ label: 'a' }, { label: 'b' }], 'first-seen#': 'now' };
  assert.deepEqual(rendered(template, body), body);
});

test('models: the template of any model without references copies what the model describes', async (t) => {
  const name = fc.constantFrom('a', 'b2', 'c_d', 'e-f', "g'h", '$i', '#j', 'k.l', 'm n', '"o"', '1p');
  type Described = readonly [schema: object, value: unknown];
  const leaf = fc.constantFrom<Described>(
    [{ type: 'string' }, 'text'],
    [{ type: 'integer' }, 42],
    [{ type: 'boolean' }, true],
  );
  const { any } = fc.letrec<{ any: Described; object: Described; array: Described }>((tie) => ({
    any: fc.oneof({ maxDepth: 3 }, leaf, tie('object'), tie('array')),
    object: fc.dictionary(name, tie('any'), { minKeys: 1, maxKeys: 3 }).map((members) => [
      {
        type: 'object',
        properties: Object.fromEntries(Object.entries(members).map(([key, [schema]]) => [key, schema])),
      },
      Object.fromEntries(Object.entries(members).map(([key, [, value]]) => [key, value])),
    ]),
    array: fc
      .tuple(tie('any'), fc.nat(2))
      .map(([[items, value], count]) => [
        { type: 'array', items },
        Array.from({ length: count }, () => value),
      ]),
  }));
  const world = await testControl(t);
  await putApi(world);
  let models = 0;
  await fc.assert(
    fc.asyncProperty(any, async ([schema, value]) => {
      models += 1;
      await create(world, `M${models}`, { properties: { root: schema } });
      const modelName = `M${models}`;
      const template = (await world.call('GetModelTemplate', { restApiId, modelName })).value;
      assert.deepEqual(rendered(template, { root: value }), { root: value }, template);
    }),
    { numRuns: 60 },
  );
});
