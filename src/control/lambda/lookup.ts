// Looking functions up by what clients call them, with the refusals that operations share.

import type { FunctionAlias, FunctionConfiguration, LambdaFunction } from '../../resources/index.ts';
import type { View } from '../../store/index.ts';
import type { Account } from '../api/handler.ts';
import { invalidParameter, resourceNotFound, revisionMismatch } from '../protocol/lambda/exceptions.ts';
import { functionArn, readFunctionName } from '../protocol/lambda/function-name.ts';

/** A function, or one of its versions or aliases. */
export interface FunctionReference {
  readonly name: string;
  /** null: unqualified. */
  readonly qualifier: string | null;
}

interface Given {
  readonly FunctionName: string;
  readonly Qualifier?: string;
}

/** @throws InvalidParameterValueException, ResourceNotFoundException for what is not in this region or account */
export function referenceOf({ FunctionName, Qualifier }: Given, account: Account): FunctionReference {
  const named = readFunctionName(FunctionName);
  if (named === null) throw invalidParameter(`"${FunctionName}" is no name of a function`);
  const { name, region, accountId } = named;
  if (named.qualifier !== null && Qualifier !== undefined && named.qualifier !== Qualifier)
    throw invalidParameter(
      'The derived qualifier from the function name does not match the specified qualifier.',
    );
  const qualifier = named.qualifier ?? Qualifier ?? null;
  if (region !== null && region !== account.region)
    throw resourceNotFound(
      `Functions from '${region}' are not reachable in this region ('${account.region}')`,
    );
  if (accountId !== null && accountId !== account.accountId)
    throw resourceNotFound(`Function not found: ${functionArn({ ...account, accountId }, name, qualifier)}`);
  return { name, qualifier };
}

/** @throws ResourceNotFoundException */
export function functionOf(view: View, reference: FunctionReference, account: Account): LambdaFunction {
  const latest = view.get('lambdaFunction', '', reference.name);
  if (latest === undefined) throw noFunction(reference, account);
  return latest;
}

/** The version that a qualifier stands for; of an alias, its main one. @throws ResourceNotFoundException */
export function versionOf(view: View, reference: FunctionReference, account: Account): FunctionConfiguration {
  const { name, qualifier } = reference;
  const latest = functionOf(view, reference, account);
  if (qualifier === null || qualifier === latestVersion) return latest;
  const number = view.get('functionAlias', name, qualifier)?.functionVersion ?? qualifier;
  const version = number === latestVersion ? latest : view.get('functionVersion', name, number);
  if (version === undefined) throw noFunction(reference, account);
  return version;
}

export const latestVersion = '$LATEST';

export const noFunction = ({ name, qualifier }: FunctionReference, account: Account) =>
  resourceNotFound(`Function not found: ${functionArn(account, name, qualifier)}`);

/** @throws ResourceNotFoundException */
export function aliasOf(view: View, name: string, alias: string, account: Account): FunctionAlias {
  const found = view.get('functionAlias', name, alias);
  if (found === undefined)
    throw resourceNotFound(`Cannot find alias arn: ${functionArn(account, name, alias)}`);
  return found;
}

/** @param operations - which give the present revision @throws PreconditionFailedException */
export function checkRevision(given: string | undefined, present: string, operations: string): void {
  if (given !== undefined && given !== '' && given !== present) throw revisionMismatch(operations);
}
