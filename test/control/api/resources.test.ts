import assert from 'node:assert/strict';
import test from 'node:test';
import { AwsException } from '../../../src/control/protocol/exceptions.ts';
import type { PatchOperation } from '../../../src/control/protocol/patch.ts';
import type { Resource } from '../../../src/resources/index.ts';
import { accountId, refused } from '../../support/control.ts';
import fc from '../../support/properties.ts';
import { apiWithRoot, type Core } from './core.ts';

const creator =
  ({ call, restApiId }: Core) =>
  (parentId: string, pathPart: string) =>
    call('CreateResource', { restApiId, parentId, pathPart });

const updater =
  ({ call, restApiId }: Core) =>
  (resourceId: string, ...patchOperations: PatchOperation[]) =>
    call('UpdateResource', { restApiId, resourceId, patchOperations });

const paths = async ({ call, restApiId }: Core): Promise<string[]> =>
  (await call('GetResources', { restApiId })).item.map(({ path }: Resource) => path);

test('resources: a child stands below its parent, and lists are sorted by path as text', async (t) => {
  const core = await apiWithRoot(t);
  const create = creator(core);
  const { id: proxyId, ...proxy } = await create(core.rootId, '{proxy+}');
  assert.deepEqual(proxy, { parentId: core.rootId, pathPart: '{proxy+}', path: '/{proxy+}' });
  const parent = await create(core.rootId, 'parent');
  await create(parent.id, '{proxy+}');
  const child = await create(parent.id, 'child');
  await create(child.id, '{proxy+}');
  assert.deepEqual(await paths(core), [
    '/',
    '/parent',
    '/parent/child',
    '/parent/child/{proxy+}',
    '/parent/{proxy+}',
    '/{proxy+}',
  ]);
  const { restApiId } = core;
  assert.deepEqual(await core.call('GetResource', { restApiId, resourceId: proxyId }), {
    id: proxyId,
    ...proxy,
  });
});

test('resources: methods are told by verb, and whole when they are embedded', async (t) => {
  const { call, restApiId, rootId } = await apiWithRoot(t);
  const address = { restApiId, resourceId: rootId, httpMethod: 'GET' };
  const method = await call('PutMethod', { ...address, authorizationType: 'NONE' });
  assert.deepEqual(await call('GetResources', { restApiId }), {
    item: [{ id: rootId, path: '/', resourceMethods: { GET: {} } }],
  });
  assert.deepEqual(await call('GetResources', { restApiId, embed: ['methods'] }), {
    item: [{ id: rootId, path: '/', resourceMethods: { GET: method } }],
  });
  assert.deepEqual(await call('GetResource', { restApiId, resourceId: rootId, embed: ['methods'] }), {
    id: rootId,
    path: '/',
    resourceMethods: { GET: method },
  });
});

test('resources: lists come in pages', async (t) => {
  const core = await apiWithRoot(t);
  for (const part of ['c', 'a', 'b']) await creator(core)(core.rootId, part);
  const seen: string[] = [];
  let position: string | undefined;
  do {
    const page = await core.call('GetResources', { restApiId: core.restApiId, limit: 3, position });
    seen.push(page.item.map(({ path }: Resource) => path).join(' '));
    position = page.position;
  } while (position !== undefined);
  assert.deepEqual(seen, ['/ /a /b', '/c']);
});

test('resources: creations are refused in the words of the service', async (t) => {
  const core = await apiWithRoot(t);
  const { call, restApiId, rootId } = core;
  const create = creator(core);
  const proxy = await create(rootId, '{proxy+}');
  await create(rootId, 'pets');
  const noResource = 'Invalid Resource identifier specified';
  const badPart =
    "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning and the end.";
  const below = 'Cannot create a child of a resource with a greedy path variable: {proxy+}';
  const sibling =
    'A sibling ({proxy+}) of this resource already has a variable path part -- only one is allowed';
  await refused(create('nothere', 'x'), 'NotFoundException', noResource);
  await refused(
    call('CreateResource', { restApiId: 'nothere', parentId: rootId, pathPart: 'x' }),
    'NotFoundException',
    noResource,
  );
  await refused(call('GetResource', { restApiId, resourceId: 'x' }), 'NotFoundException', noResource);
  await refused(
    call('GetResources', { restApiId: 'nothere' }),
    'NotFoundException',
    `Invalid API identifier specified ${accountId}:nothere`,
  );
  const cases: [string, string, string, string][] = [
    [
      rootId,
      'pets',
      'ConflictException',
      'Another resource with the same parent already has this name: pets',
    ],
    [rootId, '{id}', 'BadRequestException', sibling],
    [proxy.id, 'child', 'BadRequestException', below],
    [proxy.id, '{child}', 'BadRequestException', below],
    ...['', 'a/b', 'a b', '{a', 'a}', '{}', '{a+b}', 'ä', '{a}b'].map(
      (part): [string, string, string, string] => [rootId, part, 'BadRequestException', badPart],
    ),
  ];
  for (const [parent, part, type, message] of cases) await refused(create(parent, part), type, message);
  assert.deepEqual(await paths(core), ['/', '/pets', '/{proxy+}']);
});

test('resources: of a hundred who want one name at once, one gets it', async (t) => {
  const core = await apiWithRoot(t);
  const asked = Array.from({ length: 100 }, () => creator(core)(core.rootId, 'pets'));
  const settled = await Promise.allSettled(asked);
  const refusals = settled.flatMap((one) =>
    one.status === 'rejected' ? [(one.reason as AwsException).name] : [],
  );
  assert.deepEqual(refusals, Array(99).fill('ConflictException'));
  assert.deepEqual(await paths(core), ['/', '/pets']);
});

test('resources: what moves takes its subtree along', async (t) => {
  const core = await apiWithRoot(t);
  const [create, update] = [creator(core), updater(core)];
  const pets = await create(core.rootId, 'pets');
  const pet = await create(pets.id, '{id}');
  await create(pet.id, 'toys');
  const cats = await create(core.rootId, 'cats');
  assert.deepEqual(await update(pets.id, { op: 'replace', path: '/pathPart', value: 'dogs' }), {
    ...pets,
    pathPart: 'dogs',
    path: '/dogs',
  });
  await update(pet.id, { op: 'replace', path: '/parentId', value: cats.id });
  assert.deepEqual(await paths(core), ['/', '/cats', '/cats/{id}', '/cats/{id}/toys', '/dogs']);
  await update(
    cats.id,
    { op: 'replace', path: '/parentId', value: pets.id },
    { op: 'replace', path: '/pathPart', value: 'x' },
  );
  assert.deepEqual(await paths(core), ['/', '/dogs', '/dogs/x', '/dogs/x/{id}', '/dogs/x/{id}/toys']);
});

test('resources: moves are refused in the words of the service', async (t) => {
  const core = await apiWithRoot(t);
  const [create, update] = [creator(core), updater(core)];
  const pets = await create(core.rootId, 'pets');
  const sub = await create(pets.id, 'sub');
  const again = await create(sub.id, 'pets');
  const variable = await create(core.rootId, '{id}');
  const cases: [string, PatchOperation, string, string][] = [
    [
      'fake',
      { op: 'replace', path: '/pathPart', value: 'x' },
      'NotFoundException',
      'Invalid Resource identifier specified',
    ],
    [
      pets.id,
      { op: 'replace', path: '/invalid', value: 'x' },
      'BadRequestException',
      "Invalid patch path  '/invalid' specified for op 'replace'. Must be one of: [/parentId, /pathPart]",
    ],
    [
      pets.id,
      { op: 'add', path: '/pathPart', value: 'x' },
      'BadRequestException',
      "Invalid patch path  '/pathPart' specified for op 'add'. Please choose supported operations",
    ],
    [
      pets.id,
      { op: 'remove', path: '/pathPart' },
      'BadRequestException',
      "Invalid patch path  '/pathPart' specified for op 'remove'. Please choose supported operations",
    ],
    [
      pets.id,
      { op: 'replace', path: '/parentId', value: 'fake' },
      'NotFoundException',
      'Invalid Resource identifier specified',
    ],
    [
      pets.id,
      { op: 'replace', path: '/parentId', value: sub.id },
      'BadRequestException',
      'Resources cannot be cyclical.',
    ],
    [
      pets.id,
      { op: 'replace', path: '/parentId', value: pets.id },
      'BadRequestException',
      'Resources cannot be cyclical.',
    ],
    [
      again.id,
      { op: 'replace', path: '/parentId', value: core.rootId },
      'ConflictException',
      'Another resource with the same parent already has this name: pets',
    ],
    [
      pets.id,
      { op: 'replace', path: '/pathPart', value: '{other}' },
      'BadRequestException',
      'A sibling ({id}) of this resource already has a variable path part -- only one is allowed',
    ],
    [
      sub.id,
      { op: 'replace', path: '/pathPart', value: '{sub+}' },
      'BadRequestException',
      'Cannot create a child of a resource with a greedy path variable: {sub+}',
    ],
    [
      core.rootId,
      { op: 'replace', path: '/pathPart', value: 'x' },
      'BadRequestException',
      'Root resource cannot update its pathPart.',
    ],
    [
      core.rootId,
      { op: 'replace', path: '/parentId', value: variable.id },
      'BadRequestException',
      'Root resource cannot update its parentId.',
    ],
  ];
  const before = await paths(core);
  for (const [id, operation, type, message] of cases) await refused(update(id, operation), type, message);
  assert.deepEqual(await paths(core), before);
});

test('resources: one is deleted with its subtree, the root only with its API', async (t) => {
  const core = await apiWithRoot(t);
  const { call, restApiId, rootId } = core;
  const pets = await creator(core)(rootId, 'pets');
  const sub = await creator(core)(pets.id, 'sub');
  assert.equal(await call('DeleteResource', { restApiId, resourceId: pets.id }), undefined);
  assert.deepEqual(await paths(core), ['/']);
  const noResource = 'Invalid Resource identifier specified';
  await refused(call('DeleteResource', { restApiId, resourceId: sub.id }), 'NotFoundException', noResource);
  await refused(
    call('DeleteResource', { restApiId, resourceId: rootId }),
    'BadRequestException',
    'Root resource cannot be deleted.',
  );
});

const parts = ['a', 'b', '{v}', '{p+}', '{q+}', 'x y', ''];
const step = fc.oneof(
  fc.record({ do: fc.constant('create' as const), at: fc.nat(9), part: fc.constantFrom(...parts) }),
  fc.record({ do: fc.constant('rename' as const), at: fc.nat(9), part: fc.constantFrom(...parts) }),
  fc.record({ do: fc.constant('move' as const), at: fc.nat(9), to: fc.nat(9) }),
  fc.record({ do: fc.constant('delete' as const), at: fc.nat(9) }),
);

test("resources: whatever is asked, every path is its parent's with one segment more", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
      const ends: (() => unknown)[] = [];
      const core = await apiWithRoot({ after: (work) => ends.push(work) });
      const [create, update] = [creator(core), updater(core)];
      const { store } = core.control.services;
      const all = () => store.view.list('resource', core.restApiId);
      for (const one of steps) {
        const ids = all().map(({ id }) => id);
        const at = ids[one.at % ids.length]!;
        const act = () => {
          switch (one.do) {
            case 'create':
              return create(at, one.part);
            case 'rename':
              return update(at, { op: 'replace', path: '/pathPart', value: one.part });
            case 'move':
              return update(at, { op: 'replace', path: '/parentId', value: ids[one.to % ids.length]! });
            case 'delete':
              return core.call('DeleteResource', { restApiId: core.restApiId, resourceId: at });
          }
        };
        const before = JSON.stringify(all());
        await act().catch((error) => {
          assert.ok(error instanceof AwsException, String(error));
          assert.equal(JSON.stringify(all()), before);
        });
        checkTree(all());
      }
      for (const end of ends) await end();
    }),
    { numRuns: 150 },
  );
});

function checkTree(resources: readonly Resource[]): void {
  const byId = new Map(resources.map((resource) => [resource.id, resource]));
  for (const { path, parentId, pathPart } of resources) {
    if (parentId === undefined) {
      assert.deepEqual([path, pathPart], ['/', undefined]);
      continue;
    }
    const parent = byId.get(parentId)!;
    assert.equal(path, `${parent.path === '/' ? '' : parent.path}/${pathPart}`);
    assert.doesNotMatch(parent.pathPart ?? '', /\+\}$/);
  }
  const variables = resources.filter(({ pathPart }) => pathPart?.startsWith('{'));
  assert.equal(new Set(variables.map(({ parentId }) => parentId)).size, variables.length);
  assert.equal(new Set(resources.map(({ path }) => path)).size, resources.length);
}
