// BasePathMappings: which API and stage a base path of a domain name leads to.

import type { BasePathMapping } from '../../resources/index.ts';
import type { Transaction, View } from '../../store/index.ts';
import { domainNameKey } from '../deployment/published-state.ts';
import { badRequest, conflict, notFound } from '../protocol/exceptions.ts';
import { page } from '../protocol/paging.ts';
import { type PatchRow, patchDocument, withMember } from '../protocol/patch.ts';
import { domainNameOf } from './domain-names.ts';
import { type Handlers, reads, writes } from './handler.ts';

/** How the empty path, and the absent stage, are spelled. */
const none = '(none)';
const basePathPattern = /^[A-Za-z0-9$\-_.+!*'()]{1,300}$/;

export const basePathMappings = {
  CreateBasePathMapping: writes<'CreateBasePathMapping'>((input, transaction) => {
    const parent = domainNameKey(domainNameOf(transaction, input));
    const stage = stageGiven(input.stage);
    const basePath = basePathGiven(input.basePath);
    const mapping: BasePathMapping = {
      basePath,
      restApiId: input.restApiId,
      ...(stage === undefined ? {} : { stage }),
    };
    checkMapping(transaction, mapping);
    refuseTaken(transaction, parent, basePath);
    transaction.put('basePathMapping', parent, basePath, mapping);
    return mapping;
  }),

  GetBasePathMapping: reads<'GetBasePathMapping'>((input, view) => mappingOf(view, input).mapping),

  GetBasePathMappings: reads<'GetBasePathMappings'>((input, view) => {
    const parent = domainNameKey(domainNameOf(view, input));
    return page(
      view.list('basePathMapping', parent),
      input,
      ({ basePath }) => basePath,
      (mapping) => mapping,
    );
  }),

  UpdateBasePathMapping: writes<'UpdateBasePathMapping'>((input, transaction) => {
    const { parent, mapping: before } = mappingOf(transaction, input);
    const after = patchDocument(before, input.patchOperations, { rows });
    checkMapping(transaction, after);
    if (after.basePath !== before.basePath) {
      refuseTaken(transaction, parent, after.basePath);
      transaction.remove('basePathMapping', parent, before.basePath);
    }
    transaction.put('basePathMapping', parent, after.basePath, after);
    return after;
  }),

  DeleteBasePathMapping: writes<'DeleteBasePathMapping'>((input, transaction) => {
    const { parent, mapping } = mappingOf(transaction, input);
    transaction.remove('basePathMapping', parent, mapping.basePath);
  }),
} satisfies Partial<Handlers>;

interface Wanted {
  readonly domainName: string;
  readonly domainNameId?: string;
  readonly basePath: string;
}

/** @throws NotFoundException */
function mappingOf(view: View, wanted: Wanted): { parent: string; mapping: BasePathMapping } {
  const parent = domainNameKey(domainNameOf(view, wanted));
  const mapping = view.get('basePathMapping', parent, wanted.basePath === '' ? none : wanted.basePath);
  if (mapping === undefined) throw notFound('Invalid base path mapping identifier specified');
  return { parent, mapping };
}

function basePathGiven(basePath: string | undefined): string {
  if (basePath === undefined || basePath === '' || basePath === none) return none;
  if (basePath.includes('/'))
    throw badRequest(
      "API Gateway V1 doesn't support the slash character (/) in base path mappings. To create a multi-level base path mapping, use API Gateway V2.",
    );
  if (!basePathPattern.test(basePath)) throw badRequest(`Invalid base path specified: ${basePath}`);
  return basePath;
}

const stageGiven = (stage: string | undefined): string | undefined =>
  stage === '' || stage === none ? undefined : stage;

/** @throws BadRequestException when the API or the stage is not there */
function checkMapping(view: View, { restApiId, stage }: BasePathMapping): void {
  if (view.get('restApi', '', restApiId) === undefined)
    throw badRequest('Invalid REST API identifier specified');
  if (stage !== undefined && view.get('stage', restApiId, stage) === undefined)
    throw badRequest('Invalid stage identifier specified');
}

function refuseTaken(transaction: Transaction, parent: string, basePath: string): void {
  if (transaction.get('basePathMapping', parent, basePath) !== undefined)
    throw conflict('Base path already exists for this domain name');
}

const row = (
  path: string,
  change: (mapping: BasePathMapping, value: string | undefined) => BasePathMapping,
): PatchRow<BasePathMapping> => ({
  path,
  ops: ['replace'],
  apply: (mapping, { value }) => change(mapping, value),
});

const toBasePath = (mapping: BasePathMapping, value: string | undefined) => ({
  ...mapping,
  basePath: basePathGiven(value),
});
const toApi = (mapping: BasePathMapping, value = '') => ({ ...mapping, restApiId: value });

/** Both spellings of two paths are in use. */
const rows: readonly PatchRow<BasePathMapping>[] = [
  row('/basePath', toBasePath),
  row('/basepath', toBasePath),
  row('/restapiId', toApi),
  row('/restApiId', toApi),
  row('/stage', (mapping, value) => withMember(mapping, 'stage', stageGiven(value))),
];
