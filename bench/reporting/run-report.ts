// One run of the bench, as every form of the report takes it.

import type { Machine } from '../harness/machine.ts';
import type { ScenarioResult } from '../scenarios/scenario.ts';

export interface FinishedScenario {
  readonly name: string;
  readonly title: string;
  readonly seconds: number;
  /** null when it failed. */
  readonly result: ScenarioResult | null;
  readonly failure: string | null;
}

export interface RunReport {
  readonly machine: Machine;
  readonly quick: boolean;
  /** The command that repeats it. */
  readonly command: string;
  readonly scenarios: readonly FinishedScenario[];
}

export const marks = { met: 'met', missed: 'MISSED', 'not proven': 'not proven' } as const;
