// Deployments of one store run one after another: a publish that overtook another would write an older state,
// and would remove a snapshot that the store does not point at yet.

import type { Store } from '../../store/index.ts';

const last = new WeakMap<Store, Promise<unknown>>();

/** Runs `work` when everything asked for on `store` before has ended, well or not. */
export function inTurn<T>(store: Store, work: () => Promise<T>): Promise<T> {
  const before = last.get(store) ?? Promise.resolve();
  const mine = before.then(work, work);
  last.set(store, mine);
  return mine;
}
