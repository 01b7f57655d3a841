// The load program of this folder, and when the programs of Node.js stand in for it.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Which program puts on the load: this folder's in Rust, or one in Node.js, which takes up to twice the CPU time. */
export type Generator = 'native' | 'node';

const program = fileURLToPath(new URL('../../../build/load/release/sluice-load', import.meta.url));

/** @returns why there is no native generator; null when there is one */
export const nativeMissing = (): string | null =>
  existsSync(program) ? null : 'the load program is not built (make load)';

/** The one that runs unless another is asked for. */
export const chosenGenerator = (): Generator => (nativeMissing() === null ? 'native' : 'node');

/**
 * How one of the two is started.
 *
 * @param subcommand - of the native one
 * @param nodeArguments - the file of the other one, after the options of Node.js
 * @param plan - crosses as JSON, in the last argument
 */
export function generatorCommand(
  generator: Generator,
  subcommand: 'open-loop' | 'storm',
  nodeArguments: readonly string[],
  plan: object,
): [command: string, args: string[]] {
  const json = JSON.stringify(plan);
  return generator === 'native'
    ? [program, [subcommand, json]]
    : [process.execPath, [...nodeArguments, json]];
}
