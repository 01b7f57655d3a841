import assert from 'node:assert/strict';
import test from 'node:test';
import { importDefinition } from '../../src/control/openapi/index.ts';

const inherited = ['constructor', 'toString', '__proto__', 'hasOwnProperty'];

/** A document whose authors have chosen a name that every JavaScript object has, wherever a name is looked up. */
const documentWith = (name: string): string => `{
  "openapi": "3.0.1", "info": { "title": "names", "version": "1" },
  "x-amazon-apigateway-documentation": {
    "documentationParts": [{ "location": { "type": "${name}", "name": "n" }, "properties": {} }]
  },
  "paths": { "/a": {
    "${name}": {},
    "get": {
      "parameters": [{ "name": "p", "in": "${name}", "schema": { "type": "string" } }],
      "responses": { "200": { "description": "ok", "content": { "application/json": {
        "schema": { "$ref": "#/components/schemas/${name}" } } } } }
    }
  } }
}`;

for (const name of inherited)
  test(`import: "${name}" is a name like any other that is unknown`, () => {
    const { definition, problems } = importDefinition(documentWith(name));
    assert.deepEqual(Object.keys(definition?.resources.at(-1)?.resourceMethods ?? {}), ['GET']);
    assert.deepEqual(definition?.documentationParts, []);
    const unknown = importDefinition(documentWith('unknown'));
    const told = (list: typeof problems) => list.map(({ severity, message }) => [severity, message]);
    assert.deepEqual(
      told(problems),
      told(unknown.problems).map(([severity, message]) => [severity, message!.replaceAll('unknown', name)]),
    );
  });
