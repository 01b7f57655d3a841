// GatewayResponses: what the gateway says when it refuses. All types are always there; only customised ones are stored.

import { type GatewayResponseType, gatewayResponseStatuses } from '../../exchange/gateway-response.ts';
import type { GatewayResponse } from '../../resources/index.ts';
import type { View } from '../../store/index.ts';
import { apiOf } from '../lookup.ts';
import { badRequest, notFound } from '../protocol/exceptions.ts';
import { page } from '../protocol/paging.ts';
import {
  invalidPatchPath,
  type Patch,
  type PatchTable,
  patchDocument,
  withEntry,
  withMember,
} from '../protocol/patch.ts';
import { type Handlers, reads, writes } from './handler.ts';
import { jsonObject } from './json-object.ts';

type TextMap = Readonly<Record<string, string>>;
type MapName = 'responseParameters' | 'responseTemplates';

const types = Object.keys(gatewayResponseStatuses) as GatewayResponseType[];
const templatesDefault: TextMap = { 'application/json': '{"message":$context.error.messageString}' };

export const gatewayResponses = {
  GetGatewayResponse: reads<'GetGatewayResponse'>(({ restApiId, responseType }, view, { account }) => {
    apiOf(view, restApiId, account);
    return responseOf(view, restApiId, responseType);
  }),

  GetGatewayResponses: reads<'GetGatewayResponses'>((input, view, { account }) => {
    apiOf(view, input.restApiId, account);
    return page(
      types,
      input,
      (type) => type,
      (type) => responseOf(view, input.restApiId, type),
    );
  }),

  PutGatewayResponse: writes<'PutGatewayResponse'>((input, transaction, { account }) => {
    const { restApiId, responseType, statusCode } = input;
    apiOf(transaction, restApiId, account);
    const byDefault = defaultOf(responseType);
    const response: GatewayResponse = {
      responseType,
      ...(statusCode === undefined ? statusOf(byDefault) : { statusCode }),
      responseParameters: withoutNulls(input.responseParameters, 'responseParameters') ?? {},
      responseTemplates: withoutNulls(input.responseTemplates, 'responseTemplates') ?? templatesDefault,
      defaultResponse: false,
    };
    transaction.put('gatewayResponse', restApiId, responseType, response);
    return response;
  }),

  UpdateGatewayResponse: writes<'UpdateGatewayResponse'>((input, transaction, { account }) => {
    const { restApiId, responseType, patchOperations } = input;
    apiOf(transaction, restApiId, account);
    const before = transaction.get('gatewayResponse', restApiId, responseType) ?? defaultOf(responseType);
    // The first patch makes a customised one of the default, whatever it changes.
    const changed = { ...patchDocument(before, patchOperations, patches), defaultResponse: false };
    transaction.put('gatewayResponse', restApiId, responseType, changed);
    return changed;
  }),

  DeleteGatewayResponse: writes<'DeleteGatewayResponse'>((input, transaction, { account }) => {
    const { restApiId, responseType } = input;
    apiOf(transaction, restApiId, account);
    if (transaction.get('gatewayResponse', restApiId, responseType) === undefined)
      throw notFound('Gateway response type not defined on api');
    transaction.remove('gatewayResponse', restApiId, responseType);
  }),
} satisfies Partial<Handlers>;

/** As the service shows a type: its own, or else what DEFAULT_4XX or DEFAULT_5XX say for it, or else the default. */
export function responseOf(view: View, apiId: string, type: GatewayResponseType): GatewayResponse {
  const own = view.get('gatewayResponse', apiId, type);
  if (own !== undefined) return own;
  const byDefault = defaultOf(type);
  const status = gatewayResponseStatuses[type];
  if (status === null) return byDefault;
  const common = view.get('gatewayResponse', apiId, status < 500 ? 'DEFAULT_4XX' : 'DEFAULT_5XX');
  return {
    ...byDefault,
    ...common,
    responseType: type,
    ...statusOf(common, byDefault),
    defaultResponse: true,
  };
}

function defaultOf(responseType: GatewayResponseType): GatewayResponse {
  const status = gatewayResponseStatuses[responseType];
  return {
    responseType,
    ...(status === null ? {} : { statusCode: String(status) }),
    responseParameters: {},
    responseTemplates: templatesDefault,
    defaultResponse: true,
  };
}

/** The first status that one of them has. */
function statusOf(...responses: readonly (GatewayResponse | undefined)[]): { statusCode?: string } {
  const statusCode = responses.find((response) => response?.statusCode !== undefined)?.statusCode;
  return statusCode === undefined ? {} : { statusCode };
}

function withoutNulls(
  map: Readonly<Record<string, string | null>> | undefined,
  name: MapName,
): TextMap | undefined {
  if (map !== undefined && Object.values(map).some((value) => value === null)) throw nullOrEmpty(name);
  return map as TextMap | undefined;
}

const nullOrEmpty = (name: MapName) => badRequest(`Invalid null or empty value in ${name}`);

const mapRows = (name: MapName, entryPath: string, missing: string): PatchTable<GatewayResponse>['rows'] => [
  {
    path: `/${name}`,
    ops: ['add', 'replace', 'remove'],
    apply: (response, { op, value }) => {
      if (op === 'remove') return { ...response, [name]: {} };
      const given = textsOf(value, name);
      return { ...response, [name]: op === 'add' ? { ...response[name], ...given } : given };
    },
  },
  {
    path: entryPath,
    ops: ['add', 'replace', 'remove'],
    apply: (response, patch) => ({ ...response, [name]: entryPatched(response[name], name, patch, missing) }),
  },
];

function textsOf(value: string | undefined, name: MapName): TextMap {
  const given = jsonObject(value);
  if (given === undefined || Object.values(given).some((one) => typeof one !== 'string'))
    throw nullOrEmpty(name);
  return given as TextMap;
}

function entryPatched(map: TextMap | undefined, name: MapName, patch: Patch, missing: string): TextMap {
  const { op, value, names } = patch;
  const key = names.key!;
  if (op !== 'remove' && (value === undefined || value === '')) throw nullOrEmpty(name);
  if (op !== 'add' && !Object.hasOwn(map ?? {}, key)) throw notFound(missing);
  return withEntry(map, key, op === 'remove' ? undefined : value) ?? {};
}

const patches: PatchTable<GatewayResponse> = {
  rows: [
    {
      path: '/statusCode',
      ops: ['replace'],
      apply: (response, { value }) => {
        if (value !== undefined && value !== '' && !/^[1-5]\d\d$/.test(value))
          throw badRequest(`Invalid response status code specified: ${value}`);
        return withMember(response, 'statusCode', value === '' ? undefined : value);
      },
    },
    ...mapRows('responseParameters', '/responseParameters/{key}', 'Invalid parameter name specified'),
    ...mapRows('responseTemplates', '/responseTemplates/{key}', 'Content-Type specified was not found'),
  ],
  unknownPath: invalidPatchPath,
  unsupportedOp: invalidPatchPath,
};
