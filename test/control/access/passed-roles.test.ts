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
