// TOKEN and REQUEST authorizers of REST APIs: one for each authorizer on a stage, shared by its methods. Whom they ask,
// and what answers are worth, is the asker's.
// See auth reference, section 3.

import type { Exchange } from '../exchange/exchange.ts';
import type { Route } from '../exchange/route.ts';
import { compileSelectionPattern } from '../mapping/index.ts';
import type { Authorizer } from '../resources/index.ts';
import { AnswerCache } from './answer-cache.ts';
import type { Asker, Question, Reply } from './asker.ts';
import { compileAsker } from './askers.ts';
import { compileIdentitySource, type IdentityReader, identityKey } from './identity-sources.ts';
import { requestEvent, tokenEvent } from './lambda-event.ts';
import type { Grant } from './lambda-grant.ts';
import type { AuthorizerTools } from './tools.ts';

/** An answer that is kept, one to wait for, or a refusal without a question. */
export type Asked =
  | { readonly kind: 'kept'; readonly grant: Grant }
  | { readonly kind: 'asked'; readonly reply: Promise<Reply>; readonly abort: () => void }
  | { readonly kind: 'unauthorized' };

export interface AskingAuthorizer {
  readonly id: string;
  readonly endpoint: string;
  ask(exchange: Exchange, methodArn: string): Asked;
}

const ttlSecondsDefault = 300;
const unauthorized: Asked = Object.freeze({ kind: 'unauthorized' });
const leaveOthersWaiting = (): void => {};

/** @returns what is wrong with its configuration, for the log, where it cannot be asked */
export function compileAskingAuthorizer(
  authorizer: Authorizer,
  route: Route,
  tools: AuthorizerTools,
): AskingAuthorizer | string {
  const asker = compileAsker(
    {
      ...route,
      authorizerId: authorizer.id,
      uri: authorizer.authorizerUri,
      credentials: authorizer.authorizerCredentials,
    },
    tools,
  );
  if (typeof asker === 'string') return asker;
  const sources = sourcesOf(authorizer);
  const readers = sources.map((source) => compileIdentitySource(source, route.stageVariables));
  const wrong = readers.indexOf(null);
  if (wrong >= 0) return `"${sources[wrong]}" is no identity source`;
  if (asker.wantsToken && sources.length !== 1)
    return `The authorizer "${authorizer.id}" needs one identity source, the token`;
  try {
    const isToken = authorizer.type === 'TOKEN';
    return new RestAuthorizer(
      authorizer,
      asker,
      readers as IdentityReader<Exchange>[],
      isToken ? expressionOf(authorizer) : null,
      tools,
    );
  } catch (error) {
    return `The identity validation expression is none: ${(error as Error).message}`;
  }
}

function sourcesOf({ type, identitySource = '' }: Authorizer): string[] {
  const sources = identitySource
    .split(',')
    .map((source) => source.trim())
    .filter((source) => source !== '');
  if (type !== 'TOKEN') return sources;
  // One header; without a word on it the usual one.
  return sources.length === 0 ? ['method.request.header.Authorization'] : sources.slice(0, 1);
}

const expressionOf = ({ identityValidationExpression: text }: Authorizer) =>
  text === undefined || text === '' ? null : compileSelectionPattern(text);

class RestAuthorizer implements AskingAuthorizer {
  readonly id: string;
  readonly endpoint: string;
  readonly #isToken: boolean;
  readonly #asker: Asker;
  readonly #readers: readonly IdentityReader<Exchange>[];
  readonly #isValid: ((token: string) => boolean) | null;
  readonly #tools: AuthorizerTools;
  /** null: nothing is kept, and nothing is shared. */
  readonly #cache: AnswerCache | null;

  constructor(
    authorizer: Authorizer,
    asker: Asker,
    readers: readonly IdentityReader<Exchange>[],
    isValid: ((token: string) => boolean) | null,
    tools: AuthorizerTools,
  ) {
    const ttlSeconds = authorizer.authorizerResultTtlInSeconds ?? ttlSecondsDefault;
    this.id = authorizer.id;
    this.endpoint = asker.endpoint;
    this.#isToken = authorizer.type === 'TOKEN';
    this.#asker = asker;
    this.#readers = readers;
    this.#isValid = isValid;
    this.#tools = tools;
    // Without an identity all callers would share one answer.
    this.#cache = ttlSeconds > 0 && readers.length > 0 ? new AnswerCache(ttlSeconds) : null;
  }

  ask(exchange: Exchange, methodArn: string): Asked {
    const needsIdentity = this.#isToken || this.#asker.wantsToken || this.#cache !== null;
    const identity = needsIdentity ? identityKey(this.#readers, exchange) : '';
    if (identity === null || (this.#isValid !== null && !this.#isValid(identity))) return unauthorized;
    const cache = this.#cache;
    if (cache === null) {
      const { reply, abort } = this.#question(exchange, identity, methodArn);
      return { kind: 'asked', reply, abort };
    }
    const key = this.#asker.keyOf(identity);
    const grant = cache.get(key, exchange.startedNs);
    if (grant !== null) return { kind: 'kept', grant };
    const reply = cache.ask(
      key,
      () => this.#question(exchange, identity, methodArn).reply,
      () => this.#tools.clock.monotonicNs(),
    );
    // Others may wait for the same answer, and it is kept.
    return { kind: 'asked', reply, abort: leaveOthersWaiting };
  }

  #question(exchange: Exchange, identity: string, methodArn: string): Question {
    return this.#asker.ask({
      identity,
      event: () => (this.#isToken ? tokenEvent(identity, methodArn) : requestEvent(exchange, methodArn)),
      traceId: exchange.traceId(),
    });
  }
}
