// What a client can call: one method for each resource and verb, named as API Gateway's own SDKs name them.

import type { ApiDefinition, Authorizer, Method, Resource } from '../../resources/index.ts';

export interface ClientParameter {
  readonly name: string;
  readonly place: 'path' | 'query' | 'header';
  readonly isRequired: boolean;
}

export interface ClientMethod {
  /** For example `petsPetIdGet`. */
  readonly name: string;
  /** A real verb: a method on ANY becomes one for each verb that the resource does not have itself. */
  readonly verb: string;
  /** The resource's path template, as in `/pets/{petId}` or `/{proxy+}`. */
  readonly path: string;
  /** Those in the path first, in its order; no name comes twice. */
  readonly parameters: readonly ClientParameter[];
  readonly method: Method;
}

const verbs = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'] as const;

/** The methods of an API in order of path and verb. Names are distinct, and JavaScript identifiers. */
export function clientMethodsOf({ resources, authorizers }: ApiDefinition): readonly ClientMethod[] {
  const byPath = [...resources].sort((a, b) => (a.path < b.path ? -1 : 1));
  const found = byPath.flatMap((resource) => methodsOf(resource, authorizers));
  const natural = new Set(found.map(({ name }) => name));
  const taken = new Set<string>();
  return found.map((method) => {
    const name = taken.has(method.name) ? freeName(method.name, natural, taken) : method.name;
    taken.add(name);
    return { ...method, name };
  });
}

/** `/a-b` and `/a_b` have the same name: the second gets a number that makes it nobody else's. */
function freeName(name: string, natural: ReadonlySet<string>, taken: ReadonlySet<string>): string {
  for (let count = 2; ; count++) {
    const numbered = `${name}${count}`;
    if (!natural.has(numbered) && !taken.has(numbered)) return numbered;
  }
}

function methodsOf(
  { path, resourceMethods = {} }: Resource,
  authorizers: readonly Authorizer[],
): ClientMethod[] {
  return verbs.flatMap((verb) => {
    const method = resourceMethods[verb] ?? resourceMethods.ANY;
    if (method === undefined) return [];
    const authorizer = authorizers.find(({ id }) => id === method.authorizerId);
    return [
      {
        name: methodName(path, verb),
        verb,
        path,
        parameters: parametersOf(path, method, authorizer),
        method,
      },
    ];
  });
}

/**
 * The name of a method in an SDK: the words of the path and the verb in camel case.
 *
 * @example methodName('/pets/{petId}', 'GET') === 'petsPetIdGet'; methodName('/', 'GET') === 'rootGet'
 */
export function methodName(path: string, verb: string): string {
  const words = path.split(/[^0-9A-Za-z]+/).filter((word) => word !== '');
  const [first = 'root', ...rest] = words;
  const start = /^[0-9]/.test(first) ? `_${first}` : first.charAt(0).toLowerCase() + first.slice(1);
  return [start, ...rest.map(capitalized), capitalized(verb.toLowerCase())].join('');
}

const capitalized = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

const places: Readonly<Record<string, ClientParameter['place']>> = {
  path: 'path',
  querystring: 'query',
  multivaluequerystring: 'query',
  header: 'header',
  multivalueheader: 'header',
};

function parametersOf(path: string, method: Method, authorizer: Authorizer | undefined): ClientParameter[] {
  const byName = new Map<string, ClientParameter>();
  for (const name of pathParameters(path)) byName.set(name, { name, place: 'path', isRequired: true });
  const declared: (readonly [string, boolean])[] = [
    ...Object.entries(method.requestParameters ?? {}),
    // What an authorizer reads is a parameter too, so that a client can send a token by its name. It is not
    // required: the caller may give it among the additional headers.
    ...identitySources(authorizer).map((source) => [source, false] as const),
  ];
  for (const [source, isRequired] of declared) {
    const found = /^method\.request\.([a-z]+)\.(.+)$/.exec(source);
    const place = found === null ? undefined : places[found[1]!];
    // A path parameter that the path does not have can be sent nowhere.
    if (place === undefined || place === 'path' || byName.has(found![2]!)) continue;
    byName.set(found![2]!, { name: found![2]!, place, isRequired });
  }
  return [...byName.values()];
}

const pathParameters = (path: string): string[] =>
  [...path.matchAll(/\{([^}+]+)\+?\}/g)].map(([, name]) => name!);

/** `method.request.header.Authorization, method.request.querystring.token` -> both. */
const identitySources = (authorizer: Authorizer | undefined): string[] =>
  (authorizer?.identitySource ?? '').split(',').map((source) => source.trim());
