// The unit of a request's walk.

import type { Exchange } from './exchange.ts';
import type { Failure } from './gateway-response.ts';

/**
 * What a phase says: undefined = go on; `'answered'` = the answer is taken care of (sent, or it will be by whoever
 * streams it); a Failure = refuse with that gateway response.
 */
export type Outcome = undefined | 'answered' | Failure;

/** One step of a method's plan. Never throws for anything that a client or a backend did. */
export type Phase = (exchange: Exchange) => Outcome | Promise<Outcome>;
