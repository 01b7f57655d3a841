// The JavaScript SDK against the protocol: what it sends reaches the handler, what it is answered it reads.

import assert from 'node:assert/strict';
import test from 'node:test';
import {
  APIGatewayClient,
  BadRequestException,
  ConflictException,
  CreateRestApiCommand,
  DeleteMethodCommand,
  DeleteRestApiCommand,
  GetApiKeysCommand,
  GetExportCommand,
  GetRestApiCommand,
  GetTagsCommand,
  GetUsageCommand,
  ImportRestApiCommand,
  NotFoundException,
  PutIntegrationCommand,
  paginateGetRestApis,
  TooManyRequestsException,
  UntagResourceCommand,
  UpdateRestApiCommand,
} from '@aws-sdk/client-api-gateway';
import {
  AccessDenied,
  badRequest,
  conflict,
  notFound,
  tooManyRequests,
  unavailable,
} from '../../../src/control/protocol/exceptions.ts';
import { FileAnswer } from '../../../src/control/protocol/file-answer.ts';
import type { OperationName } from '../../../src/control/protocol/operations.ts';
import { admin, testWire } from './wire.ts';

async function sdk(
  t: { after(work: () => unknown): void },
  answer: (name: OperationName, input: Readonly<Record<string, unknown>>) => unknown,
) {
  const wire = await testWire(t, (name, input) => answer(name, input as Record<string, unknown>));
  const client = new APIGatewayClient({
    endpoint: `http://127.0.0.1:${wire.port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    maxAttempts: 1,
  });
  t.after(() => client.destroy());
  return { client, wire };
}

/** Without what the SDK adds about the exchange. */
const answered = async (sent: Promise<object>) => {
  const { $metadata: _, ...output } = (await sent) as Record<string, unknown>;
  return output;
};

test('the JavaScript SDK reads times, numbers, nested maps and both renamed lists', async (t) => {
  const restApi = {
    id: 'a',
    name: 'x',
    createdDate: 1_704_164_645,
    endpointConfiguration: { types: ['EDGE'], ipAddressType: 'ipv4' },
    tags: { 'a/b': 'c' },
  };
  const { client } = await sdk(t, (name) => {
    if (name === 'GetUsage') return { usagePlanId: 'p', values: { k: [[1, 2]] } };
    return name === 'GetApiKeys' ? { item: [{ id: 'k', enabled: true }], position: 'next' } : restApi;
  });
  assert.deepEqual(await answered(client.send(new GetRestApiCommand({ restApiId: 'a' }))), {
    ...restApi,
    createdDate: new Date(1_704_164_645_000),
  });
  assert.deepEqual(await answered(client.send(new GetApiKeysCommand({}))), {
    items: [{ id: 'k', enabled: true }],
    position: 'next',
  });
  const usage = new GetUsageCommand({ usagePlanId: 'p', startDate: '2024-01-01', endDate: '2024-01-02' });
  assert.deepEqual(await answered(client.send(usage)), { usagePlanId: 'p', items: { k: [[1, 2]] } });
});

test('the JavaScript SDK sends what handlers read', async (t) => {
  const { client, wire } = await sdk(t, (name) => (/^(Delete|Untag)/.test(name) ? undefined : {}));
  const arn = 'arn:aws:apigateway:us-east-1::/restapis/a';
  await client.send(new CreateRestApiCommand({ name: 'x', tags: { a: 'b' }, minimumCompressionSize: 0 }));
  await client.send(new DeleteRestApiCommand({ restApiId: 'a' }));
  await client.send(new DeleteMethodCommand({ restApiId: 'a', resourceId: 'r', httpMethod: 'GET' }));
  await client.send(new GetTagsCommand({ resourceArn: arn, limit: 5 }));
  await client.send(new UntagResourceCommand({ resourceArn: arn, tagKeys: ['a', 'b,c'] }));
  await client.send(
    new PutIntegrationCommand({
      restApiId: 'a',
      resourceId: 'r',
      httpMethod: 'GET',
      type: 'HTTP',
      integrationHttpMethod: 'POST',
      uri: 'http://example.com',
    }),
  );
  await client.send(
    new UpdateRestApiCommand({
      restApiId: 'a',
      patchOperations: [{ op: 'replace', path: '/name', value: 'y' }],
    }),
  );
  const body = Buffer.from('{"openapi":"3.0.1"}');
  await client.send(
    new ImportRestApiCommand({ body, failOnWarnings: false, parameters: { basepath: 'split' } }),
  );
  assert.deepEqual(wire.calls, [
    { name: 'CreateRestApi', input: { name: 'x', tags: { a: 'b' }, minimumCompressionSize: 0 } },
    { name: 'DeleteRestApi', input: { restApiId: 'a' } },
    { name: 'DeleteMethod', input: { restApiId: 'a', resourceId: 'r', httpMethod: 'GET' } },
    { name: 'GetTags', input: { resourceArn: arn, limit: 5 } },
    { name: 'UntagResource', input: { resourceArn: arn, tagKeys: ['a', 'b,c'] } },
    {
      name: 'PutIntegration',
      input: {
        restApiId: 'a',
        resourceId: 'r',
        httpMethod: 'GET',
        type: 'HTTP',
        integrationHttpMethod: 'POST',
        uri: 'http://example.com',
      },
    },
    {
      name: 'UpdateRestApi',
      input: { restApiId: 'a', patchOperations: [{ op: 'replace', path: '/name', value: 'y' }] },
    },
    { name: 'ImportRestApi', input: { failOnWarnings: false, parameters: { basepath: 'split' }, body } },
  ]);
});

test('the JavaScript SDK reads a file with its type and name', async (t) => {
  const { client, wire } = await sdk(
    t,
    () => new FileAnswer('application/octet-stream', 'attachment; filename="x"', Buffer.from('{}')),
  );
  const command = new GetExportCommand({
    restApiId: 'a',
    stageName: 's',
    exportType: 'oas30',
    accepts: 'application/yaml',
    parameters: { extensions: 'integrations' },
  });
  const { contentType, contentDisposition, body } = await client.send(command);
  assert.deepEqual(
    [contentType, contentDisposition, Buffer.from(body!).toString()],
    ['application/octet-stream', 'attachment; filename="x"', '{}'],
  );
  assert.deepEqual(wire.calls[0]!.input, {
    restApiId: 'a',
    stageName: 's',
    exportType: 'oas30',
    parameters: { extensions: 'integrations' },
    accepts: 'application/yaml',
  });
});

test('the JavaScript SDK walks through pages', async (t) => {
  const { client } = await sdk(t, (_, { position = '0' }) => {
    const start = Number(position);
    return { item: [{ id: `a${start}` }], ...(start < 3 && { position: String(start + 1) }) };
  });
  const ids: (string | undefined)[] = [];
  for await (const { items } of paginateGetRestApis({ client }, {})) ids.push(...items!.map(({ id }) => id));
  assert.deepEqual(ids, ['a0', 'a1', 'a2', 'a3']);
});

test('the JavaScript SDK throws each refusal as its own class, with the text and the request id', async (t) => {
  const classes = { BadRequestException, ConflictException, NotFoundException, TooManyRequestsException };
  for (const exception of [
    badRequest('b'),
    conflict('c'),
    notFound('n'),
    tooManyRequests('t', 7),
    unavailable('u'),
    new AccessDenied('a', admin),
  ]) {
    const { client, wire } = await sdk(t, () => {
      throw exception;
    });
    const error = await client.send(new GetRestApiCommand({ restApiId: 'a' })).then(
      () => assert.fail('it was answered'),
      (reason) => reason,
    );
    const { name, message, $metadata } = error;
    assert.deepEqual(
      [name, message, $metadata.httpStatusCode, $metadata.requestId],
      [exception.name, exception.message, exception.status, wire.records[0]!.requestId],
    );
    const type = classes[exception.name as keyof typeof classes];
    if (type !== undefined) assert.ok(error instanceof type, `${exception.name} is of its class`);
    if (error instanceof TooManyRequestsException) assert.equal(error.retryAfterSeconds, '7');
  }
});
