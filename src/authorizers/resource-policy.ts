// The resource policy of an API, compiled; and policies asked about one method.

import { decodePercent } from '../exchange/exchange.ts';
import {
  type AccessRequest,
  compilePolicy,
  type Decision,
  decidePermissions,
  evaluateAll,
  type Policy,
} from '../policy/index.ts';
import { isAllowAll } from '../resources/resource-policy.ts';
import { apiArn } from './method-arn.ts';
import type { Signer } from './signers.ts';

export interface ApiPolicy {
  readonly policy: Policy;
  /** Everybody may do everything: nobody need be asked. */
  readonly isOpen: boolean;
  /** Why it cannot be evaluated: then it denies everything. */
  readonly problem: string | null;
}

export interface ApiPolicyOptions {
  readonly apiId: string;
  readonly region: string;
  readonly accountId: string;
}

const everybody: Policy = { evaluate: () => 'allow' };
const nobody: Policy = { evaluate: () => 'deny' };

/** @param text - of the RestApi; absent or empty: there is none @returns null when there is none */
export function compileApiPolicy(text: string | undefined, options: ApiPolicyOptions): ApiPolicy | null {
  if (text === undefined || text === '') return null;
  if (isAllowAll(text, options.apiId)) return { policy: everybody, isOpen: true, problem: null };
  try {
    return {
      policy: compilePolicy(expanded(text, apiArn(options)), 'resource'),
      isOpen: false,
      problem: null,
    };
  } catch (error) {
    return { policy: nobody, isOpen: false, problem: error instanceof Error ? error.message : String(error) };
  }
}

/** `execute-api:/stage/VERB/path` stands for a whole ARN: expanded on save, but not in every definition that is imported. */
function expanded(text: string, prefix: string): string {
  if (!text.includes('execute-api:/')) return text;
  const expand = (one: unknown): unknown =>
    typeof one === 'string' && one.startsWith('execute-api:/')
      ? prefix + one.slice('execute-api:/'.length)
      : one;
  const document: unknown = JSON.parse(text, (key, value: unknown) => {
    if (key !== 'Resource' && key !== 'NotResource') return value;
    return Array.isArray(value) ? value.map(expand) : expand(value);
  });
  return JSON.stringify(document);
}

/**
 * What policies say of a request. A path is a resource's name as it stands in the request; where it is percent-encoded, a
 * denial of what it stands for holds too, so that nobody goes around one by another spelling.
 */
export const decide = (policies: readonly Policy[], request: AccessRequest): Decision =>
  inBothSpellings((asked) => evaluateAll(policies, asked), request);

/** What the policies of who signed say, within their limits. */
export const decideSigner = ({ permissions }: Signer, request: AccessRequest): Decision =>
  inBothSpellings((asked) => decidePermissions(permissions, asked), request);

function inBothSpellings(say: (request: AccessRequest) => Decision, request: AccessRequest): Decision {
  const decision = say(request);
  if (decision === 'deny' || !request.resource.includes('%')) return decision;
  return say({ ...request, resource: decodePercent(request.resource) }) === 'deny' ? 'deny' : decision;
}
