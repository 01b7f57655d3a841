// Requests made from the declared shapes of an operation: right ones, and ones with a single value of a wrong type.

import type { Operation } from '../../../src/control/protocol/operations.ts';
import type { Member, Members, ShapeKind } from '../../../src/control/protocol/shape.ts';
import fc, { type Arbitrary } from '../../support/properties.ts';

type Json = unknown;
type Structure = Readonly<Record<string, Json>>;

const key = fc.stringMatching(/^[A-Za-z0-9./~_-]{1,12}$/).filter((text) => text !== '__proto__');
const text = fc.string({ unit: 'grapheme', maxLength: 12 });

/** A value that meets its shape and its constraints. */
function right(shape: ShapeKind): Arbitrary<Json> {
  switch (shape.type) {
    case 'string':
      if (shape.values !== undefined) return fc.constantFrom(...shape.values);
      return shape.pattern === undefined ? text : fc.constantFrom('200', '404');
    case 'boolean':
      return fc.boolean();
    case 'blob':
      return fc.base64String();
    case 'integer':
      return fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    case 'long':
      return fc.maxSafeInteger();
    case 'json':
      return fc.jsonValue();
    case 'double':
      return fc.double({ noDefaultInfinity: true, noNaN: true }).map((value) => value + 0);
    case 'list':
      return fc.array(right(shape.member), { minLength: 1, maxLength: 3 });
    case 'map':
      return fc
        .array(fc.tuple(key, right(shape.value)), { minLength: 1, maxLength: 3 })
        .map((entries) => Object.fromEntries(entries));
    case 'structure':
      return rightMembers(shape.members);
  }
}

const rightMembers = (members: Members): Arbitrary<Structure> =>
  fc
    .tuple(...Object.values<Member>(members).map(({ shape }) => right(shape)))
    .map((values) => Object.fromEntries(Object.keys(members).map((name, i) => [name, values[i]])));

/** Every member of an operation but the payload; labels and queries as the handler sees them. */
export const rightInput = ({ members }: Operation): Arbitrary<Structure> =>
  fc
    .tuple(
      ...Object.values<Member>(members).map(({ shape, place }): Arbitrary<Json> => {
        if (place === 'payload') return fc.constant(undefined);
        // Fields of a head are ASCII, and what the client sends there is not ours to make here.
        if (place === 'header') return fc.constant(undefined);
        if (place === 'label' && shape.type === 'string' && !shape.values && !shape.pattern)
          return text.filter((label) => label !== '');
        return right(shape);
      }),
    )
    .map((values) => {
      const entries = Object.keys(members).map((name, i) => [name, values[i]] as const);
      return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
    });

const membersAt = ({ members }: Operation, place: Member['place']): [string, Member][] =>
  Object.entries<Member>(members).filter(([, member]) => member.place === place);

/** Path and query that carry the input's labels and queries. */
export function targetOf(operation: Operation, input: Structure): string {
  const [template = '', fixed] = operation.uri.split('?');
  const labels = new Map(
    membersAt(operation, 'label').map(([name, { wireName }]) => [wireName, input[name]]),
  );
  const path = template.replace(/\{([^}]+)\}/g, (_, name: string) =>
    encodeURIComponent(String(labels.get(name))),
  );
  const query = fixed === undefined ? [] : [fixed];
  const add = (name: string, value: Json) =>
    query.push(`${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`);
  for (const [name, { wireName }] of membersAt(operation, 'query')) {
    const value = input[name];
    for (const one of Array.isArray(value) ? value : value === undefined ? [] : [value]) add(wireName!, one);
  }
  for (const [name] of membersAt(operation, 'freeQuery'))
    for (const [free, value] of Object.entries((input[name] ?? {}) as Structure)) add(free, value);
  return query.length === 0 ? path : `${path}?${query.join('&')}`;
}

/** The JSON body that carries the input's other members. */
export const bodyOf = (operation: Operation, input: Structure): Structure =>
  Object.fromEntries(
    membersAt(operation, 'body').map(([name, { wireName }]) => [wireName ?? name, input[name]] as const),
  );

interface Wrong {
  /** Where it is wrong, for people. */
  readonly path: string;
  readonly body: Structure;
}

/** The body with one value replaced, for each place in it and each type that is not right there. */
export function* wrongAt(operation: Operation, body: Structure): Generator<Wrong> {
  for (const [name, { wireName, shape }] of membersAt(operation, 'body')) {
    const member = wireName ?? name;
    for (const [path, value] of wrongIn(shape, body[member], member))
      yield { path, body: { ...body, [member]: value } };
  }
}

function* wrongIn(
  shape: ShapeKind,
  value: Json,
  path: string,
): Generator<readonly [path: string, value: Json]> {
  for (const wrong of wrongValues(shape)) yield [path, wrong];
  switch (shape.type) {
    case 'list':
      for (const [below, wrong] of wrongIn(shape.member, (value as Json[])[0], `${path}[0]`))
        yield [below, [wrong, ...(value as Json[]).slice(1)]];
      break;
    case 'map': {
      const [name = 'key'] = Object.keys(value as Structure);
      for (const [below, wrong] of wrongIn(shape.value, (value as Structure)[name], `${path}.${name}`))
        yield [below, { ...(value as Structure), [name]: wrong }];
      break;
    }
    case 'structure':
      for (const [name, member] of Object.entries<Member>(shape.members))
        for (const [below, wrong] of wrongIn(member.shape, (value as Structure)[name], `${path}.${name}`))
          yield [below, { ...(value as Structure), [name]: wrong }];
  }
}

/** Values of every JSON type but the right one. */
function wrongValues({ type }: ShapeKind): readonly Json[] {
  const isCollection = type === 'map' || type === 'structure';
  return [
    ...(type === 'string' ? [] : ['text', '']),
    ...(type === 'boolean' ? [] : [true]),
    ...(type === 'integer' || type === 'long' || type === 'double' ? [] : [7]),
    ...(type === 'integer' ? [2 ** 31, -(2 ** 31) - 1, 1e300] : []),
    ...(type === 'list' ? [] : [[], [['deep']]]),
    ...(isCollection ? [] : [{}, { a: { b: [] } }]),
  ];
}

/** Query parameters with texts that are not of their type. */
export const wrongQuery = (operation: Operation): readonly (readonly [member: string, value: string])[] =>
  membersAt(operation, 'query').flatMap(([name, { shape }]) => {
    if (shape.type === 'integer')
      return ['x', '', '1.5', '1e3', '2147483648', '%00'].map((value) => [name, value] as const);
    return shape.type === 'boolean' ? ['x', '', '1', 'yes'].map((value) => [name, value] as const) : [];
  });
