import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import type { PublishedDomainName } from '../../src/resources/index.ts';
import { api, mock } from '../support/api.ts';
import { startTestDispatch } from '../support/dispatch.ts';
import { startTestGateway } from '../support/gateway.ts';

const context =
  '$context.domainName $context.domainPrefix $context.path $context.customDomain.basePathMatched $context.stage';
const definition = api({ 'GET /pets/{id}': mock(context), 'GET /': mock(`root ${context}`) });

function domain(mappings: PublishedDomainName['mappings'], more: Partial<PublishedDomainName> = {}) {
  const name: PublishedDomainName = {
    domainName: 'api.example.com',
    endpointType: 'REGIONAL',
    mappings,
    ...more,
  };
  return { published: { domainNames: [name] } };
}

const toTest = (basePath: string, stage: string | null = 'test') => ({
  basePath,
  apiId: 'testapi001',
  stage,
});

test('custom domain: $context has its name, the path with the base path, and the base path', async (t) => {
  const { call } = await startTestGateway(
    t,
    [{ definition }],
    domain([toTest('v1/shop'), toTest('any', null)]),
  );
  const ask = async (target: string) =>
    (await call(target, { isRaw: true, headers: { host: 'API.Example.com:8443' } })).body;
  assert.equal(await ask('/v1/shop/pets/7'), 'api.example.com api /v1/shop/pets/7 v1/shop test');
  assert.equal(await ask('/v1/shop'), 'root api.example.com api /v1/shop v1/shop test');
  assert.equal(await ask('/any/test/pets/7'), 'api.example.com api /any/test/pets/7 any test');
  const own = 'testapi001.execute-api.us-east-1.localhost';
  assert.equal((await call('/pets/7')).body, `${own} testapi001 /test/pets/7  test`);
});

test('custom domain: the logs have the path below the base path, and the base path', async (t) => {
  const destinationArn = 'arn:aws:logs:us-east-1:123456789012:log-group:access';
  const format = '$context.requestId $context.customDomain.basePathMatched $context.path';
  const stage = {
    methodSettings: { '*/*': { loggingLevel: 'INFO' } },
    accessLogSettings: { destinationArn, format },
  } as const;
  const { call, gateway, dataDir } = await startTestGateway(
    t,
    [{ definition, stage }],
    domain([toTest('v1')]),
  );
  const { headers } = await call('/v1/pets/7', { isRaw: true, headers: { host: 'api.example.com' } });
  await gateway.drain(100);
  const logs = path.join(dataDir, 'logs');
  const access = readFileSync(path.join(logs, 'access/access.log'), 'utf8');
  assert.equal(access, `${headers['x-amzn-requestid']} v1 /v1/pets/7\n`);
  const execution = readFileSync(path.join(logs, 'API-Gateway-Execution-Logs_testapi001/test.log'), 'utf8');
  assert.match(execution, /HTTP Method: GET, Resource Path: \/pets\/7\n/);
});

test('custom domain: what no method matches answers for the API, what no mapping matches for nobody', async (t) => {
  const { call } = await startTestGateway(t, [{ definition }], domain([toTest('v1')]));
  const ask = async (target: string) => {
    const answer = await call(target, { isRaw: true, headers: { host: 'api.example.com' } });
    return [answer.status, answer.body, answer.headers['x-amzn-errortype']];
  };
  assert.deepEqual(await ask('/v1/nowhere'), [
    403,
    '{"message":"Missing Authentication Token"}',
    'MissingAuthenticationTokenException',
  ]);
  const forbidden = [403, '{"message":"Forbidden"}', 'ForbiddenException'];
  assert.deepEqual(await ask('/v2/pets/7'), forbidden);
  assert.deepEqual(await ask('/test/pets/7'), forbidden);
});

test('custom domain: an API whose default endpoint is disabled is served there alone', async (t) => {
  const hidden = api({ 'GET /a': mock('here') }, { restApi: { disableExecuteApiEndpoint: true } });
  const { call } = await startTestGateway(t, [{ definition: hidden }], domain([toTest('v1')]));
  const host = 'testapi001.execute-api.us-east-1.localhost';
  const forbidden = [403, '{"message":"Forbidden"}', 'ForbiddenException'];
  for (const answer of [await call('/a'), await call('/test/a', { isRaw: true, headers: { host } })])
    assert.deepEqual([answer.status, answer.body, answer.headers['x-amzn-errortype']], forbidden);
  const answer = await call('/v1/a', { isRaw: true, headers: { host: 'api.example.com' } });
  assert.deepEqual([answer.status, answer.body], [200, 'here']);
});

const restricted: readonly [what: string, more: Partial<PublishedDomainName>][] = [
  ['asks for client certificates', { mutualTlsAuthentication: { truststoreUri: 's3://bucket/truststore' } }],
  ['is private', { endpointType: 'PRIVATE' }],
  ['has a policy', { policy: '{"Statement":[]}' }],
];
for (const [what, more] of restricted) {
  test(`custom domain: one that ${what} is not served, since that cannot be checked`, async (t) => {
    const { call } = await startTestGateway(t, [{ definition }], domain([toTest('v1')], more));
    const answer = await call('/v1/pets/7', { isRaw: true, headers: { host: 'api.example.com' } });
    assert.deepEqual([answer.status, answer.body], [403, '{"message":"Forbidden"}']);
    assert.equal((await call('/pets/7')).status, 200);
  });
}

test('custom domain: one that cannot be checked is not served by a wildcard beside it either', async (t) => {
  const [, more] = restricted[0]!;
  const own = domain([toTest('')], more).published.domainNames!;
  const wildcard = { domainName: '*.example.com', endpointType: 'REGIONAL', mappings: [toTest('')] } as const;
  const published = { domainNames: [...own, wildcard] };
  const { call } = await startTestGateway(t, [{ definition }], { published });
  const statusUnder = async (host: string) =>
    (await call('/pets/7', { isRaw: true, headers: { host } })).status;
  assert.equal(await statusUnder('other.example.com'), 200);
  assert.equal(await statusUnder('api.example.com'), 403);
  assert.equal(await statusUnder('API.example.com.:443'), 403);
});

test("custom domain: its health checks are the service's own, as at the root of an API", async (t) => {
  const own = api({ 'GET /ping': mock('mine') });
  const { call } = await startTestGateway(t, [{ definition: own }], domain([toTest('')]));
  for (const target of ['/ping', '/sping']) {
    const answer = await call(target, { isRaw: true, headers: { host: 'api.example.com' } });
    assert.deepEqual([answer.status, answer.body], [200, 'healthy']);
  }
  assert.equal((await call('/ping')).body, 'mine');
});

test('custom domain: a mapping that is put, moved or taken away is followed at the next publish', async (t) => {
  const apis = [{ definition }];
  const { ask, publish } = await startTestDispatch(t, apis);
  const statuses = () => ['/v1/pets/7', '/v2/pets/7'].map((target) => ask(target, 'api.example.com').status);
  assert.deepEqual(statuses(), [403, 403]);
  for (const [basePath, expected] of [
    ['v1', [200, 403]],
    ['v2', [403, 200]],
  ] as const) {
    await publish(apis, domain([toTest(basePath)]).published);
    assert.deepEqual(statuses(), expected);
  }
  await publish(apis);
  assert.deepEqual(statuses(), [403, 403]);
});
