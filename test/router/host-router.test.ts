import assert from 'node:assert/strict';
import test from 'node:test';
import { HostRouter } from '../../src/gateway/router/host-router.ts';

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
