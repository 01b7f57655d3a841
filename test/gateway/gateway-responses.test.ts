import assert from 'node:assert/strict';
import test from 'node:test';
import { type ApiSpec, api, type MethodSpec, mock } from '../support/api.ts';
import { startBackend } from '../support/backend.ts';
import { type CallOptions, startTestGateway } from '../support/gateway.ts';

type Responses = NonNullable<ApiSpec['gatewayResponses']>;

interface Case {
  readonly title: string;
  readonly responses: Responses;
  readonly request?: CallOptions;
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

const cases: readonly Case[] = [
  {
    title: 'a type of its own changes status, headers and body',
    responses: {
      MISSING_AUTHENTICATION_TOKEN: {
        statusCode: '404',
        responseParameters: {
          'gatewayresponse.header.X-A': "'a'",
          'gatewayresponse.header.X-Q': 'method.request.querystring.q',
        },
        responseTemplates: { 'application/json': '{"error":"$context.error.responseType at $context.path"}' },
      },
    },
    status: 404,
    body: '{"error":"MISSING_AUTHENTICATION_TOKEN at /test/nowhere"}',
    headers: { 'x-a': 'a', 'x-q': 'v', 'x-amzn-errortype': 'MissingAuthenticationTokenException' },
  },
  {
    title: 'DEFAULT_4XX is inherited by what is not customised',
    responses: {
      DEFAULT_4XX: { responseParameters: { 'gatewayresponse.header.Access-Control-Allow-Origin': "'*'" } },
    },
    status: 403,
    body: '{"message":"Missing Authentication Token"}',
    headers: { 'access-control-allow-origin': '*' },
  },
  {
    title: 'DEFAULT_5XX is not inherited by a 4xx',
    responses: { DEFAULT_5XX: { statusCode: '599' } },
    status: 403,
    body: '{"message":"Missing Authentication Token"}',
  },
  {
    title: 'a customised type without a status keeps its own',
    responses: {
      MISSING_AUTHENTICATION_TOKEN: { responseTemplates: { 'application/json': 'x' } },
      DEFAULT_4XX: { statusCode: '418' },
    },
    status: 403,
    body: 'x',
  },
  {
    title: 'unknown variables print nothing and VTL directives stay text',
    responses: {
      DEFAULT_4XX: {
        responseTemplates: {
          'application/json':
            '#if(true)[$context.nothing][$stageVariables.color][$method.request.header.X-H][$other]',
        },
      },
    },
    request: { headers: { 'x-h': 'h' } },
    status: 403,
    body: '#if(true)[][blue][h][$other]',
  },
  {
    title: 'the template is chosen by Accept, else JSON, else the first',
    responses: { DEFAULT_4XX: { responseTemplates: { 'text/html': '<p>', 'application/json': '{}' } } },
    request: { headers: { accept: 'text/html,*/*' } },
    status: 403,
    body: '<p>',
    headers: { 'content-type': 'text/html' },
  },
  {
    title: 'messageString is quoted JSON and message is not',
    responses: {
      DEFAULT_4XX: {
        responseTemplates: { 'application/json': '$context.error.messageString $context.error.message' },
      },
    },
    status: 403,
    body: '"Missing Authentication Token" Missing Authentication Token',
  },
  {
    title: 'a header value with a line end is left out rather than split the response',
    responses: {
      DEFAULT_4XX: {
        responseParameters: { 'gatewayresponse.header.X-Q': 'method.request.querystring.evil' },
      },
    },
    status: 403,
    body: '{"message":"Missing Authentication Token"}',
    headers: { 'x-q': undefined, 'x-evil': undefined },
  },
  {
    title: 'a mapped Content-Type stands in the place of the one that the template has',
    responses: {
      DEFAULT_4XX: {
        responseParameters: { 'gatewayresponse.header.Content-Type': "'application/problem+json'" },
        responseTemplates: { 'application/json': '{}' },
      },
    },
    status: 403,
    body: '{}',
    headers: { 'content-type': 'application/problem+json' },
  },
  {
    title: 'variables may stand in braces, and a brace that belongs to the text stays',
    responses: {
      DEFAULT_4XX: {
        responseTemplates: {
          'application/json': `\${context.stage}s {"s":$context.stage} \${stageVariables.color}$context.stage. \${context.stage`,
        },
      },
    },
    status: 403,
    body: `tests {"s":test} bluetest. \${context.stage`,
  },
  {
    title: 'the media types of its templates have no case',
    responses: { DEFAULT_4XX: { responseTemplates: { 'Text/HTML': '<p>', 'application/json': '{}' } } },
    request: { headers: { accept: 'TEXT/html' } },
    status: 403,
    body: '<p>',
  },
  {
    title: 'a header of letters beyond ASCII is sent as UTF-8',
    responses: { DEFAULT_4XX: { responseParameters: { 'gatewayresponse.header.X-A': "'Käse'" } } },
    status: 403,
    body: '{"message":"Missing Authentication Token"}',
    headers: { 'x-a': Buffer.from('Käse').toString('latin1') },
  },
];

for (const { title, responses, request, status, body, headers } of cases) {
  test(`gateway response: ${title}`, async (t) => {
    const { call } = await startTestGateway(t, [
      {
        definition: api({ 'GET /a': mock('a') }, { gatewayResponses: responses }),
        stage: { variables: { color: 'blue' } },
      },
    ]);
    const answer = await call('/nowhere?q=v&evil=a%0d%0aX-Evil:1', request);
    assert.deepEqual([answer.status, answer.body], [status, body]);
    for (const [name, value] of Object.entries(headers ?? {}))
      assert.equal(answer.headers[name], value, name);
  });
}

test('gateway response: the documented status of INTEGRATION_FAILURE shows when it is customised', async (t) => {
  // Above 10 MB, which answers 500 where nobody has customised it.
  const backend = await startBackend(t, (_, response) => response.end(Buffer.alloc(10 * 1024 * 1024 + 1)));
  const methods: Record<string, MethodSpec> = {
    'GET /x': {
      integration: { type: 'HTTP', httpMethod: 'GET', uri: `http://${backend.authority}/` },
      responses: { 200: {} },
    },
  };
  const responseTemplates = { 'application/json': '{"m":$context.error.messageString}' };
  const { call } = await startTestGateway(t, [
    { definition: api(methods) },
    {
      definition: api(methods, {
        id: 'testapi002',
        gatewayResponses: { INTEGRATION_FAILURE: { responseTemplates } },
      }),
    },
  ]);
  const plain = await call('/x');
  assert.deepEqual([plain.status, plain.body], [500, '{"message": "Internal server error"}']);
  const customised = await call('/x', { api: 'testapi002' });
  assert.deepEqual([customised.status, customised.body], [504, '{"m":"Internal server error"}']);
});

test('gateway response: DEFAULT_5XX is inherited by what is not customised, DEFAULT_4XX is not', async (t) => {
  const definition = api(
    { 'GET /x': { integration: { type: 'HTTP_PROXY', httpMethod: 'GET', uri: 'http://127.0.0.1:1/' } } },
    { gatewayResponses: { DEFAULT_4XX: { statusCode: '418' }, DEFAULT_5XX: { statusCode: '599' } } },
  );
  const { call } = await startTestGateway(t, [{ definition }]);
  const answer = await call('/x');
  assert.deepEqual(
    [answer.status, answer.body],
    [599, '{"message": "Network error communicating with endpoint"}'],
  );
});
