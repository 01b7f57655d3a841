// A whole API replaced by another definition of it: what is not in the definition goes.

import type { ApiDefinition } from '../../resources/index.ts';
import type { DocumentKinds, Kind, Transaction } from '../../store/index.ts';

/**
 * Makes the store hold `definition` and nothing else of that API, but for its deployments, stages, documentation
 * versions and history, which stay.
 *
 * @param now - ISO 8601: the date of a documentation version that the definition brings
 */
export function putDefinition(transaction: Transaction, definition: ApiDefinition, now: string): void {
  const { restApi } = definition;
  transaction.put('restApi', '', restApi.id, restApi);
  const put = <K extends Kind>(
    kind: K,
    documents: readonly DocumentKinds[K][],
    idOf: (one: DocumentKinds[K]) => string,
  ) => replaceAll(transaction, kind, restApi.id, documents, idOf);
  put('resource', definition.resources, ({ id }) => id);
  put('model', definition.models, ({ name }) => name);
  put('requestValidator', definition.requestValidators, ({ id }) => id);
  put('authorizer', definition.authorizers, ({ id }) => id);
  put('gatewayResponse', definition.gatewayResponses, ({ responseType }) => responseType);
  put('documentationPart', definition.documentationParts, ({ id }) => id);
  const version = definition.documentationVersion;
  if (version === undefined || transaction.get('documentationVersion', restApi.id, version)) return;
  const parts = definition.documentationParts;
  transaction.put('documentationVersion', restApi.id, version, { version, createdDate: now, parts });
}

function replaceAll<K extends Kind>(
  transaction: Transaction,
  kind: K,
  parent: string,
  documents: readonly DocumentKinds[K][],
  idOf: (one: DocumentKinds[K]) => string,
): void {
  const kept = new Set(documents.map(idOf));
  for (const old of transaction.list(kind, parent))
    if (!kept.has(idOf(old))) transaction.remove(kind, parent, idOf(old));
  for (const one of documents) transaction.put(kind, parent, idOf(one), one);
}
