// What a served method holds on to: its plan, and nothing of the definition that it was made of.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Credentials, Issuers } from '../../src/authorizers/index.ts';
import { systemClock } from '../../src/base/clock.ts';
import { Firewalls } from '../../src/firewall/index.ts';
import { PlanCounters } from '../../src/gateway/pipeline/method-request/plan-counters.ts';
import { compileStage, type StageTools } from '../../src/gateway/pipeline/plan.ts';
import type { PlanSource } from '../../src/gateway/pipeline/plan-source.ts';
import type { DeploymentSnapshot } from '../../src/resources/index.ts';
import { api, type MethodSpec } from '../support/api.ts';
import { collectGarbage } from '../support/collect-garbage.ts';
import { testPlanTools } from '../support/dispatch.ts';

const source: PlanSource = {
  accountId: '000000000000',
  region: 'us-east-1',
  accountThrottle: { rateRps: 10_000, burst: 5_000 },
  apiId: 'testapi001',
  stageName: 'test',
  deploymentHash: '',
  isCanary: null,
  stageVariables: {},
  methodSettings: {},
  accessLog: null,
  webAclArn: null,
  authorizerFlushes: 0,
  clientCertificate: null,
};

const templates = { 'application/json': '{"statusCode": 200}' };
const responses = { 200: { responseTemplates: templates } };
const invocation =
  'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations';
const uri = 'http://127.0.0.1:1/x';
const role = 'arn:aws:iam::000000000000:role/caller';
const methods: Readonly<Record<string, MethodSpec>> = {
  'GET /mock': { integration: { type: 'MOCK', requestTemplates: templates }, responses },
  'GET /http': { integration: { type: 'HTTP', uri, httpMethod: 'GET' }, responses },
  'GET /http-proxy': { integration: { type: 'HTTP_PROXY', uri, httpMethod: 'GET' } },
  'GET /lambda': {
    integration: { type: 'AWS', uri: invocation, httpMethod: 'POST', credentials: role },
    responses,
  },
  'GET /lambda-proxy': { integration: { type: 'AWS_PROXY', uri: invocation, httpMethod: 'POST' } },
  'GET /service': {
    integration: {
      type: 'AWS',
      uri: 'arn:aws:apigateway:us-east-1:sqs:path/000000000000/queue',
      httpMethod: 'POST',
      credentials: role,
    },
    responses,
  },
};

test('a plan that is compiled lets go of the definition of its method, whatever its integration is', async (t) => {
  const { stage, definitions } = compiled(t);
  for (const lazy of stage.plans) lazy.warm();
  await collectGarbage();
  const kept = definitions.filter(([, part]) => part.deref() !== undefined).map(([name]) => name);
  assert.deepEqual(kept, []);
  assert.equal(stage.plans.length, Object.keys(methods).length);
  assert.ok(stage.plans.every(({ plan }) => plan.phases.length > 0));
});

type Part = readonly [name: string, part: WeakRef<object>];

/** In a function of its own, so that nothing of the definition is left on the stack. */
function compiled(t: TestContext) {
  const definition = api(methods);
  const definitions = definition.resources.flatMap(({ path: resourcePath, resourceMethods = {} }) =>
    Object.values(resourceMethods).flatMap((method): Part[] => [
      [`method of ${resourcePath}`, new WeakRef(method)],
      [`integration of ${resourcePath}`, new WeakRef(method.methodIntegration!)],
    ]),
  );
  const snapshot: DeploymentSnapshot = {
    format: 1,
    deployment: { id: 'dep001', createdDate: '2026-01-01T00:00:00.000Z' },
    definition,
  };
  return { definitions, stage: compileStage(source, snapshot, toolsOf(t)) };
}

function toolsOf(t: TestContext): StageTools {
  const { dataDir, tools } = testPlanTools(t);
  const { upstream, backends, throttle } = tools;
  const report = (error: unknown) => assert.fail(String(error));
  return {
    ...tools,
    credentials: new Credentials(),
    issuers: new Issuers(upstream, backends, systemClock, report),
    planCounters: new PlanCounters(throttle, report),
    firewalls: new Firewalls({ dataDir, counters: throttle, processes: 1, report }),
  };
}
