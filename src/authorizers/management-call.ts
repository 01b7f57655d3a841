// Who may manage connections and topics: a signature, then the identity policies of who made it. Answers are ready made:
// these requests have no plan.

import type { Clock } from '../base/clock.ts';
import { valueIn } from '../base/flat-list.ts';
import { isRefusal, type Refusal } from '../base/sigv4/index.ts';
import type { Caller } from '../exchange/caller.ts';
import type { IncomingRequest } from '../exchange/downstream.ts';
import { failures } from '../exchange/gateway-response.ts';
import type { Credentials } from './credentials.ts';
import { notAuthorizedText } from './method-arn.ts';
import { keyOf, type RequestFacts } from './request-keys.ts';
import { decideSigner } from './resource-policy.ts';
import { claimedSignature, provenSignature } from './signature.ts';
import type { Signer } from './signers.ts';

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

export interface ManagementCallOptions {
  readonly clock: Clock;
  readonly credentials: Credentials;
  readonly accountId: string;
  readonly region: string;
}

/** @see auth reference, sections 1 and 2 */
export function createVerifyManagementCall(options: ManagementCallOptions): VerifyManagementCall {
  return async (call) => {
    try {
      return decideCall(call, options);
    } catch {
      return answer(500, failures.internal.errorType, 'message', 'Internal server error');
    }
  };
}

function decideCall(
  { request, body, action, resourceArn }: ManagementCall,
  options: ManagementCallOptions,
): ManagementDecision {
  const { clock, credentials, region } = options;
  const claimed = claimedSignature(request, { region, nowMs: clock.nowMs(), credentials });
  if (isRefusal(claimed)) return refused(claimed);
  const refusal = provenSignature(claimed, body, credentials);
  if (refusal !== null) return refused(refusal);
  const { signer } = claimed;
  const facts = factsOf(request, signer, options);
  const decision = decideSigner(signer, {
    action,
    resource: resourceArn,
    context: (key) => keyOf(facts, key),
  });
  // There is no policy of the API that could let callers of other accounts in.
  if (decision === 'allow' && signer.caller.accountId === options.accountId)
    return { allowed: signer.caller };
  return answer(
    403,
    failures.accessDenied.errorType,
    'Message',
    notAuthorizedText(signer.caller.arn, action, resourceArn, decision === 'deny'),
  );
}

const refused = ({ type, message }: Refusal): ManagementDecision => answer(403, type, 'message', message);

const answer = (
  status: number,
  errorType: string,
  member: 'message' | 'Message',
  text: string,
): ManagementDecision => ({ status, errorType, body: `{"${member}":${JSON.stringify(text)}}` });

function factsOf(
  { headers, downstream }: IncomingRequest,
  { caller }: Signer,
  { clock, accountId, region }: ManagementCallOptions,
): RequestFacts {
  return {
    caller,
    accountId,
    region,
    isTls: downstream.tls,
    isPrivate: false,
    sourceIp: () => downstream.remoteAddress(),
    header: (name) => valueIn(headers, name),
    nowMs: () => clock.nowMs(),
  };
}
