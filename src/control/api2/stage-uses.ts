// What names a stage of the second version from outside: usage plans.

import type { Transaction } from '../../store/index.ts';

/** Usage plans forget the stages of an API that `isGone`. */
export function forgetStages(
  transaction: Transaction,
  apiId: string,
  isGone: (stageName: string) => boolean,
): void {
  for (const plan of transaction.list('usagePlan', '')) {
    const apiStages = plan.apiStages.filter((one) => one.apiId !== apiId || !isGone(one.stage));
    if (apiStages.length < plan.apiStages.length)
      transaction.put('usagePlan', '', plan.id, { ...plan, apiStages });
  }
}
