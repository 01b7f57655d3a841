// AWS_PROXY: the whole request goes to a Lambda function as one event, and the function's answer is the answer.

import { fieldsOf, isFieldValue } from '../base/header-field.ts';
import { lambdaReference, parseAwsUri } from '../exchange/aws-uri.ts';
import { configurationError } from '../exchange/configuration-error.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { type Failure, failures } from '../exchange/gateway-response.ts';
import { brokenJson, compileRequestReader, type ParameterReader } from '../exchange/parameter-reader.ts';
import type { Outcome } from '../exchange/phase.ts';
import type { Route } from '../exchange/route.ts';
import type { Invocation } from '../functions/functions.ts';
import { parseParameterSource, parseParameterTarget } from '../mapping/parameter/parameter.ts';
import type { Integration } from '../resources/index.ts';
import { takeFunctionAnswer } from './aws-proxy-answer.ts';
import { compileEvent } from './aws-proxy-event.ts';
import { addedField, type EventField } from './aws-proxy-fields.ts';
import { StreamedAnswer } from './aws-proxy-stream.ts';
import type { IntegrationKind } from './integration-kind.ts';
import { verbProblem } from './lambda.ts';
import { callFunction, type Invoked } from './lambda-call.ts';
import { functionFailed } from './lambda-failure.ts';
import { invokedFields, shownText } from './lambda-log.ts';
import { compileLambdaTarget } from './lambda-target.ts';
import { forbiddenAwsTargets } from './mapped-headers.ts';

export const awsProxy: IntegrationKind = {
  isProxy: true,
  remapsHeaders: true,
  needsBody: () => true,
  check: (integration) => {
    const uri = parseAwsUri(integration.uri ?? '');
    if (typeof uri === 'string') return [uri];
    return lambdaReference(uri) === null && !uri.service.includes('$') ? [onlyFunctions] : [];
  },
  compile: (integration, route, tools) => {
    const target = compileLambdaTarget(integration, route, tools);
    const event = compileEvent(route);
    const mappings = compileMappings(integration, route);
    const refusal = verbProblem(integration) ?? mappings.problem;
    const { timeoutInMillis } = integration;
    const isStreamed = integration.responseTransferMode === 'STREAM';

    return (exchange) => {
      exchange.traceInResponse = true;
      if (refusal !== null) return configurationError(exchange, refusal);
      const added = mappings.headers.length === 0 ? noFields : mapHeaders(exchange, mappings.headers);
      if ('type' in added) return added;
      const by = target.caller(exchange);
      if ('type' in by) return by;
      const invocation: Invocation = {
        functionName: target.functionName,
        qualifier: target.qualifier,
        type: 'RequestResponse',
        payload: event(exchange, added),
        by,
        clientContext: null,
        traceId: exchange.traceId(),
        isStreamed: target.isStreamed,
        wantsLogTail: false,
      };
      if (!target.isStreamed)
        return callFunction(exchange, tools, target, invocation, timeoutInMillis, takeAnswer);
      new StreamedAnswer(exchange, tools, target, isStreamed).start(invocation, timeoutInMillis);
      return 'answered';
    };
  },
};

const onlyFunctions =
  "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations.";
const noFields: readonly EventField[] = Object.freeze([]);

interface HeaderMapping {
  readonly name: string;
  /** Lower case. */
  readonly lower: string;
  readonly read: ParameterReader;
}

interface Mappings {
  readonly headers: readonly HeaderMapping[];
  /** Why every request is refused; null as a rule. */
  readonly problem: string | null;
}

/** Mappings onto the query and the path have no effect on an event (reference, section 6.2). */
function compileMappings(integration: Integration, route: Route): Mappings {
  const headers: HeaderMapping[] = [];
  let problem: string | null = null;
  for (const [key, expression] of Object.entries(integration.requestParameters ?? {})) {
    const target = parseParameterTarget(key, 'request');
    const source = parseParameterSource(expression, 'request');
    if (target?.location !== 'header' || source === null) continue;
    const { name } = target;
    const lower = name.toLowerCase();
    if (forbiddenAwsTargets.has(lower))
      problem = `header "${name}" may not be set on an AWS_PROXY integration`;
    headers.push({ name, lower, read: compileRequestReader(source, route.stageVariables) });
  }
  return { headers, problem };
}

/** What the client sent stays as it is: a mapping adds only what is missing. */
function mapHeaders(exchange: Exchange, mappings: readonly HeaderMapping[]): EventField[] | Failure {
  const added: EventField[] = [];
  for (const { name, lower, read } of mappings) {
    if (exchange.header(lower) !== null || frontNames.has(lower)) continue;
    const value = read(exchange);
    if (value === brokenJson) return failures.invalidJsonBody;
    if (value === null) continue;
    if (!isFieldValue(value))
      return configurationError(exchange, `the value for header "${name}" has control characters`);
    added.push(addedField(name, value));
  }
  return added;
}

/** Always there. */
const frontNames: ReadonlySet<string> = new Set(['x-forwarded-for', 'x-forwarded-port', 'x-forwarded-proto']);

function takeAnswer(exchange: Exchange, result: Invoked): Outcome {
  const { log } = exchange;
  if (log?.dataTrace === true) {
    log.fields('Endpoint response headers', invokedFields(exchange, result));
    log.info(`Endpoint response body before transformations: ${shownText(result.payload)}`);
  }
  if (result.functionError !== null) return functionFailed(exchange, result);
  const refusal = takeFunctionAnswer(exchange, result.payload);
  if (refusal === undefined && log?.dataTrace === true) logAnswer(exchange);
  return refusal;
}

function logAnswer({ log, responseBody, responseHeaders }: Exchange): void {
  log!.info(`Method response body after transformations: ${shownText(responseBody ?? '')}`);
  log!.fields('Method response headers', fieldsOf(responseHeaders));
}
