// Which function an authorizer asks, and in whose name.

import { lambdaReference, parseAwsUri } from '../exchange/aws-uri.ts';
import { withStageVariables } from '../exchange/stage-variables.ts';
import type { InvokedBy } from '../functions/functions.ts';
import { type ArnParts, authorizerArn } from './method-arn.ts';
import type { AuthorizerTools } from './tools.ts';

export interface AuthorizerTarget {
  readonly functionName: string;
  readonly qualifier: string | null;
  /** Where the log says that requests are sent. */
  readonly endpoint: string;
  /** Who asks; null: the role is not known (any more). */
  readonly caller: () => InvokedBy | null;
}

export interface TargetOptions extends ArnParts {
  readonly authorizerId: string;
  readonly uri: string | undefined;
  /** ARN of a role. Without one the function's own policy must allow this authorizer. */
  readonly credentials: string | undefined;
  readonly stageVariables: Readonly<Record<string, string>>;
}

/** @returns what is wrong with the URI, for the log, where it names no function */
export function compileAuthorizerTarget(
  options: TargetOptions,
  tools: Pick<AuthorizerTools, 'backends'>,
): AuthorizerTarget | string {
  const text = withStageVariables(options.uri ?? '', options.stageVariables);
  const uri = parseAwsUri(text);
  const reference = typeof uri === 'string' ? null : lambdaReference(uri);
  if (typeof uri === 'string' || reference === null) return `"${text}" names no function`;
  return {
    functionName: reference.functionName,
    qualifier: reference.qualifier,
    endpoint: `https://lambda.${uri.region || options.region}.amazonaws.com/${uri.rest.replace(/^\//, '')}`,
    caller: compileCaller(options, tools),
  };
}

function compileCaller(
  options: TargetOptions,
  { backends }: Pick<AuthorizerTools, 'backends'>,
): AuthorizerTarget['caller'] {
  const role = withStageVariables(options.credentials ?? '', options.stageVariables);
  if (role !== '') {
    const identity: InvokedBy = { kind: 'identity', arn: role };
    return () => (backends.role(role) === null ? null : identity);
  }
  const service: InvokedBy = {
    kind: 'service',
    service: 'apigateway.amazonaws.com',
    sourceArn: authorizerArn(options, options.authorizerId),
    sourceAccount: options.accountId,
  };
  return () => service;
}
