// Who may manage connections.

import assert from 'node:assert/strict';
import test from 'node:test';
import { Credentials, createVerifyManagementCall } from '../../src/authorizers/index.ts';
import { systemClock } from '../../src/base/clock.ts';
import { signRequest } from '../../src/base/sigv4/index.ts';
import type { Downstream } from '../../src/exchange/downstream.ts';
import { accountId, identity, policyOf } from '../support/authorized.ts';
import { FakeDownstream } from './support.ts';

const resourceArn = `arn:aws:execute-api:us-east-1:${accountId}:wsapi00001/prod/POST/@connections/L0SM9cOFvHcCIhw=`;
const manage = (Resource: string, Effect: 'Allow' | 'Deny' = 'Allow'): string =>
  policyOf({ Action: 'execute-api:ManageConnections', Resource, Effect });

const people = {
  ann: identity([manage('arn:aws:execute-api:*:*:wsapi00001/prod/POST/@connections/*')]),
  bob: identity([manage('arn:aws:execute-api:*:*:wsapi00002/*')], { accessKeyId: 'AKIABOB' }),
  cid: identity([manage('*'), manage('arn:aws:execute-api:*:*:*/POST/*', 'Deny')], {
    accessKeyId: 'AKIACID',
  }),
  dan: identity([policyOf({ Action: 'execute-api:Invoke' })], { accessKeyId: 'AKIADAN' }),
  eve: identity([manage('*')], { accessKeyId: 'AKIAEVE', arn: 'arn:aws:iam::999999999999:user/eve' }),
};

function ask(
  path: string,
  {
    who = people.ann,
    signedPath = path,
    body = 'hi',
    sent = body,
    headers,
  }: { who?: typeof people.ann; signedPath?: string; body?: string; sent?: string; headers?: string[] } = {},
) {
  const credentials = new Credentials();
  credentials.adopt({ identities: Object.values(people) });
  const verify = createVerifyManagementCall({
    clock: systemClock,
    credentials,
    accountId,
    region: 'us-east-1',
  });
  const parts = { method: 'POST', query: '', headers: ['host', 'ws.example.com'] };
  const added =
    headers ??
    signRequest({ ...parts, path: signedPath }, body, who, {
      region: 'us-east-1',
      service: 'execute-api',
      nowMs: Date.now(),
    });
  return verify({
    request: {
      ...parts,
      path,
      headers: [...parts.headers, ...added.map((text, i) => (i % 2 === 0 ? text.toLowerCase() : text))],
      downstream: new FakeDownstream() as unknown as Downstream,
    },
    body: Buffer.from(sent),
    action: 'execute-api:ManageConnections',
    resourceArn,
  });
}

test('management call: whoever signed it and may is let in, however the path is encoded', async () => {
  for (const path of [
    '/prod/@connections/L0SM9cOFvHcCIhw=',
    '/prod/@connections/L0SM9cOFvHcCIhw%3D',
    '/prod/%40connections/L0SM9cOFvHcCIhw%3D',
  ]) {
    const decision = await ask(path);
    assert.ok('allowed' in decision, JSON.stringify(decision));
    assert.equal(decision.allowed.conditionKeys.get('aws:username'), 'ann');
  }
});

test('management call: everybody else is told why not', async () => {
  const path = '/prod/@connections/L0SM9cOFvHcCIhw%3D';
  const denied = (who: typeof people.ann, ending = '') => ({
    status: 403,
    errorType: 'AccessDeniedException',
    body: JSON.stringify({
      Message: `User: ${who.arn} is not authorized to perform: execute-api:ManageConnections on resource: arn:aws:execute-api:us-east-1:********9012:wsapi00001/prod/POST/@connections/L0SM9cOFvHcCIhw=${ending}`,
    }),
  });
  const { bob, cid, dan, eve } = people;
  assert.deepEqual(await ask(path, { who: bob }), denied(bob));
  assert.deepEqual(await ask(path, { who: cid }), denied(cid, ' with an explicit deny'));
  assert.deepEqual(await ask(path, { who: dan }), denied(dan));
  assert.deepEqual(await ask(path, { who: eve }), denied(eve));
  assert.deepEqual(await ask(path, { headers: [] }), {
    status: 403,
    errorType: 'MissingAuthenticationTokenException',
    body: '{"message":"Missing Authentication Token"}',
  });
  assert.deepEqual(await ask(path, { who: identity([], { accessKeyId: 'AKIANOBODY' }) }), {
    status: 403,
    errorType: 'UnrecognizedClientException',
    body: '{"message":"The security token included in the request is invalid."}',
  });
  for (const forged of [{ sent: 'ho' }, { signedPath: '/prod/@connections/another' }]) {
    const decision = await ask(path, forged);
    assert.ok(!('allowed' in decision) && decision.errorType === 'InvalidSignatureException');
  }
});
