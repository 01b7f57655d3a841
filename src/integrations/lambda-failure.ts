// One table from what went wrong with a function's call to the gateway response that tells the client, and the lines
// of the log that tell the owner.

import { textOf } from '../exchange/content.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { type Failure, failures } from '../exchange/gateway-response.ts';
import type { InvocationResult } from '../functions/functions.ts';
import { memberOfText } from '../mapping/index.ts';
import type { LambdaTarget } from './lambda-target.ts';

type Done = Extract<InvocationResult, { outcome: 'done' }>;
type Refused = Extract<InvocationResult, { outcome: 'refused' }>;

/** No answer in time; the function runs on. */
export function timedOut(exchange: Exchange): Failure {
  exchange.integrationError = 'Execution failed due to a timeout error';
  exchange.log?.error('Execution failed due to a timeout error');
  return failures.integrationTimeout;
}

/** The function ran, and failed. @see data-plane reference, section 14 */
export function functionFailed(exchange: Exchange, { payload, requestId }: Done): Failure {
  const message = errorMessageOf(payload) ?? 'Unknown';
  exchange.integrationError = message;
  exchange.log?.error(
    `Lambda execution failed with status 200 due to customer function error: ${message}. Lambda request id: ${requestId}`,
  );
  return failures.functionFailure;
}

/** What a function's error says; null when it has no such text. @param payload - `{"errorMessage": ...}` */
export function errorMessageOf(payload: Uint8Array): string | null {
  const message = memberOfText(textOf(payload), 'errorMessage');
  return message === undefined ? null : String(message);
}

/** The call did not come to an answer. @see data-plane reference, section 12 */
export function notInvoked(
  exchange: Exchange,
  target: LambdaTarget,
  result: Exclude<InvocationResult, { outcome: 'done' }>,
): Failure {
  if (result.outcome === 'refused') return refused(exchange, target, result);
  exchange.integrationError = result.detail;
  exchange.log?.error(`Execution failed due to an internal error: ${result.detail}`);
  return failures.serviceFailure;
}

function refused(
  exchange: Exchange,
  target: LambdaTarget,
  { status, type, message, reason, requestId }: Refused,
): Failure {
  exchange.integrationError = `${type}: ${message}`;
  exchange.log?.error(`Lambda invocation failed with status: ${status}. Lambda request id: ${requestId}`);
  const tell = (why: string): void =>
    exchange.log?.error(`Execution failed due to configuration error: ${why}`);
  switch (status) {
    case 403:
      tell('Invalid permissions on Lambda function');
      exchange.log?.error(
        `The policy of "${target.functionName}" does not allow this call. ${permissionHint(exchange, target)}`,
      );
      return failures.configurationError;
    case 404:
      // AWS says the same of a function that is not there.
      tell('Invalid permissions on Lambda function');
      exchange.log?.error(`${message}. Add it with: sluice functions add`);
      return failures.configurationError;
    case 413:
      tell(message);
      return failures.eventTooLarge;
    case 429:
      tell('Rate Exceeded.');
      if (reason !== null) exchange.log?.error(`The function was throttled: ${reason}`);
      return failures.configurationError;
    default:
      if (status >= 500) {
        exchange.log?.error(`Execution failed due to an internal error: ${type}: ${message}`);
        return failures.serviceFailure;
      }
      tell(`${type}: ${message}`);
      return failures.configurationError;
  }
}

function permissionHint(exchange: Exchange, target: LambdaTarget): string {
  const { functionName, qualifier } = target;
  const name = qualifier === null ? functionName : `${functionName} --qualifier ${qualifier}`;
  return `Allow it with: aws lambda add-permission --function-name ${name} --statement-id apigateway-${exchange.route.apiId} --action lambda:InvokeFunction --principal apigateway.amazonaws.com --source-arn '${target.sourceArn(exchange)}'`;
}
