// The tables of IAM and STS against the services' published models, which botocore carries.

import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { iamOperations } from '../../../src/control/protocol/iam/operations.ts';
import { iam } from '../../../src/control/protocol/iam/service.ts';
import type { Operation } from '../../../src/control/protocol/operation.ts';
import type { Members, ShapeKind } from '../../../src/control/protocol/shape.ts';
import { stsOperations } from '../../../src/control/protocol/sts/operations.ts';
import { sts } from '../../../src/control/protocol/sts/service.ts';

const python = path.join(fileURLToPath(new URL('../../../', import.meta.url)), 'build/python');
const fileOf = (service: string): string | undefined =>
  existsSync(python)
    ? globSync(`lib/python3*/site-packages/botocore/data/${service}/service-2.json.gz`, { cwd: python })[0]
    : undefined;
const skip = fileOf('iam/2010-05-08') === undefined && 'botocore is not installed in build/python';

interface Shape {
  readonly type: string;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly min?: number;
  readonly max?: number;
  readonly required?: readonly string[];
  readonly members?: Readonly<Record<string, { readonly shape: string }>>;
  readonly member?: { readonly shape: string };
}
interface Model {
  readonly metadata: { readonly apiVersion: string; readonly xmlNamespace: string };
  readonly operations: Readonly<Record<string, { readonly input?: { readonly shape: string } }>>;
  readonly shapes: Readonly<Record<string, Shape>>;
}

const read = (service: string): Model =>
  JSON.parse(gunzipSync(readFileSync(path.join(python, fileOf(service)!))).toString());

function theirs(name: string, { shapes }: Model, at: string): string[] {
  const shape = shapes[name]!;
  const range = shape.min === undefined && shape.max === undefined ? '' : ` ${shape.min}..${shape.max}`;
  switch (shape.type) {
    case 'structure':
      return Object.entries(shape.members!).flatMap(([member, of]) => [
        `${at}.${member}${shape.required?.includes(member) ? ' required' : ''}`,
        ...theirs(of.shape, { shapes } as Model, `${at}.${member}`),
      ]);
    case 'list':
      return [`${at} list${range}`, ...theirs(shape.member!.shape, { shapes } as Model, `${at}[]`)];
    default:
      return [`${at} is ${shape.type}${range} ${shape.enum?.join(',') ?? ''}${patternOf(shape.pattern)}`];
  }
}

function ours(shape: ShapeKind, at: string): string[] {
  const { min, max } = ('range' in shape && shape.range) || {};
  const range = min === undefined && max === undefined ? '' : ` ${min}..${max}`;
  switch (shape.type) {
    case 'structure':
      return ofMembers(shape.members, at);
    case 'list':
      return [`${at} list${range}`, ...ours(shape.member, `${at}[]`)];
    case 'string':
      return [`${at} is string${range} ${shape.values?.join(',') ?? ''}${patternOf(shape.pattern)}`];
    default:
      return [`${at} is ${shape.type}${range} `];
  }
}

const ofMembers = (members: Members, at: string): string[] =>
  Object.entries(members).flatMap(([member, { isRequired, shape }]) => [
    `${at}.${member}${isRequired ? ' required' : ''}`,
    ...ours(shape, `${at}.${member}`),
  ]);

/** The pattern that STS has for ARNs, and that of key ids, say nothing that JavaScript could check, or less than IAM's. */
const patternOf = (pattern = ''): string =>
  pattern.includes('\\u10000') ? '' : pattern.replace('[\\w]*', '[\\w]+');

for (const [service, table, modelName] of [
  [iam, iamOperations, 'iam/2010-05-08'],
  [sts, stsOperations, 'sts/2011-06-15'],
] as const)
  test(`the table of ${service.name} has the members, types, limits and patterns of the published model`, {
    skip,
  }, () => {
    const model = read(modelName);
    assert.deepEqual(
      [service.queryApi.version, service.queryApi.namespace],
      [model.metadata.apiVersion, model.metadata.xmlNamespace],
    );
    for (const [name, { members }] of Object.entries<Operation>(table)) {
      const input = model.operations[name]!.input?.shape;
      const wanted = input === undefined ? [] : theirs(input, model, name);
      assert.deepEqual(ofMembers(members, name).sort(), wanted.sort(), name);
    }
  });
