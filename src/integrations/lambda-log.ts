// What the execution log tells of a function's call, in the words that AWS prints.

import { textOf } from '../exchange/content.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { Invocation, InvocationResult } from '../functions/functions.ts';
import type { LambdaTarget } from './lambda-target.ts';

/** More of a body than an event of the log can hold is not decoded. */
const shownBytes = 1_100;

/** As much of a payload as the log shows. */
export function shownText(payload: string | Uint8Array): string {
  if (typeof payload === 'string') return payload.slice(0, shownBytes);
  return textOf(payload.subarray(0, shownBytes));
}

/** @see observed behaviour, section 8 */
export function logInvocation(exchange: Exchange, target: LambdaTarget, invocation: Invocation): void {
  const { log } = exchange;
  if (log === null) return;
  log.info(`Endpoint request URI: ${target.endpoint}`);
  if (log.dataTrace) {
    log.fields('Endpoint request headers', requestFields(exchange, target, invocation));
    log.info(`Endpoint request body after transformations: ${shownText(invocation.payload)}`);
  }
  log.info(`Sending request to ${target.endpoint}`);
}

/** Those of the service's Invoke operation that the invocation stands for. */
function requestFields(exchange: Exchange, target: LambdaTarget, { type, traceId }: Invocation): string[] {
  const { apiId } = exchange.route;
  const fields = [
    ...['x-amzn-lambda-integration-tag', exchange.requestId],
    ...['x-amzn-apigateway-api-id', apiId],
    ...['X-Amz-Source-Arn', target.sourceArn(exchange)],
    ...['Accept', 'application/json'],
    ...['User-Agent', `AmazonAPIGateway_${apiId}`],
    ...['X-Amzn-Trace-Id', traceId ?? ''],
  ];
  if (type !== 'RequestResponse') fields.push('X-Amz-Invocation-Type', type);
  return fields;
}

/** Header fields of the Invoke operation's answer. Flat list. */
export function invokedFields(
  exchange: Exchange,
  result: Extract<InvocationResult, { outcome: 'done' }>,
): string[] {
  const fields = ['Content-Type', 'application/json', 'x-amzn-RequestId', result.requestId];
  if (result.functionError !== null) fields.push('X-Amz-Function-Error', result.functionError);
  if (result.logTail !== null) fields.push('X-Amz-Log-Result', result.logTail);
  fields.push('X-Amz-Executed-Version', result.executedVersion, 'X-Amzn-Trace-Id', exchange.traceId());
  return fields;
}
