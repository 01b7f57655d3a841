import test from 'node:test';
import { refused, testControl } from '../../support/control.ts';

test('routes: a target may publish to topics that an expression names, with options', async (t) => {
  const { call } = await testControl(t);
  const api = await call('apigatewayv2:CreateApi', {
    name: 'feed',
    protocolType: 'WEBSOCKET',
    routeSelectionExpression: '$request.body.action',
  });
  const create = (routeKey: string, target: string) =>
    call('apigatewayv2:CreateRoute', { apiId: api.apiId, routeKey, target });
  for (const target of [
    'topics/prices',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: AWS's own syntax
    'topics/room/${request.body.room}?act=join',
    'topics/a b?retain=true&ttl=60',
  ])
    await create(target, target);
  await refused(
    create('bad', 'topics/x?act=jump'),
    'BadRequestException',
    /^Invalid target specified: topics\/x\?act=jump\. /,
  );
  await refused(
    create('none', 'nowhere/x'),
    'BadRequestException',
    'Invalid target specified: nowhere/x. Must be of the form integrations/{integrationId}, or topics/{topic}',
  );
});
