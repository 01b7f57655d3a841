// Authorization type x resource policy x decision about the caller, over the wire, against the tables of the reference
// (data plane, section 4).

import assert from 'node:assert/strict';
import test from 'node:test';
import { api, mock } from '../support/api.ts';
import {
  accountId,
  answerOf,
  identity,
  maskedOf,
  policyOf,
  type StatementSpec,
  signed,
  tokenAuthorizer,
} from '../support/authorized.ts';
import { done, startFunctionsGateway } from '../support/functions-gateway.ts';

const elsewhere: StatementSpec = {
  Resource: `arn:aws:execute-api:us-east-1:${accountId}:testapi001/other/*`,
};
const deny: StatementSpec = { Effect: 'Deny' };

const resourcePolicies = {
  none: undefined,
  allow: [{ Principal: '*' }],
  deny: [{ Principal: '*' }, { ...deny, Principal: '*' }],
  silent: [{ ...elsewhere, Principal: '*' }],
} as const satisfies Record<string, readonly StatementSpec[] | undefined>;
type ResourceSays = keyof typeof resourcePolicies;

/** Of the caller's identity policies, or of the authorizer's answer. */
const callerPolicies = { allow: [{}], deny: [{}, deny], silent: [elsewhere] } as const;
type CallerSays = keyof typeof callerPolicies;

type Outcome = 'in' | 'implicit' | 'explicit';
type Table = Readonly<Record<CallerSays, Readonly<Record<ResourceSays, Outcome>>>>;

const tableA: Table = {
  allow: { none: 'in', allow: 'in', silent: 'in', deny: 'explicit' },
  silent: { none: 'implicit', allow: 'in', silent: 'implicit', deny: 'explicit' },
  deny: { none: 'explicit', allow: 'explicit', silent: 'explicit', deny: 'explicit' },
};
const tableB: Table = {
  allow: { none: 'implicit', allow: 'in', silent: 'implicit', deny: 'explicit' },
  silent: { none: 'implicit', allow: 'implicit', silent: 'implicit', deny: 'explicit' },
  deny: { none: 'explicit', allow: 'explicit', silent: 'explicit', deny: 'explicit' },
};
const anonymous: Readonly<Record<ResourceSays, Outcome>> = {
  none: 'in',
  allow: 'in',
  silent: 'implicit',
  deny: 'explicit',
};

const callerNames = Object.keys(callerPolicies) as CallerSays[];
const ofThisAccount = callerNames.map((says) =>
  identity([policyOf(...callerPolicies[says])], { accessKeyId: `AKIAHERE${says}` }),
);
const ofAnother = callerNames.map((says) =>
  identity([policyOf(...callerPolicies[says])], {
    accessKeyId: `AKIATHERE${says}`,
    arn: 'arn:aws:iam::999999999999:user/bob',
  }),
);

const endings: Readonly<Record<Exclude<Outcome, 'in'>, string>> = {
  implicit: '',
  explicit: ' with an explicit deny',
};
const policyText = (who: string, tail: string, outcome: Exclude<Outcome, 'in'>): string =>
  JSON.stringify({
    Message: `User: ${who} is not authorized to perform: execute-api:Invoke on resource: ${maskedOf(tail)}${endings[outcome]}`,
  });

for (const says of Object.keys(resourcePolicies) as ResourceSays[]) {
  test(`authorization: with a resource policy that says ${says}, every type decides as its table`, async (t) => {
    const statements = resourcePolicies[says];
    const definition = api(
      {
        'GET /open': mock('in'),
        'GET /asked': mock('in', { authorizationType: 'CUSTOM', authorizerId: 'auth01' }),
        'GET /signed': mock('in', { authorizationType: 'AWS_IAM' }),
      },
      {
        authorizers: [tokenAuthorizer()],
        restApi: statements === undefined ? {} : { policy: policyOf(...statements) },
      },
    );
    const { call, port, functions } = await startFunctionsGateway(
      t,
      [{ definition }],
      ({ payload }, handler) => {
        const { authorizationToken } = JSON.parse(Buffer.from(payload).toString());
        handler.onEnd(done(answerOf({}, ...callerPolicies[authorizationToken as CallerSays])));
      },
      { identities: [...ofThisAccount, ...ofAnother] },
    );

    const open = await call('/open');
    const wanted = anonymous[says];
    assert.equal(open.body, wanted === 'in' ? 'in' : policyText('anonymous', 'GET/open', wanted));

    for (const [i, caller] of callerNames.entries()) {
      const what = `caller ${caller}, policy ${says}`;
      const asked = await call('/asked', { headers: { authorization: caller } });
      const byFunction = tableA[caller][says];
      const expected =
        byFunction === 'in'
          ? 'in'
          : says === 'deny'
            ? policyText('anonymous', 'GET/asked', 'explicit')
            : `{"Message":"User is not authorized to access this resource${endings[byFunction]}"}`;
      assert.equal(asked.body, expected, `CUSTOM: ${what}`);

      for (const [who, table] of [
        [ofThisAccount[i]!, tableA],
        [ofAnother[i]!, tableB],
      ] as const) {
        const outcome = table[caller][says];
        const { status, body } = await call('/signed', signed(port, '/signed', {}, { who }));
        assert.equal(
          body,
          outcome === 'in' ? 'in' : policyText(who.arn, 'GET/signed', outcome),
          `AWS_IAM ${who.arn}: ${what}`,
        );
        assert.equal(status, outcome === 'in' ? 200 : 403);
      }
    }
    // A denial ends the matter before anybody is asked.
    assert.equal(functions.invocations.length, says === 'deny' ? 0 : callerNames.length);
  });
}

const not = (NotResource: string | string[]): StatementSpec =>
  ({ Resource: undefined, NotResource }) as StatementSpec;

const conditions: readonly [what: string, statement: StatementSpec, status: number][] = [
  ['the address', { Condition: { IpAddress: { 'aws:SourceIp': '127.0.0.0/8' } } }, 200],
  ['another address', { Condition: { IpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '::1/128'] } } }, 403],
  ['not the address', { Condition: { NotIpAddress: { 'aws:SourceIp': '127.0.0.1' } } }, 403],
  ['the agent', { Condition: { StringLike: { 'aws:UserAgent': 'test/*' } } }, 200],
  ['another agent', { Condition: { StringEquals: { 'aws:UserAgent': 'test' } } }, 403],
  ['the referer', { Condition: { StringEquals: { 'aws:Referer': 'http://here/' } } }, 200],
  ['a time to come', { Condition: { DateGreaterThan: { 'aws:CurrentTime': '2100-01-01T00:00:00Z' } } }, 403],
  ['a time that was', { Condition: { NumericGreaterThan: { 'aws:EpochTime': '1700000000' } } }, 200],
  ['TLS', { Condition: { Bool: { 'aws:SecureTransport': 'true' } } }, 403],
  ['a VPC', { Condition: { StringEquals: { 'aws:SourceVpc': 'vpc-1' } } }, 403],
  ['a VPC endpoint', { Condition: { StringEquals: { 'aws:SourceVpce': 'vpce-1' } } }, 403],
  ['a user', { Condition: { StringEquals: { 'aws:username': 'ann' } } }, 403],
  ['an account', { Principal: { AWS: accountId } }, 403],
  ['a service', { Principal: { Service: 'x.amazonaws.com' } }, 403],
  [
    'everybody but a service',
    { Principal: undefined, NotPrincipal: { Service: 'x.amazonaws.com' } } as StatementSpec,
    200,
  ],
  ['the short form of the method', { Resource: 'execute-api:/test/GET/a' }, 200],
  ['the short form of another', { Resource: 'execute-api:/test/POST/a' }, 403],
  ['the short form of another stage', { Resource: ['execute-api:/prod/*'] }, 403],
  ['all but the short form of the method', not('execute-api:/test/GET/a'), 403],
  ['all but the short form of another', not(['execute-api:/test/POST/a']), 200],
  ['the region', { Condition: { StringEquals: { 'aws:RequestedRegion': 'us-east-1' } } }, 200],
  ['the account of the API', { Condition: { StringEquals: { 'aws:ResourceAccount': accountId } } }, 200],
  ['nobody who signed', { Condition: { Null: { 'aws:PrincipalAccount': 'true' } } }, 200],
  ['neither a service nor none', { Condition: { Null: { 'aws:PrincipalIsAWSService': 'false' } } }, 403],
];

test('authorization: conditions, principals and resources of a policy are evaluated for each request', async (t) => {
  for (const [what, statement, status] of conditions) {
    const definition = api(
      { 'GET /a': mock('in') },
      { restApi: { policy: policyOf({ Principal: '*', ...statement }) } },
    );
    const { call } = await startFunctionsGateway(t, [{ definition }]);
    const headers = { 'user-agent': 'test/1', referer: 'http://here/' };
    assert.equal((await call('/a', { headers })).status, status, what);
  }
});

test('authorization: a denial of a path holds for other spellings of it, and no allowance does', async (t) => {
  const statements = (Resource: string): StatementSpec[] => [
    { Resource: [`${Resource}/open/*`, `${Resource}/admin/*`] },
    { ...deny, Resource: `${Resource}/admin/*` },
  ];
  const resource = 'arn:aws:execute-api:*:*:*/GET';
  const definitions = {
    CUSTOM: api(
      { 'GET /{proxy+}': mock('in', { authorizationType: 'CUSTOM', authorizerId: 'auth01' }) },
      { authorizers: [tokenAuthorizer()] },
    ),
    NONE: api(
      { 'GET /{proxy+}': mock('in') },
      { restApi: { policy: policyOf(...statements(resource).map((one) => ({ ...one, Principal: '*' }))) } },
    ),
  };
  const paths = {
    '/open/x': '',
    '/%6Fpen/x': 'implicit',
    '/open%2Fx': 'implicit',
    '/admin/x': 'explicit',
    '/%61dmin/x': 'explicit',
    '/admin%2Fx': 'explicit',
    '/adm%69n/%78': 'explicit',
    '/%2561dmin/x': 'implicit',
  };
  for (const [what, definition] of Object.entries(definitions)) {
    const { call } = await startFunctionsGateway(t, [{ definition }], (_, handler) =>
      handler.onEnd(done(answerOf({}, ...statements(resource)))),
    );
    for (const [path, says] of Object.entries(paths)) {
      const { status, body } = await call(path, { headers: { authorization: 'abc' } });
      assert.equal(status, says === '' ? 200 : 403, `${what} ${path}: ${body}`);
      if (status === 403)
        assert.equal(body.includes('with an explicit deny'), says === 'explicit', `${what} ${path}: ${body}`);
    }
  }
});

test('authorization: a PRIVATE API is served by what its policy allows, without addresses of its own', async (t) => {
  const cases: [StatementSpec[], number][] = [
    [[{ Principal: '*' }], 200],
    [
      [
        { Principal: '*' },
        { ...deny, Principal: '*', Condition: { StringNotEquals: { 'aws:SourceVpce': 'vpce-1' } } },
      ],
      403,
    ],
    [[{ Principal: '*', Condition: { IpAddress: { 'aws:SourceIp': '127.0.0.1' } } }], 403],
  ];
  for (const [statements, status] of cases) {
    const definition = api(
      { 'GET /a': mock('in') },
      { restApi: { policy: policyOf(...statements), endpointConfiguration: { types: ['PRIVATE'] } } },
    );
    const { call } = await startFunctionsGateway(t, [{ definition }]);
    assert.equal((await call('/a')).status, status, JSON.stringify(statements));
  }
});

test('authorization: conditions on callers hold for those who signed', async (t) => {
  const Condition = {
    StringEquals: {
      'aws:username': 'ann',
      'aws:PrincipalAccount': accountId,
      'aws:userid': 'AIDAANNANNANNANNANNA',
    },
    ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:user/a*' },
  };
  const definition = api(
    { 'GET /a': mock('in', { authorizationType: 'AWS_IAM' }) },
    {
      restApi: { policy: policyOf({ Principal: { AWS: `arn:aws:iam::${accountId}:user/ann` }, Condition }) },
    },
  );
  const ann = identity([]);
  const bob = identity([], {
    accessKeyId: 'AKIABOB',
    userName: 'bob',
    arn: `arn:aws:iam::${accountId}:user/bob`,
  });
  const { call, port } = await startFunctionsGateway(t, [{ definition }], undefined, {
    identities: [ann, bob],
  });
  assert.equal((await call('/a', signed(port, '/a', {}, { who: ann }))).status, 200);
  assert.equal((await call('/a', signed(port, '/a', {}, { who: bob }))).status, 403);
});
