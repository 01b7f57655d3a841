// Functions behind integrations of type AWS: mappings make the event, and read the answer. See data-plane reference,
// sections 7, 12 and 13; observed behaviour, sections 7 and 8.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { api, type MethodSpec } from '../support/api.ts';
import {
  done,
  ending,
  invocationUri,
  refused,
  requestId,
  startFunctionsGateway,
} from '../support/functions-gateway.ts';

const error = '{"message": "Internal server error"}';

function mapped(
  integration: Partial<MethodSpec['integration']> = {},
  responses: MethodSpec['responses'] = { 200: {} },
): MethodSpec {
  return { integration: { type: 'AWS', httpMethod: 'POST', uri: invocationUri, ...integration }, responses };
}

test('mapped function: the template makes its event, and another one the answer', async (t) => {
  const { call, functions } = await startFunctionsGateway(
    t,
    {
      'POST /pets/{id}': mapped(
        {
          requestTemplates: { 'application/json': '{"id":"$input.params(\'id\')","n":$input.json(\'$.n\')}' },
        },
        {
          200: {
            responseTemplates: { 'application/json': '{"name":$input.json(\'$.name\')}' },
            responseParameters: { 'method.response.header.X-Id': 'integration.response.body.id' },
          },
        },
      ),
    },
    ending(done({ name: 'Rex', id: 7 })),
  );
  const answer = await call('/pets/7', { method: 'POST', body: '{"n":[1]}' });
  assert.equal(functions.last.payload.toString(), '{"id":"7","n":[1]}');
  assert.deepEqual([answer.status, answer.body, answer.headers['x-id']], [200, '{"name":"Rex"}', '7']);
  assert.match(answer.headers['x-amzn-trace-id'] as string, /^Root=/);
});

test('mapped function: a request without a body is an empty event', async (t) => {
  const { call, functions } = await startFunctionsGateway(t, { 'GET /x': mapped() }, ending(done('"ok"')));
  const answer = await call('/x');
  assert.deepEqual([functions.last.payload, answer.body], ['{}', '"ok"']);
});

const selecting: MethodSpec['responses'] = {
  200: {},
  '404:.*not found.*': {},
  '400:(\\n|.)*invalid(\\n|.)*': {
    responseTemplates: { 'application/json': '{"m":$input.json(\'$.errorMessage\')}' },
  },
  '500:.*': {},
};
const errors: readonly [what: string, answer: unknown, isError: boolean, status: number, body: string][] = [
  [
    'a success is answered by default, whatever it says',
    { errorMessage: 'pet not found' },
    false,
    200,
    '{"errorMessage":"pet not found"}',
  ],
  [
    'an error message selects',
    { errorMessage: 'pet not found', errorType: 'E' },
    true,
    404,
    '{"errorMessage":"pet not found","errorType":"E"}',
  ],
  [
    'a pattern must match the whole message',
    { errorMessage: 'other' },
    true,
    500,
    '{"errorMessage":"other"}',
  ],
  [
    'a pattern may span lines',
    { errorMessage: 'an\ninvalid\nthing' },
    true,
    400,
    '{"m":"an\\ninvalid\\nthing"}',
  ],
  ['an error without a message is answered by default', { errorType: 'E' }, true, 200, '{"errorType":"E"}'],
];
test('mapped function', async (t) => {
  const { call, functions } = await startFunctionsGateway(t, { 'GET /x': mapped({}, selecting) });
  for (const [what, answer, isError, status, body] of errors)
    await t.test(what, async () => {
      functions.script = ending(done(answer, isError ? 'Unhandled' : null));
      const found = await call('/x');
      assert.deepEqual([found.status, found.body], [status, body]);
    });
});

test('mapped function: an error that no pattern matches, without a default, answers 500', async (t) => {
  const { call } = await startFunctionsGateway(
    t,
    { 'GET /x': mapped({}, { '400:never': {} }) },
    ending(done({ errorMessage: 'x' }, 'Unhandled')),
  );
  const { status, body } = await call('/x');
  assert.deepEqual([status, body], [500, error]);
});

test('mapped function: an error message that holds JSON is read by response mappings', async (t) => {
  const responseParameters = {
    'method.response.header.X-Code': 'integration.response.body.errorMessage.code',
    'method.response.header.X-First': 'integration.response.body.errorMessage.list[0]',
    'method.response.header.X-None': 'integration.response.body.errorMessage.none',
    'method.response.header.X-Type': 'integration.response.body.errorType',
  };
  const { call, functions } = await startFunctionsGateway(t, {
    'GET /x': mapped({}, { 200: { responseParameters }, '409:.*code.*': { responseParameters } }),
  });
  const fields = async (answer: unknown, isError: boolean) => {
    functions.script = ending(done(answer, isError ? 'Unhandled' : null));
    const { status, headers } = await call('/x');
    return [status, headers['x-code'], headers['x-first'], headers['x-none'], headers['x-type']];
  };
  const errorMessage = JSON.stringify({ code: 'E7', list: [1] });
  assert.deepEqual(await fields({ errorMessage, errorType: 'T' }, true), [409, 'E7', '1', undefined, 'T']);
  assert.deepEqual(await fields({ errorMessage }, false), [200, undefined, undefined, undefined, undefined]);
  assert.deepEqual(await fields({ errorMessage: '{code' }, true), [
    409,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  assert.deepEqual(await fields({ errorMessage: { code: 'o' } }, false), [
    200,
    'o',
    undefined,
    undefined,
    undefined,
  ]);
});

test('mapped function: mapped fields are those of the Invoke operation', async (t) => {
  const { call, functions } = await startFunctionsGateway(
    t,
    {
      'POST /x': mapped(
        {
          requestParameters: {
            'integration.request.header.X-Amz-Invocation-Type': 'method.request.header.kind',
            'integration.request.header.X-Amz-Client-Context': "'e30='",
            'integration.request.header.X-Amz-Log-Type': "'Tail'",
          },
        },
        {
          200: {
            responseParameters: {
              'method.response.header.X-Log': 'integration.response.header.X-Amz-Log-Result',
              'method.response.header.X-Version': 'integration.response.header.x-amz-executed-version',
              'method.response.header.X-Call': 'integration.response.header.x-amzn-RequestId',
            },
          },
        },
      ),
    },
    ending({ ...done('{"a":1}'), logTail: 'bG9n' } as never),
  );
  const answer = await call('/x', { method: 'POST', body: '{}' });
  const { type, clientContext, wantsLogTail } = functions.last;
  assert.deepEqual(
    { type, clientContext, wantsLogTail },
    { type: 'RequestResponse', clientContext: 'e30=', wantsLogTail: true },
  );
  assert.deepEqual(
    [answer.headers['x-log'], answer.headers['x-version'], answer.headers['x-call']],
    ['bG9n', '$LATEST', requestId],
  );
  for (const kind of ['Event', 'DryRun']) {
    functions.script = ending(done(''));
    const { status, body } = await call('/x', { method: 'POST', headers: { kind }, body: '{}' });
    assert.deepEqual([functions.last.type, status, body], [kind, 200, '']);
  }
  const wrong = await call('/x', { method: 'POST', headers: { kind: 'event' }, body: '{}' });
  assert.deepEqual([wrong.status, wrong.body], [500, error]);
});

test('mapped function: an event that is only queued is answered 202 by the service', async (t) => {
  const definition = api({
    'GET /x': mapped({
      requestParameters: { 'integration.request.header.X-Amz-Invocation-Type': "'Event'" },
    }),
  });
  const format = '$context.requestId $context.status $context.integrationStatus $context.integration.status';
  const destinationArn = 'arn:aws:logs:us-east-1:1:log-group:access';
  const gateway = await startFunctionsGateway(
    t,
    [{ definition, stage: { accessLogSettings: { destinationArn, format } } }],
    ending(done('')),
  );
  await gateway.call('/x');
  assert.match((await gateway.logs()).access, /^\S+ 200 202 202\n$/);
});

test('mapped function: a mapping onto a forbidden name, or a template that sets one, answers 500', async (t) => {
  const forbidden = ['authorization', 'connection', 'expect', 'proxy-authenticate', 'te', 'content-length'];
  const methods = forbidden.flatMap((name) => [
    [`GET /map-${name}`, mapped({ requestParameters: { [`integration.request.header.${name}`]: "'v'" } })],
    [
      `GET /set-${name}`,
      mapped({
        requestTemplates: {
          'application/json': `#set($context.requestOverride.header["${name}"] = "v"){}`,
        },
      }),
    ],
  ]);
  const { call, functions } = await startFunctionsGateway(t, Object.fromEntries(methods));
  for (const name of forbidden)
    for (const way of ['map', 'set']) {
      const { status, body } = await call(`/${way}-${name}`);
      assert.deepEqual([status, body], [500, error], `${way} ${name}`);
    }
  assert.equal(functions.invocations.length, 0);
});

test('mapped function: a throttle, a missing permission and a lost call answer 500', async (t) => {
  const { call, functions } = await startFunctionsGateway(t, { 'GET /x': mapped({}, selecting) });
  for (const result of [
    refused(429, 'TooManyRequestsException', 'Rate Exceeded.'),
    refused(403, 'AccessDeniedException', 'no'),
    { outcome: 'lost', detail: 'gone' } as const,
  ]) {
    functions.script = ending(result);
    const { status, body } = await call('/x');
    assert.deepEqual([status, body], [500, error]);
  }
});

test('mapped function: another verb than POST answers 500', async (t) => {
  const { call, functions } = await startFunctionsGateway(t, { 'GET /x': mapped({ httpMethod: 'GET' }) });
  assert.equal((await call('/x')).status, 500);
  assert.equal(functions.invocations.length, 0);
});

test('mapped function: a test invocation logs what AWS logs', async (t) => {
  const { testInvoke } = await startFunctionsGateway(
    t,
    { 'GET /x': mapped() },
    ending(done({ name: 'Rex' })),
  );
  const { log, status, body } = await testInvoke(
    api({
      'POST /pets/{petId}': mapped(
        { requestTemplates: { 'application/json': '{"id":"$input.params(\'petId\')"}' } },
        { 200: { responseTemplates: { 'application/json': '{"pet":$input.json(\'$.name\')}' } } },
      ),
    }),
    {
      pathWithQueryString: '/pets/123?foo=bar',
      headers: [['content-type', 'application/json']],
      body: '{"a":1}',
    },
  );
  assert.deepEqual([status, body], [200, '{"pet":"Rex"}']);
  const found = log
    .replace(/^[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d UTC \d{4} : /gm, '<time> : ')
    .replace(/(request:? |tag=)[0-9a-f]{8}-[0-9a-f-]{27}/g, '$1<request id>')
    .replace(/Root=1-[0-9a-f]{8}-[0-9a-f]{24}(;[^,}]*)?/g, '<trace id>')
    .replace(/latency: \d+ ms/g, 'latency: <n> ms');
  const golden = new URL('../golden/test-invoke/lambda.golden', import.meta.url);
  assert.equal(found, readFileSync(fileURLToPath(golden), 'utf8'));
});
