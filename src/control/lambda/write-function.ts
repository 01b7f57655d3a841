// Making, changing and removing functions in the store: for the operations of Lambda and for the command line.

import { randomUUID } from 'node:crypto';
import type { FunctionConfiguration, LambdaFunction } from '../../resources/index.ts';
import type { Transaction, View } from '../../store/index.ts';
import type { InstalledCode } from '../code/code-store.ts';
import { LambdaException } from '../protocol/lambda/exceptions.ts';
import type { Settings } from './settings.ts';

/** Bytes of the zip files of all functions and versions. */
export const codeStorageBytesMax = 75 * 2 ** 30;

export function newFunction(
  name: string,
  settings: Settings,
  code: InstalledCode,
  more: Pick<LambdaFunction, 'architectures' | 'tags'>,
  now: string,
): LambdaFunction {
  return {
    functionName: name,
    version: '$LATEST',
    ...settings,
    ...code,
    ...more,
    lastModified: now,
    revisionId: randomUUID(),
    nextVersion: 1,
  };
}

/** Puts a function that was made or changed. @throws CodeStorageExceededException */
export function putFunction(transaction: Transaction, latest: LambdaFunction): LambdaFunction {
  transaction.put('lambdaFunction', '', latest.functionName, latest);
  if (codeStorageUsed(transaction) > codeStorageBytesMax)
    throw new LambdaException('CodeStorageExceededException', 400, 'Code storage limit exceeded.');
  return latest;
}

/** With its settings as given; another revision. */
export function withSettings(latest: LambdaFunction, settings: Settings, now: string): LambdaFunction {
  const { handler: _, environment: __, capacityProvider: ___, ...rest } = latest;
  return { ...rest, ...settings, lastModified: now, revisionId: randomUUID() };
}

export const withCode = (latest: LambdaFunction, code: InstalledCode, now: string): LambdaFunction => ({
  ...latest,
  ...code,
  lastModified: now,
  revisionId: randomUUID(),
});

export const codeStorageUsed = (view: View): number =>
  view
    .list('lambdaFunction', '')
    .flatMap((latest): readonly FunctionConfiguration[] => [
      latest,
      ...view.list('functionVersion', latest.functionName),
    ])
    .reduce((sum, { codeSize }) => sum + codeSize, 0);

/** Of a function, what differs from version to version. */
export function configurationOf(latest: LambdaFunction): FunctionConfiguration {
  const { reservedConcurrentExecutions: _, tags: __, nextVersion: ___, ...configuration } = latest;
  return configuration;
}

/** Freezes `$LATEST` as a version, unless it is as the last one was. */
export function publishVersion(
  transaction: Transaction,
  latest: LambdaFunction,
  description: string | undefined,
): FunctionConfiguration {
  const name = latest.functionName;
  const last = transaction.list('functionVersion', name).at(-1);
  if (last !== undefined && isSameVersion(last, configurationOf(latest))) return last;
  const version: FunctionConfiguration = {
    ...configurationOf(latest),
    version: String(latest.nextVersion),
    ...(description === undefined || description === '' ? {} : { description }),
    revisionId: randomUUID(),
  };
  transaction.put('functionVersion', name, version.version, version);
  putFunction(transaction, { ...latest, nextVersion: latest.nextVersion + 1 });
  return version;
}

/** A description may be the version's own. */
function isSameVersion(a: FunctionConfiguration, b: FunctionConfiguration): boolean {
  const compared = (one: FunctionConfiguration) =>
    JSON.stringify(
      Object.entries({ ...one, version: '', description: '', lastModified: '', revisionId: '' }).sort(
        ([x], [y]) => (x < y ? -1 : 1),
      ),
    );
  return compared(a) === compared(b);
}

/** With all versions, aliases, policies and settings. */
export function removeFunction(transaction: Transaction, name: string): void {
  for (const kind of [
    'functionVersion',
    'functionAlias',
    'functionPolicy',
    'functionEventInvokeConfig',
  ] as const)
    transaction.removeAll(kind, name);
  transaction.remove('lambdaFunction', '', name);
}

/** What belongs to a version or an alias goes with it. */
export function removeQualified(transaction: Transaction, name: string, qualifier: string): void {
  transaction.remove('functionPolicy', name, qualifier);
  transaction.remove('functionEventInvokeConfig', name, qualifier);
}
