// Acts of the command line on functions: `sluice functions ...`. Arguments and results are data.

import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import type { InvocationType } from '../../functions/functions.ts';
import type { FunctionAlias, LambdaFunction } from '../../resources/index.ts';
import type { Transaction } from '../../store/index.ts';
import type { Caller } from '../api/handler.ts';
import type { InstalledCode } from '../code/code-store.ts';
import type { ControlPlane } from '../control-plane.ts';
import { environmentConcurrency } from '../deployment/environment-concurrency.ts';
import { invokeFunction } from '../invoke-function.ts';
import { checkNewName } from '../lambda/functions.ts';
import { grantToApis, revokeFromApis } from '../lambda/grant-apis.ts';
import { versionOf } from '../lambda/lookup.ts';
import { type Settings, settingsDefault, settingsGiven } from '../lambda/settings.ts';
import {
  newFunction,
  publishVersion,
  putFunction,
  withCode,
  withSettings,
} from '../lambda/write-function.ts';
import { checkMembers, spelled, validationFailed } from '../protocol/constraints.ts';
import { AwsException } from '../protocol/exceptions.ts';
import { invalidParameter } from '../protocol/lambda/exceptions.ts';
import { functionArn } from '../protocol/lambda/function-name.ts';
import { lambdaOperations } from '../protocol/lambda/operations.ts';

/** A function as it is to be. Absent members are as they were, or as Lambda's defaults are. */
export interface AddFunction {
  readonly functionName: string;
  /** Absolute path of a folder or of a zip file. */
  readonly code: string;
  readonly runtime?: string;
  readonly handler?: string;
  readonly role?: string;
  readonly description?: string;
  /** Seconds. */
  readonly timeout?: number;
  /** MB. */
  readonly memorySize?: number;
  /** Of the environment: all of them. */
  readonly variables?: Readonly<Record<string, string>>;
  /** MB. */
  readonly ephemeralStorageSize?: number;
  /** null = none. */
  readonly reservedConcurrentExecutions?: number | null;
  /**
   * Invocations at once in one environment, 1 to 1600. Above 1 the function has a capacity provider: its own, or the
   * one of this machine; 1 takes it away.
   */
  readonly environmentConcurrency?: number;
  /** Whether a version is made of it, unless the last one is the same. */
  readonly publish?: boolean;
  /** Whether all APIs of this account may invoke it and its aliases. Default true. */
  readonly allowApis?: boolean;
}

export interface AddedFunction {
  readonly functionName: string;
  readonly functionArn: string;
  readonly outcome: 'created' | 'updated' | 'unchanged';
  /** The number of the version that was asked for; `$LATEST` where none was. */
  readonly version: string;
  readonly codeSha256: string;
  /** Bytes of the zip. */
  readonly codeSize: number;
  /** Invocations at once in one environment, as the host has it: 1 for Python, whatever was asked for. */
  readonly environmentConcurrency: number;
}

export interface ListedFunction {
  readonly functionName: string;
  readonly functionArn: string;
  readonly runtime: string;
  readonly handler: string | null;
  readonly timeout: number;
  readonly memorySize: number;
  readonly codeSize: number;
  /** ISO 8601. */
  readonly lastModified: string;
  readonly reservedConcurrentExecutions: number | null;
  /** Invocations at once in one environment, as the host has it. */
  readonly environmentConcurrency: number;
  /** Numbers. */
  readonly versions: readonly string[];
  readonly aliases: readonly Pick<FunctionAlias, 'name' | 'functionVersion' | 'additionalVersionWeights'>[];
}

export interface InvokedFunction {
  readonly requestId: string;
  readonly executedVersion: string;
  readonly functionError: 'Handled' | 'Unhandled' | null;
  /** JSON text; empty unless it was waited for. */
  readonly payload: string;
  readonly logTail: string | null;
}

export const functionActs = {
  /** Makes a function, or what there is of that name as it is to be. @throws InvalidParameterValueException */
  addFunction: async (wanted: AddFunction, { services, code }: ControlPlane): Promise<AddedFunction> => {
    const { store, account, now } = services;
    checkNewName(wanted.functionName);
    settingsOf(wanted, store.view.get('lambdaFunction', '', wanted.functionName), account);
    const installed = await codeAt(wanted.code, code);
    return store.write((transaction) => {
      const name = wanted.functionName;
      const before = transaction.get('lambdaFunction', '', name);
      const settings = settingsOf(wanted, before, account);
      const latest = putWanted(transaction, wanted, before, settings, installed, now());
      for (const qualifier of ['', ...transaction.list('functionAlias', name).map((alias) => alias.name)]) {
        if (wanted.allowApis === false) revokeFromApis(transaction, name, qualifier);
        else grantToApis(transaction, name, qualifier, account);
      }
      const isSame = before !== undefined && before.revisionId === latest.revisionId;
      return {
        functionName: name,
        functionArn: functionArn(account, name),
        outcome: before === undefined ? 'created' : isSame ? 'unchanged' : 'updated',
        version: wanted.publish === true ? publishVersion(transaction, latest, undefined).version : '$LATEST',
        codeSha256: latest.codeSha256,
        codeSize: latest.codeSize,
        environmentConcurrency: environmentConcurrency(latest),
      };
    });
  },

  listFunctions: (_: undefined, { services: { store, account } }: ControlPlane): ListedFunction[] => {
    const { view } = store;
    return view.list('lambdaFunction', '').map((latest) => ({
      functionName: latest.functionName,
      functionArn: functionArn(account, latest.functionName),
      runtime: latest.runtime,
      handler: latest.handler ?? null,
      timeout: latest.timeout,
      memorySize: latest.memorySize,
      codeSize: latest.codeSize,
      lastModified: latest.lastModified,
      reservedConcurrentExecutions: latest.reservedConcurrentExecutions ?? null,
      environmentConcurrency: environmentConcurrency(latest),
      versions: view.list('functionVersion', latest.functionName).map(({ version }) => version),
      aliases: view
        .list('functionAlias', latest.functionName)
        .map(({ name, functionVersion, additionalVersionWeights }) => ({
          name,
          functionVersion,
          ...(additionalVersionWeights === undefined ? {} : { additionalVersionWeights }),
        })),
    }));
  },

  /** With its versions, aliases and policies. @throws ResourceNotFoundException */
  removeFunction: async (
    { functionName }: { readonly functionName: string },
    control: ControlPlane,
    caller: Caller,
  ): Promise<void> => {
    await control.call('lambda:DeleteFunction', { FunctionName: functionName }, caller);
  },

  /** @throws what the Invoke operation throws */
  invokeFunction: async (
    asked: {
      readonly functionName: string;
      readonly qualifier?: string;
      /** JSON text. */
      readonly payload?: string;
      readonly type?: InvocationType;
      /** Base64 of JSON. */
      readonly clientContext?: string;
    },
    { services }: ControlPlane,
    caller: Caller,
  ): Promise<InvokedFunction> => {
    const { store, account, functions } = services;
    const { functionName, qualifier = null } = asked;
    versionOf(store.view, { name: functionName, qualifier }, account);
    const result = await invokeFunction(functions, {
      functionName,
      qualifier,
      type: asked.type ?? 'RequestResponse',
      payload: asked.payload ?? '',
      by: { kind: 'identity', arn: caller.arn },
      clientContext: asked.clientContext ?? null,
      traceId: null,
      wantsLogTail: true,
    });
    if (result.outcome === 'lost') throw new AwsException('ServiceException', 503, result.detail);
    if (result.outcome === 'refused') throw new AwsException(result.type, result.status, result.message);
    const { requestId, executedVersion, functionError, payload, logTail } = result;
    return {
      requestId,
      executedVersion,
      functionError,
      payload: Buffer.from(payload).toString(),
      logTail,
    };
  },
} as const;

const checkSettings = checkMembers(lambdaOperations.UpdateFunctionConfiguration.members, (_, name) =>
  spelled(name),
)!;

/** @throws ValidationException, InvalidParameterValueException */
function settingsOf(
  wanted: AddFunction,
  before: LambdaFunction | undefined,
  account: ControlPlane['services']['account'],
): Settings {
  const { runtime, handler, role, description, timeout, memorySize, variables, ephemeralStorageSize } =
    wanted;
  const given = {
    FunctionName: wanted.functionName,
    ...(runtime === undefined ? {} : { Runtime: runtime }),
    ...(handler === undefined ? {} : { Handler: handler }),
    ...(role === undefined ? {} : { Role: role }),
    ...(description === undefined ? {} : { Description: description }),
    ...(timeout === undefined ? {} : { Timeout: timeout }),
    ...(memorySize === undefined ? {} : { MemorySize: memorySize }),
    ...(variables === undefined ? {} : { Environment: { Variables: variables } }),
    ...(ephemeralStorageSize === undefined ? {} : { EphemeralStorage: { Size: ephemeralStorageSize } }),
    ...capacityOf(wanted, before, account),
  };
  const failures: string[] = [];
  checkSettings(given, '', failures);
  if (failures.length > 0) throw validationFailed(failures);
  // Functions here are called as nobody; a role is only a name that the API shows.
  const role0 = `arn:${account.partition}:iam::${account.accountId}:role/sluice-functions`;
  const settings = settingsGiven(given, before ?? { ...settingsDefault, role: role0 });
  if (wanted.environmentConcurrency !== 1) return settings;
  // Lambda's operations have no way to take it away.
  const { capacityProvider: _, ...others } = settings;
  return others;
}

/** The capacity provider as an update gives it; nothing where it is to stay as it is, or to go. */
function capacityOf(
  { environmentConcurrency: atOnce }: AddFunction,
  before: LambdaFunction | undefined,
  account: ControlPlane['services']['account'],
) {
  if (atOnce === undefined || atOnce === 1) return {};
  const { partition, region, accountId } = account;
  const ofMachine = `arn:${partition}:lambda:${region}:${accountId}:capacity-provider:machine`;
  const inner = {
    CapacityProviderArn: before?.capacityProvider?.capacityProviderArn ?? ofMachine,
    PerExecutionEnvironmentMaxConcurrency: atOnce,
  };
  return { CapacityProviderConfig: { LambdaManagedInstancesCapacityProviderConfig: inner } };
}

async function codeAt(path: string, code: ControlPlane['code']): Promise<InstalledCode> {
  if (!isAbsolute(path)) throw invalidParameter(`"${path}" is not an absolute path`);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) throw invalidParameter(`"${path}" is not there`);
  if (stats.isDirectory()) return code.importFolder(path);
  if (!stats.isFile()) throw invalidParameter(`"${path}" is neither a folder nor a zip file`);
  return code.installZip(await readFile(path));
}

/** @returns what is there then: with its revision of before where nothing is to change */
function putWanted(
  transaction: Transaction,
  wanted: AddFunction,
  before: LambdaFunction | undefined,
  settings: Settings,
  code: InstalledCode,
  now: string,
): LambdaFunction {
  if (before === undefined)
    return putFunction(
      transaction,
      reserved(
        newFunction(wanted.functionName, settings, code, { architectures: ['x86_64'] }, now),
        wanted.reservedConcurrentExecutions,
      ),
    );
  const after = reserved(
    withCode(withSettings(before, settings, now), code, now),
    wanted.reservedConcurrentExecutions,
  );
  const { lastModified, revisionId } = before;
  const isSame = sorted({ ...after, lastModified, revisionId }) === sorted(before);
  return isSame ? before : putFunction(transaction, after);
}

const sorted = (latest: LambdaFunction): string =>
  JSON.stringify(Object.entries(latest).sort(([a], [b]) => (a < b ? -1 : 1)));

function reserved(latest: LambdaFunction, wanted: number | null | undefined): LambdaFunction {
  if (wanted === undefined) return latest;
  const { reservedConcurrentExecutions: _, ...rest } = latest;
  return wanted === null ? rest : { ...rest, reservedConcurrentExecutions: wanted };
}
