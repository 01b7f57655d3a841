// The values of a template's properties: Ref, Fn::Sub, Fn::GetAtt and Fn::Join replaced by what they stand for.

import type { Cursor } from '../openapi/cursor.ts';

/** What a name stands for: a parameter, or a resource that was made before. */
export interface Named {
  readonly ref: string;
  /** @returns undefined for an attribute that it has not */
  attribute(name: string): string | undefined;
}

/** What is wrong with a value, and where. */
export class TemplateError extends Error {
  readonly at: Cursor;

  constructor(at: Cursor, message: string) {
    super(message);
    this.at = at;
  }
}

/** `Ref: AWS::NoValue`: the property is as good as absent. */
const noValue = 'AWS::NoValue';

/**
 * @returns a plain value; undefined for what is as good as absent
 * @throws TemplateError
 */
export function resolve(at: Cursor, names: ReadonlyMap<string, Named>): unknown {
  if (at.isList)
    return at
      .items()
      .map((item) => resolve(item, names))
      .filter((value) => value !== undefined);
  if (!at.isMap) return at.value;
  const entries = at.entries();
  const [only] = entries;
  if (entries.length === 1 && only !== undefined && (only[0] === 'Ref' || only[0].startsWith('Fn::')))
    return intrinsic(only[0], only[1], names);
  return Object.fromEntries(
    entries.flatMap(([name, value]) => {
      const resolved = resolve(value, names);
      return resolved === undefined ? [] : [[name, resolved]];
    }),
  );
}

function intrinsic(name: string, at: Cursor, names: ReadonlyMap<string, Named>): unknown {
  switch (name) {
    case 'Ref':
      return at.word === noValue ? undefined : named(at.word, at, names).ref;
    case 'Fn::GetAtt': {
      const [id = '', ...rest] = at.isList ? at.items().map(({ word }) => word) : at.word.split('.');
      return attributeOf(id, rest.join('.'), at, names);
    }
    case 'Fn::Join': {
      const [separator, parts] = at.items();
      if (separator === undefined || parts === undefined)
        throw new TemplateError(at, 'Fn::Join needs a separator and a list');
      const values = resolve(parts, names);
      if (!Array.isArray(values)) throw new TemplateError(at, 'Fn::Join needs a list of values');
      return values.map((value) => textOf(value, at)).join(separator.word);
    }
    case 'Fn::Sub':
      return substituted(at, names);
    default:
      throw new TemplateError(
        at,
        `${name} is not supported; supported are Ref, Fn::GetAtt, Fn::Join and Fn::Sub`,
      );
  }
}

/** `${Name}`, `${Name.Attribute}`, `${!literal}`; names of its own win. */
function substituted(at: Cursor, names: ReadonlyMap<string, Named>): string {
  const [textAt = at, own] = at.items();
  if (typeof textAt.value !== 'string') throw new TemplateError(at, 'Fn::Sub needs a text');
  return textAt.value.replace(/\$\{([^{}]*)\}/g, (_, inner: string) => {
    if (inner.startsWith('!')) return `\${${inner.slice(1)}}`;
    const name = inner.trim();
    const given = own?.get(name);
    if (given !== undefined) return textOf(resolve(given, names), given);
    const dot = name.indexOf('.');
    return dot < 0
      ? named(name, at, names).ref
      : attributeOf(name.slice(0, dot), name.slice(dot + 1), at, names);
  });
}

function named(name: string, at: Cursor, names: ReadonlyMap<string, Named>): Named {
  const found = names.get(name);
  if (found === undefined)
    throw new TemplateError(at, `"${name}" is neither a parameter nor a resource made before this one`);
  return found;
}

function attributeOf(id: string, attribute: string, at: Cursor, names: ReadonlyMap<string, Named>): string {
  const value = named(id, at, names).attribute(attribute);
  if (value === undefined) throw new TemplateError(at, `"${id}" has no attribute "${attribute}"`);
  return value;
}

function textOf(value: unknown, at: Cursor): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new TemplateError(at, 'A text is expected here');
}
