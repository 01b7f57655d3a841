// The contract of src/exchange/upstream.ts, run over every client (see test/upstream/*.test.ts).

import { bodiesContract } from './upstream-bodies.ts';
import { chaosContract } from './upstream-chaos.ts';
import { connectionsContract } from './upstream-connections.ts';
import { failuresContract } from './upstream-failures.ts';
import { framingContract } from './upstream-framing.ts';
import type { Subject } from './upstream-harness.ts';

export type { Subject } from './upstream-harness.ts';

/** Runs the whole contract over one client. */
export function upstreamContract(subject: Subject): void {
  framingContract(subject);
  bodiesContract(subject);
  failuresContract(subject);
  connectionsContract(subject);
  chaosContract(subject);
}
