// Members of an operation's input, gathered from a form.

import { type Converter, textConverter } from '../convert.ts';
import { serialization } from '../exceptions.ts';
import type { Members, ShapeKind } from '../shape.ts';
import type { Form } from './form.ts';

/** A form, and all paths that lead to something in it. */
interface Paths {
  readonly form: Form;
  readonly known: ReadonlySet<string>;
}

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
function pathsOf(form: Form): Set<string> {
  const known = new Set<string>();
  for (const name of Object.keys(form)) {
    known.add(name);
    for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1))
      known.add(name.slice(0, dot));
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
