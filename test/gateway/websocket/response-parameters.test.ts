import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { startBackend } from '../../support/backend.ts';
import { shakeHands } from '../../support/raw-websocket.ts';
import {
  mockAnswering,
  openSocket,
  type RouteSpec,
  socketApi,
  startSocketGateway,
} from '../../support/websocket-api.ts';

type Parameters = Readonly<Record<string, string>>;

async function jsonBackend(t: TestContext): Promise<NonNullable<RouteSpec['integration']>> {
  const backend = await startBackend(t, (_, response) => {
    response.setHeader('X-Chosen', 'of-header');
    response.setHeader('X-Twice', ['a', 'b']);
    response.end('{"protocol":"of-body","n":{"m":[7]},"bytes":"AP8="}');
  });
  return {
    integrationType: 'HTTP',
    integrationMethod: 'POST',
    integrationUri: `http://${backend.authority}/`,
  };
}

const protocolHeader = 'route.response.header.Sec-WebSocket-Protocol';

test('response parameters: at the handshake they name the sub-protocol', async (t) => {
  const integration = await jsonBackend(t);
  const cases: readonly (readonly [Parameters, string | undefined])[] = [
    [{ [protocolHeader]: "'chat'" }, 'chat'],
    [{ 'method.response.header.sec-websocket-protocol': "'chat'" }, 'chat'],
    [{ [protocolHeader]: 'integration.response.header.x-chosen' }, 'of-header'],
    [{ [protocolHeader]: 'integration.response.multivalueheader.X-Chosen' }, 'of-header'],
    [{ [protocolHeader]: 'integration.response.body.protocol' }, 'of-body'],
    [{ [protocolHeader]: 'context.stage' }, 'prod'],
    [{ [protocolHeader]: 'stageVariables.proto' }, 'of-stage'],
    [{ [protocolHeader]: 'stageVariables.none' }, undefined],
    [{ [protocolHeader]: 'integration.response.body.nothing' }, undefined],
    [{ [protocolHeader]: "'two\r\nX-Evil: 1'" }, undefined],
    [{ 'route.response.header.X-Other': "'x'" }, undefined],
  ];
  for (const [responseParameters, expected] of cases) {
    const { url } = await startSocketGateway(
      t,
      socketApi({
        $connect: { integration, responses: { $default: { responseParameters } } },
        $default: mockAnswering('ok'),
      }),
      { stage: { stageVariables: { proto: 'of-stage' } } },
    );
    const raw = await shakeHands(t, url, ['Sec-WebSocket-Protocol: chat']);
    const { status, fields } = await raw.answer();
    assert.equal(status, 101, JSON.stringify(responseParameters));
    assert.equal(fields['sec-websocket-protocol'], expected, JSON.stringify(responseParameters));
    assert.equal(fields['x-evil'], undefined);
    raw.socket.destroy();
  }
});

test('response parameters: they are those of the integration response that the status chooses', async (t) => {
  const named = (protocol: string) => ({ responseParameters: { [protocolHeader]: `'${protocol}'` } });
  const { url } = await startSocketGateway(
    t,
    socketApi({
      $connect: {
        integration: { integrationType: 'MOCK', requestTemplates: { $default: '{"statusCode":204}' } },
        responses: { '/204/': named('this'), $default: named('that') },
      },
      $default: mockAnswering('ok'),
    }),
  );
  const { fields } = await (await shakeHands(t, url, ['Sec-WebSocket-Protocol: this, that'])).answer();
  assert.equal(fields['sec-websocket-protocol'], 'this');
});

test('response parameters: of a message they make the body, where no template does', async (t) => {
  const integration = await jsonBackend(t);
  const cases: readonly (readonly [NonNullable<RouteSpec['responses']>[string], string])[] = [
    [{ responseParameters: { 'route.response.body': 'integration.response.body.n' } }, '{"m":[7]}'],
    [{ responseParameters: { 'route.response.body': 'integration.response.body.n.m[0]' } }, '7'],
    [{ responseParameters: { 'route.response.body': 'integration.response.header.X-Chosen' } }, 'of-header'],
    [
      { responseParameters: { 'route.response.body': 'integration.response.multivalueheader.X-Twice' } },
      'a,b',
    ],
    [{ responseParameters: { 'route.response.body': 'context.routeKey' } }, 'ask'],
    [{ responseParameters: { 'route.response.body': "'said'" } }, 'said'],
    [
      {
        responseParameters: { 'route.response.body': 'integration.response.body.bytes' },
        contentHandlingStrategy: 'CONVERT_TO_BINARY',
      },
      'bytes 00ff',
    ],
    // Nothing there: the backend's own body.
    [
      { responseParameters: { 'route.response.body': 'integration.response.body.none' } },
      '{"protocol":"of-body","n":{"m":[7]},"bytes":"AP8="}',
    ],
    [
      {
        responseParameters: { 'route.response.body': "'said'" },
        responseTemplates: { $default: 'rendered' },
        templateSelectionExpression: '\\$default',
      },
      'rendered',
    ],
    // Header fields are of the handshake.
    [
      { responseParameters: { [protocolHeader]: "'chat'" } },
      '{"protocol":"of-body","n":{"m":[7]},"bytes":"AP8="}',
    ],
  ];
  for (const [response, expected] of cases) {
    const { url } = await startSocketGateway(
      t,
      socketApi({ ask: { integration, responses: { $default: response }, isTwoWay: true } }),
    );
    const client = await openSocket(t, url);
    client.send({ action: 'ask' });
    assert.equal(await client.next(), expected, JSON.stringify(response));
  }
});

test("response parameters: a mock's answer may be mapped too", async (t) => {
  const { url } = await startSocketGateway(
    t,
    socketApi({
      ask: {
        integration: { integrationType: 'MOCK', requestTemplates: { $default: '{"statusCode":200}' } },
        responses: { $default: { responseParameters: { 'route.response.body': 'context.connectionId' } } },
        isTwoWay: true,
      },
    }),
  );
  const client = await openSocket(t, url);
  client.send({ action: 'ask' });
  assert.match(await client.next(), /^[\w+/-]{15}=$/);
});
