// Reserved concurrency: how many invocations of a function may run at once, and what the account has in all.

import type { View } from '../../store/index.ts';
import { reads, writes } from '../api/handler.ts';
import { unzippedBytesMax, zippedBytesMax } from '../code/code-error.ts';
import { invalidParameter } from '../protocol/lambda/exceptions.ts';
import type { LambdaHandlers } from './functions.ts';
import { functionOf, referenceOf } from './lookup.ts';
import { codeStorageBytesMax, codeStorageUsed } from './write-function.ts';

const executionsMax = 1_000;
/** What functions without a reservation are left. */
const unreservedMin = 100;

export const concurrency = {
  'lambda:PutFunctionConcurrency': writes<'lambda:PutFunctionConcurrency'>(
    (input, transaction, { account }) => {
      const latest = functionOf(transaction, referenceOf(input, account), account);
      const reserved = input.ReservedConcurrentExecutions;
      const others = reservedOf(transaction) - (latest.reservedConcurrentExecutions ?? 0);
      if (executionsMax - others - reserved < unreservedMin)
        throw invalidParameter(
          `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${unreservedMin}].`,
        );
      transaction.put('lambdaFunction', '', latest.functionName, {
        ...latest,
        reservedConcurrentExecutions: reserved,
      });
      return { ReservedConcurrentExecutions: reserved };
    },
  ),

  'lambda:GetFunctionConcurrency': reads<'lambda:GetFunctionConcurrency'>((input, view, { account }) => ({
    ReservedConcurrentExecutions: functionOf(view, referenceOf(input, account), account)
      .reservedConcurrentExecutions,
  })),

  'lambda:DeleteFunctionConcurrency': writes<'lambda:DeleteFunctionConcurrency'>(
    (input, transaction, { account }) => {
      const { reservedConcurrentExecutions: _, ...latest } = functionOf(
        transaction,
        referenceOf(input, account),
        account,
      );
      transaction.put('lambdaFunction', '', latest.functionName, latest);
    },
  ),

  'lambda:GetAccountSettings': reads<'lambda:GetAccountSettings'>((_, view) => ({
    AccountLimit: {
      TotalCodeSize: codeStorageBytesMax,
      CodeSizeUnzipped: unzippedBytesMax,
      CodeSizeZipped: zippedBytesMax,
      ConcurrentExecutions: executionsMax,
      UnreservedConcurrentExecutions: executionsMax - reservedOf(view),
    },
    AccountUsage: {
      TotalCodeSize: codeStorageUsed(view),
      FunctionCount: view.list('lambdaFunction', '').length,
    },
  })),
} satisfies Partial<LambdaHandlers>;

const reservedOf = (view: View): number =>
  view
    .list('lambdaFunction', '')
    .reduce((sum, { reservedConcurrentExecutions = 0 }) => sum + reservedConcurrentExecutions, 0);
