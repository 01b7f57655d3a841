// Functions as the function host is told of them.

import type {
  FunctionConfiguration,
  PublishedFunction,
  PublishedFunctionVersion,
} from '../../resources/index.ts';
import type { View } from '../../store/index.ts';
import type { Account } from '../api/handler.ts';
import { functionArn } from '../protocol/lambda/function-name.ts';
import { environmentConcurrency } from './environment-concurrency.ts';

export function publishedFunctions(view: View, account: Account): PublishedFunction[] {
  return view.list('lambdaFunction', '').map((latest): PublishedFunction => {
    const name = latest.functionName;
    return {
      functionName: name,
      functionArn: functionArn(account, name),
      reservedConcurrency: latest.reservedConcurrentExecutions ?? null,
      versions: [latest, ...view.list('functionVersion', name)].map(publishedVersion),
      aliases: view.list('functionAlias', name).map(({ name: alias, functionVersion, ...rest }) => ({
        name: alias,
        functionVersion,
        additionalVersionWeights: rest.additionalVersionWeights ?? {},
      })),
      policies: Object.fromEntries(
        view.list('functionPolicy', name).map(({ qualifier, policy }) => [qualifier, policy]),
      ),
      eventInvokeConfigs: Object.fromEntries(
        view.list('functionEventInvokeConfig', name).map((config) => [config.qualifier, config]),
      ),
    };
  });
}

const publishedVersion = (configuration: FunctionConfiguration): PublishedFunctionVersion => ({
  version: configuration.version,
  runtime: configuration.runtime,
  handler: configuration.handler ?? '',
  codeHash: configuration.codeHash,
  environment: configuration.environment?.variables ?? {},
  timeoutSeconds: configuration.timeout,
  memoryMb: configuration.memorySize,
  ephemeralStorageMb: configuration.ephemeralStorageSize,
  concurrencyPerEnvironment: environmentConcurrency(configuration),
});
