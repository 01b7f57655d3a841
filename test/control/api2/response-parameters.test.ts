import test from 'node:test';
import { refused, testControl } from '../../support/control.ts';

test('integration responses: a mapping that would have no effect is refused', async (t) => {
  const { call } = await testControl(t);
  const { apiId } = await call('apigatewayv2:CreateApi', {
    name: 'feed',
    protocolType: 'WEBSOCKET',
    routeSelectionExpression: '$request.body.action',
  });
  const { integrationId } = await call('apigatewayv2:CreateIntegration', { apiId, integrationType: 'MOCK' });
  let n = 200;
  const create = (target: string, source: string) =>
    call('apigatewayv2:CreateIntegrationResponse', {
      apiId,
      integrationId: integrationId!,
      integrationResponseKey: `/${n++}/`,
      responseParameters: { [target]: source },
    });
  for (const [target, source] of [
    ['route.response.header.Sec-WebSocket-Protocol', "'chat'"],
    ['method.response.header.X', 'integration.response.multivalueheader.X'],
    ['route.response.body', 'integration.response.body.a[0].b'],
    ['route.response.body', 'stageVariables.x'],
  ] as const)
    await create(target, source);
  for (const [target, source, wrong] of [
    ['route.response.body.a', "'x'", 'parameter specified: route.response.body.a'],
    ['route.response.cookie.a', "'x'", 'parameter specified: route.response.cookie.a'],
    ['integration.request.header.a', "'x'", 'parameter specified: integration.request.header.a'],
    ['route.response.body', 'route.request.body', 'specified: route.request.body'],
    ['route.response.body', 'x', 'specified: x'],
  ] as const)
    await refused(
      create(target, source),
      'BadRequestException',
      `Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression ${wrong}]`,
    );
});
