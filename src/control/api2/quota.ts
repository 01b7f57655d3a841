// Quotas of an API of the second version.
// @see WebSocket reference, section 8

import { AwsException } from '../protocol/exceptions.ts';

const v2Quotas = {
  Routes: 300,
  Integrations: 300,
  Stages: 10,
  Authorizers: 10,
  ApiMappings: 200,
} as const;

/**
 * @param existing - how many there are, without the one that is to come
 * @throws ConflictException with the status 429, which is how the second version says it
 */
export function refuseAboveQuota(what: keyof typeof v2Quotas, existing: number, where = 'API'): void {
  if (existing < v2Quotas[what]) return;
  throw new AwsException(
    'ConflictException',
    429,
    `Maximum number of ${what} for this ${where} has been reached. Please contact AWS if you need additional ${what}.`,
  );
}
