// `sluice ws topics`: the topics of a stage, and how many connections are in each, in all data planes.

import type { ProcessConfig } from '../../config/index.ts';
import { show } from '../manage/table.ts';
import { note } from '../terminal.ts';
import { type StageName, withStage } from './stage-call.ts';

/** @returns the exit code */
export function topics(
  config: ProcessConfig,
  name: StageName,
  { limit = 1_000, json }: { readonly limit?: number; readonly json?: boolean },
): Promise<number> {
  return withStage(config, name, async (ask) => {
    const { topics: list, isTruncated } = (await ask('GET', `/@topics?limit=${limit}`)) as {
      topics: readonly { topic: string; members: number }[];
      isTruncated: boolean;
    };
    show(
      list.map(({ topic, members }) => ({ topic, members })),
      { json: json === true, none: 'No topic has a member.' },
    );
    if (isTruncated && json !== true) note('There are more: --limit');
  });
}
