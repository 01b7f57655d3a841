// The body of a request: bytes, within limits.

import type { HttpRequest } from '../http/http-request.ts';
import { AwsException, unavailable } from './exceptions.ts';

const empty: Uint8Array = new Uint8Array(0);

/** Memory that bodies may take, of all requests together. */
export interface BodyBudget {
  readonly bytesMax: number;
  bytesUsed: number;
}

export const bodyTooLarge = (bytesMax: number) =>
  new AwsException('RequestEntityTooLargeException', 413, `Request body is larger than ${bytesMax} bytes`);

/** The client is gone: nobody is left to answer. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';
}

/**
 * Reads a body to its end. What is taken of the budget is to be given back by `release`, when the body is not needed
 * any more.
 *
 * @throws (rejects) AwsException 413 as soon as it is too large, 503 when other bodies have used the budget up;
 * ClientGone
 */
export function readBody(request: HttpRequest, bytesMax: number, budget: BodyBudget): Promise<Body> {
  if ((request.head.contentLength ?? 0) > bytesMax) return Promise.reject(bodyTooLarge(bytesMax));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let isStopped = false;
    const stop = (reason: Error): void => {
      isStopped = true;
      budget.bytesUsed -= size;
      size = 0;
      chunks.length = 0;
      reject(reason);
    };
    request.readTo({
      onData: (chunk) => {
        if (isStopped) return;
        size += chunk.length;
        budget.bytesUsed += chunk.length;
        if (size > bytesMax) stop(bodyTooLarge(bytesMax));
        else if (budget.bytesUsed > budget.bytesMax) stop(unavailable('Too many large requests at once', 1));
        else chunks.push(chunk);
      },
      onGone: () => {
        if (!isStopped) stop(new ClientGone());
      },
      onEnd: () => {
        if (isStopped) return;
        const bytes = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size);
        resolve({ bytes, release: once(() => (budget.bytesUsed -= size)) });
      },
    });
  });
}

export interface Body {
  readonly bytes: Uint8Array;
  /** Tells the budget that the bytes are not held any more. */
  release(): void;
}

/** Of a request that has none. */
export const noBody: Body = { bytes: empty, release: () => {} };

function once(act: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) act();
    isDone = true;
  };
}
