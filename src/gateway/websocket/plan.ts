// A deployment of a WebSocket API on one stage, compiled: nothing after this file parses an expression, a template or a
// model.

import type { SocketRecorders } from '../../exchange/recorder.ts';
import { jsonOf, type SocketEvent } from '../../exchange/socket-event.ts';
import type { SocketRoute } from '../../exchange/socket-route.ts';
import type { Tools } from '../../exchange/tools.ts';
import type { ClientIdentity } from '../../exchange/upstream.ts';
import {
  compileSelection,
  keyText,
  type SelectionExpression,
  valueAt,
} from '../../mapping/selection/selection-expression.ts';
import {
  isOrdered,
  type PublishedState,
  type V2Authorizer,
  type V2Integration,
  type V2Route,
  type V2RouteSettings,
  type V2Snapshot,
  type V2Stage,
  type WebSocketSettings,
  webSocketSettings,
} from '../../resources/index.ts';
import { throttleOf } from '../pipeline/method-settings.ts';
import { compileModels, type Models } from '../pipeline/models.ts';
import type { Throttle } from '../throttle/throttle.ts';
import { type ConstantAnswer, constantAnswer } from './constant-answer.ts';
import { misconfigured, routeFailures } from './route-result.ts';
import { type CompiledRoute, compileRun, type RunRoute } from './route-run.ts';
import { evaluate } from './templates.ts';
import { compileTopicRoute, isTopicTarget } from './topic-route.ts';

/** What compiling needs from the process. */
export interface SocketTools extends Tools {
  readonly throttle: Throttle;
  readonly sockets: SocketRecorders;
}

/** What the plans of a WebSocket stage are made of, and nothing else: equal sources make equal plans. */
export interface SocketSource {
  readonly accountId: string;
  readonly region: string;
  readonly accountThrottle: PublishedState['accountThrottle'];
  readonly apiId: string;
  readonly stage: V2Stage;
  readonly deploymentHash: string;
  readonly clientCertificate: ClientIdentity | null;
}

/** One route, ready to run. */
export interface RoutePlan {
  readonly route: SocketRoute;
  readonly definition: V2Route;
  readonly authorizer: V2Authorizer | null;
  /** The client gets what the route answers. */
  readonly isTwoWay: boolean;
  /** Messages of one connection wait for each other. */
  readonly isOrdered: boolean;
  /** For messages: route, account. */
  readonly buckets: readonly [number, number, number, number];
  /** What is wrong with a message; null when nothing is, or nobody asked. */
  readonly validate: ((event: SocketEvent) => string | null) | null;
  readonly run: RunRoute;
  /** For messages that need no event; null = each takes the long way. */
  readonly constant: ConstantAnswer | null;
}

export interface WebSocketStage {
  readonly accountId: string;
  readonly region: string;
  readonly apiId: string;
  readonly apiName: string;
  readonly stageName: string;
  readonly isDefaultEndpointDisabled: boolean;
  readonly settings: WebSocketSettings;
  readonly connect: RoutePlan | null;
  readonly disconnect: RoutePlan | null;
  /** For what has no key of its own. */
  readonly unmatched: RoutePlan;
  readonly apiKeySelection: SelectionExpression;
  /** Bucket of new connections; stage, account. */
  readonly connectBuckets: readonly [number, number, number, number];
  /**
   * Which route a message takes.
   * @param parsed - told the JSON, when the message was parsed
   */
  select(text: string, isBinary: boolean, parsed: (json: unknown) => void): RoutePlan;
  close(): void;
}

/** @throws what a definition that should not have been deployed makes compilers throw */
export function compileWebSocketStage(
  source: SocketSource,
  snapshot: V2Snapshot,
  tools: SocketTools,
): WebSocketStage {
  return new StageCompiler(source, snapshot, tools).compile();
}

class StageCompiler {
  readonly #source: SocketSource;
  readonly #snapshot: V2Snapshot;
  readonly #tools: SocketTools;
  readonly #models: Models;
  readonly #buckets: number[] = [];
  readonly #stageVariables: Readonly<Record<string, string>>;
  readonly #settings: WebSocketSettings;

  constructor(source: SocketSource, snapshot: V2Snapshot, tools: SocketTools) {
    this.#source = source;
    this.#snapshot = snapshot;
    this.#tools = tools;
    this.#models = compileModels(
      snapshot.definition.models.map(({ modelId, name, schema, contentType = 'application/json' }) => ({
        id: modelId,
        name,
        contentType,
        ...(schema === undefined ? {} : { schema }),
      })),
    );
    // Without a prototype: a missing variable called `constructor` is missing too.
    this.#stageVariables = Object.freeze(Object.assign(Object.create(null), source.stage.stageVariables));
    this.#settings = webSocketSettings(snapshot.definition.api.tags, source.stage.tags);
  }

  compile(): WebSocketStage {
    const { api, routes } = this.#snapshot.definition;
    const { accountId, region, apiId, stage } = this.#source;
    const plans = new Map(routes.map((route) => [route.routeKey, this.#plan(route)]));
    const unmatched = plans.get('$default') ?? this.#nothing();
    const expression = compileSelection(api.routeSelectionExpression);
    const { connectRate, connectBurst } = this.#settings;
    return {
      accountId,
      region,
      apiId,
      apiName: api.name,
      stageName: stage.stageName,
      isDefaultEndpointDisabled: api.disableExecuteApiEndpoint,
      settings: this.#settings,
      connect: plans.get('$connect') ?? null,
      disconnect: plans.get('$disconnect') ?? null,
      unmatched,
      apiKeySelection: compileSelection(api.apiKeySelectionExpression ?? '$request.header.x-api-key'),
      connectBuckets: [
        this.#bucket(`connect:${apiId}/${stage.stageName}`, { rateRps: connectRate, burst: connectBurst }),
        -1,
        -1,
        -1,
      ],
      select: compileSelect(expression, plans, unmatched),
      close: () => {
        for (const bucket of this.#buckets.splice(0)) this.#tools.throttle.release(bucket);
      },
    };
  }

  #plan(route: V2Route): RoutePlan {
    const { definition } = this.#snapshot;
    const socketRoute = this.#routeOf(route.routeKey);
    const integration = this.#integrationOf(route);
    const isTwoWay =
      route.routeKey === '$connect' ||
      definition.routeResponses.some(({ routeId }) => routeId === route.routeId);
    const validate = this.#validation(route);
    const { run, constant } = isTopicTarget(route.target)
      ? topicRun(route.target, route.routeKey, isTwoWay)
      : integration === null
        ? unserved(route)
        : this.#runOf(route, integration, socketRoute, isTwoWay);
    return {
      route: socketRoute,
      definition: route,
      authorizer:
        definition.authorizers.find(({ authorizerId }) => authorizerId === route.authorizerId) ?? null,
      isTwoWay,
      isOrdered: isOrdered(this.#settings, route.routeKey),
      buckets: this.#messageBuckets(route.routeKey),
      validate,
      run,
      // Whoever logs events, or looks into messages, has to be given them.
      constant:
        validate === null && !socketRoute.recorder.wantsEvents ? constantAnswer(constant, isTwoWay) : null,
    };
  }

  #integrationOf({ target }: V2Route): V2Integration | null {
    const id = target?.startsWith('integrations/') === true ? target.slice('integrations/'.length) : null;
    return this.#snapshot.definition.integrations.find(({ integrationId }) => integrationId === id) ?? null;
  }

  /** A route that cannot be compiled fails by itself; the others are served. */
  #runOf(
    { routeId }: V2Route,
    integration: V2Integration,
    socketRoute: SocketRoute,
    isTwoWay: boolean,
  ): CompiledRoute {
    const responses = this.#snapshot.definition.integrationResponses.filter(
      ({ integrationId }) => integrationId === integration.integrationId,
    );
    const { clientCertificate } = this.#source;
    try {
      return compileRun(
        { integration, responses, isTwoWay, socketRoute, routeId, clientCertificate },
        this.#tools,
      );
    } catch (error) {
      return refusing((error as Error).message);
    }
  }

  #validation(route: V2Route): RoutePlan['validate'] {
    const models = Object.entries(route.requestModels ?? {});
    if (models.length === 0 || route.modelSelectionExpression === undefined) return null;
    const selection = compileSelection(route.modelSelectionExpression);
    const byKey = new Map(models.map(([key, name]) => [key, this.#models(name)]));
    return (event) => {
      const key = evaluate(selection, event, null);
      const model = (key === null ? undefined : byKey.get(key)) ?? byKey.get('$default');
      if (model === undefined) return null;
      const json = event.json();
      if (typeof json === 'symbol') return 'the message is not JSON';
      const errors = model()(json);
      return errors === null ? null : `[${errors.join(', ')}]`;
    };
  }

  #messageBuckets(routeKey: string): RoutePlan['buckets'] {
    const { accountId, region, accountThrottle, apiId, stage } = this.#source;
    const limit = throttleOf(this.#routeSettings(routeKey));
    const own = limit === null ? -1 : this.#bucket(`route:${apiId}/${stage.stageName}/${routeKey}`, limit);
    return [own, this.#bucket(`account:${accountId}/${region}`, accountThrottle), -1, -1];
  }

  #bucket(key: string, limit: { readonly rateRps: number; readonly burst: number }): number {
    const bucket = this.#tools.throttle.bucket(key, limit);
    this.#buckets.push(bucket);
    return bucket;
  }

  #routeSettings(routeKey: string): V2RouteSettings {
    const { defaultRouteSettings, routeSettings } = this.#source.stage;
    const own = Object.hasOwn(routeSettings, routeKey) ? routeSettings[routeKey] : undefined;
    return { ...defaultRouteSettings, ...own };
  }

  #routeOf(routeKey: string): SocketRoute {
    const { accountId, region, apiId, stage } = this.#source;
    const { api } = this.#snapshot.definition;
    const settings = this.#routeSettings(routeKey);
    const { destinationArn, format } = stage.accessLogSettings ?? {};
    return {
      accountId,
      region,
      apiId,
      apiName: api.name,
      stageName: stage.stageName,
      deploymentId: this.#snapshot.deployment.deploymentId,
      routeKey,
      stageVariables: this.#stageVariables,
      recorder: this.#tools.sockets.socketRoute({
        apiId,
        apiName: api.name,
        stageName: stage.stageName,
        resourcePath: '',
        httpMethod: routeKey,
        isCanary: null,
        detailedMetrics: settings.detailedMetricsEnabled ?? false,
        loggingLevel: settings.loggingLevel ?? 'OFF',
        dataTrace: settings.dataTraceEnabled ?? false,
        accessLog: destinationArn === undefined || format === undefined ? null : { destinationArn, format },
      }),
    };
  }

  /** No key matched, and there is no `$default`: Forbidden, and the connection stays. */
  #nothing(): RoutePlan {
    return {
      route: this.#routeOf(''),
      definition: { routeId: '', routeKey: '', authorizationType: 'NONE', apiKeyRequired: false },
      authorizer: null,
      isTwoWay: true,
      isOrdered: false,
      buckets: this.#messageBuckets(''),
      validate: null,
      run: (event, done) => done(event, routeFailures.forbidden),
      constant: null,
    };
  }
}

/** A route that needs no backend. */
function topicRun(target: string, routeKey: string, isTwoWay: boolean): CompiledRoute {
  try {
    return { run: compileTopicRoute(target, routeKey, isTwoWay), constant: null };
  } catch (error) {
    return refusing((error as Error).message);
  }
}

const unserved = ({ target }: V2Route): CompiledRoute =>
  refusing(target === undefined ? 'No integration defined for route' : `No integration behind "${target}"`);

const refusing = (reason: string): CompiledRoute => ({
  run: (event, done) => done(event, misconfigured(event, reason)),
  constant: null,
});

/** Keys that only the service itself selects. */
const reserved: ReadonlySet<string> = new Set(['$connect', '$disconnect', '$default']);

/** @see WebSocket reference, sections 2.1 and 12 */
function compileSelect(
  expression: SelectionExpression,
  plans: ReadonlyMap<string, RoutePlan>,
  unmatched: RoutePlan,
): WebSocketStage['select'] {
  const custom = new Map([...plans].filter(([key]) => !reserved.has(key)));
  if (expression.constant !== null) {
    const only = custom.get(expression.constant) ?? unmatched;
    return () => only;
  }
  const { bodyPath } = expression;
  // The commonest by far: one member of the message.
  const member = bodyPath?.length === 1 && typeof bodyPath[0] === 'string' ? bodyPath[0] : null;
  return (text, isBinary, parsed) => {
    if (isBinary) return unmatched;
    const json = jsonOf(text);
    parsed(json);
    if (typeof json === 'symbol') return unmatched;
    const key =
      member !== null
        ? keyText(memberOf(json, member))
        : bodyPath !== null
          ? keyText(valueAt(json, bodyPath))
          : null;
    return custom.get(key ?? expression.evaluate(bodyOnly(json)) ?? '') ?? unmatched;
  };
}

function memberOf(json: unknown, name: string): unknown {
  return typeof json === 'object' && json !== null && !Array.isArray(json) && Object.hasOwn(json, name)
    ? (json as Record<string, unknown>)[name]
    : undefined;
}

const nothing = (): null => null;

/** Of a message only its body is known. */
const bodyOnly = (json: unknown) => ({
  body: () => json,
  header: nothing,
  query: nothing,
  context: nothing,
  stageVariable: nothing,
  integrationStatus: nothing,
  integrationHeader: nothing,
  integrationBody: () => undefined,
});
