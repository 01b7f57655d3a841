// Every operation and what it does: the registry. One file per resource, one line here.

import { account } from './account.ts';
import { apiKeys } from './api-keys.ts';
import { authorizers } from './authorizers.ts';
import { basePathMappings } from './base-path-mappings.ts';
import { clientCertificates } from './client-certificates.ts';
import { deployments } from './deployments.ts';
import { documentationParts } from './documentation-parts.ts';
import { documentationVersions } from './documentation-versions.ts';
import { domainNameAccessAssociations } from './domain-name-access-associations.ts';
import { domainNames } from './domain-names.ts';
import { exports } from './exports.ts';
import { gatewayResponses } from './gateway-responses.ts';
import type { Handlers } from './handler.ts';
import { importedApiKeys } from './import-api-keys.ts';
import { importDocumentationParts } from './import-documentation-parts.ts';
import { importRestApi } from './import-rest-api.ts';
import { integrationResponses } from './integration-responses.ts';
import { integrations } from './integrations.ts';
import { methodResponses } from './method-responses.ts';
import { methods } from './methods.ts';
import { models } from './models.ts';
import { requestValidators } from './request-validators.ts';
import { resources } from './resources.ts';
import { restApis } from './rest-apis.ts';
import { sdks } from './sdks.ts';
import { stages } from './stages.ts';
import { tags } from './tags.ts';
import { testInvokeAuthorizer } from './test-invoke-authorizer.ts';
import { testInvokeMethod } from './test-invoke-method.ts';
import { usage } from './usage.ts';
import { usagePlanKeys } from './usage-plan-keys.ts';
import { usagePlans } from './usage-plans.ts';
import { vpcLinks } from './vpc-links.ts';

/** All of them: the compiler sees to it that none is missing. */
export const handlers: Handlers = {
  ...restApis,
  ...importRestApi,
  ...exports,
  ...importDocumentationParts,
  ...resources,
  ...methods,
  ...methodResponses,
  ...integrations,
  ...integrationResponses,
  ...tags,
  ...deployments,
  ...stages,
  ...domainNames,
  ...basePathMappings,
  ...domainNameAccessAssociations,
  ...models,
  ...requestValidators,
  ...gatewayResponses,
  ...apiKeys,
  ...importedApiKeys,
  ...usagePlans,
  ...usagePlanKeys,
  ...usage,
  ...authorizers,
  ...testInvokeAuthorizer,
  ...documentationParts,
  ...documentationVersions,
  ...account,
  ...clientCertificates,
  ...vpcLinks,
  ...sdks,
  ...testInvokeMethod,
};
