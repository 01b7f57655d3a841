// What the client gets, and what the log tells, when a function does not answer. See data-plane reference, sections
// 12 and 14.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import test from 'node:test';
import { api } from '../support/api.ts';
import {
  done,
  ending,
  functionArn,
  invocationUri,
  proxy,
  refused,
  requestId,
  roleArn,
  type Script,
  startFunctionsGateway,
} from '../support/functions-gateway.ts';

const error = '{"message": "Internal server error"}';
const never: Script = () => {};
const format =
  '$context.requestId $context.status $context.integrationStatus $context.integration.status $context.integration.requestId $context.awsEndpointRequestId $context.integration.responseTransferMode $context.error.responseType "$context.integration.error"';
const stage = {
  methodSettings: { '*/*': { loggingLevel: 'INFO', dataTraceEnabled: true } },
  accessLogSettings: { destinationArn: 'arn:aws:logs:us-east-1:1:log-group:access', format },
} as const;

interface Row {
  readonly what: string;
  readonly script: Script;
  readonly status: number;
  readonly body: string;
  /** Of the access log, after the request's id; null = AWS logs no such request. */
  readonly access: string | null;
  /** Lines of the execution log, in order, others between them. */
  readonly told: readonly string[];
}

const permission =
  "Allow it with: aws lambda add-permission --function-name arn:aws:lambda:us-east-1:123456789012:function:hello --statement-id apigateway-testapi001 --action lambda:InvokeFunction --principal apigateway.amazonaws.com --source-arn 'arn:aws:execute-api:us-east-1:123456789012:testapi001/test/GET/x/{id}'";
const rows: readonly Row[] = [
  {
    what: 'a function that failed answers 502',
    script: ending(done({ errorMessage: 'boom', errorType: 'Error' }, 'Unhandled')),
    status: 502,
    body: error,
    access: `502 200 200 ${requestId} ${requestId} BUFFERED INTEGRATION_FAILURE "boom"`,
    told: [
      'Received response. Status: 200, Integration latency: ',
      'Endpoint response headers: {Content-Type=application/json, ',
      'Endpoint response body before transformations: {"errorMessage":"boom","errorType":"Error"}',
      `Lambda execution failed with status 200 due to customer function error: boom. Lambda request id: ${requestId}`,
      'Method completed with status: 502',
    ],
  },
  {
    what: 'a function that says nothing of its failure answers 502',
    script: ending(done('garbage', 'Unhandled')),
    status: 502,
    body: error,
    access: `502 200 200 ${requestId} ${requestId} BUFFERED INTEGRATION_FAILURE "Unknown"`,
    told: ['Lambda execution failed with status 200 due to customer function error: Unknown.'],
  },
  {
    what: 'an answer that is none is told as malformed',
    script: ending(done({ answer: 1 })),
    status: 502,
    body: error,
    access: `502 200 200 ${requestId} ${requestId} BUFFERED INTEGRATION_FAILURE "Malformed Lambda proxy response"`,
    told: [
      'Execution failed due to configuration error: Malformed Lambda proxy response: it has a member "answer"',
    ],
  },
  {
    what: 'a throttled function answers 500, never 429',
    script: ending(
      refused(
        429,
        'TooManyRequestsException',
        'Rate Exceeded.',
        'ReservedFunctionConcurrentInvocationLimitExceeded',
      ),
    ),
    status: 500,
    body: error,
    access: `500 429 429 ${requestId} ${requestId} BUFFERED API_CONFIGURATION_ERROR "TooManyRequestsException: Rate Exceeded."`,
    told: [
      `Lambda invocation failed with status: 429. Lambda request id: ${requestId}`,
      'Execution failed due to configuration error: Rate Exceeded.',
      'The function was throttled: ReservedFunctionConcurrentInvocationLimitExceeded',
    ],
  },
  {
    what: 'a missing permission answers 500, and the log says how to give it',
    script: ending(refused(403, 'AccessDeniedException', 'User is not authorized')),
    status: 500,
    body: error,
    access: `500 403 403 ${requestId} ${requestId} BUFFERED API_CONFIGURATION_ERROR "AccessDeniedException: User is not authorized"`,
    told: [
      'Execution failed due to configuration error: Invalid permissions on Lambda function',
      `The policy of "${functionArn}" does not allow this call. ${permission}`,
    ],
  },
  {
    what: 'an unknown function answers 500, and the log says how to add it',
    script: ending(refused(404, 'ResourceNotFoundException', `Function not found: ${functionArn}`)),
    status: 500,
    body: error,
    access: `500 404 404 ${requestId} ${requestId} BUFFERED API_CONFIGURATION_ERROR "ResourceNotFoundException: Function not found: ${functionArn}"`,
    told: [
      'Execution failed due to configuration error: Invalid permissions on Lambda function',
      `Function not found: ${functionArn}. Add it with: sluice functions add`,
    ],
  },
  {
    what: 'an event that is too large answers 413',
    script: ending(refused(413, 'RequestTooLargeException', 'Request must be smaller than 6291456 bytes')),
    status: 413,
    body: '{"message":"Request Too Long"}',
    access: null,
    told: ['Execution failed due to configuration error: Request must be smaller than 6291456 bytes'],
  },
  {
    what: 'an invocation that is refused for another reason answers 500',
    script: ending(refused(400, 'InvalidRequestContentException', 'no JSON')),
    status: 500,
    body: error,
    access: `500 400 400 ${requestId} ${requestId} BUFFERED API_CONFIGURATION_ERROR "InvalidRequestContentException: no JSON"`,
    told: ['Execution failed due to configuration error: InvalidRequestContentException: no JSON'],
  },
  {
    what: 'a service that fails answers 500',
    script: ending(refused(502, 'InvalidRuntimeException', 'no such runtime')),
    status: 500,
    body: error,
    access: `500 502 502 ${requestId} ${requestId} BUFFERED INTEGRATION_FAILURE "InvalidRuntimeException: no such runtime"`,
    told: ['Execution failed due to an internal error: InvalidRuntimeException: no such runtime'],
  },
  {
    what: 'a call that is lost answers 500',
    script: ending({ outcome: 'lost', detail: 'the function host has ended' }),
    status: 500,
    body: error,
    access: '500 - - - - BUFFERED INTEGRATION_FAILURE "the function host has ended"',
    told: ['Execution failed due to an internal error: the function host has ended'],
  },
  {
    what: 'a function that takes too long answers 504',
    script: never,
    status: 504,
    body: '{"message": "Endpoint request timed out"}',
    access: '504 - - - - BUFFERED INTEGRATION_TIMEOUT "Execution failed due to a timeout error"',
    told: ['Execution failed due to a timeout error', 'Method completed with status: 504'],
  },
];

for (const { what, script, status, body, access, told } of rows)
  test(`function failure: ${what}`, async (t) => {
    const definition = api({ 'GET /x/{id}': proxy({ timeoutInMillis: 50 }) });
    const gateway = await startFunctionsGateway(t, [{ definition, stage }], script);
    const answer = await gateway.call('/x/7');
    assert.deepEqual([answer.status, answer.body], [status, body]);
    if (status !== 413) assert.equal(answer.headers['x-amzn-errortype'], 'InternalServerErrorException');
    const logs = await gateway.logs();
    assert.equal(logs.access.slice(logs.access.indexOf(' ') + 1).trimEnd(), access ?? '');
    if (access === null) return;
    let at = 0;
    for (const line of told) {
      const found = logs.execution.indexOf(`) ${line}`, at);
      assert.ok(found >= 0, `${line} is not in\n${logs.execution}`);
      at = found;
    }
  });

test('function call: the log tells the story of a request in AWS’s order', async (t) => {
  const definition = api({ 'POST /x': proxy() });
  const gateway = await startFunctionsGateway(
    t,
    [{ definition, stage }],
    ending(done({ statusCode: 201, headers: { 'X-A': 'b' }, body: 'made' })),
  );
  await gateway.call('/x', { method: 'POST', body: '{}' });
  const { execution, access } = await gateway.logs();
  assert.match(access, new RegExp(`^\\S+ 201 200 201 ${requestId} ${requestId} BUFFERED - "-"\\n$`));
  const lines = execution
    .trimEnd()
    .split('\n')
    .map((line) => line.slice(line.indexOf(') ') + 2));
  const inOrder = [
    /^Method request body before transformations: \{\}$/,
    new RegExp(
      `^Endpoint request URI: https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/${functionArn}/invocations$`,
    ),
    /^Endpoint request headers: \{x-amzn-lambda-integration-tag=[0-9a-f-]+, x-amzn-apigateway-api-id=testapi001, X-Amz-Source-Arn=arn:aws:execute-api:us-east-1:123456789012:testapi001\/test\/POST\/x, Accept=application\/json, User-Agent=AmazonAPIGateway_testapi001, X-Amzn-Trace-Id=Root=.*\}$/,
    /^Endpoint request body after transformations: \{"resource":"\/x",/,
    /^Sending request to https:\/\/lambda\.us-east-1\.amazonaws\.com\//,
    /^Received response\. Status: 200, Integration latency: \d+ ms$/,
    /^Endpoint response headers: \{Content-Type=application\/json, x-amzn-RequestId=/,
    /^Endpoint response body before transformations: \{"statusCode":201,/,
    /^Method response body after transformations: made$/,
    /^Method response headers: \{X-A=b, Content-Type=application\/json\}$/,
    /^Successfully completed execution$/,
    /^Method completed with status: 201$/,
  ];
  const found = inOrder.map((pattern) => lines.findIndex((line) => pattern.test(line)));
  assert.equal(found.includes(-1) ? String(inOrder[found.indexOf(-1)]) : 'all', 'all', execution);
  assert.deepEqual(
    found,
    found.toSorted((a, b) => a - b),
  );
});

test('function call: a client that goes away ends it', async (t) => {
  const called = Promise.withResolvers<void>();
  const gateway = await startFunctionsGateway(t, { 'GET /x': proxy() }, () => called.resolve());
  const socket = net.connect(gateway.port, '127.0.0.1');
  socket.write('GET /_aws/execute-api/testapi001/test/x HTTP/1.1\r\nHost: a\r\n\r\n');
  await called.promise;
  socket.destroy();
  await once(socket, 'close');
  while (gateway.functions.aborted === 0) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(gateway.functions.aborted, 1);
});

const user = 'arn:aws:iam::*:user/*';
const configured: readonly [what: string, more: Parameters<typeof proxy>[0], told: string][] = [
  ['another verb than POST', { httpMethod: 'GET' }, `must be POST for a Lambda function, and is "GET"`],
  ['ANY', { httpMethod: 'ANY' }, `must be POST for a Lambda function, and is "ANY"`],
  [
    'a role that is not known',
    { credentials: 'arn:aws:iam::123456789012:role/other' },
    'Role "arn:aws:iam::123456789012:role/other" is not known: add it, with its keys, to the roles of the configuration file',
  ],
  ['the caller’s credentials', { credentials: user }, `Credentials "${user}" stand for the caller's`],
  [
    'a URI without a function',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: AWS's own syntax
    { uri: invocationUri.replace(functionArn, '${stageVariables.none}') },
    "Not the ARN of a Lambda function's invocation",
  ],
];
test('function call: a configuration that cannot work answers 500, and the log says what is wrong', async (t) => {
  const methods = configured.map(([, more], i) => [`GET /m${i}`, proxy(more)]);
  const gateway = await startFunctionsGateway(t, [{ definition: api(Object.fromEntries(methods)), stage }]);
  for (const i of configured.keys()) {
    const { status, body } = await gateway.call(`/m${i}`);
    assert.deepEqual([status, body], [500, error]);
  }
  assert.equal(gateway.functions.invocations.length, 0);
  const { execution } = await gateway.logs();
  for (const [what, , told] of configured)
    assert.ok(execution.includes(told), `${what}: ${told} is not in\n${execution}`);
});

test('function call: a role that is known is the one who asks', async (t) => {
  const { call, functions } = await startFunctionsGateway(t, { 'GET /x': proxy({ credentials: roleArn }) });
  assert.equal((await call('/x')).status, 200);
  assert.deepEqual(functions.last.by, { kind: 'identity', arn: roleArn });
});

test('function failure: a customised gateway response is what the client gets', async (t) => {
  const definition = api(
    { 'GET /x': proxy() },
    {
      gatewayResponses: {
        INTEGRATION_FAILURE: {
          statusCode: '418',
          responseTemplates: { 'application/json': '{"e":"$context.error.responseType"}' },
        },
      },
    },
  );
  const { call } = await startFunctionsGateway(t, [{ definition }], ending(done('garbage')));
  const { status, body } = await call('/x');
  assert.deepEqual([status, body], [418, '{"e":"INTEGRATION_FAILURE"}']);
});
