// The input of an operation: members gathered from the path, the query, the headers and the body, types checked first
// and constraints after, as the service's framework does it before the service looks anything up.

import { joinedIn } from '../../base/flat-list.ts';
import { checkMembers, spelled, validationFailed } from './constraints.ts';
import { bodyMembers, type Converter, convertMembers, textConverter } from './convert.ts';
import type { Operation } from './operation.ts';
import { formReader } from './query/decode-form.ts';
import type { Form } from './query/form.ts';
import type { QueryParameter } from './query-string.ts';
import { decodeQueryText } from './query-string.ts';
import type { Service } from './service.ts';
import type { Member } from './shape.ts';

/** The parts of a request that carry members. */
export interface RequestParts {
  /** Decoded; in the order in which the path has them. */
  readonly labels: readonly string[];
  readonly query: readonly QueryParameter[];
  /** Name, value, name, value; names in lower case. */
  readonly fields: readonly string[];
  readonly body: Uint8Array;
  /** The body as a JSON object, or the parameters of a form, read once. @throws SerializationException */
  readonly json: () => Readonly<Record<string, unknown>>;
}

type Input = Record<string, unknown>;
/** Puts the members of one place into the input. @throws AwsException */
type Gather = (request: RequestParts, input: Input) => void;
/** @throws SerializationException, then ValidationException */
export type Decode = (request: RequestParts) => Input;

/** What turns requests for an operation into its input. */
export function decoderOf(
  { namesInput, queryApi }: Pick<Service, 'namesInput' | 'queryApi'>,
  name: string,
  operation: Operation,
): Decode {
  const members = Object.entries(operation.members);
  const places = new Set(members.map(([, { place }]) => place));
  const gathers: Gather[] = [];
  if (places.has('label')) gathers.push(gatherLabels(operation));
  if (places.has('query') || places.has('freeQuery')) gathers.push(gatherQuery(operation));
  if (places.has('header')) gathers.push(gatherHeaders(operation));
  if (places.has('payload')) gathers.push(gatherPayload(operation));
  if (places.has('body'))
    gathers.push(queryApi === undefined ? gatherBody(operation) : gatherForm(operation));
  const inputName = `${spelled(name)}Input`;
  // Members that are not of the body are printed with their bare names.
  const check = checkMembers(operation.members, (path, member) =>
    namesInput && operation.members[member]!.place === 'body' ? `${path}.${member}` : spelled(member),
  );
  return (request) => {
    const input: Input = {};
    for (const gather of gathers) gather(request, input);
    if (check === null) return input;
    const failures: string[] = [];
    check(input, inputName, failures);
    if (failures.length > 0) throw validationFailed(failures);
    return input;
  };
}

/** Name, and wire name, of the members in one place. */
function membersAt({ members }: Operation, place: Member['place']) {
  return Object.entries(members)
    .filter(([, member]) => member.place === place)
    .map(([name, member]) => ({ name, wireName: member.wireName ?? name, shape: member.shape }));
}

function gatherLabels(operation: Operation): Gather {
  const wireNames = [...operation.uri.matchAll(/\{([^}]+)\}/g)].map((match) => match[1]);
  const names = wireNames.map(
    (wireName) => membersAt(operation, 'label').find((member) => member.wireName === wireName)!.name,
  );
  return ({ labels }, input) => {
    for (let i = 0; i < names.length; i++) input[names[i]!] = labels[i];
  };
}

function gatherQuery(operation: Operation): Gather {
  const named = new Map(
    membersAt(operation, 'query').map(({ name, wireName, shape }) => {
      return [wireName, { name, isList: shape.type === 'list', convert: queryConverter(shape) }];
    }),
  );
  const freeName = membersAt(operation, 'freeQuery')[0]?.name;
  // What the path template fixes is nobody's: `?mode=import`.
  const fixedName = operation.uri.split('?')[1]?.split('=')[0];
  return ({ query }, input) => {
    for (const parameter of query) {
      const member = named.get(parameter.name);
      if (member !== undefined) {
        if (member.isList) {
          input[member.name] = [...((input[member.name] as string[]) ?? []), ...textsOf(parameter)];
        } else input[member.name] ??= member.convert(parameter.value);
      } else if (freeName !== undefined && parameter.name !== fixedName) {
        addFree(parameter, input, freeName);
      }
    }
  };
}

function queryConverter(shape: Member['shape']): Converter<string> {
  return textConverter(shape.type === 'list' ? shape.member : shape);
}

/** A list comes as a parameter sent twice (SDKs), or with commas that are not percent-encoded (people). */
const textsOf = ({ rawValue, value }: QueryParameter): string[] =>
  rawValue.includes(',') ? rawValue.split(',').map(decodeQueryText) : [value];

/** The signature's own parameters are none of the operation's. */
function addFree({ name, value }: QueryParameter, input: Input, freeName: string): void {
  if (name === '__proto__' || /^x-amz-/i.test(name)) return;
  const free = (input[freeName] ?? {}) as Record<string, string>;
  // Sent twice, it is one text with a comma, as `extensions=integrations,authorizers` is.
  free[name] = Object.hasOwn(free, name) ? `${free[name]},${value}` : value;
  input[freeName] = free;
}

function gatherHeaders(operation: Operation): Gather {
  const headers = membersAt(operation, 'header').map(({ name, wireName }) => ({
    name,
    field: wireName.toLowerCase(),
  }));
  return (request, input) => {
    for (const { name, field } of headers) {
      const value = joinedIn(request.fields, field);
      if (value !== null) input[name] = value;
    }
  };
}

function gatherPayload(operation: Operation): Gather {
  const { name } = membersAt(operation, 'payload')[0]!;
  return ({ body }, input) => {
    input[name] = body;
  };
}

function gatherBody(operation: Operation): Gather {
  const members = bodyMembers(operation.members);
  return ({ json }, input) => convertMembers(members, json(), input);
}

function gatherForm(operation: Operation): Gather {
  const read = formReader(operation.members);
  return ({ json }, input) => read(json() as Form, input);
}
