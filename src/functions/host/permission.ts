// Whether a service may invoke a function: what the resource policy of exactly the qualifier invoked says.

import {
  type AccessRequest,
  compilePolicy,
  type Decision,
  type Policy,
  PolicyError,
} from '../../policy/index.ts';

/** A service that asks, as `InvokedBy` has it. */
export interface AskingService {
  readonly service: string;
  readonly sourceArn: string;
  readonly sourceAccount: string;
}

/**
 * Policies by their text: most adopts change none of them.
 */
export class PolicyCache {
  #policies = new Map<string, Policy | null>();

  /**
   * Compiles the policies of a published state; those of the one before are forgotten.
   *
   * @returns looks up one by its text: null for one that is none, which lets nobody in
   */
  adopt(texts: Iterable<string>, onProblem: (problem: string) => void): (text: string) => Policy | null {
    const policies = new Map<string, Policy | null>();
    for (const text of texts) {
      if (policies.has(text)) continue;
      const known = this.#policies.get(text);
      policies.set(text, known === undefined ? compiled(text, onProblem) : known);
    }
    this.#policies = policies;
    return (text) => policies.get(text) ?? null;
  }
}

function compiled(text: string, onProblem: (problem: string) => void): Policy | null {
  try {
    return compilePolicy(text, 'resource');
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    onProblem(error.message);
    return null;
  }
}

/** @param arn - what the statements of the policy name as their Resource */
export function decide(policy: Policy, arn: string, asking: AskingService, nowMs: number): Decision {
  const request: AccessRequest = {
    action: 'lambda:InvokeFunction',
    resource: arn,
    principals: [{ type: 'Service', id: asking.service }],
    context: (key) => {
      switch (key) {
        case 'aws:sourcearn':
          return asking.sourceArn;
        case 'aws:sourceaccount':
          return asking.sourceAccount;
        case 'aws:principalisawsservice':
          return 'true';
        case 'aws:principalservicename':
          return asking.service;
        case 'aws:currenttime':
          return new Date(nowMs).toISOString();
        case 'aws:epochtime':
          return String(Math.floor(nowMs / 1000));
        default:
          return undefined;
      }
    },
  };
  return policy.evaluate(request);
}
