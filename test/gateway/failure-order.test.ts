// Which of two failures wins, for all pairs, against the order of the life cycle (data-plane reference, section 2).

import assert from 'node:assert/strict';
import test from 'node:test';
import { sha256Hex } from '../../src/base/sigv4/index.ts';
import { loadAddon } from '../../src/gateway/throttle/native.ts';
import { bytes, rule, webAcl } from '../firewall/support.ts';
import { api, mock } from '../support/api.ts';
import { answerOf, keyValue, policyOf, publishedKey, tokenAuthorizer } from '../support/authorized.ts';
import { done, startFunctionsGateway } from '../support/functions-gateway.ts';

const loaded = loadAddon();
const spentKey = 'spent-0123456789abcdefghijABCDE';

interface Wish {
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const wellMade: Wish = {
  path: '/a',
  query: '?q=1',
  headers: {
    authorization: 'allow',
    'x-api-key': keyValue,
    'content-type': 'application/json',
    'user-agent': 'test/1',
  },
  body: '{"name":"x"}',
};

const withField = (wish: Wish, name: string, value: string): Wish => ({
  ...wish,
  headers: { ...wish.headers, [name]: value },
});
const withoutField = ({ headers, ...rest }: Wish, name: string): Wish => ({
  ...rest,
  headers: Object.fromEntries(Object.entries(headers).filter(([one]) => one !== name)),
});

interface Fault {
  readonly name: string;
  readonly spoil: (wish: Wish) => Wish;
  readonly says: RegExp;
}

/** What makes a request fail at one step, in the order of the steps; and the answer that tells of it. */
const faults: readonly Fault[] = [
  {
    name: 'web ACL',
    spoil: (wish) => withField(wish, 'x-mark', 'hostile'),
    says: /^403 ForbiddenException \{"message":"Forbidden"\}$/,
  },
  {
    name: 'no such method',
    spoil: (wish) => ({ ...wish, path: '/missing' }),
    // Where nothing is there to ask an authorizer, its field is taken for a signature.
    says: /^403 (?:MissingAuthenticationToken|IncompleteSignature)Exception /,
  },
  {
    name: 'resource policy',
    spoil: (wish) => withField(wish, 'user-agent', 'denied/1'),
    says: /^403 AccessDeniedException .*anonymous.*with an explicit deny"\}$/,
  },
  {
    name: 'nobody to authorize',
    spoil: (wish) => withoutField(wish, 'authorization'),
    says: /^401 UnauthorizedException \{"message":"Unauthorized"\}$/,
  },
  {
    name: 'authorizer',
    spoil: (wish) => ('authorization' in wish.headers ? withField(wish, 'authorization', 'deny') : wish),
    says: /^403 AccessDeniedException \{"Message":"User is not authorized to access this resource/,
  },
  {
    name: 'API key',
    spoil: (wish) => withoutField(wish, 'x-api-key'),
    says: /^403 ForbiddenException \{"message":"Forbidden"\} key$/,
  },
  {
    name: 'quota',
    spoil: (wish) => ('x-api-key' in wish.headers ? withField(wish, 'x-api-key', spentKey) : wish),
    says: /^429 LimitExceededException \{"message":"Limit Exceeded"\}$/,
  },
  {
    name: "method's throttle",
    spoil: (wish) => ({ ...wish, path: wish.path.replace('/a', '/full') }),
    says: /^429 TooManyRequestsException \{"message":"Too Many Requests"\}$/,
  },
  {
    name: 'parameters',
    spoil: (wish) => ({ ...wish, query: '' }),
    says: /^400 BadRequestException \{"message": "Missing required request parameters: \[q\]"\}$/,
  },
  {
    name: 'body',
    spoil: (wish) => ({ ...wish, body: '{}' }),
    says: /^400 BadRequestException \{"message": "Invalid request body"\}$/,
  },
  {
    name: 'integration',
    spoil: (wish) => ({ ...wish, path: wish.path.replace(/(\/a|\/full)$/, '$1/down') }),
    says: /^50[04] InternalServerErrorException /,
  },
];

test('failures: of any two the one that comes first in the life cycle is answered', {
  skip: 'absent' in loaded && loaded.absent,
}, async (t) => {
  const method = {
    authorizationType: 'CUSTOM',
    authorizerId: 'auth01',
    apiKeyRequired: true,
    requestValidatorId: 'all',
    requestParameters: { 'method.request.querystring.q': true },
    requestModels: { 'application/json': 'Named' },
  } as const;
  const down = {
    integration: { type: 'HTTP_PROXY', uri: `http://127.0.0.1:1/` },
    ...method,
  } as const;
  const definition = api(
    {
      'POST /a': mock('in', method),
      'POST /full': mock('in', method),
      'POST /a/down': down,
      'POST /full/down': down,
    },
    {
      authorizers: [tokenAuthorizer()],
      models: { Named: { type: 'object', required: ['name'] } },
      restApi: {
        policy: policyOf(
          { Principal: '*' },
          {
            Effect: 'Deny',
            Principal: '*',
            ...{ Condition: { StringLike: { 'aws:UserAgent': 'denied/*' } } },
          },
        ),
      },
      // Its body is the web ACL's to the letter; here they are to be told apart.
      gatewayResponses: {
        INVALID_API_KEY: { responseTemplates: { 'application/json': '{"message":"Forbidden"} key' } },
      },
    },
  );
  const acl = webAcl([rule('hostile', 0, bytes('hostile', { SingleHeader: { Name: 'x-mark' } }))]);
  const full = { throttlingRateLimit: 1e-6, throttlingBurstLimit: 0 };
  const stages = ['testapi001/test'];
  const { call } = await startFunctionsGateway(
    t,
    [
      {
        definition,
        stage: { webAclArn: acl.ARN, methodSettings: { 'full/POST': full, 'full/down/POST': full } },
      },
    ],
    ({ payload }, handler) => {
      const { authorizationToken } = JSON.parse(Buffer.from(payload).toString()) as {
        authorizationToken: string;
      };
      handler.onEnd(done(answerOf({}, { Effect: authorizationToken === 'deny' ? 'Deny' : 'Allow' })));
    },
    {
      firewall: { webAcls: [acl], ipSets: [], regexPatternSets: [], ruleGroups: [] },
      apiKeys: [
        publishedKey(sha256Hex(keyValue), { id: 'good', stages }),
        publishedKey(sha256Hex(spentKey), { id: 'spent', stages }),
      ],
      usagePlans: [
        {
          id: 'plan1',
          apiStages: [{ apiId: 'testapi001', stage: 'test' }],
          keyIds: ['spent'],
          quota: { limit: 0, offset: 0, period: 'MONTH' },
        },
      ],
    },
  );

  const ask = async (...spoilt: readonly Fault[]): Promise<string> => {
    const { path, query, headers, body } = spoilt.reduce((wish, { spoil }) => spoil(wish), wellMade);
    const answer = await call(path + query, { method: 'POST', headers, body });
    return `${answer.status} ${answer.headers['x-amzn-errortype'] ?? '-'} ${answer.body}`;
  };

  assert.equal(await ask(), '200 - in');
  for (const [i, first] of faults.entries()) {
    assert.match(await ask(first), first.says, first.name);
    for (const second of faults.slice(i + 1))
      assert.match(await ask(second, first), first.says, `${first.name}, and ${second.name}`);
  }
});
