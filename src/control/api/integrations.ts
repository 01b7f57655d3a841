// Integrations: the backend of a method.

import type { Integration, PassthroughBehavior } from '../../resources/index.ts';
import { integrationTimeoutMaxMs } from '../../resources/index.ts';
import type { Input } from '../protocol/operations.ts';
import { patchDocument } from '../protocol/patch.ts';
import { type Handlers, reads, writes } from './handler.ts';
import { integrationPatches, passthroughBehaviorOf } from './integration-patch.ts';
import { presentIntegrationResponse } from './integration-responses.ts';
import { checkIntegration } from './integration-rules.ts';
import { textMap } from './method-checks.ts';
import { integrationOf, methodOf, putIntegration } from './method-lookup.ts';

export const integrations = {
  // An integration that is put anew loses its responses.
  PutIntegration: writes<'PutIntegration'>((input, transaction) => {
    const method = methodOf(transaction, input);
    const integration = integrationGiven(input);
    checkIntegration(integration, method, transaction);
    putIntegration(transaction, input, integration);
    return presentIntegration(integration);
  }),

  GetIntegration: reads<'GetIntegration'>((input, view) => presentIntegration(integrationOf(view, input))),

  UpdateIntegration: writes<'UpdateIntegration'>((input, transaction) => {
    const before = integrationOf(transaction, input);
    const after = patchDocument(before, input.patchOperations, integrationPatches(before.type));
    checkIntegration(after, methodOf(transaction, input), transaction);
    putIntegration(transaction, input, after);
    return presentIntegration(after);
  }),

  DeleteIntegration: writes<'DeleteIntegration'>((input, transaction) => {
    integrationOf(transaction, input);
    putIntegration(transaction, input, undefined);
  }),
} satisfies Partial<Handlers>;

/** With the defaults of the service. @see observed behaviour, section 3 */
function integrationGiven(input: Input<'PutIntegration'>): Integration {
  const isMock = input.type === 'MOCK';
  const isHttp = input.type === 'HTTP' || input.type === 'HTTP_PROXY';
  return {
    type: input.type,
    // MOCK has neither, even if given.
    httpMethod: isMock ? undefined : input.integrationHttpMethod,
    uri: isMock ? undefined : input.uri,
    connectionType: input.connectionType ?? (isHttp ? 'INTERNET' : undefined),
    connectionId: input.connectionId || undefined,
    credentials: input.credentials || undefined,
    requestParameters: textMap(input.requestParameters),
    requestTemplates: textMap(input.requestTemplates),
    passthroughBehavior: passthroughBehavior(input.passthroughBehavior),
    contentHandling: input.contentHandling,
    timeoutInMillis: input.timeoutInMillis ?? integrationTimeoutMaxMs,
    cacheNamespace: input.cacheNamespace ?? input.resourceId,
    cacheKeyParameters: input.cacheKeyParameters ?? [],
    tlsConfig: input.tlsConfig,
    responseTransferMode: input.responseTransferMode,
    integrationTarget: input.integrationTarget || undefined,
  };
}

const passthroughBehavior = (given: string | undefined): PassthroughBehavior =>
  given === undefined || given === '' ? 'WHEN_NO_MATCH' : passthroughBehaviorOf(given);

/** An integration as the wire shows it. */
export const presentIntegration = (integration: Integration) => ({
  ...integration,
  integrationResponses:
    integration.integrationResponses &&
    Object.fromEntries(
      Object.entries(integration.integrationResponses).map(([statusCode, response]) => [
        statusCode,
        presentIntegrationResponse(response),
      ]),
    ),
});
