// The outermost frame of a request's walk: runs the phases of its plan, then settles, whatever happens.

import type { Exchange } from '../../exchange/exchange.ts';
import { failures } from '../../exchange/gateway-response.ts';
import type { Outcome } from '../../exchange/phase.ts';
import type { Plan } from './plan.ts';
import { run } from './run.ts';
import type { Settler } from './settle.ts';

/** @param onBug - told of what a phase threw: a bug of ours */
export function createWalk(
  settler: Settler,
  onBug: (error: unknown, requestId: string) => void,
): (exchange: Exchange, plan: Plan) => void {
  function bug(exchange: Exchange, error: unknown): void {
    onBug(error, exchange.requestId);
    exchange.log?.error('Execution failed due to an internal error');
    try {
      if (exchange.endedNs === 0) {
        settler.settle(exchange, failures.internal);
        return;
      }
    } catch (second) {
      onBug(second, exchange.requestId);
    }
    exchange.downstream.destroy();
  }

  return (exchange, plan) => {
    let outcome: Outcome | Promise<Outcome>;
    try {
      outcome = run(exchange, plan.phases);
      if (!(outcome instanceof Promise)) {
        settler.settle(exchange, outcome);
        return;
      }
    } catch (error) {
      bug(exchange, error);
      return;
    }
    outcome.then((late) => settler.settle(exchange, late)).catch((error) => bug(exchange, error));
  };
}
