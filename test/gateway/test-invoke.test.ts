import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test, { type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { signaturesHere } from '../../src/authorizers/index.ts';
import { systemClock } from '../../src/base/clock.ts';
import type { Upstream } from '../../src/exchange/upstream.ts';
import { createBackends } from '../../src/gateway/backends/index.ts';
import { createSettler } from '../../src/gateway/pipeline/settle.ts';
import { createTestInvoker } from '../../src/gateway/test-invoke/test-invoker.ts';
import type { Throttle } from '../../src/gateway/throttle/throttle.ts';
import type { ApiDefinition, TestInvocation, TestInvoked } from '../../src/resources/index.ts';
import { api, type MethodSpec, mock } from '../support/api.ts';
import { json, startBackend, startRawBackend } from '../support/backend.ts';
import { startTestGateway } from '../support/gateway.ts';
import { noFunctions } from '../support/no-functions.ts';
import fc from '../support/properties.ts';
import { unseenSockets } from '../support/unseen-sockets.ts';

type Invoke = (definition: ApiDefinition, more?: Partial<TestInvocation>) => Promise<TestInvoked>;

/** Invokes the one method of a definition on a gateway that serves something else. */
async function startInvoker(t: TestContext): Promise<Invoke> {
  const { gateway } = await startTestGateway(t, [
    { definition: api({ 'GET /other': mock('x') }, { id: 'other' }) },
  ]);
  return (definition, more = {}) => {
    const resource = definition.resources.find(
      ({ resourceMethods }) => Object.keys(resourceMethods ?? {}).length > 0,
    )!;
    return gateway.testInvoke({
      definition,
      resourceId: resource.id,
      httpMethod: Object.keys(resource.resourceMethods!)[0]!,
      pathWithQueryString: null,
      headers: [],
      body: '',
      stageVariables: {},
      clientCertificate: null,
      ...more,
    });
  };
}

const time = /^[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d UTC \d{4} : /gm;
const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** A log with what differs from run to run replaced by what it is. */
function masked(log: string, authority = 'none'): string {
  return log
    .replace(time, '<time> : ')
    .replace(uuid, '<request id>')
    .replaceAll(authority, '<backend>')
    .replace(/Root=1-[0-9a-f]{8}-[0-9a-f]{24}(;[^,}]*)?/g, '<trace id>')
    .replace(/latency: \d+ ms/g, 'latency: <n> ms')
    .replace(/Date=[^}]*GMT/g, 'Date=<date>');
}

function golden(name: string): string {
  return readFileSync(
    fileURLToPath(new URL(`../golden/test-invoke/${name}.golden`, import.meta.url)),
    'utf8',
  );
}

const toBackend = (
  type: 'HTTP' | 'HTTP_PROXY',
  authority: string,
  more: Partial<MethodSpec['integration']> = {},
) =>
  api({
    'POST /pets/{petId}': {
      integration: {
        type,
        httpMethod: 'POST',
        uri: `http://${authority}/in/{id}`,
        requestParameters: { 'integration.request.path.id': 'method.request.path.petId' },
        ...(type === 'HTTP'
          ? { requestTemplates: { 'application/json': '{"sent": $input.json("$.a")}' } }
          : {}),
        ...more,
      },
      responses: { 200: { responseTemplates: { 'application/json': '{"out": $input.json("$.b")}' } } },
    },
  });

const request = {
  pathWithQueryString: '/pets/123?foo=bar&foo=baz',
  headers: [
    ['Content-Type', 'application/json'],
    ['Authorization', 'Bearer secret-token-123456'],
  ],
  body: '{"a": 1}',
} as const;

test('test invoke: a MOCK method answers with status, headers, body and the log of AWS', async (t) => {
  const invoke = await startInvoker(t);
  const definition = api({
    'GET /pets/{petId}': mock('{"id": "$input.params("petId")", "v": "$stageVariables.v"}'),
  });
  const answer = await invoke(definition, {
    pathWithQueryString: '/pets/123?foo=bar',
    headers: [['content-type', 'application/json']],
    stageVariables: { v: 'one' },
  });
  assert.equal(answer.status, 200);
  assert.equal(answer.body, '{"id": "123", "v": "one"}');
  assert.deepEqual(answer.headers, [['Content-Type', 'application/json']]);
  assert.ok(Number.isInteger(answer.latencyMs) && answer.latencyMs >= 0);
  assert.equal(masked(answer.log), golden('mock'));
});

for (const type of ['HTTP', 'HTTP_PROXY'] as const) {
  test(`test invoke: a method of type ${type} calls its real backend, and the log tells it all`, async (t) => {
    const backend = await startBackend(t, (_, response) => {
      response.setHeader('set-cookie', ['a=1', 'b=2']);
      json(response, { b: 'grün' });
    });
    const invoke = await startInvoker(t);
    const answer = await invoke(toBackend(type, backend.authority), request);
    assert.equal(answer.status, 200);
    assert.equal(answer.body, type === 'HTTP' ? '{"out": "grün"}' : '{"b":"grün"}');
    assert.equal(backend.last().url, type === 'HTTP' ? '/in/123' : '/in/123?foo=bar&foo=baz');
    assert.equal(backend.last().body.toString(), type === 'HTTP' ? '{"sent": 1}' : '{"a": 1}');
    if (type === 'HTTP_PROXY') {
      const cookies = answer.headers.filter(([name]) => name === 'set-cookie').map(([, value]) => value);
      assert.deepEqual(cookies, ['a=1', 'b=2']);
    }
    assert.equal(masked(answer.log, backend.authority), golden(type === 'HTTP' ? 'http' : 'http-proxy'));
  });
}

test("test invoke: without a path the resource's own is used, and one that does not match leaves no parameters", async (t) => {
  const invoke = await startInvoker(t);
  const definition = api({ 'GET /pets/{petId}': mock('[$input.params("petId")] $context.path') });
  const own = await invoke(definition);
  assert.equal(own.body, '[{petId}] /pets/{petId}');
  assert.match(own.log, /Resource Path: \/pets\/\{petId\}\n.*Method request path: \{petId=\{petId\}\}\n/);
  const other = await invoke(definition, { pathWithQueryString: '/else' });
  assert.deepEqual([other.status, other.body], [200, '[] /else']);
  assert.match(other.log, /Method request path: \{\}\n/);
});

test('test invoke: a path is taken as it can be sent', async (t) => {
  const invoke = await startInvoker(t);
  const definition = api({ 'GET /pets/{petId}': mock('$input.params("petId")|$input.params("q")') });
  const answer = await invoke(definition, { pathWithQueryString: 'pets/grün und\r\nblau?q=a b&x' });
  assert.equal(answer.body, 'gr%C3%BCn%20und%0D%0Ablau|a b');
});

test('test invoke: whatever is given as a path, a request line could hold it', async (t) => {
  const invoke = await startInvoker(t);
  const definition = api({ 'GET /{proxy+}': mock('$context.path') });
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary' }), async (pathWithQueryString) => {
      const { status, body } = await invoke(definition, { pathWithQueryString });
      assert.equal(status, 200);
      assert.match(body, /^\/[\x21-\x7e]*$/);
    }),
    { numRuns: 200 },
  );
});

test('test invoke: nobody is authorized, and the stage is test-invoke-stage', async (t) => {
  const invoke = await startInvoker(t);
  const text =
    '$context.stage $context.domainName $context.identity.sourceIp $context.apiId $context.accountId';
  const restApi = {
    policy: '{"Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]}',
    endpointConfiguration: { types: ['PRIVATE'] },
    disableExecuteApiEndpoint: true,
  } as const;
  for (const method of [
    { authorizationType: 'AWS_IAM' },
    { authorizationType: 'CUSTOM' },
    { apiKeyRequired: true },
  ] as const) {
    const answer = await invoke(api({ 'GET /a': mock(text, method) }, { restApi }));
    assert.equal(
      answer.body,
      'test-invoke-stage testPrefix.testDomainName test-invoke-source-ip testapi001 123456789012',
    );
  }
});

test('test invoke: it counts for no metric and draws from no bucket', async (t) => {
  const definition = api({ 'GET /a': mock('x') });
  const none = { throttlingRateLimit: 0, throttlingBurstLimit: 0 };
  const { gateway } = await startTestGateway(t, [{ definition, stage: { methodSettings: { './*': none } } }]);
  const answer = await gateway.testInvoke({
    definition,
    resourceId: definition.resources[1]!.id,
    httpMethod: 'GET',
    pathWithQueryString: null,
    headers: [],
    body: '',
    stageVariables: {},
    clientCertificate: null,
  });
  assert.equal(answer.status, 200);
  assert.equal(
    gateway.stats().series.reduce((sum, one) => sum + one.count, 0),
    0,
  );
});

const failures: readonly [
  what: string,
  definition: ApiDefinition,
  more: Partial<TestInvocation>,
  status: number,
  body: string,
  log: RegExp,
][] = [
  [
    'a missing parameter',
    api({
      'GET /a': mock('x', {
        requestValidatorId: 'params',
        requestParameters: { 'method.request.querystring.q': true },
      }),
    }),
    {},
    400,
    '{"message": "Missing required request parameters: [q]"}',
    /Method request body before transformations: \n.*Missing required request parameters: \[q\]\n.*Gateway response type: BAD_REQUEST_PARAMETERS with status code: 400\n.*Gateway response body: .*\n.*Gateway response headers: \{Content-Type=application\/json, x-amzn-ErrorType=BadRequestException\}\n.*Method completed with status: 400\n$/,
  ],
  [
    'a body that its model refuses',
    api(
      { 'POST /a': mock('x', { requestValidatorId: 'body', requestModels: { 'application/json': 'M' } }) },
      { models: { M: { type: 'object', required: ['a'] } } },
    ),
    { body: '{}' },
    400,
    '{"message": "Invalid request body"}',
    /Request body does not match model schema for content type application\/json: \[object has missing required properties \(\["a"\]\)\]\n/,
  ],
  [
    'a template that cannot be compiled',
    api({ 'GET /a': mock('#if(') }),
    {},
    500,
    '{"message": "Internal server error"}',
    /Execution failed due to configuration error: .+\n[\s\S]*Method completed with status: 500\n$/,
  ],
  [
    'an integration whose ARN is none',
    api({ 'GET /a': { integration: { type: 'AWS_PROXY', uri: 'arn:x' } } }),
    {},
    500,
    '{"message": "Internal server error"}',
    /Execution failed due to configuration error: Invalid ARN specified in the request: "arn:x"\n/,
  ],
  [
    'a method without an integration',
    ((): ApiDefinition => {
      const definition = api({ 'GET /a': mock('x') });
      const resources = definition.resources.map((resource) => {
        const { GET: method } = resource.resourceMethods ?? {};
        if (method === undefined) return resource;
        const { methodIntegration: _, ...bare } = method;
        return { ...resource, resourceMethods: { GET: bare } };
      });
      return { ...definition, resources };
    })(),
    {},
    500,
    '{"message": "Internal server error"}',
    /Execution failed due to configuration error: No integration defined for method\n/,
  ],
  [
    'a backend that is not there',
    toBackend('HTTP_PROXY', '127.0.0.1:1'),
    {},
    504,
    '{"message": "Network error communicating with endpoint"}',
    /Execution failed due to a network error communicating with endpoint: .*\n[\s\S]*Method completed with status: 504\n$/,
  ],
];
for (const [what, definition, more, status, body, log] of failures) {
  test(`test invoke: ${what} answers ${status} and is told in the log`, async (t) => {
    const invoke = await startInvoker(t);
    const answer = await invoke(definition, more);
    assert.deepEqual([answer.status, answer.body], [status, body]);
    assert.match(answer.log, log);
  });
}

test('test invoke: a backend that breaks off in the middle answers 504, as if nothing had come', async (t) => {
  const authority = await startRawBackend(t, (socket) => {
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n');
      setImmediate(() => socket.destroy());
    });
  });
  const invoke = await startInvoker(t);
  const answer = await invoke(toBackend('HTTP_PROXY', authority));
  assert.deepEqual(
    [answer.status, answer.body],
    [504, '{"message": "Network error communicating with endpoint"}'],
  );
  assert.match(answer.log, /Method completed with status: 504\n$/);
});

for (const mode of ['BUFFERED', 'STREAM'] as const) {
  test(`test invoke: an answer above 10 MB is refused (${mode})`, async (t) => {
    const backend = await startBackend(t, (_, response) => {
      response.write('x');
      response.end(Buffer.alloc(10 * 1_048_576, 120));
    });
    const invoke = await startInvoker(t);
    const answer = await invoke(toBackend('HTTP_PROXY', backend.authority, { responseTransferMode: mode }));
    assert.deepEqual([answer.status, answer.body], [500, '{"message": "Internal server error"}']);
    assert.match(answer.log, /answer is above 10485760 bytes\n/);
  });
}

test('test invoke: an answer of 10 MB comes whole', async (t) => {
  const body = 'x'.repeat(10 * 1_048_576);
  const backend = await startBackend(t, (_, response) => response.end(body));
  const invoke = await startInvoker(t);
  const answer = await invoke(toBackend('HTTP_PROXY', backend.authority));
  assert.equal(answer.body, body);
});

test("test invoke: the integration's timeout holds", async (t) => {
  const backend = await startBackend(t, () => {});
  const invoke = await startInvoker(t);
  const answer = await invoke(toBackend('HTTP', backend.authority, { timeoutInMillis: 50 }), request);
  assert.deepEqual([answer.status, answer.body], [504, '{"message": "Endpoint request timed out"}']);
  assert.match(answer.log, /Execution failed due to a timeout error\n/);
});

test('test invoke: a method of any verb runs with the verb that was asked for', async (t) => {
  const invoke = await startInvoker(t);
  const definition = api({ 'ANY /a': mock('$context.httpMethod') });
  assert.equal((await invoke(definition, { httpMethod: 'PATCH' })).body, 'PATCH');
  assert.equal((await invoke(definition, { httpMethod: 'ANY' })).body, 'GET');
  assert.deepEqual((await invoke(definition, { httpMethod: 'HEAD' })).body, '');
});

test('test invoke: compression is left out, so that the body can be read', async (t) => {
  const invoke = await startInvoker(t);
  const definition = api({ 'GET /a': mock('x'.repeat(2_000)) }, { restApi: { minimumCompressionSize: 0 } });
  const answer = await invoke(definition, { headers: [['accept-encoding', 'gzip']] });
  assert.equal(answer.body, 'x'.repeat(2_000));
});

const refusedInvocations: readonly [what: string, more: Partial<TestInvocation>, reason: RegExp][] = [
  ['an unknown resource', { resourceId: 'nope' }, /no method GET on the resource "nope"/],
  ['an unknown verb', { httpMethod: 'constructor' }, /no method constructor/],
  ['a verb that is no verb', { httpMethod: 'GET / HTTP/1.1\r\nx: y' }, /no method GET/],
  ['a header name that is none', { headers: [['a b', 'c']] }, /header "a b" cannot be sent/],
  ['a header value with a line end', { headers: [['a', 'b\r\nc: d']] }, /header "a" cannot be sent/],
];
for (const [what, more, reason] of refusedInvocations) {
  test(`test invoke: ${what} is refused`, async (t) => {
    const invoke = await startInvoker(t);
    await assert.rejects(invoke(api({ 'GET /a': mock('x') }), more), reason);
    const any = invoke(api({ 'ANY /a': mock('x') }), { httpMethod: 'GET', ...more });
    await assert.rejects(any, reason);
  });
}

test('test invoke: more than sixteen at once are refused, and afterwards there is room again', async (t) => {
  const waiting: (() => void)[] = [];
  const arrived = Promise.withResolvers<void>();
  const backend = await startBackend(t, (_, response) => {
    waiting.push(() => response.end('{}'));
    if (waiting.length === 16) arrived.resolve();
  });
  const invoke = await startInvoker(t);
  const definition = toBackend('HTTP_PROXY', backend.authority);
  const open = Array.from({ length: 16 }, () => invoke(definition));
  await arrived.promise;
  await assert.rejects(invoke(definition), /more than 16 test invocations are under way/);
  for (const answer of waiting) answer();
  await Promise.all(open);
  assert.equal((await invoke(api({ 'GET /a': mock('x') }))).status, 200);
});

test('test invoke: a backend that never ends anything is given up, and asked for nothing more', async () => {
  let aborted = 0;
  const settler = createSettler(systemClock);
  const never = () => ({ abort: () => aborted++, pause: () => {}, resume: () => {} });
  const upstream: Upstream = { target: () => ({ send: never }), close: () => {} };
  const none = () => assert.fail('not in a test invocation');
  const meters = { quota: none, usage: none, takeCounted: none, releaseMeter: none };
  const throttle: Throttle = {
    kind: 'twin',
    bucket: none,
    release: none,
    take: none,
    close: none,
    ...meters,
  };
  const recorder = { route: none };
  const renderer = { templateOf: none };
  const functions = noFunctions('no function host runs');
  const backends = createBackends();
  const tools = {
    sockets: unseenSockets,
    clock: systemClock,
    upstream,
    functions,
    backends,
    renderer,
    signatures: signaturesHere,
    throttle,
    recorder,
    ...settler,
  };
  const invoker = createTestInvoker({
    tools,
    settler,
    accountId: '1',
    region: 'us-east-1',
    onBug: (error) => assert.fail(String(error)),
    graceMs: 1,
  });
  const definition = toBackend('HTTP_PROXY', 'backend', { timeoutInMillis: 1 });
  const answer = await invoker.invoke({
    definition,
    resourceId: definition.resources.at(-1)!.id,
    httpMethod: 'POST',
    pathWithQueryString: null,
    headers: [],
    body: '',
    stageVariables: {},
    clientCertificate: null,
  });
  assert.deepEqual([answer.status, answer.body], [504, '{"message": "Endpoint request timed out"}']);
  assert.match(
    answer.log,
    /: Execution failed due to a timeout error\n.* : Method completed with status: 504\n$/,
  );
  assert.equal(aborted, 1);
});
