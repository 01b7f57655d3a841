// In whose name integrations call services and functions: the caller's, or a role of the account.

import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import test from 'node:test';
import { type OpenedSession, SessionKeys } from '../../src/base/session-token.ts';
import {
  checkSignature,
  isRefusal,
  readSignature,
  SigningKeys,
  sha256Hex,
} from '../../src/base/sigv4/index.ts';
import type { PublishedState, Stage } from '../../src/resources/index.ts';
import { api } from '../support/api.ts';
import { identity, policyOf, signed } from '../support/authorized.ts';
import { type Backend, startBackend } from '../support/backend.ts';
import { done, ending, proxy, startFunctionsGateway } from '../support/functions-gateway.ts';
import { startGatewayWith } from '../support/republish.ts';
import { role, sessionKey, sessionOf } from '../support/sessions.ts';

const iam = { authorizationType: 'AWS_IAM' } as const;
const callers = 'arn:aws:iam::*:user/*';
const table = (credentials: string, more: object = {}) => ({
  ...more,
  integration: {
    type: 'AWS',
    httpMethod: 'POST',
    uri: 'arn:aws:apigateway:us-east-1:dynamodb:action/ListTables',
    credentials,
    requestTemplates: { 'application/json': '{}' },
    integrationResponses: { 200: { statusCode: '200' } },
  } as never,
  responses: { 200: {} } as never,
});
const published = { identities: [identity()], roles: [role()], sessionKeys: [sessionKey] };

/** A gateway whose calls of services come to a backend. */
async function serve(
  t: TestContext,
  methods: Parameters<typeof api>[0],
  more: Partial<PublishedState> = {},
  stage: Partial<Stage> = {},
) {
  const backend = await startBackend(t, (_, response) => response.end('{}'));
  const endpoint = `http://${backend.authority}`;
  const services = ['dynamodb', 'lambda'].map((service) => ({ service, endpoint, signingName: null }));
  const backends = { pools: [], vpcLinks: [], roles: [], services };
  const served = await startGatewayWith(t, api(methods), { ...published, backends, ...more }, stage);
  return { ...served, backend };
}

/** Who signed what the backend has received last, once it is proven that the secret has made it. */
function signerOf({ received }: Backend, secretOf: (keyId: string, token: string | null) => string) {
  const { method, url, headers, body } = received.at(-1)!;
  const [path = '', query = ''] = url!.split('?');
  const flat = Object.entries(headers).flatMap(([name, value]) => [name, String(value)]);
  const parts = { method: method!, path, query, headers: flat };
  const signature = readSignature(parts);
  if (isRefusal(signature)) throw new Error(signature.message);
  const secret = secretOf(signature.accessKeyId, signature.sessionToken);
  assert.equal(checkSignature(signature, parts, sha256Hex(body), secret, new SigningKeys()), null);
  return signature;
}

test("integration credentials: a service is called with the caller's own keys, temporary ones too", async (t) => {
  const { call, port, backend } = await serve(t, {
    'GET /mine': table(callers, iam),
    'GET /open': table(callers),
  });
  assert.equal((await call('/mine', signed(port, '/mine'))).status, 200);
  const { accessKeyId, secretAccessKey } = identity();
  const own = signerOf(backend, () => secretAccessKey);
  assert.deepEqual([own.accessKeyId, own.service, own.sessionToken], [accessKeyId, 'dynamodb', null]);

  const session = sessionOf();
  assert.equal((await call('/mine', signed(port, '/mine', {}, { who: session }))).status, 200);
  const temporary = signerOf(backend, () => session.secretAccessKey);
  assert.deepEqual(
    [temporary.accessKeyId, temporary.sessionToken],
    [session.accessKeyId, session.sessionToken],
  );

  // Nobody has signed: there is nobody in whose name.
  const count = backend.received.length;
  assert.equal((await call('/open')).status, 500);
  assert.equal((await call('/mine')).status, 403);
  assert.equal(backend.received.length, count);
});

test('integration credentials: a role of the account is assumed when it trusts the gateway, and each time as it is then', async (t) => {
  const trusting = role({ trustsGateway: true });
  const served = await serve(
    t,
    {
      'GET /a': table(trusting.arn),
      // biome-ignore lint/suspicious/noTemplateCurlyInString: AWS's own syntax
      'GET /filled': table('${stageVariables.role}'),
    },
    { roles: [trusting] },
    { variables: { role: trusting.arn } },
  );
  const { call, backend, republish } = served;
  const backends = {
    pools: [],
    vpcLinks: [],
    roles: [],
    services: [{ service: 'dynamodb', endpoint: `http://${backend.authority}`, signingName: null }],
  };
  assert.equal((await call('/a')).status, 200);
  assert.equal((await call('/filled')).status, 500);
  let opened: OpenedSession | null = null;
  const first = signerOf(backend, (_, token) => {
    opened = new SessionKeys([sessionKey]).open(token!);
    return opened!.secretAccessKey;
  });
  assert.deepEqual(
    [opened!.accessKeyId, opened!.session.roleId, opened!.session.sessionName],
    [first.accessKeyId, trusting.roleId, 'BackplaneAssumeRoleSession'],
  );
  assert.equal(opened!.session.expiresAt - opened!.session.issuedAt, 3_600);
  // The same for an hour, less ten minutes.
  await call('/a');
  assert.equal(signerOf(backend, () => opened!.secretAccessKey).accessKeyId, first.accessKeyId);
  for (const roles of [[role()], []]) {
    await republish({ ...published, backends, roles });
    assert.equal((await call('/a')).status, 500);
  }
  await republish({ ...published, backends, roles: [trusting], sessionKeys: [] });
  assert.equal((await call('/a')).status, 500);
});

const functionArn = 'arn:aws:lambda:us-east-1:123456789012:function:greeting';
const mayCall = policyOf({}, { Action: 'lambda:InvokeFunction', Resource: functionArn });

test('integration credentials: a function is called in the name of a caller who may call it', async (t) => {
  const allowed = identity([mayCall]);
  const barred = identity([policyOf({})], { accessKeyId: 'AKIABARRED' });
  const { call, port, functions } = await startFunctionsGateway(
    t,
    {
      'GET /f': {
        ...proxy({
          credentials: callers,
          uri: `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${functionArn}/invocations`,
        }),
        ...iam,
      },
    },
    ending(done({ statusCode: 200, body: 'ok' })),
    { ...published, identities: [allowed, barred], roles: [role({ policies: [mayCall] })] },
  );
  assert.equal((await call('/f', signed(port, '/f', {}, { who: allowed }))).body, 'ok');
  const { by } = functions.last;
  assert.deepEqual(by.kind === 'identity' && [by.arn, by.keys?.accessKeyId], [
    allowed.arn,
    allowed.accessKeyId,
  ]);
  assert.equal((await call('/f', signed(port, '/f', {}, { who: sessionOf() }))).body, 'ok');
  const count = functions.invocations.length;
  const limited = sessionOf({ policies: [policyOf({})] });
  for (const who of [barred, limited])
    assert.equal((await call('/f', signed(port, '/f', {}, { who }))).status, 500);
  assert.equal(functions.invocations.length, count);
});

test('integration credentials: a function elsewhere is called with keys of the caller, or of a role that may call it', async (t) => {
  const uri = `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${functionArn}/invocations`;
  const may = role({ trustsGateway: true, policies: [mayCall] });
  const mayNot = role({ trustsGateway: true, arn: `${role().arn}2`, roleId: 'AROAOTHER' });
  const { call, port, backend } = await serve(
    t,
    {
      'GET /mine': { ...proxy({ credentials: callers, uri }), ...iam },
      'GET /role': proxy({ credentials: may.arn, uri }),
      'GET /other': proxy({ credentials: mayNot.arn, uri }),
    },
    { identities: [identity([mayCall])], roles: [may, mayNot] },
  );
  await call('/mine', signed(port, '/mine'));
  const { secretAccessKey, accessKeyId } = identity();
  assert.equal(signerOf(backend, () => secretAccessKey).accessKeyId, accessKeyId);
  await call('/role');
  const keys = new SessionKeys([sessionKey]);
  assert.match(signerOf(backend, (_, token) => keys.open(token!)!.secretAccessKey).accessKeyId, /^ASIA/);
  const count = backend.received.length;
  assert.equal((await call('/other')).status, 500);
  assert.equal(backend.received.length, count);
});
