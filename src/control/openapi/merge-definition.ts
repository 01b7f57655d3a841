// Merging an imported definition into the API that is there: what the file has wins, what it lacks stays.

import type { ApiDefinition, RestApi } from '../../resources/index.ts';

export function mergeDefinition(old: ApiDefinition, imported: ApiDefinition): ApiDefinition {
  return {
    restApi: mergeRestApi(old.restApi, imported.restApi),
    resources: mergeBy(
      old.resources,
      imported.resources,
      (one) => one.path,
      (before, after) => ({
        ...after,
        ...(before.resourceMethods || after.resourceMethods
          ? { resourceMethods: { ...before.resourceMethods, ...after.resourceMethods } }
          : {}),
      }),
    ).sort((a, b) => (a.path < b.path ? -1 : 1)),
    models: mergeBy(old.models, imported.models, (one) => one.name),
    requestValidators: mergeBy(old.requestValidators, imported.requestValidators, (one) => one.name ?? ''),
    authorizers: mergeBy(old.authorizers, imported.authorizers, (one) => one.name),
    gatewayResponses: mergeBy(old.gatewayResponses, imported.gatewayResponses, (one) => one.responseType),
    // A part that both have keeps its id.
    documentationParts: mergeBy(old.documentationParts, imported.documentationParts, (one) => one.id),
    ...((imported.documentationVersion ?? old.documentationVersion)
      ? { documentationVersion: imported.documentationVersion ?? old.documentationVersion! }
      : {}),
  };
}

function mergeRestApi(old: RestApi, imported: RestApi): RestApi {
  const types = [...new Set([...(old.binaryMediaTypes ?? []), ...(imported.binaryMediaTypes ?? [])])];
  return { ...old, ...imported, ...(types.length > 0 ? { binaryMediaTypes: types } : {}) };
}

function mergeBy<T>(
  old: readonly T[],
  imported: readonly T[],
  keyOf: (one: T) => string,
  join: (before: T, after: T) => T = (_, after) => after,
): T[] {
  const merged = new Map(old.map((one) => [keyOf(one), one]));
  for (const one of imported) {
    const before = merged.get(keyOf(one));
    merged.set(keyOf(one), before === undefined ? one : join(before, one));
  }
  return [...merged.values()];
}
