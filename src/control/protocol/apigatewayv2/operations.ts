// The operations of `apigatewayv2` (API version 2018-11-29): how they look on the wire. What they do is in control/api2.
// Members are spelled as the wire spells them. Those at the end are known so that nothing else answers for them.

import { type Operation, operation } from '../operation.ts';
import { boolean, label, list, query, required, string } from '../shape.ts';
import * as s from './shapes.ts';

const apis = '/v2/apis';
const api = `${apis}/{apiId}`;
const authorizer = `${api}/authorizers/{authorizerId}`;
const deployment = `${api}/deployments/{deploymentId}`;
const integration = `${api}/integrations/{integrationId}`;
const integrationResponse = `${integration}/integrationresponses/{integrationResponseId}`;
const model = `${api}/models/{modelId}`;
const route = `${api}/routes/{routeId}`;
const routeResponse = `${route}/routeresponses/{routeResponseId}`;
const stage = `${api}/stages/{stageName}`;
const domainNames = '/v2/domainnames';
const domainName = `${domainNames}/{domainName}`;
const apiMapping = `${domainName}/apimappings/{apiMappingId}`;
const vpcLink = '/v2/vpclinks/{vpcLinkId}';
const tags = '/v2/tags/{resource-arn}';

const ofApi = { apiId: label('apiId') } as const;
const ofAuthorizer = { ...ofApi, authorizerId: label('authorizerId') } as const;
const ofDeployment = { ...ofApi, deploymentId: label('deploymentId') } as const;
const ofIntegration = { ...ofApi, integrationId: label('integrationId') } as const;
const ofIntegrationResponse = {
  ...ofIntegration,
  integrationResponseId: label('integrationResponseId'),
} as const;
const ofModel = { ...ofApi, modelId: label('modelId') } as const;
const ofRoute = { ...ofApi, routeId: label('routeId') } as const;
const ofRouteResponse = { ...ofRoute, routeResponseId: label('routeResponseId') } as const;
const ofStage = { ...ofApi, stageName: label('stageName') } as const;
const ofDomainName = { domainName: label('domainName') } as const;
const ofApiMapping = { ...ofDomainName, apiMappingId: label('apiMappingId') } as const;
const ofVpcLink = { vpcLinkId: label('vpcLinkId') } as const;
const ofArn = { resourceArn: label('resource-arn') } as const;
const paged = { maxResults: query('maxResults'), nextToken: query('nextToken') } as const;
const imported = { basepath: query('basepath'), failOnWarnings: query('failOnWarnings', boolean) } as const;

export const apigatewayv2Operations = {
  CreateApi: operation('POST', apis, 201, {
    ...s.apiMembers,
    name: required(s.name),
    protocolType: required(string),
    tags: s.tags,
  }),
  GetApi: operation('GET', api, 200, ofApi),
  GetApis: operation('GET', apis, 200, paged),
  UpdateApi: operation('PATCH', api, 200, { ...ofApi, ...s.apiMembers, name: s.name }),
  DeleteApi: operation('DELETE', api, 204, ofApi),
  DeleteCorsConfiguration: operation('DELETE', `${api}/cors`, 204, ofApi),
  ExportApi: operation('GET', `${api}/exports/{specification}`, 200, {
    ...ofApi,
    specification: label('specification'),
    outputType: required(query('outputType')),
    exportVersion: query('exportVersion'),
    includeExtensions: query('includeExtensions', boolean),
    stageName: query('stageName'),
  }),
  ImportApi: operation('PUT', apis, 201, { ...imported, body: required(string) }),
  ReimportApi: operation('PUT', api, 201, { ...ofApi, ...imported, body: required(string) }),

  CreateRoute: operation('POST', `${api}/routes`, 201, {
    ...ofApi,
    ...s.routeMembers,
    routeKey: required(s.selectionKey),
  }),
  GetRoute: operation('GET', route, 200, ofRoute),
  GetRoutes: operation('GET', `${api}/routes`, 200, { ...ofApi, ...paged }),
  UpdateRoute: operation('PATCH', route, 200, { ...ofRoute, ...s.routeMembers, routeKey: s.selectionKey }),
  DeleteRoute: operation('DELETE', route, 204, ofRoute),
  DeleteRouteRequestParameter: operation('DELETE', `${route}/requestparameters/{requestParameterKey}`, 204, {
    ...ofRoute,
    requestParameterKey: label('requestParameterKey'),
  }),

  CreateRouteResponse: operation('POST', `${route}/routeresponses`, 201, {
    ...ofRoute,
    ...s.routeResponseMembers,
    routeResponseKey: required(s.selectionKey),
  }),
  GetRouteResponse: operation('GET', routeResponse, 200, ofRouteResponse),
  GetRouteResponses: operation('GET', `${route}/routeresponses`, 200, { ...ofRoute, ...paged }),
  UpdateRouteResponse: operation('PATCH', routeResponse, 200, {
    ...ofRouteResponse,
    ...s.routeResponseMembers,
    routeResponseKey: s.selectionKey,
  }),
  DeleteRouteResponse: operation('DELETE', routeResponse, 204, ofRouteResponse),

  CreateIntegration: operation('POST', `${api}/integrations`, 201, {
    ...ofApi,
    ...s.integrationMembers,
    integrationType: required(s.integrationType),
  }),
  GetIntegration: operation('GET', integration, 200, ofIntegration),
  GetIntegrations: operation('GET', `${api}/integrations`, 200, { ...ofApi, ...paged }),
  UpdateIntegration: operation('PATCH', integration, 200, {
    ...ofIntegration,
    ...s.integrationMembers,
    integrationType: s.integrationType,
  }),
  DeleteIntegration: operation('DELETE', integration, 204, ofIntegration),

  CreateIntegrationResponse: operation('POST', `${integration}/integrationresponses`, 201, {
    ...ofIntegration,
    ...s.integrationResponseMembers,
    integrationResponseKey: required(s.selectionKey),
  }),
  GetIntegrationResponse: operation('GET', integrationResponse, 200, ofIntegrationResponse),
  GetIntegrationResponses: operation('GET', `${integration}/integrationresponses`, 200, {
    ...ofIntegration,
    ...paged,
  }),
  UpdateIntegrationResponse: operation('PATCH', integrationResponse, 200, {
    ...ofIntegrationResponse,
    ...s.integrationResponseMembers,
    integrationResponseKey: s.selectionKey,
  }),
  DeleteIntegrationResponse: operation('DELETE', integrationResponse, 204, ofIntegrationResponse),

  CreateModel: operation('POST', `${api}/models`, 201, {
    ...ofApi,
    contentType: s.contentType,
    description: s.description,
    name: required(s.name),
    schema: required(s.schema),
  }),
  GetModel: operation('GET', model, 200, ofModel),
  GetModels: operation('GET', `${api}/models`, 200, { ...ofApi, ...paged }),
  GetModelTemplate: operation('GET', `${model}/template`, 200, ofModel),
  UpdateModel: operation('PATCH', model, 200, {
    ...ofModel,
    contentType: s.contentType,
    description: s.description,
    name: s.name,
    schema: s.schema,
  }),
  DeleteModel: operation('DELETE', model, 204, ofModel),

  CreateAuthorizer: operation('POST', `${api}/authorizers`, 201, {
    ...ofApi,
    ...s.authorizerMembers,
    authorizerType: required(s.authorizerType),
    identitySource: required(list(string)),
    name: required(s.name),
  }),
  GetAuthorizer: operation('GET', authorizer, 200, ofAuthorizer),
  GetAuthorizers: operation('GET', `${api}/authorizers`, 200, { ...ofApi, ...paged }),
  UpdateAuthorizer: operation('PATCH', authorizer, 200, {
    ...ofAuthorizer,
    ...s.authorizerMembers,
    authorizerType: s.authorizerType,
    identitySource: list(string),
    name: s.name,
  }),
  DeleteAuthorizer: operation('DELETE', authorizer, 204, ofAuthorizer),

  CreateDeployment: operation('POST', `${api}/deployments`, 201, {
    ...ofApi,
    description: s.description,
    stageName: s.stageName,
  }),
  GetDeployment: operation('GET', deployment, 200, ofDeployment),
  GetDeployments: operation('GET', `${api}/deployments`, 200, { ...ofApi, ...paged }),
  UpdateDeployment: operation('PATCH', deployment, 200, { ...ofDeployment, description: s.description }),
  DeleteDeployment: operation('DELETE', deployment, 204, ofDeployment),

  CreateStage: operation('POST', `${api}/stages`, 201, {
    ...ofApi,
    ...s.stageMembers,
    stageName: required(s.stageName),
    tags: s.tags,
  }),
  GetStage: operation('GET', stage, 200, ofStage),
  GetStages: operation('GET', `${api}/stages`, 200, { ...ofApi, ...paged }),
  UpdateStage: operation('PATCH', stage, 200, { ...ofStage, ...s.stageMembers }),
  DeleteStage: operation('DELETE', stage, 204, ofStage),
  DeleteAccessLogSettings: operation('DELETE', `${stage}/accesslogsettings`, 204, ofStage),
  DeleteRouteSettings: operation('DELETE', `${stage}/routesettings/{routeKey}`, 204, {
    ...ofStage,
    routeKey: label('routeKey'),
  }),
  ResetAuthorizersCache: operation('DELETE', `${stage}/cache/authorizers`, 204, ofStage),

  CreateDomainName: operation('POST', domainNames, 201, {
    domainName: required(s.domainName),
    domainNameConfigurations: s.domainNameConfigurations,
    mutualTlsAuthentication: s.mutualTlsAuthentication,
    routingMode: s.routingMode,
    tags: s.tags,
  }),
  GetDomainName: operation('GET', domainName, 200, ofDomainName),
  GetDomainNames: operation('GET', domainNames, 200, paged),
  UpdateDomainName: operation('PATCH', domainName, 200, {
    ...ofDomainName,
    domainNameConfigurations: s.domainNameConfigurations,
    mutualTlsAuthentication: s.mutualTlsAuthentication,
    routingMode: s.routingMode,
  }),
  DeleteDomainName: operation('DELETE', domainName, 204, ofDomainName),

  CreateApiMapping: operation('POST', `${domainName}/apimappings`, 201, {
    ...ofDomainName,
    apiId: required(s.id),
    apiMappingKey: s.apiMappingKey,
    stage: required(s.stageName),
  }),
  GetApiMapping: operation('GET', apiMapping, 200, ofApiMapping),
  GetApiMappings: operation('GET', `${domainName}/apimappings`, 200, { ...ofDomainName, ...paged }),
  UpdateApiMapping: operation('PATCH', apiMapping, 200, {
    ...ofApiMapping,
    apiId: required(s.id),
    apiMappingKey: s.apiMappingKey,
    stage: s.stageName,
  }),
  DeleteApiMapping: operation('DELETE', apiMapping, 204, ofApiMapping),

  CreateVpcLink: operation('POST', '/v2/vpclinks', 201, {
    name: required(s.name),
    securityGroupIds: list(string),
    subnetIds: required(list(string)),
    tags: s.tags,
  }),
  GetVpcLink: operation('GET', vpcLink, 200, ofVpcLink),
  GetVpcLinks: operation('GET', '/v2/vpclinks', 200, paged),
  UpdateVpcLink: operation('PATCH', vpcLink, 200, { ...ofVpcLink, name: s.name }),
  DeleteVpcLink: operation('DELETE', vpcLink, 202, ofVpcLink),

  GetTags: operation('GET', tags, 200, ofArn),
  TagResource: operation('POST', tags, 201, { ...ofArn, tags: s.tags }),
  UntagResource: operation('DELETE', tags, 204, {
    ...ofArn,
    tagKeys: required(query('tagKeys', list(string))),
  }),
} as const;

/** Nothing of their input is read: they are refused. */
const unread = (method: Operation['method'], uri: string, status: number) =>
  operation(method, uri, status, {});

const portals = '/v2/portals';
const portal = `${portals}/{portalId}`;
const products = '/v2/portalproducts';
const product = `${products}/{portalProductId}`;
const page = `${product}/productpages/{productPageId}`;
const endpointPage = `${product}/productrestendpointpages/{productRestEndpointPageId}`;
const routingRules = `${domainName}/routingrules`;
const routingRule = `${routingRules}/{routingRuleId}`;

/** Portals and what they show, and routing rules: neither HTTP APIs nor WebSocket APIs need them. */
export const refusedOperations = {
  CreatePortal: unread('POST', portals, 201),
  GetPortal: unread('GET', portal, 200),
  ListPortals: unread('GET', portals, 200),
  UpdatePortal: unread('PATCH', portal, 200),
  DeletePortal: unread('DELETE', portal, 204),
  PublishPortal: unread('POST', `${portal}/publish`, 202),
  DisablePortal: unread('DELETE', `${portal}/publish`, 204),
  PreviewPortal: unread('POST', `${portal}/preview`, 202),
  CreatePortalProduct: unread('POST', products, 201),
  GetPortalProduct: unread('GET', product, 200),
  ListPortalProducts: unread('GET', products, 200),
  UpdatePortalProduct: unread('PATCH', product, 200),
  DeletePortalProduct: unread('DELETE', product, 204),
  GetPortalProductSharingPolicy: unread('GET', `${product}/sharingpolicy`, 200),
  PutPortalProductSharingPolicy: unread('PUT', `${product}/sharingpolicy`, 200),
  DeletePortalProductSharingPolicy: unread('DELETE', `${product}/sharingpolicy`, 204),
  CreateProductPage: unread('POST', `${product}/productpages`, 201),
  GetProductPage: unread('GET', page, 200),
  ListProductPages: unread('GET', `${product}/productpages`, 200),
  UpdateProductPage: unread('PATCH', page, 200),
  DeleteProductPage: unread('DELETE', page, 204),
  CreateProductRestEndpointPage: unread('POST', `${product}/productrestendpointpages`, 201),
  GetProductRestEndpointPage: unread('GET', endpointPage, 200),
  ListProductRestEndpointPages: unread('GET', `${product}/productrestendpointpages`, 200),
  UpdateProductRestEndpointPage: unread('PATCH', endpointPage, 200),
  DeleteProductRestEndpointPage: unread('DELETE', endpointPage, 204),
  CreateRoutingRule: unread('POST', routingRules, 201),
  GetRoutingRule: unread('GET', routingRule, 200),
  ListRoutingRules: unread('GET', routingRules, 200),
  PutRoutingRule: unread('PUT', routingRule, 200),
  DeleteRoutingRule: unread('DELETE', routingRule, 204),
} as const;

export const v2Operations = { ...apigatewayv2Operations, ...refusedOperations } as const;
export type V2OperationName = keyof typeof v2Operations;
export type RefusedOperationName = keyof typeof refusedOperations;
