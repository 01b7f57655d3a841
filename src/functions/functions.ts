// What may be asked of functions: one invocation in, what came of it out. Types only. The host that runs functions
// (host/) keeps this contract, and so does its client over a Unix socket (client/): who calls cannot tell which it has.

import type { Credentials } from '../base/sigv4/index.ts';

export type InvocationType = 'RequestResponse' | 'Event' | 'DryRun';

/** Who asks. The function's resource policy decides about a service; an identity was allowed by its own policies. */
export type InvokedBy =
  | {
      readonly kind: 'service';
      /** `apigateway.amazonaws.com` */
      readonly service: string;
      /** `arn:aws:execute-api:us-east-1:000000000000:abcdef1234/prod/GET/pets/{id}` */
      readonly sourceArn: string;
      readonly sourceAccount: string;
    }
  | {
      readonly kind: 'identity';
      readonly arn: string;
      /** For calls that leave this machine: what they are signed with, where it is not a configured role's. */
      readonly keys?: Credentials;
    };

/** One call of one function. */
export interface Invocation {
  /**
   * A name, partial ARN or ARN, with or without a qualifier: `hello`, `000000000000:function:hello`,
   * `arn:aws:lambda:us-east-1:000000000000:function:hello:prod`.
   */
  readonly functionName: string;
  /** Version or alias, where it stands beside the name; null: the name's own, or `$LATEST`. */
  readonly qualifier: string | null;
  readonly type: InvocationType;
  /** JSON text; bytes must not be changed afterwards. */
  readonly payload: string | Uint8Array;
  readonly by: InvokedBy;
  /** As X-Amz-Client-Context carries it: base64 of JSON, at most 3583 characters. */
  readonly clientContext: string | null;
  /** As X-Amzn-Trace-Id carries it. */
  readonly traceId: string | null;
  /** Streamed: what the function writes is handed on as it comes. */
  readonly isStreamed: boolean;
  /** The last 4 KB of what the function logged are wanted. */
  readonly wantsLogTail: boolean;
}

/** What came of an invocation. */
export type InvocationResult =
  | {
      /** The function ran (RequestResponse), was queued (Event), or would have been allowed to run (DryRun). */
      readonly outcome: 'done';
      /** UUID, as the function's context had it. */
      readonly requestId: string;
      /** `$LATEST` or a number. */
      readonly executedVersion: string;
      /**
       * `Unhandled` when the function failed: threw, answered an error, ran out of time or memory, exited. The payload
       * is then `{"errorMessage": ..., "errorType": ...}`; of a streamed answer that failed half way, likewise.
       */
      readonly functionError: 'Unhandled' | 'Handled' | null;
      /** JSON text; empty where it was streamed, queued or only tried. */
      readonly payload: Uint8Array;
      /** The last 4 KB of the log, in base64 as Lambda has it; null unless it was wanted. */
      readonly logTail: string | null;
    }
  | {
      /** The function did not run, as AWS's own service would refuse: permission, unknown function, throttle, size. */
      readonly outcome: 'refused';
      readonly requestId: string;
      /** HTTP status of the Invoke operation: 400, 403, 404, 413, 429, 500, 502. */
      readonly status: number;
      /** `AccessDeniedException`, `ResourceNotFoundException`, `TooManyRequestsException` ... */
      readonly type: string;
      /** AWS's words. */
      readonly message: string;
      /** `Reason` of a TooManyRequestsException: `ReservedFunctionConcurrentInvocationLimitExceeded` ... */
      readonly reason: string | null;
    }
  | {
      /** Nobody knows whether the function ran: the host has ended, or none runs. */
      readonly outcome: 'lost';
      /** For the log. */
      readonly detail: string;
    };

/** Told of one invocation; never from inside `invoke`. After `abort` nothing is called any more. */
export interface InvocationHandler {
  /**
   * Streamed only: the function has begun its answer. @param contentType - what its runtime said of the bytes, such as
   * `application/vnd.awslambda.http-integration-response`
   */
  onHead(contentType: string): void;
  /** Streamed only. The chunk is valid only during the call. @returns false to ask for a pause */
  onData(chunk: Uint8Array): boolean;
  /** Once, last. */
  onEnd(result: InvocationResult): void;
}

/** An invocation under way. All methods may be called late and do nothing then. */
export interface InvocationCall {
  /** Nobody waits any more. The function runs on to its end, as it does at AWS. */
  abort(): void;
  /** Streamed only: more may be sent after `onData` has returned false. */
  resume(): void;
}

/** Everything that can be invoked. */
export interface Functions {
  invoke(invocation: Invocation, handler: InvocationHandler): InvocationCall;
}
