import assert from 'node:assert/strict';
import test from 'node:test';
import { startBackend, startRawBackend } from '../../support/backend.ts';
import type { Script } from '../../support/functions-gateway.ts';
import { done, ending, refused } from '../../support/functions-gateway.ts';
import {
  connectRaw,
  frame,
  handshakeText,
  opcodes,
  openRaw,
  shakeHands,
} from '../../support/raw-websocket.ts';
import { mockAnswering, openSocket, socketApi, startSocketGateway } from '../../support/websocket-api.ts';
import { functionRoute, startScriptedSockets } from '../../support/websocket-functions.ts';

const $default = mockAnswering('ok');

test('handshake: a request without an upgrade is 426, also with another version of the protocol', async (t) => {
  const { url } = await startSocketGateway(t, socketApi({ $default }));
  const plain = await (await shakeHands(t, url, [], ['Upgrade'])).answer();
  assert.equal(plain.status, 426);
  assert.equal(plain.fields.upgrade, 'websocket');
  assert.equal(plain.body, '{"message":"Upgrade Required"}');
  const old = await (
    await shakeHands(t, url, ['Sec-WebSocket-Version: 8'], ['Sec-WebSocket-Version'])
  ).answer();
  assert.equal(old.status, 426);
  assert.equal(old.fields['sec-websocket-version'], '13');
  const none = await (await shakeHands(t, url, [], ['Sec-WebSocket-Version'])).answer();
  assert.equal(none.status, 426);
});

test('handshake: a path below the stage, an unknown stage and an unknown API are Forbidden', async (t) => {
  const { url } = await startSocketGateway(t, socketApi({ $default }));
  for (const target of [
    `${url}/below`,
    url.replace(/prod$/, 'dev'),
    url.replace('wsapi00001', 'nosuchapi1'),
  ]) {
    const { status, body } = await (await shakeHands(t, target)).answer();
    assert.deepEqual([status, body], [403, '{"message":"Forbidden"}'], target);
  }
  assert.equal((await (await shakeHands(t, `${url}/`)).answer()).status, 101);
});

test('handshake: the chosen sub-protocol is what the $connect integration answers, and none when it says nothing', async (t) => {
  let protocol: string | null = 'v2.chat';
  const script: Script = (_, handler) =>
    handler.onEnd(
      done({
        statusCode: 200,
        ...(protocol === null ? {} : { headers: { 'Sec-WebSocket-Protocol': protocol } }),
      }),
    );
  const { url, events } = await startScriptedSockets(
    t,
    socketApi({ $connect: functionRoute(), $default }),
    script,
  );
  const offer = ['Sec-WebSocket-Protocol: v1.chat, v2.chat'];
  const chosen = await (await shakeHands(t, url, offer)).answer();
  assert.equal(chosen.status, 101);
  assert.equal(chosen.fields['sec-websocket-protocol'], 'v2.chat');
  assert.equal(chosen.fields['sec-websocket-accept'], 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
  assert.equal(chosen.fields['sec-websocket-extensions'], undefined);
  assert.equal(events()[0]!.headers!['Sec-WebSocket-Protocol'], 'v1.chat, v2.chat');
  const unasked = await (await shakeHands(t, url)).answer();
  assert.equal(unasked.status, 101);
  assert.equal(unasked.fields['sec-websocket-protocol'], undefined);
  protocol = null;
  const silent = await (await shakeHands(t, url, offer)).answer();
  assert.equal(silent.status, 101);
  assert.equal(silent.fields['sec-websocket-protocol'], undefined);
  protocol = 'two\r\nX-Evil: 1';
  const broken = await (await shakeHands(t, url, offer)).answer();
  assert.equal(broken.status, 101);
  assert.equal(broken.fields['x-evil'], undefined);
  assert.equal(broken.fields['sec-websocket-protocol'], undefined);
});

test('handshake: what a $connect function answers decides', async (t) => {
  let script: Script = ending(done({ statusCode: 200 }));
  const { url } = await startScriptedSockets(
    t,
    socketApi({ $connect: functionRoute(), $default }),
    (invocation, handler) => script(invocation, handler),
  );
  const cases: readonly (readonly [string, Script, number, string | null])[] = [
    ['200', ending(done({ statusCode: 200 })), 101, null],
    ['204', ending(done({ statusCode: 204 })), 101, null],
    ['the status as text', ending(done({ statusCode: '200' })), 101, null],
    ['nothing', ending(done('null')), 101, null],
    ['no status', ending(done({})), 101, null],
    ['302', ending(done({ statusCode: 302 })), 500, 'Internal server error'],
    ['400', ending(done({ statusCode: 400, body: 'ignored' })), 400, 'Bad Request'],
    ['401', ending(done({ statusCode: 401 })), 401, 'Unauthorized'],
    ['403', ending(done({ statusCode: 403 })), 403, 'Forbidden'],
    ['418', ending(done({ statusCode: 418 })), 418, "I'm a Teapot"],
    ['500', ending(done({ statusCode: 500 })), 500, 'Internal server error'],
    ['503', ending(done({ statusCode: 503 })), 503, 'Internal server error'],
    ['a status that is none', ending(done({ statusCode: 9 })), 502, 'Internal server error'],
    ['a status that is no number', ending(done({ statusCode: 'fine' })), 502, 'Internal server error'],
    ['a list', ending(done([1])), 502, 'Internal server error'],
    ['text', ending(done('"yes"')), 502, 'Internal server error'],
    ['no JSON', ending(done('yes')), 502, 'Internal server error'],
    [
      'a body that is no text',
      ending(done({ statusCode: 200, body: { a: 1 } })),
      502,
      'Internal server error',
    ],
    ['an error', ending(done({ errorMessage: 'no' }, 'Unhandled')), 502, 'Internal server error'],
    [
      'a refusal of the function host',
      ending(refused(429, 'TooManyRequestsException', 'Rate exceeded')),
      500,
      'Internal server error',
    ],
  ];
  for (const [name, answer, status, message] of cases) {
    script = answer;
    const raw = await shakeHands(t, url);
    const answered = await raw.answer();
    assert.equal(answered.status, status, name);
    if (message !== null) {
      const { connectionId, requestId, ...rest } = JSON.parse(answered.body);
      assert.deepEqual(rest, { message }, name);
      assert.match(connectionId, /^[\w+/-]{15}=$/, name);
      assert.equal(answered.fields['x-amzn-requestid'], requestId, name);
    }
    raw.socket.destroy();
  }
});

test('handshake: a $connect by MOCK, HTTP and HTTP_PROXY is decided by its status', async (t) => {
  let status = 200;
  const backend = await startBackend(t, (_, response) => {
    response.statusCode = status;
    response.setHeader('Sec-WebSocket-Protocol', 'chat');
    response.end('{"x":1}');
  });
  const uri = { integrationMethod: 'POST', integrationUri: `http://${backend.authority}/connect` };
  for (const integrationType of ['HTTP', 'HTTP_PROXY'] as const) {
    const { url } = await startSocketGateway(
      t,
      socketApi({ $connect: { integration: { integrationType, ...uri } }, $default }),
    );
    for (const [given, expected] of [
      [200, 101],
      [201, 101],
      [400, 400],
      [404, 404],
      [500, 500],
      [502, 502],
    ] as const) {
      status = given;
      const answered = await (await shakeHands(t, url, ['Sec-WebSocket-Protocol: chat'])).answer();
      assert.equal(answered.status, expected, `${integrationType} ${given}`);
      if (expected === 101) assert.equal(answered.fields['sec-websocket-protocol'], 'chat');
    }
  }
  for (const [code, expected] of [
    ['200', 101],
    ['403', 403],
    ['500', 500],
    ['"none"', 500],
  ] as const) {
    const { url } = await startSocketGateway(
      t,
      socketApi({
        $connect: {
          integration: { integrationType: 'MOCK', requestTemplates: { $default: `{"statusCode":${code}}` } },
        },
        $default,
      }),
    );
    assert.equal((await (await shakeHands(t, url)).answer()).status, expected, `MOCK ${code}`);
  }
});

test('handshake: a $connect backend that does not answer is 504, one that is not there 500', async (t) => {
  const silent = await startRawBackend(t, () => {});
  const route = (authority: string) => ({
    $connect: {
      integration: {
        integrationType: 'HTTP_PROXY' as const,
        integrationMethod: 'POST',
        integrationUri: `http://${authority}/`,
        timeoutInMillis: 50,
      },
    },
    $default,
  });
  const slow = await startSocketGateway(t, socketApi(route(silent)));
  const late = await (await shakeHands(t, slow.url)).answer();
  assert.equal(late.status, 504);
  assert.equal(JSON.parse(late.body).message, 'Endpoint request timed out');
  const closed = await startRawBackend(t, (socket) => socket.destroy());
  const gone = await startSocketGateway(t, socketApi(route(closed)));
  assert.equal((await (await shakeHands(t, gone.url)).answer()).status, 500);
});

test('handshake: templates of $connect see its query and fields', async (t) => {
  const backend = await startBackend(t, (_, response) => response.end());
  const { url } = await startSocketGateway(
    t,
    socketApi({
      $connect: {
        integration: {
          integrationType: 'HTTP',
          integrationMethod: 'POST',
          integrationUri: `http://${backend.authority}/in`,
          requestTemplates: {
            $default: `{"user":"$input.params('user')","agent":"$input.params('User-Agent')","id":"$context.connectionId"}`,
          },
          requestParameters: {
            'integration.request.header.X-User': 'route.request.querystring.user',
            'integration.request.header.X-All': 'route.request.multivaluequerystring.user',
            'integration.request.querystring.origin': 'route.request.header.Origin',
            'integration.request.header.X-Stage': 'context.stage',
            'integration.request.header.X-Fixed': "'yes'",
            'integration.request.header.X-None': 'route.request.header.none',
          },
        },
      },
      $default,
    }),
  );
  await openRaw(t, `${url}?user=ann&user=bea`, ['User-Agent: tester', 'Origin: http://o']);
  const { url: target, headers, body } = backend.last();
  assert.equal(target, '/in?origin=http%3A%2F%2Fo');
  const { id, ...said } = JSON.parse(body.toString());
  assert.deepEqual(said, { user: 'bea', agent: 'tester' });
  assert.match(id, /=$/);
  assert.deepEqual(
    [headers['x-user'], headers['x-all'], headers['x-stage'], headers['x-fixed'], headers['x-none']],
    ['bea', 'ann,bea', 'prod', 'yes', undefined],
  );
});

test('handshake: a client that goes while $connect runs has its $disconnect run, with 1006', async (t) => {
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
  const { promise: gone, resolve: go } = Promise.withResolvers<void>();
  const gateway = await startScriptedSockets(
    t,
    socketApi({ $connect: functionRoute(), $disconnect: functionRoute(), $default }),
    (_, handler) => {
      arrive();
      void gone.then(() => handler.onEnd(done({ statusCode: 200 })));
    },
  );
  const raw = await shakeHands(t, gateway.url);
  await arrived;
  raw.socket.destroy();
  while (gateway.gateway.stats().processes[0]!.aborted === 0) await new Promise(setImmediate);
  go();
  const { requestContext } = await gateway.eventOf('DISCONNECT');
  assert.equal(requestContext.disconnectStatusCode, 1006);
  assert.equal(gateway.gateway.stats().sockets!.stages[0]!.connections, 0);
});

test('handshake: a stage that goes while $connect runs refuses its client', async (t) => {
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
  const { promise: gone, resolve: go } = Promise.withResolvers<void>();
  const gateway = await startScriptedSockets(
    t,
    socketApi({ $connect: functionRoute(), $disconnect: functionRoute(), $default }),
    ({ payload }, handler) => {
      if (Buffer.from(payload as Uint8Array).includes('"DISCONNECT"')) {
        handler.onEnd(done({}));
        return;
      }
      arrive();
      void gone.then(() => handler.onEnd(done({ statusCode: 200 })));
    },
  );
  const raw = await shakeHands(t, gateway.url);
  await arrived;
  await gateway.publish(null);
  go();
  assert.equal((await raw.answer()).status, 403);
  assert.equal((await gateway.eventOf('DISCONNECT')).requestContext.disconnectStatusCode, 1001);
});

test('handshake: above the rate or the cap of connections it is 429', async (t) => {
  const capped = await startSocketGateway(t, socketApi({ $default }), {
    stage: { tags: { 'sluice:connections-max': '2' } },
  });
  const first = await openRaw(t, capped.url);
  await openRaw(t, capped.url);
  const refusal = await (await shakeHands(t, capped.url)).answer();
  assert.deepEqual([refusal.status, refusal.body], [429, '{"message":"Too Many Requests"}']);
  first.socket.destroy();
  while (capped.gateway.stats().sockets!.stages[0]!.connections > 1) await new Promise(setImmediate);
  await openRaw(t, capped.url);

  const slow = await startSocketGateway(t, socketApi({ $default }), {
    stage: { tags: { 'sluice:connect-rate': '1', 'sluice:connect-burst': '3' } },
    throttle: 'twin',
  });
  const statuses: number[] = [];
  for (let i = 0; i < 5; i++) statuses.push((await (await shakeHands(t, slow.url)).answer()).status);
  assert.deepEqual(statuses.slice(0, 3), [101, 101, 101]);
  assert.ok(statuses.includes(429));
});

/** RFC 6455, section 4.1: a client MUST wait for the answer. What comes before it is not read. */
test('handshake: a frame in the same packet as the handshake is passed over', async (t) => {
  const { url } = await startSocketGateway(t, socketApi({ $default }));
  const { port, pathname } = new URL(url);
  const raw = await connectRaw(t, Number(port));
  raw.write(Buffer.concat([Buffer.from(handshakeText(pathname)), frame(opcodes.text, '"early"')]));
  assert.equal((await raw.answer()).status, 101);
  raw.write(frame(opcodes.text, '"late"'));
  assert.equal((await raw.next()).payload.toString(), 'ok');
  raw.write(frame(opcodes.ping, 'p'));
  assert.equal((await raw.next()).opcode, opcodes.pong);
});

test('handshake: messages of a client that did not wait for $connect do no harm', async (t) => {
  const backend = await startBackend(t, (_, response) => setImmediate(() => response.end()));
  const { url } = await startSocketGateway(
    t,
    socketApi({
      $connect: {
        integration: {
          integrationType: 'HTTP_PROXY',
          integrationMethod: 'POST',
          integrationUri: `http://${backend.authority}/`,
        },
      },
      $default,
    }),
  );
  const { port, pathname } = new URL(url);
  const raw = await connectRaw(t, Number(port));
  raw.write(Buffer.concat([Buffer.from(handshakeText(pathname)), frame(opcodes.text, '"early"')]));
  await raw.closed().catch(() => {});
  const healthy = await openSocket(t, url);
  healthy.send('x');
  assert.equal(await healthy.next(), 'ok');
});
