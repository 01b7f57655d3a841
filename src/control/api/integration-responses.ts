// IntegrationResponses: how an answer of the backend becomes one of the method's responses.

import type { IntegrationResponse } from '../../resources/index.ts';
import type { Transaction, View } from '../../store/index.ts';
import { resourceOf } from '../lookup.ts';
import { patchDocument, withEntry } from '../protocol/patch.ts';
import { type Handlers, reads, writes } from './handler.ts';
import { integrationResponsePatches } from './integration-patch.ts';
import { checkIntegrationResponse } from './integration-rules.ts';
import { textMap } from './method-checks.ts';
import {
  entryOf,
  integrationOf,
  type MethodAddress,
  methodAt,
  methodOf,
  noIntegration,
  noResponse,
  putIntegration,
} from './method-lookup.ts';

export const integrationResponses = {
  PutIntegrationResponse: writes<'PutIntegrationResponse'>((input, transaction, context) => {
    integrationOf(transaction, input);
    const method = methodOf(transaction, input);
    if (entryOf(method.methodResponses, input.statusCode) === undefined) throw noResponse();
    const response: IntegrationResponse = {
      statusCode: input.statusCode,
      selectionPattern: input.selectionPattern,
      responseParameters: textMap(input.responseParameters),
      responseTemplates: input.responseTemplates && textsOf(input.responseTemplates),
      contentHandling: input.contentHandling,
    };
    checkIntegrationResponse(response, method, context);
    putResponse(transaction, input, response);
    return presentIntegrationResponse(response);
  }),

  GetIntegrationResponse: reads<'GetIntegrationResponse'>((input, view) =>
    presentIntegrationResponse(responseOf(view, input)),
  ),

  UpdateIntegrationResponse: writes<'UpdateIntegrationResponse'>((input, transaction, context) => {
    const before = responseOf(transaction, input);
    const after = patchDocument(before, input.patchOperations, integrationResponsePatches);
    checkIntegrationResponse(after, methodOf(transaction, input), context);
    putResponse(transaction, input, after);
    return presentIntegrationResponse(after);
  }),

  DeleteIntegrationResponse: writes<'DeleteIntegrationResponse'>((input, transaction) => {
    // A delete tells a missing method as a missing integration.
    const resource = resourceOf(transaction, input.restApiId, input.resourceId);
    if (methodAt(resource, input.httpMethod) === undefined) throw noIntegration();
    responseOf(transaction, input);
    putResponse(transaction, input, undefined);
  }),
} satisfies Partial<Handlers>;

interface ResponseAddress extends MethodAddress {
  readonly statusCode: string;
}

/** The service answers null for a template without text. */
export const presentIntegrationResponse = (response: IntegrationResponse) => ({
  ...response,
  responseTemplates:
    response.responseTemplates &&
    Object.fromEntries(
      Object.entries(response.responseTemplates).map(([type, template]) => [type, template || null]),
    ),
});

const textsOf = (templates: Readonly<Record<string, string | null>>): Record<string, string> =>
  Object.fromEntries(Object.entries(templates).map(([type, template]) => [type, template ?? '']));

/** @throws NotFoundException for the resource, the method, the integration, then the status code */
function responseOf(view: View, address: ResponseAddress): IntegrationResponse {
  const response = entryOf(integrationOf(view, address).integrationResponses, address.statusCode);
  if (response === undefined) throw noResponse();
  return response;
}

function putResponse(
  transaction: Transaction,
  address: ResponseAddress,
  response: IntegrationResponse | undefined,
): void {
  const integration = integrationOf(transaction, address);
  const integrationResponses = withEntry(integration.integrationResponses, address.statusCode, response);
  putIntegration(transaction, address, { ...integration, integrationResponses });
}
