// What is exported can be imported again: the second export is the same text, and both APIs answer alike.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { checkTools } from '../../src/cli/check-tools.ts';
import { checkDefinition, importDefinition } from '../../src/control/openapi/index.ts';
import type { ApiDefinition } from '../../src/resources/index.ts';
import { json, startBackend } from '../support/backend.ts';
import { startTestGateway } from '../support/gateway.ts';
import fc from '../support/properties.ts';
import { documents, exportText, folder, formats } from './export-documents.ts';
import { requestsTo, servedApi } from './served-api.ts';
import { importText } from './support.ts';

/** Reads an export, which must be without fault. */
function readExport(text: string, apiId = 'copyapi001'): ApiDefinition {
  const { definition, problems } = importDefinition(text, { apiId, createdDate: '2024-01-02T03:04:05.000Z' });
  const wrong = problems.filter(({ severity }) => severity !== 'notice');
  assert.deepEqual(wrong, []);
  return definition!;
}

for (const [name, text] of documents) {
  test(`export: ${name} comes back as the same text, in every format`, () => {
    const { definition } = importText(text, { apiId: 'copyapi001' });
    for (const format of formats) {
      // YAML of the large document would tell nothing new in ten times the time.
      for (const syntax of text.length > 100_000 ? (['json'] as const) : (['json', 'yaml'] as const)) {
        for (const extensions of ['apigateway', 'apigateway,documentation,postman']) {
          const first = exportText(definition!, format, syntax, extensions);
          const second = exportText(readExport(first), format, syntax, extensions);
          assert.equal(second, first, `${format} ${syntax} ${extensions}`);
        }
      }
    }
  });

  test(`export: ${name} has the same methods after an OpenAPI round`, () => {
    const { definition } = importText(text, { apiId: 'copyapi001' });
    assert.deepEqual(withoutIds(readExport(exportText(definition!, 'oas30'))), withoutIds(definition!));
  });

  test(`export: ${name} is protected alike after a Swagger round`, () => {
    const { definition } = importText(text, { apiId: 'copyapi001' });
    assert.deepEqual(protection(readExport(exportText(definition!, 'swagger'))), protection(definition!));
  });
}

/** Who may call what, and what is checked of a call: `VERB /path` and its protection. */
function protection(definition: ApiDefinition): unknown {
  const { policy } = definition.restApi;
  return [
    policy,
    (withoutIds(definition) as Record<string, unknown>[]).map((method) =>
      ['httpMethod', 'path', 'authorizationType', 'authorizerId', 'authorizationScopes', 'apiKeyRequired']
        .concat('requestValidatorId')
        .map((member) => method[member]),
    ),
    definition.authorizers.map(({ id: _, ...authorizer }) => authorizer),
  ];
}

/** Methods with the names of what they refer to; path variables that nobody declared are declared by an export. */
function withoutIds({ resources, authorizers, requestValidators }: ApiDefinition): unknown {
  const names = new Map([...authorizers, ...requestValidators].map(({ id, name }) => [id, name]));
  return resources.flatMap(({ id, path, resourceMethods }) =>
    Object.keys(resourceMethods ?? {})
      .sort()
      .map((verb) => {
        const method = resourceMethods![verb as 'GET']!;
        const { methodIntegration, requestParameters } = method;
        const declared = Object.entries(requestParameters ?? {}).filter(
          ([key]) => !key.startsWith('method.request.path.'),
        );
        return {
          ...method,
          path,
          requestParameters: Object.fromEntries(declared),
          authorizerId: names.get(method.authorizerId ?? ''),
          requestValidatorId: names.get(method.requestValidatorId ?? ''),
          methodIntegration: methodIntegration && {
            ...methodIntegration,
            cacheNamespace:
              methodIntegration.cacheNamespace === id ? 'own' : methodIntegration.cacheNamespace,
          },
        };
      }),
  );
}

test('export: integration responses keep their meaning when patterns are alike, or the word default', () => {
  const { definition } = importText(readFileSync(join(folder, 'notes.yaml'), 'utf8'));
  const [root, note] = definition!.resources;
  const integration = note!.resourceMethods!.GET!.methodIntegration!;
  const integrationResponses = {
    200: { statusCode: '200' },
    201: { statusCode: '201', selectionPattern: '' },
    400: { statusCode: '400', selectionPattern: 'default' },
    404: { statusCode: '404', selectionPattern: '4..' },
    409: { statusCode: '409', selectionPattern: '4..' },
  };
  const method = {
    ...note!.resourceMethods!.GET!,
    methodIntegration: { ...integration, integrationResponses },
  };
  const changed = { ...definition!, resources: [root!, { ...note!, resourceMethods: { GET: method } }] };
  const again = readExport(exportText(changed, 'oas30'));
  const patterns = Object.values(
    again.resources[1]!.resourceMethods!.GET!.methodIntegration!.integrationResponses!,
  ).map(({ statusCode, selectionPattern }) => [statusCode, selectionPattern]);
  assert.deepEqual(patterns, [
    ['200', undefined],
    ['400', '(?:default)'],
    ['404', '4..'],
    ['409', '(?:4..)'],
  ]);
});

test('export: a method whose authorizer is gone is not read as open', () => {
  const { definition } = importText(readFileSync(join(folder, 'bank.yaml'), 'utf8'));
  const text = exportText({ ...definition!, authorizers: [] }, 'oas30');
  const { problems } = importText(text);
  assert.match(
    problems.find(({ severity }) => severity === 'error')!.message,
    /^No security scheme is called/,
  );
});

test('export: an API and what is imported from its export answer alike', async (t) => {
  const backend = await startBackend(t, ({ method, url, body, headers }, response) => {
    response.setHeader('x-seen', String(headers['x-sent'] ?? 'nothing'));
    json(response, { method, url, body: body.toString() }, url.includes('missing') ? 404 : 200);
  });
  const gateway = await startTestGateway(t, []);
  await fc.assert(
    fc.asyncProperty(
      servedApi(backend.authority),
      fc.constantFrom(...formats),
      fc.constantFrom('json', 'yaml'),
      async (definition, format, syntax) => {
        const text = exportText(definition, format, syntax as 'json');
        const copy = readExport(text);
        assert.equal(exportText(readExport(exportText(copy, format)), format), exportText(copy, format));
        const errors = checkDefinition(copy, importText(text).sourceMap, checkTools).filter(
          ({ severity }) => severity === 'error',
        );
        assert.deepEqual(errors, []);
        await gateway.publish({ definition }, { definition: copy });
        for (const { target, ...request } of requestsTo(definition)) {
          const [first, second] = await Promise.all(
            [definition, copy].map(async ({ restApi }) => {
              const answer = await gateway.call(target, { ...request, api: restApi.id });
              const headers = Object.entries(answer.headers).filter(([name]) => !ofOneRequest.has(name));
              return { status: answer.status, body: answer.body, headers: Object.fromEntries(headers) };
            }),
          );
          assert.deepEqual(second, first, `${request.method} ${target}`);
        }
      },
    ),
    { numRuns: 60 },
  );
});

/** Header fields that differ from one request to the next. */
const ofOneRequest = new Set([
  ...['date', 'x-amzn-requestid', 'x-amz-apigw-id', 'x-amzn-trace-id', 'x-amzn-remapped-date'],
]);
