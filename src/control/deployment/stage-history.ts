// Which deployment a stage has pointed at, and who made it so.

import type { StageHistoryEntry, Transaction, View } from '../../store/index.ts';
import type { Context } from '../api/handler.ts';

/** Entries kept for each stage; the oldest go. */
const entriesMax = 1000;

type Acting = Pick<Context, 'caller' | 'now' | 'operation'>;

/** Records that a stage points at `deploymentId` now, unless that is what it did before. */
export function recordStageChange(
  transaction: Transaction,
  context: Acting,
  apiId: string,
  stageName: string,
  deploymentId: string,
): void {
  const parent = historyParent(apiId, stageName);
  const entries = transaction.list('stageHistory', parent);
  const last = entries.at(-1);
  if (last?.deploymentId === deploymentId) return;
  const count = numberOf(last) + 1;
  const description = transaction.get('deployment', apiId, deploymentId)?.description;
  transaction.put('stageHistory', parent, idOf(count), {
    date: context.now(),
    deploymentId,
    event: context.operation,
    caller: context.caller.arn,
    number: count,
    ...(description === undefined ? {} : { description }),
  });
  for (const entry of entries.slice(0, Math.max(0, entries.length + 1 - entriesMax)))
    transaction.remove('stageHistory', parent, idOf(numberOf(entry)));
}

/** Newest last. */
export const historyOf = (view: View, apiId: string, stageName: string): readonly StageHistoryEntry[] =>
  view.list('stageHistory', historyParent(apiId, stageName));

/** Removes a stage with all that hangs on it; usage plans and API keys forget it. */
export function removeStage(transaction: Transaction, apiId: string, stageName: string): void {
  transaction.remove('stage', apiId, stageName);
  transaction.removeAll('stageHistory', historyParent(apiId, stageName));
  for (const plan of transaction.list('usagePlan', '')) {
    const apiStages = plan.apiStages.filter((one) => one.apiId !== apiId || one.stage !== stageName);
    if (apiStages.length < plan.apiStages.length)
      transaction.put('usagePlan', '', plan.id, { ...plan, apiStages });
  }
  for (const key of transaction.list('apiKey', '')) {
    const stageKeys = key.stageKeys.filter((one) => one !== `${apiId}/${stageName}`);
    if (stageKeys.length < key.stageKeys.length) transaction.put('apiKey', '', key.id, { ...key, stageKeys });
  }
}

const historyParent = (apiId: string, stageName: string): string => `${apiId}/${stageName}`;
const numberOf = (entry: StageHistoryEntry | undefined): number => entry?.number ?? 0;
const idOf = (count: number): string => String(count).padStart(9, '0');
