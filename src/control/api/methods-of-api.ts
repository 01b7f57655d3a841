// All methods of an API, for those who ask which of them uses something.

import type { HttpMethod, Method } from '../../resources/index.ts';
import type { View } from '../../store/index.ts';

export interface PlacedMethod {
  readonly resourceId: string;
  readonly path: string;
  readonly verb: HttpMethod;
  readonly method: Method;
}

export const methodsOf = (view: View, apiId: string): PlacedMethod[] =>
  view.list('resource', apiId).flatMap(({ id, path, resourceMethods }) =>
    Object.entries(resourceMethods ?? {}).map(([verb, method]) => ({
      resourceId: id,
      path,
      verb: verb as HttpMethod,
      method,
    })),
  );
