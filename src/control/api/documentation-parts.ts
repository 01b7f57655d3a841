// DocumentationParts: what is said of an API and its parts, each at one location.

import type { DocumentationPart } from '../../resources/index.ts';
import type { View } from '../../store/index.ts';
import { apiOf } from '../lookup.ts';
import { locationMembers, placeKey } from '../openapi/read-documentation.ts';
import { badRequest, conflict, notFound } from '../protocol/exceptions.ts';
import type { Input } from '../protocol/operations.ts';
import { page } from '../protocol/paging.ts';
import { type PatchTable, patchDocument, replaces } from '../protocol/patch.ts';
import { quotas, refuseAbove } from '../quota.ts';
import { documentableLocations } from './documentable-locations.ts';
import { type Handlers, reads, writes } from './handler.ts';
import { jsonObject } from './json-object.ts';
import { freshId } from './tag-rules.ts';

type Location = Input<'CreateDocumentationPart'>['location'];

/** What is documented has an id and properties too. */
type ShownPart = Partial<DocumentationPart> & Pick<DocumentationPart, 'location'>;

const propertiesBytesMax = 400 * 1024;

export const documentationParts = {
  CreateDocumentationPart: writes<'CreateDocumentationPart'>((input, transaction, context) => {
    const { restApiId, properties } = input;
    apiOf(transaction, restApiId, context.account);
    const location = checkedLocation(input.location);
    checkProperties(properties);
    const existing = transaction.list('documentationPart', restApiId);
    const place = placeKey(location);
    if (existing.some((part) => placeKey(part.location) === place))
      throw conflict(`Documentation part already exists for the specified location: ${inWords(location)}.`);
    refuseAbove(quotas.documentationPartsPerApi, existing.length, 'documentation parts', 'API');
    const isTaken = (id: string) => transaction.get('documentationPart', restApiId, id) !== undefined;
    const part: DocumentationPart = { id: freshId(6, isTaken, context), location, properties };
    transaction.put('documentationPart', restApiId, part.id, part);
    return part;
  }),

  GetDocumentationPart: reads<'GetDocumentationPart'>(({ restApiId, documentationPartId }, view) =>
    partOf(view, restApiId, documentationPartId),
  ),

  GetDocumentationParts: reads<'GetDocumentationParts'>((input, view, { account }) => {
    const { restApiId, type, nameQuery, path, locationStatus = 'DOCUMENTED' } = input;
    apiOf(view, restApiId, account);
    const parts = view.list('documentationPart', restApiId);
    const all: readonly ShownPart[] =
      locationStatus === 'DOCUMENTED' ? parts : undocumented(view, restApiId, parts);
    const wanted = all
      .filter(({ location }) => type === undefined || location.type === type)
      .filter(({ location }) => nameQuery === undefined || location.name?.startsWith(nameQuery) === true)
      .filter(({ location }) => path === undefined || pathOf(location)?.startsWith(path) === true);
    return page(
      wanted,
      input,
      ({ id, location }) => id ?? placeKey(location),
      (part) => part,
    );
  }),

  UpdateDocumentationPart: writes<'UpdateDocumentationPart'>((input, transaction) => {
    const { restApiId, documentationPartId, patchOperations } = input;
    const changed = patchDocument(
      partOf(transaction, restApiId, documentationPartId),
      patchOperations,
      patches,
    );
    transaction.put('documentationPart', restApiId, documentationPartId, changed);
    return changed;
  }),

  DeleteDocumentationPart: writes<'DeleteDocumentationPart'>((input, transaction, { account }) => {
    const { restApiId, documentationPartId } = input;
    apiOf(transaction, restApiId, account);
    partOf(transaction, restApiId, documentationPartId);
    transaction.remove('documentationPart', restApiId, documentationPartId);
  }),
} satisfies Partial<Handlers>;

/** @throws NotFoundException, also when it is the API that is not there: only a delete looks for that first */
function partOf(view: View, apiId: string, id: string): DocumentationPart {
  const part = view.get('documentationPart', apiId, id);
  if (part === undefined) throw notFound('Invalid Documentation part identifier specified');
  return part;
}

/** @throws BadRequestException for members that the type has not, or a name that it needs */
function checkedLocation(given: Location): DocumentationPart['location'] {
  const { type } = given;
  const allowed = locationMembers[type] ?? [];
  const entries = Object.entries(given).filter(([, value]) => value !== '');
  const wrong = entries.find(([member]) => member !== 'type' && !allowed.includes(member));
  if (wrong !== undefined)
    throw badRequest(`Invalid location specified: '${wrong[0]}' is not a valid field for type '${type}'`);
  if (allowed.includes('name') && !given.name)
    throw badRequest(`Invalid location specified: 'name' is required for type '${type}'`);
  if (given.path && !given.path.startsWith('/'))
    throw badRequest(`Invalid location specified: path '${given.path}' must begin with '/'`);
  if (given.method && !/^(GET|PUT|POST|DELETE|PATCH|OPTIONS|HEAD|ANY|\*)$/.test(given.method))
    throw badRequest(`Invalid location specified: '${given.method}' is not a valid method`);
  return Object.fromEntries(entries) as DocumentationPart['location'];
}

function checkProperties(properties: string | undefined): string {
  if (properties === undefined || properties === '')
    throw badRequest('Documentation part properties must be non-empty');
  if (jsonObject(properties) === undefined)
    throw badRequest('Invalid documentation properties specified. Properties must be a JSON object');
  if (Buffer.byteLength(properties) > propertiesBytesMax)
    throw badRequest('Invalid documentation properties specified. Properties exceed 400 KB');
  return properties;
}

/** `type 'METHOD', path '/', method 'GET'`. */
const inWords = (location: DocumentationPart['location']): string =>
  ['type', 'path', 'method', 'statusCode', 'name']
    .filter((member) => location[member] !== undefined)
    .map((member) => `${member} '${location[member]}'`)
    .join(', ');

/** The path that a location stands for, said or not; none where its type has none. */
const pathOf = ({ type, path }: DocumentationPart['location']): string | undefined =>
  locationMembers[type ?? '']?.includes('path') === true ? (path ?? '/') : undefined;

/** What has no part of its own: locations without id and properties. */
function undocumented(view: View, apiId: string, parts: readonly DocumentationPart[]): ShownPart[] {
  const documented = new Set(parts.map(({ location }) => placeKey(location)));
  return documentableLocations(view, apiId)
    .filter((location) => !documented.has(placeKey(location)))
    .map((location) => ({ location }));
}

const patches: PatchTable<DocumentationPart> = {
  rows: [replaces('/properties', 'properties', checkProperties)],
};
