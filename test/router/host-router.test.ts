import assert from 'node:assert/strict';
import test from 'node:test';
import { BasePaths } from '../../src/gateway/router/base-paths.ts';
import { HostRouter } from '../../src/gateway/router/host-router.ts';
import fc from '../support/properties.ts';

const router = new HostRouter<string>('us-east-1', 'localhost');
router.add('abc123', 'prod', 'abc123/prod');
router.add('abc123', 'dev', 'abc123/dev');
router.add('xyz789', 'prod', 'xyz789/prod');
const host = 'abc123.execute-api.us-east-1.localhost';

const cases: readonly [
  title: string,
  host: string,
  path: string,
  expected: readonly [string, string, string] | null,
][] = [
  [
    'the host names the API and the first segment the stage',
    host,
    '/prod/pets',
    ['abc123/prod', '/prod/pets', '/pets'],
  ],
  [
    'a port in the Host field does not count',
    `${host}:8080`,
    '/dev/pets',
    ['abc123/dev', '/dev/pets', '/pets'],
  ],
  ['host names have no case', host.toUpperCase(), '/prod', ['abc123/prod', '/prod', '']],
  ['a trailing dot in the host name does not count', `${host}.`, '/prod/', ['abc123/prod', '/prod/', '/']],
  ['two slashes before the stage count as one', host, '//prod/x', ['abc123/prod', '/prod/x', '/x']],
  ['two slashes after the stage are kept in the path', host, '/prod//x', ['abc123/prod', '/prod//x', '//x']],
  ['an unknown stage is not found', host, '/test/pets', null],
  ['a missing stage is not found', host, '/', null],
  ['stage names have a case', host, '/Prod/pets', null],
  ['an unknown API is not found', 'nope.execute-api.us-east-1.localhost', '/prod/pets', null],
  ['another region is not found', 'abc123.execute-api.eu-west-1.localhost', '/prod/pets', null],
  ['a host of another form is not found', 'localhost', '/prod/pets', null],
  [
    'the path form needs no host',
    '127.0.0.1',
    '/_aws/execute-api/xyz789/prod/a/b',
    ['xyz789/prod', '/prod/a/b', '/a/b'],
  ],
  ['the path form wins over the host', host, '/_aws/execute-api/xyz789/prod', ['xyz789/prod', '/prod', '']],
  ['a path form without a stage is not found', host, '/_aws/execute-api/xyz789', null],
  ['a path form with an unknown API is not found', host, '/_aws/execute-api/nope/prod/x', null],
];

for (const [title, hostField, path, expected] of cases) {
  test(`host router: ${title}`, () => {
    const found = router.resolve(hostField, path);
    const got = found === null ? null : [found.value, found.path, found.path.slice(found.resourceStart)];
    assert.deepEqual(got, expected);
  });
}

test('host router: the domain name is the host form, also for a request in the path form', () => {
  const found = router.resolve('127.0.0.1:9', '/_aws/execute-api/abc123/prod/x');
  assert.equal(found?.domainName, host);
});

const domains = new HostRouter<string>('us-east-1', 'localhost');
domains.add('abc123', 'prod', 'abc123/prod');
domains.add('abc123', 'dev', 'abc123/dev');
domains.add('hidden', 'prod', 'hidden/prod', false);
const to = (basePath: string, stage: string | null = 'prod', apiId = 'abc123') => ({
  basePath,
  apiId,
  stage,
});
domains.addDomain('api.example.com', [
  to('v1'),
  to('v1/orders', 'dev'),
  to('any', null),
  to('hidden', 'prod', 'hidden'),
  to('gone', 'nosuchstage'),
  to('lost', 'prod', 'nosuchapi'),
]);
domains.addDomain('all.example.com', [to(''), to('v1', 'dev')]);
domains.addDomain('choose.example.com', [to('', null)]);
domains.addDomain('*.example.org', [to('')]);
domains.addDomain('own.example.org', [to('', 'dev')]);

const domainCases: readonly [
  title: string,
  host: string,
  path: string,
  expected: readonly [value: string, path: string, resource: string, basePath: string | null] | null,
][] = [
  [
    'the first segment is the base path',
    'api.example.com',
    '/v1/pets',
    ['abc123/prod', '/v1/pets', '/pets', 'v1'],
  ],
  ['a base path may be all of the path', 'api.example.com', '/v1', ['abc123/prod', '/v1', '', 'v1']],
  [
    'the longest base path wins',
    'api.example.com',
    '/v1/orders/7',
    ['abc123/dev', '/v1/orders/7', '/7', 'v1/orders'],
  ],
  [
    'a base path ends where a segment ends',
    'api.example.com',
    '/v1/ordersX',
    ['abc123/prod', '/v1/ordersX', '/ordersX', 'v1'],
  ],
  ['a base path that is the beginning of a segment is none', 'api.example.com', '/v1x/pets', null],
  ['base paths have a case', 'api.example.com', '/V1/pets', null],
  ['a path without a mapping is not found', 'api.example.com', '/other', null],
  ['the root without a mapping for it is not found', 'api.example.com', '/', null],
  ['the host has no case', 'API.Example.COM', '/v1/a', ['abc123/prod', '/v1/a', '/a', 'v1']],
  ['a port does not count', 'api.example.com:8443', '/v1/a', ['abc123/prod', '/v1/a', '/a', 'v1']],
  [
    'without a fixed stage the next segment is the stage',
    'api.example.com',
    '/any/dev/a',
    ['abc123/dev', '/any/dev/a', '/a', 'any'],
  ],
  ['without a fixed stage an unknown one is not found', 'api.example.com', '/any/nope/a', null],
  ['without a fixed stage a missing one is not found', 'api.example.com', '/any', null],
  [
    'an API without a default endpoint is reached',
    'api.example.com',
    '/hidden/a',
    ['hidden/prod', '/hidden/a', '/a', 'hidden'],
  ],
  [
    'the default endpoint of an API is reached beside domains',
    host,
    '/dev/a',
    ['abc123/dev', '/dev/a', '/a', null],
  ],
  [
    'the default endpoint is reached beside domains however its host is written',
    `${host.toUpperCase()}.:8080`,
    '/dev/a',
    ['abc123/dev', '/dev/a', '/a', null],
  ],
  [
    'an API without a default endpoint is not found there',
    'hidden.execute-api.us-east-1.localhost',
    '/prod',
    null,
  ],
  ['nor in the path form', 'api.example.com', '/_aws/execute-api/hidden/prod/a', null],
  ['a mapping to a stage that is not there is not found', 'api.example.com', '/gone/a', null],
  ['a mapping to an API that is not there is not found', 'api.example.com', '/lost/a', null],
  ['the empty base path takes every path', 'all.example.com', '/a/b', ['abc123/prod', '/a/b', '/a/b', '']],
  ['the empty base path takes the root', 'all.example.com', '/', ['abc123/prod', '/', '/', '']],
  [
    'the empty base path yields to a longer one',
    'all.example.com',
    '/v1/b',
    ['abc123/dev', '/v1/b', '/b', 'v1'],
  ],
  [
    'the empty base path without a fixed stage reads it first',
    'choose.example.com',
    '/dev/b',
    ['abc123/dev', '/dev/b', '/b', ''],
  ],
  [
    'two slashes before the base path count as one',
    'api.example.com',
    '//v1/a',
    ['abc123/prod', '/v1/a', '/a', 'v1'],
  ],
  ['a wildcard stands for one label', 'x.example.org', '/a', ['abc123/prod', '/a', '/a', '']],
  ['a wildcard stands for no two labels', 'x.y.example.org', '/a', null],
  ['a wildcard stands not for none', 'example.org', '/a', null],
  ['an exact name beats a wildcard', 'own.example.org', '/a', ['abc123/dev', '/a', '/a', '']],
  ['another host is not found', 'example.com', '/v1/pets', null],
  ['the root of the health check is reserved', 'all.example.com', '/ping', null],
  ['the root of the other health check is reserved too', 'all.example.com', '/sping', null],
  [
    'below the root its name is free',
    'all.example.com',
    '/v1/ping',
    ['abc123/dev', '/v1/ping', '/ping', 'v1'],
  ],
];

for (const [title, hostField, path, expected] of domainCases) {
  test(`custom domain: ${title}`, () => {
    const found = domains.resolve(hostField, path);
    const got =
      found === null
        ? null
        : [found.value, found.path, found.path.slice(found.resourceStart), found.basePath];
    assert.deepEqual(got, expected);
  });
}

test('custom domain: its name is the one that was given, or under a wildcard the one that was asked for', () => {
  assert.equal(domains.resolve('API.example.com:1', '/v1')?.domainName, 'api.example.com');
  assert.equal(domains.resolve('X.example.org', '/')?.domainName, 'x.example.org');
});

test('base paths: the longest is the one that looking at all of them finds', () => {
  const segment = fc.constantFrom('a', 'b', 'c', '');
  const pathOf = (parts: readonly string[]): string => parts.join('/');
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 4 }).map(pathOf), {
        maxLength: 8,
      }),
      fc.array(segment, { maxLength: 6 }).map((parts) => `/${pathOf(parts)}`),
      (basePaths, path) => {
        const naive = basePaths
          .filter((basePath) => basePath === '' || `${path}/`.startsWith(`/${basePath}/`))
          .sort((a, b) => b.length - a.length)[0];
        const found = new BasePaths(basePaths.map((basePath) => to(basePath))).longest(path);
        assert.equal(found?.mapping.basePath, naive);
        if (found !== null && found.end > 0) assert.equal(path.slice(1, found.end), naive);
      },
    ),
  );
});
