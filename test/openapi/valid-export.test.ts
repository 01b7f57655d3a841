// Exports before an outside judge: the validator of OpenAPI documents that comes with moto.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';
import { documents, exportText, formats } from './export-documents.ts';
import { importText } from './support.ts';

const python = join(import.meta.dirname, '../../build/python/bin/python');

const script = `
import json, sys
from openapi_spec_validator import OpenAPIV2SpecValidator, OpenAPIV30SpecValidator
faults = {}
for name, text in json.load(sys.stdin).items():
    document = json.loads(text)
    judge = OpenAPIV2SpecValidator if "swagger" in document else OpenAPIV30SpecValidator
    errors = [error.message for error in judge(document).iter_errors()]
    if errors: faults[name] = errors
print(json.dumps(faults))
`;

// Swagger 2 has no word for alternatives; a model that is made of them keeps its own, so that nothing is lost.
const alternatives = /^'(oneOf|anyOf)' does not match any of the regexes/;
// The judge needs a minute for the largest one, and it says nothing that a small one of its kind would not.
const lengthMax = 100_000;

test('export: every document is valid OpenAPI 3.0 and Swagger 2.0', {
  skip: existsSync(python) ? false : 'the validator is not installed in build/python',
}, async () => {
  const exported: Record<string, string> = {};
  for (const [name, text] of documents.filter(([, one]) => one.length < lengthMax)) {
    const { definition } = importText(text, { apiId: 'copyapi001' });
    for (const format of formats)
      for (const extensions of ['', 'apigateway,documentation,postman'])
        exported[`${name} as ${format} with "${extensions}"`] = exportText(
          definition!,
          format,
          'json',
          extensions,
        );
  }
  const running = promisify(execFile)(python, ['-c', script]);
  running.child.stdin!.end(JSON.stringify(exported));
  const faults = Object.entries(JSON.parse((await running).stdout) as Record<string, string[]>);
  assert.deepEqual(
    faults.flatMap(([name, messages]) =>
      messages.filter((message) => !alternatives.test(message)).map((message) => [name, message]),
    ),
    [],
  );
  assert.deepEqual(
    faults.map(([name]) => name),
    ['tree.json as swagger with ""', 'tree.json as swagger with "apigateway,documentation,postman"'],
  );
});
