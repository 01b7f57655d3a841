// Members of an operation's input, gathered from a form.

import { type Converter, textConverter } from '../convert.ts';
import { serialization } from '../exceptions.ts';
import type { Members, ShapeKind } from '../shape.ts';
import type { Form } from './form.ts';

/** A form, and all paths that lead to something in it, with how many names stand directly below each. */
interface Paths {
  readonly form: Form;
  readonly known: ReadonlyMap<string, number>;
}

/** More than any member is deep; what a name has beyond leads nowhere, and costs nothing. */
const partsMax = 8;

/** @returns undefined where the form has nothing at that path */
type Read = (paths: Paths, path: string) => unknown;

/** @returns what puts the members that a form has into an input @throws SerializationException */
export function formReader(members: Members): (form: Form, input: Record<string, unknown>) => void {
  const reads = membersReads(members);
  return (form, input) => {
    const paths = { form, known: pathsOf(form) };
    for (const [name, wireName, read] of reads) {
      const value = read(paths, wireName);
      if (value !== undefined) input[name] = value;
    }
  };
}

const membersReads = (members: Members): [name: string, wireName: string, read: Read][] =>
  Object.entries(members).map(([name, { wireName, shape }]) => [name, wireName ?? name, readOf(shape)]);

/** `a.b.c` -> `a`, `a.b`, `a.b.c` */
function pathsOf(form: Form): Map<string, number> {
  const known = new Map<string, number>();
  for (const name of Object.keys(form)) {
    let above: string | null = null;
    for (const part of name.split('.', partsMax)) {
      const path: string = above === null ? part : `${above}.${part}`;
      if (!known.has(path)) {
        known.set(path, 0);
        if (above !== null) known.set(above, known.get(above)! + 1);
      }
      above = path;
    }
  }
  return known;
}

function readOf(shape: ShapeKind): Read {
  switch (shape.type) {
    case 'list':
      return listRead(readOf(shape.member));
    case 'structure':
      return structureRead(membersReads(shape.members));
    case 'map':
    case 'blob':
      throw new TypeError(`No operation of the Query protocol that is served takes a ${shape.type}`);
    default:
      return textRead(textConverter(shape));
  }
}

const textRead =
  (convert: Converter<string>): Read =>
  ({ form }, path) => {
    const text = form[path];
    return text === undefined ? undefined : convert(text);
  };

/** An empty list comes as `Tags=`. */
function listRead(read: Read): Read {
  return (paths, path) => {
    if (!paths.known.has(path)) return undefined;
    const values: unknown[] = [];
    for (let n = 1; paths.known.has(`${path}.member.${n}`); n++)
      values.push(read(paths, `${path}.member.${n}`) ?? null);
    if (values.length === 0 && (paths.form[path] ?? '') !== '')
      throw serialization(`${path} is a list: ${path}.member.1 is its first`);
    // What comes after a gap would be passed over: of a list of policies that limit a session, too.
    const { known } = paths;
    if (
      (known.get(path) ?? 0) > Math.min(values.length, 1) ||
      (known.get(`${path}.member`) ?? 0) > values.length
    )
      throw serialization(
        `${path} is a list: its entries are ${path}.member.1 and so on, and none is left out`,
      );
    return values;
  };
}

function structureRead(reads: ReturnType<typeof membersReads>): Read {
  return (paths, path) => {
    if (!paths.known.has(path)) return undefined;
    const structure: Record<string, unknown> = {};
    for (const [name, wireName, read] of reads) {
      const value = read(paths, `${path}.${wireName}`);
      if (value !== undefined) structure[name] = value;
    }
    return structure;
  };
}
