// What a policy decides on: the resource an operation names, as an ARN.

import type { Account } from '../api/handler.ts';
import type { QueryParameter } from './query-string.ts';
import type { Route } from './route.ts';

/**
 * `arn:aws:apigateway:us-east-1::/restapis/abc123/stages/prod`. Private domain names and what gives access to them are
 * of an account: `arn:aws:apigateway:us-east-1:111122223333:/domainnames/example.com+abc123`.
 *
 * @see Service Authorization Reference, "Resource types defined by Amazon API Gateway Management"
 */
export function resourceArn(
  { name, labels, path }: Route,
  query: readonly QueryParameter[],
  { partition, region, accountId }: Pick<Account, 'partition' | 'region' | 'accountId'>,
): string {
  // Deleted by its own ARN.
  if (name === 'DeleteDomainNameAccessAssociation') return labels[0]!;
  const prefix = `arn:${partition}:apigateway:${region}:`;
  if (path.startsWith('/domainnames/')) {
    const id = query.find((parameter) => parameter.name === 'domainNameId')?.value;
    const [, , domain, ...rest] = path.split('/');
    if (id) return `${prefix}${accountId}:/${['domainnames', `${domain}+${id}`, ...rest].join('/')}`;
  }
  const isOfAccount =
    path.startsWith('/domainnameaccessassociations') || path === '/rejectdomainnameaccessassociations';
  return `${prefix}${isOfAccount ? accountId : ''}:${path}`;
}
