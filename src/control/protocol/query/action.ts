// Which operation a form names. Forms of all services come to the same path; their version tells the services apart.

import { AwsException } from '../exceptions.ts';
import type { QueryParameter } from '../query-string.ts';
import { allCalls, type KnownCall, services } from '../services.ts';
import { namedIn } from './form.ts';

const byVersion = new Map<string, ReadonlyMap<string, KnownCall>>();
for (const service of services) {
  if (service.queryApi === undefined) continue;
  const own = allCalls.filter((call) => call.service === service);
  byVersion.set(service.queryApi.version, new Map(own.map((call) => [call.operationName, call])));
}

/**
 * @param text - of the form in the body
 * @returns the operation; why there is none of that name; null when neither query nor form names an action: it is no
 * request of this protocol
 */
export function actionOf(query: readonly QueryParameter[], text: string): KnownCall | AwsException | null {
  const action = namedIn(query, text, 'Action');
  if (action === null) return null;
  const version = namedIn(query, text, 'Version') ?? '';
  const calls = byVersion.get(version);
  if (calls === undefined)
    return new AwsException('NoSuchVersion', 400, `The requested version ( ${version} ) does not exist`);
  const noAction = `Could not find operation ${action} for version ${version}`;
  return calls.get(action) ?? new AwsException('InvalidAction', 400, noAction);
}
