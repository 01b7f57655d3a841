// Which operation a request names: a tree of path segments, built once from the tables of all services. Segments are split before they
// are decoded, so that a label may hold an encoded slash, as ARNs do.

import { assert } from '../../base/assert.ts';
import { badRequest } from './exceptions.ts';
import type { Operation } from './operation.ts';
import { allCalls, type CallName, callNamed } from './services.ts';

export interface Route {
  readonly name: CallName;
  /** Decoded; in the order in which the path has them. */
  readonly labels: readonly string[];
  /** The path as policies spell it: each label percent-encoded, however the client sent it. */
  readonly path: string;
}

interface Node {
  readonly statics: Map<string, Node>;
  label: Node | null;
  readonly byMethod: Map<string, Choice>;
}

/** Operations of one method and path. */
interface Choice {
  plain: CallName | null;
  /** Taken when the query says `mode=import`. */
  imported: CallName | null;
}

const newNode = (): Node => ({ statics: new Map(), label: null, byMethod: new Map() });

const root = newNode();
const targets = new Map<string, CallName>();
for (const { name, operation, operationName, service } of allCalls)
  if (service.queryApi !== undefined) continue;
  else if (service.target === undefined) insert(name, operation);
  else targets.set(`${service.target}.${operationName}`, name);

function insert(name: CallName, { method, uri }: Operation): void {
  const [path = '', query] = uri.split('?');
  assert(query === undefined || query === 'mode=import', `"${uri}" is told from its neighbour by its mode`);
  let node = root;
  for (const segment of path.slice(1).split('/')) {
    if (segment.startsWith('{')) {
      node.label ??= newNode();
      node = node.label;
    } else {
      const next = node.statics.get(segment) ?? newNode();
      node.statics.set(segment, next);
      node = next;
    }
  }
  const choice = node.byMethod.get(method) ?? { plain: null, imported: null };
  choice[query === undefined ? 'plain' : 'imported'] = name;
  node.byMethod.set(method, choice);
}

/**
 * @param path - as received, without the query
 * @param isImport - whether the query says `mode=import`
 * @returns null when no operation has the path and method
 * @throws AwsException when a label is not percent-encoded UTF-8
 */
export function routeOf(method: string, path: string, isImport: boolean): Route | null {
  if (path.length < 2 || path.charCodeAt(path.length - 1) !== 47) return routeAt(method, path, isImport);
  const route = routeAt(method, path.slice(0, -1), isImport);
  return route !== null && callNamed(route.name).service.allowsLastSlash ? route : null;
}

/**
 * @param target - as in `X-Amz-Target`: `AWSWAF_20190729.CreateWebACL`
 * @returns null when no operation is called so
 */
export function targetRouteOf(target: string): Route | null {
  const name = targets.get(target);
  return name === undefined ? null : { name, labels: [], path: '/' };
}

function routeAt(method: string, path: string, isImport: boolean): Route | null {
  let node = root;
  const labels: string[] = [];
  let isPlain = true;
  for (let start = 1; start <= path.length; ) {
    const slash = path.indexOf('/', start);
    const end = slash < 0 ? path.length : slash;
    const segment = path.slice(start, end);
    const next = node.statics.get(segment);
    if (next !== undefined) node = next;
    else {
      if (node.label === null || segment === '') return null;
      node = node.label;
      isPlain &&= plainLabel.test(segment);
      labels.push(segment);
    }
    start = end + 1;
  }
  const choice = node.byMethod.get(method);
  const name = choice === undefined ? null : isImport ? (choice.imported ?? choice.plain) : choice.plain;
  if (name === null) return null;
  return isPlain ? { name, labels, path } : decoded(name, labels);
}

/** What percent-encoding leaves as it is, so that decoding does too. */
const plainLabel = /^[\w.~()*!'-]+$/;

function decoded(name: CallName, segments: readonly string[]): Route {
  const labels = segments.map(decodedSegment);
  let next = 0;
  const template = callNamed(name).operation.uri.split('?', 1)[0]!;
  const path = template.replace(/\{[^}]+\}/g, () => encodeURIComponent(labels[next++]!));
  return { name, labels, path };
}

function decodedSegment(segment: string): string {
  try {
    const text = decodeURIComponent(segment);
    // Half of a surrogate pair cannot be encoded again.
    if (text.isWellFormed()) return text;
  } catch {
    // Told below.
  }
  throw badRequest('The request URI is not percent-encoded UTF-8');
}
