// GetExport: what a stage serves, as an OpenAPI document.

import type { Stage } from '../../resources/index.ts';
import { readSnapshot } from '../../resources/snapshot-file.ts';
import type { View } from '../../store/index.ts';
import {
  type ExportedDocumentation,
  type ExportFormat,
  exportDefinition,
  exportVersion,
  extensionsOf,
  syntaxOf,
  writeExport,
} from '../openapi/export/index.ts';
import { badRequest, notFound } from '../protocol/exceptions.ts';
import { type Context, FileAnswer, type Handlers, reads } from './handler.ts';

export const exports = {
  GetExport: reads<'GetExport'>((input, view, context) => {
    const { restApiId, stageName, exportType, parameters, accepts } = input;
    const stage = view.get('stage', restApiId, stageName);
    if (stage === undefined) throw notFound('Invalid stage identifier specified');
    if (!isFormat(exportType)) throw badRequest(`No API exporter for type '${exportType}'`);
    const hash = view.get('deployment', restApiId, stage.deploymentId)?.hash;
    if (hash === undefined) throw notFound('Invalid Deployment identifier specified');
    // What the stage serves, not what the API has become since.
    const { definition } = readSnapshot(context.dataDir, hash);
    const documentation = documentationOf(view, restApiId, stage);
    const document = exportDefinition(definition, {
      format: exportType,
      stageName,
      host: hostOf(restApiId, context),
      region: context.account.region,
      extensions: extensionsOf(parameters?.extensions),
      ...(documentation === undefined ? {} : { documentation }),
    });
    const syntax = syntaxOf(accepts);
    const fileName = `${exportType}_${inFileName(exportVersion(definition.restApi))}.${syntax}`;
    const bytes = new TextEncoder().encode(writeExport(document, syntax));
    return new FileAnswer('application/octet-stream', `attachment; filename="${fileName}"`, bytes);
  }),
} satisfies Partial<Handlers>;

const isFormat = (text: string): text is ExportFormat => text === 'swagger' || text === 'oas30';

/** The version of the documentation that the stage names; undefined when it names none. */
function documentationOf(view: View, apiId: string, stage: Stage): ExportedDocumentation | undefined {
  const { documentationVersion } = stage;
  if (documentationVersion === undefined) return undefined;
  return view.get('documentationVersion', apiId, documentationVersion);
}

// This gateway's own address, so that the document leads to it. The scheme is always https, as the service writes it.
function hostOf(apiId: string, { account, dataPlanes }: Context): string {
  const { hostSuffix, port } = dataPlanes.address();
  const host = `${apiId}.execute-api.${account.region}.${hostSuffix}`;
  return port === 443 || port === 0 ? host : `${host}:${port}`;
}

// A version is anybody's text; in a header field it must stay within its quotes and within ASCII.
const inFileName = (version: string): string => version.replace(/[^\x20-\x7e]|["\\/]/g, '_');
