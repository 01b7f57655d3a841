// The resource policy of a RestApi: how it is kept and how it is shown.

import type { RestApi } from '../../resources/index.ts';
import { policyProblem } from '../openapi/rest-api-checks.ts';
import { badRequest } from '../protocol/exceptions.ts';
import type { Account } from './handler.ts';

/**
 * A policy as it is kept. The short form `execute-api:/stage/VERB/path` becomes a full ARN, as the service does on save.
 *
 * @param text - JSON text
 * @throws BadRequestException
 * @see data-plane reference, section 4
 */
export function policyToKeep(text: string, apiId: string, account: Account): string {
  const problem = policyProblem(text);
  if (problem !== undefined) throw badRequest(problem);
  if (!text.includes('"execute-api:/')) return text;
  const { partition, region, accountId } = account;
  const prefix = `arn:${partition}:execute-api:${region}:${accountId}:${apiId}/`;
  const expanded: unknown = JSON.parse(text, (key, value: unknown) => {
    if (key !== 'Resource' && key !== 'NotResource') return value;
    return Array.isArray(value) ? value.map((one) => expand(one, prefix)) : expand(value, prefix);
  });
  return JSON.stringify(expanded);
}

const expand = (resource: unknown, prefix: string): unknown =>
  typeof resource === 'string' && resource.startsWith('execute-api:/')
    ? prefix + resource.slice('execute-api:/'.length)
    : resource;

/** Reads and updates answer a policy with its quotes escaped, ready to stand inside a JSON text; clients unquote it. */
export const escapedPolicy = ({ policy }: RestApi): string | undefined =>
  policy === undefined ? undefined : JSON.stringify(policy).slice(1, -1);
