// PATCH of a stage's method settings: `/{path}/{VERB}/{setting}` and `/*/*/{setting}`, where a path of several
// segments may be given escaped (`pets~1{id}`) or as it is (`pets/{id}`), with its first slash or without.

import type { MethodSetting, Stage } from '../../resources/index.ts';
import { settingKeyOf } from '../deployment/method-setting-key.ts';
import { type AwsException, badRequest, limitExceeded } from '../protocol/exceptions.ts';
import type { PatchOperation } from '../protocol/patch.ts';
import { choice, integerValue, numberValue, truth } from './patch-values.ts';

/** More than an API can have methods. */
const entriesMax = 3000;
const verbs = new Set(['GET', 'PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD', 'ANY']);

/** What an entry has before anything is set; `loggingLevel` is absent until it is. @see management API, section 5 */
const newEntry: Partial<MethodSetting> = {
  metricsEnabled: false,
  dataTraceEnabled: false,
  throttlingBurstLimit: 5000,
  throttlingRateLimit: 10_000,
  cachingEnabled: false,
  cacheTtlInSeconds: 300,
  cacheDataEncrypted: false,
  requireAuthorizationForCacheControl: true,
  unauthorizedCacheControlHeaderStrategy: 'SUCCEED_WITH_RESPONSE_HEADER',
};

type Read = (value: string | undefined) => Partial<MethodSetting>;

/** The end of a path -> the member that it sets. */
const settings: Readonly<Record<string, Read>> = {
  'metrics/enabled': (value) => ({ metricsEnabled: truth(value) }),
  'logging/loglevel': (value) => ({ loggingLevel: readLevel(value) }),
  'logging/dataTrace': (value) => ({ dataTraceEnabled: truth(value) }),
  'throttling/burstLimit': (value) => ({ throttlingBurstLimit: limit(integerValue, value, 'burstLimit') }),
  'throttling/rateLimit': (value) => ({ throttlingRateLimit: limit(numberValue, value, 'rateLimit') }),
  'caching/enabled': (value) => ({ cachingEnabled: truth(value) }),
  'caching/ttlInSeconds': (value) => ({ cacheTtlInSeconds: seconds(value) }),
  'caching/dataEncrypted': (value) => ({ cacheDataEncrypted: truth(value) }),
  'caching/requireAuthorizationForCacheControl': (value) => ({
    requireAuthorizationForCacheControl: truth(value),
  }),
  'caching/unauthorizedCacheControlHeaderStrategy': (value) => ({
    unauthorizedCacheControlHeaderStrategy: readStrategy(value),
  }),
};

const readLevel = choice('logging/loglevel', ['OFF', 'ERROR', 'INFO']);
const readStrategy = choice('caching/unauthorizedCacheControlHeaderStrategy', [
  'FAIL_WITH_403',
  'SUCCEED_WITH_RESPONSE_HEADER',
  'SUCCEED_WITHOUT_RESPONSE_HEADER',
]);

interface Place {
  /** As it was given: `pets~1{id}/GET`. */
  readonly key: string;
  readonly suffix: string;
}

/** @returns undefined when the path does not lead to a setting of a method */
export function methodSettingPlace(path: string): Place | undefined {
  const segments = path.split('/').slice(1);
  const suffix = segments.slice(-2).join('/');
  const key = segments.slice(0, -2).join('/');
  return Object.hasOwn(settings, suffix) && isKey(key) ? { key, suffix } : undefined;
}

/** @throws AwsException BadRequestException for a value that is out of range */
export function setMethodSetting(stage: Stage, { key, suffix }: Place, value: string | undefined): Stage {
  const entries = Object.entries(stage.methodSettings);
  const index = entries.findIndex(([name]) => settingKeyOf(name) === settingKeyOf(key));
  const before = entries[index]?.[1] ?? { ...newEntry, ...stage.methodSettings['*/*'] };
  const entry: [string, Partial<MethodSetting>] = [key, { ...before, ...settings[suffix]!(value) }];
  if (index < 0) entries.push(entry);
  // The spelling that was used last is shown: whoever writes a setting looks for it under the same name.
  else entries[index] = entry;
  if (entries.length > entriesMax)
    throw limitExceeded(`A stage has settings of at most ${entriesMax} methods`);
  return { ...stage, methodSettings: Object.fromEntries(entries) };
}

/** Removes the whole entry. @throws AwsException when there is none */
export function removeMethodSettings(stage: Stage, operation: PatchOperation): Stage {
  const key = (operation.path ?? 'null').replace(/^\//, '');
  const wanted = isKey(key) ? settingKeyOf(key) : undefined;
  const entries = Object.entries(stage.methodSettings);
  const left = entries.filter(([name]) => settingKeyOf(name) !== wanted);
  if (left.length === entries.length) throw nothingToRemove(operation);
  return { ...stage, methodSettings: Object.fromEntries(left) };
}

/** The blank at its end is the service's own. */
export const nothingToRemove = ({ path }: PatchOperation): AwsException =>
  badRequest(
    `Cannot remove method setting ${(path ?? 'null').replace(/^\//, '')} because there is no method setting for this method `,
  );

function isKey(key: string): boolean {
  const lastSlash = key.lastIndexOf('/');
  if (lastSlash < 0) return false;
  // The wildcard is one whole: neither `*/GET` nor `pets/*`.
  return key === '*/*' || (verbs.has(key.slice(lastSlash + 1)) && key.slice(0, lastSlash) !== '*');
}

function limit(
  read: (value: string | undefined, message: string) => number,
  value: string | undefined,
  name: string,
): number {
  const message = `Invalid throttling ${name} value, must be -1 for no limit, 0 or more`;
  const number = read(value, message);
  if (number < 0 && number !== -1) throw badRequest(message);
  return number;
}

function seconds(value: string | undefined): number {
  const message = 'Invalid cache TTL value, must be between 0 and 3600';
  const number = integerValue(value, message);
  if (number < 0 || number > 3600) throw badRequest(message);
  return number;
}
