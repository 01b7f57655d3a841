// Methods: who may call a resource with a verb, and with what.

import type { HttpMethod, Method } from '../../resources/index.ts';
import type { View } from '../../store/index.ts';
import { resourceOf } from '../lookup.ts';
import { badRequest, conflict } from '../protocol/exceptions.ts';
import { patchDocument } from '../protocol/patch.ts';
import { type Handlers, reads, writes } from './handler.ts';
import { presentIntegration } from './integrations.ts';
import { checkMethod, httpMethods, needsAuthorizer, textMap } from './method-checks.ts';
import { methodAt, methodOf, putMethod } from './method-lookup.ts';
import { methodPatches } from './method-patch.ts';

export const methods = {
  PutMethod: writes<'PutMethod'>((input, transaction) => {
    const resource = resourceOf(transaction, input.restApiId, input.resourceId);
    if (!httpMethods.includes(input.httpMethod)) {
      throw badRequest(`Invalid HttpMethod specified. Valid options are ${httpMethods.join(',')}`);
    }
    if (methodAt(resource, input.httpMethod) !== undefined)
      throw conflict('Method already exists for this resource');
    const method = settled(input.restApiId, transaction, {
      httpMethod: input.httpMethod as HttpMethod,
      authorizationType: input.authorizationType as Method['authorizationType'],
      authorizerId: input.authorizerId,
      authorizationScopes: input.authorizationScopes?.length ? input.authorizationScopes : undefined,
      apiKeyRequired: input.apiKeyRequired ?? false,
      requestValidatorId: input.requestValidatorId || undefined,
      operationName: input.operationName || undefined,
      requestParameters: textMap(input.requestParameters),
      requestModels: textMap(input.requestModels),
    });
    putMethod(transaction, input, method);
    return presentMethod(method);
  }),

  GetMethod: reads<'GetMethod'>((input, view) => presentMethod(methodOf(view, input))),

  UpdateMethod: writes<'UpdateMethod'>((input, transaction) => {
    const before = methodOf(transaction, input);
    const after = patchDocument(before, input.patchOperations, methodPatches);
    const method = settled(input.restApiId, transaction, after);
    putMethod(transaction, input, method);
    return presentMethod(method);
  }),

  DeleteMethod: writes<'DeleteMethod'>((input, transaction) => {
    methodOf(transaction, input);
    putMethod(transaction, input, undefined);
  }),
} satisfies Partial<Handlers>;

/** A method as the wire shows it, with its responses and its integration. */
export const presentMethod = (method: Method) => ({
  ...method,
  methodIntegration: method.methodIntegration && presentIntegration(method.methodIntegration),
});

/** Checked as a whole; an authorizer that its type does not ask for is forgotten. */
function settled(apiId: string, view: View, method: Method): Method {
  checkMethod(apiId, method, view);
  return needsAuthorizer(method) ? method : { ...method, authorizerId: undefined };
}
