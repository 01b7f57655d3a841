// Documents with something wrong at any place: imported or refused, never half-way, and what is imported is exported.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { parse } from 'yaml';
import type { FileAnswer } from '../../../src/control/api/handler.ts';
import { AwsException } from '../../../src/control/protocol/exceptions.ts';
import type { Kind } from '../../../src/store/index.ts';
import { testControl } from '../../support/control.ts';
import fc, { runs } from '../../support/properties.ts';

const folder = join(import.meta.dirname, '../../openapi/documents');
const documents: unknown[] = readdirSync(folder)
  .filter((name) => !name.endsWith('.ts'))
  .map((name) => parse(readFileSync(join(folder, name), 'utf8')));

const wrong = fc.constantFrom<unknown>(
  ...[null, true, 0, -1, 1e300, '', 'text', '__proto__', '200', '{}', [], {}, [[]], { $ref: '#/info' }],
  ...[
    { $ref: '#' },
    { $ref: '#/components/schemas/Missing' },
    { type: 'mock' },
    ['a', 'a'],
    'x'.repeat(9000),
  ],
);
const keys = fc.constantFrom(
  '__proto__',
  'constructor',
  '',
  'a/b',
  '~1',
  '{x}',
  '/{x+}/y',
  'é',
  'default',
  '99',
);

/** All places of a document. */
function placesOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, member]) => placesOf(member, [...path, key]))];
}

const damaged = fc
  .tuple(
    fc.constantFrom(...documents),
    fc.array(fc.record({ at: fc.nat(), value: wrong, key: fc.option(keys, { nil: undefined }) }), {
      minLength: 1,
      maxLength: 4,
    }),
  )
  .map(([document, changes]) => {
    let copy = structuredClone(document);
    for (const { at, value, key } of changes) {
      const places = placesOf(copy);
      copy = changedAt(copy, places[at % places.length]!, value, key);
    }
    return copy;
  });

function changedAt(
  document: unknown,
  [step, ...rest]: readonly string[],
  value: unknown,
  key?: string,
): unknown {
  if (step === undefined) return value;
  if (Array.isArray(document))
    return document.map((item, i) => (String(i) === step ? changedAt(item, rest, value, key) : item));
  return Object.fromEntries(
    Object.entries(document as object).map(([name, member]) =>
      name === step
        ? [rest.length === 0 && key !== undefined ? key : name, changedAt(member, rest, value, key)]
        : [name, member],
    ),
  );
}

const kinds: readonly Kind[] = [
  ...([
    'resource',
    'model',
    'requestValidator',
    'authorizer',
    'gatewayResponse',
    'documentationPart',
  ] as const),
  ...(['documentationVersion', 'deployment', 'stage'] as const),
];

test('a damaged document is imported, or refused with nothing changed; never anything else', async (t) => {
  const { call, control } = await testControl(t);
  const { view } = control.services.store;
  const good = Buffer.from(JSON.stringify(documents[0]));
  const { id: restApiId } = await call('ImportRestApi', { body: good });
  const state = () =>
    JSON.stringify([
      view.get('restApi', '', restApiId),
      view.list('restApi', '').length,
      ...kinds.map((kind) => view.list(kind, restApiId)),
    ]);
  const refusal = async (work: Promise<unknown>): Promise<AwsException | undefined> => {
    const before = state();
    const error = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error === undefined) return undefined;
    if (!(error instanceof AwsException)) throw error;
    assert.equal(error.status, 400, error.message);
    assert.equal(state(), before);
    return error;
  };
  let imported = 0;
  await fc.assert(
    fc.asyncProperty(
      damaged,
      fc.constantFrom('merge' as const, 'overwrite' as const),
      fc.constantFrom('oas30', 'swagger'),
      async (document, mode, exportType) => {
        const body = Buffer.from(JSON.stringify(document));
        await refusal(call('ImportDocumentationParts', { restApiId, mode, body }));
        if ((await refusal(call('PutRestApi', { restApiId, mode, body }))) !== undefined) return;
        if ((await refusal(call('CreateDeployment', { restApiId, stageName: 's' }))) !== undefined) return;
        imported++;
        const parameters = { extensions: 'apigateway,documentation,postman' };
        const file: FileAnswer = await call('GetExport', {
          restApiId,
          stageName: 's',
          exportType,
          parameters,
        });
        // A stage stays as it was for the next one; a fresh API would cost more.
        JSON.parse(Buffer.from(file.body).toString());
        const back = await refusal(call('PutRestApi', { restApiId, mode: 'overwrite', body: file.body }));
        assert.equal(back?.message, undefined);
        assert.equal(
          await refusal(call('PutRestApi', { restApiId, mode: 'overwrite', body: good })),
          undefined,
        );
      },
    ),
    { numRuns: runs(250) },
  );
  assert.ok(imported > 20, `${imported} were imported`);
});
