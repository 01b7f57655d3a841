// The documents of this folder, and their exports as text, for the tests that look at exports.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ExportFormat,
  exportDefinition,
  extensionsOf,
  writeExport,
} from '../../src/control/openapi/export/index.ts';
import type { ApiDefinition } from '../../src/resources/index.ts';
import { largeDocument } from './documents/large.ts';

export const folder = join(import.meta.dirname, 'documents');

/** Name and text of each, and one of 500 paths. */
export const documents: readonly (readonly [name: string, text: string])[] = [
  ...readdirSync(folder)
    .filter((name) => !name.endsWith('.ts'))
    .map((name) => [name, readFileSync(join(folder, name), 'utf8')] as const),
  ['a document of 500 paths', largeDocument(500)],
];

export const formats: readonly ExportFormat[] = ['oas30', 'swagger'];

export function exportText(
  definition: ApiDefinition,
  format: ExportFormat,
  syntax: 'json' | 'yaml' = 'json',
  extensions = 'apigateway',
): string {
  const { documentationParts: parts } = definition;
  const document = exportDefinition(definition, {
    format,
    stageName: 'prod',
    host: 'api.example.com',
    region: 'us-east-1',
    extensions: extensionsOf(extensions),
    // What is not in the document cannot come back with it.
    ...(extensions.includes('documentation')
      ? { documentation: { version: '1', createdDate: '2024-01-02T03:04:05.000Z', parts } }
      : {}),
  });
  return writeExport(document, syntax);
}
