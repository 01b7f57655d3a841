// Functions that are not of this machine, invoked at the endpoint of the service lambda.

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import {
  checkSignature,
  isRefusal,
  readSignature,
  SigningKeys,
  sha256Hex,
} from '../../src/base/sigv4/index.ts';
import type { Functions, Invocation, InvocationResult } from '../../src/functions/functions.ts';
import { createUpstream } from '../../src/gateway/upstream/index.ts';
import { withRemoteFunctions } from '../../src/integrations/index.ts';
import { noBackends, type RoleCredentials } from '../../src/resources/index.ts';
import { api } from '../support/api.ts';
import { type Respond, startBackend } from '../support/backend.ts';
import { startTestGateway } from '../support/gateway.ts';

const role: RoleCredentials = {
  roleArn: 'arn:aws:iam::123456789012:role/gateway',
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'not a real key',
  sessionToken: null,
};
const arn = 'arn:aws:lambda:eu-west-1:123456789012:function:far:prod';

const invocation: Invocation = {
  functionName: arn,
  qualifier: null,
  type: 'RequestResponse',
  payload: '{"a":1}',
  by: { kind: 'identity', arn: role.roleArn },
  clientContext: null,
  traceId: 'Root=1-2-3',
  isStreamed: false,
  wantsLogTail: false,
};

/** A server that answers Invoke, functions beyond a local one named `near`. */
async function setUp(t: TestContext, respond: Respond, isConfigured = true) {
  const backend = await startBackend(t, respond);
  const upstream = createUpstream({ connectionsMax: 4, idleTimeoutMs: 1_000, connectTimeoutMs: 1_000 });
  t.after(() => upstream.close());
  const local: Functions = {
    invoke: (_, handler) => {
      setImmediate(() => handler.onEnd({ outcome: 'lost', detail: 'local' }));
      return { abort: () => {}, resume: () => {} };
    },
  };
  const endpoint = { service: 'lambda', endpoint: `http://${backend.authority}`, signingName: null };
  const backends = {
    linked: () => assert.fail(),
    service: (name: string) => (isConfigured && name === 'lambda' ? endpoint : null),
    role: (roleArn: string) => (roleArn === role.roleArn ? role : null),
    introspection: () => null,
  };
  const functions = withRemoteFunctions(
    local,
    { clock: systemClock, upstream, backends },
    { region: 'us-east-1', isLocal: (name) => name === 'near' },
  );
  const invoke = (more: Partial<Invocation> = {}): Promise<InvocationResult> =>
    new Promise((resolve) => {
      functions.invoke(
        { ...invocation, ...more },
        { onHead: () => assert.fail(), onData: () => assert.fail(), onEnd: resolve },
      );
    });
  return { backend, invoke };
}

test('remote function: an invocation is the signed Invoke operation in the region of its ARN', async (t) => {
  const { backend, invoke } = await setUp(t, (_, response) => {
    response.writeHead(200, {
      'x-amzn-requestid': 'id',
      'x-amz-executed-version': '7',
      'x-amz-log-result': 'bG9n',
    });
    response.end('{"statusCode":200}');
  });
  const result = await invoke({ clientContext: 'e30=', wantsLogTail: true });
  assert.deepEqual(result, {
    outcome: 'done',
    requestId: 'id',
    executedVersion: '7',
    functionError: null,
    payload: Buffer.from('{"statusCode":200}'),
    logTail: 'bG9n',
  });
  const { method, url, headers, body } = backend.last();
  assert.deepEqual(
    [method, url, body.toString()],
    ['POST', `/2015-03-31/functions/${encodeURIComponent(arn)}/invocations`, '{"a":1}'],
  );
  assert.deepEqual(
    [headers['x-amz-client-context'], headers['x-amz-log-type'], headers['x-amz-invocation-type']],
    ['e30=', 'Tail', undefined],
  );
  assert.match(String(headers.authorization), /\/eu-west-1\/lambda\/aws4_request/);
  const flat = Object.entries(headers).flatMap(([name, value]) => [name, String(value)]);
  const parts = { method, path: url, query: '', headers: flat };
  const signature = readSignature(parts);
  assert.ok(!isRefusal(signature));
  assert.equal(
    checkSignature(signature, parts, sha256Hex(body), role.secretAccessKey, new SigningKeys()),
    null,
  );
});

test('remote function: an event, a version and a name without a region are passed on', async (t) => {
  const { backend, invoke } = await setUp(t, (_, response) => response.writeHead(202).end());
  const result = await invoke({ functionName: 'far', qualifier: '3', type: 'Event' });
  assert.equal(result.outcome, 'done');
  const { url, headers } = backend.last();
  assert.equal(url, '/2015-03-31/functions/far/invocations?Qualifier=3');
  assert.equal(headers['x-amz-invocation-type'], 'Event');
  assert.match(String(headers.authorization), /\/us-east-1\/lambda\//);
});

test('remote function: its own error is a result, a refusal of the service a refusal', async (t) => {
  const failing = await setUp(t, (_, response) => {
    response.writeHead(200, { 'x-amz-function-error': 'Unhandled' }).end('{"errorMessage":"x"}');
  });
  const failed = await failing.invoke();
  assert.ok(failed.outcome === 'done' && failed.functionError === 'Unhandled');
  const refusing = await setUp(t, (_, response) => {
    response.writeHead(429, { 'x-amzn-errortype': 'TooManyRequestsException:http://internal' });
    response.end('{"Reason":"ConcurrentInvocationLimitExceeded","message":"Rate Exceeded."}');
  });
  const { requestId: _, ...refused } = (await refusing.invoke()) as InvocationResult & { requestId: string };
  assert.deepEqual(refused, {
    outcome: 'refused',
    status: 429,
    type: 'TooManyRequestsException',
    message: 'Rate Exceeded.',
    reason: 'ConcurrentInvocationLimitExceeded',
  });
});

test('remote function: functions of this machine, and all without an endpoint, are invoked here', async (t) => {
  const local = { outcome: 'lost', detail: 'local' };
  const { backend, invoke } = await setUp(t, (_, response) => response.end('{}'));
  const nearArn = 'arn:aws:lambda:us-east-1:123456789012:function:near';
  for (const functionName of ['near', 'near:prod', nearArn, 'not a name'])
    assert.deepEqual(await invoke({ functionName }), local, functionName);
  assert.equal(backend.received.length, 0);
  const without = await setUp(t, (_, response) => response.end('{}'), false);
  assert.deepEqual(await without.invoke(), local);
});

test('remote function: without the keys of a role, and streamed, it is refused and nobody is called', async (t) => {
  const { backend, invoke } = await setUp(t, (_, response) => response.end('{}'));
  const service = {
    kind: 'service',
    service: 'apigateway.amazonaws.com',
    sourceArn: 'arn',
    sourceAccount: '1',
  } as const;
  const refusals = [
    await invoke({ by: service }),
    await invoke({ by: { kind: 'identity', arn: `${role.roleArn}2` } }),
    await invoke({ isStreamed: true }),
  ];
  assert.deepEqual(
    refusals.map((one) => one.outcome === 'refused' && one.status),
    [403, 403, 400],
  );
  assert.equal(backend.received.length, 0);
});

test('remote function: an answer above 6 MB and a connection that ends are told as lost', async (t) => {
  const large = await setUp(t, (_, response) => response.end(Buffer.alloc(7 * 1024 * 1024)));
  assert.equal((await large.invoke()).outcome, 'lost');
  const ending = await setUp(t, (_, response) => response.socket!.destroy());
  assert.equal((await ending.invoke()).outcome, 'lost');
});

test('remote function: a proxy integration calls it through the gateway', async (t) => {
  const backend = await startBackend(t, ({ body }, response) => {
    const { path } = JSON.parse(body.toString());
    response.end(JSON.stringify({ statusCode: 201, body: `from afar: ${path}` }));
  });
  const uri = `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${arn}/invocations`;
  const definition = api({
    'GET /a': { integration: { type: 'AWS_PROXY', uri, credentials: role.roleArn } },
  });
  const services = [{ service: 'lambda', endpoint: `http://${backend.authority}`, signingName: null }];
  const backends = { ...noBackends, services, roles: [role] };
  const { call } = await startTestGateway(t, [{ definition }], { published: { backends } });
  const { status, body } = await call('/a');
  assert.deepEqual([status, body], [201, 'from afar: /a']);
});
