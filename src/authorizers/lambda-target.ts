// Which function an authorizer asks, and in whose name.

import { functionArnOf, lambdaReference } from '../exchange/aws-uri.ts';
import { withStageVariables } from '../exchange/stage-variables.ts';
import type { InvokedBy } from '../functions/functions.ts';
import type { AskerKind, AskerOptions, AskerTools } from './asker.ts';
import { askFunction } from './lambda-call.ts';
import { authorizerArn } from './method-arn.ts';

export interface AuthorizerTarget {
  readonly functionName: string;
  readonly qualifier: string | null;
  /** Who asks; null: the role is not known (any more), or may not call it. */
  readonly caller: () => InvokedBy | null;
}

/** Functions: `arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{function}/invocations`. */
export const lambda: AskerKind = {
  compile: (uri, options, tools) => {
    const reference = lambdaReference(uri);
    if (reference === null) return null;
    const target: AuthorizerTarget = {
      functionName: reference.functionName,
      qualifier: reference.qualifier,
      caller: compileCaller(options, tools, functionArnOf(reference, options, uri.partition)),
    };
    return {
      endpoint: `https://lambda.${uri.region || options.region}.amazonaws.com/${uri.rest.replace(/^\//, '')}`,
      wantsToken: false,
      keyOf: (identity) => identity,
      ask: ({ event, traceId }) => askFunction(tools, target, event(), traceId),
    };
  },
};

function compileCaller(
  options: AskerOptions,
  { backends }: Pick<AskerTools, 'backends'>,
  functionArn: string,
): AuthorizerTarget['caller'] {
  const role = withStageVariables(options.credentials ?? '', options.stageVariables);
  if (role !== '') {
    const identity: InvokedBy = { kind: 'identity', arn: role };
    return () => {
      const known = backends.role(role);
      // Of a role of the account its ARN must be written whole: whoever let it be handed to the gateway has seen it so.
      const isFilled = known?.allows !== undefined && role !== options.credentials;
      const mayCall =
        known !== null && !isFilled && known.allows?.('lambda:InvokeFunction', functionArn) !== false;
      return mayCall ? identity : null;
    };
  }
  const service: InvokedBy = {
    kind: 'service',
    service: 'apigateway.amazonaws.com',
    sourceArn: authorizerArn(options, options.authorizerId),
    sourceAccount: options.accountId,
  };
  return () => service;
}
