// Invocations at once in one environment of a function: what it asks for by its capacity provider, and what comes of it.
// At AWS a capacity provider names instances of a customer; here each of them, whatever its ARN, is this machine.

import type { FunctionConfiguration } from '../../resources/index.ts';

/** For functions whose capacity provider says no number: AWS's for Node.js; bootstraps of one's own ask for one. */
export const concurrencyDefault = (runtime: string): number => (runtime.startsWith('nodejs') ? 64 : 1);

/**
 * How many invocations the host gives one environment at once.
 *
 * @returns 1 without a capacity provider, and always 1 for Python: AWS answers each of its concurrent requests in a
 *   process of its own, and so does the host, by another environment
 * @see Lambda Developer Guide, "Lambda Managed Instances"
 */
export function environmentConcurrency({
  runtime,
  capacityProvider,
}: Pick<FunctionConfiguration, 'runtime' | 'capacityProvider'>): number {
  if (capacityProvider === undefined || runtime.startsWith('python')) return 1;
  return capacityProvider.perExecutionEnvironmentMaxConcurrency ?? concurrencyDefault(runtime);
}
