// apigatewayv2 as a service of the management port. It shares signing name, event source and ARNs with the first
// version; its paths begin with /v2, which policies do not see.

import { apigateway, plainRefusal } from '../apigateway.ts';
import type { AwsException } from '../exceptions.ts';
import type { Named, NamedAccount, Refusal, Service } from '../service.ts';
import { v2Operations } from './operations.ts';

export const apigatewayv2 = {
  name: 'apigatewayv2',
  signingName: 'apigateway',
  eventSource: 'apigateway.amazonaws.com',
  operations: v2Operations,
  allowsLastSlash: false,
  namesInput: false,
  actionOf: (_, method) => `apigateway:${method}`,
  resourceArn: ({ path }: Named, { partition, region }: NamedAccount) =>
    `arn:${partition}:apigateway:${region}::${path.slice('/v2'.length)}`,
  idFields: apigateway.idFields,
  refusal,
} as const satisfies Service;

/** The second version knows no ValidationException: what its framework refuses is a bad request like any other. */
function refusal(error: AwsException): Refusal {
  const told = plainRefusal(error);
  return error.name === 'ValidationException' ? { ...told, type: 'BadRequestException' } : told;
}
