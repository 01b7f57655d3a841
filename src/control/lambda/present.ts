// Functions, versions and aliases as the wire shows them.

import type { FunctionAlias, FunctionConfiguration } from '../../resources/index.ts';
import type { Account } from '../api/handler.ts';
import { concurrencyDefault } from '../deployment/environment-concurrency.ts';
import { functionArn } from '../protocol/lambda/function-name.ts';

/** @param qualifier - as the ARN is to have it; null: unqualified */
export function presentConfiguration(
  configuration: FunctionConfiguration,
  account: Account,
  qualifier: string | null,
) {
  const { functionName, environment } = configuration;
  return {
    FunctionName: functionName,
    FunctionArn: functionArn(account, functionName, qualifier),
    Runtime: configuration.runtime,
    Role: configuration.role,
    Handler: configuration.handler,
    CodeSize: configuration.codeSize,
    Description: configuration.description,
    Timeout: configuration.timeout,
    MemorySize: configuration.memorySize,
    LastModified: lambdaTime(configuration.lastModified),
    CodeSha256: configuration.codeSha256,
    Version: configuration.version,
    Environment: environment === undefined ? undefined : { Variables: environment.variables },
    TracingConfig: { Mode: 'PassThrough' },
    RevisionId: configuration.revisionId,
    // Code is unpacked before a change is acknowledged, so nobody has to wait for it.
    State: 'Active',
    LastUpdateStatus: 'Successful',
    PackageType: 'Zip',
    Architectures: configuration.architectures,
    EphemeralStorage: { Size: configuration.ephemeralStorageSize },
    SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
    LoggingConfig: { LogFormat: 'Text', LogGroup: `/aws/lambda/${functionName}` },
    CapacityProviderConfig: presentCapacityProvider(configuration),
  };
}

function presentCapacityProvider({ runtime, capacityProvider }: FunctionConfiguration) {
  if (capacityProvider === undefined) return undefined;
  const { capacityProviderArn, perExecutionEnvironmentMaxConcurrency: max } = capacityProvider;
  return {
    LambdaManagedInstancesCapacityProviderConfig: {
      CapacityProviderArn: capacityProviderArn,
      PerExecutionEnvironmentMaxConcurrency: max ?? concurrencyDefault(runtime),
    },
  };
}

/** `2024-01-02T03:04:05.678+0000` */
const lambdaTime = (iso: string): string => new Date(iso).toISOString().replace('Z', '+0000');

export const presentAlias = (alias: FunctionAlias, functionName: string, account: Account) => ({
  AliasArn: functionArn(account, functionName, alias.name),
  Name: alias.name,
  FunctionVersion: alias.functionVersion,
  Description: alias.description,
  RoutingConfig:
    alias.additionalVersionWeights === undefined
      ? undefined
      : { AdditionalVersionWeights: alias.additionalVersionWeights },
  RevisionId: alias.revisionId,
});
