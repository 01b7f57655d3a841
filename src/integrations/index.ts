// The integration types that this release runs: the list is the registry.

import { aws } from './aws.ts';
import { awsProxy } from './aws-proxy.ts';
import { http } from './http.ts';
import { httpProxy } from './http-proxy.ts';
import type { IntegrationKind } from './integration-kind.ts';
import { mock } from './mock.ts';

export const integrationKinds = {
  AWS: aws,
  AWS_PROXY: awsProxy,
  HTTP: http,
  HTTP_PROXY: httpProxy,
  MOCK: mock,
} as const;

/** The kind behind a type name; undefined for the types that AWS has and this release does not run yet. */
export function integrationKind(type: string): IntegrationKind | undefined {
  return Object.hasOwn(integrationKinds, type)
    ? integrationKinds[type as keyof typeof integrationKinds]
    : undefined;
}

export { withRemoteFunctions } from './aws-lambda-remote.ts';
export { IntegrationError, type IntegrationKind } from './integration-kind.ts';
export { mockAnswers, noStatusCode } from './mock-answer.ts';
