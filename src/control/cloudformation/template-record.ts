// What a template has made: logical id -> where it is. Parts of APIs have no tags that could say it, so it is kept beside
// the API; the API and its stages say it in their tags too.

import type { Transaction, View } from '../../store/index.ts';
import { templateRecordId } from '../api2/apis.ts';
import type { TemplateType } from './template-types.ts';

export interface MadeResource {
  readonly type: TemplateType;
  /** As the store has it; of a permission `{function}:{qualifier}:{statement}`. */
  readonly storeId: string;
  /** What a `Ref` stands for. */
  readonly ref: string;
}

export type TemplateRecord = ReadonlyMap<string, MadeResource>;

export function readRecord(view: View, apiId: string): TemplateRecord {
  const text = view.get('setting', '', templateRecordId(apiId))?.value;
  return new Map(text === undefined ? [] : (JSON.parse(text) as [string, MadeResource][]));
}

export const putRecord = (transaction: Transaction, apiId: string, record: TemplateRecord): void =>
  transaction.put('setting', '', templateRecordId(apiId), { value: JSON.stringify([...record]) });

/** A tag of what can be tagged. */
export const logicalIdTag = 'cloudformation:logical-id';
