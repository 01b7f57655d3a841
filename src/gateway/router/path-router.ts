// Finds the method for a path and a verb. Pure, and generic in what it finds.
//
//   /pets            static                 Preference at each level: static, then the one variable child
//   /pets/{petId}    variable               ({var} or {proxy+}). The matcher backtracks over path and verb: a
//   /{proxy+}        greedy, last only      resource without the verb (and without ANY) is passed over.
//
// Paths are matched undecoded, segment by segment; a trailing slash does not count.
// See data-plane reference, sections 3 and 30.

import { anyVerbs } from '../../resources/index.ts';

/** One found method and the raw values of the path's variables, in the order of the path template. */
export interface PathMatch<T> {
  readonly value: T;
  readonly pathValues: readonly string[];
}

interface Node<T> {
  readonly children: Map<string, Node<T>>;
  /** `{name}` child. */
  variable: Node<T> | null;
  /** `{name+}` child: no children of its own. */
  greedy: Node<T> | null;
  /** Verb, or ANY, -> what was added. */
  readonly methods: Map<string, PathMatch<T>>;
  /** How many variables lie on the way here. */
  readonly depth: number;
}

const noValues: readonly string[] = Object.freeze([]);

export class PathRouter<T> {
  readonly #root: Node<T> = newNode(0);
  /** Whole static paths: a static way wins at every level, so it needs no walk. Without its trailing slash. */
  readonly #static = new Map<string, Node<T>>();

  /**
   * @param path - a resource's path template: `/`, `/a/{b}`, `/a/{proxy+}`
   * @param verb - an upper-case verb or `ANY`
   */
  add(path: string, verb: string, value: T): void {
    let node = this.#root;
    let isStatic = true;
    for (const part of path.split('/')) {
      if (part === '') continue;
      if (part.startsWith('{')) {
        isStatic = false;
        const depth = node.depth + 1;
        if (part.endsWith('+}')) {
          node.greedy ??= newNode(depth);
          node = node.greedy;
        } else {
          node.variable ??= newNode(depth);
          node = node.variable;
        }
      } else {
        const child = node.children.get(part) ?? newNode<T>(node.depth);
        node.children.set(part, child);
        node = child;
      }
    }
    node.methods.set(verb, { value, pathValues: noValues });
    if (isStatic) this.#static.set(path === '/' ? '' : path, node);
  }

  /**
   * @param path - raw path after the stage: '' or beginning with `/`
   * @returns null when no resource serves this path with this verb
   */
  match(verb: string, path: string): PathMatch<T> | null {
    const length = path.length;
    const trimmed = length > 0 && path.charCodeAt(length - 1) === slash ? path.slice(0, -1) : path;
    const exact = this.#static.get(trimmed);
    if (exact !== undefined) {
      const found = methodOf(exact, verb);
      if (found !== null) return found;
    }
    return this.#walk(this.#root, verb, path, leadingSlashes(path), noValues);
  }

  /** @param start - index of the first character of the next segment */
  #walk(
    node: Node<T>,
    verb: string,
    path: string,
    start: number,
    values: readonly string[],
  ): PathMatch<T> | null {
    if (start >= path.length) {
      const found = methodOf(node, verb);
      return found === null ? null : withValues(found, values);
    }
    let end = path.indexOf('/', start);
    if (end < 0) end = path.length;
    if (end > start) {
      const segment = path.slice(start, end);
      const child = node.children.get(segment);
      if (child !== undefined) {
        const found = this.#walk(child, verb, path, end + 1, values);
        if (found !== null) return found;
      }
      if (node.variable !== null) {
        const found = this.#walk(node.variable, verb, path, end + 1, [...values, segment]);
        if (found !== null) return found;
      }
    }
    if (node.greedy === null) return null;
    const found = methodOf(node.greedy, verb);
    if (found === null) return null;
    // The greedy value keeps double slashes inside and loses the trailing one; it needs at least one character.
    const rest = path.charCodeAt(path.length - 1) === slash ? path.slice(start, -1) : path.slice(start);
    return rest === '' ? null : withValues(found, [...values, rest]);
  }
}

const slash = 47;

function newNode<T>(depth: number): Node<T> {
  return { children: new Map(), variable: null, greedy: null, methods: new Map(), depth };
}

function methodOf<T>(node: Node<T>, verb: string): PathMatch<T> | null {
  return node.methods.get(verb) ?? (anyVerbs.has(verb) ? (node.methods.get('ANY') ?? null) : null);
}

function withValues<T>(found: PathMatch<T>, values: readonly string[]): PathMatch<T> {
  return values.length === 0 ? found : { value: found.value, pathValues: values };
}

/** A double slash before the first segment counts as one. */
function leadingSlashes(path: string): number {
  let i = 0;
  while (path.charCodeAt(i) === slash) i++;
  return i;
}
