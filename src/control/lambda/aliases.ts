// Aliases: names for versions, which may share their invocations with a second one.

import { randomUUID } from 'node:crypto';
import type { FunctionAlias } from '../../resources/index.ts';
import type { View } from '../../store/index.ts';
import { type Account, reads, writes } from '../api/handler.ts';
import { invalidParameter, resourceConflict } from '../protocol/lambda/exceptions.ts';
import { functionArn } from '../protocol/lambda/function-name.ts';
import type { CallInput } from '../protocol/services.ts';
import type { LambdaHandlers } from './functions.ts';
import { grantedToApis, grantToApis } from './grant-apis.ts';
import { aliasOf, checkRevision, functionOf, latestVersion, noFunction, referenceOf } from './lookup.ts';
import { markedPage } from './marker.ts';
import { presentAlias } from './present.ts';
import { removeQualified } from './write-function.ts';

export const aliases = {
  'lambda:CreateAlias': writes<'lambda:CreateAlias'>((input, transaction, { account }) => {
    const { functionName } = functionOf(transaction, referenceOf(input, account), account);
    const name = input.Name;
    if (name === '__proto__') throw invalidParameter(`"${name}" cannot be the name of an alias`);
    if (transaction.get('functionAlias', functionName, name) !== undefined)
      throw resourceConflict(`Alias already exists: ${functionArn(account, functionName, name)}`);
    const weights = weightsOf(input.RoutingConfig);
    const alias: FunctionAlias = {
      name,
      functionVersion: input.FunctionVersion,
      description: input.Description ?? '',
      ...(weights === undefined ? {} : { additionalVersionWeights: weights }),
      revisionId: randomUUID(),
    };
    checkAlias(transaction, functionName, alias, account);
    transaction.put('functionAlias', functionName, name, alias);
    // Whoever let APIs invoke the function by the command line means its aliases too.
    if (grantedToApis(transaction, functionName)) grantToApis(transaction, functionName, name, account);
    return presentAlias(alias, functionName, account);
  }),

  'lambda:GetAlias': reads<'lambda:GetAlias'>((input, view, { account }) => {
    const { functionName } = functionOf(view, referenceOf(input, account), account);
    return presentAlias(aliasOf(view, functionName, input.Name, account), functionName, account);
  }),

  'lambda:ListAliases': reads<'lambda:ListAliases'>((input, view, { account }) => {
    const { functionName } = functionOf(view, referenceOf(input, account), account);
    const all = view
      .list('functionAlias', functionName)
      .filter(
        ({ functionVersion }) =>
          input.FunctionVersion === undefined || input.FunctionVersion === functionVersion,
      );
    const { items, next } = markedPage(all, input, ({ name }) => name);
    return { Aliases: items.map((one) => presentAlias(one, functionName, account)), NextMarker: next };
  }),

  'lambda:UpdateAlias': writes<'lambda:UpdateAlias'>((input, transaction, { account }) => {
    const { functionName } = functionOf(transaction, referenceOf(input, account), account);
    const { additionalVersionWeights: before, ...rest } = aliasOf(
      transaction,
      functionName,
      input.Name,
      account,
    );
    checkRevision(input.RevisionId, rest.revisionId, 'GetAlias');
    const weights = input.RoutingConfig === undefined ? before : weightsOf(input.RoutingConfig);
    const alias: FunctionAlias = {
      ...rest,
      functionVersion: input.FunctionVersion ?? rest.functionVersion,
      description: input.Description ?? rest.description,
      ...(weights === undefined ? {} : { additionalVersionWeights: weights }),
      revisionId: randomUUID(),
    };
    checkAlias(transaction, functionName, alias, account);
    transaction.put('functionAlias', functionName, alias.name, alias);
    return presentAlias(alias, functionName, account);
  }),

  // One that is not there is gone already: the service says so too.
  'lambda:DeleteAlias': writes<'lambda:DeleteAlias'>((input, transaction, { account }) => {
    const { functionName } = functionOf(transaction, referenceOf(input, account), account);
    if (transaction.get('functionAlias', functionName, input.Name) === undefined) return;
    transaction.remove('functionAlias', functionName, input.Name);
    removeQualified(transaction, functionName, input.Name);
  }),
} satisfies Partial<LambdaHandlers>;

/** undefined: the alias has all invocations for its own version. */
function weightsOf(given: CallInput<'lambda:CreateAlias'>['RoutingConfig']) {
  const weights = given?.AdditionalVersionWeights ?? {};
  return Object.keys(weights).length === 0 ? undefined : weights;
}

/** @throws ResourceNotFoundException, InvalidParameterValueException */
function checkAlias(view: View, name: string, alias: FunctionAlias, account: Account): void {
  const { functionVersion, additionalVersionWeights = {} } = alias;
  const additional = Object.keys(additionalVersionWeights);
  for (const qualifier of [functionVersion, ...additional]) {
    const isThere = qualifier === latestVersion || view.get('functionVersion', name, qualifier) !== undefined;
    if (!isThere) throw noFunction({ name, qualifier }, account);
  }
  if (additional.length === 0) return;
  if (additional.length > 1)
    throw invalidParameter('Number of items in AdditionalVersionWeights cannot be greater than 1');
  if (functionVersion === latestVersion)
    throw invalidParameter('$LATEST is not supported for an alias pointing to more than 1 version');
  if (additional[0] === functionVersion)
    throw invalidParameter(
      `Invalid function version ${functionVersion}. Function version ${functionVersion} is already included in routing configuration.`,
    );
}
