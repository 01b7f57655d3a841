// Temporary credentials on what the data plane serves: methods with AWS_IAM, $connect, @connections.

import assert from 'node:assert/strict';
import test from 'node:test';
import { request } from 'undici';
import { presignQuery, signRequest } from '../../src/base/sigv4/index.ts';
import { api, mock } from '../support/api.ts';
import { identity, policyOf, signed } from '../support/authorized.ts';
import type { Answer } from '../support/gateway.ts';
import { startGatewayWith } from '../support/republish.ts';
import { role, sessionKey, sessionOf } from '../support/sessions.ts';
import { mockAnswering, openSocket, socketApi, startSocketGateway } from '../support/websocket-api.ts';

const iam = { authorizationType: 'AWS_IAM' } as const;
const definition = api({
  'GET /a': mock('$context.identity.userArn $context.identity.caller $context.identity.accessKey', iam),
});
const published = { identities: [identity()], roles: [role()], sessionKeys: [sessionKey] };
const sessionArn = 'arn:aws:sts::123456789012:assumed-role/caller/alice';
const told = ({ status, headers, body }: Answer) => [status, headers['x-amzn-errortype'], body];
const invalid = [
  403,
  'UnrecognizedClientException',
  '{"message":"The security token included in the request is invalid."}',
];

test('temporary credentials: a session of a role passes, by header and by query, and is told by its ARN', async (t) => {
  const { call, port } = await startGatewayWith(t, definition, published);
  const who = sessionOf();
  const expected = `${sessionArn} AROACALLERCALLERCALLE:alice ${who.accessKeyId}`;
  for (let i = 0; i < 3; i++)
    assert.equal((await call('/a', signed(port, '/a', {}, { who }))).body, expected);
  const query = presignQuery(
    {
      method: 'GET',
      path: '/_aws/execute-api/testapi001/test/a',
      query: '',
      headers: ['host', `127.0.0.1:${port}`],
    },
    '',
    who,
    { region: 'us-east-1', service: 'execute-api', nowMs: Date.now(), expiresSeconds: 60 },
  );
  assert.equal((await call(`/a?${query}`)).body, expected);
});

test('temporary credentials: a token that is missing, wrong, of another key or expired is refused in the words of AWS', async (t) => {
  const { call, port } = await startGatewayWith(t, definition, published);
  const ask = async (who: object) => told(await call('/a', signed(port, '/a', {}, { who: who as never })));
  const { sessionToken, ...keys } = sessionOf();
  assert.deepEqual(await ask(keys), invalid);
  assert.deepEqual(await ask({ ...keys, sessionToken: 'nonsense' }), invalid);
  assert.deepEqual(await ask({ ...keys, sessionToken: sessionOf().sessionToken }), invalid);
  assert.deepEqual(await ask({ ...identity(), sessionToken }), invalid);
  assert.deepEqual(await ask(sessionOf({ roleId: 'AROAANOTHER' })), invalid);
  const old = sessionOf({}, Date.now() - 3_601_000);
  const expired = [
    403,
    'ExpiredTokenException',
    '{"message":"The security token included in the request is expired"}',
  ];
  assert.deepEqual(await ask(old), expired);
  assert.deepEqual(await ask(old), expired);
  const [status, type] = await ask({ ...keys, sessionToken, secretAccessKey: 'x' });
  assert.deepEqual([status, type], [403, 'InvalidSignatureException']);
});

test('temporary credentials: a session ends with its role, its policies and its key, without a new deployment', async (t) => {
  const served = await startGatewayWith(t, definition, published);
  const who = sessionOf();
  const ask = async () => told(await served.call('/a', signed(served.port, '/a', {}, { who }))).slice(0, 2);
  assert.equal((await ask())[0], 200);
  await served.republish({ ...published, roles: [role({ policies: [] })] });
  assert.deepEqual(await ask(), [403, 'AccessDeniedException']);
  await served.republish(published);
  assert.equal((await ask())[0], 200);
  await served.republish({ ...published, roles: [] });
  assert.deepEqual(await ask(), [403, 'UnrecognizedClientException']);
  // Made anew under the old name.
  await served.republish({ ...published, roles: [role({ roleId: 'AROANEW' })] });
  assert.deepEqual(await ask(), [403, 'UnrecognizedClientException']);
  await served.republish({ ...published, sessionKeys: [] });
  assert.deepEqual(await ask(), [403, 'UnrecognizedClientException']);
});

const get = (resource: string) => policyOf({ Resource: `arn:aws:execute-api:*:*:*/test/GET/${resource}` });

test('temporary credentials: session policies and boundaries are what a session may do at most', async (t) => {
  const both = api({ 'GET /a': mock('a', iam), 'GET /b': mock('b', iam), 'GET /c': mock('c', iam) });
  const bounded = role({ roleId: 'AROABOUNDED', boundary: get('a') });
  const managed = 'arn:aws:iam::123456789012:policy/b';
  const { call, port } = await startGatewayWith(t, both, {
    ...published,
    roles: [role({ policies: [get('*'), policyOf({ Effect: 'Deny', Resource: '*/GET/c' })] }), bounded].map(
      (one) => ({
        ...one,
        policies: one.policies.map((text) => text.replace('"*/GET', '"arn:aws:execute-api:*:*:*/GET')),
      }),
    ),
    managedPolicies: { [managed]: get('b') },
  });
  const may = async (session: Parameters<typeof sessionOf>[0]) => {
    const who = sessionOf(session);
    const answers = await Promise.all(
      ['/a', '/b', '/c'].map((path) => call(path, signed(port, path, {}, { who }))),
    );
    return answers.map(({ status, body }) => (status === 200 ? body : status)).join(' ');
  };
  assert.equal(await may({}), 'a b 403');
  assert.equal(await may({ policies: [get('a')] }), 'a 403 403');
  assert.equal(await may({ policyArns: [managed] }), '403 b 403');
  assert.equal(await may({ policies: [get('a')], policyArns: [managed] }), 'a b 403');
  assert.equal(await may({ policies: [get('c')] }), '403 403 403');
  assert.equal(await may({ policyArns: ['arn:aws:iam::123456789012:policy/gone'] }), '403 403 403');
  assert.equal(await may({ roleId: 'AROABOUNDED' }), 'a 403 403');
  assert.equal(await may({ roleId: 'AROABOUNDED', policies: [get('b')] }), '403 403 403');
});

test('temporary credentials: a resource policy knows a session by its role and by its own name, within its limits', async (t) => {
  const principals = {
    role: role().arn,
    session: sessionArn,
    'another session': `${sessionArn}2`,
    account: '123456789012',
  };
  const statuses: Record<string, number[]> = {};
  for (const [what, AWS] of Object.entries(principals)) {
    const guarded = api(
      { 'GET /a': mock('a', iam) },
      { restApi: { policy: policyOf({ Principal: { AWS } }) } },
    );
    const { call, port } = await startGatewayWith(t, guarded, {
      ...published,
      roles: [role({ policies: [] })],
    });
    const ask = async (who: ReturnType<typeof sessionOf>) =>
      (await call('/a', signed(port, '/a', {}, { who }))).status;
    statuses[what] = [await ask(sessionOf()), await ask(sessionOf({ policies: [get('b')] }))];
  }
  assert.deepEqual(statuses, {
    role: [200, 403],
    session: [200, 403],
    'another session': [403, 403],
    account: [200, 403],
  });
});

test('temporary credentials: conditions and variables see the session: its kind, time, tags and source', async (t) => {
  const conditions: [object, boolean][] = [
    [{ StringEquals: { 'aws:PrincipalType': 'AssumedRole' } }, true],
    [{ ArnEquals: { 'aws:PrincipalArn': role().arn } }, true],
    [{ StringEquals: { 'aws:userid': 'AROACALLERCALLERCALLE:alice' } }, true],
    [{ Null: { 'aws:username': 'true' } }, true],
    [{ StringEquals: { 'aws:PrincipalTag/Team': 'red' } }, true],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: AWS's own syntax
    [{ StringEquals: { 'aws:PrincipalTag/color': '${aws:PrincipalTag/team}' } }, true],
    [{ StringEquals: { 'aws:SourceIdentity': 'ann' } }, true],
    // As the console ends sessions that are older.
    [{ DateGreaterThan: { 'aws:TokenIssueTime': '2020-01-01T00:00:00Z' } }, true],
    [{ DateGreaterThan: { 'aws:TokenIssueTime': '2999-01-01T00:00:00Z' } }, false],
    [{ Bool: { 'aws:MultiFactorAuthPresent': 'true' } }, false],
  ];
  const served = await startGatewayWith(t, definition, published);
  for (const [Condition, isLetIn] of conditions) {
    const who = sessionOf({ tags: { team: 'red', color: 'red' }, sourceIdentity: 'ann' });
    const policies = [policyOf({ Condition })];
    await served.republish({ ...published, roles: [role({ policies, tags: { team: 'blue' } })] });
    const { status } = await served.call('/a', signed(served.port, '/a', {}, { who }));
    assert.equal(status, isLetIn ? 200 : 403, JSON.stringify(Condition));
  }
});

test("temporary credentials: a user's own session ends with the key that it was asked for with", async (t) => {
  const served = await startGatewayWith(t, definition, published);
  const { userId, accessKeyId: parentKeyId } = identity();
  const { roleId: _, ...base } = { roleId: undefined, userId, parentKeyId };
  const who = sessionOf({ ...base, roleId: undefined as never, sessionName: undefined as never });
  const ask = () => served.call('/a', signed(served.port, '/a', {}, { who }));
  const answer = await ask();
  assert.equal(answer.body, `arn:aws:iam::123456789012:user/ann ${userId} ${who.accessKeyId}`);
  await served.republish({ ...published, identities: [identity([], { accessKeyId: 'AKIAANOTHER' })] });
  assert.deepEqual(told(await ask()), invalid);
});

test('temporary credentials: a session opens a WebSocket and posts to connections as far as its role may', async (t) => {
  const socket = socketApi({
    $connect: { ...mockAnswering(''), authorizationType: 'AWS_IAM' },
    hello: mockAnswering('$context.identity.userArn $context.connectionId'),
  });
  const arn = 'arn:aws:execute-api:us-east-1:123456789012:wsapi00001/prod';
  const roles = [
    role({
      policies: [
        policyOf(
          { Resource: `${arn}/$connect` },
          { Action: 'execute-api:ManageConnections', Resource: `${arn}/POST/@connections/*` },
        ),
      ],
    }),
  ];
  const { gateway, url } = await startSocketGateway(t, socket, { published: { ...published, roles } });
  const path = '/_aws/execute-api/wsapi00001/prod';
  const host = `127.0.0.1:${gateway.port}`;
  const signing = { region: 'us-east-1', service: 'execute-api', nowMs: Date.now() };
  const parts = { method: 'GET', path, query: '', headers: ['host', host] };
  const open = (who: ReturnType<typeof sessionOf>) =>
    openSocket(t, `${url}?${presignQuery(parts, '', who, { ...signing, expiresSeconds: 60 })}`);
  const client = await open(sessionOf());
  client.send({ action: 'hello' });
  const [userArn, id] = (await client.next()).split(' ');
  assert.equal(userArn, sessionArn);
  await assert.rejects(
    open(sessionOf({ policies: [policyOf({ Action: 'execute-api:ManageConnections' })] })),
  );
  await assert.rejects(open(sessionOf({}, Date.now() - 7_200_000)));

  const post = async (who: ReturnType<typeof sessionOf>) => {
    const target = `${path}/@connections/${encodeURIComponent(id!)}`;
    const added = signRequest(
      { method: 'POST', path: target, query: '', headers: ['host', host] },
      'x',
      who,
      signing,
    );
    const answer = await request(`http://${host}${target}`, { method: 'POST', headers: added, body: 'x' });
    await answer.body.dump();
    return [answer.statusCode, answer.headers['x-amzn-errortype']];
  };
  assert.deepEqual(await post(sessionOf()), [200, undefined]);
  assert.equal(await client.next(), 'x');
  assert.deepEqual(await post(sessionOf({ policies: [policyOf({})] })), [403, 'AccessDeniedException']);
  assert.deepEqual(await post(sessionOf({}, Date.now() - 7_200_000)), [403, 'ExpiredTokenException']);
});

test('temporary credentials: what cannot be read of a role, a boundary or a session policy refuses', async (t) => {
  const served = await startGatewayWith(t, definition, published);
  const ask = async (roles: Parameters<typeof role>[0], session: Parameters<typeof sessionOf>[0] = {}) => {
    await served.republish({ ...published, roles: [role(roles)] });
    const who = sessionOf(session);
    return told(await served.call('/a', signed(served.port, '/a', {}, { who }))).slice(0, 2);
  };
  assert.equal((await ask({}))[0], 200);
  const denied = [403, 'AccessDeniedException'];
  const all = policyOf({ Action: 'execute-api:*' });
  assert.deepEqual(await ask({ policies: ['{}'] }), denied);
  assert.deepEqual(await ask({ policies: [all, 'none'] }), denied);
  assert.deepEqual(await ask({ boundary: '{"Version":"2999-01-01"}' }), denied);
  assert.deepEqual(await ask({ boundary: '' }), denied);
  assert.deepEqual(await ask({}, { policies: [all, '{'] }), denied);
  assert.deepEqual(await ask({}, { policyArns: ['__proto__'] }), denied);
  assert.deepEqual(await ask({}, { policyArns: ['toString'] }), denied);
});
