// RequestValidators: what a method checks of a request before it is passed on.

import type { RequestValidator } from '../../resources/index.ts';
import type { View } from '../../store/index.ts';
import { apiOf } from '../lookup.ts';
import { badRequest, conflict, notFound } from '../protocol/exceptions.ts';
import { page } from '../protocol/paging.ts';
import { type PatchTable, patchDocument, replaces } from '../protocol/patch.ts';
import { type Handlers, reads, writes } from './handler.ts';
import { methodsOf } from './methods-of-api.ts';
import { truth } from './patch-values.ts';
import { freshId } from './tag-rules.ts';

export const requestValidators = {
  CreateRequestValidator: writes<'CreateRequestValidator'>((input, transaction, context) => {
    const { restApiId, name, validateRequestBody = false, validateRequestParameters = false } = input;
    // The service answers 400 here, not the 404 of its other lists.
    if (transaction.get('restApi', '', restApiId) === undefined)
      throw badRequest('Invalid REST API identifier specified');
    const isTaken = (id: string) => transaction.get('requestValidator', restApiId, id) !== undefined;
    const validator: RequestValidator = {
      id: freshId(6, isTaken, context),
      ...(name === undefined ? {} : { name: checkedName(name) }),
      validateRequestBody,
      validateRequestParameters,
    };
    transaction.put('requestValidator', restApiId, validator.id, validator);
    return validator;
  }),

  GetRequestValidator: reads<'GetRequestValidator'>(({ restApiId, requestValidatorId }, view) =>
    validatorOf(view, restApiId, requestValidatorId),
  ),

  GetRequestValidators: reads<'GetRequestValidators'>((input, view, { account }) => {
    apiOf(view, input.restApiId, account);
    return page(
      view.list('requestValidator', input.restApiId),
      input,
      ({ id }) => id,
      (validator) => validator,
    );
  }),

  UpdateRequestValidator: writes<'UpdateRequestValidator'>((input, transaction) => {
    const { restApiId, requestValidatorId, patchOperations } = input;
    const validator = validatorOf(transaction, restApiId, requestValidatorId);
    const changed = patchDocument(validator, patchOperations, patches);
    transaction.put('requestValidator', restApiId, requestValidatorId, changed);
    return changed;
  }),

  DeleteRequestValidator: writes<'DeleteRequestValidator'>((input, transaction) => {
    const { restApiId, requestValidatorId } = input;
    validatorOf(transaction, restApiId, requestValidatorId);
    const user = methodsOf(transaction, restApiId).find(
      ({ method }) => method.requestValidatorId === requestValidatorId,
    );
    if (user !== undefined) {
      const place = `${user.path}/${user.verb}`;
      throw conflict(
        `Cannot delete request validator '${requestValidatorId}', is referenced in method request: ${place}`,
      );
    }
    transaction.remove('requestValidator', restApiId, requestValidatorId);
  }),
} satisfies Partial<Handlers>;

/** @throws NotFoundException, also when it is the API that is not there */
function validatorOf(view: View, apiId: string, id: string): RequestValidator {
  const validator = view.get('requestValidator', apiId, id);
  if (validator === undefined) throw notFound('Invalid Request Validator identifier specified');
  return validator;
}

function checkedName(name: string | undefined): string {
  if (name === undefined || name.trim() === '') throw badRequest('Request Validator name cannot be blank');
  return name;
}

const patches: PatchTable<RequestValidator> = {
  rows: [
    replaces('/name', 'name', checkedName),
    replaces('/validateRequestParameters', 'validateRequestParameters', truth),
    replaces('/validateRequestBody', 'validateRequestBody', truth),
  ],
};
