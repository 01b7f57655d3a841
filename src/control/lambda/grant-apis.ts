// The statement by which the APIs of this account may invoke a function: what the console of API Gateway adds for one
// method, said once for all.

import type { Transaction, View } from '../../store/index.ts';
import type { Account } from '../api/handler.ts';
import { functionArn } from '../protocol/lambda/function-name.ts';
import { policyOf, putStatements, statementsOf } from './statements.ts';

const apisSid = 'sluice-apis';

/** Whether they may invoke the unqualified function by that statement. */
export const grantedToApis = (view: View, name: string): boolean =>
  statementsOf(policyOf(view, name, '')).some(({ Sid }) => Sid === apisSid);

/** @param qualifier - '' of the unqualified function */
export function grantToApis(
  transaction: Transaction,
  name: string,
  qualifier: string,
  account: Account,
): void {
  const statements = statementsOf(policyOf(transaction, name, qualifier));
  if (statements.some(({ Sid }) => Sid === apisSid)) return;
  const { partition, region, accountId } = account;
  const sourceArn = `arn:${partition}:execute-api:${region}:${accountId}:*`;
  putStatements(transaction, name, qualifier, [
    ...statements,
    {
      Sid: apisSid,
      Effect: 'Allow',
      Principal: { Service: 'apigateway.amazonaws.com' },
      Action: 'lambda:InvokeFunction',
      Resource: functionArn(account, name, qualifier === '' ? null : qualifier),
      Condition: { ArnLike: { 'AWS:SourceArn': sourceArn } },
    },
  ]);
}

/** @param qualifier - '' of the unqualified function */
export function revokeFromApis(transaction: Transaction, name: string, qualifier: string): void {
  const statements = statementsOf(policyOf(transaction, name, qualifier));
  const left = statements.filter(({ Sid }) => Sid !== apisSid);
  if (left.length < statements.length) putStatements(transaction, name, qualifier, left);
}
