// Whether a policy can be understood, in the words of the service.

import { compilePolicy, PolicyError, type PolicyKind } from '../../policy/index.ts';
import { malformedPolicy } from './access-error.ts';

/** @throws MalformedPolicyDocument 400 */
export function checkDocument(document: string, kind: PolicyKind = 'identity'): void {
  try {
    compilePolicy(document, kind);
  } catch (error) {
    if (error instanceof PolicyError) throw malformedPolicy(error.message);
    throw error;
  }
}
