// API configuration -> plans. All parsing happens here, once per deployment and stage; nothing after this file
// parses a template, a pattern, a URI or an expression.

import { compileBinaryMediaTypes } from '../../base/media-type.ts';
import { configurationError } from '../../exchange/configuration-error.ts';
import { failures } from '../../exchange/gateway-response.ts';
import type { Phase } from '../../exchange/phase.ts';
import type { Recorder } from '../../exchange/recorder.ts';
import type { Route } from '../../exchange/route.ts';
import type { Tools } from '../../exchange/tools.ts';
import { IntegrationError, integrationKind } from '../../integrations/index.ts';
import type {
  DeploymentSnapshot,
  Method,
  PublishedStage,
  PublishedState,
  Resource,
} from '../../resources/index.ts';
import { PathRouter } from '../router/path-router.ts';
import type { Throttle } from '../throttle/throttle.ts';
import { compileCompressAnswer, compileCompression } from './compression.ts';
import { compileReadDecodedBody } from './compression-request.ts';
import { compileGatewayResponses } from './gateway-response.ts';
import { compileIntegrationRequest } from './integration-request.ts';
import { compileIntegrationResponse } from './integration-response.ts';
import { logStart } from './log-start.ts';
import { readBody } from './method-request/read-body.ts';
import { compileThrottle, throttleLevels } from './method-request/throttle.ts';
import { compileBodyValidation } from './method-request/validate-body.ts';
import { compileParameterValidation } from './method-request/validate-parameters.ts';
import { type MethodSettings, settingsOf } from './method-settings.ts';
import { compileModels, type Models } from './models.ts';

/** One method on one stage, ready to run. */
export interface Plan {
  readonly route: Route;
  readonly phases: readonly Phase[];
}

/** One stage, ready to serve. */
export interface StagePlan {
  readonly router: PathRouter<LazyPlan>;
  /** For what no resource and verb matches. */
  readonly unmatched: Plan;
  /** All plans, for warming. */
  readonly plans: readonly LazyPlan[];
  /** Gives the throttle's buckets back; called when no new request can reach this plan. */
  close(): void;
}

/** What compiling needs from the process. */
export interface PlanTools extends Tools {
  readonly throttle: Throttle;
  readonly recorder: Recorder;
}

/**
 * A plan that is compiled on first use: a process with many APIs answers its first request before the last
 * template is parsed. Deployment has compiled everything once, so a mistake was told there.
 */
export class LazyPlan {
  #plan: Plan | null = null;
  readonly #compile: () => Plan;

  constructor(compile: () => Plan) {
    this.#compile = compile;
  }

  get plan(): Plan {
    this.#plan ??= this.#compile();
    return this.#plan;
  }

  /** Compiles now, if nobody asked before. @throws what the compilation throws */
  warm(): void {
    this.#plan ??= this.#compile();
  }
}

/** Compiles one stage: its router at once, its methods when they are first asked for. */
export function compileStage(
  published: PublishedStage,
  snapshot: DeploymentSnapshot,
  state: PublishedState,
  tools: PlanTools,
): StagePlan {
  const compiler = new StageCompiler(published, snapshot, state, tools);
  const router = new PathRouter<LazyPlan>();
  const plans: LazyPlan[] = [];
  for (const resource of snapshot.definition.resources) {
    for (const method of Object.values(resource.resourceMethods ?? {})) {
      const plan = new LazyPlan(() => compiler.compileMethod(resource, method));
      router.add(resource.path, method.httpMethod, plan);
      plans.push(plan);
    }
  }
  return { router, unmatched: compiler.compileUnmatched(), plans, close: () => compiler.close() };
}

class StageCompiler {
  readonly #published: PublishedStage;
  readonly #snapshot: DeploymentSnapshot;
  readonly #state: PublishedState;
  readonly #tools: PlanTools;
  readonly #stageVariables: Readonly<Record<string, string>>;
  readonly #models: Models;
  readonly #buckets: number[] = [];
  readonly #stageWide: Pick<
    Route,
    | 'accountId'
    | 'region'
    | 'apiId'
    | 'apiName'
    | 'endpointType'
    | 'stageName'
    | 'deploymentId'
    | 'stageVariables'
    | 'isCanary'
    | 'isBinary'
    | 'gatewayResponses'
    | 'compression'
  >;

  constructor(
    published: PublishedStage,
    snapshot: DeploymentSnapshot,
    state: PublishedState,
    tools: PlanTools,
  ) {
    const { definition } = snapshot;
    this.#published = published;
    this.#snapshot = snapshot;
    this.#state = state;
    this.#tools = tools;
    // Without a prototype: a missing variable called `constructor` is missing too.
    this.#stageVariables = Object.freeze(Object.assign(Object.create(null), published.stage.variables));
    this.#models = compileModels(definition.models);
    this.#stageWide = {
      accountId: state.accountId,
      region: state.region,
      apiId: published.apiId,
      apiName: definition.restApi.name,
      endpointType: definition.restApi.endpointConfiguration.types[0] ?? 'EDGE',
      stageName: published.stage.stageName,
      deploymentId: snapshot.deployment.id,
      stageVariables: this.#stageVariables,
      isCanary: null,
      isBinary: compileBinaryMediaTypes(definition.restApi.binaryMediaTypes ?? []),
      gatewayResponses: compileGatewayResponses(definition.gatewayResponses, this.#stageVariables),
      compression: compileCompression(definition.restApi.minimumCompressionSize),
    };
  }

  compileUnmatched(): Plan {
    const settings = settingsOf(this.#published.stage, '*', '*');
    const route: Route = {
      ...this.#stageWide,
      resourceId: '',
      resourcePath: '',
      pathParameterNames: [],
      httpMethod: null,
      operationName: null,
      recorder: this.#recorderFor('', '', settings),
    };
    return { route, phases: [() => failures.missingAuthenticationToken] };
  }

  compileMethod(resource: Resource, method: Method): Plan {
    const settings = settingsOf(this.#published.stage, resource.path, method.httpMethod);
    const route: Route = {
      ...this.#stageWide,
      resourceId: resource.id,
      resourcePath: resource.path,
      pathParameterNames: [...resource.path.matchAll(/\{([^{}]+?)\+?\}/g)].map((found) => found[1]!),
      httpMethod: method.httpMethod,
      operationName: method.operationName ?? null,
      recorder: this.#recorderFor(resource.path, method.httpMethod, settings),
    };
    return { route, phases: this.#phases(method, route, settings) };
  }

  /** The walk of one method, in the order of the reference's life cycle (section 2). */
  #phases(method: Method, route: Route, settings: MethodSettings): Phase[] {
    const phases: Phase[] = [];
    if (settings.loggingLevel !== 'OFF') phases.push(logStart);
    const closed = closedDoor(method);
    if (closed !== null) return [...phases, closed];
    phases.push(compileThrottle(this.#tools.throttle, this.#levels(route, settings)));
    const body = this.#bodyValidation(method);
    const parameters = this.#parameterValidation(method);
    if (parameters !== null) phases.push(parameters);
    return [...phases, ...this.#integrationPhases(method, route, body)];
  }

  #integrationPhases(method: Method, route: Route, bodyValidation: Phase | null): Phase[] {
    const integration = method.methodIntegration;
    const kind = integration === undefined ? undefined : integrationKind(integration.type);
    if (integration === undefined || kind === undefined)
      return [
        (exchange) => configurationError(exchange, `integration type "${integration?.type}" is not served`),
      ];
    const phases: Phase[] = [];
    const needsBody = bodyValidation !== null || kind.needsBody(integration);
    if (route.compression !== null) phases.push(compileReadDecodedBody(needsBody, this.#tools));
    else if (needsBody) phases.push(readBody);
    if (bodyValidation !== null) phases.push(bodyValidation);
    if (!kind.isProxy) phases.push(compileIntegrationRequest(integration, route, this.#tools));
    try {
      phases.push(kind.compile(integration, route, this.#tools));
    } catch (error) {
      if (!(error instanceof IntegrationError)) throw error;
      // Only this stage's variables make the endpoint what it is, so deployment could not tell of it.
      return [...phases, (exchange) => configurationError(exchange, error.message)];
    }
    if (!kind.isProxy)
      phases.push(compileIntegrationResponse(method, route, kind.remapsHeaders, this.#tools));
    if (route.compression !== null) phases.push(compileCompressAnswer(route.compression));
    return phases;
  }

  #validatorOf(method: Method) {
    const id = method.requestValidatorId;
    return this.#snapshot.definition.requestValidators.find((validator) => validator.id === id);
  }

  #parameterValidation(method: Method): Phase | null {
    return this.#validatorOf(method)?.validateRequestParameters === true
      ? compileParameterValidation(method)
      : null;
  }

  #bodyValidation(method: Method): Phase | null {
    if (this.#validatorOf(method)?.validateRequestBody !== true) return null;
    const byType = new Map(
      Object.entries(method.requestModels ?? {}).map(([type, name]) => [
        type.toLowerCase(),
        this.#models(name),
      ]),
    );
    return byType.size === 0 ? null : compileBodyValidation(byType);
  }

  #levels(route: Route, settings: MethodSettings) {
    const levels = throttleLevels(this.#tools.throttle, route, settings, this.#state.accountThrottle);
    for (const { bucket } of levels) this.#buckets.push(bucket);
    return levels;
  }

  close(): void {
    for (const bucket of this.#buckets.splice(0)) this.#tools.throttle.release(bucket);
  }

  #recorderFor(resourcePath: string, httpMethod: string, settings: MethodSettings) {
    const { stage } = this.#published;
    return this.#tools.recorder.route({
      apiId: this.#stageWide.apiId,
      apiName: this.#stageWide.apiName,
      stageName: stage.stageName,
      resourcePath,
      httpMethod,
      isCanary: null,
      detailedMetrics: settings.metricsEnabled,
      loggingLevel: settings.loggingLevel,
      dataTrace: settings.dataTraceEnabled,
      accessLog: stage.accessLogSettings ?? null,
    });
  }
}

/**
 * A method that asks for a check which this release cannot make is never served. Deployment refuses it already;
 * this is the second lock on the same door.
 */
function closedDoor(method: Method): Phase | null {
  if (method.authorizationType !== 'NONE')
    return (exchange) => {
      exchange.log?.error(`Authorization type ${method.authorizationType} is not served`);
      return failures.authorizerConfigurationError;
    };
  if (method.apiKeyRequired) return () => failures.invalidApiKey;
  return null;
}
