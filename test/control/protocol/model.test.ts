// The table of operations against the service's published model, which botocore carries.

import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { lambdaOperations } from '../../../src/control/protocol/lambda/operations.ts';
import { type Operation, operations } from '../../../src/control/protocol/operations.ts';
import type { Member, Members, ShapeKind } from '../../../src/control/protocol/shape.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const python = path.join(root, 'build/python');
const fileOf = (service: string): string | undefined =>
  existsSync(python)
    ? globSync(`lib/python3*/site-packages/botocore/data/${service}/service-2.json.gz`, { cwd: python })[0]
    : undefined;
const file = fileOf('apigateway/2015-07-09');
const skip = file === undefined && 'botocore is not installed in build/python';

interface ModelShape {
  readonly type: string;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly required?: readonly string[];
  readonly members?: Readonly<Record<string, ModelMember>>;
  readonly member?: ModelMember;
  readonly value?: ModelMember;
  readonly payload?: string;
}
interface ModelMember {
  readonly shape: string;
  readonly location?: string;
  readonly locationName?: string;
}
interface Model {
  readonly operations: Readonly<Record<string, ModelOperation>>;
  readonly shapes: Readonly<Record<string, ModelShape>>;
}
interface ModelOperation {
  readonly http: { readonly method: string; readonly requestUri: string; readonly responseCode?: number };
  readonly input?: { readonly shape: string };
}

const readModel = (of = file): Model =>
  JSON.parse(gunzipSync(readFileSync(path.join(python, of!))).toString()) as Model;

/** One text for each thing that is compared, so that a difference reads as one. */
function ofModel({ http, input }: ModelOperation, { shapes }: Model): string[] {
  const lines = [`${http.method} ${http.requestUri} ${http.responseCode ?? 200}`];
  const structure = input === undefined ? undefined : shapes[input.shape];
  for (const [name, member] of Object.entries(structure?.members ?? {})) {
    const isMap = shapes[member.shape]!.type === 'map';
    const place = structure?.payload === name ? 'payload' : modelPlace(member.location, isMap);
    const wireName = place === 'payload' || place === 'freeQuery' ? name : (member.locationName ?? name);
    const isRequired = structure?.required?.includes(name) === true;
    lines.push(`${name} ${place} ${wireName}${isRequired ? ' required' : ''}`);
    if (place !== 'payload') lines.push(...ofModelShape(name, shapes[member.shape]!, shapes));
  }
  return lines.sort();
}

function modelPlace(location: string | undefined, isMap: boolean): string {
  if (location === undefined) return 'body';
  if (location === 'querystring') return isMap ? 'freeQuery' : 'query';
  return location === 'uri' ? 'label' : location;
}

function ofModelShape(name: string, shape: ModelShape, shapes: Model['shapes']): string[] {
  switch (shape.type) {
    case 'structure':
      return Object.entries(shape.members!).flatMap(([member, { shape: of, locationName }]) => [
        `${name}.${member} ${locationName ?? member}${shape.required?.includes(member) ? ' required' : ''}`,
        ...ofModelShape(`${name}.${member}`, shapes[of]!, shapes),
      ]);
    case 'list':
      return [`${name} list`, ...ofModelShape(`${name}[]`, shapes[shape.member!.shape]!, shapes)];
    case 'map':
      return [`${name} map`, ...ofModelShape(`${name}{}`, shapes[shape.value!.shape]!, shapes)];
    default: {
      const values = shape.enum === undefined ? '' : ` ${[...shape.enum].sort().join(',')}`;
      return [`${name} is ${shape.type}${values}${shape.pattern === undefined ? '' : ` ${shape.pattern}`}`];
    }
  }
}

function ofTable({ method, uri, status, members }: Operation): string[] {
  const lines = [`${method} ${uri} ${status}`];
  for (const [name, member] of Object.entries<Member>(members)) {
    const wireName = member.wireName ?? name;
    lines.push(`${name} ${member.place} ${wireName}${member.isRequired ? ' required' : ''}`);
    if (member.place !== 'payload') lines.push(...ofTableShape(name, member.shape));
  }
  return lines.sort();
}

function ofTableShape(name: string, shape: ShapeKind): string[] {
  switch (shape.type) {
    case 'structure':
      return Object.entries<Members[string]>(shape.members).flatMap(([member, of]) => [
        `${name}.${member} ${of.wireName ?? member}${of.isRequired ? ' required' : ''}`,
        ...ofTableShape(`${name}.${member}`, of.shape),
      ]);
    case 'list':
      return [`${name} list`, ...ofTableShape(`${name}[]`, shape.member)];
    case 'map':
      return [`${name} map`, ...ofTableShape(`${name}{}`, shape.value)];
    case 'string': {
      const values = shape.values === undefined ? '' : ` ${[...shape.values].sort().join(',')}`;
      return [`${name} is string${values}${shape.pattern === undefined ? '' : ` ${shape.pattern}`}`];
    }
    default:
      return [`${name} is ${shape.type}`];
  }
}

test('the table of operations has every operation of the published model, and no other', { skip }, () => {
  assert.deepEqual(Object.keys(operations).sort(), Object.keys(readModel().operations).sort());
  assert.equal(Object.keys(operations).length, 124);
});

test('the table of operations has the methods, paths, status codes, members, places, wire names, types, enumerations and patterns of the published model', {
  skip,
}, () => {
  const model = readModel();
  for (const [name, operation] of Object.entries<Operation>(operations))
    assert.deepEqual(ofTable(operation), ofModel(model.operations[name]!, model), name);
});

test('the table of Lambda has the methods, paths, status codes, members and places of the published model', {
  skip,
}, () => {
  const model = readModel(fileOf('lambda/2015-03-31'));
  const ofUs = new Set(['Invoke TraceId', 'InvokeWithResponseStream TraceId']);
  const notOurs = /^(Invoke|InvokeWithResponseStream) (TenantId|DurableExecutionName)$/;
  for (const [name, { method, uri, status, members }] of Object.entries<Operation>(lambdaOperations)) {
    // The address of a function's code is one of ours.
    if (name === 'GetFunctionCode') continue;
    const { http, input } = model.operations[name]!;
    // 204 as the service answers, where the model has come to say 200.
    const wanted = name === 'DeleteFunction' ? 204 : http.responseCode;
    assert.deepEqual([method, uri, status], [http.method, http.requestUri, wanted], name);
    const structure = input === undefined ? undefined : model.shapes[input.shape];
    const theirs = Object.entries(structure?.members ?? {}).map(([member, { location, locationName }]) => {
      const isPayload = structure?.payload === member;
      const place = isPayload ? 'payload' : modelPlace(location, false);
      // A payload may always be empty.
      const isRequired = !isPayload && structure?.required?.includes(member) === true;
      return `${name} ${member} ${place} ${isPayload ? member : (locationName ?? member)} ${isRequired}`;
    });
    const ours = Object.entries<Member>(members).map(
      ([member, { place, wireName, isRequired }]) =>
        `${name} ${member} ${place} ${wireName ?? member} ${place !== 'payload' && isRequired}`,
    );
    const short = (line: string) => line.split(' ').slice(0, 2).join(' ');
    assert.deepEqual(
      ours.filter((line) => !ofUs.has(short(line))).sort(),
      theirs.filter((line) => !notOurs.test(short(line))).sort(),
      name,
    );
  }
});
