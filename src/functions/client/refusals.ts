// What the client answers itself.

import { newRequestId } from '../../base/ids.ts';
import type { InvocationResult } from '../functions.ts';

/** Of a payload that is far above AWS's quota: it does not even reach the host. */
export const tooLarge = (): InvocationResult => ({
  outcome: 'refused',
  requestId: newRequestId(),
  status: 413,
  type: 'RequestEntityTooLargeException',
  message: 'Request must be smaller than 6291456 bytes for the InvokeFunction operation',
  reason: null,
});

export const lost = (detail: string): InvocationResult => ({ outcome: 'lost', detail });
