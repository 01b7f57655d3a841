// Walks a document along a parsed path, with Jayway's default options: a definite path gives its value or nothing,
// any other path gives a list.

import { JList, JMap, JSON_ARRAY, type Value } from '../value/kinds.ts';
import { spend } from '../value/meter.ts';
import { JsonPathFault, JsonPathSyntaxError } from './cursor.ts';
import { testFilter } from './filter-test.ts';
import { applyFunction } from './functions.ts';
import { parsePath } from './parse.ts';
import { isDefiniteToken, type ParsedPath, type PathToken } from './tokens.ts';

/** A definite path led nowhere. */
export class PathNotFound extends JsonPathFault {}

/** @throws JsonPathFault (PathNotFound among them) or JsonPathSyntaxError where Jayway throws */
export function evaluatePath(path: ParsedPath, document: Value): Value {
  return evaluate(path, document, document, false);
}

/** As {@link evaluatePath}, from an item below the root. A definite path that found several values gives the last. */
export function evaluate(path: ParsedPath, item: Value, root: Value, requireProperties: boolean): Value {
  if (root === null) throw new JsonPathFault('root can not be null');
  const results: Value[] = [];
  new Walk(path.tokens, root, requireProperties, results).from(0, item);
  if (!path.isDefinite) return new JList(results, JSON_ARRAY);
  if (results.length === 0) throw new PathNotFound('No results for path');
  return results[results.length - 1]!;
}

class Walk {
  private readonly tokens: readonly PathToken[];
  private readonly root: Value;
  private readonly requireProperties: boolean;
  private readonly results: Value[];
  /** Whether everything before a token is definite. */
  private readonly upstreamDefinite: boolean[] = [true];
  /** Of a token behind a scan: the index of the list element it is asked about; -1 before any scan of a list. */
  private readonly upstreamIndex: number[] = [];

  constructor(tokens: readonly PathToken[], root: Value, requireProperties: boolean, results: Value[]) {
    this.tokens = tokens;
    this.root = root;
    this.requireProperties = requireProperties;
    this.results = results;
    tokens.forEach((token, i) => {
      this.upstreamDefinite[i + 1] =
        this.upstreamDefinite[i]! && isDefiniteToken(token, i === tokens.length - 1);
    });
  }

  from(at: number, model: Value): void {
    spend(1);
    const token = this.tokens[at];
    if (token === undefined) {
      this.results.push(model);
      return;
    }
    switch (token.type) {
      case 'properties':
        this.properties(at, token.names, model);
        return;
      case 'index':
        if (this.isList(at, model)) for (const index of token.indexes) this.element(at, index, model);
        return;
      case 'slice':
        if (this.isList(at, model)) this.slice(at, token.from, token.to, model);
        return;
      case 'wildcard':
        this.wildcard(at, model);
        return;
      case 'filter':
        this.filtered(at, token, model);
        return;
      case 'scan':
        this.scan(at + 1, model);
        return;
      case 'function': {
        const result = applyFunction(token, model, this.root);
        this.results.push(result);
        if (at + 1 < this.tokens.length) this.from(at + 1, result);
      }
    }
  }

  private properties(at: number, names: readonly string[], model: Value): void {
    if (!(model instanceof JMap)) {
      if (!this.upstreamDefinite[at]) return;
      throw new PathNotFound('Expected to find an object');
    }
    const isLeaf = at === this.tokens.length - 1;
    if (names.length === 1 || !isLeaf) for (const name of names) this.property(at, name, model);
    else this.merged(names, model);
  }

  private property(at: number, name: Value, model: JMap): void {
    const value = model.get(name);
    const isLeaf = at === this.tokens.length - 1;
    if (value === null && !model.has(name)) {
      if (isLeaf) {
        if (this.requireProperties) throw new PathNotFound('No results for path');
        return;
      }
      if (!this.upstreamDefinite[at + 1] && !this.requireProperties) return;
      throw new PathNotFound('Missing property in path');
    }
    if (!isLeaf) this.from(at + 1, value);
    else if (this.countsBehindScan(at)) this.results.push(value);
  }

  // Jayway 2.9 evaluates what stands behind "..[n]" for every element, and keeps only what came of element n. An
  // appended wildcard is not the end that it looks before, so that nothing of an object is kept there.
  private countsBehindScan(at: number): boolean {
    const index = this.upstreamIndex[at] ?? -1;
    if (index === -1) return true;
    const token = this.tokens[at]!;
    const before = this.tokens[token.type === 'wildcard' && token.isAppended ? at - 2 : at - 1];
    return before?.type === 'index' && before.indexes.length === 1 && before.indexes[0] === index;
  }

  private merged(names: readonly string[], model: JMap): void {
    const merged = new JMap();
    for (const name of names) {
      if (model.has(name)) merged.put(name, model.get(name));
      else if (this.requireProperties) throw new PathNotFound('Missing property in path');
    }
    this.results.push(merged);
  }

  private isList(at: number, model: Value): model is JList {
    if (model instanceof JList) return true;
    if (!this.upstreamDefinite[at]) return false;
    throw new PathNotFound('Filter can only be applied to arrays');
  }

  private element(at: number, index: number, model: JList): void {
    const effective = index < 0 ? model.items.length + index : index;
    const item = model.items[effective];
    if (item === undefined) return;
    this.from(at + 1, item);
  }

  private slice(at: number, from: number | null, to: number | null, model: JList): void {
    const length = model.items.length;
    let first = from ?? 0;
    let last = length;
    if (from !== null && to === null) first = Math.max(0, first < 0 ? length + first : first);
    else if (from !== null) last = Math.min(length, to!);
    else last = Math.min(length, to! < 0 ? length + to! : to!);
    // With both ends given, Jayway counts neither from the end, though a negative index it then meets does.
    if (length === 0) return;
    for (let i = Math.max(first, -length); i < last; i++) this.element(at, i, model);
  }

  private wildcard(at: number, model: Value): void {
    if (model instanceof JMap) {
      for (const key of [...model.keys]) this.wildcardProperty(at, key, model);
      return;
    }
    if (!(model instanceof JList)) return;
    for (let i = 0; i < model.items.length; i++) {
      try {
        this.element(at, i, model);
      } catch (error) {
        if (!(error instanceof PathNotFound) || this.requireProperties) throw error;
      }
    }
  }

  private wildcardProperty(at: number, key: Value, model: JMap): void {
    if (at === this.tokens.length - 1) {
      if (this.countsBehindScan(at)) this.results.push(model.get(key));
    } else this.from(at + 1, model.get(key));
  }

  private filtered(at: number, token: PathToken & { type: 'filter' }, model: Value): void {
    if (model instanceof JMap) {
      if (this.passes(token, model)) this.from(at + 1, model);
    } else if (model instanceof JList) {
      for (let i = 0; i < model.items.length; i++)
        if (this.passes(token, model.items[i]!)) this.element(at, i, model);
    } else if (this.upstreamDefinite[at]) {
      throw new JsonPathSyntaxError('Filter can not be applied to primitives');
    }
  }

  private passes(token: PathToken & { type: 'filter' }, item: Value): boolean {
    const { root } = this;
    spend(1);
    try {
      return testFilter(token.filter, {
        item,
        parsePath,
        find(path, from) {
          try {
            return evaluate(path, path.isRoot ? root : from, root, false);
          } catch (error) {
            if (error instanceof PathNotFound) return undefined;
            throw error;
          }
        },
        exists(path, from) {
          try {
            evaluate(path, from, root, true);
            return true;
          } catch (error) {
            if (error instanceof PathNotFound) return false;
            throw error;
          }
        },
      });
    } catch (error) {
      if (error instanceof JsonPathSyntaxError) return false;
      throw error;
    }
  }

  // --- ".." ---------------------------------------------------------------------------------------------------

  private scan(at: number, model: Value): void {
    spend(1);
    const token = this.tokens[at];
    if (token === undefined) throw new JsonPathFault('Current path token is a leaf');
    if (model instanceof JMap) {
      if (this.wants(token, at, model)) this.from(at, model);
      for (const value of [...model.values]) this.scan(at, value);
    } else if (model instanceof JList) {
      if (this.wants(token, at, model)) this.scanList(at, model);
      for (const item of [...model.items]) this.scan(at, item);
    }
  }

  private scanList(at: number, model: JList): void {
    if (at === this.tokens.length - 1) {
      this.from(at, model);
      return;
    }
    model.items.forEach((item, i) => {
      this.upstreamIndex[at + 1] = i;
      this.from(at + 1, item);
    });
  }

  private wants(token: PathToken, at: number, model: JMap | JList): boolean {
    switch (token.type) {
      case 'properties': {
        if (!(model instanceof JMap)) return false;
        const isDefinite = isDefiniteToken(token, at === this.tokens.length - 1);
        return !isDefinite || token.names.every((name) => model.has(name));
      }
      case 'index':
      case 'slice':
        return model instanceof JList;
      case 'wildcard':
        return true;
      case 'filter':
        return this.passes(token, model);
      default:
        return false;
    }
  }
}
