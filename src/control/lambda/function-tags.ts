// Tags of functions, by ARN.

import type { LambdaFunction } from '../../resources/index.ts';
import type { View } from '../../store/index.ts';
import { type Account, reads, writes } from '../api/handler.ts';
import { invalidParameter, resourceNotFound } from '../protocol/lambda/exceptions.ts';
import { readFunctionName } from '../protocol/lambda/function-name.ts';
import type { LambdaHandlers } from './functions.ts';
import { functionOf, referenceOf } from './lookup.ts';

type Tags = Readonly<Record<string, string>>;

const tagsMax = 50;

export const functionTags = {
  'lambda:TagResource': writes<'lambda:TagResource'>((input, transaction, { account }) => {
    const latest = taggedAt(transaction, input.Resource, account);
    const tags = { ...latest.tags, ...input.Tags };
    checkFunctionTags(input.Tags);
    checkFunctionTags(tags);
    transaction.put('lambdaFunction', '', latest.functionName, { ...latest, tags });
  }),

  'lambda:UntagResource': writes<'lambda:UntagResource'>((input, transaction, { account }) => {
    const { tags = {}, ...latest } = taggedAt(transaction, input.Resource, account);
    const left = Object.fromEntries(Object.entries(tags).filter(([key]) => !input.TagKeys.includes(key)));
    const isNone = Object.keys(left).length === 0;
    transaction.put('lambdaFunction', '', latest.functionName, {
      ...latest,
      ...(isNone ? {} : { tags: left }),
    });
  }),

  'lambda:ListTags': reads<'lambda:ListTags'>((input, view, { account }) => ({
    Tags: taggedAt(view, input.Resource, account).tags ?? {},
  })),
} satisfies Partial<LambdaHandlers>;

/** @throws InvalidParameterValueException */
export function checkFunctionTags(tags: Tags): void {
  if (Object.keys(tags).length > tagsMax)
    throw invalidParameter(`Number of tags exceeds resource tag limit of ${tagsMax}.`);
  if (Object.keys(tags).some((key) => /^aws:/i.test(key)))
    throw invalidParameter('Tag keys starting with "aws:" are reserved.');
}

function taggedAt(view: View, arn: string, account: Account): LambdaFunction {
  if (!arn.startsWith('arn:') || readFunctionName(arn) === null)
    throw resourceNotFound(`The resource ${arn} does not exist: only functions can be tagged here`);
  const reference = referenceOf({ FunctionName: arn }, account);
  if (reference.qualifier !== null)
    throw invalidParameter(
      'Tags on function aliases and versions are not supported. Please specify either a function name or an unqualified function ARN.',
    );
  return functionOf(view, reference, account);
}
