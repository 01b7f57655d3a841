// ApiKeys: the secrets by which callers are told apart.

import { randomBytes } from 'node:crypto';
import type { ApiKey } from '../../resources/index.ts';
import type { View } from '../../store/index.ts';
import { badRequest, conflict, notFound } from '../protocol/exceptions.ts';
import { page } from '../protocol/paging.ts';
import { type PatchTable, patchDocument, replaces, withMember } from '../protocol/patch.ts';
import { quotas, refuseAbove } from '../quota.ts';
import { epochSeconds, type Handlers, reads, writes } from './handler.ts';
import { textOrNothing, truth } from './patch-values.ts';
import { checkTags, idFor } from './tag-rules.ts';

const nameCharactersMax = 1_024;
const descriptionCharactersMax = 125_000;
const valueCharactersMin = 20;
const valueCharactersMax = 128;

export const apiKeys = {
  CreateApiKey: writes<'CreateApiKey'>((input, transaction, context) => {
    const { enabled = false, customerId, stageKeys = [], tags } = input;
    const name = checkedName(input.name);
    const value = textOrNothing(input.value);
    if (value !== undefined) checkValue(value, valueCharactersMin);
    const description = checkedDescription(input.description);
    checkTags(tags);
    const all = transaction.list('apiKey', '');
    refuseAbove(quotas.apiKeys, all.length, 'API keys', 'account');
    // `generateDistinctId` is from when a key's id could be its secret. Every id is distinct now, as at the service.
    const isTaken = (id: string) => transaction.get('apiKey', '', id) !== undefined;
    const id = idFor(tags, 10, isTaken, context);
    if (value !== undefined && all.some((key) => key.value === value))
      throw conflict('API Key already exists');
    const now = context.now();
    const key: ApiKey = {
      id,
      value: value ?? newKeyValue(),
      ...(name === undefined ? {} : { name }),
      ...(description === undefined ? {} : { description }),
      ...(customerId === undefined ? {} : { customerId }),
      enabled,
      createdDate: now,
      lastUpdatedDate: now,
      stageKeys: stageKeys.map(({ restApiId = '', stageName = '' }) =>
        checkedStageKey(transaction, `${restApiId}/${stageName}`),
      ),
      ...(tags === undefined ? {} : { tags }),
    };
    transaction.put('apiKey', '', id, key);
    return present(key, true);
  }),

  GetApiKey: reads<'GetApiKey'>(({ apiKey, includeValue = false }, view) =>
    present(apiKeyOf(view, apiKey), includeValue),
  ),

  GetApiKeys: reads<'GetApiKeys'>((input, view) => {
    const { nameQuery, customerId, includeValues = false } = input;
    const wanted = view
      .list('apiKey', '')
      .filter((key) => nameQuery === undefined || (key.name ?? '').startsWith(nameQuery))
      .filter((key) => customerId === undefined || key.customerId === customerId)
      .toReversed();
    return page(
      wanted,
      input,
      ({ id }) => id,
      (key) => present(key, includeValues),
    );
  }),

  UpdateApiKey: writes<'UpdateApiKey'>(({ apiKey, patchOperations }, transaction, context) => {
    const before = apiKeyOf(transaction, apiKey);
    const patched = patchDocument(before, patchOperations, patchesIn(transaction));
    const changed = { ...patched, lastUpdatedDate: context.now() };
    transaction.put('apiKey', '', apiKey, changed);
    return { ...present(changed, false), tags: changed.tags ?? {} };
  }),

  DeleteApiKey: writes<'DeleteApiKey'>(({ apiKey }, transaction) => {
    apiKeyOf(transaction, apiKey);
    for (const { id: planId } of transaction.list('usagePlan', '')) {
      if (transaction.get('usagePlanKey', planId, apiKey) === undefined) continue;
      // What the key has used is kept as long as other days are: bills are written later.
      transaction.remove('usagePlanKey', planId, apiKey);
    }
    transaction.remove('apiKey', '', apiKey);
  }),
} satisfies Partial<Handlers>;

/** @throws NotFoundException `Invalid API Key identifier specified` */
export function apiKeyOf(view: View, id: string): ApiKey {
  const key = view.get('apiKey', '', id);
  if (key === undefined) throw notFound('Invalid API Key identifier specified');
  return key;
}

/** 40 letters and digits: 238 bits that nobody can guess. */
export function newKeyValue(): string {
  let value = '';
  while (value.length < 40) value += randomBytes(60).toString('base64').replace(/[+/]/g, '');
  return value.slice(0, 40);
}

/** @throws BadRequestException when a value is too short or too long */
export function checkValue(value: string, charactersMin: number): void {
  if (value.length < charactersMin)
    throw badRequest(`API Key value should be at least ${charactersMin} characters`);
  if (value.length > valueCharactersMax)
    throw badRequest(`API Key value exceeds maximum size of ${valueCharactersMax} characters`);
}

/** @returns undefined for an empty one. @throws BadRequestException */
export function checkedName(name: string | undefined): string | undefined {
  if (name !== undefined && name.length > nameCharactersMax)
    throw badRequest(`Invalid API Key name, can be at most ${nameCharactersMax} characters.`);
  return textOrNothing(name);
}

/** @throws BadRequestException */
export function checkedDescription(description: string | undefined): string | undefined {
  if (description !== undefined && description.length > descriptionCharactersMax)
    throw badRequest('Invalid API Key description specified.');
  return description;
}

function present({ value, labels: _, ...key }: ApiKey, withValue: boolean) {
  return {
    ...key,
    ...(withValue ? { value } : {}),
    createdDate: epochSeconds(key.createdDate),
    lastUpdatedDate: epochSeconds(key.lastUpdatedDate),
  };
}

/** @param stageKey - `{api id}/{stage}`. @throws NotFoundException when there is no such stage */
function checkedStageKey(view: View, stageKey: string | undefined): string {
  const [apiId = '', stageName = ''] = (stageKey ?? '').split('/');
  if (view.get('stage', apiId, stageName) === undefined) throw notFound('Invalid stage identifier specified');
  return `${apiId}/${stageName}`;
}

const patchesIn = (view: View): PatchTable<ApiKey> => ({
  rows: [
    replaces('/description', 'description', checkedDescription),
    replaces('/enabled', 'enabled', truth),
    replaces('/name', 'name', checkedName),
    replaces('/customerId', 'customerId', textOrNothing),
    {
      path: '/stages',
      ops: ['add', 'remove'],
      apply: (key, { op, value }) => {
        const others = key.stageKeys.filter((one) => one !== value);
        if (op === 'add') return { ...key, stageKeys: [...others, checkedStageKey(view, value)] };
        if (others.length === key.stageKeys.length) throw notFound('Invalid stage identifier specified');
        return { ...key, stageKeys: others };
      },
    },
    {
      // Kept for clients of old; no answer has them.
      path: '/labels',
      ops: ['add', 'remove'],
      apply: (key, { op, value }) => {
        const others = (key.labels ?? []).filter((label) => label !== value);
        const labels = op === 'add' && value !== undefined ? [...others, value] : others;
        return withMember(key, 'labels', labels.length === 0 ? undefined : labels);
      },
    },
  ],
});
