// ExportApi, ImportApi and ReimportApi: OpenAPI describes HTTP APIs. WebSocket APIs have no such document in AWS either;
// a CloudFormation template is what describes them, and the command line imports it.

import { reads } from '../api/handler.ts';
import { badRequest } from '../protocol/exceptions.ts';
import type { V2Handlers } from './handlers.ts';
import { v2ApiOf } from './lookup.ts';

export const openApi = {
  'apigatewayv2:ExportApi': reads<'apigatewayv2:ExportApi'>((input, view, { account }) => {
    const { apiId, specification } = input;
    const { protocolType } = v2ApiOf(view, apiId, account);
    if (specification !== 'OAS30') throw badRequest('Invalid specification. Must be OAS30');
    throw badRequest(`Exporting is not supported for ${protocolType} protocol Apis.`);
  }),

  'apigatewayv2:ImportApi': reads<'apigatewayv2:ImportApi'>(() => {
    throw badRequest(
      'ImportApi makes HTTP APIs, which are not supported by this release. ImportRestApi imports the same document as a REST API.',
    );
  }),

  'apigatewayv2:ReimportApi': reads<'apigatewayv2:ReimportApi'>(({ apiId }, view, { account }) => {
    const { protocolType } = v2ApiOf(view, apiId, account);
    throw badRequest(`Importing is not supported for ${protocolType} protocol Apis.`);
  }),
} satisfies Partial<V2Handlers>;
