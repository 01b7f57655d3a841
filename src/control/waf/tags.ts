// Tags of web ACLs, rule groups and sets.

import { reads, writes } from '../api/handler.ts';
import { anyDocumentAt, mergedTags } from './documents.ts';
import type { WafHandlers } from './handlers.ts';

export const tags = {
  'wafv2:TagResource': writes<'wafv2:TagResource'>(({ ResourceARN, Tags }, transaction) => {
    const { kind, document } = anyDocumentAt(transaction, ResourceARN);
    const merged = mergedTags(document.Tags ?? [], Tags);
    transaction.put(kind, '', document.Id, { ...document, Tags: merged } as never);
    return {};
  }),

  'wafv2:UntagResource': writes<'wafv2:UntagResource'>(({ ResourceARN, TagKeys }, transaction) => {
    const { kind, document } = anyDocumentAt(transaction, ResourceARN);
    const left = (document.Tags ?? []).filter(({ Key }) => !TagKeys.includes(Key));
    transaction.put(kind, '', document.Id, { ...document, Tags: left } as never);
    return {};
  }),

  // All of them on one page: there are at most 50.
  'wafv2:ListTagsForResource': reads<'wafv2:ListTagsForResource'>(({ ResourceARN }, view) => {
    const { document } = anyDocumentAt(view, ResourceARN);
    return { TagInfoForResource: { ResourceARN, TagList: document.Tags ?? [] } };
  }),
} satisfies Partial<WafHandlers>;
