// Resources: the tree of paths of an API. Each keeps its full path, so what moves takes its whole subtree along.

import type { Method, Resource } from '../../resources/index.ts';
import type { Transaction, View } from '../../store/index.ts';
import { apiOf, resourceOf } from '../lookup.ts';
import { isVariable, pathBelow, pathPartProblem } from '../openapi/path-part.ts';
import { badRequest, conflict } from '../protocol/exceptions.ts';
import { page } from '../protocol/paging.ts';
import { type PatchTable, patchDocument } from '../protocol/patch.ts';
import { type Handlers, reads, writes } from './handler.ts';
import { presentMethod } from './methods.ts';

export const resources = {
  CreateResource: writes<'CreateResource'>(({ restApiId, parentId, pathPart }, transaction, { newId }) => {
    const parent = resourceOf(transaction, restApiId, parentId);
    checkPlace(restApiId, { id: '', pathPart }, parent, transaction);
    const created = { id: newId(10), parentId, pathPart, path: pathBelow(parent.path, pathPart) };
    transaction.put('resource', restApiId, created.id, created);
    return created;
  }),

  GetResource: reads<'GetResource'>(({ restApiId, resourceId, embed }, view) =>
    presentResource(resourceOf(view, restApiId, resourceId), embed),
  ),

  GetResources: reads<'GetResources'>((input, view, { account }) => {
    apiOf(view, input.restApiId, account);
    const sorted = [...view.list('resource', input.restApiId)].sort(byPath);
    return page(
      sorted,
      input,
      ({ id }) => id,
      (resource) => presentResource(resource, input.embed),
    );
  }),

  UpdateResource: writes<'UpdateResource'>(({ restApiId, resourceId, patchOperations }, transaction) => {
    const before = resourceOf(transaction, restApiId, resourceId);
    const after = patchDocument(before, patchOperations, patches);
    if (after.parentId === before.parentId && after.pathPart === before.pathPart)
      return presentResource(before);
    const parent = resourceOf(transaction, restApiId, after.parentId!);
    refuseCycle(restApiId, resourceId, parent, transaction);
    checkPlace(restApiId, { id: resourceId, pathPart: after.pathPart! }, parent, transaction);
    const children = childrenByParent(restApiId, transaction);
    if ((children.get(resourceId) ?? []).length > 0) {
      const [child] = children.get(resourceId)!;
      const problem = pathPartProblem(child!.pathPart!, after.pathPart, undefined);
      if (problem !== undefined) throw badRequest(problem);
    }
    const moved = { ...after, path: pathBelow(parent.path, after.pathPart!) };
    transaction.put('resource', restApiId, resourceId, moved);
    moveChildren(restApiId, moved, children, transaction);
    return presentResource(moved);
  }),

  DeleteResource: writes<'DeleteResource'>(({ restApiId, resourceId }, transaction) => {
    const resource = resourceOf(transaction, restApiId, resourceId);
    if (resource.parentId === undefined) throw badRequest('Root resource cannot be deleted.');
    const children = childrenByParent(restApiId, transaction);
    const waiting = [resourceId];
    while (waiting.length > 0) {
      const id = waiting.pop()!;
      transaction.remove('resource', restApiId, id);
      waiting.push(...(children.get(id) ?? []).map((child) => child.id));
    }
  }),
} satisfies Partial<Handlers>;

/** As plain text, as the service sorts them. */
const byPath = (a: Resource, b: Resource): number => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0);

/** Without `embed=methods` only the verbs are told. */
function presentResource({ resourceMethods, ...resource }: Resource, embed: readonly string[] = []) {
  const methods = Object.entries(resourceMethods ?? {});
  if (methods.length === 0) return resource;
  const isEmbedded = embed.includes('methods');
  const shown = methods.map(([verb, method]: [string, Method]) => [
    verb,
    isEmbedded ? presentMethod(method) : {},
  ]);
  return { ...resource, resourceMethods: Object.fromEntries(shown) };
}

/** @throws ConflictException, BadRequestException when a segment cannot stand below `parent` */
function checkPlace(
  apiId: string,
  { id, pathPart }: { readonly id: string; readonly pathPart: string },
  parent: Resource,
  view: View,
): void {
  const siblings = view
    .list('resource', apiId)
    .filter((one) => one.parentId === parent.id && one.id !== id)
    .map((one) => one.pathPart!);
  if (siblings.includes(pathPart)) {
    throw conflict(`Another resource with the same parent already has this name: ${pathPart}`);
  }
  const problem = pathPartProblem(pathPart, parent.pathPart, siblings.find(isVariable));
  if (problem !== undefined) throw badRequest(problem);
}

const patches: PatchTable<Resource> = {
  rows: [
    {
      path: '/parentId',
      ops: ['replace'],
      apply: (resource, { value }) => {
        if (resource.parentId === undefined) throw badRequest('Root resource cannot update its parentId.');
        return { ...resource, parentId: value ?? '' };
      },
    },
    {
      path: '/pathPart',
      ops: ['replace'],
      apply: (resource, { value }) => {
        if (resource.parentId === undefined) throw badRequest('Root resource cannot update its pathPart.');
        return { ...resource, pathPart: value ?? '' };
      },
    },
  ],
};

function refuseCycle(apiId: string, resourceId: string, parent: Resource, view: View): void {
  let above: Resource | undefined = parent;
  while (above !== undefined) {
    if (above.id === resourceId) throw badRequest('Resources cannot be cyclical.');
    above = above.parentId === undefined ? undefined : view.get('resource', apiId, above.parentId);
  }
}

type Children = ReadonlyMap<string, readonly Resource[]>;

const childrenByParent = (apiId: string, view: View): Children =>
  Map.groupBy(view.list('resource', apiId), ({ parentId }) => parentId ?? '');

function moveChildren(apiId: string, moved: Resource, children: Children, transaction: Transaction): void {
  const waiting = [moved];
  while (waiting.length > 0) {
    const parent = waiting.pop()!;
    for (const child of children.get(parent.id) ?? []) {
      const followed = { ...child, path: pathBelow(parent.path, child.pathPart!) };
      transaction.put('resource', apiId, child.id, followed);
      waiting.push(followed);
    }
  }
}
