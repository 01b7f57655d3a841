// Methods that ask for a signature: who passes, and what everybody else is told.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import { presignQuery } from '../../src/base/sigv4/index.ts';
import { api, mock } from '../support/api.ts';
import { identity, maskedOf, policyOf, signed } from '../support/authorized.ts';
import { startBackend } from '../support/backend.ts';
import { done, ending, proxy, startFunctionsGateway } from '../support/functions-gateway.ts';
import { type Answer, startTestGateway } from '../support/gateway.ts';
import { startGatewayWith } from '../support/republish.ts';

const iam = { authorizationType: 'AWS_IAM' } as const;
const told = ({ status, headers, body }: Answer): [number, unknown, string] => [
  status,
  headers['x-amzn-errortype'],
  body,
];
const refusal = (type: string, message: string): [number, string, string] => [
  403,
  type,
  JSON.stringify({ message }),
];

test('AWS_IAM: a signature passes, by header and by query, on whatever path and body', async (t) => {
  const definition = api({
    'GET /a': mock('in', iam),
    'ANY /p/{proxy+}': mock('in', iam),
    'POST /a': mock('in', iam),
  });
  const { call, port } = await startTestGateway(t, [{ definition }], {
    published: { identities: [identity()] },
  });
  const cases = [
    ['/a', {}],
    ['/a?b=2&a=1&empty=', {}],
    ['/p/a%20b/@c/d%2Fe', {}],
    ['/p/%40connections/x%3D', { method: 'DELETE' }],
    ['/a', { method: 'POST', body: '{"name":"x"}', headers: { 'content-type': 'application/json' } }],
  ] as const;
  for (const [target, options] of cases)
    assert.deepEqual((await call(target, signed(port, target, options))).body, 'in', target);
  const query = presignQuery(
    {
      method: 'GET',
      path: '/_aws/execute-api/testapi001/test/a',
      query: 'x=1',
      headers: ['host', `127.0.0.1:${port}`],
    },
    '',
    identity(),
    { region: 'us-east-1', service: 'execute-api', nowMs: Date.now(), expiresSeconds: 300 },
  );
  assert.equal((await call(`/a?${query}`)).body, 'in');
});

test('AWS_IAM: each way to fail has its type and text', async (t) => {
  const definition = api({ 'GET /a': mock('in', iam), 'POST /a': mock('in', iam) });
  const { call, port } = await startTestGateway(t, [{ definition }], {
    published: { identities: [identity()] },
  });
  const bearer = 'Bearer abc';
  const hash = createHash('sha256').update(bearer).digest('base64');
  const ask = async (options: Parameters<typeof call>[1], target = '/a') => told(await call(target, options));

  assert.deepEqual(
    await ask({}),
    refusal('MissingAuthenticationTokenException', 'Missing Authentication Token'),
  );
  const notPair = refusal(
    'IncompleteSignatureException',
    `Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '${hash}'.`,
  );
  assert.deepEqual(await ask({ headers: { authorization: bearer } }), notPair);
  assert.deepEqual(await ask({ headers: { authorization: bearer } }, '/nowhere'), notPair);
  assert.deepEqual(
    await ask({ headers: { authorization: 'AWS4-HMAC-SHA256 a=b' } }),
    refusal(
      'IncompleteSignatureException',
      "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=AWS4-HMAC-SHA256 a=b",
    ),
  );
  assert.deepEqual(
    await ask(signed(port, '/a', {}, { region: 'eu-west-1' })),
    refusal('InvalidSignatureException', "Credential should be scoped to a valid region, not 'eu-west-1'. "),
  );
  assert.deepEqual(
    await ask(signed(port, '/a', {}, { service: 'apigateway' })),
    refusal('InvalidSignatureException', "Credential should be scoped to correct service: 'execute-api'. "),
  );
  const unknown = 'The security token included in the request is invalid.';
  assert.deepEqual(
    await ask(signed(port, '/a', {}, { who: identity([], { accessKeyId: 'AKIANOBODY' }) })),
    refusal('UnrecognizedClientException', unknown),
  );
  assert.deepEqual(
    await ask(signed(port, '/a', { headers: { 'x-amz-security-token': 'x' } })),
    refusal('UnrecognizedClientException', unknown),
  );
  const [, , old] = await ask(signed(port, '/a', {}, { nowMs: Date.now() - 6 * 60_000 }));
  assert.match(
    old,
    /^\{"message":"Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 5 min\.\)"\}$/,
  );
  const [, , early] = await ask(signed(port, '/a', {}, { nowMs: Date.now() + 6 * 60_000 }));
  assert.match(
    early,
    /^\{"message":"Signature not yet current: \d{8}T\d{6}Z is still later than \d{8}T\d{6}Z \(\d{8}T\d{6}Z \+ 5 min\.\)"\}$/,
  );
  const wrong = [
    signed(port, '/a', {}, { who: identity([], { secretAccessKey: 'another' }) }),
    { ...signed(port, '/a', { method: 'POST', body: 'a' }), body: 'b' },
    signed(port, '/a', { headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } }),
    { ...signed(port, '/a'), method: 'POST' },
  ];
  for (const options of wrong) {
    const [status, type, body] = await ask(options);
    assert.deepEqual([status, type], [403, 'InvalidSignatureException']);
    assert.match(
      (JSON.parse(body) as { message: string }).message,
      /^The request signature we calculated does not match[\s\S]*\n\nThe Canonical String for this request should have been\n'[\s\S]*'\n\nThe String-to-Sign should have been\n'AWS4-HMAC-SHA256\n[\s\S]*'\n$/,
    );
  }
});

test('AWS_IAM: whom no policy allows is told who he is and what he may not', async (t) => {
  const definition = api({ 'GET /pets/{id}': mock('in', iam) });
  const who = {
    silent: identity([], { accessKeyId: 'AKIASILENT' }),
    elsewhere: identity([policyOf({ Resource: 'arn:aws:execute-api:*:*:*/test/GET/pets/8' })], {
      accessKeyId: 'AKIAELSE',
    }),
    denied: identity(
      [policyOf({}), policyOf({ Effect: 'Deny', Resource: 'arn:aws:execute-api:*:*:*/pets/7' })],
      {
        accessKeyId: 'AKIADENIED',
      },
    ),
    broken: identity(['{}'], { accessKeyId: 'AKIABROKEN' }),
  };
  const { call, port } = await startTestGateway(t, [{ definition }], {
    published: { identities: Object.values(who) },
  });
  const text = `User: arn:aws:iam::123456789012:user/ann is not authorized to perform: execute-api:Invoke on resource: ${maskedOf('GET/pets/7')}`;
  const endings = {
    silent: '',
    elsewhere: '',
    denied: ' with an explicit deny',
    broken: ' with an explicit deny',
  };
  for (const [name, ending] of Object.entries(endings)) {
    const answer = await call('/pets/7', signed(port, '/pets/7', {}, { who: who[name as keyof typeof who] }));
    assert.deepEqual(
      told(answer),
      [403, 'AccessDeniedException', JSON.stringify({ Message: text + ending })],
      name,
    );
  }
  assert.equal((await call('/pets/8', signed(port, '/pets/8', {}, { who: who.elsewhere }))).body, 'in');
});

test('AWS_IAM: a denial of a path holds for other spellings of it', async (t) => {
  const definition = api({ 'GET /{proxy+}': mock('in', iam) });
  const who = identity([
    policyOf({}),
    policyOf({ Effect: 'Deny', Resource: 'arn:aws:execute-api:*:*:*/GET/admin/*' }),
  ]);
  const { call, port } = await startTestGateway(t, [{ definition }], { published: { identities: [who] } });
  for (const path of ['/admin/x', '/%61dmin/x', '/admin%2Fx', '/adm%69n/%78'])
    assert.equal((await call(path, signed(port, path, {}, { who }))).status, 403, path);
  assert.equal((await call('/public', signed(port, '/public', {}, { who }))).status, 200);
});

test('AWS_IAM: a caller of another account needs the resource policy too', async (t) => {
  const other = identity([policyOf({})], { arn: 'arn:aws:iam::999999999999:user/bob' });
  const statuses: number[] = [];
  for (const policy of [
    undefined,
    policyOf({ Principal: { AWS: '999999999999' } }),
    policyOf({ Principal: { AWS: '123456789012' } }),
  ]) {
    const definition = api(
      { 'GET /a': mock('in', iam) },
      policy === undefined ? {} : { restApi: { policy } },
    );
    const { call, port } = await startTestGateway(t, [{ definition }], {
      published: { identities: [other] },
    });
    statuses.push((await call('/a', signed(port, '/a', {}, { who: other }))).status);
  }
  assert.deepEqual(statuses, [403, 200, 403]);
});

test('AWS_IAM: identities that are published anew are known, and those that are gone are not, without a new deployment', async (t) => {
  const definition = api({ 'GET /a': mock('in', iam) });
  const served = await startGatewayWith(t, definition, { identities: [] });
  const ask = async (): Promise<number> => (await served.call('/a', signed(served.port, '/a'))).status;
  assert.equal(await ask(), 403);
  await served.republish({ identities: [identity()] });
  assert.equal(await ask(), 200);
  await served.republish({});
  assert.equal(await ask(), 403);
});

test('AWS_IAM: a backend gets the body and not the signature', async (t) => {
  const backend = await startBackend(t, (_, response) => response.end('ok'));
  const definition = api(
    {
      'POST /proxied': {
        integration: { type: 'HTTP_PROXY', uri: `http://${backend.authority}/` },
        ...iam,
      },
    },
    { restApi: { minimumCompressionSize: 0 } },
  );
  const { call, port } = await startTestGateway(t, [{ definition }], {
    published: { identities: [identity()] },
  });
  const body = gzipSync('{"name":"x"}');
  const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
  const answer = await call('/proxied', signed(port, '/proxied', { method: 'POST', body, headers }));
  assert.equal(answer.status, 200, answer.body);
  const [got] = backend.received;
  assert.equal(got!.body.toString(), '{"name":"x"}');
  assert.equal(got!.headers.authorization, undefined);
});

test('AWS_IAM: events, templates and the access log tell who signed', async (t) => {
  const format =
    '$context.identity.accessKey $context.identity.accountId $context.identity.caller $context.identity.user $context.identity.userArn $context.authenticate.status $context.authorize.status $context.authenticate.error';
  const definition = api({
    'POST /event': { ...proxy(), ...iam },
    'GET /template': mock('$context.identity.userArn $context.identity.caller', iam),
  });
  const stage = {
    accessLogSettings: { destinationArn: 'arn:aws:logs:us-east-1:1:log-group:access', format },
  };
  const { call, port, functions, logs } = await startFunctionsGateway(
    t,
    [{ definition, stage }],
    ending(done({ statusCode: 200, body: 'ok' })),
    { identities: [identity()] },
  );
  const body = '{"a":1}';
  assert.equal((await call('/event', signed(port, '/event', { method: 'POST', body }))).body, 'ok');
  const { headers, requestContext, body: seen } = functions.event;
  const { sourceIp: _, userAgent: __, ...who } = requestContext.identity as Record<string, unknown>;
  assert.deepEqual(who, {
    cognitoIdentityPoolId: null,
    accountId: '123456789012',
    cognitoIdentityId: null,
    caller: 'AIDAANNANNANNANNANNA',
    principalOrgId: null,
    accessKey: 'AKIAANNANNANNANNANNA',
    cognitoAuthenticationType: null,
    cognitoAuthenticationProvider: null,
    userArn: 'arn:aws:iam::123456789012:user/ann',
    user: 'AIDAANNANNANNANNANNA',
  });
  assert.deepEqual([seen, headers!.Authorization], [body, undefined]);
  assert.equal(
    (await call('/template', signed(port, '/template'))).body,
    'arn:aws:iam::123456789012:user/ann AIDAANNANNANNANNANNA',
  );
  await call('/template');
  const { access } = await logs();
  assert.deepEqual(access.trim().split('\n'), [
    ...new Array(2).fill(
      'AKIAANNANNANNANNANNA 123456789012 AIDAANNANNANNANNANNA AIDAANNANNANNANNANNA arn:aws:iam::123456789012:user/ann 200 200 -',
    ),
    '- - - - - 403 - Missing Authentication Token',
  ]);
});
