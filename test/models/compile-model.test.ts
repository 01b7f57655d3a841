import assert from 'node:assert/strict';
import test from 'node:test';
import { compileModel, ModelError, modelProblems } from '../../src/models/index.ts';

const none = () => undefined;
const validator = (schema: object) => compileModel(JSON.stringify(schema), none);
const url = (name: string) => `https://apigateway.amazonaws.com/restapis/abc123defg/models/${name}`;

test('models: refusals are worded as API Gateway words them', () => {
  const cases: [object, unknown, string[]][] = [
    [{ required: ['b', 'a', 'c'] }, { c: 1 }, ['object has missing required properties (["a","b"])']],
    [
      { type: ['number', 'integer'] },
      'x',
      ['instance type (string) does not match any allowed primitive type (allowed: ["integer","number"])'],
    ],
    [
      { type: 'string' },
      1.5,
      ['instance type (number) does not match any allowed primitive type (allowed: ["string"])'],
    ],
    [
      { properties: { a: {} }, additionalProperties: false },
      { z: 1, a: 1, x: 2 },
      ['object instance has properties which are not allowed by the schema: ["x","z"]'],
    ],
    [{ minimum: 1 }, 0, ['numeric instance is lower than the required minimum (minimum: 1, found: 0)']],
    [{ maximum: 9 }, 10, ['numeric instance is greater than the required maximum (maximum: 9, found: 10)']],
    [
      { minimum: 1, exclusiveMinimum: true },
      1,
      ['numeric instance is not strictly greater than the required minimum 1'],
    ],
    [
      { maximum: 1, exclusiveMaximum: true },
      1,
      ['numeric instance is not strictly lower than the required maximum 1'],
    ],
    [{ minLength: 1 }, '', ['string "" is too short (length: 0, required minimum: 1)']],
    [{ maxLength: 2 }, 'abc', ['string "abc" is too long (length: 3, maximum allowed: 2)']],
    [{ pattern: '^a' }, 'b', ['ECMA 262 regex "^a" does not match input string "b"']],
    [{ enum: ['a', 'b'] }, 'x', ['instance value ("x") not found in enum (possible values: ["a","b"])']],
    [{ minItems: 1 }, [], ['array is too short: must have at least 1 elements but instance has 0 elements']],
    [
      { maxItems: 2 },
      [1, 2, 3],
      ['array is too long: must have at most 2 elements but instance has 3 elements'],
    ],
    [
      { uniqueItems: true },
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
      ['array must not contain duplicate elements'],
    ],
    [{ format: 'email' }, 'nobody', ['string "nobody" is not a valid email address']],
    [
      { anyOf: [{ type: 'string' }, { minimum: 2 }] },
      1,
      ['instance failed to match at least one required schema among 2'],
    ],
    [{ not: {} }, 1, ['instance matched a schema which it should not have']],
    [
      { properties: { a: { type: 'string' }, b: { minimum: 3 } }, required: ['c'] },
      { a: 1, b: 2 },
      [
        'object has missing required properties (["c"])',
        'instance type (integer) does not match any allowed primitive type (allowed: ["string"])',
        'numeric instance is lower than the required minimum (minimum: 3, found: 2)',
      ],
    ],
  ];
  for (const [schema, value, expected] of cases) {
    assert.deepEqual(validator(schema)(value), expected, JSON.stringify(schema));
  }
});

test('models: models refer to each other by their address, also in circles', () => {
  const models: Record<string, string> = {
    Person: JSON.stringify({
      type: 'object',
      properties: { name: { type: 'string' }, friends: { $ref: url('People') } },
      required: ['name'],
    }),
    People: JSON.stringify({ type: 'array', items: { $ref: url('Person') } }),
  };
  const validate = compileModel(models.Person!, (name) => models[name]);
  assert.equal(validate({ name: 'a', friends: [{ name: 'b', friends: [{ name: 'c' }] }] }), null);
  assert.deepEqual(validate({ name: 'a', friends: [{ name: 'b', friends: [{}] }] }), [
    'object has missing required properties (["name"])',
  ]);
});

test('models: a reference into another model and to own definitions resolves', () => {
  const other = JSON.stringify({ definitions: { Code: { type: 'integer' } } });
  const schema = {
    definitions: { Tag: { enum: ['x'] } },
    properties: { tag: { $ref: '#/definitions/Tag' }, code: { $ref: `${url('Other')}#/definitions/Code` } },
  };
  const validate = compileModel(JSON.stringify(schema), (name) => (name === 'Other' ? other : undefined));
  assert.equal(validate({ tag: 'x', code: 1 }), null);
  assert.equal(validate({ tag: 'y', code: 'z' })?.length, 2);
});

test('models: a schema that cannot be used is a ModelError', () => {
  const cases: [string, RegExp][] = [
    ['{', /not JSON/],
    ['[]', /must be a JSON object/],
    [JSON.stringify({ $ref: url('Missing') }), /Invalid model name specified: Missing/],
    [
      JSON.stringify({ $ref: 'http://example.com/schema.json' }),
      /can't resolve reference http:\/\/example.com/,
    ],
    [JSON.stringify({ $ref: '#/definitions/Nope' }), /can't resolve reference #\/definitions\/Nope/],
    [JSON.stringify({ $ref: '#/definitions/%' }), /Cannot compile the model/],
    [`${'{"not":'.repeat(100_000)}{}${'}'.repeat(100_000)}`, /nested too deeply/],
    [JSON.stringify({ type: 'strng' }), /not JSON Schema draft 4: \/type/],
    [JSON.stringify({ pattern: '(' }), /missing "\)" at position 1/],
    [JSON.stringify({ pattern: '(a)\\1' }), /back references are not supported/],
  ];
  for (const [schema, expected] of cases) {
    assert.throws(
      () => compileModel(schema, none),
      (error) => error instanceof ModelError && expected.test(error.message),
      schema,
    );
  }
});

test('models: formats nobody knows are ignored', () => {
  assert.equal(validator({ format: 'int64' })('x'), null);
});

test('models: a body nested deeper than the stack is invalid, and the process goes on', () => {
  const validate = validator({ properties: { a: { $ref: '#' } }, additionalProperties: false });
  const deep = JSON.parse(`${'{"a":'.repeat(1_000_000)}1${'}'.repeat(1_000_000)}`);
  assert.match(validate(deep)?.[0] ?? '', /cannot be validated: Maximum call stack/);
  assert.equal(validate({ a: {} }), null);
  const unique = validator({ uniqueItems: true });
  assert.match(
    unique([JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)])?.[0] ?? '',
    /cannot be validated/,
  );
});

test('models: a huge array of wrong elements tells its first error only', () => {
  const wrong = Array.from({ length: 1_000_000 }, () => 1);
  assert.equal(validator({ items: { type: 'string' } })(wrong)?.length, 1);
});

test('models: unique items of a large array are told in one pass', () => {
  const pairs = Array.from({ length: 200_000 }, (_, i) => [i]);
  assert.equal(validator({ uniqueItems: true })(pairs), null);
  assert.equal(validator({ uniqueItems: true })([...pairs, [7]])?.length, 1);
  assert.equal(validator({ uniqueItems: true })(['1', 1, '"1', null, 'null', [1], '\u0000[1]']), null);
});

test('models: a hostile string meets an exponential pattern without hanging', () => {
  assert.equal(validator({ pattern: '^(a+)+$' })(`${'a'.repeat(5_000_000)}!`)?.length, 1);
});

test('models: many wrong elements are told soon, and no more than a hundred of them', () => {
  const validate = validator({
    items: { anyOf: [{ type: 'string' }, { required: ['a'] }, { type: 'number' }] },
  });
  const texts = validate(Array.from({ length: 9_000 }, () => ({})));
  assert.deepEqual([...new Set(texts)], ['instance failed to match at least one required schema among 3']);
  assert.equal(texts?.length, 100);
});

test('models: all models of an API are checked together, and each problem names its model', () => {
  const texts = new Map([
    ['Good', JSON.stringify({ $ref: url('Other') })],
    ['Other', JSON.stringify({ type: 'object', properties: { good: { $ref: url('Good') } } })],
    ['Lost', JSON.stringify({ $ref: url('Nobody') })],
    ['Text', 'x'],
  ]);
  assert.deepEqual([...modelProblems(texts).keys()].sort(), ['Lost', 'Text']);
});

test('models: a body that makes recursive branches double at each level is invalid soon', () => {
  const node = (more: object) => ({ type: 'object', properties: { a: { $ref: '#' } }, ...more });
  const deep = JSON.parse(`${'{"a":'.repeat(60)}1${'}'.repeat(60)}`);
  assert.deepEqual(validator({ oneOf: [node({}), node({ required: ['z'] })] })(deep), [
    'instance cannot be validated: the model needs too much work for this body',
  ]);
  const lookup = (name: string) =>
    name === 'Node'
      ? JSON.stringify({
          anyOf: [
            { properties: { a: { $ref: url('Node') } }, required: ['z'] },
            { properties: { a: { $ref: url('Node') } }, required: ['y'] },
          ],
        })
      : undefined;
  assert.match(compileModel(JSON.stringify({ $ref: url('Node') }), lookup)(deep)?.[0] ?? '', /too much work/);
});

test('models: a large body of references is checked to its end', () => {
  const validate = validator({
    definitions: { One: { type: 'object', required: ['a'] } },
    items: { $ref: '#/definitions/One' },
  });
  const many = Array.from({ length: 400_000 }, () => ({ a: 1 }));
  assert.equal(validate(many), null);
  assert.equal(validate([...many, {}])?.length, 1);
});

test('model: a schema with an enum of 40,000 texts is checked without comparing each with each', () => {
  const texts = Array.from({ length: 40_000 }, (_, i) => `v${i}`);
  const validate = compileModel(JSON.stringify({ enum: texts }), () => undefined);
  assert.equal(validate('v39999'), null);
  assert.throws(() => compileModel(JSON.stringify({ enum: ['a', 'a'] }), () => undefined), /uniqueItems/);
});
