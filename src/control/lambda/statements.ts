// The resource policy of a function, or of one of its versions or aliases: statements in and out.

import { randomUUID } from 'node:crypto';
import type { FunctionPolicy } from '../../resources/index.ts';
import type { Transaction, View } from '../../store/index.ts';
import { LambdaException } from '../protocol/lambda/exceptions.ts';

export interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Principal: '*' | Readonly<Record<string, string>>;
  readonly Action: string;
  readonly Resource: string;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | boolean>>>>;
}

/** Of the document's text. */
const policyBytesMax = 20_480;

/** @param qualifier - '' of the unqualified function */
export const policyOf = (view: View, name: string, qualifier: string): FunctionPolicy | undefined =>
  view.get('functionPolicy', name, qualifier);

export function statementsOf(policy: FunctionPolicy | undefined): readonly PolicyStatement[] {
  if (policy === undefined) return [];
  return (JSON.parse(policy.policy) as { Statement: readonly PolicyStatement[] }).Statement;
}

/** Replaces them all; none of them: there is no policy any more. @throws PolicyLengthExceededException */
export function putStatements(
  transaction: Transaction,
  name: string,
  qualifier: string,
  statements: readonly PolicyStatement[],
): void {
  if (statements.length === 0) {
    transaction.remove('functionPolicy', name, qualifier);
    return;
  }
  const policy = JSON.stringify({ Version: '2012-10-17', Id: 'default', Statement: statements });
  const size = Buffer.byteLength(policy);
  if (size > policyBytesMax)
    throw new LambdaException(
      'PolicyLengthExceededException',
      400,
      `The final policy size (${size}) is bigger than the limit (${policyBytesMax}).`,
    );
  transaction.put('functionPolicy', name, qualifier, { qualifier, policy, revisionId: randomUUID() });
}
