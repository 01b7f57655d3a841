// How asynchronous invocations of a function, version or alias are treated.

import type { FunctionEventInvokeConfig } from '../../resources/index.ts';
import type { View } from '../../store/index.ts';
import { type Account, type Context, reads, writes } from '../api/handler.ts';
import { invalidParameter, resourceNotFound } from '../protocol/lambda/exceptions.ts';
import { functionArn, readFunctionName } from '../protocol/lambda/function-name.ts';
import type { CallInput } from '../protocol/services.ts';
import type { LambdaHandlers } from './functions.ts';
import { functionOf, latestVersion, referenceOf, versionOf } from './lookup.ts';
import { markedPage } from './marker.ts';

type Given = CallInput<'lambda:PutFunctionEventInvokeConfig'>;

export const eventInvokeConfigs = {
  'lambda:PutFunctionEventInvokeConfig': writes<'lambda:PutFunctionEventInvokeConfig'>(
    (input, transaction, context) => {
      const { name, qualifier } = placeOf(transaction, input, context.account);
      const { MaximumRetryAttempts, MaximumEventAgeInSeconds, DestinationConfig } = input;
      if (
        [MaximumRetryAttempts, MaximumEventAgeInSeconds, DestinationConfig].every((one) => one === undefined)
      )
        throw invalidParameter('You must specify at least one of error handling or destination setting.');
      const config = configOf(input, {}, qualifier, context);
      transaction.put('functionEventInvokeConfig', name, qualifier, config);
      return present(config, name, context.account);
    },
  ),

  'lambda:UpdateFunctionEventInvokeConfig': writes<'lambda:UpdateFunctionEventInvokeConfig'>(
    (input, transaction, context) => {
      const { name, qualifier, config: before } = configAt(transaction, input, context.account);
      const config = configOf(input, before, qualifier, context);
      transaction.put('functionEventInvokeConfig', name, qualifier, config);
      return present(config, name, context.account);
    },
  ),

  'lambda:GetFunctionEventInvokeConfig': reads<'lambda:GetFunctionEventInvokeConfig'>(
    (input, view, { account }) => {
      const { name, config } = configAt(view, input, account);
      return present(config, name, account);
    },
  ),

  'lambda:ListFunctionEventInvokeConfigs': reads<'lambda:ListFunctionEventInvokeConfigs'>(
    (input, view, { account }) => {
      const { functionName } = functionOf(view, referenceOf(input, account), account);
      const all = view.list('functionEventInvokeConfig', functionName);
      const { items, next } = markedPage(all, input, ({ qualifier }) => qualifier);
      return {
        FunctionEventInvokeConfigs: items.map((one) => present(one, functionName, account)),
        NextMarker: next,
      };
    },
  ),

  'lambda:DeleteFunctionEventInvokeConfig': writes<'lambda:DeleteFunctionEventInvokeConfig'>(
    (input, transaction, { account }) => {
      const { name, qualifier } = configAt(transaction, input, account);
      transaction.remove('functionEventInvokeConfig', name, qualifier);
    },
  ),
} satisfies Partial<LambdaHandlers>;

type Place = Pick<Given, 'FunctionName' | 'Qualifier'>;

/** @throws ResourceNotFoundException */
function placeOf(view: View, given: Place, account: Account): { name: string; qualifier: string } {
  const reference = referenceOf(given, account);
  versionOf(view, reference, account);
  return { name: reference.name, qualifier: reference.qualifier ?? latestVersion };
}

function configAt(view: View, given: Place, account: Account) {
  const place = placeOf(view, given, account);
  const config = view.get('functionEventInvokeConfig', place.name, place.qualifier);
  if (config === undefined)
    throw resourceNotFound(
      `The function ${functionArn(account, place.name, place.qualifier)} doesn't have an EventInvokeConfig`,
    );
  return { ...place, config };
}

/** What is given, laid over what was. */
function configOf(
  given: Omit<Given, 'FunctionName'>,
  before: Partial<FunctionEventInvokeConfig>,
  qualifier: string,
  { account, now }: Context,
): FunctionEventInvokeConfig {
  const { OnSuccess, OnFailure } = given.DestinationConfig ?? {};
  const maximumRetryAttempts = given.MaximumRetryAttempts ?? before.maximumRetryAttempts;
  const maximumEventAgeInSeconds = given.MaximumEventAgeInSeconds ?? before.maximumEventAgeInSeconds;
  const onSuccess = destinationOf(OnSuccess, before.onSuccess, account);
  const onFailure = destinationOf(OnFailure, before.onFailure, account);
  return {
    qualifier,
    ...(maximumRetryAttempts === undefined ? {} : { maximumRetryAttempts }),
    ...(maximumEventAgeInSeconds === undefined ? {} : { maximumEventAgeInSeconds }),
    lastModified: now(),
    ...(onSuccess === undefined ? {} : { onSuccess }),
    ...(onFailure === undefined ? {} : { onFailure }),
  };
}

/** Only functions can be told: queues, topics and buses are not here. @throws InvalidParameterValueException */
function destinationOf(
  given: { readonly Destination?: string } | undefined,
  before: string | undefined,
  account: Account,
): string | undefined {
  if (given === undefined) return before;
  const { Destination: arn = '' } = given;
  if (arn === '') return undefined;
  if (!arn.startsWith(`arn:${account.partition}:lambda:`) || readFunctionName(arn) === null)
    throw invalidParameter(
      `The provided destination config DestinationConfig is invalid: "${arn}" is not the ARN of a function, and this gateway tells functions alone.`,
    );
  return arn;
}

const present = (config: FunctionEventInvokeConfig, name: string, account: Account) => ({
  LastModified: Date.parse(config.lastModified) / 1000,
  FunctionArn: functionArn(account, name, config.qualifier),
  MaximumRetryAttempts: config.maximumRetryAttempts,
  MaximumEventAgeInSeconds: config.maximumEventAgeInSeconds,
  DestinationConfig: {
    OnSuccess: config.onSuccess === undefined ? {} : { Destination: config.onSuccess },
    OnFailure: config.onFailure === undefined ? {} : { Destination: config.onFailure },
  },
});
