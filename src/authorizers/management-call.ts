// Who may manage connections and topics: a signature, then the identity policies of who made it.

import type { Caller } from '../exchange/caller.ts';
import type { IncomingRequest } from '../exchange/downstream.ts';

export interface ManagementCall {
  readonly request: IncomingRequest;
  /** All of it, as received: the signature covers it. Empty where there is none. */
  readonly body: Uint8Array;
  readonly action: 'execute-api:ManageConnections';
  /** `arn:aws:execute-api:us-east-1:000000000000:abcdef1234/prod/POST/@connections/L0SM9cOFvHcCIhw=` */
  readonly resourceArn: string;
}

export type ManagementDecision =
  | { readonly allowed: Caller }
  | {
      readonly status: number;
      /** Value of `x-amzn-ErrorType`. */
      readonly errorType: string;
      /** JSON text. */
      readonly body: string;
    };

/** Never throws, never rejects. */
export type VerifyManagementCall = (call: ManagementCall) => Promise<ManagementDecision>;
