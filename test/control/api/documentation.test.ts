import assert from 'node:assert/strict';
import test from 'node:test';
import type { DocumentationPart } from '../../../src/resources/index.ts';
import { accountId, refused, testControl } from '../../support/control.ts';
import { apiId, putApi, putMethod, putStage } from './support.ts';

const restApiId = apiId;
const properties = '{"description":"d"}';
const createdDate = Math.floor(Date.UTC(2024, 0, 2, 3, 4, 5) / 1000);

test('documentation parts: one is created, shown, changed and deleted', async (t) => {
  const world = await testControl(t);
  const { call } = world;
  await putApi(world);
  const location = { type: 'METHOD', path: '/pets', method: 'GET' } as const;
  const created = await call('CreateDocumentationPart', { restApiId, location, properties });
  assert.match(created.id, /^[a-z0-9]{6}$/);
  assert.deepEqual(created, { id: created.id, location, properties });
  const where = { restApiId, documentationPartId: created.id };
  assert.deepEqual(await call('GetDocumentationPart', where), created);
  assert.deepEqual(await call('GetDocumentationParts', { restApiId }), { item: [created] });
  const patchOperations = [{ op: 'replace', path: '/properties', value: '{}' }] as const;
  assert.deepEqual(await call('UpdateDocumentationPart', { ...where, patchOperations }), {
    ...created,
    properties: '{}',
  });
  assert.equal(await call('DeleteDocumentationPart', where), undefined);
  const none = 'Invalid Documentation part identifier specified';
  const elsewhere = { ...where, restApiId: 'none' };
  await refused(call('GetDocumentationPart', elsewhere), 'NotFoundException', none);
  await refused(call('UpdateDocumentationPart', elsewhere), 'NotFoundException', none);
  await refused(
    call('DeleteDocumentationPart', elsewhere),
    'NotFoundException',
    `Invalid API identifier specified ${accountId}:none`,
  );
  await refused(call('GetDocumentationPart', where), 'NotFoundException', none);
  await refused(call('UpdateDocumentationPart', where), 'NotFoundException', none);
  await refused(call('DeleteDocumentationPart', where), 'NotFoundException', none);
});

test('documentation parts: each type has its own fields', async (t) => {
  const world = await testControl(t);
  const { call } = world;
  await putApi(world);
  const members = { path: '/', method: 'GET', statusCode: '200', name: 'n' } as const;
  const table = {
    API: [],
    AUTHORIZER: ['name'],
    MODEL: ['name'],
    RESOURCE: ['path'],
    METHOD: ['path', 'method'],
    PATH_PARAMETER: ['path', 'method', 'name'],
    QUERY_PARAMETER: ['path', 'method', 'name'],
    REQUEST_HEADER: ['path', 'method', 'name'],
    REQUEST_BODY: ['path', 'method'],
    RESPONSE: ['path', 'method', 'statusCode'],
    RESPONSE_HEADER: ['path', 'method', 'statusCode', 'name'],
    RESPONSE_BODY: ['path', 'method', 'statusCode'],
  } as const;
  for (const [type, fields] of Object.entries(table)) {
    const allowed = Object.fromEntries(fields.map((field) => [field, members[field]]));
    const create = (location: object) =>
      call('CreateDocumentationPart', { restApiId, location: { type, ...location } as never, properties });
    assert.deepEqual((await create(allowed)).location, { type, ...allowed });
    for (const [field, value] of Object.entries(members)) {
      if ((fields as readonly string[]).includes(field)) continue;
      await refused(
        create({ ...allowed, [field]: value }),
        'BadRequestException',
        `Invalid location specified: '${field}' is not a valid field for type '${type}'`,
      );
    }
    const { name, ...nameless } = allowed;
    if (name !== undefined) await refused(create(nameless), 'BadRequestException', /'name' is required/);
  }
});

test('documentation parts: what is there already, or is no documentation, is refused', async (t) => {
  const world = await testControl(t);
  const { call } = world;
  await putApi(world);
  const create = (location: object, text = properties) =>
    call('CreateDocumentationPart', { restApiId, location: location as never, properties: text });
  await create({ type: 'API' });
  await create({ type: 'METHOD', path: '/' });
  await refused(
    create({ type: 'API' }),
    'ConflictException',
    "Documentation part already exists for the specified location: type 'API'.",
  );
  // What is not said has its default, and so is the same place.
  await refused(
    create({ type: 'METHOD', method: '*' }),
    'ConflictException',
    "Documentation part already exists for the specified location: type 'METHOD', method '*'.",
  );
  await refused(
    create({ type: 'RESOURCE' }, ''),
    'BadRequestException',
    'Documentation part properties must be non-empty',
  );
  for (const text of ['text', '[]', '"text"', 'null'])
    await refused(create({ type: 'RESOURCE' }, text), 'BadRequestException', /JSON object/);
  await refused(create({ type: 'RESOURCE', path: 'pets' }), 'BadRequestException', /must begin with/);
  await refused(create({ type: 'METHOD', method: 'get' }), 'BadRequestException', /valid method/);
  await refused(
    call('CreateDocumentationPart', { restApiId: 'none', location: { type: 'API' }, properties }),
    'NotFoundException',
    `Invalid API identifier specified ${accountId}:none`,
  );
  const { id: documentationPartId } = (await call('GetDocumentationParts', { restApiId })).item[0];
  const patch = (path: string, value: string) =>
    call('UpdateDocumentationPart', {
      restApiId,
      documentationPartId,
      patchOperations: [{ op: 'replace', path, value }],
    });
  await refused(
    patch('/location', '{}'),
    'BadRequestException',
    "Invalid patch path  '/location' specified for op 'replace'. Must be one of: [/properties]",
  );
  await refused(patch('/properties', 'text'), 'BadRequestException', /JSON object/);
});

test('documentation parts: they are listed by type, name, beginning of the path and whether they are there', async (t) => {
  const world = await testControl(t);
  const { call } = world;
  await putApi(world);
  await putMethod(world, '/pets/{id}', 'GET', {
    requestParameters: { 'method.request.path.id': true, 'method.request.header.X-Trace': false },
    methodResponses: {
      200: { statusCode: '200', responseModels: { 'application/json': 'Pet' } },
    },
  });
  const at = { path: '/pets/{id}', method: 'GET' };
  const locations = [
    { type: 'API' },
    { type: 'RESOURCE', path: '/pets/{id}' },
    { type: 'METHOD', ...at },
    { type: 'PATH_PARAMETER', ...at, name: 'id' },
  ];
  for (const location of locations)
    await call('CreateDocumentationPart', { restApiId, location: location as never, properties });
  const list = async (input: object) =>
    (await call('GetDocumentationParts', { restApiId, ...input })).item.map(
      ({ location }: DocumentationPart) => location,
    );
  assert.deepEqual(await list({}), locations);
  assert.deepEqual(await list({ type: 'METHOD' }), [locations[2]]);
  assert.deepEqual(await list({ nameQuery: 'id' }), [locations[3]]);
  assert.deepEqual(await list({ path: '/pets' }), locations.slice(1));
  assert.deepEqual(await list({ path: '/cats' }), []);
  assert.deepEqual(await list({ locationStatus: 'UNDOCUMENTED' }), [
    { type: 'RESOURCE', path: '/' },
    { type: 'REQUEST_HEADER', ...at, name: 'X-Trace' },
    { type: 'RESPONSE', ...at, statusCode: '200' },
    { type: 'RESPONSE_BODY', ...at, statusCode: '200' },
  ]);
  const { item } = await call('GetDocumentationParts', {
    restApiId,
    locationStatus: 'UNDOCUMENTED',
    limit: 1,
  });
  assert.deepEqual(item, [{ location: { type: 'RESOURCE', path: '/' } }]);
});

test('documentation versions: a version freezes the parts and is published to a stage', async (t) => {
  const world = await testControl(t);
  const { call, control } = world;
  await putApi(world);
  await putStage(world, 'prod');
  const part = await call('CreateDocumentationPart', { restApiId, location: { type: 'API' }, properties });
  const first = await call('CreateDocumentationVersion', {
    restApiId,
    documentationVersion: '1',
    stageName: 'prod',
    description: 'first',
  });
  assert.deepEqual(first, { version: '1', createdDate, description: 'first' });
  const patchOperations = [{ op: 'replace', path: '/properties', value: '{}' }] as const;
  await call('UpdateDocumentationPart', { restApiId, documentationPartId: part.id, patchOperations });
  const second = await call('CreateDocumentationVersion', { restApiId, documentationVersion: '2' });
  const { view } = control.services.store;
  assert.deepEqual(view.get('documentationVersion', apiId, '1')?.parts, [part]);
  assert.deepEqual(view.get('documentationVersion', apiId, '2')?.parts, [{ ...part, properties: '{}' }]);
  assert.equal(view.get('stage', apiId, 'prod')?.documentationVersion, '1');
  assert.deepEqual(await call('GetDocumentationVersions', { restApiId }), { item: [first, second] });
  const where = { restApiId, documentationVersion: '2' };
  assert.deepEqual(await call('GetDocumentationVersion', where), second);
  const changed = await call('UpdateDocumentationVersion', {
    ...where,
    patchOperations: [{ op: 'replace', path: '/description', value: 'second' }],
  });
  assert.deepEqual(changed, { ...second, description: 'second' });
  assert.equal(await call('DeleteDocumentationVersion', where), undefined);
  await refused(
    call('GetDocumentationVersion', where),
    'NotFoundException',
    'Invalid Documentation version specified',
  );
  await refused(
    call('DeleteDocumentationVersion', { restApiId, documentationVersion: '1' }),
    'BadRequestException',
    'Active stages pointing to this documentation version must be moved or deleted',
  );
});

test('documentation versions: what cannot be one is refused, and leaves nothing behind', async (t) => {
  const world = await testControl(t);
  const { call } = world;
  await putApi(world);
  const create = (documentationVersion: string, more: object = {}) =>
    call('CreateDocumentationVersion', { restApiId, documentationVersion, ...more });
  await create('1');
  await refused(create('1'), 'ConflictException', 'Documentation version already exists');
  await refused(create(' '), 'BadRequestException', 'Documentation version cannot be blank');
  await refused(
    create('2', { stageName: 'none' }),
    'NotFoundException',
    'Invalid stage identifier specified',
  );
  await refused(create('2', { restApiId: 'none' }), 'NotFoundException', /:none$/);
  assert.equal((await call('GetDocumentationVersions', { restApiId })).item.length, 1);
});
