// What AWS checks of a RestApi's own members, in its words: asked by imports and by the management API alike.
// @see observed behaviour, section 2; data-plane reference, section 5

import type { EndpointConfiguration } from '../../resources/index.ts';

const compressionSizeMax = 10_485_760;
const policyCharactersMax = 8192;

/** @param size - bytes */
export function compressionSizeProblem(size: number): string | undefined {
  if (Number.isInteger(size) && size >= 0 && size <= compressionSizeMax) return undefined;
  return `Invalid minimum compression size, must be between 0 and ${compressionSizeMax}`;
}

/** @param text - a resource policy, JSON text */
export function policyProblem(text: string): string | undefined {
  if (text.length > policyCharactersMax)
    return `A resource policy can have at most ${policyCharactersMax} characters`;
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return undefined;
  } catch {
    // Told below.
  }
  return 'Invalid policy document. Please check the policy syntax and ensure that Principals are valid.';
}

/** In the order in which the service looks. */
export function endpointProblem({ types, ipAddressType }: EndpointConfiguration): string | undefined {
  if (types.length === 0) return 'REGIONAL Configuration and EDGE Configuration cannot be both DISABLED.';
  if (types.length > 1) return 'Cannot create an api with multiple Endpoint Types.';
  if (types[0] === 'PRIVATE' && ipAddressType === 'ipv4')
    return 'Only dualstack ipAddressType is supported for Private APIs.';
  return undefined;
}
