// An Integration as x-amazon-apigateway-integration. What the service would set by itself is left out.

import type { Integration, IntegrationResponse } from '../../../resources/index.ts';
import { integrationTimeoutMaxMs } from '../../../resources/index.ts';
import { compact, unlessEmpty } from '../import-context.ts';

/** @param resourceId - of the integration's resource: the cache namespace that goes without saying */
export function exportIntegration(integration: Integration, resourceId: string): object {
  const { type, cacheKeyParameters, cacheNamespace, connectionType, timeoutInMillis } = integration;
  return compact({
    type: type.toLowerCase(),
    httpMethod: integration.httpMethod,
    uri: integration.uri,
    connectionType: connectionType === 'VPC_LINK' ? connectionType : undefined,
    connectionId: integration.connectionId,
    integrationTarget: integration.integrationTarget,
    credentials: integration.credentials,
    responses: responsesOf(integration),
    requestParameters: unlessEmpty(integration.requestParameters ?? {}),
    requestTemplates: unlessEmpty(integration.requestTemplates ?? {}),
    passthroughBehavior: integration.passthroughBehavior.toLowerCase(),
    contentHandling: integration.contentHandling,
    timeoutInMillis: timeoutInMillis === integrationTimeoutMaxMs ? undefined : timeoutInMillis,
    cacheNamespace: cacheNamespace === resourceId ? undefined : cacheNamespace,
    cacheKeyParameters: (cacheKeyParameters ?? []).length === 0 ? undefined : cacheKeyParameters,
    tlsConfig: integration.tlsConfig === undefined ? undefined : unlessEmpty(integration.tlsConfig),
    responseTransferMode:
      integration.responseTransferMode === 'STREAM' ? integration.responseTransferMode : undefined,
  });
}

function responsesOf({ integrationResponses }: Integration): Record<string, object> | undefined {
  const responses = new Map<string, object>();
  for (const response of Object.values(integrationResponses ?? {})) {
    const pattern = response.selectionPattern ?? '';
    let key = pattern === '' ? 'default' : pattern;
    // A second response without a pattern is never chosen, and has no place in a document.
    if (pattern === '' && responses.has(key)) continue;
    // The word "default" as a pattern, and a pattern that comes twice, are put into other words of the same meaning.
    if (pattern === 'default') key = `(?:${key})`;
    while (responses.has(key)) key = `(?:${key})`;
    responses.set(key, exportResponse(response));
  }
  return responses.size === 0 ? undefined : Object.fromEntries(responses);
}

const exportResponse = (response: IntegrationResponse): object =>
  compact({
    statusCode: response.statusCode,
    responseParameters: unlessEmpty(response.responseParameters ?? {}),
    responseTemplates: unlessEmpty(response.responseTemplates ?? {}),
    contentHandling: response.contentHandling,
  });
