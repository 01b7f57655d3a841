import assert from 'node:assert/strict';
import test from 'node:test';
import type { OperationName } from '../../../src/control/protocol/operations.ts';
import { assertRefused, type TestWire, testWire } from './wire.ts';

type Sent = readonly [method: string, path: string, body?: unknown];

const sendJson = (wire: TestWire, [method, path, body]: Sent) =>
  wire.send(method, path, body === undefined ? {} : { body: JSON.stringify(body) });

test('the members of a request reach the handler from the path, the query, the headers and the body', async (t) => {
  const wire = await testWire(t);
  const cases: readonly (readonly [sent: Sent, name: OperationName, input: unknown])[] = [
    [['GET', '/restapis'], 'GetRestApis', {}],
    [['GET', '/restapis?limit=7&position=a%2Bb%20c+d'], 'GetRestApis', { limit: 7, position: 'a+b c d' }],
    [['GET', '/restapis?limit=-3&unknown=1'], 'GetRestApis', { limit: -3 }],
    [['GET', '/restapis?&&limit=1&limit=2'], 'GetRestApis', { limit: 1 }],
    [
      ['GET', '/apikeys?name=n&includeValues=true&customerId='],
      'GetApiKeys',
      { nameQuery: 'n', includeValues: true, customerId: '' },
    ],
    [['GET', '/apikeys/k?includeValue=False'], 'GetApiKey', { apiKey: 'k', includeValue: false }],
    [
      ['GET', '/restapis/a/resources?embed=methods&embed=x'],
      'GetResources',
      { restApiId: 'a', embed: ['methods', 'x'] },
    ],
    [
      ['DELETE', '/tags/arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Frestapis%2Fa?tagKeys=a,b&tagKeys=c%2Cd'],
      'UntagResource',
      { resourceArn: 'arn:aws:apigateway:us-east-1::/restapis/a', tagKeys: ['a', 'b', 'c,d'] },
    ],
    [
      ['PUT', '/restapis/a/resources/r/methods/GET/integration', { type: 'MOCK', httpMethod: 'POST' }],
      'PutIntegration',
      { restApiId: 'a', resourceId: 'r', httpMethod: 'GET', type: 'MOCK', integrationHttpMethod: 'POST' },
    ],
    [
      ['POST', '/restapis', { name: 'x', description: null, unknown: [1], tags: { a: 'b', c: null } }],
      'CreateRestApi',
      { name: 'x', tags: { a: 'b' } },
    ],
    [
      [
        'PUT',
        '/restapis/a/gatewayresponses/ACCESS_DENIED',
        { responseTemplates: { 'application/json': null } },
      ],
      'PutGatewayResponse',
      { restApiId: 'a', responseType: 'ACCESS_DENIED', responseTemplates: { 'application/json': null } },
    ],
    [
      ['PATCH', '/restapis/a', { patchOperations: [{ op: 'replace', path: '/name', value: 'y', more: 1 }] }],
      'UpdateRestApi',
      { restApiId: 'a', patchOperations: [{ op: 'replace', path: '/name', value: 'y' }] },
    ],
    [
      ['POST', '/usageplans', { name: 'p', throttle: { burstLimit: 10.9, rateLimit: 0.5 } }],
      'CreateUsagePlan',
      { name: 'p', throttle: { burstLimit: 10, rateLimit: 0.5 } },
    ],
    [
      [
        'POST',
        '/usageplans',
        { name: 'p', apiStages: [{ apiId: 'a', throttle: { '/x/GET': { rateLimit: 1 } } }] },
      ],
      'CreateUsagePlan',
      { name: 'p', apiStages: [{ apiId: 'a', throttle: { '/x/GET': { rateLimit: 1 } } }] },
    ],
  ];
  for (const [sent, name, input] of cases) {
    const answer = await sendJson(wire, sent);
    assert.ok(answer.status < 300, `${sent.join(' ')}: ${answer.text}`);
    assert.deepEqual(wire.calls.pop(), { name, input });
  }
});

test('a document reaches the handler as its bytes, with the parameters that no member names', async (t) => {
  const wire = await testWire(t);
  const body = Buffer.from([0, 255, 13, 10, 34]);
  const query = 'mode=import&failonwarnings=true&basepath=prepend&endpointConfigurationTypes=REGIONAL';
  await wire.send('POST', `/restapis?${query}&X-Amz-Date=1&__proto__=x`, { body });
  const imported = {
    failOnWarnings: true,
    parameters: { basepath: 'prepend', endpointConfigurationTypes: 'REGIONAL' },
  };
  const { name, input } = wire.calls[0]!;
  const { body: bytes, ...others } = input as { body: Uint8Array };
  assert.deepEqual([name, others, [...bytes]], ['ImportRestApi', imported, [...body]]);

  await wire.send('PUT', '/restapis/a?mode=overwrite&ignore=documentation', { body: '{}' });
  assert.deepEqual(
    { ...(wire.calls[1]!.input as object), body: null },
    { restApiId: 'a', mode: 'overwrite', parameters: { ignore: 'documentation' }, body: null },
  );

  await wire.send(
    'GET',
    '/restapis/a/stages/b/exports/oas30?extensions=integrations&extensions=authorizers',
    {
      headers: { accept: 'application/yaml' },
    },
  );
  assert.deepEqual(wire.calls[2]!.input, {
    restApiId: 'a',
    stageName: 'b',
    exportType: 'oas30',
    parameters: { extensions: 'integrations,authorizers' },
    accepts: 'application/yaml',
  });
});

const opFailed = (n: number, value: string) =>
  `Value '${value}' at 'updateRestApiInput.patchOperations.${n}.member.op' failed to satisfy constraint: Member must satisfy enum value set: [add, remove, move, test, replace, copy]`;
const responseTypes =
  '[REQUEST_TOO_LARGE, RESOURCE_NOT_FOUND, AUTHORIZER_CONFIGURATION_ERROR, MISSING_AUTHENTICATION_TOKEN, BAD_REQUEST_BODY, INVALID_SIGNATURE, INVALID_API_KEY, BAD_REQUEST_PARAMETERS, AUTHORIZER_FAILURE, UNAUTHORIZED, INTEGRATION_TIMEOUT, ACCESS_DENIED, DEFAULT_4XX, DEFAULT_5XX, WAF_FILTERED, QUOTA_EXCEEDED, THROTTLED, API_CONFIGURATION_ERROR, UNSUPPORTED_MEDIA_TYPE, INTEGRATION_FAILURE, EXPIRED_TOKEN]';

test('a value that breaks its constraint is refused in the words of the framework', async (t) => {
  const wire = await testWire(t);
  const cases: readonly (readonly [sent: Sent, failures: readonly string[]])[] = [
    [
      ['PUT', '/restapis/a/resources/b/methods/GET/integration', { type: 'X' }],
      [
        "Value 'X' at 'putIntegrationInput.type' failed to satisfy constraint: Member must satisfy enum value set: [HTTP, MOCK, AWS_PROXY, HTTP_PROXY, AWS]",
      ],
    ],
    [
      ['POST', '/restapis', { name: 'a', endpointConfiguration: { types: ['wrong'] } }],
      [
        "Value '[wrong]' at 'createRestApiInput.endpointConfiguration.types' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [PRIVATE, EDGE, REGIONAL]]",
      ],
    ],
    [
      [
        'POST',
        '/restapis',
        { name: 'a', endpointConfiguration: { types: ['EDGE', 'x'], ipAddressType: 'ipv5' } },
      ],
      [
        "Value '[EDGE, x]' at 'createRestApiInput.endpointConfiguration.types' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [PRIVATE, EDGE, REGIONAL]]",
        "Value 'ipv5' at 'createRestApiInput.endpointConfiguration.ipAddressType' failed to satisfy constraint: Member must satisfy enum value set: [ipv4, dualstack]",
      ],
    ],
    [
      ['POST', '/restapis', {}],
      ["Value null at 'createRestApiInput.name' failed to satisfy constraint: Member must not be null"],
    ],
    [
      ['POST', '/restapis', { name: null, binaryMediaTypes: ['a', null] }],
      [
        "Value null at 'createRestApiInput.name' failed to satisfy constraint: Member must not be null",
        "Value '[a, null]' at 'createRestApiInput.binaryMediaTypes' failed to satisfy constraint: Member must satisfy constraint: [Member must not be null]",
      ],
    ],
    [
      ['PATCH', '/restapis/a', { patchOperations: [{ op: 'wrong' }, { op: 'add' }, { op: 'bad' }, null] }],
      [
        opFailed(1, 'wrong'),
        opFailed(3, 'bad'),
        "Value null at 'updateRestApiInput.patchOperations.4.member' failed to satisfy constraint: Member must not be null",
      ],
    ],
    [
      ['PUT', '/restapis/a/gatewayresponses/wrong', { statusCode: 'wrong' }],
      [
        `Value 'wrong' at 'responseType' failed to satisfy constraint: Member must satisfy enum value set: ${responseTypes}`,
        "Value 'wrong' at 'putGatewayResponseInput.statusCode' failed to satisfy constraint: Member must satisfy regular expression pattern: [1-5]\\d\\d",
      ],
    ],
    [
      ['GET', '/restapis/a/resources/b/methods/GET/responses/wrong'],
      [
        "Value 'wrong' at 'statusCode' failed to satisfy constraint: Member must satisfy regular expression pattern: [1-5]\\d\\d",
      ],
    ],
    [
      ['GET', '/restapis/a/resources/b/methods/GET/responses/200%0A'],
      [
        "Value '200\n' at 'statusCode' failed to satisfy constraint: Member must satisfy regular expression pattern: [1-5]\\d\\d",
      ],
    ],
    [
      ['POST', '/restapis/a/documentation/parts', { location: { type: 'x' }, properties: '{}' }],
      [
        "Value 'x' at 'createDocumentationPartInput.location.type' failed to satisfy constraint: Member must satisfy enum value set: [RESPONSE_BODY, RESPONSE, METHOD, MODEL, AUTHORIZER, RESPONSE_HEADER, RESOURCE, PATH_PARAMETER, REQUEST_BODY, QUERY_PARAMETER, API, REQUEST_HEADER]",
      ],
    ],
    [
      ['GET', '/usageplans/a/usage?startDate=2024-01-01'],
      ["Value null at 'endDate' failed to satisfy constraint: Member must not be null"],
    ],
    [
      ['PUT', '/restapis/a?mode=replace', {}],
      [
        "Value 'replace' at 'mode' failed to satisfy constraint: Member must satisfy enum value set: [merge, overwrite]",
      ],
    ],
    [
      [
        'POST',
        '/restapis/a/authorizers',
        {
          name: 'n',
          type: 'JWT',
          jwtConfiguration: { issuers: [{ issuer: 'i', audiences: [] }, {}], defaultAlgorithms: ['none'] },
        },
      ],
      [
        "Value null at 'createAuthorizerInput.jwtConfiguration.issuers.2.member.issuer' failed to satisfy constraint: Member must not be null",
        "Value null at 'createAuthorizerInput.jwtConfiguration.issuers.2.member.audiences' failed to satisfy constraint: Member must not be null",
        "Value '[none]' at 'createAuthorizerInput.jwtConfiguration.defaultAlgorithms' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [RS256, RS384, RS512, ES256, ES384, ES512]]",
      ],
    ],
  ];
  for (const [sent, failures] of cases) {
    const noun = failures.length === 1 ? 'error' : 'errors';
    const message = `${failures.length} validation ${noun} detected: ${failures.join('; ')}`;
    assertRefused(await sendJson(wire, sent), 400, 'ValidationException', message);
  }
  assert.deepEqual(wire.calls, []);
});

test('a request with very many broken values is told of a hundred of them', async (t) => {
  const wire = await testWire(t);
  const patchOperations = Array.from({ length: 5000 }, () => ({ op: 'x' }));
  const { json } = await sendJson(wire, ['PATCH', '/restapis/a', { patchOperations }]);
  assert.match((json as { message: string }).message, /^100 validation errors detected: /);
});

const number = 'class com.amazon.coral.value.json.numbers.TruncatingBigNumber';

test('a value of another type is refused before any constraint is looked at', async (t) => {
  const wire = await testWire(t);
  const cases: readonly (readonly [sent: Sent, message: string])[] = [
    [['POST', '/restapis', { name: true }], 'class java.lang.Boolean can not be converted to an String'],
    [['POST', '/restapis', { name: 1 }], `${number} can not be converted to an String`],
    [['POST', '/restapis', { name: ['a'] }], 'Start of list found where not expected'],
    [['POST', '/restapis', { name: {} }], 'Start of structure or map found where not expected'],
    [['POST', '/restapis', { tags: 'a' }], 'Unrecognized collection type class java.lang.String'],
    [['POST', '/restapis', { tags: [] }], 'Start of list found where not expected'],
    [['POST', '/restapis', { tags: { a: 1 } }], `${number} can not be converted to an String`],
    [
      ['POST', '/restapis', { binaryMediaTypes: true }],
      'Unrecognized collection type class java.lang.Boolean',
    ],
    [['POST', '/restapis', { binaryMediaTypes: {} }], 'Start of structure or map found where not expected'],
    [
      ['POST', '/restapis', { disableExecuteApiEndpoint: 'true' }],
      'class java.lang.String can not be converted to an Boolean',
    ],
    [
      ['POST', '/restapis', { minimumCompressionSize: '1' }],
      'class java.lang.String can not be converted to an Integer',
    ],
    [
      ['POST', '/restapis', { minimumCompressionSize: 2 ** 31 }],
      `${number} can not be converted to an Integer`,
    ],
    [
      ['POST', '/usageplans', { name: 'x', throttle: { rateLimit: 'x' } }],
      'class java.lang.String can not be converted to an Double',
    ],
    [['PATCH', '/restapis/a', { patchOperations: {} }], 'Start of structure or map found where not expected'],
    [
      ['PATCH', '/restapis/a', { patchOperations: ['x'] }],
      'Unrecognized collection type class java.lang.String',
    ],
    [
      ['PATCH', '/restapis/a', { patchOperations: [{ op: 'replace', path: '/x', value: true }] }],
      'class java.lang.Boolean can not be converted to an String',
    ],
    [['GET', '/restapis?limit=x'], 'class java.lang.String can not be converted to an Integer'],
    [['GET', '/restapis?limit='], 'class java.lang.String can not be converted to an Integer'],
    [['GET', '/restapis?limit=1.5'], 'class java.lang.String can not be converted to an Integer'],
    [['GET', '/restapis?limit=2147483648'], `${number} can not be converted to an Integer`],
    [['GET', '/apikeys?includeValues=yes'], 'class java.lang.String can not be converted to an Boolean'],
  ];
  for (const [sent, message] of cases)
    assertRefused(await sendJson(wire, sent), 400, 'SerializationException', message);
  assert.deepEqual(wire.calls, []);
});

test('a query that is not percent-encoded UTF-8 is refused', async (t) => {
  const wire = await testWire(t);
  for (const query of ['position=%', 'position=%ff', '%zz=1'])
    assertRefused(
      await wire.send('GET', `/restapis?${query}`),
      400,
      'BadRequestException',
      'The request URI is not percent-encoded UTF-8',
    );
});
