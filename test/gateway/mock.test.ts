import assert from 'node:assert/strict';
import test from 'node:test';
import { api, type MethodSpec, mock } from '../support/api.ts';
import { type CallOptions, startTestGateway } from '../support/gateway.ts';

const internalError = { status: 500, body: '{"message": "Internal server error"}' };

interface Case {
  readonly title: string;
  readonly method: MethodSpec;
  readonly request?: CallOptions;
  readonly expected: { readonly status: number; readonly body: string };
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

const templates = (
  requestTemplates: Record<string, string>,
  more: object = {},
): MethodSpec['integration'] => ({
  type: 'MOCK',
  requestTemplates,
  ...more,
});
const ok = { 200: { responseTemplates: { 'application/json': 'ok' } } };
const json200 = '{"statusCode": 200}';

const cases: readonly Case[] = [
  {
    title: 'answers what its response template says',
    method: mock('{"pong":true}'),
    expected: { status: 200, body: '{"pong":true}' },
    headers: {
      'content-type': 'application/json',
      'x-amzn-errortype': undefined,
      'x-amzn-trace-id': undefined,
    },
  },
  {
    title: 'reads statusCode leniently',
    method: { integration: templates({ 'application/json': '{statusCode: 200}' }), responses: ok },
    expected: { status: 200, body: 'ok' },
  },
  {
    title: 'picks the integration response by selectionPattern over the whole status',
    method: {
      integration: templates({ 'application/json': '{"statusCode": $input.params("s")}' }),
      responses: {
        200: { responseTemplates: { 'application/json': 'default' } },
        '418:41\\d': { responseTemplates: { 'application/json': 'teapot' } },
        '404:40': { responseTemplates: { 'application/json': 'never: 40 is not the whole status' } },
      },
    },
    request: { headers: { s: '418' } },
    expected: { status: 418, body: 'teapot' },
  },
  {
    title: 'takes the response without a pattern when no pattern matches',
    method: {
      integration: templates({ 'application/json': '{"statusCode": 500}' }),
      responses: { ...ok, '418:41\\d': {} },
    },
    expected: { status: 200, body: 'ok' },
  },
  {
    title: 'answers 500 when nothing matches and there is no default',
    method: { integration: templates({ 'application/json': json200 }), responses: { '418:418': {} } },
    expected: internalError,
  },
  {
    title: 'answers 500 without a request template',
    method: { integration: { type: 'MOCK' }, responses: ok },
    expected: internalError,
    headers: { 'x-amzn-errortype': 'InternalServerErrorException' },
  },
  {
    title: 'answers 500 when statusCode is not an integer',
    method: { integration: templates({ 'application/json': '{"statusCode": "abc"}' }), responses: ok },
    expected: internalError,
  },
  {
    title: 'answers 500 when the template yields no JSON',
    method: { integration: templates({ 'application/json': 'nothing' }), responses: ok },
    expected: internalError,
  },
  {
    title: 'answers 500 when the status is not declared by a method response',
    method: { integration: templates({ 'application/json': json200 }), responses: ok, declares: [] },
    expected: internalError,
  },
  {
    title: 'answers 415 for an unmatched type when passthrough is NEVER',
    method: {
      integration: templates({ 'application/json': json200 }, { passthroughBehavior: 'NEVER' }),
      responses: ok,
    },
    request: { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'x' },
    expected: { status: 415, body: '{"message": "Unsupported Media Type"}' },
    headers: { 'x-amzn-errortype': 'BadRequestException' },
  },
  {
    title: 'answers 415 for an unmatched type when passthrough is WHEN_NO_TEMPLATES and there are some',
    method: {
      integration: templates({ 'application/json': json200 }, { passthroughBehavior: 'WHEN_NO_TEMPLATES' }),
      responses: ok,
    },
    request: { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'x' },
    expected: { status: 415, body: '{"message": "Unsupported Media Type"}' },
  },
  {
    title: 'passes an unmatched type through when passthrough is WHEN_NO_MATCH',
    method: { integration: templates({ 'application/xml': 'x' }), responses: ok },
    request: { method: 'POST', headers: { 'content-type': 'application/json' }, body: json200 },
    expected: { status: 200, body: 'ok' },
  },
  {
    title: 'takes a missing Content-Type for application/json',
    method: {
      integration: templates({ 'application/json': json200 }, { passthroughBehavior: 'NEVER' }),
      responses: ok,
    },
    expected: { status: 200, body: 'ok' },
  },
  {
    title: 'looks templates up by media type without parameters and without case',
    method: {
      integration: templates({ 'application/json': json200 }, { passthroughBehavior: 'NEVER' }),
      responses: ok,
    },
    request: { method: 'POST', headers: { 'content-type': 'Application/JSON; charset=utf-8' }, body: '{}' },
    expected: { status: 200, body: 'ok' },
  },
  {
    title: 'falls back to the $default template',
    method: {
      integration: templates({ $default: json200 }, { passthroughBehavior: 'NEVER' }),
      responses: ok,
    },
    request: { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'x' },
    expected: { status: 200, body: 'ok' },
  },
  {
    title: 'picks the response template by the first media type of Accept',
    method: {
      integration: templates({ 'application/json': json200 }),
      responses: { 200: { responseTemplates: { 'application/json': '{}', 'application/xml': '<a/>' } } },
    },
    request: { headers: { accept: 'application/xml;q=0.9, application/json' } },
    expected: { status: 200, body: '<a/>' },
    headers: { 'content-type': 'application/xml' },
  },
  {
    title: 'takes the application/json response template when Accept matches none',
    method: {
      integration: templates({ 'application/json': json200 }),
      responses: { 200: { responseTemplates: { 'application/xml': '<a/>', 'application/json': '{}' } } },
    },
    request: { headers: { accept: 'text/html' } },
    expected: { status: 200, body: '{}' },
  },
  {
    title: 'takes the first response template when there is none for JSON',
    method: {
      integration: templates({ 'application/json': json200 }),
      responses: { 200: { responseTemplates: { 'text/html': '<p>', 'text/plain': 'p' } } },
    },
    expected: { status: 200, body: '<p>' },
    headers: { 'content-type': 'text/html' },
  },
  {
    title: 'has an empty body without a response template',
    method: { integration: templates({ 'application/json': json200 }), responses: { 200: {} } },
    expected: { status: 200, body: '' },
    headers: { 'content-type': 'application/json', 'content-length': '0' },
  },
  {
    title: 'maps static, context and stage-variable headers, under their own names',
    method: {
      integration: templates({ 'application/json': json200 }),
      responses: {
        200: {
          responseParameters: {
            'method.response.header.X-Static': "'a, b'",
            'method.response.header.X-Stage': 'context.stage',
            'method.response.header.X-Variable': 'stageVariables.color',
            'method.response.header.X-Missing': 'stageVariables.nothing',
            'method.response.header.Server': "'not remapped for a mock'",
          },
        },
      },
    },
    expected: { status: 200, body: '' },
    headers: {
      'x-static': 'a, b',
      'x-stage': 'test',
      'x-variable': 'blue',
      'x-missing': undefined,
      server: 'not remapped for a mock',
    },
  },
  {
    title: 'lets a mapped Content-Type win over the template key',
    method: {
      integration: templates({ 'application/json': json200 }),
      responses: {
        200: {
          responseTemplates: { 'application/json': 'hi' },
          responseParameters: { 'method.response.header.Content-Type': "'text/plain; charset=utf-8'" },
        },
      },
    },
    expected: { status: 200, body: 'hi' },
    headers: { 'content-type': 'text/plain; charset=utf-8' },
  },
  {
    title: 'obeys a responseOverride that the request template set',
    method: {
      integration: templates({
        'application/json':
          '#set($context.responseOverride.status = 202)#set($context.responseOverride.header.X-O = "o"){"statusCode": 200}',
      }),
      responses: ok,
    },
    expected: { status: 202, body: 'ok' },
    headers: { 'x-o': 'o' },
  },
  {
    title: 'lets an override of a header win over its mapping',
    method: {
      integration: templates({ 'application/json': json200 }),
      responses: {
        200: {
          responseTemplates: {
            'application/json': '#set($context.responseOverride.header.X-A = "override")x',
          },
          responseParameters: { 'method.response.header.X-A': "'mapping'" },
        },
      },
    },
    expected: { status: 200, body: 'x' },
    headers: { 'x-a': 'override' },
  },
  {
    title: 'ignores an override of the status that is not 100 to 599',
    method: {
      integration: templates({ 'application/json': json200 }),
      responses: {
        200: { responseTemplates: { 'application/json': '#set($context.responseOverride.status = 999)x' } },
      },
    },
    expected: { status: 200, body: 'x' },
  },
  {
    title: 'answers 500 rather than split the response on an override with a line end',
    method: {
      integration: templates({ 'application/json': json200 }),
      responses: {
        200: {
          responseTemplates: {
            'application/json': `#set($context.responseOverride.header.X-A = $util.urlDecode('a%0d%0aSet-Cookie: x'))x`,
          },
        },
      },
    },
    expected: internalError,
    headers: { 'set-cookie': undefined },
  },
  {
    title: 'shows requestOverride of the request template to the response template',
    method: {
      integration: templates({
        'application/json': '#set($context.requestOverride.header.X-B = "kept"){"statusCode": 200}',
      }),
      responses: {
        200: { responseTemplates: { 'application/json': '$context.requestOverride.header.X-B' } },
      },
    },
    expected: { status: 200, body: 'kept' },
  },
  {
    title: 'gives templates the path, query, headers, body, context and stage variables',
    method: {
      integration: templates({ 'application/json': json200 }),
      responses: {
        200: {
          responseTemplates: {
            'application/json':
              '$context.httpMethod $context.resourcePath $context.path $context.stage $context.apiId $context.accountId $context.identity.sourceIp $input.params("q") $input.params("X-Given") $stageVariables.color $context.domainPrefix',
          },
        },
      },
    },
    request: {
      method: 'POST',
      headers: { 'x-given': 'h', 'content-type': 'application/json' },
      body: '{"a":1}',
    },
    expected: {
      status: 200,
      body: 'POST /m /test/m testapi001 123456789012 127.0.0.1 1 2 h blue testapi001'.replace(
        '/test/m testapi001',
        '/test/m test testapi001',
      ),
    },
  },
  {
    title: 'answers 500 when a template fails at run time',
    method: {
      integration: templates({ 'application/json': '#set($l = [1])$l.get(9){"statusCode": 200}' }),
      responses: ok,
    },
    expected: internalError,
  },
];

for (const { title, method, request, expected, headers } of cases) {
  test(`MOCK integration: it ${title}`, async (t) => {
    const { call } = await startTestGateway(t, [
      { definition: api({ 'ANY /m': method }), stage: { variables: { color: 'blue' } } },
    ]);
    const answer = await call('/m?q=1+2', request);
    assert.deepEqual({ status: answer.status, body: answer.body }, expected);
    for (const [name, value] of Object.entries(headers ?? {}))
      assert.equal(answer.headers[name], value, name);
    assert.match(String(answer.headers['x-amzn-requestid']), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    assert.match(String(answer.headers['x-amz-apigw-id']), /^[\w-]{15}=$/);
  });
}

test('request ids: a UUID that the client sends becomes the request id, anything else does not', async (t) => {
  const { call } = await startTestGateway(t, [{ definition: api({ 'GET /m': mock('$context.requestId') }) }]);
  const id = '11111111-2222-4333-8444-555555555555';
  const chosen = await call('/m', { headers: { 'x-amzn-requestid': id } });
  assert.deepEqual([chosen.body, chosen.headers['x-amzn-requestid']], [id, id]);
  const refused = await call('/m', { headers: { 'x-amzn-requestid': 'mine' } });
  assert.notEqual(refused.body, 'mine');
  assert.equal(refused.headers['x-amzn-requestid'], refused.body);
});
