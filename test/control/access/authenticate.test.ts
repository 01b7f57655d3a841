import assert from 'node:assert/strict';
import test from 'node:test';
import { mismatchText } from '../../../src/base/sigv4/index.ts';
import { authenticateAnyone, createAuthenticate } from '../../../src/control/access/index.ts';
import type { Caller } from '../../../src/control/api/handler.ts';
import { AccessDenied, AwsException } from '../../../src/control/protocol/exceptions.ts';
import type { SignedRequest } from '../../../src/control/protocol/signed-request.ts';
import type { Store } from '../../../src/store/index.ts';
import { accessStore, account, ann, nowMs, putUser, request, signedRequest } from '../../support/access.ts';

const guard = (store: Store, isTls = false) =>
  createAuthenticate({ account, view: store.view, isTls, nowMs: () => nowMs });

/** What a request is refused with. */
function refusal(store: Store, asked: SignedRequest): AwsException {
  try {
    guard(store)(asked);
  } catch (error) {
    if (error instanceof AwsException) return error;
    throw error;
  }
  return assert.fail('the request was let through');
}

const policy = (...statements: unknown[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });
const allow = (action: string, resource = '*', condition?: unknown) => ({
  Effect: 'Allow',
  Action: action,
  Resource: resource,
  ...(condition === undefined ? {} : { Condition: condition }),
});

test('authenticate: a signed call of a user who may is let through with who calls', async (t) => {
  const store = await accessStore(t);
  await putUser(store, ann);
  const asked = { method: 'POST', path: '/restapis/a%20b/c', query: 'mode=import', body: '{}' } as const;
  const { identity, ...caller } = (await guard(store)(signedRequest(asked))) as Caller;
  assert.equal(identity?.signer.arn, caller.arn);
  assert.deepEqual(caller, {
    arn: 'arn:aws:iam::111122223333:user/ann',
    userName: 'ann',
    userId: 'AIDAEXAMPLE',
    accessKeyId: ann.accessKeyId,
    sourceIp: '203.0.113.7',
    userAgent: 'aws-cli/2.0',
  });
});

test('authenticate: UTF-8 in a path, as node:http hands it over, is signed as UTF-8', async (t) => {
  const store = await accessStore(t);
  await putUser(store, ann);
  const signed = signedRequest({ path: '/tags/é' });
  const received = { ...signed, rawPath: Buffer.from('/tags/é').toString('latin1') };
  assert.equal((guard(store)(received) as { userName: string }).userName, 'ann');
});

test('authenticate: what is not rightly signed is refused with 403 and the text of AWS', async (t) => {
  const store = await accessStore(t);
  await putUser(store, ann);
  const unknown = 'The security token included in the request is invalid.';
  const cases: [asked: SignedRequest, type: string, message: string][] = [
    [request({}, ['Host', 'x']), 'MissingAuthenticationTokenException', 'Missing Authentication Token'],
    [
      signedRequest({}, ann, { region: 'eu-west-1' }),
      'InvalidSignatureException',
      "Credential should be scoped to a valid region, not 'eu-west-1'. ",
    ],
    [
      signedRequest({}, ann, { service: 'execute-api' }),
      'InvalidSignatureException',
      "Credential should be scoped to correct service: 'apigateway'. ",
    ],
    [signedRequest({}, { ...ann, accessKeyId: 'AKIAUNKNOWN' }), 'UnrecognizedClientException', unknown],
    [signedRequest({}, ann, { sessionToken: 'x' }), 'UnrecognizedClientException', unknown],
    [
      signedRequest({}, ann, { signedAtMs: nowMs - 360_000 }),
      'InvalidSignatureException',
      'Signature expired: 20240102T025805Z is now earlier than 20240102T025905Z (20240102T030405Z - 5 min.)',
    ],
    [
      signedRequest({}, ann, { signedAtMs: nowMs + 360_000 }),
      'InvalidSignatureException',
      'Signature not yet current: 20240102T031005Z is still later than 20240102T030905Z (20240102T030405Z + 5 min.)',
    ],
  ];
  for (const [asked, type, message] of cases) {
    const { name, status, message: said } = refusal(store, asked);
    assert.deepEqual({ name, status, said }, { name: type, status: 403, said: message });
  }
  const wrong = refusal(store, signedRequest({}, { ...ann, secretAccessKey: 'x' }));
  assert.equal(wrong.name, 'InvalidSignatureException');
  assert.ok(wrong.message.startsWith(`${mismatchText}\n\nThe Canonical String`));
});

test('authenticate: a key that is inactive, removed or without its user is unknown', async (t) => {
  const store = await accessStore(t);
  await putUser(store, ann);
  const key = store.view.get('accessKey', '', ann.accessKeyId)!;
  await store.write((transaction) =>
    transaction.put('accessKey', '', ann.accessKeyId, { ...key, status: 'Inactive' }),
  );
  assert.equal(refusal(store, signedRequest({})).name, 'UnrecognizedClientException');
  await store.write((transaction) => transaction.put('accessKey', '', ann.accessKeyId, key));
  assert.ok(guard(store)(signedRequest({})));
  await store.write((transaction) => transaction.remove('iamUser', '', 'ann'));
  assert.equal(refusal(store, signedRequest({})).name, 'UnrecognizedClientException');
  await store.write((transaction) => transaction.remove('accessKey', '', ann.accessKeyId));
  assert.equal(refusal(store, signedRequest({})).name, 'UnrecognizedClientException');
});

test('authenticate: a user may do what the policies allow, and is told who, what and where otherwise', async (t) => {
  const store = await accessStore(t);
  const own = 'arn:aws:apigateway:us-east-1::/restapis/*';
  await putUser(store, ann, {
    reads: policy(allow('apigateway:GET')),
    writes: policy(allow('apigateway:P*', own), { ...allow('*', `${own}/prod`), Effect: 'Deny' }),
  });
  const may = guard(store);
  assert.ok(may(signedRequest({ method: 'GET', path: '/apikeys' })));
  assert.ok(may(signedRequest({ method: 'PATCH', path: '/restapis/a/stages/test' })));
  const user = 'User: arn:aws:iam::111122223333:user/ann is not authorized to perform:';
  const create = refusal(store, signedRequest({ method: 'POST', path: '/restapis' }));
  assert.ok(create instanceof AccessDenied);
  assert.equal(create.caller.userName, 'ann');
  assert.deepEqual([create.name, create.status], ['AccessDeniedException', 403]);
  assert.equal(
    create.message,
    `${user} apigateway:POST on resource: arn:aws:apigateway:us-east-1::/restapis because no identity-based policy allows the apigateway:POST action`,
  );
  assert.equal(
    refusal(store, signedRequest({ method: 'PATCH', path: '/restapis/a/stages/prod' })).message,
    `${user} apigateway:PATCH on resource: arn:aws:apigateway:us-east-1::/restapis/a/stages/prod with an explicit deny in an identity-based policy`,
  );
});

test('authenticate: a policy that changed decides the next call, also of a user made again', async (t) => {
  const store = await accessStore(t);
  const may = guard(store);
  await putUser(store, ann);
  assert.ok(may(signedRequest({})));
  await putUser(store, ann, {});
  assert.equal(refusal(store, signedRequest({})).name, 'AccessDeniedException');
  await store.write((transaction) => transaction.remove('iamUser', '', 'ann'));
  await putUser(store, ann);
  assert.ok(may(signedRequest({})));
});

test('authenticate: a stored policy that cannot be read denies everything', async (t) => {
  const store = await accessStore(t);
  await putUser(store, ann, { all: policy(allow('*')), newer: '{"Version":"2030-01-01"}' });
  assert.match(refusal(store, signedRequest({})).message, /with an explicit deny/);
});

test('authenticate: conditions see the address, the user, the time, the client and the transport', async (t) => {
  const store = await accessStore(t);
  const conditions: [condition: unknown, holds: boolean][] = [
    [{ IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } }, true],
    [{ IpAddress: { 'aws:SourceIp': '198.51.100.0/24' } }, false],
    [{ StringEquals: { 'aws:username': 'ann' } }, true],
    [{ StringEquals: { 'AWS:UserId': 'AIDAEXAMPLE' } }, true],
    [{ ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::111122223333:user/a*' } }, true],
    [{ StringEquals: { 'aws:PrincipalAccount': '111122223333' } }, true],
    [{ StringEquals: { 'aws:PrincipalType': 'User' } }, true],
    [{ StringLike: { 'aws:UserAgent': 'aws-cli/*' } }, true],
    [{ StringEquals: { 'aws:Referer': 'https://console.example' } }, true],
    [{ DateLessThan: { 'aws:CurrentTime': '2024-01-02T03:04:06Z' } }, true],
    [{ DateGreaterThan: { 'aws:CurrentTime': '2024-01-02T03:04:06Z' } }, false],
    [{ NumericEquals: { 'aws:EpochTime': nowMs / 1000 } }, true],
    [{ StringEquals: { 'aws:RequestedRegion': 'us-east-1' } }, true],
    [{ Bool: { 'aws:SecureTransport': 'false' } }, true],
    [{ Bool: { 'aws:ViaAWSService': 'false' } }, true],
    [{ Null: { 'aws:MultiFactorAuthAge': 'true' } }, true],
    [{ BoolIfExists: { 'aws:MultiFactorAuthPresent': 'true' } }, true],
    [{ StringEquals: { 'aws:PrincipalTag/team': 'x' } }, false],
  ];
  const asked = signedRequest({ headers: ['referer', 'https://console.example'] });
  for (const [condition, holds] of conditions) {
    await putUser(store, ann, { one: policy(allow('apigateway:*', '*', condition)) });
    const text = JSON.stringify(condition);
    if (holds) assert.ok(guard(store)(asked), text);
    else assert.equal(refusal(store, asked).name, 'AccessDeniedException', text);
  }
  await putUser(store, ann, {
    one: policy(allow('*', '*', { Bool: { 'aws:SecureTransport': 'true' } })),
  });
  assert.ok(guard(store, true)(asked));
});

test('authenticate: variables stand for the caller in resources', async (t) => {
  const store = await accessStore(t);
  const resource = `arn:aws:apigateway:us-east-1::/tags/\${aws:username}/*`;
  await putUser(store, ann, { own: policy(allow('apigateway:GET', resource)) });
  assert.ok(guard(store)(signedRequest({ path: '/tags/ann/x' })));
  assert.equal(refusal(store, signedRequest({ path: '/tags/bob/x' })).name, 'AccessDeniedException');
});

test('authenticateAnyone: everybody may do everything, signed, unsigned or with nonsense', () => {
  const authenticate = authenticateAnyone(account);
  const caller = {
    arn: 'arn:aws:iam::111122223333:root',
    userName: 'anyone',
    accessKeyId: '',
    sourceIp: '203.0.113.7',
    userAgent: '',
  };
  assert.deepEqual(authenticate(request({}, [])), caller);
  assert.deepEqual(authenticate(request({}, ['Authorization', 'Bearer x'])), caller);
  const signed = signedRequest(
    {},
    { ...ann, secretAccessKey: 'wrong' },
    { region: 'moon', sessionToken: 'x' },
  );
  assert.deepEqual(authenticate(signed), {
    ...caller,
    accessKeyId: ann.accessKeyId,
    userAgent: 'aws-cli/2.0',
  });
});

test('authenticateAnyone: pages in a browser of this machine may do nothing', () => {
  const authenticate = authenticateAnyone(account);
  for (const field of [
    ['origin', 'https://example.com'],
    ['origin', 'null'],
    ['sec-fetch-site', 'cross-site'],
    ['sec-fetch-site', 'same-site'],
  ])
    assert.throws(() => authenticate(request({}, field)), { name: 'AccessDeniedException', status: 403 });
  assert.doesNotThrow(() => authenticate(request({}, ['sec-fetch-site', 'none', 'sec-fetch-mode', 'cors'])));
});

test('authenticateAnyone: a name that a stranger may have pointed at this machine is refused', () => {
  const authenticate = authenticateAnyone(account);
  for (const host of [
    'rebound.example',
    'rebound.example:8081',
    'localhost.example',
    '127.0.0.1.example',
    '[::2]:8081',
    '10.0.0.1',
  ])
    assert.throws(() => authenticate(request({}, ['host', host])), {
      name: 'AccessDeniedException',
      status: 403,
      message:
        'A management API that asks for no credentials is called as localhost or by a loopback address',
    });
  for (const host of [
    'localhost',
    'LocalHost:8081',
    'api.localhost:8081',
    '127.0.0.1:8081',
    '127.1.2.3',
    '[::1]:8081',
  ])
    assert.doesNotThrow(() => authenticate(request({}, ['host', host])), host);
});

test('authenticate: IAM and STS are signed for us-east-1 in every region, other services for their own alone', async (t) => {
  const store = await accessStore(t);
  await putUser(store, ann);
  const guard = createAuthenticate({
    account: { ...account, region: 'eu-west-1' },
    view: store.view,
    isTls: false,
    nowMs: () => nowMs,
  });
  const ask = (operation: SignedRequest['operation'], service: string, region: string): string => {
    const signed = { ...signedRequest({ method: 'POST', path: '/' }, ann, { region, service }), operation };
    try {
      return (guard(signed) as Caller).userName;
    } catch (error) {
      return (error as Error).name;
    }
  };
  for (const [operation, service] of [
    ['iam:ListUsers', 'iam'],
    ['sts:GetCallerIdentity', 'sts'],
  ] as const) {
    assert.equal(ask(operation, service, 'us-east-1'), 'ann');
    assert.equal(ask(operation, service, 'eu-west-1'), 'ann');
    assert.equal(ask(operation, service, 'eu-west-2'), 'InvalidSignatureException');
    assert.equal(ask(operation, 'apigateway', 'us-east-1'), 'InvalidSignatureException');
  }
  assert.equal(ask('GetRestApis', 'apigateway', 'us-east-1'), 'InvalidSignatureException');
  assert.equal(ask('GetRestApis', 'apigateway', 'eu-west-1'), 'ann');
});
