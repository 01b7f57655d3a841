// A request's walk: the phases of its method, one after the other. The array is the picture.

import type { Exchange } from '../../exchange/exchange.ts';
import type { Outcome, Phase } from '../../exchange/phase.ts';

/**
 * Runs phases until one answers or refuses. All-synchronous plans make no promise.
 * @returns the last word: undefined when all went by, `'answered'`, or the Failure
 */
export function run(exchange: Exchange, phases: readonly Phase[]): Outcome | Promise<Outcome> {
  for (let i = 0; i < phases.length; i++) {
    const outcome = phases[i]!(exchange);
    if (outcome === undefined) continue;
    return outcome instanceof Promise ? runRest(exchange, phases, i + 1, outcome) : outcome;
  }
  return undefined;
}

async function runRest(
  exchange: Exchange,
  phases: readonly Phase[],
  next: number,
  pending: Promise<Outcome>,
): Promise<Outcome> {
  let outcome = await pending;
  for (let i = next; i < phases.length && outcome === undefined; i++) {
    const result = phases[i]!(exchange);
    outcome = result instanceof Promise ? await result : result;
  }
  return outcome;
}
