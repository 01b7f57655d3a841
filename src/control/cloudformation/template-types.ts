// The types of resources that a template may have: how each is made, and in which order.

import type { Kind } from '../../store/index.ts';
import type { V2OperationName } from '../protocol/apigatewayv2/operations.ts';

interface PartType {
  /** Lower is made first. */
  readonly rank: number;
  readonly create: V2OperationName;
  /** Where the store has it; null: by name of its own. */
  readonly kind: Kind;
  /** The member of the answer that a `Ref` stands for. */
  readonly ref: string;
  /** The member that names what it belongs to, within the API. */
  readonly owner?: string;
}

export const templateTypes = {
  'AWS::ApiGatewayV2::Api': { rank: 0, create: 'CreateApi', kind: 'v2Api', ref: 'apiId' },
  'AWS::ApiGatewayV2::Model': { rank: 1, create: 'CreateModel', kind: 'v2Model', ref: 'modelId' },
  'AWS::ApiGatewayV2::Authorizer': {
    rank: 2,
    create: 'CreateAuthorizer',
    kind: 'v2Authorizer',
    ref: 'authorizerId',
  },
  'AWS::ApiGatewayV2::Integration': {
    rank: 3,
    create: 'CreateIntegration',
    kind: 'v2Integration',
    ref: 'integrationId',
  },
  'AWS::ApiGatewayV2::IntegrationResponse': {
    rank: 4,
    create: 'CreateIntegrationResponse',
    kind: 'v2IntegrationResponse',
    ref: 'integrationResponseId',
    owner: 'integrationId',
  },
  'AWS::ApiGatewayV2::Route': { rank: 5, create: 'CreateRoute', kind: 'v2Route', ref: 'routeId' },
  'AWS::ApiGatewayV2::RouteResponse': {
    rank: 6,
    create: 'CreateRouteResponse',
    kind: 'v2RouteResponse',
    ref: 'routeResponseId',
    owner: 'routeId',
  },
  'AWS::ApiGatewayV2::Deployment': {
    rank: 7,
    create: 'CreateDeployment',
    kind: 'v2Deployment',
    ref: 'deploymentId',
  },
  'AWS::ApiGatewayV2::Stage': { rank: 8, create: 'CreateStage', kind: 'v2Stage', ref: 'stageName' },
  'AWS::Lambda::Permission': { rank: 9, create: null, kind: 'functionPolicy', ref: 'Id' },
} as const satisfies Readonly<
  Record<string, PartType | (Omit<PartType, 'create'> & { readonly create: null })>
>;

export type TemplateType = keyof typeof templateTypes;

export const isTemplateType = (type: string): type is TemplateType => Object.hasOwn(templateTypes, type);
