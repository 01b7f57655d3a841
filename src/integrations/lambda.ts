// AWS, where the service is Lambda: what the mappings made is the event, and the function's answer goes through the
// integration response.

import { valueIn } from '../base/flat-list.ts';
import { configurationError } from '../exchange/configuration-error.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { Outcome, Phase } from '../exchange/phase.ts';
import type { Route } from '../exchange/route.ts';
import type { Tools } from '../exchange/tools.ts';
import type { Invocation, InvocationType } from '../functions/functions.ts';
import type { Integration } from '../resources/index.ts';
import { callFunction, type Invoked } from './lambda-call.ts';
import { errorMessageOf } from './lambda-failure.ts';
import { invokedFields, shownText } from './lambda-log.ts';
import { compileLambdaTarget } from './lambda-target.ts';
import { forbiddenAwsTargets } from './mapped-headers.ts';

const types: Readonly<Record<string, InvocationType | undefined>> = Object.freeze({
  __proto__: null as never,
  RequestResponse: 'RequestResponse',
  Event: 'Event',
  DryRun: 'DryRun',
});

/**
 * Compiles the call of a function by an integration of type AWS. Header fields that the mappings set are those of the
 * Invoke operation: `X-Amz-Invocation-Type`, `X-Amz-Client-Context` and `X-Amz-Log-Type` mean there what they mean here.
 *
 * @throws IntegrationError when the URI names no function
 * @see data-plane reference, sections 7, 12 and 13
 */
export function lambdaIntegration(integration: Integration, route: Route, tools: Tools): Phase {
  const target = compileLambdaTarget(integration, route, tools);
  const refuseVerb = verbProblem(integration);
  const { timeoutInMillis } = integration;

  return (exchange) => {
    exchange.traceInResponse = true;
    const { headers, body } = exchange.integrationRequest!;
    if (refuseVerb !== null) return configurationError(exchange, refuseVerb);
    for (let i = 0; i < headers.length; i += 2)
      if (forbiddenAwsTargets.has(headers[i]!))
        return configurationError(exchange, `header "${headers[i]}" may not be set on an AWS integration`);
    const wantedType = valueIn(headers, 'x-amz-invocation-type') ?? 'RequestResponse';
    const type = types[wantedType];
    if (type === undefined)
      return configurationError(
        exchange,
        `"${wantedType}" is no type of invocation: RequestResponse, Event or DryRun`,
      );
    const by = target.caller(exchange);
    if ('type' in by) return by;
    const invocation: Invocation = {
      functionName: target.functionName,
      qualifier: target.qualifier,
      type,
      payload: body === null || body.length === 0 ? '{}' : body,
      by,
      clientContext: valueIn(headers, 'x-amz-client-context'),
      traceId: exchange.traceId(),
      isStreamed: false,
      wantsLogTail: valueIn(headers, 'x-amz-log-type') === 'Tail',
    };
    return callFunction(exchange, tools, target, invocation, timeoutInMillis, takeAnswer);
  };
}

/** Functions are invoked by POST, whatever the client's verb is. */
export function verbProblem({ httpMethod = '' }: Integration): string | null {
  return httpMethod.toUpperCase() === 'POST'
    ? null
    : `the integration's HTTP method must be POST for a Lambda function, and is "${httpMethod}"`;
}

/** Only a function's error can be selected by its message; all else gets the default response. */
function takeAnswer(exchange: Exchange, result: Invoked): Outcome {
  const { payload, functionError } = result;
  const headers = invokedFields(exchange, result);
  const message = functionError === null ? null : errorMessageOf(payload);
  exchange.integrationError = message;
  exchange.integrationAnswer = {
    selector: message ?? '',
    status: exchange.integrationStatus,
    headers,
    body: payload.length === 0 ? null : payload,
  };
  const { log } = exchange;
  if (functionError !== null)
    log?.error(
      `Lambda execution failed with status 200 due to customer function error: ${message}. Lambda request id: ${result.requestId}`,
    );
  if (log?.dataTrace === true) {
    log.fields('Endpoint response headers', headers);
    log.info(`Endpoint response body before transformations: ${shownText(payload)}`);
  }
  return undefined;
}
