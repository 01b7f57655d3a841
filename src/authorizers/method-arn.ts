// ARNs of what is called. See auth reference, section 2.

export interface ArnParts {
  readonly accountId: string;
  readonly region: string;
  readonly apiId: string;
  readonly stageName: string;
}

export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

/** `arn:aws:execute-api:us-east-1:123456789012:abcdef1234/`: what all ARNs of an API begin with. */
export const apiArn = ({ accountId, region, apiId }: Omit<ArnParts, 'stageName'>): string =>
  `arn:${partitionOf(region)}:execute-api:${region}:${accountId}:${apiId}/`;

/** What all ARNs of a stage begin with; the verb and the path follow, or a route's key. */
export const stageArn = (parts: ArnParts): string => `${apiArn(parts)}${parts.stageName}/`;

/** An ARN as denials show it: of the account only the last four digits. */
export function maskedArn(arn: string): string {
  return arn.replace(/^((?:[^:]*:){4})(\d*)(\d{4}):/, '$1********$3:');
}

/** Lambda authorizers ask in the name of this. */
export const authorizerArn = (parts: Omit<ArnParts, 'stageName'>, authorizerId: string): string =>
  `${apiArn(parts)}authorizers/${authorizerId}`;
