// What UpdateRestApi may change, and its refusals.
// @see management API reference, section 5; observed behaviour, sections 2 and 4

import type { EndpointType, RestApi } from '../../resources/index.ts';
import { compressionSizeProblem, endpointProblem } from '../openapi/rest-api-checks.ts';
import { badRequest } from '../protocol/exceptions.ts';
import {
  invalidPatchPath,
  type Patch,
  type PatchOp,
  type PatchRow,
  type PatchTable,
  replaces,
  withMember,
} from '../protocol/patch.ts';
import { valuesOf } from '../protocol/shape.ts';
import * as shapes from '../protocol/shapes.ts';
import type { Account } from './handler.ts';
import { unlistedPaths } from './patch-entries.ts';
import { choice, textOrNothing, truth } from './patch-values.ts';
import { policyToKeep } from './rest-api-policy.ts';

const endpointTypes: readonly string[] = ['REGIONAL', 'EDGE', 'PRIVATE'];
const addRemoveReplace: readonly PatchOp[] = ['add', 'remove', 'replace'];

/** All places of a RestApi that may change. The final check across members is `checkPatched`. */
export function restApiPatches(account: Account): PatchTable<RestApi> {
  return {
    rows: [
      replaces('/name', 'name', nameOf),
      descriptionRow,
      replaces('/version', 'version', textOrNothing),
      policyRow(account),
      replaces('/apiKeySource', 'apiKeySource', choice('/apiKeySource', ['HEADER', 'AUTHORIZER'] as const)),
      replaces('/disableExecuteApiEndpoint', 'disableExecuteApiEndpoint', truth),
      replaces('/minimumCompressionSize', 'minimumCompressionSize', compressionSizeOf),
      ...binaryMediaTypeRows,
      ...endpointRows,
      replaces(
        '/securityPolicy',
        'securityPolicy',
        choice('/securityPolicy', valuesOf(shapes.securityPolicy)),
      ),
      replaces(
        '/endpointAccessMode',
        'endpointAccessMode',
        choice('/endpointAccessMode', valuesOf(shapes.endpointAccessMode)),
      ),
    ],
    unknownPath: invalidPatchPath,
    unsupportedOp: ({ path }) =>
      path?.startsWith('/endpointConfiguration/types')
        ? badRequest("Invalid patch operation specified. Must be 'add'|'remove'|'replace'")
        : unlistedPaths.unsupportedOp(),
  };
}

/** What must hold of the whole after all operations. @throws BadRequestException */
export function checkPatched(before: RestApi, after: RestApi): void {
  const problem = endpointProblem(after.endpointConfiguration);
  if (problem !== undefined) throw badRequest(problem);
  const [from, to] = [before.endpointConfiguration.types[0], after.endpointConfiguration.types[0]];
  if (from === 'PRIVATE' && to === 'EDGE') throw badRequest('Cannot update endpoint from PRIVATE to EDGE');
}

function nameOf(value: string | undefined): string {
  if (value === undefined || value.trim() === '') throw badRequest('Name cannot be empty');
  return value;
}

const descriptionRow: PatchRow<RestApi> = {
  path: '/description',
  ops: addRemoveReplace,
  apply: (restApi, { op, value }) =>
    withMember(restApi, 'description', op === 'remove' ? undefined : textOrNothing(value)),
};

const policyRow = (account: Account): PatchRow<RestApi> => ({
  path: '/policy',
  ops: ['replace'],
  apply: (restApi, { value = '' }) =>
    withMember(restApi, 'policy', value === '' ? undefined : policyToKeep(value, restApi.id, account)),
});

// An empty text, or no value, turns compression off; "0" compresses everything.
function compressionSizeOf(value: string | undefined): number | undefined {
  if (value === undefined || value === '') return undefined;
  const size = /^\s*[+-]?\d+\s*$/.test(value) ? Number(value) : Number.NaN;
  const problem = compressionSizeProblem(size);
  if (problem !== undefined) throw badRequest(problem);
  return size;
}

// Addressed like a map, kept as a list: the type stands in the path.
const binaryMediaTypeRows: readonly PatchRow<RestApi>[] = [
  {
    path: '/binaryMediaTypes/{type}',
    ops: addRemoveReplace,
    apply: (restApi, { op, names, value }) => {
      const types = restApi.binaryMediaTypes ?? [];
      const others = types.filter((type) => type !== names.type);
      if (op === 'remove') return withBinaryMediaTypes(restApi, others);
      if (op === 'replace' && value) {
        return withBinaryMediaTypes(restApi, [...others.filter((type) => type !== value), value]);
      }
      return types.includes(names.type!) ? restApi : withBinaryMediaTypes(restApi, [...types, names.type!]);
    },
  },
];

const withBinaryMediaTypes = (restApi: RestApi, types: readonly string[]): RestApi =>
  withMember(restApi, 'binaryMediaTypes', types.length === 0 ? undefined : types);

const endpointRows: readonly PatchRow<RestApi>[] = [
  { path: '/endpointConfiguration/types', ops: addRemoveReplace, apply: patchTypes },
  { path: '/endpointConfiguration/types/{type}', ops: addRemoveReplace, apply: patchTypes },
  {
    path: '/endpointConfiguration/ipAddressType',
    ops: ['replace'],
    apply: (restApi, { value }) => {
      if (value !== 'ipv4' && value !== 'dualstack')
        throw badRequest('ipAddressType must be either ipv4 or dualstack.');
      return withEndpoint(restApi, { ipAddressType: value });
    },
  },
  {
    path: '/endpointConfiguration/vpcEndpointIds',
    ops: ['add', 'remove'],
    apply: (restApi, { op, value }) => {
      const others = (restApi.endpointConfiguration.vpcEndpointIds ?? []).filter((id) => id !== value);
      if (op === 'add' && !value) throw badRequest('Invalid VPC endpoint identifier specified');
      const ids = op === 'add' ? [...others, value!] : others;
      return withEndpoint(restApi, { vpcEndpointIds: ids.length === 0 ? undefined : ids });
    },
  },
];

function patchTypes(restApi: RestApi, { op, names, value }: Patch): RestApi {
  const { types } = restApi.endpointConfiguration;
  if (op === 'remove') {
    const removed = names.type ?? value;
    return withEndpoint(restApi, { types: types.filter((type) => type !== removed) });
  }
  // `replace /endpointConfiguration/types/EDGE` with the new type; the older form names the new type in the path.
  const type = value ?? names.type;
  if (type === undefined || !endpointTypes.includes(type)) {
    throw badRequest('Invalid EndpointTypes specified. Valid options are REGIONAL,EDGE,PRIVATE');
  }
  const added = type as EndpointType;
  const wanted = op === 'add' ? [...new Set([...types, added])] : [added];
  return withEndpoint(restApi, {
    types: wanted,
    ...(added === 'PRIVATE' ? { ipAddressType: 'dualstack' as const } : {}),
  });
}

const withEndpoint = (restApi: RestApi, changes: Partial<RestApi['endpointConfiguration']>): RestApi => ({
  ...restApi,
  endpointConfiguration: { ...restApi.endpointConfiguration, ...changes },
});
