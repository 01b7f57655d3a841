// `sluice sdk-generator`: gets the program that makes the SDKs of other languages.

import type { ProcessConfig } from '../../config/index.ts';
import { fetchGenerator, GeneratorFetchError, generatorVersion } from '../../control/sdk/index.ts';
import { prepareFolder } from '../../supervisor/index.ts';
import { CommandError } from '../command-error.ts';
import { paint, say, withProgress } from '../terminal.ts';

/** @returns the exit code */
export async function fetchSdkGenerator({ dataDir }: ProcessConfig, repository?: string): Promise<number> {
  prepareFolder(dataDir, 'data folder', '--data-dir');
  const what = `fetching OpenAPI Generator ${generatorVersion}`;
  try {
    const { path, isNew } = await withProgress(what, 100, (bar) =>
      fetchGenerator({
        dataDir,
        ...(repository === undefined ? {} : { repository }),
        onProgress: (read, total) => bar.step(total === undefined ? null : Math.round((read / total) * 100)),
      }),
    );
    say(`${paint('bold', path)} ${isNew ? 'is fetched' : 'was there already'}.`);
    return 0;
  } catch (error) {
    if (error instanceof GeneratorFetchError) throw new CommandError(error.message);
    throw error;
  }
}
