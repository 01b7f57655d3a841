// What the destination of an asynchronous invocation is told, in Lambda's form.

import type { InvocationResult } from '../functions.ts';

export type EventCondition = 'Success' | 'RetriesExhausted' | 'EventAgeExceeded' | 'ZeroReservedConcurrency';

export interface EventOutcome {
  readonly requestId: string;
  /** With the qualifier; of the unqualified function, `$LATEST`. */
  readonly functionArn: string;
  readonly condition: EventCondition;
  readonly attempts: number;
  readonly nowMs: number;
  readonly requestPayload: Uint8Array;
  /** Of the last attempt; null when there was none, or only before a restart of the host. */
  readonly result: Extract<InvocationResult, { outcome: 'done' }> | null;
}

/**
 * @returns JSON text. The payloads are JSON already and stand in it as they are
 * @see AWS Lambda Developer Guide, "Capturing records of Lambda asynchronous invocations"
 */
export function destinationRecord(outcome: EventOutcome): string {
  const { requestId, functionArn, condition, attempts, result } = outcome;
  const head = JSON.stringify({
    version: '1.0',
    timestamp: new Date(outcome.nowMs).toISOString(),
    requestContext: { requestId, functionArn, condition, approximateInvokeCount: attempts },
  });
  const request = Buffer.from(outcome.requestPayload).toString() || '{}';
  const response = result === null ? '' : responseMembers(result);
  return `${head.slice(0, -1)},"requestPayload":${request}${response}}`;
}

function responseMembers(result: Extract<InvocationResult, { outcome: 'done' }>): string {
  const { executedVersion, functionError } = result;
  const context = { statusCode: 200, executedVersion, ...(functionError === null ? {} : { functionError }) };
  const payload = Buffer.from(result.payload).toString();
  return `,"responseContext":${JSON.stringify(context)},"responsePayload":${isJson(payload) ? payload : JSON.stringify(payload)}`;
}

/** What a runtime answered is its own affair. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
