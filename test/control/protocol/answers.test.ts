import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, request as startRequest } from 'node:http';
import { connect } from 'node:net';
import test from 'node:test';
import type { ControlPlane } from '../../../src/control/control-plane.ts';
import {
  AccessDenied,
  AwsException,
  badRequest,
  conflict,
  limitExceeded,
  notFound,
  tooManyRequests,
  unavailable,
} from '../../../src/control/protocol/exceptions.ts';
import { FileAnswer } from '../../../src/control/protocol/file-answer.ts';
import { createManagementServer } from '../../../src/control/protocol/server.ts';
import { admin, assertRefused, testWire } from './wire.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

test('an answer is JSON without undefined members, with both ids', async (t) => {
  const wire = await testWire(t, () => ({ id: 'a', gone: undefined, name: 'ä€😀' }));
  const { status, headers, json } = await wire.send('POST', '/restapis', { body: '{"name":"x"}' });
  assert.deepEqual([status, json], [201, { id: 'a', name: 'ä€😀' }]);
  assert.equal(headers['content-type'], 'application/json');
  assert.equal(headers['content-length'], String(Buffer.byteLength('{"id":"a","name":"ä€😀"}')));
  assert.match(String(headers['x-amzn-requestid']), uuid);
  assert.match(String(headers['x-amz-apigw-id']), /^[\w-]{15}=$/);
});

test('an operation that answers nothing has an empty body', async (t) => {
  const wire = await testWire(t, () => undefined);
  const accepted = await wire.send('DELETE', '/restapis/a');
  assert.deepEqual([accepted.status, accepted.text, accepted.headers['content-length']], [202, '', '0']);
  const none = await wire.send('DELETE', '/restapis/a/resources/b/methods/GET');
  assert.deepEqual([none.status, none.text, none.headers['content-length']], [204, '', undefined]);
});

test('a file is answered with its own type and name', async (t) => {
  const wire = await testWire(
    t,
    () => new FileAnswer('application/zip', 'attachment; filename="a.zip"', Buffer.from([80, 75, 255])),
  );
  const { status, headers, text } = await wire.send('GET', '/restapis/a/stages/b/sdks/javascript');
  assert.deepEqual(
    [status, headers['content-type'], headers['content-disposition'], text],
    [200, 'application/zip', 'attachment; filename="a.zip"', 'PK\xff'],
  );
});

test('a file whose name no field can hold is answered under one that it can', async (t) => {
  const wire = await testWire(
    t,
    () => new FileAnswer('text/x\r\na: b', 'attachment; filename="é€\n😀"', Buffer.from('x')),
  );
  const { headers } = await wire.send('GET', '/restapis/a/stages/b/exports/oas30');
  assert.deepEqual(
    [headers['content-type'], headers['content-disposition'], headers.a],
    ['text/x__a: b', 'attachment; filename="____"', undefined],
  );
});

test('an answer that cannot be sent costs its connection and nothing else', async (t) => {
  const refusal = new AwsException('No\nType', 400, 'x');
  const wire = await testWire(t, () => {
    throw refusal;
  });
  await assert.rejects(wire.send('GET', '/restapis'), { code: 'ECONNRESET' });
  assert.match(wire.logged[0]!, /^Cannot answer a request: TypeError .*ERR_INVALID_CHAR/);
  assert.equal((await wire.send('GET', '/nothing')).status, 403);
});

test('a refusal has the status, the type and the text of its exception', async (t) => {
  let thrown: AwsException = notFound('');
  const wire = await testWire(t, () => {
    throw thrown;
  });
  const cases: readonly (readonly [AwsException, status: number, type: string])[] = [
    [badRequest('Name cannot be empty'), 400, 'BadRequestException'],
    [notFound('Invalid Resource identifier specified'), 404, 'NotFoundException'],
    [conflict('Stage already exists'), 409, 'ConflictException'],
    [limitExceeded('Too many "things"\n'), 429, 'LimitExceededException'],
    [unavailable('later'), 503, 'ServiceUnavailableException'],
  ];
  for (const [exception, status, type] of cases) {
    thrown = exception;
    assertRefused(await wire.send('GET', '/restapis/a'), status, type, exception.message);
  }
});

test('a refusal that says when to come back says it in Retry-After', async (t) => {
  const wire = await testWire(t, () => {
    throw tooManyRequests('Too Many Requests', 3);
  });
  const answer = await wire.send('GET', '/restapis/a');
  assertRefused(answer, 429, 'TooManyRequestsException', 'Too Many Requests');
  assert.equal(answer.headers['retry-after'], '3');
});

test('a caller who may not is told so under "Message", and the record knows who it was', async (t) => {
  const wire = await testWire(t, undefined, {
    authenticate: async () => {
      throw new AccessDenied('User: x is not authorized', admin);
    },
  });
  const { status, headers, json } = await wire.send('GET', '/restapis/a');
  assert.deepEqual(
    [status, headers['x-amzn-errortype'], json],
    [403, 'AccessDeniedException', { Message: 'User: x is not authorized' }],
  );
  assert.deepEqual([wire.records[0]!.caller, wire.records[0]!.input, wire.calls], [admin, null, []]);
});

test('a signature is looked at before the members are', async (t) => {
  const wire = await testWire(t, undefined, {
    authenticate: () => {
      throw badRequest('no signature');
    },
  });
  assertRefused(
    await wire.send('POST', '/restapis', { body: '{' }),
    400,
    'BadRequestException',
    'no signature',
  );
});

test('a bug is answered without its stack, and logged with the request id', async (t) => {
  const circular: Record<string, unknown> = {};
  circular.self = circular;
  const answers = [
    () => {
      throw new Error('secret detail');
    },
    () => circular,
    () => 1n,
  ];
  for (const answer of answers) {
    const wire = await testWire(t, answer);
    const got = await wire.send('GET', '/restapis/a');
    assertRefused(
      got,
      500,
      'InternalFailure',
      'The request processing has failed because of an unknown error, exception or failure.',
    );
    assert.equal(wire.logged.length, 1);
    assert.ok(
      wire.logged[0]!.startsWith(`Cannot do GetRestApi (request ${got.headers['x-amzn-requestid']}): `),
    );
    assert.equal(wire.records[0]!.error?.type, 'InternalFailure');
  }
});

test('a record says who did what, with what, and how it ended', async (t) => {
  const wire = await testWire(t, (name) => {
    if (name === 'GetRestApi') throw notFound('no');
    return { id: 'a' };
  });
  const headers = { 'user-agent': 'cli', host: 'api.example:8081' };
  const done = await wire.send('POST', '/restapis', { body: '{"name":"x"}', headers });
  await wire.send('GET', '/restapis/b');
  const [created, read] = wire.records.map(({ startedAtMs, durationMs, ...others }) => {
    assert.ok(startedAtMs > 0 && durationMs >= 0);
    return others;
  });
  assert.deepEqual(created, {
    requestId: done.headers['x-amzn-requestid'],
    operation: 'CreateRestApi',
    resourceArn: 'arn:aws:apigateway:us-east-1::/restapis',
    caller: admin,
    sourceIp: '127.0.0.1',
    userAgent: 'cli',
    host: 'api.example:8081',
    input: { name: 'x' },
    status: 201,
    answer: { id: 'a' },
    error: null,
  });
  assert.deepEqual(
    [read!.status, read!.answer, read!.error, read!.input],
    [404, undefined, { type: 'NotFoundException', message: 'no' }, { restApiId: 'b' }],
  );
});

test('a record that cannot be kept does not keep the answer back', async (t) => {
  const wire = await testWire(t, undefined, {
    onCall: () => {
      throw new Error('disk full');
    },
  });
  assert.equal((await wire.send('GET', '/restapis')).status, 200);
  assert.match(wire.logged[0]!, /^Cannot record GetRestApis \(request .*disk full/);
});

test('a connection is kept for the next request', async (t) => {
  const wire = await testWire(t);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  const ports = new Set<number>();
  for (const path of ['/restapis', '/nothing', '/restapis?limit=x', '/restapis/a']) {
    const request = startRequest({ port: wire.port, path, agent }).end();
    const [response] = await once(request, 'response');
    ports.add(request.socket!.localPort!);
    await response.toArray();
  }
  assert.equal(ports.size, 1);
});

test('what is no HTTP is refused in the same form', async (t) => {
  const wire = await testWire(t);
  const tell = async (text: string): Promise<string> => {
    const socket = connect(wire.port, '127.0.0.1');
    socket.write(text);
    let told = '';
    for await (const chunk of socket) told += chunk;
    return told;
  };
  assert.match(
    await tell('NONSENSE\r\n\r\n'),
    /^HTTP\/1\.1 400 Bad Request\r\nx-amzn-RequestId: .*x-amzn-ErrorType: BadRequestException.*\{"message":"Bad Request"\}$/s,
  );
  assert.match(
    await tell(`GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`),
    /^HTTP\/1\.1 431 .*\{"message":"Request header fields too large"\}$/s,
  );
});

test('a client that sends its head too slowly is turned away', async (t) => {
  const wire = await testWire(t, undefined, { limits: { headTimeoutMs: 50, requestTimeoutMs: 60 } });
  const socket = connect(wire.port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\n');
  let told = '';
  for await (const chunk of socket) told += chunk;
  assert.match(told, /^HTTP\/1\.1 408 .*x-amzn-ErrorType: RequestTimeoutException/s);
});

test('a connection that lies still for too long is let go', async (t) => {
  const wire = await testWire(t, () => new Promise(() => {}), { limits: { stillTimeoutMs: 50 } });
  const socket = connect(wire.port, '127.0.0.1');
  socket.write('GET /restapis HTTP/1.1\r\nHost: x\r\n\r\n');
  let told = '';
  for await (const chunk of socket) told += chunk;
  assert.deepEqual([told, wire.calls.length], ['', 1]);
});

test('closing waits for the request under way, and refuses new connections', async (t) => {
  const called = Promise.withResolvers<void>();
  const held = Promise.withResolvers<unknown>();
  const call = () => {
    called.resolve();
    return held.promise;
  };
  const services = { account: { accountId: '111122223333', region: 'us-east-1', partition: 'aws' } };
  const server = createManagementServer({
    controlPlane: { call, services } as unknown as ControlPlane,
    host: '127.0.0.1',
    port: 0,
    authenticate: () => admin,
    onCall: () => {},
    log: () => {},
  });
  const port = await server.listen();
  const agent = new Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  const request = startRequest({ port, path: '/restapis', agent, host: '127.0.0.1' }).end();
  await called.promise;
  const closing = server.close();
  held.resolve({ item: [] });
  const [response] = await once(request, 'response');
  assert.deepEqual([response.statusCode, response.headers.connection], [200, 'close']);
  response.resume();
  await closing;
  await assert.rejects(once(connect(port, '127.0.0.1'), 'connect'), { code: 'ECONNREFUSED' });
});

test('an address that is taken is said when listening begins', async (t) => {
  const wire = await testWire(t);
  await assert.rejects(testWire(t, undefined, { port: wire.port }), { code: 'EADDRINUSE' });
});
