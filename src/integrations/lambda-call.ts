// One call of a function whose answer is needed whole: sent, bounded in time, given up when the client goes away.

import type { Exchange } from '../exchange/exchange.ts';
import type { Outcome } from '../exchange/phase.ts';
import type { Tools } from '../exchange/tools.ts';
import type {
  Invocation,
  InvocationCall,
  InvocationHandler,
  InvocationResult,
} from '../functions/functions.ts';
import { notInvoked, timedOut } from './lambda-failure.ts';
import { logInvocation } from './lambda-log.ts';
import type { LambdaTarget } from './lambda-target.ts';
import { logReceived } from './log-received.ts';

/** A call that came to an answer, or to a function's error. */
export type Invoked = Extract<InvocationResult, { outcome: 'done' }>;

/** HTTP status of the Invoke operation that stands for each type. */
const invokedStatus = { RequestResponse: 200, Event: 202, DryRun: 204 } as const;

/**
 * Calls a function.
 *
 * @param take - what is made of an answer, and of a function's error; all other ends are dealt with here
 */
export function callFunction(
  exchange: Exchange,
  tools: Tools,
  target: LambdaTarget,
  invocation: Invocation,
  timeoutMs: number,
  take: (exchange: Exchange, result: Invoked) => Outcome,
): Promise<Outcome> {
  logInvocation(exchange, target, invocation);
  return new Promise<Outcome>((resolve, reject) => {
    new WholeCall(exchange, tools, target, take, resolve, reject).start(invocation, timeoutMs);
  });
}

class WholeCall implements InvocationHandler {
  readonly #exchange: Exchange;
  readonly #tools: Tools;
  readonly #target: LambdaTarget;
  readonly #take: (exchange: Exchange, result: Invoked) => Outcome;
  readonly #resolve: (outcome: Outcome) => void;
  readonly #reject: (error: unknown) => void;
  #call: InvocationCall | null = null;
  #timer: NodeJS.Timeout | undefined = undefined;
  #status = 200;

  constructor(
    exchange: Exchange,
    tools: Tools,
    target: LambdaTarget,
    take: (exchange: Exchange, result: Invoked) => Outcome,
    resolve: (outcome: Outcome) => void,
    reject: (error: unknown) => void,
  ) {
    this.#exchange = exchange;
    this.#tools = tools;
    this.#target = target;
    this.#take = take;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  start(invocation: Invocation, timeoutMs: number): void {
    const exchange = this.#exchange;
    this.#status = invokedStatus[invocation.type];
    exchange.integrationStartedNs = this.#tools.clock.monotonicNs();
    this.#timer = setTimeout(expire, timeoutMs, this);
    this.#call = this.#tools.functions.invoke(invocation, this);
    exchange.downstream.onAbort(() => this.#abandon());
  }

  onHead(): void {}

  onData(): boolean {
    return true;
  }

  onEnd(result: InvocationResult): void {
    clearTimeout(this.#timer);
    try {
      this.#resolve(this.#outcomeOf(result));
    } catch (error) {
      this.#reject(error);
    }
  }

  expired(): void {
    this.#call?.abort();
    this.#exchange.integrationEndedNs = this.#tools.clock.monotonicNs();
    this.#resolve(timedOut(this.#exchange));
  }

  #outcomeOf(result: InvocationResult): Outcome {
    const exchange = this.#exchange;
    ended(exchange, this.#tools, result, this.#status);
    return result.outcome === 'done'
      ? this.#take(exchange, result)
      : notInvoked(exchange, this.#target, result);
  }

  #abandon(): void {
    clearTimeout(this.#timer);
    this.#call?.abort();
    this.#tools.finish(this.#exchange);
    this.#resolve('answered');
  }
}

const expire = (call: WholeCall): void => call.expired();

/** Notes on the exchange how a call ended. @param status - the Invoke operation's, of a call that was carried out */
export function ended(exchange: Exchange, tools: Tools, result: InvocationResult, status: number): void {
  exchange.integrationEndedNs = tools.clock.monotonicNs();
  if (result.outcome === 'lost') return;
  exchange.integrationRequestId = result.requestId;
  exchange.integrationStatus = result.outcome === 'done' ? status : result.status;
  logReceived(exchange, exchange.integrationStatus);
}
