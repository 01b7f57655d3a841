import assert from 'node:assert/strict';
import test from 'node:test';
import { api, mock } from '../support/api.ts';
import { startTestGateway } from '../support/gateway.ts';

const definition = api({ 'GET /a': mock('a'), 'POST /a/{id}': mock('$input.params("id")') });
const forbidden = { status: 403, body: '{"message":"Forbidden"}', type: 'ForbiddenException' };
const missing = {
  status: 403,
  body: '{"message":"Missing Authentication Token"}',
  type: 'MissingAuthenticationTokenException',
};

const refused: readonly [
  title: string,
  method: string,
  path: string,
  host: string | null,
  expected: typeof missing,
][] = [
  ['an unknown host', 'GET', '/test/a', 'example.com', forbidden],
  ['an unknown API id', 'GET', '/test/a', 'nosuchapi0.execute-api.us-east-1.localhost', forbidden],
  ['an unknown stage', 'GET', '/prod/a', 'testapi001.execute-api.us-east-1.localhost', forbidden],
  ['a missing stage', 'GET', '/', 'testapi001.execute-api.us-east-1.localhost', forbidden],
  ['an unknown API in the path form', 'GET', '/_aws/execute-api/nosuchapi0/test/a', null, forbidden],
  ['an unknown path', 'GET', '/_aws/execute-api/testapi001/test/b', null, missing],
  ['an unknown verb', 'DELETE', '/_aws/execute-api/testapi001/test/a', null, missing],
  ['a verb that is not routable', 'TRACE', '/_aws/execute-api/testapi001/test/a', null, missing],
  ['the root when it has no method', 'GET', '/_aws/execute-api/testapi001/test', null, missing],
];

for (const [title, method, path, host, expected] of refused) {
  test(`routing: ${title} answers ${expected.body}`, async (t) => {
    const { call } = await startTestGateway(t, [{ definition }]);
    const answer = await call(path, { isRaw: true, method, headers: host === null ? {} : { host } });
    const got = { status: answer.status, body: answer.body, type: answer.headers['x-amzn-errortype'] };
    assert.deepEqual(got, expected);
    assert.equal(answer.headers['content-type'], 'application/json');
  });
}

test('routing: the host form and the path form reach the same method with the same $context', async (t) => {
  const { call } = await startTestGateway(t, [
    { definition: api({ 'GET /a': mock('$context.domainName $context.path $context.domainPrefix') }) },
  ]);
  const host = 'testapi001.execute-api.us-east-1.localhost';
  const byHost = await call('/test/a', { isRaw: true, headers: { host } });
  const byPath = await call('/a');
  assert.equal(byHost.body, `${host} /test/a testapi001`);
  assert.equal(byPath.body, byHost.body);
});

test('routing: X-HTTP-Method-Override replaces the verb', async (t) => {
  const { call } = await startTestGateway(t, [{ definition }]);
  const answer = await call('/a/7', { headers: { 'x-http-method-override': 'POST' } });
  assert.deepEqual([answer.status, answer.body], [200, '7']);
});

test('routing: path values reach templates undecoded, query values decoded once', async (t) => {
  const { call } = await startTestGateway(t, [
    { definition: api({ 'GET /p/{proxy+}': mock('$input.params("proxy")|$input.params("q")') }) },
  ]);
  const answer = await call('/p/a%2Fb//c+d/?q=1&q=x%2By+z');
  assert.equal(answer.body, 'a%2Fb//c+d|x+y z');
});

test('routing: a HEAD request on ANY is answered without a body but with its length', async (t) => {
  const { call } = await startTestGateway(t, [{ definition: api({ 'ANY /a': mock('hello') }) }]);
  const answer = await call('/a', { method: 'HEAD' });
  assert.deepEqual([answer.status, answer.body, answer.headers['content-length']], [200, '', '5']);
});

test('routing: a method that asks for authorization is served to nobody who brings none', async (t) => {
  const { call } = await startTestGateway(t, [
    {
      definition: api({
        'GET /iam': mock('open', { authorizationType: 'AWS_IAM' }),
        'GET /pool': mock('open', { authorizationType: 'COGNITO_USER_POOLS' }),
        'GET /key': mock('open', { apiKeyRequired: true }),
      }),
    },
  ]);
  const statuses = ['/iam', '/pool', '/key'].map(async (path) => (await call(path)).status);
  assert.deepEqual(await Promise.all(statuses), [403, 500, 403]);
});
