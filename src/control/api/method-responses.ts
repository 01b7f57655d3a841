// MethodResponses: what a method may answer, by status code.

import type { MethodResponse } from '../../resources/index.ts';
import type { Transaction, View } from '../../store/index.ts';
import { conflict } from '../protocol/exceptions.ts';
import { patchDocument, withEntry } from '../protocol/patch.ts';
import { type Handlers, reads, writes } from './handler.ts';
import { checkMethodResponse, textMap } from './method-checks.ts';
import { entryOf, type MethodAddress, methodOf, noResponse, putMethod } from './method-lookup.ts';
import { methodResponsePatches } from './method-patch.ts';

export const methodResponses = {
  PutMethodResponse: writes<'PutMethodResponse'>((input, transaction) => {
    const { methodResponses } = methodOf(transaction, input);
    if (entryOf(methodResponses, input.statusCode) !== undefined)
      throw conflict('Response already exists for this resource');
    const response: MethodResponse = {
      statusCode: input.statusCode,
      responseParameters: textMap(input.responseParameters),
      responseModels: textMap(input.responseModels),
    };
    checkMethodResponse(input.restApiId, response, transaction);
    putResponse(transaction, input, response);
    return response;
  }),

  GetMethodResponse: reads<'GetMethodResponse'>((input, view) => responseOf(view, input)),

  UpdateMethodResponse: writes<'UpdateMethodResponse'>((input, transaction) => {
    const response = patchDocument(
      responseOf(transaction, input),
      input.patchOperations,
      methodResponsePatches,
    );
    checkMethodResponse(input.restApiId, response, transaction);
    putResponse(transaction, input, response);
    return response;
  }),

  DeleteMethodResponse: writes<'DeleteMethodResponse'>((input, transaction) => {
    responseOf(transaction, input);
    putResponse(transaction, input, undefined);
  }),
} satisfies Partial<Handlers>;

interface ResponseAddress extends MethodAddress {
  readonly statusCode: string;
}

function responseOf(view: View, address: ResponseAddress): MethodResponse {
  const response = entryOf(methodOf(view, address).methodResponses, address.statusCode);
  if (response === undefined) throw noResponse();
  return response;
}

function putResponse(
  transaction: Transaction,
  address: ResponseAddress,
  response: MethodResponse | undefined,
): void {
  const method = methodOf(transaction, address);
  const methodResponses = withEntry(method.methodResponses, address.statusCode, response);
  putMethod(transaction, address, { ...method, methodResponses });
}
