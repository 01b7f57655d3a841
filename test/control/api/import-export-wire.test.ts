// Imports and exports through real clients: the JavaScript SDK, and boto3 where it is installed.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';
import {
  APIGatewayClient,
  CreateDeploymentCommand,
  GetExportCommand,
  ImportDocumentationPartsCommand,
  ImportRestApiCommand,
  PutRestApiCommand,
} from '@aws-sdk/client-api-gateway';
import { createManagementServer } from '../../../src/control/protocol/server.ts';
import { largeDocument } from '../../openapi/documents/large.ts';
import { caller, testControl } from '../../support/control.ts';

const root = join(import.meta.dirname, '../../..');
const weather = readFileSync(join(root, 'test/openapi/documents/weather.yaml'));
const python = join(root, 'build/python/bin/python');

async function managementPort(t: { after(work: () => unknown): void }): Promise<number> {
  const { control } = await testControl(t);
  const server = createManagementServer({
    controlPlane: control,
    host: '127.0.0.1',
    port: 0,
    authenticate: () => caller,
    onCall: () => {},
    log: () => {},
  });
  const port = await server.listen();
  t.after(() => server.close());
  return port;
}

test('the JavaScript SDK imports, puts and exports documents', async (t) => {
  const client = new APIGatewayClient({
    endpoint: `http://127.0.0.1:${await managementPort(t)}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    maxAttempts: 1,
  });
  t.after(() => client.destroy());
  const api = await client.send(
    new ImportRestApiCommand({
      body: weather,
      failOnWarnings: true,
      parameters: { endpointConfigurationTypes: 'REGIONAL', ignore: 'documentation' },
    }),
  );
  const restApiId = api.id!;
  assert.deepEqual(
    [api.name, api.version, api.endpointConfiguration, api.tags],
    ['Weather', '2', { types: ['REGIONAL'], ipAddressType: 'dualstack' }, { team: 'sky' }],
  );
  const parts = new ImportDocumentationPartsCommand({ restApiId, mode: 'overwrite', body: weather });
  assert.equal((await client.send(parts)).ids!.length, 6);
  await client.send(new CreateDeploymentCommand({ restApiId, stageName: 'prod' }));
  const exported = await client.send(
    new GetExportCommand({
      restApiId,
      stageName: 'prod',
      exportType: 'oas30',
      accepts: 'application/yaml',
      parameters: { extensions: 'apigateway' },
    }),
  );
  assert.deepEqual(
    [exported.contentType, exported.contentDisposition],
    ['application/octet-stream', 'attachment; filename="oas30_2.yaml"'],
  );
  const put = await client.send(
    new PutRestApiCommand({ restApiId, mode: 'overwrite', failOnWarnings: true, body: exported.body! }),
  );
  assert.deepEqual([put.id, put.rootResourceId, put.warnings], [restApiId, api.rootResourceId, undefined]);
  await client.send(new PutRestApiCommand({ restApiId, body: Buffer.from(largeDocument(500)) }));
  await assert.rejects(client.send(new PutRestApiCommand({ restApiId, body: Buffer.from('{') })), {
    name: 'BadRequestException',
    message: 'Invalid OpenAPI input.',
  });
});

const script = `
import boto3, json, sys
port, path = sys.argv[1:]
client = boto3.client("apigateway", endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1",
    aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="secret")
body = open(path, "rb").read()
api = client.import_rest_api(body=body, failOnWarnings=False, parameters={"basepath": "prepend"})
parts = client.import_documentation_parts(restApiId=api["id"], mode="merge", body=body)
client.create_deployment(restApiId=api["id"], stageName="prod")
told = []
for kind in ["swagger", "oas30"]:
    exported = client.get_export(restApiId=api["id"], stageName="prod", exportType=kind,
        parameters={"extensions": "integrations"})
    document = json.loads(exported["body"].read())
    told.append([exported["contentDisposition"], sorted(document["paths"]["/forecast"])])
put = client.put_rest_api(restApiId=api["id"], mode="overwrite", body=body)
errors = []
for call in [
    lambda: client.put_rest_api(restApiId=api["id"], body=b"{"),
    lambda: client.get_export(restApiId=api["id"], stageName="prod", exportType="a"),
    lambda: client.import_documentation_parts(restApiId=api["id"], body=b"nothing"),
    lambda: client.put_rest_api(restApiId=api["id"], mode="sideways", body=body),
]:
    try:
        call()
    except client.exceptions.ClientError as error:
        errors.append([error.response["Error"]["Code"], error.response["Error"]["Message"]])
print(json.dumps({"name": api["name"], "parts": len(parts["ids"]), "told": told, "tags": put["tags"], "errors": errors}))
`;

test('boto3 imports, puts and exports documents', {
  skip: existsSync(python) ? false : 'boto3 is not installed in build/python',
}, async (t) => {
  const port = await managementPort(t);
  const file = join(root, 'test/openapi/documents/weather.yaml');
  const { stdout } = await promisify(execFile)(python, ['-c', script, String(port), file]);
  assert.deepEqual(JSON.parse(stdout), {
    name: 'Weather',
    parts: 6,
    told: [
      ['attachment; filename="swagger_2.json"', ['get']],
      ['attachment; filename="oas30_2.json"', ['get']],
    ],
    tags: { team: 'sky' },
    errors: [
      ['BadRequestException', 'Invalid OpenAPI input.'],
      ['BadRequestException', "No API exporter for type 'a'"],
      ['BadRequestException', 'Unable to build importer with provided input.'],
      [
        'ValidationException',
        "1 validation error detected: Value 'sideways' at 'mode' failed to satisfy constraint: Member must satisfy enum value set: [merge, overwrite]",
      ],
    ],
  });
});
