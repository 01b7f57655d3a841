// fast-check, with the seed that all property tests share: a change meets the same cases as the one before it, so that a
// failure is its own. `make fuzz` looks for new ones: with FUZZ_RUNS each run takes a fresh seed, and prints it when it fails.

import fc from 'fast-check';

const { FUZZ_RUNS } = process.env;

fc.configureGlobal(FUZZ_RUNS === undefined ? { seed: 8_128 } : { numRuns: Number(FUZZ_RUNS) });

/** How often a property is tried that fuzzing tries more, or less, often. @param usual - where nobody fuzzes */
export const runs = (usual: number): number => Number(FUZZ_RUNS ?? usual);

export * from 'fast-check';
export default fc;
