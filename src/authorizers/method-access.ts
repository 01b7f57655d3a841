// A request of a REST API as policies are asked about it, and the ways to refuse one.

import type { Clock } from '../base/clock.ts';
import type { Refusal } from '../base/sigv4/index.ts';
import { Authorization } from '../exchange/authorization.ts';
import type { Caller } from '../exchange/caller.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { type Failure, failures } from '../exchange/gateway-response.ts';
import type { Route } from '../exchange/route.ts';
import type { AccessRequest, Decision } from '../policy/index.ts';
import { notAuthorizedText, stageArn } from './method-arn.ts';
import { keyOf, type RequestFacts } from './request-keys.ts';
import { type ApiPolicy, decide } from './resource-policy.ts';
import type { Signer } from './signers.ts';

export const invokeAction = 'execute-api:Invoke';

class ExchangeFacts implements RequestFacts {
  readonly caller: Caller | null;
  readonly isPrivate: boolean;
  readonly #exchange: Exchange;
  readonly #clock: Clock;

  constructor(exchange: Exchange, caller: Caller | null, isPrivate: boolean, clock: Clock) {
    this.caller = caller;
    this.isPrivate = isPrivate;
    this.#exchange = exchange;
    this.#clock = clock;
  }

  get accountId(): string {
    return this.#exchange.route.accountId;
  }
  get region(): string {
    return this.#exchange.route.region;
  }
  get isTls(): boolean {
    return this.#exchange.downstream.tls;
  }
  sourceIp(): string {
    return this.#exchange.sourceIp();
  }
  header(name: string): string | null {
    return this.#exchange.header(name);
  }
  nowMs(): number {
    return this.#clock.nowMs();
  }
}

/** Of one method on one stage. */
export class MethodAccess {
  readonly apiPolicy: ApiPolicy | null;
  readonly #isPrivate: boolean;
  readonly #clock: Clock;
  readonly #stageArn: string;

  constructor(route: Route, apiPolicy: ApiPolicy | null, clock: Clock) {
    this.apiPolicy = apiPolicy;
    this.#isPrivate = route.endpointType === 'PRIVATE';
    this.#clock = clock;
    this.#stageArn = stageArn(route);
  }

  /** The verb and path are the request's, not the resource's. */
  arnOf(exchange: Exchange): string {
    return this.#stageArn + exchange.method + exchange.resourcePath();
  }

  /** @param signer - null: nobody is known */
  requestOf(exchange: Exchange, arn: string, signer: Signer | null): AccessRequest {
    const facts = new ExchangeFacts(exchange, signer?.caller ?? null, this.#isPrivate, this.#clock);
    return {
      action: invokeAction,
      resource: arn,
      context: (key) => keyOf(facts, key),
      principals: signer?.principals ?? [],
    };
  }

  /** Of somebody who has not said yet who they are. */
  anonymous(exchange: Exchange): AccessRequest {
    return this.requestOf(exchange, this.arnOf(exchange), null);
  }

  /** What the resource policy says; null when the API has none. */
  byResource(exchange: Exchange, request: AccessRequest): Decision | null {
    if (this.apiPolicy === null) return null;
    const { policy, problem } = this.apiPolicy;
    if (problem !== null) exchange.log?.error(`The resource policy cannot be evaluated: ${problem}`);
    return decide([policy], request);
  }
}

/** @param explicitly - somebody said no; else nobody said yes */
export function deniedByPolicy(
  exchange: Exchange,
  arn: string,
  caller: Caller | null,
  explicitly: boolean,
): Failure {
  return denied(exchange, notAuthorizedText(caller?.arn ?? null, invokeAction, arn, explicitly));
}

/** Of a Lambda authorizer: its texts name nobody. */
export const deniedByAuthorizer = (exchange: Exchange, explicitly: boolean): Failure =>
  denied(exchange, `${failures.accessDenied.message}${explicitly ? ' with an explicit deny' : ''}`);

function denied(exchange: Exchange, message: string): Failure {
  const authorization = authorizationOf(exchange);
  authorization.authorizeStatus = failures.accessDenied.status;
  authorization.authorizeError = message;
  exchange.errorMessage = message;
  exchange.log?.error('The client is not authorized to perform this operation.');
  return failures.accessDenied;
}

const bySignature: Readonly<Record<Refusal['type'], Failure>> = {
  MissingAuthenticationTokenException: failures.missingAuthenticationToken,
  IncompleteSignatureException: failures.incompleteSignature,
  InvalidSignatureException: failures.invalidSignature,
  UnrecognizedClientException: failures.unrecognizedClient,
  ExpiredTokenException: failures.expiredToken,
};

/** @see auth reference, section 1: failure table */
export function deniedBySignature(exchange: Exchange, { type, message }: Refusal): Failure {
  const failure = bySignature[type];
  const authorization = authorizationOf(exchange);
  authorization.authenticateStatus = failure.status;
  authorization.authenticateError = message;
  exchange.errorMessage = message;
  exchange.log?.error(`Unauthorized request: ${exchange.requestId}`);
  return failure;
}

export function authorizationOf(exchange: Exchange): Authorization {
  exchange.authorization ??= new Authorization();
  return exchange.authorization;
}
