// ARNs of what is called. See auth reference, section 2.

import { partitionOf } from '../base/partition.ts';

export interface ArnParts {
  readonly accountId: string;
  readonly region: string;
  readonly apiId: string;
  readonly stageName: string;
}

/** `arn:aws:execute-api:us-east-1:123456789012:abcdef1234/`: what all ARNs of an API begin with. */
export const apiArn = ({ accountId, region, apiId }: Omit<ArnParts, 'stageName'>): string =>
  `arn:${partitionOf(region)}:execute-api:${region}:${accountId}:${apiId}/`;

/** What all ARNs of a stage begin with; the verb and the path follow, or a route's key. */
export const stageArn = (parts: ArnParts): string => `${apiArn(parts)}${parts.stageName}/`;

/**
 * What a denial says. Of the account only the last four digits are shown.
 *
 * @param userArn - null: nobody is known
 * @param explicitly - somebody said no; else nobody said yes
 */
export function notAuthorizedText(
  userArn: string | null,
  action: string,
  arn: string,
  explicitly: boolean,
): string {
  const masked = arn.replace(/^((?:[^:]*:){4})(\d*)(\d{4}):/, '$1********$3:');
  const ending = explicitly ? ' with an explicit deny' : '';
  return `User: ${userArn ?? 'anonymous'} is not authorized to perform: ${action} on resource: ${masked}${ending}`;
}

/** Lambda authorizers ask in the name of this. */
export const authorizerArn = (parts: Omit<ArnParts, 'stageName'>, authorizerId: string): string =>
  `${apiArn(parts)}authorizers/${authorizerId}`;
