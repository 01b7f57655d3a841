// The places of a usage plan that PATCH changes.

import type { ApiStage, QuotaSettings, ThrottleSettings, UsagePlan } from '../../resources/index.ts';
import type { View } from '../../store/index.ts';
import { badRequest, notFound } from '../protocol/exceptions.ts';
import {
  type Patch,
  type PatchOperation,
  type PatchRow,
  type PatchTable,
  replaces,
  withEntry,
  withMember,
} from '../protocol/patch.ts';
import { jsonObject } from './json-object.ts';
import { integerValue, numberValue, textOrNothing } from './patch-values.ts';
import { checkedApiStage, checkedMethodThrottles, noApiStage, withOffset } from './usage-plan-rules.ts';

type Row = PatchRow<UsagePlan>;
type Throttles = NonNullable<ApiStage['throttle']>;

/**
 * Operations whose method throttles are named as PATCH names places: `.../throttle/~1pets/GET`. Clients also write the
 * path as it is (`.../throttle//pets/GET`), which the service takes.
 */
export const plainOperations = (operations: readonly PatchOperation[] | undefined) =>
  operations?.map((operation) => {
    const found = /^(\/apiStages\/[^/]+\/throttle)\/(.+)\/([A-Z]+)(\/rateLimit|\/burstLimit)?$/.exec(
      operation.path ?? '',
    );
    if (found === null) return operation;
    const [, stage, path, verb, limit = ''] = found;
    return { ...operation, path: `${stage}/${path!.replaceAll('/', '~1')}/${verb}${limit}` };
  });

/** Rows in the order in which the service lists them. @param view - where the stages are looked up */
export const usagePlanPatches = (view: View): PatchTable<UsagePlan> => ({
  rows: [
    replaces('/name', 'name', nameOf),
    replaces('/description', 'description', (value) => value),
    {
      path: '/apiStages',
      ops: ['add', 'remove'],
      apply: (plan, { op, value }) =>
        op === 'add' ? withStage(plan, value, view) : withoutStage(plan, value),
    },
    { path: '/quota', ops: ['remove'], apply: (plan) => withMember(plan, 'quota', undefined) },
    { path: '/throttle', ops: ['remove'], apply: (plan) => withMember(plan, 'throttle', undefined) },
    {
      path: '/productCode',
      ops: ['add', 'replace', 'remove'],
      apply: (plan, { op, value }) =>
        withMember(plan, 'productCode', op === 'remove' ? undefined : textOrNothing(value)),
    },
    ...methodThrottleRows,
    ...throttleRows,
    ...quotaRows,
  ],
});

function nameOf(value: string | undefined): string {
  if (value === undefined || value === '') throw badRequest('Name cannot be empty');
  return value;
}

/** @param value - `{api id}:{stage}` */
function readApiStage(value: string | undefined): { readonly apiId: string; readonly stage: string } {
  const [apiId, stage, ...rest] = (value ?? '').split(':');
  if (!apiId || !stage || rest.length > 0) throw badRequest('Invalid API Stage specified');
  return { apiId, stage };
}

const indexOf = (plan: UsagePlan, { apiId, stage }: Pick<ApiStage, 'apiId' | 'stage'>): number => {
  const index = plan.apiStages.findIndex((one) => one.apiId === apiId && one.stage === stage);
  if (index < 0) throw noApiStage(apiId, stage, plan.id);
  return index;
};

function withStage(plan: UsagePlan, value: string | undefined, view: View): UsagePlan {
  const given = readApiStage(value);
  const added = checkedApiStage(view, given, plan.id);
  const isThere = plan.apiStages.some(({ apiId, stage }) => apiId === given.apiId && stage === given.stage);
  return isThere ? plan : { ...plan, apiStages: [...plan.apiStages, added] };
}

function withoutStage(plan: UsagePlan, value: string | undefined): UsagePlan {
  return { ...plan, apiStages: plan.apiStages.toSpliced(indexOf(plan, readApiStage(value)), 1) };
}

/** The plan with the method throttles of one of its stages changed. */
function withThrottles(
  plan: UsagePlan,
  { names }: Patch,
  change: (throttles: Throttles) => Throttles,
): UsagePlan {
  const index = indexOf(plan, readApiStage(names['apidId:stageName']));
  const stage = plan.apiStages[index]!;
  const throttle = checkedMethodThrottles(change(stage.throttle ?? {}));
  const changed = withMember(stage, 'throttle', Object.keys(throttle).length === 0 ? undefined : throttle);
  return { ...plan, apiStages: plan.apiStages.with(index, changed) };
}

/** `{path}/{VERB}`, also when the path came without its first slash. */
const methodOf = ({ names }: Patch): string =>
  `/${names.resourcePath!.replace(/^\//, '')}/${names.httpMethod!}`;

function readThrottles(value: string | undefined): Throttles {
  const given = jsonObject(value);
  const isSettings = (one: unknown): one is ThrottleSettings =>
    typeof one === 'object' &&
    one !== null &&
    Object.entries(one).every(
      ([key, limit]) => (key === 'burstLimit' || key === 'rateLimit') && typeof limit === 'number',
    );
  if (given === undefined || !Object.values(given).every(isSettings))
    throw badRequest('Invalid throttle specified. Must be a JSON map of method to rateLimit and burstLimit');
  return given as Throttles;
}

const throttleLimits = { rateLimit: numberValue, burstLimit: integerValue } as const;
type Limit = keyof typeof throttleLimits;
const readLimit = (limit: Limit, value: string | undefined): number =>
  throttleLimits[limit](value, `Invalid ${limit} specified: ${value ?? 'null'}`);

const stagePath = '/apiStages/{apidId:stageName}/throttle';
const methodPath = `${stagePath}/{resourcePath}/{httpMethod}`;

const methodLimitRow = (limit: Limit): Row => ({
  path: `${methodPath}/${limit}`,
  ops: ['add', 'replace'],
  apply: (plan, patch) =>
    withThrottles(plan, patch, (throttles) => {
      const method = methodOf(patch);
      return { ...throttles, [method]: { ...throttles[method], [limit]: readLimit(limit, patch.value) } };
    }),
});

const methodThrottleRows: readonly Row[] = [
  {
    path: methodPath,
    ops: ['remove'],
    apply: (plan, patch) =>
      withThrottles(plan, patch, (throttles) => {
        const method = methodOf(patch);
        if (!Object.hasOwn(throttles, method)) throw notFound('Invalid Method identifier specified');
        return withEntry(throttles, method, undefined) ?? {};
      }),
  },
  methodLimitRow('rateLimit'),
  methodLimitRow('burstLimit'),
  {
    path: stagePath,
    ops: ['add', 'replace', 'remove'],
    apply: (plan, patch) =>
      withThrottles(plan, patch, (throttles) => {
        if (patch.op === 'remove') return {};
        const given = readThrottles(patch.value);
        return patch.op === 'add' ? { ...throttles, ...given } : given;
      }),
  },
];

const throttleRow = (limit: Limit): Row => ({
  path: `/throttle/${limit}`,
  ops: ['add', 'replace'],
  apply: (plan, { value }) => ({ ...plan, throttle: { ...plan.throttle, [limit]: readLimit(limit, value) } }),
});

const throttleRows: readonly Row[] = [throttleRow('rateLimit'), throttleRow('burstLimit')];

const quotaRow = <K extends keyof QuotaSettings>(
  member: K,
  read: (value: string | undefined) => QuotaSettings[K],
): Row => ({
  path: `/quota/${member}`,
  ops: ['add', 'replace'],
  apply: (plan, { value }) => ({ ...plan, quota: withOffset({ ...plan.quota, [member]: read(value) }) }),
});

const quotaRows: readonly Row[] = [
  quotaRow('limit', (value) => integerValue(value, `Invalid quota limit specified: ${value ?? 'null'}`)),
  quotaRow('offset', (value) => integerValue(value, `Invalid quota offset specified: ${value ?? 'null'}`)),
  quotaRow('period', (value) => {
    if (value !== 'DAY' && value !== 'WEEK' && value !== 'MONTH')
      throw badRequest('Invalid quota period specified. Must be one of: [DAY, WEEK, MONTH]');
    return value;
  }),
];
