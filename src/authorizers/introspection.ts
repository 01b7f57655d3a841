// Opaque tokens: whoever made them is asked what they are worth (RFC 7662). The URI of the authorizer names an endpoint of
// the configuration file: `arn:aws:apigateway:{region}:introspection:path/{name}`. Only a token that is said to be active,
// and is for us, is let in; answers are kept by the token's hash, never longer than the token lives.

import { sha256Hex } from '../base/sigv4/index.ts';
import type { IntrospectionEndpoint } from '../resources/index.ts';
import {
  type Answered,
  type Asker,
  type AskerKind,
  type AskerTools,
  type Question,
  refused,
} from './asker.ts';
import { fetchJson, type JsonAnswer, type JsonCall } from './fetch-json.ts';
import { bearerToken } from './identity-sources.ts';
import { claimText, isFor, isSameIssuer, scopesOf } from './jwt/claims.ts';
import { tokenCharactersMax } from './jwt/jws.ts';
import { eventMembers, type Grant, ownNames } from './lambda-grant.ts';

const uriText =
  /^arn:[\w-]+:apigateway:[a-z]{2,}(?:-[a-z]+)+-\d+:introspection:path\/+[A-Za-z0-9${}][\w.${}-]*$/;

/** Whether an authorizer's URI names an introspection endpoint. */
export const isIntrospectionUri = (text: string): boolean => uriText.test(text);

/** Questions under way to one authorizer's endpoint; one more is refused. */
const askedMax = 1_000;

/** RFC 6750, section 2.1; longer or other ones nobody has made. */
const tokenText = /^[\x21-\x7e]+$/;

export const introspection: AskerKind = {
  compile: ({ kind, rest, subdomain }, _, tools) => {
    const name = rest.replace(/^\/+/, '');
    if (kind !== 'path' || subdomain !== null || name === '') return null;
    return new IntrospectionAsker(name, tools);
  },
};

class IntrospectionAsker implements Asker {
  readonly endpoint: string;
  readonly wantsToken = true;
  readonly #name: string;
  readonly #tools: AskerTools;
  #asked = 0;

  constructor(name: string, tools: AskerTools) {
    this.endpoint = `introspection ${name}`;
    this.#name = name;
    this.#tools = tools;
  }

  keyOf(identity: string): string {
    return sha256Hex(bearerToken(identity));
  }

  ask({ identity }: { readonly identity: string }): Question {
    const { clock } = this.#tools;
    const startedNs = clock.monotonicNs();
    const token = bearerToken(identity);
    const asked = this.#question(token);
    const reply = asked.answer.then((answered) => ({
      ...answered,
      latencyMs: Math.round((clock.monotonicNs() - startedNs) / 1e6),
    }));
    return { reply, abort: asked.abort };
  }

  /** Never rejects. */
  #question(token: string): { readonly answer: Promise<Answered>; readonly abort: () => void } {
    const at = (answered: Answered) => ({ answer: Promise.resolve(answered), abort: () => {} });
    const { backends, clock } = this.#tools;
    const endpoint = backends.introspection(this.#name);
    if (endpoint === null)
      return at(
        refused(
          'configuration',
          `There is no introspection endpoint "${this.#name}": add it to the configuration file`,
        ),
      );
    if (token.length > tokenCharactersMax || !tokenText.test(token))
      return at(refused('unauthorized', 'what was shown is no token'));
    if (this.#asked >= askedMax) return at(refused('failure', 'too many tokens are being asked about'));
    const call = this.#call(endpoint, token);
    if (typeof call === 'string') return at(refused('failure', call));
    this.#asked++;
    let isOver = false;
    const over = (): void => {
      if (!isOver) this.#asked--;
      isOver = true;
    };
    const answer = call.answer
      .then((given) => replyOf(given, endpoint, clock.nowMs()))
      .catch((error: Error) => refused('failure', error.message))
      .finally(over);
    return {
      answer,
      abort: () => {
        over();
        call.abort();
      },
    };
  }

  /** @returns why it cannot be asked */
  #call(endpoint: IntrospectionEndpoint, token: string): JsonCall | string {
    const { clientId, clientSecret, clientAuthentication } = endpoint;
    const form = new URLSearchParams({ token, token_type_hint: 'access_token' });
    const headers = ['Content-Type', 'application/x-www-form-urlencoded'];
    if (clientAuthentication === 'post') {
      form.set('client_id', clientId);
      form.set('client_secret', clientSecret);
    } else headers.push('Authorization', basic(clientId, clientSecret));
    try {
      return fetchJson(this.#tools.upstream, {
        address: endpoint.endpoint,
        method: 'POST',
        headers,
        body: form.toString(),
        timeoutMs: endpoint.timeoutMs,
      });
    } catch (error) {
      return (error as Error).message;
    }
  }
}

/** RFC 6749, section 2.3.1: both are form-encoded first. */
function basic(clientId: string, clientSecret: string): string {
  const encoded = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1);
  return `Basic ${Buffer.from(`${encoded(clientId)}:${encoded(clientSecret)}`).toString('base64')}`;
}

function replyOf(
  { status, document, bytes }: JsonAnswer,
  endpoint: IntrospectionEndpoint,
  nowMs: number,
): Answered {
  const told = { payload: bytes, integrationStatus: status };
  if (status === 401 || status === 403)
    return { ...refused('configuration', 'The introspection endpoint does not know us'), ...told };
  if (status !== 200)
    return { ...refused('failure', `The introspection endpoint answered ${status}`), ...told };
  if (document === null || typeof document.active !== 'boolean')
    return { ...refused('failure', 'The answer is none of RFC 7662'), ...told };
  const problem = problemOf(document, endpoint, nowMs);
  if (problem !== null) return { ...refused('unauthorized', problem), ...told };
  const grant = grantOf(document, bytes.byteLength, nowMs);
  return { grant, refusal: null, detail: '', requestId: null, ...told };
}

type Members = Readonly<Record<string, unknown>>;

/** @returns why an answer lets nobody in, for the log */
function problemOf(
  answer: Members,
  { issuer, audiences }: IntrospectionEndpoint,
  nowMs: number,
): string | null {
  const { active, exp, nbf, iss, cnf } = answer;
  if (active !== true) return 'the token is not active';
  const now = nowMs / 1000;
  if (exp !== undefined && !(typeof exp === 'number' && exp > now)) return 'the token has expired';
  if (nbf !== undefined && !(typeof nbf === 'number' && nbf <= now)) return 'the token is not to be used yet';
  if (issuer !== null && !(typeof iss === 'string' && isSameIssuer(iss, issuer)))
    return 'the token is of another issuer';
  if (audiences.length > 0 && !audiences.some((audience) => isFor(answer, audience)))
    return 'the token is for another audience';
  // Tokens of one holder (DPoP, mTLS) are worth nothing to whoever only shows them, and proofs are not checked here.
  if (cnf !== undefined) return 'the token is bound to a key whose proof was not asked for';
  return null;
}

/** The answer is the grant: nothing else limits what its holder may call. */
const everything: Grant['policy'] = { evaluate: () => 'allow' };

function grantOf(answer: Members, payloadBytes: number, nowMs: number): Grant {
  const { sub, username, client_id: clientId, exp } = answer;
  const principalId = [sub, username, clientId].find((name) => typeof name === 'string' && name !== '') ?? '';
  const texts: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(answer))
    if (!ownNames.has(name) && name !== 'claims' && value !== null) texts[name] = claimText(value);
  return {
    principalId: principalId as string,
    policy: everything,
    given: { ...texts, principalId },
    context: texts,
    usageIdentifierKey: null,
    eventMembers: eventMembers(texts, principalId as string),
    scopes: scopesOf(answer),
    lifetimeMs: typeof exp === 'number' ? exp * 1000 - nowMs : null,
    payloadBytes,
  };
}
