// What the function of an authorizer answers: principal, policy, context. Read once; shared by all requests that it is
// kept for. See auth reference, sections 3.2 and 3.4.

import type { AuthorizerIdentity } from '../exchange/authorization.ts';
import { compilePolicy, type Policy, PolicyError } from '../policy/index.ts';

/** An answer that is one. What it allows is in its policy. */
export interface Grant extends AuthorizerIdentity {
  readonly policy: Policy;
  /** Values as they were given, with `principalId`: what WebSocket connections keep. */
  readonly given: Readonly<Record<string, unknown>>;
  /** Scopes that the caller holds; null: nobody was asked about them, so no method asks for one. */
  readonly scopes: ReadonlySet<string> | null;
  /** What is left of it now, however long answers are kept; null: it does not end by itself. */
  readonly lifetimeMs: number | null;
  /** Of the answer: what keeping it costs. */
  readonly payloadBytes: number;
}

/** For the log: what is wrong with an answer. */
export interface GrantProblem {
  readonly problem: string;
}

const resourceCharactersMax = 512;
/** Names that requestContext.authorizer has of its own; `claims` is for user pools. */
export const ownNames: ReadonlySet<string> = new Set(['principalId', 'integrationLatency']);

type Members = Readonly<Record<string, unknown>>;

/** @param payload - JSON text of a function that did not fail. Never throws */
export function readGrant(payload: Uint8Array): Grant | GrantProblem {
  const answer = objectOf(payload);
  if (answer === null) return { problem: 'Invalid JSON in response' };
  const { principalId, policyDocument, context, usageIdentifierKey } = answer;
  if (typeof principalId !== 'string' || principalId === '')
    return { problem: 'The answer has no principalId' };
  const policy = readPolicy(policyDocument);
  if ('problem' in policy) return policy;
  const given = readContext(context ?? {});
  if (given === null) return { problem: 'The context is no flat map of texts, numbers and booleans' };
  if (Object.hasOwn(given, 'claims')) return { problem: 'The context has the reserved member "claims"' };
  const hasKey = usageIdentifierKey !== undefined && usageIdentifierKey !== null;
  if (hasKey && typeof usageIdentifierKey !== 'string')
    return { problem: 'The usageIdentifierKey is no text' };
  const texts: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(given)) texts[name] = String(value);
  return {
    principalId,
    policy,
    given: { ...given, principalId },
    context: texts,
    usageIdentifierKey: hasKey ? (usageIdentifierKey as string) : null,
    eventMembers: eventMembers(texts, principalId),
    scopes: null,
    lifetimeMs: null,
    payloadBytes: payload.byteLength,
  };
}

function objectOf(payload: Uint8Array): Members | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(payload).toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : null;
  } catch {
    return null;
  }
}

function readPolicy(document: unknown): Policy | GrantProblem {
  if (typeof document !== 'object' || document === null)
    return { problem: 'The answer has no policyDocument' };
  if (hasLongResource(document))
    return { problem: `A Resource of the policy is longer than ${resourceCharactersMax} characters` };
  try {
    return compilePolicy(JSON.stringify(document), 'session');
  } catch (error) {
    if (error instanceof PolicyError) return { problem: `Invalid policy document: ${error.message}` };
    throw error;
  }
}

function hasLongResource(document: object): boolean {
  const isLong = (text: unknown): boolean => typeof text === 'string' && text.length > resourceCharactersMax;
  return [(document as Members).Statement].flat().some((statement) => {
    const { Resource, NotResource } = (statement ?? {}) as Members;
    return [Resource, NotResource].flat().some(isLong);
  });
}

const flat: ReadonlySet<string> = new Set(['string', 'number', 'boolean']);

/** @returns null when a value is none that may stand there */
function readContext(context: unknown): Members | null {
  if (typeof context !== 'object' || context === null || Array.isArray(context)) return null;
  return Object.values(context).every((value) => flat.has(typeof value)) ? (context as Members) : null;
}

/** Members of `requestContext.authorizer` but the last. */
export function eventMembers(texts: Readonly<Record<string, string>>, principalId: string): string {
  const members = Object.entries(texts)
    .filter(([name]) => !ownNames.has(name))
    .map(([name, text]) => `${JSON.stringify(name)}:${JSON.stringify(text)}`);
  return [...members, `"principalId":${JSON.stringify(principalId)}`].join(',');
}
