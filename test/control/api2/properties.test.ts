// What holds for WebSocket APIs whatever is done to them: everything that is named is there, and what is deployed is the
// definition of that moment.

import assert from 'node:assert/strict';
import test from 'node:test';
import { v2DefinitionOf } from '../../../src/control/deployment/v2-deploy.ts';
import { type V2OperationName, v2Operations } from '../../../src/control/protocol/apigatewayv2/operations.ts';
import { AwsException } from '../../../src/control/protocol/exceptions.ts';
import type { CallName } from '../../../src/control/protocol/services.ts';
import type { Member } from '../../../src/control/protocol/shape.ts';
import { readPublishedState, readV2Snapshot } from '../../../src/resources/snapshot-file.ts';
import type { View } from '../../../src/store/index.ts';
import { testControl } from '../../support/control.ts';
import fc from '../../support/properties.ts';

const apiId = 'api';

/** A call; `#3` in an input stands for the third of the things that are there of the kind that the member names. */
interface Step {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}

const pick = fc.nat({ max: 4 }).map((n) => `#${n}`);
const key = fc.constantFrom('$connect', '$default', 'a', 'b', '$x');
const target = fc.oneof(
  pick.map((n) => `integrations/${n}`),
  fc.constantFrom('topics/t', 'integrations/none'),
);
const model = fc.constantFrom('A', 'B');
const schema = fc.constantFrom(
  '{"type":"object"}',
  '{"$ref":"https://apigateway.amazonaws.com/restapis/api/models/A"}',
);
const uri =
  'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:111122223333:function:f/invocations';
const step = (
  name: string,
  input: Readonly<Record<string, fc.Arbitrary<unknown>>> = {},
): fc.Arbitrary<Step> =>
  fc.record({ name: fc.constant(name), input: fc.record(input, { requiredKeys: [] }) });

const steps: fc.Arbitrary<Step> = fc.oneof(
  step('CreateIntegration', { integrationType: fc.constant('MOCK') }),
  step('DeleteIntegration', { integrationId: pick }),
  step('CreateRoute', {
    routeKey: key,
    target,
    requestModels: model.map((name) => ({ $default: name })),
    authorizationType: fc.constantFrom('NONE', 'CUSTOM'),
    authorizerId: pick,
  }),
  step('UpdateRoute', {
    routeId: pick,
    routeKey: key,
    target,
    authorizationType: fc.constantFrom('NONE', 'CUSTOM'),
  }),
  step('DeleteRoute', { routeId: pick }),
  step('CreateRouteResponse', { routeId: pick, routeResponseKey: fc.constant('$default') }),
  step('CreateIntegrationResponse', {
    integrationId: pick,
    integrationResponseKey: fc.constantFrom('$default', '/200/', '/(/'),
  }),
  step('CreateModel', { name: model, schema }),
  step('UpdateModel', { modelId: pick, name: model, schema }),
  step('DeleteModel', { modelId: pick }),
  step('CreateAuthorizer', {
    name: model,
    authorizerType: fc.constant('REQUEST'),
    authorizerUri: fc.constant(uri),
    identitySource: fc.constant([]),
  }),
  step('DeleteAuthorizer', { authorizerId: pick }),
  step('CreateDeployment', { stageName: fc.constantFrom('s', 't') }),
  step('DeleteDeployment', { deploymentId: pick }),
  step('CreateStage', { stageName: fc.constantFrom('s', 't'), autoDeploy: fc.boolean(), deploymentId: pick }),
  step('UpdateStage', { stageName: fc.constantFrom('s', 't'), deploymentId: pick, autoDeploy: fc.boolean() }),
  step('DeleteStage', { stageName: fc.constantFrom('s', 't') }),
);

const idsOf = (view: View): Readonly<Record<string, readonly string[]>> => ({
  integrationId: view.list('v2Integration', apiId).map(({ integrationId }) => integrationId),
  routeId: view.list('v2Route', apiId).map(({ routeId }) => routeId),
  modelId: view.list('v2Model', apiId).map(({ modelId }) => modelId),
  authorizerId: view.list('v2Authorizer', apiId).map(({ authorizerId }) => authorizerId),
  deploymentId: view.list('v2Deployment', apiId).map(({ deploymentId }) => deploymentId),
});

function filled(input: Step['input'], view: View): object {
  const ids = idsOf(view);
  const entries = Object.entries(input).map(([name, value]) => {
    if (typeof value !== 'string') return [name, value];
    const known = ids[name === 'target' ? 'integrationId' : name] ?? [];
    return [name, value.replace(/#(\d)/, (_, n: string) => known[Number(n)] ?? 'none')];
  });
  return { apiId, ...Object.fromEntries(entries) };
}

const hasRequired = (name: string, input: Step['input']): boolean =>
  Object.entries<Member>(v2Operations[name as V2OperationName].members).every(
    ([member, { isRequired }]) => !isRequired || input[member] !== undefined,
  );

/** Everything that something names is there. */
function assertWhole(view: View): void {
  const { integrationId, routeId, authorizerId, deploymentId } = idsOf(view) as Record<string, string[]>;
  const models = view.list('v2Model', apiId).map(({ name }) => name);
  const routes = view.list('v2Route', apiId);
  assert.equal(new Set(routes.map(({ routeKey }) => routeKey)).size, routes.length);
  for (const route of routes) {
    const integration = route.target?.startsWith('integrations/') ? route.target.slice(13) : null;
    if (integration !== null) assert.ok(integrationId!.includes(integration), route.target);
    if (route.authorizationType === 'CUSTOM') assert.ok(authorizerId!.includes(route.authorizerId!));
    for (const name of Object.values(route.requestModels ?? {})) assert.ok(models.includes(name), name);
  }
  for (const response of view.list('v2RouteResponse', apiId)) assert.ok(routeId!.includes(response.routeId));
  for (const response of view.list('v2IntegrationResponse', apiId))
    assert.ok(integrationId!.includes(response.integrationId));
  for (const stage of view.list('v2Stage', apiId))
    if (stage.deploymentId !== undefined) assert.ok(deploymentId!.includes(stage.deploymentId));
}

test('v2 APIs: whatever is done, what is named is there, and what is served is what was deployed', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { minLength: 10, maxLength: 40 }), async (done) => {
      const { control, call } = await testControl(t);
      const { store, dataDir } = control.services;
      await call('apigatewayv2:CreateApi', {
        name: 'x',
        protocolType: 'WEBSOCKET',
        routeSelectionExpression: '$request.body.a',
        tags: { _custom_id_: apiId },
      });
      const deployed = new Map<string, unknown>();
      for (const { name, input } of done) {
        // What the framework refuses does not come so far.
        if (!hasRequired(name, { apiId, ...input })) continue;
        const before = structuredClone(v2DefinitionOf(store.view, apiId));
        try {
          await call(`apigatewayv2:${name}` as CallName, filled(input, store.view) as never);
        } catch (error) {
          assert.ok(error instanceof AwsException, String(error));
          assert.deepEqual(v2DefinitionOf(store.view, apiId), before);
        }
        assertWhole(store.view);
        const now = structuredClone(v2DefinitionOf(store.view, apiId));
        for (const { deploymentId } of store.view.list('v2Deployment', apiId))
          if (!deployed.has(deploymentId)) deployed.set(deploymentId, now);
        for (const stage of store.view.list('v2Stage', apiId))
          if (stage.autoDeploy && stage.deploymentId !== undefined && now.routes.length > 0)
            assert.deepEqual(deployed.get(stage.deploymentId), now);
      }
      const served = readPublishedState(dataDir)?.v2Stages ?? [];
      const wanted = store.view
        .list('v2Stage', apiId)
        .filter(({ deploymentId }) => deploymentId !== undefined);
      assert.deepEqual(
        served.map(({ stage }) => stage.stageName),
        wanted.map(({ stageName }) => stageName),
      );
      for (const { stage, deploymentHash } of served)
        assert.deepEqual(
          readV2Snapshot(dataDir, deploymentHash).definition,
          deployed.get(stage.deploymentId!),
        );
    }),
    { numRuns: 60 },
  );
});
