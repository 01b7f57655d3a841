// A statement, compiled: does it match a request?

import type { Inspection } from './inspection.ts';

export interface Test {
  /** Web ACL capacity units. */
  readonly capacity: number;
  /** @throws `bodyWanted`; Error when it cannot be decided: the request is refused then */
  matches(inspection: Inspection): boolean;
}
