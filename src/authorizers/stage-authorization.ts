// What the methods of a REST API ask of a request, on one stage: the phases between the router and the throttle.
// See data-plane reference, section 2: steps 6 to 9.

import { type Failure, failures } from '../exchange/gateway-response.ts';
import type { Phase } from '../exchange/phase.ts';
import type { Route } from '../exchange/route.ts';
import type { ApiDefinition, Method } from '../resources/index.ts';
import { type ApiKeyPhases, compileApiKey } from './api-key.ts';
import { type AskingAuthorizer, compileAskingAuthorizer } from './asking-authorizer.ts';
import { compileCustom } from './custom.ts';
import { compileIam } from './iam.ts';
import { MethodAccess } from './method-access.ts';
import { compileResourceGate } from './resource-gate.ts';
import { type ApiPolicy, compileApiPolicy } from './resource-policy.ts';
import { compileTokenAuthorizer, type TokenAuthorizer } from './token-authorizer.ts';
import type { AuthorizerTools } from './tools.ts';
import {
  authorizationTypeOf,
  authorizerOf,
  isAskingAuthorizer,
  isTokenAuthorizer,
  isTokenType,
} from './unserved.ts';
import { compileUserPool } from './user-pool.ts';

type Definition = Pick<ApiDefinition, 'restApi' | 'authorizers'>;

export class StageAuthorization {
  readonly #definition: Definition;
  readonly #tools: AuthorizerTools;
  readonly #apiPolicy: ApiPolicy | null;
  /** By id: answers are kept for all methods of the stage that ask the same one. A text says why it cannot be asked. */
  readonly #authorizers = new Map<string, AskingAuthorizer | TokenAuthorizer | string>();

  constructor(
    definition: Definition,
    stage: Pick<Route, 'apiId' | 'region' | 'accountId'>,
    tools: AuthorizerTools,
  ) {
    this.#definition = definition;
    this.#tools = tools;
    this.#apiPolicy = compileApiPolicy(definition.restApi.policy, stage);
  }

  /** All that must let a request of this method through; none where everybody may call it. */
  phasesOf(method: Method, route: Route): Phase[] {
    const { credentials } = this.#tools;
    const { apiKeySource } = this.#definition.restApi;
    const key = method.apiKeyRequired ? compileApiKey(apiKeySource, route, credentials) : null;
    const phases = this.#caller(method, route, key);
    return key === null ? phases : [...phases, key.check];
  }

  #caller(method: Method, route: Route, key: ApiKeyPhases | null): Phase[] {
    const access = new MethodAccess(route, this.#apiPolicy, this.#tools.clock);
    switch (authorizationTypeOf(method)) {
      case 'NONE':
        return this.#apiPolicy === null || this.#apiPolicy.isOpen ? [] : [compileResourceGate(access)];
      case 'AWS_IAM':
        return [compileIam(access, route.region, this.#tools)];
      case 'CUSTOM':
      case 'COGNITO_USER_POOLS':
      case 'JWT':
        return [this.#asking(method, route, access, key)];
      default:
        return [
          refusing(
            `Authorization type ${method.authorizationType} is not served`,
            failures.authorizerConfigurationError,
          ),
        ];
    }
  }

  #asking(method: Method, route: Route, access: MethodAccess, key: ApiKeyPhases | null): Phase {
    const authorizer = this.#authorizer(method, route);
    if (typeof authorizer === 'string') return refusing(authorizer, failures.authorizerConfigurationError);
    const scopes = method.authorizationScopes ?? [];
    if ('tokens' in authorizer) {
      const { id, read, matchesAudience, tokens } = authorizer;
      return compileUserPool(access, id, { scopes, matchesAudience, read }, tokens);
    }
    const fromHeader = this.#definition.restApi.apiKeySource !== 'AUTHORIZER';
    const noteKey = fromHeader ? (key?.find ?? null) : null;
    return compileCustom(access, authorizer, { scopes, noteKey }, this.#tools);
  }

  /** @returns what is wrong, for the log, where there is none that could be asked */
  #authorizer(method: Method, route: Route): AskingAuthorizer | TokenAuthorizer | string {
    const { authorizerId = '' } = method;
    const found = authorizerOf(method, this.#definition);
    if (found === undefined) return `The method names the authorizer "${authorizerId}", which is not there`;
    const checksTokens = isTokenAuthorizer(found);
    // A CUSTOM method may ask for tokens too, as imports make those of JWT authorizers.
    if (!checksTokens && isTokenType(authorizationTypeOf(method)))
      return `The authorizer "${authorizerId}" checks no tokens: its type is ${found.type}`;
    if (!checksTokens && !isAskingAuthorizer(found))
      return `The authorizer "${authorizerId}" asks nobody: its type is ${found.type}`;
    const known = this.#authorizers.get(authorizerId);
    if (known !== undefined) return known;
    const compile = checksTokens ? compileTokenAuthorizer : compileAskingAuthorizer;
    const made = compile(found, route, this.#tools);
    this.#authorizers.set(authorizerId, made);
    return made;
  }
}

/** Nothing is served open because something was not understood. */
const refusing =
  (reason: string, failure: Failure): Phase =>
  (exchange) => {
    exchange.log?.error(`${reason}: every request is refused`);
    return failure;
  };
