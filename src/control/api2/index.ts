// The operations of apigatewayv2 and what they do: the registry. One file per resource, one line here.

import { apiMappings } from './api-mappings.ts';
import { apis } from './apis.ts';
import { authorizers } from './authorizers.ts';
import { deployments } from './deployments.ts';
import { domainNames } from './domain-names.ts';
import type { V2Handlers } from './handlers.ts';
import { integrationResponses } from './integration-responses.ts';
import { integrations } from './integrations.ts';
import { models } from './models.ts';
import { openApi } from './open-api.ts';
import { refused } from './refused.ts';
import { routeResponses } from './route-responses.ts';
import { routes } from './routes.ts';
import { stages } from './stages.ts';
import { tags } from './tags.ts';
import { vpcLinks } from './vpc-links.ts';

/** All of them: the compiler sees to it that none is missing. */
export const v2Handlers: V2Handlers = {
  ...apis,
  ...routes,
  ...routeResponses,
  ...integrations,
  ...integrationResponses,
  ...models,
  ...authorizers,
  ...deployments,
  ...stages,
  ...apiMappings,
  ...domainNames,
  ...vpcLinks,
  ...tags,
  ...openApi,
  ...refused,
};
