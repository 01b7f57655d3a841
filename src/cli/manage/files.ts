// `sluice export`, `sdk`, `keys import`, `docs publish`, `backup`: what goes out to files and comes in from them.

import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ProcessConfig } from '../../config/index.ts';
import { CommandError } from '../command-error.ts';
import { readText } from '../read-text.ts';
import { complain, count, paint, say } from '../terminal.ts';
import { findApi, type Wire } from './find-api.ts';
import { manage } from './manage.ts';
import { show } from './table.ts';

export interface ExportRequest {
  readonly type: 'oas30' | 'swagger';
  readonly format: 'json' | 'yaml';
  readonly extensions?: string;
  /** Standard output without it. */
  readonly out?: string;
}

/** The document of a stage. @returns the exit code */
export function exportApi(
  config: ProcessConfig,
  apiName: string,
  stageName: string,
  { type, format, extensions, out }: ExportRequest,
): Promise<number> {
  return manage(config, 'exporting', async (control) => {
    const restApiId = await findApi(control, apiName);
    const file = (await control.call('GetExport', {
      restApiId,
      stageName,
      exportType: type,
      accepts: `application/${format}`,
      parameters: extensions === undefined ? {} : { extensions },
    })) as Wire;
    if (out === undefined) process.stdout.write(Buffer.from(file.body));
    else write(out, file.body);
  });
}

/** A client for a stage, as a zip file. */
export function sdk(
  config: ProcessConfig,
  apiName: string,
  stageName: string,
  { type, out, parameter = {} }: { type: string; out?: string; parameter?: Readonly<Record<string, string>> },
): Promise<number> {
  return manage(config, `making the ${type} SDK`, async (control) => {
    const restApiId = await findApi(control, apiName);
    const file = (await control.call('GetSdk', {
      restApiId,
      stageName,
      sdkType: type,
      parameters: parameter,
    })) as Wire;
    write(out ?? `${type}-${restApiId}-${stageName}.zip`, file.body);
  });
}

/** API keys from a CSV file in AWS's form. */
export function importKeys(
  config: ProcessConfig,
  file: string,
  { failOnWarnings = false, json = false }: { failOnWarnings?: boolean; json?: boolean },
): Promise<number> {
  return manage(config, 'importing keys', async (control) => {
    const body = Buffer.from(await readText(file));
    const { ids = [], warnings = [] } = (await control.call('ImportApiKeys', {
      body,
      format: 'csv',
      failOnWarnings,
    })) as Wire;
    if (json) say(JSON.stringify({ ids, warnings }, null, 2));
    else {
      for (const warning of warnings) complain(warning);
      say(`${count(ids.length, 'key')} imported.`);
      show(
        ids.map((id: string) => ({ id })),
        { json: false, none: 'The file has no key.' },
      );
    }
  });
}

/** Freezes the documentation as it is now, and shows it on a stage. */
export function publishDocs(
  config: ProcessConfig,
  apiName: string,
  version: string,
  { stage, description }: { stage?: string; description?: string },
): Promise<number> {
  return manage(config, 'publishing the documentation', async (control) => {
    const restApiId = await findApi(control, apiName);
    const { item } = (await control.call('GetDocumentationVersions', { restApiId, limit: 500 })) as {
      item: Wire[];
    };
    const isThere = item.some((one) => one.version === version);
    if (isThere && stage === undefined)
      throw new CommandError(
        `version "${version}" is there already; say with --stage where it is to be shown`,
      );
    if (!isThere)
      await control.call('CreateDocumentationVersion', {
        restApiId,
        documentationVersion: version,
        ...(stage === undefined ? {} : { stageName: stage }),
        ...(description === undefined ? {} : { description }),
      });
    else
      await control.call('UpdateStage', {
        restApiId,
        stageName: stage!,
        patchOperations: [{ op: 'replace', path: '/documentationVersion', value: version }],
      });
    const where = stage === undefined ? '' : ` and shown by stage ${stage}`;
    say(
      `Documentation version ${paint('bold', version)} of ${restApiId} is ${isThere ? 'there' : 'published'}${where}.`,
    );
  });
}

/** A copy of the store that is whole, while it is in use. */
export function backup(config: ProcessConfig, file: string): Promise<number> {
  return manage(config, 'writing the backup', async (control) => {
    const target = path.resolve(file);
    if (existsSync(target)) throw new CommandError(`"${file}" is there already; name another file`);
    await control.act('backup', { file: target });
    say(`The store is copied to ${paint('bold', file)}; "sluice restore" brings it back.`);
  });
}

function write(file: string, body: Uint8Array): void {
  try {
    writeFileSync(file, body);
  } catch (error) {
    throw new CommandError(`cannot write "${file}": ${(error as Error).message}`);
  }
  say(`Written to ${paint('bold', file)} (${count(body.byteLength, 'byte')}).`);
}
