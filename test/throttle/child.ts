// A process of throttle-processes.test.ts: it opens the shared file and does what its first message says.

import { openThrottle } from '../../src/gateway/throttle/throttle.ts';

/** What a child is told. */
export type Order =
  | { do: 'hammer'; startNs: number; stepNs: number; steps: number }
  | { do: 'spend'; startNs: number; stepNs: number; steps: number; quota: number; isThrottled: boolean }
  | { do: 'hold'; from: number; to: number }
  | { do: 'churn' };

const { throttle } = openThrottle({ file: process.argv[2]!, processes: 3 });
const limit = { rateRps: 10_000, burst: 500 };

process.on('message', (order: Order) => {
  if (order.do === 'hammer') process.send!(hammer(order));
  if (order.do === 'spend') spend(order);
  if (order.do === 'hold') hold(order);
  if (order.do === 'churn') churn();
});
process.send!(throttle.kind);

/** Decides at every step of a time that all children go through alike, however they are scheduled. */
function hammer({ startNs, stepNs, steps }: Extract<Order, { do: 'hammer' }>): number {
  const account = throttle.bucket('account', { rateRps: 50_000, burst: 5_000 });
  const stage = throttle.bucket('stage', limit);
  const method = throttle.bucket('method', { rateRps: 12_000, burst: 600 });
  let admitted = 0;
  for (let step = 0; step < steps; step++) {
    if (throttle.take(account, stage, method, -1, startNs + step * stepNs) === 0) admitted++;
  }
  return admitted;
}

/** Decides as a request of a usage plan does; says after each thousand what was admitted so far, and is killed somewhere. */
function spend({ startNs, stepNs, steps, quota, isThrottled }: Extract<Order, { do: 'spend' }>): void {
  const wide = { rateRps: 1e9, burst: 1e9 };
  const levels = [
    throttle.bucket('plan-method', wide),
    throttle.bucket('plan', isThrottled ? limit : wide),
    throttle.bucket('stage', wide),
    throttle.bucket('account', wide),
  ] as const;
  const spent = throttle.quota('quota/p/k/DAY/0', quota);
  const usage = throttle.usage('usage/p/k/api/stage');
  let admitted = 0;
  for (let step = 0; step < steps; step++) {
    const now = startNs + step * stepNs;
    if (throttle.takeCounted(...levels, spent, 20_778, usage, 20_778, now) === 0) admitted++;
  }
  process.send!(admitted);
}

function hold({ from, to }: Extract<Order, { do: 'hold' }>): void {
  for (let number = from; number < to; number++) throttle.bucket(`child ${number}`, limit);
  process.send!('held');
}

/** Is killed in the middle of this: table changes, decisions, and now and then a sweep. */
function churn(): void {
  process.send!('churning');
  for (let round = 0; ; round++) {
    const index = throttle.bucket(`churn ${process.pid} ${round}`, limit);
    throttle.take(index, -1, -1, -1, 1e9);
    if (round % 2 === 0) throttle.release(index);
  }
}
