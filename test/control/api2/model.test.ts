// The table of apigatewayv2 against the service's published model, which botocore carries.

import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import {
  apigatewayv2Operations,
  v2Operations,
} from '../../../src/control/protocol/apigatewayv2/operations.ts';
import type { Operation } from '../../../src/control/protocol/operation.ts';
import type { Member, ShapeKind } from '../../../src/control/protocol/shape.ts';

const python = fileURLToPath(new URL('../../../build/python', import.meta.url));
const pattern = 'lib/python3*/site-packages/botocore/data/apigatewayv2/2018-11-29/service-2.json.gz';
const file = existsSync(python) ? globSync(pattern, { cwd: python })[0] : undefined;
const skip = file === undefined && 'botocore is not installed in build/python';

interface ModelMember {
  readonly shape: string;
  readonly location?: string;
  readonly locationName?: string;
}
interface ModelShape {
  readonly type: string;
  readonly enum?: readonly string[];
  readonly required?: readonly string[];
  readonly members?: Readonly<Record<string, ModelMember>>;
  readonly member?: ModelMember;
  readonly value?: ModelMember;
}
interface Model {
  readonly operations: Readonly<
    Record<
      string,
      {
        readonly http: {
          readonly method: string;
          readonly requestUri: string;
          readonly responseCode: number;
        };
        readonly input?: { readonly shape: string };
      }
    >
  >;
  readonly shapes: Readonly<Record<string, ModelShape>>;
}

const model = (): Model => JSON.parse(gunzipSync(readFileSync(path.join(python, file!))).toString());

/** The service checks it itself, in other words. */
const checkedLater = new Set(['CreateApi protocolType']);

function ofModel(of: string, shape: ModelShape, shapes: Model['shapes']): string[] {
  switch (shape.type) {
    case 'structure':
      return Object.entries(shape.members!).flatMap(([name, member]) => {
        const wireName = member.locationName ?? name;
        const isRequired = shape.required?.includes(name) === true;
        const place = { uri: 'label', querystring: 'query' }[member.location ?? ''] ?? 'body';
        return [
          `${of} ${wireName} ${place}${isRequired ? ' required' : ''}`,
          ...ofModel(`${of} ${wireName}`, shapes[member.shape]!, shapes),
        ];
      });
    case 'list':
      return [`${of} list`, ...ofModel(`${of}[]`, shapes[shape.member!.shape]!, shapes)];
    case 'map':
      return [`${of} map`, ...ofModel(`${of}{}`, shapes[shape.value!.shape]!, shapes)];
    default: {
      const values = shape.enum === undefined || checkedLater.has(of) ? '' : ` ${[...shape.enum].sort()}`;
      // A time is a text on this wire.
      return [`${of} is ${shape.type === 'timestamp' ? 'string' : shape.type}${values}`];
    }
  }
}

function ofTable(of: string, members: Readonly<Record<string, Member>>): string[] {
  return Object.entries(members).flatMap(([name, { place, wireName, isRequired, shape }]) => [
    `${of} ${wireName ?? name} ${place}${isRequired ? ' required' : ''}`,
    ...ofShape(`${of} ${wireName ?? name}`, shape),
  ]);
}

function ofShape(of: string, shape: ShapeKind): string[] {
  switch (shape.type) {
    case 'structure':
      return ofTable(of, shape.members);
    case 'list':
      return [`${of} list`, ...ofShape(`${of}[]`, shape.member)];
    case 'map':
      return [`${of} map`, ...ofShape(`${of}{}`, shape.value)];
    case 'string':
      return [`${of} is string${shape.values === undefined ? '' : ` ${[...shape.values].sort()}`}`];
    default:
      return [`${of} is ${shape.type}`];
  }
}

test('apigatewayv2: the table has every operation of the published model, and no other', { skip }, () => {
  assert.deepEqual(Object.keys(v2Operations).sort(), Object.keys(model().operations).sort());
  assert.equal(Object.keys(v2Operations).length, 103);
});

test('apigatewayv2: every operation has the method, path and status of the published model', { skip }, () => {
  const { operations } = model();
  for (const [name, { method, uri, status }] of Object.entries<Operation>(v2Operations)) {
    const { http } = operations[name]!;
    assert.deepEqual([method, uri, status], [http.method, http.requestUri, http.responseCode], name);
  }
});

test('apigatewayv2: what is done has the members, places, types and enumerations of the published model', {
  skip,
}, () => {
  const { operations, shapes } = model();
  for (const [name, { members }] of Object.entries<Operation>(apigatewayv2Operations)) {
    const input = operations[name]!.input;
    const theirs = input === undefined ? [] : ofModel(name, shapes[input.shape]!, shapes);
    assert.deepEqual(ofTable(name, members).sort(), theirs.sort(), name);
  }
});
