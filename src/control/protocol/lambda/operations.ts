// The operations of `lambda` that the gateway has: how they look on the wire. What they do is in control/lambda.
// @see botocore's model of lambda, API version 2015-03-31

import { operation, upload } from '../operation.ts';
import {
  boolean,
  header,
  integer,
  label,
  payload,
  query,
  required,
  string,
  structure,
  within,
} from '../shape.ts';
import * as s from './shapes.ts';

const functions = '/2015-03-31/functions';
const one = `${functions}/{FunctionName}`;
const eventInvokeConfig = '/2019-09-25/functions/{FunctionName}/event-invoke-config';

const ofFunction = { FunctionName: label('FunctionName', s.functionName) } as const;
const ofNamespaced = { FunctionName: label('FunctionName', s.namespacedFunctionName) } as const;
const qualified = { ...ofNamespaced, Qualifier: query('Qualifier', s.qualifier) } as const;
const paged = { Marker: query('Marker'), MaxItems: query('MaxItems', s.maxItems) } as const;

export const lambdaOperations = {
  CreateFunction: upload('POST', functions, 201, {
    FunctionName: required(s.functionName),
    Role: required(s.role),
    Code: required(structure(s.codeMembers)),
    ...s.settings,
    Publish: boolean,
    PublishTo: s.publishTo,
    PackageType: s.packageType,
    Tags: s.tags,
    CodeSigningConfigArn: string,
    Architectures: s.architectures,
    TenancyConfig: structure({}),
  }),
  GetFunction: operation('GET', one, 200, qualified),
  GetFunctionConfiguration: operation('GET', `${one}/configuration`, 200, qualified),
  ListFunctions: operation('GET', functions, 200, {
    MasterRegion: query('MasterRegion'),
    FunctionVersion: query('FunctionVersion', s.functionVersions),
    ...paged,
  }),
  UpdateFunctionCode: upload('PUT', `${one}/code`, 200, {
    ...ofFunction,
    ...s.codeMembers,
    Architectures: s.architectures,
    Publish: boolean,
    PublishTo: s.publishTo,
    DryRun: boolean,
    RevisionId: string,
  }),
  UpdateFunctionConfiguration: operation('PUT', `${one}/configuration`, 200, {
    ...ofFunction,
    Role: s.role,
    ...s.settings,
    RevisionId: string,
  }),
  DeleteFunction: operation('DELETE', one, 204, qualified),
  PublishVersion: operation('POST', `${one}/versions`, 201, {
    ...ofFunction,
    CodeSha256: string,
    Description: s.description,
    RevisionId: string,
    PublishTo: s.publishTo,
  }),
  ListVersionsByFunction: operation('GET', `${one}/versions`, 200, { ...ofNamespaced, ...paged }),

  CreateAlias: operation('POST', `${one}/aliases`, 201, {
    ...ofFunction,
    Name: required(s.alias),
    FunctionVersion: required(s.version),
    Description: s.description,
    RoutingConfig: s.routingConfig,
  }),
  GetAlias: operation('GET', `${one}/aliases/{Name}`, 200, { ...ofFunction, Name: label('Name', s.alias) }),
  ListAliases: operation('GET', `${one}/aliases`, 200, {
    ...ofFunction,
    FunctionVersion: query('FunctionVersion', s.version),
    ...paged,
  }),
  UpdateAlias: operation('PUT', `${one}/aliases/{Name}`, 200, {
    ...ofFunction,
    Name: label('Name', s.alias),
    FunctionVersion: s.version,
    Description: s.description,
    RoutingConfig: s.routingConfig,
    RevisionId: string,
  }),
  DeleteAlias: operation('DELETE', `${one}/aliases/{Name}`, 204, {
    ...ofFunction,
    Name: label('Name', s.alias),
  }),

  AddPermission: operation('POST', `${one}/policy`, 201, {
    ...qualified,
    StatementId: required(s.statementId),
    Action: required(s.action),
    Principal: required(s.principal),
    SourceArn: s.sourceArn,
    FunctionUrlAuthType: s.functionUrlAuthType,
    InvokedViaFunctionUrl: boolean,
    SourceAccount: s.sourceAccount,
    EventSourceToken: s.eventSourceToken,
    RevisionId: string,
    PrincipalOrgID: s.principalOrgId,
  }),
  RemovePermission: operation('DELETE', `${one}/policy/{StatementId}`, 204, {
    ...qualified,
    StatementId: label('StatementId', s.namespacedStatementId),
    RevisionId: query('RevisionId'),
  }),
  GetPolicy: operation('GET', `${one}/policy`, 200, qualified),

  PutFunctionConcurrency: operation('PUT', '/2017-10-31/functions/{FunctionName}/concurrency', 200, {
    ...ofFunction,
    ReservedConcurrentExecutions: required(within({ min: 0 }, integer)),
  }),
  GetFunctionConcurrency: operation(
    'GET',
    '/2019-09-30/functions/{FunctionName}/concurrency',
    200,
    ofFunction,
  ),
  DeleteFunctionConcurrency: operation(
    'DELETE',
    '/2017-10-31/functions/{FunctionName}/concurrency',
    204,
    ofFunction,
  ),

  PutFunctionEventInvokeConfig: operation('PUT', eventInvokeConfig, 200, {
    ...qualified,
    ...s.eventInvokeMembers,
  }),
  UpdateFunctionEventInvokeConfig: operation('POST', eventInvokeConfig, 200, {
    ...qualified,
    ...s.eventInvokeMembers,
  }),
  GetFunctionEventInvokeConfig: operation('GET', eventInvokeConfig, 200, qualified),
  ListFunctionEventInvokeConfigs: operation('GET', `${eventInvokeConfig}/list`, 200, {
    ...ofNamespaced,
    Marker: query('Marker'),
    MaxItems: query('MaxItems', within({ min: 1, max: 50 }, integer)),
  }),
  DeleteFunctionEventInvokeConfig: operation('DELETE', eventInvokeConfig, 204, qualified),

  TagResource: operation('POST', '/2017-03-31/tags/{Resource}', 204, {
    Resource: label('Resource', s.taggable),
    Tags: required(s.tags),
  }),
  UntagResource: operation('DELETE', '/2017-03-31/tags/{Resource}', 204, {
    Resource: label('Resource', s.taggable),
    TagKeys: required(query('tagKeys', s.tagKeys)),
  }),
  ListTags: operation('GET', '/2017-03-31/tags/{Resource}', 200, {
    Resource: label('Resource', s.taggable),
  }),
  GetAccountSettings: operation('GET', '/2016-08-19/account-settings', 200, {}),

  Invoke: operation('POST', `${one}/invocations`, 200, {
    ...qualified,
    InvocationType: header('X-Amz-Invocation-Type', s.invocationType),
    LogType: header('X-Amz-Log-Type', s.logType),
    ClientContext: header('X-Amz-Client-Context'),
    TraceId: header('X-Amzn-Trace-Id'),
    Payload: payload,
  }),
  InvokeAsync: operation('POST', '/2014-11-13/functions/{FunctionName}/invoke-async', 202, {
    ...ofNamespaced,
    InvokeArgs: payload,
  }),
  InvokeWithResponseStream: operation(
    'POST',
    '/2021-11-15/functions/{FunctionName}/response-streaming-invocations',
    200,
    {
      ...qualified,
      InvocationType: header('X-Amz-Invocation-Type', s.streamedInvocationType),
      LogType: header('X-Amz-Log-Type', s.logType),
      ClientContext: header('X-Amz-Client-Context'),
      TraceId: header('X-Amzn-Trace-Id'),
      Payload: payload,
    },
  ),

  /** Where `Code.Location` of GetFunction leads: a path of our own. */
  GetFunctionCode: operation('GET', `${one}/code.zip`, 200, qualified),
} as const;

export type LambdaOperationName = keyof typeof lambdaOperations;
