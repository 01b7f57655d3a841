import assert from 'node:assert/strict';
import test from 'node:test';
import { AwsException } from '../../../src/control/protocol/exceptions.ts';
import type { PatchOperation } from '../../../src/control/protocol/patch.ts';
import fc from '../../support/properties.ts';
import { apiWithMethod } from './core.ts';

const updates = [
  'UpdateRestApi',
  'UpdateResource',
  'UpdateMethod',
  'UpdateMethodResponse',
  'UpdateIntegration',
  'UpdateIntegrationResponse',
] as const;
const heads = [
  ...['name', 'description', 'version', 'policy', 'apiKeySource', 'disableExecuteApiEndpoint'],
  ...['minimumCompressionSize', 'binaryMediaTypes', 'endpointConfiguration', 'securityPolicy', 'parentId'],
  ...['endpointAccessMode', 'pathPart', 'authorizationType', 'authorizerId', 'authorizationScopes'],
  ...['apiKeyRequired', 'operationName', 'requestValidatorId', 'requestParameters', 'requestModels'],
  ...['responseParameters', 'responseModels', 'selectionPattern', 'responseTemplates', 'contentHandling'],
  ...['httpMethod', 'uri', 'timeoutInMillis', 'cacheKeyParameters', 'cacheNamespace', 'connectionId'],
  ...['connectionType', 'credentials', 'integrationTarget', 'passthroughBehavior', 'responseTransferMode'],
  ...['requestTemplates', 'tlsConfig', '__proto__', 'constructor', 'id', ''],
];
const tails = [
  ...['types', 'ipAddressType', 'vpcEndpointIds', 'EDGE', 'application~1json', '__proto__', 'toString', ''],
  ...['method.request.path.a', 'method.request.header.a', 'method.response.header.a', '-', '~', '~01'],
  ...['integration.request.header.a', 'insecureSkipVerification', 'constructor'],
];
const values = [
  ...['', 'true', 'false', '0', '10', '1e9', '-1', 'NaN', 'NONE', 'CUSTOM', 'EDGE', 'PRIVATE', 'REGIONAL'],
  ...['ipv4', 'dualstack', '{}', '[]', '{"Resource":"execute-api:/*"}', "'x'", 'method.request.header.a'],
  ...['http://example.com/', 'arn:aws:apigateway:us-east-1:s3:path/b', 'POST', 'Empty', '(', '{v}', '{g+}'],
  ...[
    'VPC_LINK',
    'STREAM',
    'NEVER',
    'CONVERT_TO_TEXT',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: AWS's own syntax
    '${stageVariables.x}',
    '\u0000',
    '\ud800',
    '__proto__',
  ],
];
const text = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...values) },
  { weight: 1, arbitrary: fc.string() },
);
const path = fc
  .tuple(
    fc.constantFrom(...heads),
    fc.array(fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...tails) }, fc.string()), { maxLength: 2 }),
  )
  .map(([head, rest]) => `/${[head, ...rest].join('/')}`);
const operation: fc.Arbitrary<PatchOperation> = fc.record(
  {
    op: fc.constantFrom('replace', 'add', 'remove', 'copy', 'move', 'test'),
    path: fc.oneof({ weight: 9, arbitrary: path }, fc.string()),
    value: text,
    from: text,
  },
  { requiredKeys: ['op'] },
);

/** Paths that exist, with ops that they may take. */
const places: Readonly<Record<(typeof updates)[number], readonly string[]>> = {
  UpdateRestApi: [
    ...['/name', '/description', '/minimumCompressionSize', '/binaryMediaTypes/a~1b', '/policy', '/version'],
    ...['/endpointConfiguration/types/EDGE', '/endpointConfiguration/vpcEndpointIds', '/apiKeySource'],
    ...['/disableExecuteApiEndpoint', '/endpointConfiguration/ipAddressType'],
  ],
  UpdateResource: ['/pathPart', '/parentId'],
  UpdateMethod: [
    ...['/operationName', '/apiKeyRequired', '/authorizationType', '/authorizationScopes', '/authorizerId'],
    ...['/requestParameters/method.request.header.a', '/requestModels/a~1b'],
  ],
  UpdateMethodResponse: ['/responseParameters/method.response.header.a', '/responseModels/a~1b'],
  UpdateIntegration: [
    ...['/uri', '/httpMethod', '/timeoutInMillis', '/cacheKeyParameters', '/cacheKeyParameters/a'],
    ...['/contentHandling', '/connectionType', '/connectionId', '/tlsConfig/insecureSkipVerification'],
    ...['/requestParameters/integration.request.header.a', '/requestTemplates/a~1b', '/passthroughBehavior'],
  ],
  UpdateIntegrationResponse: [
    ...['/selectionPattern', '/contentHandling', '/responseTemplates/a~1b'],
    '/responseParameters/method.response.header.a',
  ],
};
const likely = (paths: readonly string[]): fc.Arbitrary<PatchOperation> =>
  fc.record({
    op: fc.constantFrom('replace', 'replace', 'add', 'remove'),
    path: fc.constantFrom(...paths),
    value: text,
  });
const call = fc.constantFrom(...updates).chain((name) =>
  fc.record({
    name: fc.constant(name),
    patchOperations: fc.array(
      fc.oneof({ weight: 3, arbitrary: likely(places[name]) }, { weight: 1, arbitrary: operation }),
      { minLength: 1, maxLength: 3 },
    ),
  }),
);

test('patches: whatever is asked, a refusal is of the service and changes nothing, and an answer is what is then read', async (t) => {
  const core = await apiWithMethod(t, { requestParameters: { 'method.request.header.a': true } });
  const { restApiId, rootId, address } = core;
  const { view } = core.control.services.store;
  const child = await core.call('CreateResource', { restApiId, parentId: rootId, pathPart: 'child' });
  const grandchild = await core.call('CreateResource', { restApiId, parentId: child.id, pathPart: 'x' });
  await core.call('PutMethodResponse', {
    ...address,
    statusCode: '200',
    responseParameters: { 'method.response.header.a': true },
  });
  const uri = 'http://example.com/';
  await core.call('PutIntegration', { ...address, type: 'HTTP', integrationHttpMethod: 'GET', uri });
  await core.call('PutIntegrationResponse', { ...address, statusCode: '200' });
  const all = () => JSON.stringify([view.get('restApi', '', restApiId), view.list('resource', restApiId)]);
  const outcomes = { refused: 0, changed: 0 };
  await fc.assert(
    fc.asyncProperty(call, async ({ name, patchOperations }) => {
      const before = all();
      const place = {
        ...address,
        statusCode: '200',
        ...(name === 'UpdateResource' ? { resourceId: child.id } : {}),
      };
      try {
        const answer = await core.call(name, { ...place, patchOperations });
        const read = await core.call(name.replace('Update', 'Get') as 'GetRestApi', place);
        // Reads of an API escape its policy, and leave out what is empty.
        if (name !== 'UpdateRestApi') assert.deepEqual(answer, read);
        outcomes.changed += 1;
      } catch (error) {
        assert.ok(error instanceof AwsException, String((error as Error).stack));
        assert.ok(error.status >= 400 && error.status < 500, error.message);
        assert.equal(all(), before);
        outcomes.refused += 1;
      }
      const { path: below } = view.get('resource', restApiId, grandchild.id)!;
      assert.equal(below, `${view.get('resource', restApiId, child.id)!.path}/x`);
    }),
    { numRuns: 3000 },
  );
  assert.ok(outcomes.refused > 100 && outcomes.changed > 100, JSON.stringify(outcomes));
  t.diagnostic(JSON.stringify(outcomes));
});
