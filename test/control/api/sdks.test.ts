// GetSdkTypes, GetSdkType, GetSdk.

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { FileAnswer } from '../../../src/control/api/handler.ts';
import { writeSnapshot } from '../../../src/control/deployment/snapshots.ts';
import { generatorJarPath } from '../../../src/control/sdk/index.ts';
import { api, mock } from '../../support/api.ts';
import { refused, type TestControl, testControl } from '../../support/control.ts';
import { pageFactory, textsOf } from '../sdk/support.ts';

/** A control plane with API `testapi001`, deployed to stage `prod`. */
async function deployed(t: TestContext): Promise<TestControl> {
  const test = await testControl(t);
  const { store, dataDir } = test.control.services;
  const definition = api({ 'GET /': mock('{}'), 'GET /pets/{petId}': mock('{}') });
  const createdDate = '2024-01-02T03:04:05.000Z';
  const deployment = { id: 'dep001', createdDate };
  const hash = writeSnapshot(dataDir, { format: 1, deployment, definition });
  await store.write((transaction) => {
    transaction.put('restApi', '', 'testapi001', definition.restApi);
    transaction.put('deployment', 'testapi001', 'dep001', { ...deployment, hash });
    transaction.put('stage', 'testapi001', 'prod', {
      stageName: 'prod',
      deploymentId: 'dep001',
      methodSettings: {},
      tracingEnabled: false,
      cacheClusterEnabled: false,
      createdDate,
      lastUpdatedDate: createdDate,
    });
  });
  return test;
}

test('GetSdkTypes: lists six types with the parameters that each takes', async (t) => {
  const { call } = await testControl(t);
  const { item } = await call('GetSdkTypes', {});
  type Listed = { id: string; configurationProperties: { name: string; required: boolean }[] };
  const listed = (item as Listed[]).map(({ id, configurationProperties }) => [
    id,
    configurationProperties.map(({ name, required }) => (required ? `${name}!` : name)).join(' '),
  ]);
  assert.deepEqual(listed, [
    ['android', 'groupId! invokerPackage! artifactId! artifactVersion!'],
    [
      'java',
      'service.name! java.package-name! java.build-system java.group-id java.artifact-id java.artifact-version',
    ],
    ['javascript', ''],
    ['objectivec', 'classPrefix!'],
    ['swift', 'classPrefix!'],
    ['ruby', 'service.name! ruby.gem-name ruby.gem-version'],
  ]);
});

test('GetSdkTypes: pages hold as many as asked for', async (t) => {
  const { call } = await testControl(t);
  const first = await call('GetSdkTypes', { limit: 4 });
  const second = await call('GetSdkTypes', { limit: 4, position: first.position });
  assert.deepEqual([first.item.length, second.item.length, second.position], [4, 2, undefined]);
});

test('GetSdkType: gives one type', async (t) => {
  const { call } = await testControl(t);
  assert.deepEqual(await call('GetSdkType', { id: 'ruby' }), {
    id: 'ruby',
    friendlyName: 'Ruby',
    description: 'Ruby SDK generator for API Gateway APIs',
    configurationProperties: [
      {
        name: 'service.name',
        friendlyName: 'Service Name',
        description: 'Name of the service which is used to derive the name for your client',
        required: true,
      },
      {
        name: 'ruby.gem-name',
        friendlyName: 'Ruby Gem Name',
        description: 'Name of the Ruby gem your code will be generated under',
        required: false,
      },
      {
        name: 'ruby.gem-version',
        friendlyName: 'Ruby Gem Version',
        description: 'Version number for your service gem. Defaults to 1.0.0',
        required: false,
      },
    ],
  });
  await refused(
    call('GetSdkType', { id: 'cobol' }),
    'NotFoundException',
    'Invalid SDK type identifier specified',
  );
});

test('GetSdk: javascript is a zip whose client knows the stage', async (t) => {
  const { call } = await deployed(t);
  const answer = await call('GetSdk', { restApiId: 'testapi001', stageName: 'prod', sdkType: 'javascript' });
  assert.ok(answer instanceof FileAnswer);
  assert.equal(answer.contentType, 'application/octet-stream');
  assert.equal(answer.contentDisposition, 'attachment; filename="javascript_2024-01-02_03-04Z.zip"');
  assert.deepEqual(Object.keys(pageFactory(answer.body).newClient()), ['rootGet', 'petsPetIdGet']);
  const script = textsOf(answer.body)['apiGateway-js-sdk/apigClient.js']!;
  assert.ok(script.includes('"http://localhost:8080/_aws/execute-api/testapi001/prod"'));
});

test('GetSdk: the same SDK twice is the same bytes', async (t) => {
  const { call, advance } = await deployed(t);
  const input = { restApiId: 'testapi001', stageName: 'prod', sdkType: 'javascript' };
  const first = await call('GetSdk', input);
  advance(3600);
  const second = await call('GetSdk', input);
  assert.deepEqual(first.body, second.body);
  assert.equal(second.contentDisposition, 'attachment; filename="javascript_2024-01-02_04-04Z.zip"');
});

test('GetSdk: what is not there, and parameters that a type does not take, are refused', async (t) => {
  const { call } = await deployed(t);
  const at = { restApiId: 'testapi001', stageName: 'prod' };
  const java = { 'service.name': 'Pets', 'java.package-name': 'com.example.pets' };
  const prefix = { classPrefix: 'A' };
  const cases: [Parameters<typeof call<'GetSdk'>>[1], string, string][] = [
    [
      { ...at, restApiId: 'none', sdkType: 'java' },
      'NotFoundException',
      'Invalid stage identifier specified',
    ],
    [
      { ...at, stageName: 'none', sdkType: 'java' },
      'NotFoundException',
      'Invalid stage identifier specified',
    ],
    [
      { ...at, sdkType: 'cobol' },
      'BadRequestException',
      'Invalid SDK type specified. Must be one of: [android, java, javascript, objectivec, swift, ruby]',
    ],
    [
      { ...at, sdkType: 'java' },
      'BadRequestException',
      'Missing required parameter for java SDK: service.name',
    ],
    [
      { ...at, sdkType: 'java', parameters: { serviceName: 'Pets' } },
      'BadRequestException',
      'Missing required parameter for java SDK: java.package-name',
    ],
    [
      { ...at, sdkType: 'swift', parameters: { classPrefix: '' } },
      'BadRequestException',
      'Missing required parameter for swift SDK: classPrefix',
    ],
    [
      { ...at, sdkType: 'java', parameters: { ...java, 'java.package-name': '../../x' } },
      'BadRequestException',
      'Invalid value for parameter java.package-name of java SDK: ../../x',
    ],
    [
      { ...at, sdkType: 'java', parameters: { ...java, 'java.build-system': 'ant' } },
      'BadRequestException',
      'Invalid value for parameter java.build-system of java SDK: ant',
    ],
    [
      { ...at, sdkType: 'objectivec', parameters: { ...prefix, other: 'x' } },
      'BadRequestException',
      'Invalid parameter for objectivec SDK: other',
    ],
    [
      { ...at, sdkType: 'javascript', parameters: prefix },
      'BadRequestException',
      'Invalid parameter for javascript SDK: classPrefix',
    ],
  ];
  for (const [input, type, message] of cases) await refused(call('GetSdk', input), type, message);
});

test('GetSdk: the parts of a presigned request are no parameters of an SDK', async (t) => {
  const { call } = await deployed(t);
  const parameters = { 'X-Amz-Signature': 'abc', 'X-Amz-Date': '20240102T030405Z' };
  const input = { restApiId: 'testapi001', stageName: 'prod', sdkType: 'javascript', parameters };
  assert.ok((await call('GetSdk', input)) instanceof FileAnswer);
});

test('GetSdk: without the generator, the refusal says how to get it', async (t) => {
  const { call, control } = await deployed(t);
  const parameters = { classPrefix: 'SVC' };
  const input = { restApiId: 'testapi001', stageName: 'prod', sdkType: 'swift', parameters };
  const jar = generatorJarPath(control.services.dataDir);
  await refused(
    call('GetSdk', input),
    'BadRequestException',
    `Cannot generate the swift SDK: OpenAPI Generator is not at "${jar}". Get it with: sluice sdk-generator`,
  );
  mkdirSync(path.dirname(jar), { recursive: true });
  writeFileSync(jar, 'this is no jar');
  await refused(call('GetSdk', input), 'BadRequestException', /^Cannot generate the swift SDK: /);
});
