// What the function of an authorizer has answered in a test, and what a client would be told.
// @see auth reference, sections 3.2 and 3.4

import type { InvocationResult } from '../../functions/functions.ts';
import { compilePolicy, PolicyError } from '../../policy/index.ts';

export interface AuthorizerOutcome {
  /** What a client would be answered. */
  readonly clientStatus: number;
  /** Of the log, without their times. */
  readonly lines: readonly string[];
  readonly principalId?: string;
  /** The policy, JSON text. */
  readonly policy?: string;
}

const resourceCharactersMax = 512;

export function authorizerOutcome(result: InvocationResult): AuthorizerOutcome {
  if (result.outcome === 'lost') return failed(result.detail);
  if (result.outcome === 'refused') {
    if (result.status === 429) return failed('Rate Exceeded.');
    return misconfigured(
      result.type === 'AccessDeniedException'
        ? 'Invalid permissions on Lambda function'
        : `${result.type}: ${result.message}`,
    );
  }
  const text = Buffer.from(result.payload).toString();
  const before = [`Authorizer result body before parsing: ${text}`];
  const answer = objectOf(text);
  if (result.functionError !== null) {
    const message = answer?.errorMessage;
    return message === 'Unauthorized'
      ? { clientStatus: 401, lines: [...before, 'Unauthorized request: the function says "Unauthorized"'] }
      : failed('the function has failed', before);
  }
  if (answer === null) return misconfigured('Invalid JSON in response', before);
  const problem = problemOf(answer);
  if (problem !== null) return misconfigured(problem, before);
  const principalId = answer.principalId as string;
  return {
    clientStatus: 200,
    lines: [
      ...before,
      `Using valid authorizer policy for principal: ${masked(principalId)}`,
      'Successfully completed authorizer execution',
    ],
    principalId,
    policy: JSON.stringify(answer.policyDocument),
  };
}

type Answer = Readonly<Record<string, unknown>>;

function objectOf(text: string): Answer | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Answer) : null;
  } catch {
    return null;
  }
}

/** @returns null when the answer is right */
function problemOf({ principalId, policyDocument, context, usageIdentifierKey }: Answer): string | null {
  if (typeof principalId !== 'string' || principalId === '') return 'The answer has no principalId';
  if (typeof policyDocument !== 'object' || policyDocument === null)
    return 'The answer has no policyDocument';
  try {
    compilePolicy(JSON.stringify(policyDocument), 'session');
  } catch (error) {
    if (error instanceof PolicyError) return `Invalid policy document: ${error.message}`;
    throw error;
  }
  if (hasLongResource(policyDocument))
    return `A Resource of the policy is longer than ${resourceCharactersMax} characters`;
  if (
    usageIdentifierKey !== undefined &&
    usageIdentifierKey !== null &&
    typeof usageIdentifierKey !== 'string'
  )
    return 'The usageIdentifierKey is no text';
  return context === undefined || context === null ? null : contextProblem(context);
}

function contextProblem(context: unknown): string | null {
  if (typeof context !== 'object' || Array.isArray(context)) return 'The context is no map';
  const flat = new Set(['string', 'number', 'boolean']);
  const wrong = Object.entries(context as object).find(([, value]) => !flat.has(typeof value));
  return wrong === undefined
    ? null
    : `Invalid context: "${wrong[0]}" is neither a text nor a number nor a boolean`;
}

function hasLongResource(policyDocument: object): boolean {
  const { Statement } = policyDocument as { Statement?: unknown };
  return [Statement]
    .flat()
    .some((statement) =>
      [(statement as { Resource?: unknown } | null)?.Resource]
        .flat()
        .some((resource) => typeof resource === 'string' && resource.length > resourceCharactersMax),
    );
}

/** As the service shows principals: the beginning alone. */
const masked = (text: string): string => text.slice(0, 2) + '*'.repeat(Math.max(text.length - 2, 0));

export const misconfigured = (why: string, before: readonly string[] = []): AuthorizerOutcome => ({
  clientStatus: 500,
  lines: [
    ...before,
    `Execution failed due to configuration error: ${why}`,
    'AuthorizerConfigurationException',
  ],
});

const failed = (why: string, before: readonly string[] = []): AuthorizerOutcome => ({
  clientStatus: 500,
  lines: [...before, `Execution failed: ${why}`, 'AuthorizerFailureException'],
});
