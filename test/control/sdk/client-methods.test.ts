// What the methods of clients are called.

import assert from 'node:assert/strict';
import test from 'node:test';
import { clientMethodsOf, methodName } from '../../../src/control/sdk/client-methods.ts';
import type { HttpMethod } from '../../../src/resources/index.ts';
import { api, type MethodSpec, mock } from '../../support/api.ts';
import fc, { runs } from '../../support/properties.ts';
import { pageFactory, sdkOf } from './support.ts';

test('SDK methods: names are the words of the path and the verb', () => {
  const cases: [string, string, string][] = [
    ['/', 'GET', 'rootGet'],
    ['/pets', 'POST', 'petsPost'],
    ['/pets/{petId}', 'GET', 'petsPetIdGet'],
    ['/get_bookings', 'GET', 'getBookingsGet'],
    ['/-services-cashinservice-cashin', 'POST', 'servicesCashinserviceCashinPost'],
    ['/api/v1/scores', 'OPTIONS', 'apiV1ScoresOptions'],
    ['/{proxy+}', 'OPTIONS', 'proxyOptions'],
    ['/Pets', 'DELETE', 'petsDelete'],
    ['/2024/a.b:c', 'PUT', '_2024ABCPut'],
  ];
  for (const [path, verb, name] of cases) assert.equal(methodName(path, verb), name);
});

test('SDK methods: paths of the same words get names of their own', () => {
  const definition = api({
    'GET /a-b': mock(''),
    'GET /a_b': mock(''),
    'GET /aBGet2': mock(''),
    'GET /a/b': mock(''),
  });
  assert.deepEqual(
    clientMethodsOf(definition).map(({ name, path }) => [name, path]),
    [
      ['aBGet', '/a-b'],
      ['aBGet2', '/a/b'],
      ['aBGet2Get', '/aBGet2'],
      ['aBGet3', '/a_b'],
    ],
  );
});

test('SDK methods: ANY stands for the verbs that a resource does not have itself', () => {
  const own = mock('', { apiKeyRequired: true });
  const methods = clientMethodsOf(api({ 'ANY /a': mock(''), 'GET /a': own }));
  assert.deepEqual(
    methods.map(({ name, method }) => [name, method.apiKeyRequired]),
    [
      ['aDelete', false],
      ['aGet', true],
      ['aHead', false],
      ['aOptions', false],
      ['aPatch', false],
      ['aPost', false],
      ['aPut', false],
    ],
  );
});

test('SDK methods: parameters are those of the path, those declared, and what the authorizer reads', () => {
  const definition = api({
    'GET /a/{id}/{rest+}': mock('', {
      authorizationType: 'CUSTOM',
      authorizerId: 'auth01',
      requestParameters: {
        'method.request.querystring.q': true,
        'method.request.multivaluequerystring.list': false,
        'method.request.header.X-A': false,
        'method.request.path.id': true,
        'method.request.path.gone': true,
      },
    }),
  });
  const identitySource =
    'method.request.header.Authorization, method.request.querystring.q, context.identity.sourceIp';
  const authorizers = [{ id: 'auth01', name: 'a', type: 'REQUEST' as const, identitySource }];
  assert.deepEqual(clientMethodsOf({ ...definition, authorizers })[0]!.parameters, [
    { name: 'id', place: 'path', isRequired: true },
    { name: 'rest', place: 'path', isRequired: true },
    { name: 'q', place: 'query', isRequired: true },
    { name: 'list', place: 'query', isRequired: false },
    { name: 'X-A', place: 'header', isRequired: false },
    { name: 'Authorization', place: 'header', isRequired: false },
  ]);
});

const segment = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9._:-]{1,6}$/),
  fc.constantFrom('a', 'b', 'aB', 'a-b', 'a_b', 'constructor', '__proto__', '-', '2'),
  fc.stringMatching(/^\{[a-z]{1,3}\}$/),
);
const path = fc.array(segment, { maxLength: 3 }).map((segments) => `/${segments.join('/')}`);
const verb = fc.constantFrom<HttpMethod>('GET', 'POST', 'DELETE', 'ANY', 'HEAD');
const name = fc.oneof(
  fc.constantFrom('a"b', '__proto__', "it's", '</script>', '\u2028'),
  fc.string({ minLength: 1 }),
);
const method = fc.record({ path, verb, query: fc.array(name, { maxLength: 2 }) });

test("SDK methods: any API's methods have distinct names that are JavaScript identifiers, and a client has them all", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(method, { minLength: 1, maxLength: 12 }),
      fc.string(),
      async (methods, apiName) => {
        const specs: Record<string, MethodSpec> = {};
        for (const one of methods) {
          const parameters = one.query.map((query) => [`method.request.querystring.${query}`, false]);
          specs[`${one.verb} ${one.path}`] = mock('', { requestParameters: Object.fromEntries(parameters) });
        }
        const definition = api(specs, { restApi: { name: apiName } });
        const names = clientMethodsOf(definition).map((one) => one.name);
        assert.equal(new Set(names).size, names.length);
        for (const one of names) assert.match(one, /^[A-Za-z_][0-9A-Za-z_]*$/);
        const client = pageFactory(await sdkOf(definition)).newClient();
        assert.deepEqual(Object.keys(client).sort(), [...names].sort());
        for (const one of names) assert.equal(typeof client[one], 'function');
      },
    ),
    { numRuns: runs(60) },
  );
});
