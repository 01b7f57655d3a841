import assert from 'node:assert/strict';
import test from 'node:test';
import { startBackend, startRawBackend } from '../../support/backend.ts';
import { done, ending, invocationUri } from '../../support/functions-gateway.ts';
import {
  mockAnswering,
  openSocket,
  type RouteSpec,
  socketApi,
  startSocketGateway,
  type TestSocket,
} from '../../support/websocket-api.ts';
import { functionRoute, invocableFunction, startScriptedSockets } from '../../support/websocket-functions.ts';

const id = '[\\w+/-]{15}=';
const errorFrame = (message: string): RegExp =>
  new RegExp(`^\\{"message": "${message}", "connectionId":"${id}", "requestId":"${id}"\\}$`);
const internal = errorFrame('Internal server error');

const http = (authority: string, more: Partial<RouteSpec['integration']> = {}): RouteSpec['integration'] => ({
  integrationType: 'HTTP',
  integrationMethod: 'POST',
  integrationUri: `http://${authority}/`,
  ...more,
});

/** A client that asks and is told. */
async function asking(client: TestSocket, message: unknown): Promise<string> {
  client.send(message);
  return await client.next();
}

test('routes: stage variables, context and the message reach templates', async (t) => {
  const backend = await startBackend(t, (_, response) => response.end('{}'));
  const { url } = await startSocketGateway(
    t,
    socketApi({
      say: {
        integration: http(backend.authority, {
          requestTemplates: {
            $default:
              '{"m":$input.json(\'$.text\'),"v":"$stageVariables.v","k":"$context.routeKey","e":"$context.eventType","p":"$input.params(\'x\')"}',
          },
          requestParameters: {
            'integration.request.header.X-Text': 'route.request.body.text',
            'integration.request.header.X-Whole': 'route.request.body',
            'integration.request.header.X-V': 'stageVariables.v',
            'integration.request.querystring.c': 'context.eventType',
          },
        }),
        responses: { $default: {} },
        isTwoWay: true,
      },
    }),
    { stage: { stageVariables: { v: 'seven' } } },
  );
  const client = await openSocket(t, `${url}?x=1`);
  await asking(client, '{"action":"say","text":"hello"}');
  const { url: target, headers, body } = backend.last();
  assert.deepEqual(JSON.parse(body.toString()), { m: 'hello', v: 'seven', k: 'say', e: 'MESSAGE', p: '' });
  assert.equal(target, '/?c=MESSAGE');
  assert.deepEqual(
    [headers['x-text'], headers['x-whole'], headers['x-v']],
    ['hello', '{"action":"say","text":"hello"}', 'seven'],
  );
});

test('routes: a template is chosen by the expression, then by $default, then by passthroughBehavior', async (t) => {
  const backend = await startBackend(t, ({ body }, response) => response.end(body));
  const route = (passthroughBehavior: string, requestTemplates: Record<string, string>): RouteSpec => ({
    integration: http(backend.authority, {
      requestTemplates,
      templateSelectionExpression: '${request.body.type}',
      passthroughBehavior: passthroughBehavior as 'NEVER',
    }),
    responses: { $default: {} },
    isTwoWay: true,
  });
  const { url } = await startSocketGateway(
    t,
    socketApi({
      both: route('NEVER', { a: 'A', '\\$default': 'D' }),
      match: route('WHEN_NO_MATCH', { a: 'A' }),
      templates: route('WHEN_NO_TEMPLATES', { a: 'A' }),
      none: route('WHEN_NO_TEMPLATES', {}),
      never: route('NEVER', {}),
    }),
  );
  const client = await openSocket(t, url);
  assert.equal(await asking(client, { action: 'both', type: 'a' }), 'A');
  assert.equal(await asking(client, { action: 'both', type: 'b' }), 'D');
  assert.equal(await asking(client, { action: 'match', type: 'a' }), 'A');
  assert.equal(await asking(client, { action: 'match', type: 'b' }), '{"action":"match","type":"b"}');
  assert.match(await asking(client, { action: 'templates', type: 'b' }), internal);
  assert.equal(await asking(client, { action: 'none' }), '{"action":"none"}');
  assert.match(await asking(client, { action: 'never' }), internal);
});

test('routes: a message that does not fit its model is a Bad request body, letter for letter', async (t) => {
  const { url } = await startSocketGateway(
    t,
    socketApi(
      {
        order: {
          ...mockAnswering('taken'),
          modelSelectionExpression: '$request.body.kind',
          requestModels: { limit: 'Limit', $default: 'Order' },
        },
        $default: {
          ...mockAnswering('taken'),
          modelSelectionExpression: '$request.body.kind',
          requestModels: { limit: 'Limit' },
        },
      },
      {
        models: {
          Limit: { type: 'object', required: ['price'], properties: { price: { type: 'number' } } },
          Order: { type: 'object', required: ['size'] },
        },
      },
    ),
  );
  const client = await openSocket(t, url);
  const bad = new RegExp(`^\\{"message":"Bad request body","connectionId":"${id}","messageId":"${id}"\\}$`);
  assert.equal(await asking(client, { action: 'order', kind: 'limit', price: 1 }), 'taken');
  assert.match(await asking(client, { action: 'order', kind: 'limit', price: 'x' }), bad);
  assert.match(await asking(client, { action: 'order', kind: 'market' }), bad);
  assert.equal(await asking(client, { action: 'order', size: 3 }), 'taken');
  // No model for its key, nor for any: nobody has anything against it.
  assert.equal(await asking(client, { action: 'x', kind: 'market' }), 'taken');
  assert.equal(await asking(client, 'no JSON'), 'taken');
});

test('routes: the integration response is chosen by key, by pattern over the whole status, then by $default', async (t) => {
  let status = 200;
  const backend = await startBackend(t, (_, response) => {
    response.statusCode = status;
    response.end('{"n":7}');
  });
  const text = (template: string) => ({
    responseTemplates: { $default: template },
    templateSelectionExpression: '\\$default',
  });
  const { url } = await startSocketGateway(
    t,
    socketApi({
      chosen: {
        integration: http(backend.authority),
        responses: {
          '/200/': text("two hundred $input.json('$.n')"),
          '/4\\d\\d/': text('client'),
          '503': text('busy'),
          $default: text('else'),
        },
        isTwoWay: true,
      },
      unmatched: { integration: http(backend.authority), responses: { '/500/': {} }, isTwoWay: true },
      byBody: {
        integration: http(backend.authority),
        responses: {
          $default: {
            responseTemplates: { '7': 'seven', $default: 'other' },
            templateSelectionExpression: '${integration.response.body.n}',
          },
        },
        isTwoWay: true,
      },
      proxy: { integration: http(backend.authority, { integrationType: 'HTTP_PROXY' }), isTwoWay: true },
    }),
  );
  const client = await openSocket(t, url);
  for (const [given, expected] of [
    [200, 'two hundred 7'],
    [404, 'client'],
    [503, 'busy'],
    [201, 'else'],
  ] as const) {
    status = given;
    assert.equal(await asking(client, { action: 'chosen' }), expected);
  }
  assert.match(await asking(client, { action: 'unmatched' }), internal);
  assert.equal(await asking(client, { action: 'byBody' }), 'seven');
  status = 500;
  assert.equal(await asking(client, { action: 'proxy' }), '{"n":7}');
});

test('routes: one-way says nothing of what went well, and all of what did not, for each integration type', async (t) => {
  let status = 200;
  const backend = await startBackend(t, (_, response) => {
    response.statusCode = status;
    response.end('heard');
  });
  const closed = await startRawBackend(t, (socket) => socket.destroy());
  const silent = await startRawBackend(t, () => {});
  const gateway = await startScriptedSockets(
    t,
    socketApi({
      mock: {
        integration: { integrationType: 'MOCK', requestTemplates: { $default: '{"statusCode":200}' } },
      },
      badMock: { integration: { integrationType: 'MOCK', requestTemplates: { $default: '{}' } } },
      http: { integration: http(backend.authority) },
      proxy: { integration: http(backend.authority, { integrationType: 'HTTP_PROXY' }) },
      function: functionRoute(),
      plain: functionRoute({}, { integrationType: 'AWS' }),
      failing: functionRoute({}, { integrationUri: invocationUri.replace(':hello', ':failing') }),
      plainFailing: functionRoute(
        {},
        { integrationType: 'AWS', integrationUri: invocationUri.replace(':hello', ':failing') },
      ),
      gone: { integration: http(closed) },
      slow: { integration: http(silent, { timeoutInMillis: 50 }) },
      nothing: {},
      elsewhere: { target: 'integrations/none' },
      end: mockAnswering('end'),
    }),
    ({ functionName }, handler) =>
      handler.onEnd(
        functionName.endsWith(':failing')
          ? done({ errorMessage: 'no' }, 'Unhandled')
          : done({ statusCode: 200, body: 'heard' }),
      ),
    { published: { functions: ['hello', 'failing'].map(invocableFunction) } },
  );
  const client = await openSocket(t, gateway.url);
  for (const action of ['mock', 'http', 'proxy', 'function', 'plain']) client.send({ action });
  while (gateway.functions.invocations.length < 2 || backend.received.length < 2)
    await new Promise(setImmediate);
  assert.equal(await asking(client, { action: 'end' }), 'end');
  status = 500;
  client.send({ action: 'http' });
  for (const action of ['badMock', 'failing', 'plainFailing', 'gone', 'nothing', 'elsewhere'])
    assert.match(await asking(client, { action }), internal, action);
  assert.match(await asking(client, { action: 'slow' }), errorFrame('Endpoint request timed out'));
});

test('routes: two-way sends what a function answers, or an error frame', async (t) => {
  let script = ending(done({ statusCode: 200 }));
  const gateway = await startScriptedSockets(
    t,
    socketApi({
      proxy: functionRoute({ isTwoWay: true }),
      plain: functionRoute(
        {
          isTwoWay: true,
          responses: {
            '/.*Bad.*/': {
              responseTemplates: { $default: 'mapped error' },
              templateSelectionExpression: '\\$default',
            },
            $default: {},
          },
        },
        { integrationType: 'AWS' },
      ),
      end: mockAnswering('end'),
    }),
    (invocation, handler) => script(invocation, handler),
  );
  const client = await openSocket(t, gateway.url);
  for (const [answer, expected] of [
    [done({ statusCode: 200, body: 'text' }), 'text'],
    [done({ statusCode: 500, body: 'text all the same' }), 'text all the same'],
    [done({ body: '' }), ''],
    [
      done({ statusCode: 200, body: Buffer.from([1, 255]).toString('base64'), isBase64Encoded: true }),
      'bytes 01ff',
    ],
    [done({ errorMessage: 'no' }, 'Unhandled'), internal],
    [done('no JSON'), internal],
    [done({ statusCode: 'x' }), internal],
  ] as const) {
    script = ending(answer);
    const said = await asking(client, { action: 'proxy' });
    if (typeof expected === 'string') assert.equal(said, expected);
    else assert.match(said, expected);
  }
  for (const [answer, expected] of [
    [done({ anything: [1] }), '{"anything":[1]}'],
    [done({ errorMessage: 'a Bad thing' }, 'Unhandled'), 'mapped error'],
  ] as const) {
    script = ending(answer);
    assert.equal(await asking(client, { action: 'plain' }), expected);
  }
  script = ending(done({ statusCode: 200 }));
  client.send({ action: 'proxy' });
  assert.equal(await asking(client, { action: 'end' }), 'end');
});

test('routes: expressions pick by path, number, composition and header, and keys are exact', async (t) => {
  const cases: readonly (readonly [string, string, unknown, string])[] = [
    ['$request.body.a.b', 'deep', { a: { b: 'deep' } }, 'deep'],
    ['${request.body.a}.${request.body.b}/x', '1.true/x', { a: 1, b: true }, '1.true/x'],
    ['$request.body.n', '7', { n: 7 }, '7'],
    ['$request.body.list', '[a, 1]', { list: ['a', 1] }, '[a, 1]'],
    ['$request.body.list[1]', 'b', { list: ['a', 'b'] }, 'b'],
    ['$request.body.action', 'Join', { action: 'join' }, 'none'],
    ['$request.body.action', '$connect', { action: '$connect' }, 'none'],
    ['$request.body.action', 'x', { action: null }, 'none'],
    ['$request.body.action', 'x', [], 'none'],
    ['$request.body.action', 'x', 'null', 'none'],
    ['$request.body.action', 'x', '', 'none'],
    ['$request.body.action', 'x', '{"action":"x"', 'none'],
    ['$request.body.__proto__', 'x', '{"__proto__":"x"}', 'x'],
    ['$request.body.constructor.name', 'Object', {}, 'none'],
  ];
  for (const [expression, key, message, expected] of cases) {
    const { url, gateway } = await startSocketGateway(
      t,
      socketApi(
        { [key]: mockAnswering(key), $default: mockAnswering('none') },
        { api: { routeSelectionExpression: expression } },
      ),
    );
    const client = await openSocket(t, url);
    assert.equal(await asking(client, message), expected, `${expression} of ${JSON.stringify(message)}`);
    client.socket.close();
    await gateway.drain(100);
  }
});
