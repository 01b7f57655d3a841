import assert from 'node:assert/strict';
import test from 'node:test';
import { checkDefinition } from '../../src/control/openapi/index.ts';
import { placeInText } from '../../src/control/openapi/text-place.ts';
import { compileSelectionPattern, compileTemplate } from '../../src/mapping/index.ts';
import fc from '../support/properties.ts';
import { brief, documentWithGet, importText } from './support.ts';

const tools = { compileTemplate, compileSelectionPattern };

function checked(text: string): string[] {
  const { definition, sourceMap, problems } = importText(text);
  assert.deepEqual(problems.filter((problem) => problem.severity === 'error').map(brief), []);
  return checkDefinition(definition!, sourceMap, tools).map(brief);
}

test('openapi: what a deployment would refuse is told beforehand, where it stands', () => {
  const mock = (members: string) =>
    documentWithGet(
      `responses: { "200": { description: d } }\nx-amazon-apigateway-integration:\n  type: mock\n  requestTemplates: { application/json: "{}" }\n${members}`,
    );
  const ok = '  responses: { default: { statusCode: "200" } }';
  const cases: [string, string[]][] = [
    [mock(ok), []],
    ['openapi: 3.0.1\ninfo: { title: t }\n', ["2:1 error The REST API doesn't contain any methods"]],
    [documentWithGet('responses: {}'), ['5:5 error No integration defined for method']],
    [
      documentWithGet('x-amazon-apigateway-integration: { type: mock }'),
      [
        '6:7 warning GET /a will answer 500: a MOCK integration needs a request template that gives a statusCode',
        '6:7 warning GET /a will answer 500: its integration has no integration response',
      ],
    ],
    [
      mock('  responses: { default: { statusCode: "204" } }'),
      ['10:22 warning GET /a will answer 500 instead of 204: the method does not declare the response 204'],
    ],
    [
      mock('  responses: { "[": { statusCode: "200" } }'),
      ['10:22 error The selection pattern "[" is not a regular expression'],
    ],
    [
      `${mock(ok)}components: { schemas: { Bad: { type: object, properties: { a: { pattern: "(" } } } } }\n`,
      [
        '11:26 error Model "Bad": Cannot compile the model: missing ")" at position 1 of the regular expression "("',
      ],
    ],
    [
      `${mock(ok)}components: { schemas: { Bad: { type: strange } } }\n`,
      ['11:26 error Model "Bad": The model is not JSON Schema draft 4: /type'],
    ],
  ];
  cases.push([
    `${mock(ok)}x-amazon-apigateway-gateway-responses: { THROTTLED: { responseParameters: { header.x: "'a'" } } }\n`,
    ['11:42 warning Gateway response THROTTLED: the mapping of "header.x" from "\'a\'" has no effect'],
  ]);
  for (const [text, expected] of cases) {
    const found = checked(text);
    assert.equal(found.length, expected.length, `${text}\n${found.join('\n')}`);
    for (const [index, start] of expected.entries()) assert.ok(found[index]!.startsWith(start), found[index]);
  }
});

test('openapi: a template that does not parse is told at its own line of the file', () => {
  const head =
    'x-amazon-apigateway-integration:\n  type: mock\n  responses: { default: { statusCode: "200" } }\n  requestTemplates:\n';
  const template = '{"a": 1}\n#set($x = )\n';
  const cases: [string, number, number][] = [
    // "#set" stands in column 1 of the template's line 2, the parser stops at the ")" in column 11.
    [`${head}    application/json: |\n      {"a": 1}\n      #set($x = )`, 12, 12],
    [`${head}    application/json: ${JSON.stringify(template)}`, 10, 10],
  ];
  for (const [operation, firstLine, lastLine] of cases) {
    const text = documentWithGet(`responses: { "200": { description: d } }\n${operation}`);
    const [problem] = checked(text);
    const place =
      /^(\d+):(\d+) error Cannot compile mapping template "application\/json" of method "GET \/a": /.exec(
        problem!,
      );
    assert.ok(place !== null, problem);
    const [line, column] = [Number(place[1]), Number(place[2])];
    assert.ok(line >= firstLine && line <= lastLine + 1, problem);
    const stands = text.split('\n')[line - 1]!.slice(column - 1);
    assert.ok(
      stands.startsWith(')') ||
        stands.startsWith('#set') ||
        stands.startsWith('$x') ||
        stands.startsWith('= )'),
      `${problem} at "${stands}"`,
    );
  }
});

const templateText = fc
  .array(fc.string({ unit: fc.constantFrom('a', '"', '\\', 'é', '\t', '#', ' ', '{'), maxLength: 6 }), {
    minLength: 1,
    maxLength: 5,
  })
  .map((lines) => lines.join('\n'));

test('openapi: a place in a JSON string is the place of the same character in the file', () => {
  fc.assert(
    fc.property(templateText, fc.nat(), (text, pick) => {
      const file = `{"a": ${JSON.stringify(text)}}`;
      const index = pick % (text.length + 1);
      const before = text.slice(0, index).split('\n');
      const offset = placeInText(file, 6, before.length, before.at(-1)!.length + 1);
      const character = text[index];
      if (character === undefined) assert.equal(file[offset], '"');
      else assert.ok(file.startsWith(JSON.stringify(character).slice(1, -1), offset), `${file} ${offset}`);
    }),
  );
});

test('openapi: a place in a literal block is the place of the same character in the file', () => {
  const lines = fc.array(
    fc.string({ unit: fc.constantFrom('a', '"', '#', 'é', '{'), minLength: 1, maxLength: 6 }),
    { minLength: 1, maxLength: 5 },
  );
  fc.assert(
    fc.property(lines, fc.nat(), fc.nat(), (texts, pickLine, pickColumn) => {
      const file = `a:\n  b: |\n${texts.map((line) => `    ${line}\n`).join('')}c: 1\n`;
      const line = pickLine % texts.length;
      const column = pickColumn % texts[line]!.length;
      assert.ok(
        file.startsWith(
          texts[line]!.slice(column),
          placeInText(file, file.indexOf('|'), line + 1, column + 1),
        ),
      );
    }),
  );
});
