// ImportApiKeys: keys from a CSV file, with the plans that they belong to.

import type { ApiKey } from '../../resources/index.ts';
import type { Transaction } from '../../store/index.ts';
import { AwsException, badRequest } from '../protocol/exceptions.ts';
import { quotas, refuseAbove } from '../quota.ts';
import { checkedDescription, checkedName, checkValue } from './api-keys.ts';
import { parseCsv } from './csv.ts';
import { type Context, type Handlers, writes } from './handler.ts';
import { freshId } from './tag-rules.ts';
import { addKeyToPlan } from './usage-plan-keys.ts';

/** Longer than what CreateApiKey asks for. @see Developer Guide, "API Gateway API key file format" */
const valueCharactersMin = 30;

export const importedApiKeys = {
  ImportApiKeys: writes<'ImportApiKeys'>(({ body, failOnWarnings }, transaction, context) => {
    const rows = readRows(body);
    refuseAbove(quotas.apiKeys + 1, rows.length, 'API keys', 'file');
    const byValue = new Map(transaction.list('apiKey', '').map((key) => [key.value, key]));
    const warnings: string[] = [];
    const ids = new Set<string>();
    for (const row of rows) {
      try {
        const key = imported(row, byValue.get(row.key), byValue.size, transaction, context);
        byValue.set(key.value, key);
        ids.add(key.id);
        warnings.push(...joinPlans(row, key, transaction));
      } catch (error) {
        if (!(error instanceof AwsException)) throw error;
        warnings.push(`Line ${row.line}: ${error.message}`);
      }
    }
    if (failOnWarnings === true && warnings.length > 0)
      throw badRequest(`Warnings found during import:\n${warnings.map((one) => `\t${one}`).join('\n')}`);
    return { ids: [...ids], warnings };
  }),
} satisfies Partial<Handlers>;

interface Row {
  /** Counted in records, the header being 1. */
  readonly line: number;
  readonly name: string;
  readonly key: string;
  readonly description: string;
  readonly enabled: string;
  readonly usagePlanIds: readonly string[];
}

/** @throws BadRequestException when the file is no CSV, or has no columns `name` and `key` */
function readRows(body: Uint8Array): Row[] {
  const [header, ...records] = parseCsv(Buffer.from(body).toString()) ?? [];
  if (header === undefined) throw badRequest('Invalid API Keys file. It must be CSV with a header');
  const columns = header.map((name) => name.toLowerCase());
  for (const column of ['name', 'key'])
    if (!columns.includes(column))
      throw badRequest(`Invalid API Keys file. The column '${column}' is missing`);
  return records.map((record, index) => {
    const cell = (column: string) => record[columns.indexOf(column)] ?? '';
    const plans = cell('usageplanids').split(',');
    return {
      line: index + 2,
      name: cell('name'),
      key: cell('key'),
      description: cell('description'),
      enabled: cell('enabled'),
      usagePlanIds: plans.map((id) => id.trim()).filter((id) => id !== ''),
    };
  });
}

/** A key that is there already is the same key: what the file says of it wins. */
function imported(
  row: Row,
  existing: ApiKey | undefined,
  count: number,
  transaction: Transaction,
  context: Context,
): ApiKey {
  if (row.name === '') throw badRequest('API Key name must be non-empty');
  const name = checkedName(row.name);
  checkValue(row.key, valueCharactersMin);
  const description = checkedDescription(row.description);
  if (row.enabled !== '' && !/^(true|false)$/i.test(row.enabled))
    throw badRequest(`Invalid value '${row.enabled}' for enabled. Must be true or false`);
  if (existing === undefined) refuseAbove(quotas.apiKeys, count, 'API keys', 'account');
  const isTaken = (id: string) => transaction.get('apiKey', '', id) !== undefined;
  const now = context.now();
  const key: ApiKey = {
    stageKeys: [],
    createdDate: now,
    ...(existing ?? { id: freshId(10, isTaken, context) }),
    value: row.key,
    ...(name === undefined ? {} : { name }),
    ...(description === '' || description === undefined ? {} : { description }),
    enabled: row.enabled.toLowerCase() !== 'false',
    lastUpdatedDate: now,
  };
  transaction.put('apiKey', '', key.id, key);
  return key;
}

/** @returns what went wrong: the key is there all the same */
function joinPlans(row: Row, key: ApiKey, transaction: Transaction): string[] {
  return row.usagePlanIds.flatMap((planId) => {
    if (transaction.get('usagePlanKey', planId, key.id) !== undefined) return [];
    try {
      addKeyToPlan(transaction, planId, key.id);
      return [];
    } catch (error) {
      if (!(error instanceof AwsException)) throw error;
      return [`Line ${row.line}: cannot add the key to the usage plan '${planId}': ${error.message}`];
    }
  });
}
