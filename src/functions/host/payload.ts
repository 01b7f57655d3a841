// What Lambda looks at in an invocation before it looks at the function: sizes, and whether its texts are JSON.

import type { Invocation } from '../functions.ts';
import { isJsonText } from './json-text.ts';
import { lambdaLimits } from './limits.ts';
import { invalidContent, type Refusal, requestTooLarge } from './refusal.ts';

/** Why the invocation cannot be run whatever the function; null: it can. */
export function payloadRefusal(invocation: Invocation): Refusal | null {
  const { payload, clientContext } = invocation;
  const bytesMax = invocation.type === 'Event' ? lambdaLimits.eventBytesMax : lambdaLimits.requestBytesMax;
  if (isLonger(payload, bytesMax)) return requestTooLarge(bytesMax);
  if (clientContext !== null) {
    const refusal = clientContextRefusal(clientContext);
    if (refusal !== null) return refusal;
  }
  if (payload.length === 0 || (typeof payload !== 'string' && isJsonText(payload))) return null;
  try {
    JSON.parse(typeof payload === 'string' ? payload : textOf(payload));
    return null;
  } catch (error) {
    return invalidContent(`Could not parse request body into json: ${(error as Error).message}`);
  }
}

export const bytesOf = (payload: string | Uint8Array): number =>
  typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length;

/** A text has at most three bytes for each of its units: most are not measured. */
function isLonger(payload: string | Uint8Array, bytesMax: number): boolean {
  if (typeof payload === 'string' && payload.length * 3 <= bytesMax) return false;
  return bytesOf(payload) > bytesMax;
}

const textOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();

function clientContextRefusal(clientContext: string): Refusal | null {
  if (clientContext.length > lambdaLimits.clientContextCharactersMax)
    return invalidContent(
      `Client context must be no more than ${lambdaLimits.clientContextCharactersMax} bytes.`,
    );
  try {
    const value: unknown = JSON.parse(Buffer.from(clientContext, 'base64').toString());
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return null;
  } catch {
    // Told below.
  }
  return invalidContent('Client context must be a valid Base64-encoded JSON object.');
}

const tooLarge: Uint8Array = Buffer.from(
  JSON.stringify({
    errorMessage: `Response payload size exceeded maximum allowed payload size (${lambdaLimits.responseBytesMax} bytes).`,
    errorType: 'Function.ResponseSizeTooLarge',
  }),
);

/** What stands for an answer that is longer than Lambda hands on; null: it may be handed on. */
export const responseTooLarge = (payload: Uint8Array): Uint8Array | null =>
  payload.length > lambdaLimits.responseBytesMax ? tooLarge : null;
