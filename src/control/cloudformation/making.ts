// What making one resource of a template needs, and gives.

import type { Transaction } from '../../store/index.ts';
import type { Context } from '../api/handler.ts';
import type { TemplateResource } from './read-template.ts';
import type { Named } from './resolve.ts';
import type { MadeResource, TemplateRecord } from './template-record.ts';

export interface Making {
  readonly transaction: Transaction;
  readonly context: Context;
  /** The API that the template's is to be; null: a new one. */
  readonly existing: string | null;
  /** What the template made before. */
  readonly record: TemplateRecord;
  /** What names stand for so far. */
  readonly names: ReadonlyMap<string, Named>;
  /** Whether what the API would deploy is another than before. */
  readonly isChanged: () => boolean;
  readonly warn: (resource: TemplateResource, message: string) => void;
}

export interface Made {
  readonly resource: MadeResource;
  readonly named: Named;
}
