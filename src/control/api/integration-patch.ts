// What UpdateIntegration and UpdateIntegrationResponse may change. What must hold of the whole is checked afterwards.
// @see management API reference, section 5

import type {
  Integration,
  IntegrationResponse,
  IntegrationTypeName,
  PassthroughBehavior,
} from '../../resources/index.ts';
import { badRequest } from '../protocol/exceptions.ts';
import { type Patch, type PatchRow, type PatchTable, replaces, withMember } from '../protocol/patch.ts';
import { entries, noContentType, noParameter, unlistedPaths } from './patch-entries.ts';
import { choiceOrNothing, textOrNothing, truth } from './patch-values.ts';

const passthroughBehaviors = ['WHEN_NO_MATCH', 'WHEN_NO_TEMPLATES', 'NEVER'] as const;

/** In any case of letters. @throws BadRequestException */
export function passthroughBehaviorOf(value: string | undefined): PassthroughBehavior {
  const found = passthroughBehaviors.find((one) => one === value?.toUpperCase());
  if (found !== undefined) return found;
  throw badRequest(
    `Invalid passthroughBehavior specified. Valid options are ${passthroughBehaviors.join(',')}`,
  );
}

const contentHandling = choiceOrNothing('/contentHandling', [
  'CONVERT_TO_BINARY',
  'CONVERT_TO_TEXT',
] as const);
const text = (value: string | undefined): string => value ?? '';

// What is no number becomes NaN, which the check of the whole refuses.
const milliseconds = (value: string | undefined): number =>
  value !== undefined && /^\d+$/.test(value) ? Number(value) : Number.NaN;

const commonRows: readonly PatchRow<Integration>[] = [
  replaces<Integration, 'passthroughBehavior'>(
    '/passthroughBehavior',
    'passthroughBehavior',
    passthroughBehaviorOf,
  ),
  replaces('/contentHandling', 'contentHandling', contentHandling),
  replaces('/timeoutInMillis', 'timeoutInMillis', milliseconds),
  replaces('/credentials', 'credentials', textOrNothing),
  replaces(
    '/connectionType',
    'connectionType',
    choiceOrNothing('/connectionType', ['INTERNET', 'VPC_LINK'] as const),
  ),
  replaces('/connectionId', 'connectionId', textOrNothing),
  replaces('/integrationTarget', 'integrationTarget', textOrNothing),
  replaces(
    '/responseTransferMode',
    'responseTransferMode',
    choiceOrNothing('/responseTransferMode', ['BUFFERED', 'STREAM'] as const),
  ),
  replaces('/cacheNamespace', 'cacheNamespace', textOrNothing),
  { path: '/cacheKeyParameters', ops: ['add', 'replace', 'remove'], apply: patchCacheKeys },
  { path: '/cacheKeyParameters/{name}', ops: ['add', 'replace', 'remove'], apply: patchCacheKeys },
  {
    path: '/tlsConfig/insecureSkipVerification',
    ops: ['replace'],
    apply: (integration, { value }) =>
      withMember(integration, 'tlsConfig', {
        ...integration.tlsConfig,
        insecureSkipVerification: truth(value),
      }),
  },
  entries<Integration, string, 'requestParameters'>('requestParameters', text, noParameter),
  entries<Integration, string, 'requestTemplates'>('requestTemplates', text, noContentType),
];

const backendRows: readonly PatchRow<Integration>[] = [
  replaces('/httpMethod', 'httpMethod', textOrNothing),
  replaces('/uri', 'uri', textOrNothing),
];

/** A MOCK has no backend to change; the type itself changes only by putting the integration again. */
export const integrationPatches = (type: IntegrationTypeName): PatchTable<Integration> => ({
  rows: type === 'MOCK' ? commonRows : [...commonRows, ...backendRows],
  ...unlistedPaths,
});

// The parameter stands in the path, or in the value when the path names none; the value may then be a list with commas.
function patchCacheKeys(integration: Integration, { op, names, value }: Patch): Integration {
  const current = integration.cacheKeyParameters ?? [];
  const named = names.name === undefined ? (value ?? '').split(',').map((one) => one.trim()) : [names.name];
  const given = named.filter((one) => one !== '');
  if (names.name === undefined && op === 'replace') return { ...integration, cacheKeyParameters: given };
  // Without a name everything is removed.
  if (op === 'remove' && given.length === 0) return { ...integration, cacheKeyParameters: [] };
  const others = current.filter((one) => !given.includes(one));
  if (op === 'remove') return { ...integration, cacheKeyParameters: others };
  const replacing = op === 'replace' && value ? [value] : given;
  return { ...integration, cacheKeyParameters: [...new Set([...others, ...replacing])] };
}

export const integrationResponsePatches: PatchTable<IntegrationResponse> = {
  rows: [
    {
      path: '/selectionPattern',
      ops: ['replace'],
      // An empty pattern is kept as it is given.
      apply: (response, { value }) => withMember(response, 'selectionPattern', value),
    },
    replaces('/contentHandling', 'contentHandling', contentHandling),
    entries<IntegrationResponse, string, 'responseParameters'>('responseParameters', text, noParameter),
    entries<IntegrationResponse, string, 'responseTemplates'>('responseTemplates', text, noContentType),
  ],
  ...unlistedPaths,
};
