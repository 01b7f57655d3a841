// Every method of a definition with its resource, in the order of paths.

import type { ApiDefinition, HttpMethod, Method, Resource } from '../../resources/index.ts';

export interface PlacedMethod {
  readonly resource: Resource;
  readonly verb: HttpMethod;
  readonly method: Method;
}

export function methodsOf(definition: ApiDefinition): PlacedMethod[] {
  return definition.resources.flatMap((resource) =>
    Object.entries(resource.resourceMethods ?? {}).map(([verb, method]) => ({
      resource,
      verb: verb as HttpMethod,
      method,
    })),
  );
}
