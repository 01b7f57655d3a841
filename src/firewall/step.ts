// The rules of a web ACL, those of its rule groups among them, as one flat list.

import type { Action } from './actions.ts';
import type { RuleCounts } from './rule-counts.ts';
import type { Test } from './statement.ts';

export interface Step {
  readonly test: Test;
  readonly action: Action;
  /** Whole names. */
  readonly labels: readonly string[];
  readonly counts: RuleCounts;
  /** Where to go on after a match that does not end it all: after the group, when that is only counted. */
  readonly next: number;
  /** The action that a group's rule would have had. */
  readonly overridden: string | null;
}
