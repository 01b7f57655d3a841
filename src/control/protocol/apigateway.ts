// The service that this port was made for.

import type { AwsException } from './exceptions.ts';
import { operations } from './operations.ts';
import { resourceArn } from './resource-arn.ts';
import type { Refusal, Service } from './service.ts';

export const apigateway = {
  name: 'apigateway',
  signingName: 'apigateway',
  eventSource: 'apigateway.amazonaws.com',
  operations,
  allowsLastSlash: false,
  namesInput: true,
  actionOf: (_, method) => `apigateway:${method}`,
  resourceArn: ({ operation, query, ...route }, account) =>
    resourceArn({ name: operation as keyof typeof operations, ...route }, query, account),
  idFields: (requestId, extendedRequestId) => [
    'x-amzn-RequestId',
    requestId,
    'x-amz-apigw-id',
    extendedRequestId,
  ],
  refusal: plainRefusal,
} as const satisfies Service;

/** Also of requests that name no service. AccessDeniedException alone says `Message`. */
export function plainRefusal({ name, status, message }: AwsException): Refusal {
  const member = name === 'AccessDeniedException' ? 'Message' : 'message';
  return { type: name, status, body: { [member]: message } };
}
