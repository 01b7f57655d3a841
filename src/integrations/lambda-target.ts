// Which function an integration calls, and in whose name.

import { functionArnOf, lambdaReference, parseAwsUri } from '../exchange/aws-uri.ts';
import { configurationError } from '../exchange/configuration-error.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { Failure } from '../exchange/gateway-response.ts';
import type { Route } from '../exchange/route.ts';
import { withStageVariables } from '../exchange/stage-variables.ts';
import type { Tools } from '../exchange/tools.ts';
import type { InvokedBy } from '../functions/functions.ts';
import type { Integration } from '../resources/index.ts';
import { areCallers } from './aws-credentials.ts';
import { IntegrationError } from './integration-kind.ts';

/** A function, ready to be called. */
export interface LambdaTarget {
  readonly functionName: string;
  readonly qualifier: string | null;
  /** It is asked for its answer piece by piece. */
  readonly isStreamed: boolean;
  /** Where the log says that requests are sent. */
  readonly endpoint: string;
  /** For the execution log. */
  readonly sourceArn: (exchange: Exchange) => string;
  /** Who asks, or the refusal, told in the log. */
  readonly caller: (exchange: Exchange) => InvokedBy | Failure;
}

/**
 * @returns the function that the integration's URI names, stage variables filled
 * @throws IntegrationError when it names none
 * @see data-plane reference, sections 12 and 29
 */
export function compileLambdaTarget(integration: Integration, route: Route, tools: Tools): LambdaTarget {
  const text = withStageVariables(integration.uri ?? '', route.stageVariables);
  const uri = parseAwsUri(text);
  if (typeof uri === 'string') throw new IntegrationError(`${uri}: "${text}"`);
  const reference = lambdaReference(uri);
  if (reference === null)
    throw new IntegrationError(`Not the ARN of a Lambda function's invocation: "${text}"`);
  const { functionName, qualifier, isStreamed } = reference;
  const region = uri.region === '' ? route.region : uri.region;
  const sourceArn = sourceArnsOf(route, uri.partition);
  return {
    functionName,
    qualifier,
    isStreamed,
    endpoint: `https://lambda.${region}.amazonaws.com/${uri.rest.replace(/^\//, '')}`,
    sourceArn,
    caller: compileCaller(
      integration,
      route,
      tools,
      sourceArn,
      functionArnOf(reference, { ...route, region }, uri.partition),
    ),
  };
}

/** The method's ARN: with the request's verb, and the path as the resource spells it. */
function sourceArnsOf(route: Route, partition: string): (exchange: Exchange) => string {
  const before = `arn:${partition}:execute-api:${route.region}:${route.accountId}:${route.apiId}/${route.stageName}/`;
  const known = new Map<string, string>();
  return ({ method }) => {
    const found = known.get(method);
    if (found !== undefined) return found;
    const arn = before + method + route.resourcePath;
    // Any token can be a verb.
    if (known.size < 16) known.set(method, arn);
    return arn;
  };
}

/**
 * Without credentials the gateway asks, and the function's policy decides. With a role's, the role does: it must be one
 * that the gateway knows. A role of the account, or a caller, must be allowed to call the function by its own policies: the
 * function's is not asked then.
 */
function compileCaller(
  integration: Integration,
  route: Route,
  tools: Tools,
  sourceArn: (exchange: Exchange) => string,
  functionArn: string,
): LambdaTarget['caller'] {
  const credentials = withStageVariables(integration.credentials ?? '', route.stageVariables);
  const isWritten = credentials === integration.credentials;
  if (credentials === '')
    return (exchange) => ({
      kind: 'service',
      service: 'apigateway.amazonaws.com',
      sourceArn: sourceArn(exchange),
      sourceAccount: route.accountId,
    });
  const mayNot = (exchange: Exchange, who: string) =>
    configurationError(exchange, `${who} may not do ${invoke} on ${functionArn}`);
  if (areCallers(credentials))
    return (exchange) => {
      const rights = exchange.authorization?.rights ?? null;
      if (rights === null)
        return configurationError(
          exchange,
          `Credentials "${credentials}" stand for the caller's, and nobody has signed: set the authorization type of the method to AWS_IAM`,
        );
      const { arn, keys } = rights;
      return rights.allows(invoke, functionArn) ? { kind: 'identity', arn, keys } : mayNot(exchange, arn);
    };
  return (exchange) => {
    const role = tools.backends.role(credentials);
    // Which role of the account it is was to be seen by whoever let it be handed to the gateway.
    if (role === null || (role.allows !== undefined && !isWritten))
      return configurationError(
        exchange,
        `Role "${credentials}" is not known: add it, with its keys, to the roles of the configuration file, or let a role of the account trust apigateway.amazonaws.com`,
      );
    return role.allows?.(invoke, functionArn) === false
      ? mayNot(exchange, credentials)
      : { kind: 'identity', arn: credentials };
  };
}

const invoke = 'lambda:InvokeFunction';
