// Roles that calls hand on, where boto3 is not needed.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { Caller } from '../../../src/control/api/handler.ts';
import { noBackends } from '../../../src/resources/index.ts';
import { accountId, caller, testControl } from '../../support/control.ts';

test('roles: one that is not there yet, or has a quote in its path, is handed on by leave; one of the configuration by anybody', async (t) => {
  const configured = `arn:aws:iam::${accountId}:role/of-file`;
  const { call, control } = await testControl(
    t,
    {},
    {
      backends: {
        ...noBackends,
        roles: [{ roleArn: configured, accessKeyId: 'AKIA', secretAccessKey: 's', sessionToken: null }],
      },
    },
  );
  const { id: restApiId } = await call('CreateRestApi', { name: 'api' });
  const { item } = await call('GetResources', { restApiId });
  const at = { restApiId, resourceId: item[0].id, httpMethod: 'GET' };
  await call('PutMethod', { ...at, authorizationType: 'NONE' });
  const asked: string[] = [];
  const who = (decision: 'allow' | 'none'): Caller => {
    const decide = (action: string, resource: string) => {
      asked.push(`${action} ${resource}`);
      return decision;
    };
    return { ...caller, identity: { signer: {} as never, context: () => undefined, decide } };
  };
  const put = (credentials: string, by: Caller) =>
    control.call(
      'PutIntegration',
      {
        ...at,
        type: 'AWS',
        httpMethod: 'GET',
        integrationHttpMethod: 'POST',
        uri: 'arn:aws:apigateway:us-east-1:sqs:action/ListQueues',
        credentials,
      },
      by,
    );
  const named = ['later', 'a"b/quoted', 'a\\b/c"/escaped'].map(
    (name) => `arn:aws:iam::${accountId}:role/${name}`,
  );
  for (const arn of named) {
    await assert.rejects(put(arn, who('none')), { name: 'AccessDeniedException' });
    await put(arn, who('allow'));
  }
  assert.deepEqual(
    asked,
    named.flatMap((arn) => [`iam:PassRole ${arn}`, `iam:PassRole ${arn}`]),
  );
  await put(configured, who('none'));
  await put(`arn:aws:iam::999988887777:role/of-others`, who('none'));
});

test('roles: whatever holds one for the gateway is written by leave alone, and written again without', async (t) => {
  const { call, control } = await testControl(t);
  const { id: restApiId } = await call('CreateRestApi', { name: 'api' });
  const socket = { protocolType: 'WEBSOCKET', routeSelectionExpression: '$request.body.action' } as const;
  const { apiId } = await call('apigatewayv2:CreateApi', { name: 'socket', ...socket });
  const role = `arn:aws:iam::${accountId}:role/power`;
  const authorizerUri = `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:${accountId}:function:f/invocations`;
  const works: Readonly<Record<string, (by: Caller) => Promise<unknown>>> = {
    account: (by) =>
      control.call(
        'UpdateAccount',
        { patchOperations: [{ op: 'replace', path: '/cloudwatchRoleArn', value: role }] },
        by,
      ),
    authorizer: (by) =>
      control.call(
        'CreateAuthorizer',
        {
          restApiId,
          name: 'a',
          type: 'REQUEST',
          identitySource: 'context.path',
          authorizerUri,
          authorizerCredentials: role,
        },
        by,
      ),
    v2Integration: (by) =>
      control.call(
        'apigatewayv2:CreateIntegration',
        {
          apiId,
          integrationType: 'AWS',
          integrationMethod: 'POST',
          integrationUri: 'arn:aws:apigateway:us-east-1:sqs:action/ListQueues',
          credentialsArn: role,
        },
        by,
      ),
    v2Authorizer: (by) =>
      control.call(
        'apigatewayv2:CreateAuthorizer',
        {
          apiId,
          name: 'a',
          authorizerType: 'REQUEST',
          identitySource: [],
          authorizerUri,
          authorizerCredentialsArn: role,
        },
        by,
      ),
  };
  const asked: unknown[] = [];
  const who = (decision: 'allow' | 'none'): Caller => {
    const decide = (action: string, resource: string, more?: (key: string) => unknown) => {
      asked.push([action, resource, more?.('iam:passedtoservice')]);
      return decision;
    };
    return { ...caller, identity: { signer: {} as never, context: () => undefined, decide } };
  };
  for (const [what, work] of Object.entries(works)) {
    asked.length = 0;
    await assert.rejects(work(who('none')), { name: 'AccessDeniedException' }, what);
    await work(who('allow'));
    const question = ['iam:PassRole', role, 'apigateway.amazonaws.com'];
    assert.deepEqual(asked, [question, question], what);
  }
  // What is there already is not handed on a second time.
  const { items } = await call('apigatewayv2:GetIntegrations', { apiId });
  const [{ integrationId }] = items;
  await control.call(
    'apigatewayv2:UpdateIntegration',
    { apiId, integrationId, timeoutInMillis: 5_000 },
    who('none'),
  );
});
