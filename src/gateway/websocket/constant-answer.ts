// Routes that answer every message alike: a mock whose templates have no variables. Such an answer is made once, at
// deployment, and a message then costs little more than its parsing.

import { type RouteResult, silence } from './route-result.ts';

export interface ConstantAnswer {
  /** As it goes over the wire; null: nothing is sent. */
  readonly frame: Uint8Array | null;
  readonly isBinary: boolean;
  readonly bytes: number;
}

/** @param answer - of a route that does not look at its events; null: it does */
export function constantAnswer(answer: RouteResult | null, isTwoWay: boolean): ConstantAnswer | null {
  if (answer === null || answer.failure !== null) return null;
  const { body } = isTwoWay ? answer : silence;
  const frame = typeof body === 'string' ? Buffer.from(body) : body;
  return { frame, isBinary: body !== null && typeof body !== 'string', bytes: frame?.byteLength ?? 0 };
}
