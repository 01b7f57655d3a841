// What UpdateMethod and UpdateMethodResponse may change.
// @see management API reference, section 5

import type { Method, MethodResponse } from '../../resources/index.ts';
import { type PatchTable, replaces } from '../protocol/patch.ts';
import { entries, listed, noContentType, noParameter, unlistedPaths } from './patch-entries.ts';
import { textOrNothing, truth } from './patch-values.ts';

const modelName = (value: string | undefined): string => value ?? '';

export const methodPatches: PatchTable<Method> = {
  rows: [
    replaces<Method, 'authorizationType'>(
      '/authorizationType',
      'authorizationType',
      (value) => (value ?? '') as Method['authorizationType'],
    ),
    replaces('/authorizerId', 'authorizerId', textOrNothing),
    replaces('/apiKeyRequired', 'apiKeyRequired', truth),
    replaces('/operationName', 'operationName', textOrNothing),
    replaces('/requestValidatorId', 'requestValidatorId', textOrNothing),
    listed('authorizationScopes'),
    entries<Method, boolean, 'requestParameters'>('requestParameters', truth, noParameter),
    entries<Method, string, 'requestModels'>('requestModels', modelName, noContentType),
  ],
  ...unlistedPaths,
};

export const methodResponsePatches: PatchTable<MethodResponse> = {
  rows: [
    entries<MethodResponse, boolean, 'responseParameters'>('responseParameters', truth, noParameter),
    entries<MethodResponse, string, 'responseModels'>('responseModels', modelName, noContentType),
  ],
  ...unlistedPaths,
};
