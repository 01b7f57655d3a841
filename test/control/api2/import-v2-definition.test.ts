// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates of AWS look like templates of ours
// CloudFormation templates become APIs, and bring them up to date in their place.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import {
  type ImportedV2Definition,
  type ImportV2Definition,
  importV2Definition,
} from '../../../src/control/cloudformation/import-v2-definition.ts';
import { isV2Template } from '../../../src/control/cloudformation/template.ts';
import { DeploymentRefusedError } from '../../../src/control/deployment/index.ts';
import { problemsText } from '../../../src/control/openapi/index.ts';
import { readPublishedState, readV2Snapshot } from '../../../src/resources/snapshot-file.ts';
import { accountId, caller, refused, type TestControl, testControl } from '../../support/control.ts';

const yaml = `AWSTemplateFormatVersion: '2010-09-09'
Parameters:
  Function: { Type: String, Default: chat }
  Backend: { Type: String }
Resources:
  Live:
    Type: AWS::ApiGatewayV2::Stage
    Properties:
      ApiId: !Ref Chat
      StageName: live
      DeploymentId: !Ref Release
      StageVariables: { port: 8080 }
      DefaultRouteSettings: { ThrottlingBurstLimit: '5', DataTraceEnabled: 'true' }
  Release:
    Type: AWS::ApiGatewayV2::Deployment
    Properties: { ApiId: !Ref Chat }
  Chat:
    Type: AWS::ApiGatewayV2::Api
    Properties:
      Name: chat
      ProtocolType: WEBSOCKET
      RouteSelectionExpression: $request.body.action
  Say:
    Type: AWS::ApiGatewayV2::Route
    DependsOn: Message
    Properties:
      ApiId: !Ref Chat
      RouteKey: say
      ModelSelectionExpression: $default
      RequestModels: { $default: Message }
      Target: !Join [/, [integrations, !Ref Rooms]]
  Watch:
    Type: AWS::ApiGatewayV2::Route
    Properties: { ApiId: !Ref Chat, RouteKey: watch, Target: !Sub 'integrations/\${Web}' }
  Message:
    Type: AWS::ApiGatewayV2::Model
    Properties:
      ApiId: !Ref Chat
      Name: Message
      Schema: { type: object, required: [text] }
  Rooms:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Chat
      IntegrationType: AWS_PROXY
      IntegrationUri: !Sub
        - arn:\${AWS::Partition}:apigateway:\${AWS::Region}:lambda:path/2015-03-31/functions/\${Arn}/invocations
        - Arn: !Sub arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:\${Function}
  Web:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Chat
      IntegrationType: HTTP_PROXY
      IntegrationMethod: POST
      IntegrationUri: !Ref Backend
      TimeoutInMillis: '1000'
      Description: !Ref AWS::NoValue
  Allowed:
    Type: AWS::Lambda::Permission
    Properties:
      FunctionName: !Ref Function
      Action: lambda:InvokeFunction
      Principal: apigateway.amazonaws.com
      SourceArn: !Sub arn:aws:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${Chat}/*
Outputs:
  Url: { Value: !Sub '\${Chat.ApiEndpoint}/\${Live}' }
`;

const parameters = { Backend: 'http://127.0.0.1:9000/' };

async function world(t: { after(work: () => unknown): void }) {
  const made = await testControl(t);
  const take = (text = yaml, more: Partial<ImportV2Definition> = {}): Promise<ImportedV2Definition> =>
    importV2Definition({ text, parameters, ...more }, made.control, caller);
  return { ...made, take };
}

const definitionServed = ({ control }: TestControl) => {
  const { dataDir } = control.services;
  const [stage] = readPublishedState(dataDir)!.v2Stages!;
  return readV2Snapshot(dataDir, stage!.deploymentHash).definition;
};

const refusal = async (taking: Promise<unknown>): Promise<string> => {
  const error = await taking.then(
    () => assert.fail('it was taken'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof DeploymentRefusedError, String(error));
  return problemsText(error.problems, 't').trimEnd();
};

test('templates: one in YAML becomes an API that is served', async (t) => {
  const made = await world(t);
  const { problems, revision, ...imported } = await made.take();
  const { apiId, deploymentId } = imported;
  assert.deepEqual(imported, {
    apiId,
    name: 'chat',
    protocolType: 'WEBSOCKET',
    apiEndpoint: `wss://${apiId}.execute-api.us-east-1.amazonaws.com`,
    outcome: 'created',
    deploymentId,
    stages: ['live'],
    outputs: { Url: `wss://${apiId}.execute-api.us-east-1.amazonaws.com/live` },
  });
  assert.ok(revision > 0);
  assert.equal(
    problemsText(problems, 't'),
    't:58:3: warning: Allowed: there is no function "chat" yet, so nothing was permitted; import again when it is there\n',
  );
  const { routes, integrations, models } = definitionServed(made);
  assert.deepEqual(
    routes.map(({ routeKey, target }) => [routeKey, target]),
    [
      ['say', `integrations/${integrations[0]!.integrationId}`],
      ['watch', `integrations/${integrations[1]!.integrationId}`],
    ],
  );
  assert.equal(
    integrations[0]!.integrationUri,
    `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:${accountId}:function:chat/invocations`,
  );
  assert.equal(integrations[1]!.timeoutInMillis, 1000);
  assert.equal(models[0]!.schema, '{"type":"object","required":["text"]}');
  const stage = await made.call('apigatewayv2:GetStage', { apiId, stageName: 'live' });
  assert.deepEqual(stage.stageVariables, { port: '8080' });
  assert.equal(stage.defaultRouteSettings.throttlingBurstLimit, 5);
  assert.equal(stage.defaultRouteSettings.dataTraceEnabled, true);
});

test('templates: the same again changes nothing, and makes no deployment', async (t) => {
  const made = await world(t);
  const first = await made.take();
  const before = definitionServed(made);
  const second = await made.take();
  assert.equal(second.outcome, 'unchanged');
  assert.deepEqual({ ...second, outcome: first.outcome, revision: 0 }, { ...first, revision: 0 });
  assert.deepEqual(definitionServed(made), before);
});

test('templates: a change is deployed under the ids that were; what is gone goes', async (t) => {
  const made = await world(t);
  const first = await made.take();
  const before = definitionServed(made);
  made.advance(60);
  const text = yaml
    .replace(/ {2}Watch:\n(?: {4}.*\n)+/, '')
    .replace('RouteKey: say', 'RouteKey: tell')
    .replace('Name: chat', 'Name: chat\n      Description: rooms');
  const second = await made.take(text);
  assert.deepEqual([second.apiId, second.outcome], [first.apiId, 'updated']);
  assert.notEqual(second.deploymentId, first.deploymentId);
  const after = definitionServed(made);
  assert.deepEqual(
    after.routes.map(({ routeId, routeKey }) => [routeId, routeKey]),
    [[before.routes[0]!.routeId, 'tell']],
  );
  assert.deepEqual(after.integrations, before.integrations);
  assert.equal(after.api.description, 'rooms');
  assert.equal(after.api.createdDate, before.api.createdDate);
  const { items } = await made.call('apigatewayv2:GetDeployments', { apiId: first.apiId });
  assert.deepEqual(
    items.map(({ deploymentId }: { deploymentId: string }) => deploymentId),
    [second.deploymentId],
  );
});

test('templates: an id that is asked for is given, and names the API again', async (t) => {
  const { take } = await world(t);
  const first = await take(yaml, { apiId: 'chat01', name: 'rooms' });
  assert.deepEqual([first.apiId, first.name, first.outcome], ['chat01', 'rooms', 'created']);
  const second = await take(yaml, { apiId: 'chat01', name: 'rooms' });
  assert.deepEqual([second.apiId, second.outcome], ['chat01', 'unchanged']);
});

test('templates: a stage that deploys by itself does it once', async (t) => {
  const made = await world(t);
  const text = yaml.replace('DeploymentId: !Ref Release', 'AutoDeploy: true');
  const { apiId } = await made.take(text);
  const { items } = await made.call('apigatewayv2:GetDeployments', { apiId });
  assert.deepEqual(
    items.map(({ autoDeployed }: { autoDeployed: boolean }) => autoDeployed),
    [false, true],
  );
});

test('templates: what is wrong is told by its line, and nothing is changed', async (t) => {
  const made = await world(t);
  const cases: readonly (readonly [from: string, to: string, told: string])[] = [
    [
      'AWS::ApiGatewayV2::Model',
      'AWS::S3::Bucket',
      'Message is of a type that is not supported: AWS::S3::Bucket. Supported are',
    ],
    ['RouteKey: say', 'RoutKey: say', 'Say: RoutKey is no property of AWS::ApiGatewayV2::Route here'],
    [
      '!Ref Rooms',
      '!Ref Nothing',
      'Say: "Nothing" is neither a parameter nor a resource made before this one',
    ],
    ['${Web}', '${Web.Name}', 'Watch: "Web" has no attribute "Name"'],
    ['RouteKey: say', 'RouteKey: $say', 'Say: The provided route key is not formatted properly'],
    ["'1000'", 'soon', 'Web: TimeoutInMillis: class java.lang.String can not be converted to an Integer'],
    ['Outputs:', 'Conditions:', 'Templates with Conditions are not supported'],
    ['!Join [/,', '!Select [/,', 'Fn::Select is not supported'],
  ];
  for (const [from, to, told] of cases) {
    assert.ok(yaml.includes(from), from);
    const text = await refusal(made.take(yaml.replace(from, () => to)));
    assert.ok(text.includes(told), `${text}\n${told}`);
    assert.match(text, /^t:\d+:\d+: error/m);
  }
  await refused(
    made.take(yaml, { parameters: { Other: 'x' } }),
    'BadRequestException',
    /no parameter "Other"/,
  );
  assert.match(await refusal(made.take(yaml, { parameters: {} })), /^t:4:3: error: .*"Backend"/);
  assert.deepEqual(made.control.services.store.view.list('v2Api', ''), []);
});

test('templates: lines are those of the file', async (t) => {
  const { take } = await world(t);
  const line = yaml.split('\n').findIndex((text) => text.includes('RouteKey: say')) + 1;
  const told = await refusal(take(yaml.replace('RouteKey: say', 'RoutKey: say')));
  assert.ok(told.startsWith(`t:${line}:`), told);
});

test('templates: those of the examples are taken', async (t) => {
  for (const [name, given] of [
    ['chat', {}],
    ['trading', { Service: '127.0.0.1:9000' }],
  ] as const) {
    const file = new URL(`../../../examples/${name}/websocket.json`, import.meta.url);
    const text = readFileSync(file, 'utf8');
    assert.ok(isV2Template(text));
    const { take } = await world(t);
    const { stages, outcome } = await take(text, { parameters: given });
    assert.deepEqual([stages.length > 0, outcome], [true, 'created'], name);
  }
});

test('templates: a text is told from an OpenAPI document', () => {
  assert.equal(isV2Template(yaml), true);
  assert.equal(isV2Template('{"openapi":"3.0.0","info":{"title":"AWS::ApiGatewayV2::Api"}}'), false);
  assert.equal(isV2Template('openapi: 3.0.0'), false);
});
