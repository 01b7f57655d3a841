// An OpenAPI 3 or Swagger 2 document (JSON or YAML) as an API definition, as ImportRestApi and PutRestApi read it.

import type { ApiDefinition } from '../../resources/index.ts';
import { compact, type ImportContext, type ImportOptions } from './import-context.ts';
import { mergeDefinition } from './merge-definition.ts';
import { openDocument } from './open-document.ts';
import { type Problem, sortProblems } from './problem.ts';
import { readGatewayResponses, readRestApi } from './read-api.ts';
import { readDocumentation } from './read-documentation.ts';
import { tellUnreadExtensions } from './read-extensions.ts';
import { ModelTable } from './read-models.ts';
import { readPaths } from './read-paths.ts';
import { SecurityTable } from './read-security.ts';
import { ValidatorTable } from './read-validators.ts';
import type { SourceMap } from './source-map.ts';

export interface Imported {
  /** undefined when the text could not be read; with errors among `problems` it must not be used to serve. */
  readonly definition: ApiDefinition | undefined;
  readonly problems: readonly Problem[];
  /** Places of the definition's parts in the text. */
  readonly sourceMap: SourceMap;
}

/**
 * Reads a document. It never throws for what the document holds: everything is told as a problem with its place.
 *
 * @param text - OpenAPI 3.0 (3.1 where it means the same) or Swagger 2.0, as JSON or YAML
 * @see API Gateway Developer Guide, "Develop REST APIs using OpenAPI"
 */
export function importDefinition(text: string, options: ImportOptions = {}): Imported {
  const { context, problems, sourceMap } = openDocument(text, options);
  if (context === undefined) return { definition: undefined, problems, sourceMap };
  const definition = readDefinition(context);
  return { definition, problems: sortProblems(context.problems), sourceMap };
}

function readDefinition(context: ImportContext): ApiDefinition {
  const restApi = readRestApi(context);
  const tables = {
    models: new ModelTable(context),
    security: new SecurityTable(context),
    validators: new ValidatorTable(context),
  };
  const resources = readPaths(tables, context);
  const documentation = readDocumentation(context);
  const imported: ApiDefinition = compact({
    restApi: { ...restApi, rootResourceId: resources.find((resource) => resource.path === '/')!.id },
    resources,
    models: tables.models.models,
    requestValidators: tables.validators.validators,
    authorizers: tables.security.authorizers,
    gatewayResponses: readGatewayResponses(context),
    documentationParts: documentation.parts,
    documentationVersion: documentation.version,
  });
  tellUnreadExtensions(context);
  const { existing, mode } = context.options;
  return existing !== undefined && mode === 'merge' ? mergeDefinition(existing, imported) : imported;
}
