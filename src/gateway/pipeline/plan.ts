// API configuration -> plans. All parsing happens here, once per deployment and stage; nothing after this file
// parses a template, a pattern, a URI or an expression.

import {
  type Credentials,
  type Issuers,
  refuseUnmatched,
  StageAuthorization,
} from '../../authorizers/index.ts';
import { compileBinaryMediaTypes } from '../../base/media-type.ts';
import { configurationError } from '../../exchange/configuration-error.ts';
import type { Phase } from '../../exchange/phase.ts';
import type { Recorder, SocketRecorders } from '../../exchange/recorder.ts';
import type { Route } from '../../exchange/route.ts';
import type { Tools } from '../../exchange/tools.ts';
import type { Firewalls } from '../../firewall/index.ts';
import { IntegrationError, integrationKind } from '../../integrations/index.ts';
import type { DeploymentSnapshot, Method, Resource } from '../../resources/index.ts';
import { PathRouter } from '../router/path-router.ts';
import type { Throttle } from '../throttle/throttle.ts';
import { closedByEndpoint, unservedIntegration } from './closed-door.ts';
import { compileCompressAnswer, compileCompression } from './compression.ts';
import { compileReadDecodedBody } from './compression-request.ts';
import { compileGatewayResponses } from './gateway-response.ts';
import { compileIntegrationRequest } from './integration-request.ts';
import { compileIntegrationResponse } from './integration-response.ts';
import { logStart } from './log-start.ts';
import type { PlanCounters } from './method-request/plan-counters.ts';
import { readBody } from './method-request/read-body.ts';
import { compileCountedThrottle, compileThrottle, throttleLevels } from './method-request/throttle.ts';
import { compileBodyValidation } from './method-request/validate-body.ts';
import { compileParameterValidation } from './method-request/validate-parameters.ts';
import { type MethodSettings, settingsOf } from './method-settings.ts';
import { compileModels, type Models } from './models.ts';
import type { PlanSource } from './plan-source.ts';

/** One method on one stage, ready to run. */
export interface Plan {
  readonly route: Route;
  readonly phases: readonly Phase[];
}

/** One deployment on one stage, ready to serve. */
export interface StagePlan {
  /** The deployment is reached through custom domain names alone. */
  readonly isDefaultEndpointDisabled: boolean;
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
  readonly sockets: SocketRecorders;
}

/** The same for a stage that is served: its methods ask who calls. */
export interface StageTools extends PlanTools {
  readonly credentials: Credentials;
  readonly issuers: Issuers;
  readonly planCounters: PlanCounters;
  readonly firewalls: Firewalls;
}

/**
 * A plan that is compiled on first use: a process with many APIs answers its first request before the last
 * template is parsed. Deployment has compiled everything once, so a mistake was told there.
 */
export class LazyPlan {
  #plan: Plan | null = null;
  /** Let go once there is a plan, and the method's definition with it: most of what an API takes in memory. */
  #compile: (() => Plan) | null;

  constructor(compile: () => Plan) {
    this.#compile = compile;
  }

  get plan(): Plan {
    return this.#plan ?? this.#compiled();
  }

  /** Compiles now, if nobody asked before. @throws what the compilation throws */
  warm(): void {
    if (this.#plan === null) this.#compiled();
  }

  #compiled(): Plan {
    this.#plan = this.#compile!();
    this.#compile = null;
    return this.#plan;
  }
}

/** Compiles one deployment for one stage: its router at once, its methods when they are first asked for. */
export function compileStage(source: PlanSource, snapshot: DeploymentSnapshot, tools: StageTools): StagePlan {
  const compiler = new StageCompiler(source, snapshot, tools);
  const authorization = new StageAuthorization(snapshot.definition, source, tools);
  const router = new PathRouter<LazyPlan>();
  const guarded = guardOf(source, tools);
  const lazily = (compile: () => Plan): LazyPlan => new LazyPlan(() => guarded(compile()));
  const plans: LazyPlan[] = [];
  for (const resource of snapshot.definition.resources) {
    for (const method of Object.values(resource.resourceMethods ?? {})) {
      const plan = lazily(() => compiler.compileMethod(resource, method, authorization, tools.planCounters));
      router.add(resource.path, method.httpMethod, plan);
      plans.push(plan);
    }
  }
  return {
    isDefaultEndpointDisabled: snapshot.definition.restApi.disableExecuteApiEndpoint,
    router,
    unmatched: guarded(compiler.compileUnmatched()),
    plans,
    close: givingBack(compiler.buckets, tools.throttle),
  };
}

/** A function by itself: made inside `compileStage` it would keep the whole definition for as long as the plan is served. */
function givingBack(buckets: number[], throttle: Throttle): () => void {
  return () => {
    for (const bucket of buckets.splice(0)) throttle.release(bucket);
  };
}

/** A web ACL comes before all else, also for requests that no method matches. */
function guardOf({ webAclArn }: PlanSource, tools: StageTools): (plan: Plan) => Plan {
  if (webAclArn === null || webAclArn === '') return (plan) => plan;
  const guard = tools.firewalls.phaseOf(webAclArn, tools);
  return ({ route, phases }) => ({ route, phases: [guard, ...phases] });
}

/**
 * Compiles one method as TestInvokeMethod runs it: nobody is authorized, throttled, compressed for or counted.
 * The definition need not be deployable: what cannot be compiled is told in the log.
 * @param begin - the first phases: what begins the log and reads the body
 */
export function compileForTest(
  source: PlanSource,
  snapshot: DeploymentSnapshot,
  resource: Resource,
  method: Method,
  begin: readonly Phase[],
  tools: PlanTools,
): Plan {
  return new StageCompiler(source, snapshot, tools).compileForTest(resource, method, begin);
}

class StageCompiler {
  readonly #source: PlanSource;
  readonly #snapshot: DeploymentSnapshot;
  readonly #tools: PlanTools;
  readonly #models: Models;
  /** What the plans made so far draw from, each as often as it is drawn from. */
  readonly buckets: number[] = [];
  readonly #stageWide: Omit<
    Route,
    'resourceId' | 'resourcePath' | 'pathParameterNames' | 'httpMethod' | 'operationName' | 'recorder'
  >;

  constructor(source: PlanSource, snapshot: DeploymentSnapshot, tools: PlanTools) {
    const { definition } = snapshot;
    const { restApi } = definition;
    this.#source = source;
    this.#snapshot = snapshot;
    this.#tools = tools;
    this.#models = compileModels(definition.models);
    // Without a prototype: a missing variable called `constructor` is missing too.
    const stageVariables = Object.freeze(Object.assign(Object.create(null), source.stageVariables));
    this.#stageWide = {
      accountId: source.accountId,
      region: source.region,
      apiId: source.apiId,
      apiName: restApi.name,
      endpointType: restApi.endpointConfiguration.types[0] ?? 'EDGE',
      stageName: source.stageName,
      deploymentId: snapshot.deployment.id,
      stageVariables,
      isCanary: source.isCanary,
      clientCertificate: source.clientCertificate,
      isBinary: compileBinaryMediaTypes(restApi.binaryMediaTypes ?? []),
      gatewayResponses: compileGatewayResponses(definition.gatewayResponses, stageVariables),
      compression: compileCompression(restApi.minimumCompressionSize),
    };
  }

  compileUnmatched(): Plan {
    const settings = settingsOf(this.#source.methodSettings, '*', '*');
    const route: Route = {
      ...this.#stageWide,
      resourceId: '',
      resourcePath: '',
      pathParameterNames: [],
      httpMethod: null,
      operationName: null,
      recorder: this.#recorderFor('', '', settings),
    };
    return { route, phases: [refuseUnmatched] };
  }

  compileMethod(
    resource: Resource,
    method: Method,
    authorization: StageAuthorization,
    counters: PlanCounters,
  ): Plan {
    const settings = settingsOf(this.#source.methodSettings, resource.path, method.httpMethod);
    const route = this.#routeOf(resource, method, settings);
    return { route, phases: this.#phases(method, route, settings, authorization, counters) };
  }

  compileForTest(resource: Resource, method: Method, begin: readonly Phase[]): Plan {
    const settings = settingsOf(this.#source.methodSettings, resource.path, method.httpMethod);
    const route: Route = { ...this.#routeOf(resource, method, settings), compression: null };
    try {
      return { route, phases: [...begin, ...this.#checkedPhases(buffered(method), route, [])] };
    } catch (error) {
      // What a deployment would have refused: a template, a pattern, a certificate.
      const reason = error instanceof Error ? error.message : String(error);
      return { route, phases: [...begin, (exchange) => configurationError(exchange, reason)] };
    }
  }

  #routeOf(resource: Resource, method: Method, settings: MethodSettings): Route {
    return {
      ...this.#stageWide,
      resourceId: resource.id,
      resourcePath: resource.path,
      pathParameterNames: [...resource.path.matchAll(/\{([^{}]+?)\+?\}/g)].map((found) => found[1]!),
      httpMethod: method.httpMethod,
      operationName: method.operationName ?? null,
      recorder: this.#recorderFor(resource.path, method.httpMethod, settings),
    };
  }

  /** The walk of one method, in the order of the reference's life cycle (section 2). */
  #phases(
    method: Method,
    route: Route,
    settings: MethodSettings,
    authorization: StageAuthorization,
    counters: PlanCounters,
  ): Phase[] {
    const closed = closedByEndpoint(this.#snapshot.definition.restApi);
    if (closed !== null) return [closed];
    const phases = authorization.phasesOf(method, route);
    if (settings.loggingLevel !== 'OFF') phases.push(logStart);
    const { throttle } = this.#tools;
    const levels = this.#levels(route, settings);
    phases.push(
      method.apiKeyRequired
        ? compileCountedThrottle(throttle, levels, counters, route)
        : compileThrottle(throttle, levels),
    );
    return [...phases, ...this.#checkedPhases(method, route, this.#bodyPhases(method, route, settings))];
  }

  /** What comes after the gates: validation, and the integration. @param bodyPhases - what reads the body */
  #checkedPhases(method: Method, route: Route, bodyPhases: readonly Phase[]): Phase[] {
    const parameters = this.#parameterValidation(method);
    const phases = parameters === null ? [] : [parameters];
    const reason = unservedIntegration(method.methodIntegration);
    if (reason !== null) return [...phases, (exchange) => configurationError(exchange, reason)];
    const body = this.#bodyValidation(method);
    return [
      ...phases,
      ...bodyPhases,
      ...(body === null ? [] : [body]),
      ...this.#integrationPhases(method, route),
    ];
  }

  #bodyPhases(method: Method, route: Route, settings: MethodSettings): Phase[] {
    const { methodIntegration: integration } = method;
    const needsBody =
      this.#bodyValidation(method) !== null ||
      (integration !== undefined && integrationKind(integration.type)?.needsBody(integration) === true) ||
      // A data trace shows bodies.
      (settings.dataTraceEnabled && settings.loggingLevel === 'INFO');
    if (route.compression !== null) return [compileReadDecodedBody(needsBody, this.#tools)];
    return needsBody ? [readBody] : [];
  }

  /** Of an integration that `unservedIntegration` found nothing against. */
  #integrationPhases(method: Method, route: Route): Phase[] {
    const integration = method.methodIntegration!;
    const kind = integrationKind(integration.type)!;
    const phases: Phase[] = [];
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
    const levels = throttleLevels(this.#tools.throttle, route, settings, this.#source.accountThrottle);
    for (const { bucket } of levels) this.buckets.push(bucket);
    return levels;
  }

  #recorderFor(resourcePath: string, httpMethod: string, settings: MethodSettings) {
    const { apiId, stageName, isCanary, accessLog } = this.#source;
    return this.#tools.recorder.route({
      apiId,
      apiName: this.#stageWide.apiName,
      stageName,
      resourcePath,
      httpMethod,
      isCanary,
      detailedMetrics: settings.metricsEnabled,
      loggingLevel: settings.loggingLevel,
      dataTrace: settings.dataTraceEnabled,
      accessLog,
    });
  }
}

/** A test shows an answer whole, so that its limits hold for one that would be streamed. */
function buffered(method: Method): Method {
  const { methodIntegration: integration } = method;
  if (integration?.responseTransferMode !== 'STREAM') return method;
  return { ...method, methodIntegration: { ...integration, responseTransferMode: 'BUFFERED' } };
}
