// AWS integrations against the services of moto_server: whole APIs with the templates that people use, each call signed,
// each signature checked by botocore.

import assert from 'node:assert/strict';
import test, { after, before, type TestContext } from 'node:test';
import { noBackends, type PublishedBackends } from '../../src/resources/index.ts';
import { api, type MethodSpec } from '../support/api.ts';
import { type Answer, type CallOptions, startTestGateway, type TestGateway } from '../support/gateway.ts';
import { noAwsClients } from '../support/management.ts';
import { type Moto, startMoto } from '../support/moto.ts';

const account = '123456789012';
const role = `arn:aws:iam::${account}:role/gateway`;
const arnOf = (rest: string): string => `arn:aws:apigateway:us-east-1:${rest}`;

/** One method in front of a service: 200 by default, 400 for what the service refuses. */
function service(uri: string, more: Partial<MethodSpec['integration']>, template?: string): MethodSpec {
  return {
    integration: { type: 'AWS', uri: arnOf(uri), credentials: role, httpMethod: 'POST', ...more },
    responses: {
      200: template === undefined ? {} : { responseTemplates: { 'application/json': template } },
      '400:4\\d\\d': {
        responseTemplates: {
          'application/json':
            '#set($e = $input.path(\'$\')){"error":"$e.get(\'__type\').replaceAll(".*#", "")","message":"$util.escapeJavaScript($e.message)"}',
        },
      },
    },
  };
}
const template = (text: string) => ({ requestTemplates: { 'application/json': text } });

const methods: Record<string, MethodSpec> = {
  'POST /pets': service(
    'dynamodb:action/PutItem',
    template(`#set($pet = $input.path('$'))
{
  "TableName": "$stageVariables.table",
  "Item": {
    "kind": {"S": "$pet.kind"},
    "id": {"S": "$context.requestId"},
    "name": {"S": "$util.escapeJavaScript($pet.name).replaceAll("\\\\'", "'")"}
  }
}`),
    '{"id": "$context.requestId"}',
  ),
  'GET /pets/{kind}': service(
    'dynamodb:action/Query',
    template(`{
  "TableName": "$stageVariables.table",
  "KeyConditionExpression": "kind = :kind",
  "ExpressionAttributeValues": {":kind": {"S": "$util.escapeJavaScript($input.params('kind'))"}}
}`),
    `#set($root = $input.path('$'))
{"pets": [
#foreach($pet in $root.Items){"id": "$pet.id.S", "name": "$pet.name.S"}#if($foreach.hasNext),#end
#end
]}`,
  ),
  'GET /pets/{kind}/{id}': service(
    'dynamodb:action/GetItem',
    template(
      '{"TableName": "$stageVariables.table", "Key": {"kind": {"S": "$input.params(\'kind\')"}, "id": {"S": "$input.params(\'id\')"}}}',
    ),
    '#set($item = $input.path(\'$.Item\'))#if($item == $null)#set($context.responseOverride.status = 404){"error": "none"}#else{"name": "$item.name.S"}#end',
  ),
  'GET /missing': service('dynamodb:action/Scan', template('{"TableName": "missing"}')),
  'POST /jobs/path': service(
    `sqs:path/${account}/{queue}`,
    {
      ...template('Action=SendMessage&Version=2012-11-05&MessageBody=$util.urlEncode($input.body)'),
      requestParameters: {
        'integration.request.path.queue': 'stageVariables.queue',
        'integration.request.header.Content-Type': "'application/x-www-form-urlencoded'",
      },
    },
    '{"id": "$input.path(\'$.SendMessageResponse.SendMessageResult.MessageId\')"}',
  ),
  'POST /jobs/action': service(
    `sqs:action/SendMessage&QueueUrl=https%3A%2F%2Fsqs.us-east-1.amazonaws.com%2F${account}%2Fjobs`,
    {
      requestParameters: { 'integration.request.querystring.MessageBody': 'method.request.body' },
      passthroughBehavior: 'WHEN_NO_MATCH',
    },
    '{"id": "$input.path(\'$.SendMessageResponse.SendMessageResult.MessageId\')"}',
  ),
  'POST /jobs/json': service(
    'sqs:action/SendMessage',
    {
      ...template(
        `{"QueueUrl": "https://sqs.us-east-1.amazonaws.com/${account}/jobs", "MessageBody": "$util.escapeJavaScript($input.body)"}`,
      ),
      requestParameters: { 'integration.request.header.Content-Type': "'application/x-amz-json-1.0'" },
    },
    '{"id": "$input.path(\'$.MessageId\')"}',
  ),
  'POST /news': service(
    'sns:action/Publish',
    {
      requestParameters: {
        'integration.request.querystring.TopicArn': `'arn:aws:sns:us-east-1:${account}:news'`,
        'integration.request.querystring.Message': 'method.request.body.text',
        'integration.request.querystring.Subject': 'method.request.querystring.subject',
      },
    },
    '{"id": "$input.path(\'$.PublishResponse.PublishResult.MessageId\')"}',
  ),
  'PUT /files/{bucket}/{key+}': {
    ...service('s3:path/{bucket}/{key}', {
      httpMethod: 'PUT',
      requestParameters: {
        'integration.request.path.bucket': 'method.request.path.bucket',
        'integration.request.path.key': 'method.request.path.key',
        'integration.request.header.Content-Type': 'method.request.header.Content-Type',
        'integration.request.header.x-amz-meta-owner': 'method.request.querystring.owner',
      },
    }),
    responses: {
      201: { responseParameters: { 'method.response.header.ETag': 'integration.response.header.ETag' } },
      '404:404': {},
    },
  },
  'GET /files/{bucket}/{key+}': {
    ...service('s3:path/{bucket}/{key}', {
      httpMethod: 'GET',
      requestParameters: {
        'integration.request.path.bucket': 'method.request.path.bucket',
        'integration.request.path.key': 'method.request.path.key',
      },
    }),
    responses: {
      200: {
        responseParameters: {
          'method.response.header.Content-Type': 'integration.response.header.Content-Type',
          'method.response.header.X-Owner': 'integration.response.header.x-amz-meta-owner',
        },
      },
      '404:404': { responseTemplates: { 'application/json': '{"error": "no such file"}' } },
    },
  },
  'PUT /base64/{key}': {
    ...service('s3:path/files/{key}', {
      httpMethod: 'PUT',
      contentHandling: 'CONVERT_TO_BINARY',
      requestParameters: {
        'integration.request.path.key': 'method.request.path.key',
        'integration.request.header.Content-Type': "'image/png'",
      },
    }),
    responses: { 201: {} },
  },
  'GET /base64/{key}': {
    ...service('files.s3:path/{key}', {
      httpMethod: 'GET',
      requestParameters: { 'integration.request.path.key': 'method.request.path.key' },
    }),
    responses: { 200: { contentHandling: 'CONVERT_TO_TEXT' } },
  },
  'GET /list': {
    ...service('s3:path/files?list-type=2&prefix={prefix}', {
      httpMethod: 'GET',
      requestParameters: {
        'integration.request.path.prefix': 'method.request.querystring.prefix',
        'integration.request.querystring.max-keys': "'10'",
      },
    }),
    responses: { 200: {} },
  },
  'PUT /streams/{stream}': service(
    'kinesis:action/PutRecord',
    {
      requestParameters: { 'integration.request.header.Content-Type': "'application/x-amz-json-1.1'" },
      ...template(`{
  "StreamName": "$input.params('stream')",
  "Data": "$util.base64Encode($input.json('$.Data'))",
  "PartitionKey": "$input.path('$.PartitionKey')"
}`),
    },
    '{"shard": "$input.path(\'$.ShardId\')"}',
  ),
  'POST /orders': service(
    'states:action/StartExecution',
    template(
      `{"input": "$util.escapeJavaScript($input.json('$')).replaceAll("\\\\'", "'")", "stateMachineArn": "arn:aws:states:us-east-1:${account}:stateMachine:order"}`,
    ),
    '{"arn": "$input.path(\'$.executionArn\')"}',
  ),
  'GET /users': service('iam:action/ListRoles', { httpMethod: 'GET' }, "$input.json('$')"),
  'GET /forged': {
    ...service('dynamodb:action/ListTables', { credentials: `${role}-forged`, ...template('{}') }),
    responses: { 200: {}, '502:403': {} },
  },
  'GET /none': service('ses:action/ListIdentities', {}),
};

let moto: Moto;
let gateway: TestGateway;
const ends: (() => unknown)[] = [];
const context = { after: (end: () => unknown) => ends.unshift(end) } as unknown as TestContext;

before(async () => {
  if (noAwsClients !== false) return;
  moto = await startMoto();
  ends.push(moto.stop);
  const machine = { StartAt: 'a', States: { a: { Type: 'Pass', End: true } } };
  await Promise.all([
    moto.json('dynamodb', 'DynamoDB_20120810.CreateTable', {
      TableName: 'pets',
      KeySchema: [
        { AttributeName: 'kind', KeyType: 'HASH' },
        { AttributeName: 'id', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: ['kind', 'id'].map((name) => ({ AttributeName: name, AttributeType: 'S' })),
      BillingMode: 'PAY_PER_REQUEST',
    }),
    moto.query('sqs', { Action: 'CreateQueue', QueueName: 'jobs' }),
    moto.query('sns', { Action: 'CreateTopic', Name: 'news' }),
    moto.s3('PUT', '/files'),
    moto.json('kinesis', 'Kinesis_20131202.CreateStream', { StreamName: 'clicks', ShardCount: 1 }),
    moto.json('states', 'AWSStepFunctions.CreateStateMachine', {
      name: 'order',
      definition: JSON.stringify(machine),
      roleArn: role,
    }),
  ]);
  const keys = await moto.session();
  const backends: PublishedBackends = {
    ...noBackends,
    services: ['dynamodb', 'sqs', 'sns', 's3', 'kinesis', 'states', 'iam'].map((name) => ({
      service: name,
      endpoint: moto.origin,
      signingName: null,
    })),
    roles: [
      { roleArn: role, ...keys },
      { roleArn: `${role}-forged`, ...keys, secretAccessKey: 'not the key of this session' },
    ],
  };
  const definition = api(methods, { restApi: { binaryMediaTypes: ['image/*'] } });
  const variables = { table: 'pets', queue: 'jobs' };
  gateway = await startTestGateway(context, [{ definition, stage: { variables } }], {
    published: { backends },
  });
  await moto.enforce(true);
});

after(async () => {
  for (const end of ends) await end();
});

const call = (target: string, options?: CallOptions): Promise<Answer> => gateway.call(target, options);
const post = (body: string): CallOptions => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body,
});
const options = { skip: noAwsClients };

test('AWS integration: DynamoDB puts, gets and queries items through templates', options, async () => {
  const put = await call('/pets', post('{"kind": "cat", "name": "Zo\u00eb \\"the cat\\" O\'Neil"}'));
  assert.equal(put.status, 200, put.body);
  assert.match(String(put.headers['x-amzn-trace-id']), /^Root=1-/);
  const { id } = JSON.parse(put.body);
  const got = await call(`/pets/cat/${id}`);
  assert.deepEqual([got.status, got.body], [200, '{"name": "Zo\u00eb "the cat" O\'Neil"}']);
  const listed = await call('/pets/cat');
  assert.match(listed.body, new RegExp(`\\{"id": "${id}", "name": "Zo\u00eb`));
  const none = await call('/pets/cat/none');
  assert.deepEqual([none.status, none.body], [404, '{"error": "none"}']);
});

test('AWS integration: what DynamoDB refuses is selected by its status and mapped', options, async () => {
  const missing = await call('/missing');
  assert.deepEqual(
    [missing.status, missing.body],
    [400, '{"error":"ResourceNotFoundException","message":"Requested resource not found"}'],
  );
});

test('AWS integration: SQS takes messages by path, by action and by its JSON protocol', options, async () => {
  const text = '{"a":"1 + 1 = 2 & \u00e9\u{1f600}"}';
  const answers = [
    await call('/jobs/path', post(text)),
    await call('/jobs/action', post(text)),
    await call('/jobs/json', post(text)),
  ];
  for (const { status, body } of answers) {
    assert.equal(status, 200, body);
    assert.match(body, /^\{"id": "[0-9a-f-]{36}"\}$/);
  }
});

test('AWS integration: SNS publishes, and its answer can be read as JSON', options, async () => {
  const { status, body } = await call('/news?subject=a%20b', post('{"text":"hello"}'));
  assert.equal(status, 200, body);
  assert.match(body, /^\{"id": "[0-9a-f-]{36}"\}$/);
});

test('AWS integration: S3 keeps bytes under any key and gives them back', options, async () => {
  const bytes = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0xff, 0xfe, 0x0a]);
  const keys = [
    'plain.png',
    'a/b/c.png',
    'a%2Fb/d.png',
    'sp%20ace+plus.png',
    '%C3%A9%F0%9F%98%80.png',
    "!'()*~.png",
  ];
  for (const key of keys) {
    const image = { 'content-type': 'image/png', accept: 'image/png' };
    const put = await call(`/files/files/${key}?owner=Zoe`, {
      method: 'PUT',
      headers: image,
      body: bytes,
    });
    assert.deepEqual([put.status, put.body], [201, ''], key);
    assert.match(String(put.headers.etag), /^"[0-9a-f]{32}"$/);
    const got = await call(`/files/files/${key}`, { headers: image });
    assert.deepEqual([got.status, got.headers['content-type'], got.bytes], [200, 'image/png', bytes], key);
  }
  const gone = await call('/files/files/none');
  assert.deepEqual([gone.status, gone.body], [404, '{"error": "no such file"}']);
});

test('AWS integration: S3 bytes travel as base64 text where contentHandling says so', options, async () => {
  const base64 = Buffer.from([1, 2, 0xff, 0]).toString('base64');
  const put = await call('/base64/x', {
    method: 'PUT',
    headers: { 'content-type': 'text/plain' },
    body: base64,
  });
  assert.equal(put.status, 201, put.body);
  assert.equal((await call('/base64/x', { headers: { accept: 'text/plain' } })).body, base64);
});

test('AWS integration: an S3 URI has a query of its own, with placeholders', options, async () => {
  const { status, body } = await call('/list?prefix=a/b/');
  assert.equal(status, 200, body);
  assert.match(body, /<Prefix>a\/b\/<\/Prefix>/);
  assert.match(body, /<MaxKeys>10<\/MaxKeys>/);
});

test(
  'AWS integration: a key that climbs out of its bucket is refused before it is sent',
  options,
  async () => {
    for (const key of ['..%2F..%2Fother%2Fsecret', 'a/..%2F..%2Fx']) {
      const { status, body } = await call(`/files/files/${key}`);
      assert.deepEqual([status, body], [500, '{"message": "Internal server error"}'], key);
    }
  },
);

test('AWS integration: Kinesis takes a record, Step Functions starts an execution', options, async () => {
  const record = await call('/streams/clicks', {
    ...post('{"Data":{"page":"/a"},"PartitionKey":"p"}'),
    method: 'PUT',
  });
  assert.deepEqual([record.status, record.body], [200, '{"shard": "shardId-000000000000"}']);
  const execution = await call('/orders', post('{"item":"it\'s \\"one\\""}'));
  assert.equal(execution.status, 200, execution.body);
  assert.match(execution.body, /"arn:aws:states:us-east-1:123456789012:execution:order:/);
});

test('AWS integration: by GET, an action stands in the query string', options, async () => {
  // The checks of moto take the parameters of a GET for its body.
  await moto.enforce(false);
  const { status, body } = await call('/users');
  assert.equal(status, 200, body);
  const { ListRolesResponse } = JSON.parse(body);
  assert.equal(ListRolesResponse.ListRolesResult.Roles[0].RoleName, 'gateway');
  await moto.enforce(true);
});

test('AWS integration: keys that are wrong are the service’s to refuse', options, async () => {
  const { status, body } = await call('/forged');
  assert.equal(status, 502);
  assert.match(body, /SignatureDoesNotMatch/);
});

test('AWS integration: a service without an endpoint is refused with 500', options, async () => {
  const { status, body } = await call('/none');
  assert.deepEqual([status, body], [500, '{"message": "Internal server error"}']);
});
