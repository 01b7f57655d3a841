// ImportDocumentationParts: the documentation of an OpenAPI document, laid over that of an API or put in its place.

import type { DocumentationPart } from '../../resources/index.ts';
import type { Transaction } from '../../store/index.ts';
import { definitionOf } from '../lookup.ts';
import { importDocumentation } from '../openapi/index.ts';
import { badRequest } from '../protocol/exceptions.ts';
import { quotas, refuseAbove } from '../quota.ts';
import { type Handlers, writes } from './handler.ts';
import { documentText, refuseProblems, warningsOf } from './import-answer.ts';

const refusal = 'Unable to build importer with provided input.';

export const importDocumentationParts = {
  ImportDocumentationParts: writes<'ImportDocumentationParts'>((input, transaction, context) => {
    const { restApiId, mode = 'merge', failOnWarnings, body } = input;
    const existing = definitionOf(transaction, restApiId, context.account);
    const imported = importDocumentation(documentText(body, refusal), {
      existing,
      mode,
      newId: context.newId,
    });
    if (imported === undefined) throw badRequest(refusal);
    refuseProblems(imported.problems, failOnWarnings === true);
    putParts(transaction, restApiId, imported.parts, mode);
    return { ids: imported.parts.map(({ id }) => id), warnings: warningsOf(imported.problems) ?? [] };
  }),
} satisfies Partial<Handlers>;

/** @throws LimitExceededException when the API would have too many */
function putParts(
  transaction: Transaction,
  apiId: string,
  parts: readonly DocumentationPart[],
  mode: 'merge' | 'overwrite',
): void {
  const kept = new Set(parts.map(({ id }) => id));
  const old = transaction.list('documentationPart', apiId);
  const total = mode === 'merge' ? new Set([...kept, ...old.map(({ id }) => id)]).size : kept.size;
  refuseAbove(quotas.documentationPartsPerApi + 1, total, 'documentation parts', 'API');
  if (mode === 'overwrite')
    for (const { id } of old) if (!kept.has(id)) transaction.remove('documentationPart', apiId, id);
  for (const part of parts) transaction.put('documentationPart', apiId, part.id, part);
}
