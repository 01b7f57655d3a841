// The paths of a document as the resource tree.

import { tableOf } from '../../base/table.ts';
import type { HttpMethod, Method, Resource } from '../../resources/index.ts';
import type { Cursor } from './cursor.ts';
import type { ImportContext } from './import-context.ts';
import { isVariable, pathBelow, pathPartProblem } from './path-part.ts';
import { readOperation, type Tables } from './read-operation.ts';
import { element } from './source-map.ts';

const verbs = tableOf<HttpMethod>({
  get: 'GET',
  put: 'PUT',
  post: 'POST',
  delete: 'DELETE',
  patch: 'PATCH',
  options: 'OPTIONS',
  head: 'HEAD',
});
const anyMethod = 'x-amazon-apigateway-any-method';
/** Members of a path item that are not operations. */
const otherMembers = new Set(['parameters', 'summary', 'description', 'servers', '$ref']);

/** Reads all paths; the resources are sorted by path, as AWS lists them. */
export function readPaths(tables: Tables, context: ImportContext): readonly Resource[] {
  const tree = new ResourceTree(context);
  const prefix = basePathOf(context);
  const paths = context.root.get('paths');
  if (paths === undefined) context.warning(context.root, 'Parse issue: attribute paths is missing');
  if (paths !== undefined && !paths.isMap) context.error(paths, 'Expected "paths" to be a map');
  for (const [path, written] of paths?.entries() ?? []) {
    if (path.startsWith('x-')) continue;
    const pathItem = context.resolve(written);
    const resource = tree.resourceAt(prefix, path, written);
    if (pathItem === undefined || resource === undefined) continue;
    readPathItem(pathItem, resource, tree, tables, context);
  }
  return tree.sorted();
}

function readPathItem(
  pathItem: Cursor,
  resource: Resource,
  tree: ResourceTree,
  tables: Tables,
  context: ImportContext,
): void {
  for (const [key, member] of pathItem.entries()) {
    const verb = key === anyMethod ? 'ANY' : verbs[key];
    if (key === anyMethod) context.extension(pathItem, anyMethod);
    if (verb === undefined) {
      if (otherMembers.has(key) || key.startsWith('x-')) continue;
      const what = key === 'trace' ? 'API Gateway has no TRACE methods' : 'it is not an operation';
      context.atKey('warning', member, `"${key}" is left out: ${what}`);
      continue;
    }
    const operation = context.resolve(member);
    if (operation === undefined) continue;
    if (!operation.isMap) {
      context.error(operation, `Expected the operation "${key}" to be a map`);
      continue;
    }
    tree.putMethod(
      resource,
      verb,
      readOperation(operation, pathItem, resource, verb, tables, context),
      member,
    );
  }
}

// Swagger's basePath, or the path of the first server with its variables at their defaults.
function basePathOf(context: ImportContext): string[] {
  const mode = context.options.basepath ?? 'ignore';
  if (mode === 'ignore') return [];
  const written =
    context.major === 2
      ? (context.text(context.root, 'basePath') ?? '')
      : serverPath(context.root.get('servers')?.items()[0], context);
  const segments = written.split('/').filter((segment) => segment !== '');
  return mode === 'split' ? segments.slice(1) : segments;
}

function serverPath(server: Cursor | undefined, context: ImportContext): string {
  const variables = server?.get('variables');
  const basePath = variables?.get('basePath');
  if (basePath !== undefined) return context.text(basePath, 'default') ?? '';
  const url = (context.text(server, 'url') ?? '').replace(
    /\{([^}]*)\}/g,
    (_, name: string) => context.text(variables?.get(name), 'default') ?? '',
  );
  return url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '').replace(/[?#].*$/, '');
}

class ResourceTree {
  readonly #context: ImportContext;
  readonly #resources = new Map<
    string,
    Resource & { resourceMethods?: Partial<Record<HttpMethod, Method>> }
  >();
  readonly #methodPlaces = new Map<string, string>();
  readonly #ids: ReadonlyMap<string, string>;
  /** Parent id -> its one variable child. */
  readonly #variableChildren = new Map<string, string>();

  constructor(context: ImportContext) {
    this.#context = context;
    const { existing } = context.options;
    this.#ids = new Map(existing?.resources.map((resource) => [resource.path, resource.id]));
    const id = existing?.restApi.rootResourceId ?? context.newId(10);
    this.#resources.set('/', { id, path: '/' });
    // Merging grows the tree that is there: new siblings are checked against the old ones.
    if (context.options.mode === 'merge') {
      for (const old of existing?.resources ?? []) this.#add({ ...old, resourceMethods: {} });
    }
  }

  /** The resource of a path, made with all that lead to it; undefined (and told) when a part of it is wrong. */
  resourceAt(prefix: readonly string[], path: string, at: Cursor): Resource | undefined {
    if (!path.startsWith('/')) {
      this.#context.atKey('error', at, `The path "${path}" must begin with a slash`, `write /${path}`);
      return undefined;
    }
    let current = this.#resources.get('/')!;
    for (const part of [...prefix, ...path.split('/').filter((segment) => segment !== '')]) {
      const child = this.#child(current, part, at);
      if (child === undefined) return undefined;
      current = child;
    }
    this.#context.sourceMap.set(element.resource(current.path), at);
    return current;
  }

  putMethod(resource: Resource, verb: HttpMethod, method: Method, at: Cursor): void {
    const place = `${verb} ${resource.path}`;
    const other = this.#methodPlaces.get(place);
    if (other !== undefined) {
      // `/pets` and `/pets/` are one resource.
      const message = `${place} is defined twice (also at ${other}); the last one counts`;
      this.#context.atKey('warning', at, message);
    }
    this.#methodPlaces.set(place, at.pointer);
    const current = this.#resources.get(resource.path)!;
    current.resourceMethods = { ...current.resourceMethods, [verb]: method };
  }

  sorted(): readonly Resource[] {
    return [...this.#resources.values()]
      .map(({ resourceMethods, ...resource }) =>
        resourceMethods === undefined || Object.keys(resourceMethods).length === 0
          ? resource
          : { ...resource, resourceMethods },
      )
      .sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  #child(parent: Resource, pathPart: string, at: Cursor): Resource | undefined {
    const path = pathBelow(parent.path, pathPart);
    const known = this.#resources.get(path);
    if (known !== undefined) return known;
    const message = pathPartProblem(pathPart, parent.pathPart, this.#variableChildren.get(parent.id));
    if (message !== undefined) {
      this.#context.atKey('error', at, `Unable to create resource at path '${path}': ${message}`);
      return undefined;
    }
    const child = { id: this.#ids.get(path) ?? this.#context.newId(10), parentId: parent.id, pathPart, path };
    this.#add(child);
    return child;
  }

  #add(resource: Resource): void {
    this.#resources.set(resource.path, resource);
    if (isVariable(resource.pathPart)) this.#variableChildren.set(resource.parentId!, resource.pathPart!);
  }
}
