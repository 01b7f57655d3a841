// The Query protocol as it stands on the wire: forms, addresses that are signed, and refusals in XML.

import assert from 'node:assert/strict';
import test from 'node:test';
import { presignQuery, signRequest } from '../../../src/base/sigv4/index.ts';
import { openSession } from '../../../src/control/identity/session-keys.ts';
import { caller } from '../../support/control.ts';
import { type GuardedPort, guardedPort } from '../../support/guarded-port.ts';
import fc from '../../support/properties.ts';

interface Told {
  readonly status: number;
  readonly type: string | null;
  readonly body: string;
}

const form = 'application/x-www-form-urlencoded; charset=utf-8';

async function post(
  { endpoint, admin }: GuardedPort,
  body: string,
  { service = 'iam', query = '', contentType = form, isSigned = true } = {},
): Promise<Told> {
  const headers = ['host', new URL(endpoint).host, 'content-type', contentType];
  const parts = { method: 'POST', path: '/', query, headers };
  const context = { region: 'us-east-1', service, nowMs: Date.now() };
  const added = isSigned ? signRequest(parts, body, admin, context) : [];
  const all = [...headers.slice(2), ...added];
  const answer = await fetch(`${endpoint}/${query === '' ? '' : `?${query}`}`, {
    method: 'POST',
    body,
    headers: Object.fromEntries(all.flatMap((name, i) => (i % 2 === 0 ? [[name, all[i + 1]!]] : []))),
  });
  return { status: answer.status, type: answer.headers.get('content-type'), body: await answer.text() };
}

const codeOf = ({ status, body }: Told): string => `${status} ${/<Code>([^<]*)<\/Code>/.exec(body)?.[1]}`;

test('query: an answer and a refusal are the documents that AWS writes', async (t) => {
  const port = await guardedPort(t);
  const made = await post(port, 'Action=CreateGroup&Version=2010-05-08&GroupName=a%2Bb');
  assert.equal(made.type, 'text/xml');
  assert.match(
    made.body,
    /^<CreateGroupResponse xmlns="https:\/\/iam\.amazonaws\.com\/doc\/2010-05-08\/"><CreateGroupResult><Group><Path>\/<\/Path><GroupName>a\+b<\/GroupName><GroupId>AGPA\w{17}<\/GroupId><Arn>arn:aws:iam::111122223333:group\/a\+b<\/Arn><CreateDate>[\dT:-]{19}Z<\/CreateDate><\/Group><\/CreateGroupResult><ResponseMetadata><RequestId>[\w-]{36}<\/RequestId><\/ResponseMetadata><\/CreateGroupResponse>$/,
  );
  const done = await post(port, 'Action=DeleteGroup&Version=2010-05-08&GroupName=a%2Bb');
  assert.match(done.body, /^<DeleteGroupResponse xmlns="[^"]+"><ResponseMetadata>/);
  const refused = await post(port, 'Action=GetUser&Version=2010-05-08&UserName=a%3D');
  assert.match(
    refused.body,
    /^<ErrorResponse xmlns="https:\/\/iam\.amazonaws\.com\/doc\/2010-05-08\/"><Error><Type>Sender<\/Type><Code>NoSuchEntity<\/Code><Message>The user with name a= cannot be found\.<\/Message><\/Error><RequestId>[\w-]{36}<\/RequestId><\/ErrorResponse>$/,
  );
});

test('query: what names no action, or not as it should, is refused', async (t) => {
  const port = await guardedPort(t);
  const cases: [told: string, body: string, options?: Parameters<typeof post>[2]][] = [
    ['400 InvalidAction', 'Action=Nope&Version=2010-05-08'],
    ['400 InvalidAction', 'Action=CreateUser&Version=2011-06-15', { service: 'sts' }],
    ['400 InvalidAction', 'Action=toString&Version=2010-05-08'],
    ['400 NoSuchVersion', 'Action=CreateUser&Version=2000-01-01'],
    ['400 NoSuchVersion', 'Action=CreateUser'],
    ['403 undefined', 'Version=2010-05-08'],
    ['403 undefined', ''],
    ['403 undefined', '{"Action":"ListUsers"}', { contentType: 'application/json' }],
    ['403 MissingAuthenticationToken', 'Action=ListUsers&Version=2010-05-08', { isSigned: false }],
    ['403 SignatureDoesNotMatch', 'Action=ListUsers&Version=2010-05-08', { service: 'sts' }],
    ['400 MalformedInput', 'Action=GetUser&Version=2010-05-08&UserName=admin&UserName=eve'],
    ['400 MalformedInput', 'Action=GetUser&Version=2010-05-08&UserName=admin', { query: 'UserName=eve' }],
    ['400 MalformedInput', 'Action=GetUser&Version=2010-05-08&UserName=%ff'],
    ['400 MalformedInput', 'Action=ListUsers&Version=2010-05-08&MaxItems=many'],
    ['400 ValidationError', 'Action=ListUsers&Version=2010-05-08&MaxItems=0'],
    ['400 ValidationError', 'Action=CreateUser&Version=2010-05-08'],
    ['400 MalformedInput', 'Action=CreateUser&Version=2010-05-08&UserName=a&Tags=x'],
    ['400 ValidationError', 'Action=CreateUser&Version=2010-05-08&UserName=a&Tags.member.1.Key=x'],
    ['400 MalformedInput', 'Action=GetUser&Version=2010-05-08&a=b&a=b'],
    ['400 MalformedInput', 'Action=CreateUser&Version=2010-05-08&UserName=a&Tags.member.2.Key=x'],
    ['400 MalformedInput', 'Action=CreateUser&Version=2010-05-08&UserName=a&Tags.1.Key=x'],
    [
      '400 MalformedInput',
      'Action=UntagUser&Version=2010-05-08&UserName=a&TagKeys.member.1=x&TagKeys.member.3=y',
    ],
    [
      '400 MalformedInput',
      `Action=GetUser&Version=2010-05-08${Array.from({ length: 1_000 }, (_, i) => `&p${i}=`).join('')}`,
    ],
    ['413 RequestEntityTooLarge', `Action=GetUser&Version=2010-05-08&UserName=${'a'.repeat(1_048_576)}`],
  ];
  for (const [told, body, options] of cases) {
    const answer = await post(port, body, options);
    // Before its action is known, nothing says that it is a form of ours.
    if (told.startsWith('413')) assert.equal(answer.status, 413);
    else assert.equal(codeOf(answer), told, `${body.slice(0, 80)}: ${answer.body}`);
  }
});

test('query: what an operation does not take decides nothing: neither on what it acts, nor under which conditions', async (t) => {
  const port = await guardedPort(t);
  const boundary = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
  const lead = async (UserName: string, statement: object) => {
    await port.control.call('iam:CreateUser', { UserName }, caller);
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Action: 'iam:*', ...statement },
    });
    await port.control.call('iam:PutUserPolicy', { UserName, PolicyName: 'lead', PolicyDocument }, caller);
    const { AccessKey } = (await port.control.call('iam:CreateAccessKey', { UserName }, caller)) as {
      AccessKey: { AccessKeyId: string; SecretAccessKey: string };
    };
    return { accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey };
  };
  const ofRoles = await lead('roles', { Resource: 'arn:aws:iam::*:role/team-*' });
  const ofGroups = await lead('groups', { Resource: 'arn:aws:iam::*:group/team-*' });
  const ofBounded = await lead('bounded', {
    Resource: '*',
    Condition: { StringEquals: { 'iam:PermissionsBoundary': boundary } },
  });
  const ofTagged = await lead('tagged', {
    Resource: '*',
    Condition: { StringEquals: { 'aws:RequestTag/team': 'ours' } },
  });
  const takeKey = 'Action=CreateAccessKey&Version=2010-05-08&UserName=admin';
  for (const [keys, added] of [
    [ofRoles, 'RoleName=team-a'],
    [ofGroups, 'GroupName=team-a'],
    [ofBounded, `PermissionsBoundary=${encodeURIComponent(boundary)}`],
    [ofTagged, 'Tags.member.1.Key=team&Tags.member.1.Value=ours'],
  ] as const) {
    const told = codeOf(await post({ ...port, admin: { ...port.admin, ...keys } }, `${takeKey}&${added}`));
    assert.equal(told, '403 AccessDenied', added);
  }
  const made = await post(
    { ...port, admin: { ...port.admin, ...ofTagged } },
    'Action=CreateUser&Version=2010-05-08&UserName=new&Tags.member.1.Key=team&Tags.member.1.Value=ours',
  );
  assert.equal(made.status, 200, made.body);
});

test('query: names of many parts cost no more than they are long', async (t) => {
  const port = await guardedPort(t);
  const many = Array.from({ length: 60 }, (_, i) => `a${i}${'.a'.repeat(8_000)}=`).join('&');
  const answer = await post(port, `Action=GetUser&Version=2010-05-08&UserName=admin&${many}`);
  assert.equal(answer.status, 200);
});

test('STS: what no token could hold is refused, and what is no tag is not transitive', async (t) => {
  const port = await guardedPort(t);
  const RoleArn = 'arn:aws:iam::111122223333:role/worker';
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Action: ['sts:AssumeRole', 'sts:TagSession'],
      Principal: { AWS: 'arn:aws:iam::111122223333:root' },
    },
  });
  await port.control.call('iam:CreateRole', { RoleName: 'worker', AssumeRolePolicyDocument }, caller);
  const assume = (members: Record<string, string>) =>
    post(
      port,
      new URLSearchParams({
        Action: 'AssumeRole',
        Version: '2011-06-15',
        RoleArn,
        RoleSessionName: 'one',
        ...members,
      }).toString(),
      { service: 'sts' },
    );
  const tags = (count: number) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, i): [string, string][] => [
        [`Tags.member.${i + 1}.Key`, `${i}`.padEnd(128, 'k')],
        [`Tags.member.${i + 1}.Value`, 'v'.repeat(256)],
      ]).flat(),
    );
  assert.equal(codeOf(await assume(tags(50))), '400 PackedPolicyTooLarge');
  const few = await assume(tags(10));
  assert.equal(few.status, 200, few.body);
  const token = /<SessionToken>([^<]+)</.exec(few.body)![1]!;
  assert.equal(
    openSession(port.control.services.store.view, token)?.session.tags?.['0'.padEnd(128, 'k')]?.length,
    256,
  );
  for (const key of ['constructor', 'toString', '__proto__'])
    assert.equal(codeOf(await assume({ 'TransitiveTagKeys.member.1': key })), '400 InvalidParameterValue');
});

test('query: a signed address does what a form does, and no other', async (t) => {
  const { endpoint, admin } = await guardedPort(t);
  const query = presignQuery(
    {
      method: 'GET',
      path: '/',
      query: 'Action=GetCallerIdentity&Version=2011-06-15',
      headers: ['host', new URL(endpoint).host],
    },
    '',
    admin,
    { region: 'us-east-1', service: 'sts', nowMs: Date.now(), expiresSeconds: 60 },
  );
  const get = async (text: string) => (await fetch(`${endpoint}/?${text}`)).text();
  assert.match(await get(query), /<Arn>arn:aws:iam::111122223333:user\/admin<\/Arn>/);
  assert.match(await get(query.replace('GetCallerIdentity', 'GetSessionToken')), /SignatureDoesNotMatch/);
  assert.match(await get(query.replace('2011-06-15', '2010-05-08')), /InvalidAction/);
});

test('query: whatever a form says, it is answered in XML and nothing breaks', async (t) => {
  const port = await guardedPort(t);
  const name = fc.oneof(
    fc.constantFrom(
      'UserName',
      'Path',
      'Tags.member.1.Key',
      'Tags.member.1.Value',
      'Tags.member.x',
      'Tags.',
      '.',
    ),
    fc.constantFrom(
      '__proto__',
      'constructor.prototype',
      'PolicyDocument',
      'PolicyName',
      'MaxItems',
      'Marker',
    ),
    fc.string({ maxLength: 8 }),
  );
  const action = fc.constantFrom(
    'CreateUser',
    'ListUsers',
    'PutUserPolicy',
    'TagUser',
    'GetUser',
    'ListRoles',
  );
  const forms = fc.record({
    action,
    given: fc.array(fc.tuple(name, fc.string({ unit: 'grapheme', maxLength: 12 })), { maxLength: 6 }),
  });
  await fc.assert(
    fc.asyncProperty(forms, async ({ action, given }) => {
      const pairs = given.map(([key, value]) =>
        [key, value].map((text) => encodeURIComponent(text.toWellFormed())).join('='),
      );
      const answer = await post(port, [`Action=${action}`, 'Version=2010-05-08', ...pairs].join('&'));
      assert.ok(answer.status < 500, answer.body);
      assert.match(answer.body, /^<(\w+) xmlns="[^"]+">.*<\/\1>$/s);
    }),
    { numRuns: 150 },
  );
});
